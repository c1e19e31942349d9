"""The counter's form: nothing typed is lost, nothing doubled, faults stand beside their fields."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from core.key_rings import parse_ring
from core.rights import Access
from core.vault import Vault
from dashboard.signin.cookie_names import session_cookie
from escalation.sealing import PARTY, open_party
from tests.browser.conftest import PHONE, Guard, PageOpener, on_duty
from tests.signing_in import sign_in
from tests.system.running import KEYS, System

pytestmark = pytest.mark.browser
SERVER_AWAY = [
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "WebSocket",
    "ERR_EMPTY",
    "ERR_CONTENT_LENGTH_MISMATCH",
]


def choose_unit(page: Page, typed: str = "xuhuizhihang") -> None:
    page.fill("#cp-unit", typed)
    option = page.locator(".up-list [data-nth]").first
    expect(option).to_contain_text("徐汇支行")
    page.keyboard.press("Enter")
    expect(page.locator("#cp-unit")).to_have_value("上海分行 · 徐汇支行")


def stored(system: System) -> list[tuple[str, str | None]]:
    """Source reference and client's name of every complaint."""
    statement = sa.text(
        f"SELECT c.source_ref, {PARTY} FROM complaints c JOIN complaint_parties p"
        " ON p.complaint_id = c.id WHERE c.source = 'counter-web' ORDER BY c.id, p.position"
    )
    rows = system.db.app.read(lambda c: c.execute(statement).all())
    vault = Vault(parse_ring("data", KEYS["FENGHUO_DATA_KEYS"]))
    return [(row.source_ref, (open_party(vault, row) or {})["name"]) for row in rows]


def test_keyboard_alone_enters_a_complaint(system: System, open_page: PageOpener) -> None:
    page = open_page(system, "/complaint")
    page.wait_for_selector(".cp-form")
    page.locator("#cp-unit").focus()
    choose_unit(page)
    page.keyboard.press("Enter")  # goes on, sends nothing
    assert page.evaluate("document.activeElement.id") == "cp-received_at"
    page.locator("#cp-product").focus()
    page.keyboard.type("稳健增利3号")
    page.locator("#cp-clients-0-name").focus()
    page.keyboard.type("李雷")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "cp-clients-0-phone"
    page.keyboard.type("13900001111")
    assert stored(system) == []
    page.keyboard.press("Control+Enter")
    expect(page.locator("#complaint-result h2")).to_have_text(re.compile(r"已登记 C\d+"))
    expect(page.locator(".cp-counted li").first).to_contain_text("徐汇支行")
    expect(page.locator(".cp-counted li .cp-count").first).to_have_text("1/10")
    assert [name for _, name in stored(system)] == ["李雷"]
    expect(page.locator("#cp-clients-0-name")).to_have_value("")
    kept = page.evaluate("JSON.stringify(Object.entries(localStorage))")
    assert "李雷" not in kept and "13900001111" not in kept


def test_typed_while_the_server_is_down_it_is_sent_once_when_it_is_back(
    system: System, open_page: PageOpener, guard: Guard
) -> None:
    page = open_page(system, "/complaint")
    page.wait_for_selector(".cp-form")
    guard.allowed += SERVER_AWAY
    choose_unit(page)
    system.kill("web")
    page.fill("#cp-clients-0-name", "韩梅梅")
    expect(page.locator("#cp-state")).to_contain_text("已保存草稿")
    page.click(".cp-bar [type=submit]")
    expect(page.locator("#cp-state")).to_contain_text("服务器不可用，恢复后自动发送（1 件）")
    page.fill("#cp-clients-0-name", "下一位")  # the next client is served meanwhile
    waiting = page.locator("#complaint-queue [data-entry=waiting]")  # tried again and again
    expect(waiting).to_contain_text(re.compile("已试 [3-9] 次"), timeout=30_000)
    system.start("web")
    done = page.locator("#complaint-queue [data-entry=done]")
    expect(done).to_have_text(re.compile(r"已登记 C\d+"), timeout=30_000)
    assert [name for _, name in stored(system)] == ["韩梅梅"]
    expect(page.locator("#cp-clients-0-name")).to_have_value("下一位")


def test_an_answer_that_was_lost_is_fetched_again_and_not_doubled(
    system: System, open_page: PageOpener, guard: Guard
) -> None:
    page = open_page(system, "/complaint")
    page.wait_for_selector(".cp-form")
    choose_unit(page)
    page.fill("#cp-clients-0-name", "吴迪")
    guard.allowed += ["ERR_FAILED"]
    lost: list[int] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)  # the server has it
        route.abort()  # its answer never comes

    page.route("**/live/complaints", lose)
    page.click(".cp-bar [type=submit]")
    expect(page.locator("#complaint-queue [data-entry=done]")).to_have_count(1)
    assert lost == [201] and len(stored(system)) == 1


def test_a_draft_outlives_reload_and_a_closed_tab(system: System, open_page: PageOpener) -> None:
    page = open_page(system, "/complaint")
    page.wait_for_selector(".cp-form")
    choose_unit(page)
    page.click("[data-action=complaint-add][data-role=proxy]")
    page.keyboard.type("张律师")
    page.fill("#cp-summary", "到期少付，要求补足。")
    page.check("#cp-flags")
    context = page.context
    page.close()
    page = open_page(system, "/complaint", context=context)
    expect(page.locator("#cp-clients-1-name")).to_have_value("张律师")
    expect(page.locator("#cp-clients-1-role")).to_have_value("proxy")
    expect(page.locator("#cp-summary")).to_have_value("到期少付，要求补足。")
    expect(page.locator("#cp-unit")).to_have_value("上海分行 · 徐汇支行")
    expect(page.locator("#cp-flags")).to_be_checked()
    page.click("[data-action=complaint-remove][data-nth='1']")
    page.click("[data-action=complaint-undo]")
    expect(page.locator("#cp-clients-1-name")).to_have_value("张律师")


def test_a_bad_field_is_named_beside_it_and_gets_the_focus(
    system: System, open_page: PageOpener, guard: Guard
) -> None:
    guard.allowed += ["422"]
    page = open_page(system, "/complaint", PHONE)
    page.wait_for_selector(".cp-form")
    page.click(".cp-bar [type=submit]")  # seen without the server
    expect(page.locator("[data-field=unit] .cp-fault")).to_contain_text("请从列表中选择")
    assert page.evaluate("document.activeElement.id") == "cp-unit"
    choose_unit(page)
    expect(page.locator("[data-field=unit] .cp-fault")).to_be_empty()
    page.fill("#cp-amount", "十万")  # only the server knows
    page.fill("#cp-clients-0-name", "李四")
    page.click(".cp-bar [type=submit]")
    fault = page.locator("[data-field=amount] .cp-fault")
    expect(fault).to_contain_text("应为数字")
    expect(fault).to_contain_text("请填写数字")
    assert page.evaluate("document.activeElement.id") == "cp-amount"
    expect(page.locator("#cp-amount")).to_have_value("十万")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    page.fill("#cp-amount", "100,000")
    page.click(".cp-bar [type=submit]")
    expect(page.locator("#complaint-result h2")).to_contain_text("已登记")
    assert len(stored(system)) == 1


def test_a_foreign_site_cannot_enter_a_complaint(system: System) -> None:
    mine = {"Cookie": f"{session_cookie(system.url)}={on_duty(system)}"}
    assert system.post("/live/complaints", {}, token=None, **mine).status == 403
    ours = {"X_Fenghuo": "1", "Origin": system.url}
    assert system.post("/live/complaints", {}, token=None, **ours).status == 401
    assert system.post("/live/complaints", {}, token=None, **ours, **mine).status == 422


def test_what_is_typed_is_its_authors_alone_and_leaves_with_them(
    system: System, open_page: PageOpener
) -> None:
    """On a machine that several share: the next person is shown no word, and signing out clears."""
    page = open_page(system, "/complaint")
    page.wait_for_selector(".cp-form")
    page.fill("#cp-summary", "到期少付，要求补足。")
    context = page.context
    mine = {"name": session_cookie(system.url), "url": system.url}
    before = next(c for c in context.cookies() if c["name"] == mine["name"])["value"]
    page.goto("about:blank")  # it would say at once that somebody else has signed in
    other = sign_in(system.db, unit="SH", roles=[Access.BRANCH], name="同柜员工")
    context.add_cookies([{**mine, "value": other.cookie}])
    theirs = open_page(system, "/complaint", context=context)
    theirs.wait_for_selector(".cp-form")
    expect(theirs.locator("#cp-summary")).to_have_value("")
    theirs.close()
    context.add_cookies([{**mine, "value": before}])
    page.goto(f"{system.url}/complaint")
    expect(page.locator("#cp-summary")).to_have_value("到期少付，要求补足。")
    page.click(".fh-me summary")
    page.click("[data-action=sign-out]")
    expect(page.get_by_role("dialog")).to_contain_text("草稿将被清除")
    page.click("[data-action=sign-out-now]")
    page.wait_for_url("**/sign-in?out=1")
    kept = page.evaluate("Object.keys(localStorage).filter((k) => k.startsWith('fh-complaint'))")
    assert kept == []
