"""Somebody at a ticket's page: the acts of a life as a hand does them, form by form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

#: What each form says where a story does not care.
SAYS: dict[str, dict[str, Any]] = {
    "accept": {}, "screen": {"in_scope": "yes"},
    "register": {"name": "王小明", "contact": "网点留言", "matter": "到期收益低于预期",
                 "demand": "说明收益计算"},
    "confirm_class": {"agreed": "yes"}, "route": {"lead": "branch_contact"},
    "contact": {"via": "phone", "said": "已向客户说明受理情况"},
    "investigate": {"result": "partly", "finding": "销售时未充分揭示风险"},
    "analyse": {"cause": "sales", "analysis": "话术不统一", "impact": "medium",
                "shares.0.unit": "徐汇支行", "shares.0.percent": "100"},
    "plan": {"measures.0.what": "书面说明", "measures.0.who": "支行",
             "measures.0.by": "2026-11-30"},
    "approve": {"approved": "yes"},
    "carry_out": {"done": "已书面说明", "toward_department": "通报", "toward_person": "无"},
    "tell": {"via": "phone", "outcome": "settled", "said": "客户接受解释"},
    "ask": {"satisfaction": "satisfied"},
    "return_visit": {"via": "phone", "satisfaction": "satisfied"}, "archive": {},
}  # fmt: skip


@dataclass
class Hand:
    """A page on which a ticket is open."""

    page: Page

    @property
    def step(self) -> str:
        """The step that the page says comes next; "" at the end."""
        here = self.page.locator('#ticket-track [aria-current="step"]')
        return (here.get_attribute("data-step") or "") if here.count() else ""

    def menu(self) -> None:
        """Open what else can be done."""
        self.page.wait_for_selector("#ticket[data-read] #ticket-do .inc-fold")
        if self.page.locator("#ticket-do .inc-fold[open]").count() == 0:
            self.page.locator("#ticket-do .inc-fold > summary").click()

    def opens(self, act: str) -> Locator:
        """Press the act's button, in the menu if it is there; its form."""
        self.page.wait_for_selector("#ticket[data-read] #ticket-do .tk-now")
        button = self.page.locator(f'#ticket [data-action="ticket-act"][data-act="{act}"]').first
        if not button.is_visible():
            self.menu()
        button.click()
        return self.page.locator(f'.tk-form[data-act="{act}"]')

    def fills(self, form: Locator, says: Mapping[str, Any]) -> None:
        for name, value in says.items():
            field = form.locator(f'[data-field="{name}"]')
            if field.locator("input[type=radio]").count():
                field.locator(f'input[value="{value}"]').check()
            elif field.locator("select").count():
                field.locator("select").select_option(value)
            elif field.locator("input[role=combobox]").count():
                field.locator("input").fill(value)
                field.locator("[role=option]").first.click()
            elif field.locator("input[type=checkbox]").count():
                field.locator("input").check()
            else:
                field.locator("input, textarea").fill(value)

    def does(self, act: str, files: Sequence[Path] = (), **says: Any) -> None:
        """One act, and until the page shows that it was kept."""
        form = self.opens(act)
        self.fills(form, {**SAYS.get(act, {}), **says})
        if files:
            more = form.locator("details.tk-more")
            if more.get_attribute("open") is None:
                more.locator("summary").click()
            form.locator("input[type=file]").set_input_files([str(f) for f in files])
            expect(form.locator(".tk-filelist li")).to_have_count(len(files))
        form.locator("[type=submit]").click()
        expect(form).to_have_count(0)

    def _classifies(self) -> None:
        form = self.opens("classify")
        form.locator("input[type=radio]").first.check()
        form.locator("[type=submit]").click()
        expect(form).to_have_count(0)

    def walks(self, until: str = "") -> str:
        """Step by step as the page says; where it waits: `until`, another's step, or the end."""
        self.page.wait_for_selector("#ticket[data-read] #ticket-do .tk-now")
        while True:
            step = self.step
            if step in ("", until):
                return step
            now = self.page.locator("#ticket-do .tk-now")
            mine = now.locator(f'[data-act="{step}"]').count() > 0
            skip = now.locator('[data-act="skip"]').count() > 0
            if skip and (step == "classify" or not mine):
                self.does("skip", reason="情况简单")
            elif not mine:
                return step
            elif step == "classify":
                self._classifies()
            else:
                self.does(step)
            expect(self.page.locator(f'#ticket-track [data-step="{step}"]')).not_to_have_attribute(
                "aria-current", "step"
            )
