"""The tokens' page: made, shown once, seen in use, revoked; on a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.rights import Access
from dashboard import tokens
from dashboard.rates import Lane
from dashboard.refusals import Ledger, Refused
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL
from tests.signing_in import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_a_token_is_made_shown_once_and_revoked(
    bank: Bank, size: tuple[int, int], tmp_path: Path
) -> None:
    db = bank.scene.db
    value = tokens.NewToken("核心系统", frozenset({"core"}), unit="SH")
    db.app.run(lambda c: tokens.create(c, value, actor="cli"))
    ledger = Ledger(lambda: db.app)
    ledger.note(Refused("token", 1, Lane.INTAKE))
    ledger.write()
    page = bank.open("healthz", size)
    admin = sign_in(db, unit="HO", roles=[Access.ADMINISTRATOR])
    page.context.add_cookies([{"name": "fenghuo_session", "value": admin.cookie, "url": bank.url}])
    page.goto(bank.url + "tokens")
    expect(page.locator("#tokens-list")).to_contain_text("曾被限流 1 次")
    page.screenshot(path=tmp_path / "list.png")
    page.get_by_role("button", name="新建令牌").click()
    page.get_by_label("名称").fill("客服热线")
    expect(page.get_by_label("机构范围")).to_have_value("示范银行总行 HO")
    page.get_by_label("来源").fill("hotline，web")
    page.screenshot(path=tmp_path / "form.png")
    page.get_by_role("button", name="新建", exact=True).click()
    shown = page.locator(".tok-once")
    expect(shown).to_have_text(re.compile("^fh_[A-Za-z0-9_-]{43}$"))
    secret = shown.inner_text()
    page.screenshot(path=tmp_path / "once.png")
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("dialog")).to_have_count(0)
    row = page.locator("tr", has_text="客服热线")
    expect(row).to_contain_text("hotline、web")
    assert secret not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    viewer = tokens.TokenCheck(db.app).viewer(secret)
    assert viewer is not None and viewer.sources == {"hotline", "web"}
    row.get_by_role("button", name="吊销").click()
    page.locator("dialog").get_by_role("button", name="吊销").click()
    expect(row).to_contain_text("已吊销")
    assert tokens.TokenCheck(db.app).viewer(secret) is None
