"""工作日历 over the real bank: what a day is, what a change would move, and that it does."""

from __future__ import annotations

from datetime import datetime

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, switch_language

pytestmark = pytest.mark.browser


def _due(bank: Bank) -> datetime:
    found: datetime = bank.scene.db.app.read(
        lambda c: c.scalar(sa.text("SELECT due_at FROM duties WHERE clause = 'WP-21'"))
    )
    return found


def _day(page: Page, day: str) -> None:
    page.locator(f'.cal-day[data-day="{day}"]').click()


def test_a_year_says_what_each_day_is(bank: Bank) -> None:
    page = bank.open("calendar", WALL)
    expect(page.locator(".cal-day")).to_have_count(365)
    kinds = page.locator(".cal-day").evaluate_all(
        "all => Object.fromEntries(all.map(d => [d.dataset.day, d.dataset.kind]))"
    )
    assert kinds["2026-10-01"] == "off" and kinds["2026-10-08"] == "working"
    assert kinds["2026-02-14"] == "make_up"  # the Saturday before the Spring Festival
    make_up = page.locator('.cal-day[data-day="2026-02-14"]')
    expect(make_up).to_contain_text("班")
    expect(make_up).to_have_attribute("aria-label", "2026-02-14 调休上班")
    expect(page.locator("#calendar-head")).to_contain_text("官方安排已公布至 2026-12-31")
    page.get_by_role("button", name="下一年").click()
    expect(page.locator("#calendar-head")).to_contain_text("尚未公布")
    expect(page.locator(".cal-day[data-provisional]")).to_have_count(365)


def test_what_would_move_is_said_first_and_moves_when_saved(bank: Bank) -> None:
    bank.scene.complain(channel="phone")
    before = _due(bank)
    page = bank.open("calendar", PHONE, me="郑洁|duty_officer")
    _day(page, "2026-11-24")
    expect(page.locator(".cal-moves")).to_contain_text("1 项待办任务的时限将改变，1 项延后")
    expect(page.locator(".cal-moves")).to_contain_text("及时答复：11-25 00:00 → 11-26 00:00")
    assert _due(bank) == before  # looking changes nothing
    dialog = page.locator("dialog")
    dialog.get_by_role("button", name="工作日").click()
    expect(page.locator(".cal-moves")).to_contain_text("与现状相同")
    expect(page.locator("dialog [type=submit]")).to_be_disabled()
    dialog.get_by_role("button", name="休息日").click()
    expect(page.locator(".cal-moves")).to_contain_text("1 项延后")
    page.locator("dialog [type=submit]").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("理由")
    page.get_by_label("理由", exact=True).fill("台风停业")
    page.locator("dialog [type=submit]").click()
    expect(page.locator(".fh-toast")).to_contain_text("1 项任务的时限已改变")
    assert (_due(bank) - before).days == 1
    expect(page.locator(".cal-override")).to_contain_text("台风停业")
    expect(page.locator(".cal-override")).to_contain_text("总行值班员")
    expect(page.locator('.cal-day[data-day="2026-11-24"]')).to_have_attribute(
        "data-kind", "set_off"
    )
    _day(page, "2026-11-24")
    page.get_by_role("button", name="恢复官方安排").click()
    expect(page.locator(".cal-moves")).to_contain_text("1 项提前")
    page.get_by_label("理由", exact=True).fill("恢复营业")
    page.locator("dialog [type=submit]").click()
    expect(page.locator("#calendar-overrides")).to_contain_text("没有调整过")
    assert _due(bank) == before


def test_a_year_that_cannot_be_set_is_refused_in_words(bank: Bank) -> None:
    page = bank.open("calendar?year=2031", WALL)
    expect(page.get_by_role("button", name="下一年")).to_be_disabled()
    switch_language(page)
    expect(page.locator("h1")).to_contain_text("2031")
    expect(page.locator("#calendar-head")).to_contain_text("not published yet")
