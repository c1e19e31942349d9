"""Who is signed in: their name and seat in the header, what they are offered, how it ends."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from contacts.people import MemberValue, save_member
from core.rights import Access
from core.words import Role
from tests.browser.bank_site import ME, Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser


def _opened(bank: Bank) -> str:
    incident = str(bank.scene.crowd(10)[-1]["incident"])
    bank.scene.work()
    return incident


def _menu(page: Page) -> None:
    page.locator(".fh-me summary").click()
    expect(page.locator(".fh-me-menu")).to_be_visible()


def _end_sessions(bank: Bank) -> None:
    bank.scene.db.app.run(
        lambda c: c.execute(
            sa.text("UPDATE sessions SET ended_real = clock_timestamp(), ended_why = 'revoked'")
        )
    )


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_the_header_says_who_it_is_and_lets_them_out(bank: Bank, size: tuple[int, int]) -> None:
    page = bank.open("", size)
    expect(page.locator(".fh-me summary b")).to_have_text("周敏")
    _menu(page)
    expect(page.locator(".fh-me-menu")).to_contain_text("总行值班员")
    expect(page.locator(".fh-me-menu")).to_contain_text("总行应急组 · 看总行及下级")
    nav = page.locator(".fh-nav").evaluate("nav => nav.scrollWidth - nav.clientWidth")
    assert size == PHONE or nav <= 0, "the wall shows every page without scrolling"
    expect(page.get_by_role("link", name="账户与登录设备")).to_have_attribute("href", "/account")
    box = page.locator(".fh-me-menu").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0]
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    page.keyboard.press("Escape")
    expect(page.locator(".fh-me-menu")).to_be_hidden()
    _menu(page)
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/sign-in*")
    page.goto(bank.url + "incidents")
    page.wait_for_url("**/sign-in?next=/incidents")


def test_who_has_several_seats_chooses_in_which_they_act(bank: Bank) -> None:
    """The choice is this account's on this browser, and is what the record says."""
    scene, incident = bank.scene, _opened(bank)
    leader = scene.people["SH", Role.BRANCH_LEADER]

    def also(connection: sa.Connection) -> None:
        unit = connection.execute(sa.text("SELECT id FROM units WHERE code = 'SH'")).scalar_one()
        save_member(
            connection,
            MemberValue(unit_id=unit, role=Role.BRANCH_SERVICE, person_id=leader, rank=2),
        )

    scene.db.app.run(also)
    page = bank.open(f"incident/{incident}", PHONE, me="郑洁|branch_leader")
    expect(page.locator(".inc-me")).to_contain_text("郑洁 分行应急小组组长")
    _menu(page)
    page.get_by_label("以哪个岗位办理").select_option("branch_service")
    expect(page.locator(".inc-me")).to_contain_text("郑洁 分行服务品质负责人")
    page.reload()
    expect(page.locator(".inc-me")).to_contain_text("郑洁 分行服务品质负责人")
    page.locator("#incident-now").click()
    expect(page.locator("#incident-known .inc-answer")).to_contain_text("分行服务品质负责人")
    (given,) = scene.incident(incident)["acknowledgements"]
    assert (given["by"], given["role"]) == ("郑洁", "branch_service")


def test_an_auditor_reads_and_is_offered_nothing_else(bank: Bank, guard: Guard) -> None:
    incident = _opened(bank)
    see = {"me": "何审计|", "roles": (Access.AUDITOR,)}
    page = bank.open(f"incident/{incident}", WALL, **see)  # type: ignore[arg-type]
    expect(page.locator(".inc-what")).to_contain_text("徐汇支行10名客户集体投诉")
    expect(page.locator(".inc-me")).to_contain_text("您在应急小组中没有岗位，只能查看")
    expect(page.locator("main button")).to_have_count(0)
    for path, seen in (
        ("", "#board-hero .fh-hero-duty"), ("duties?all", ".dt-duty"),
        (f"incidents/{incident}/call-tree", ".tel-call"), ("contacts#SH", ".ct-role"),
        (f"incidents/{incident}/reports", ".rep-owed"),
        (f"incidents/{incident}/review", ".rev-figure"),
    ):  # fmt: skip
        page.goto(bank.url + path)
        expect(page.locator(seen).first).to_be_visible()
        offered = page.locator(
            "main :is([data-action=acknowledge], [data-action=call], [data-action^=duty-],"
            " [data-action=duties-record], [data-action^=calltree-], [data-action^=contacts-away],"
            " [data-action=contacts-reveal], [data-action^=report-], [data-action^=review-],"
            " .ct-import, #review-write)"
        )
        expect(offered).to_have_count(0)
    expect(page.get_by_role("link", name="登记投诉")).to_have_count(0)
    assert guard.faults == []


def test_a_session_that_ended_is_said_and_what_was_typed_stays(bank: Bank, guard: Guard) -> None:
    guard.allowed += ["401", "WebSocket", "403"]
    incident = _opened(bank)
    page = bank.open(f"incident/{incident}", PHONE)
    page.get_by_role("button", name="宣布平息").first.click()
    page.get_by_label("平息理由").fill("客户已离场")
    _end_sessions(bank)
    said = page.locator("dialog.fh-out")
    expect(said).to_contain_text("登录已失效")  # noticed without a press
    expect(said.get_by_role("link", name="在新窗口登录")).to_have_attribute(
        "href", f"/sign-in?next=%2Fincident%2F{incident}"
    )
    said.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="平息并通知").click()
    expect(page.locator("dialog .fh-form-fault")).to_contain_text("请先登录")
    expect(page.get_by_label("平息理由")).to_have_value("客户已离场")
    assert bank.scene.incident(incident)["state"] == "open"
    bank.sign_in_as(page, ME, anew=True)
    expect(page.locator(".fh-toast", has_text="已重新登录")).to_be_visible()
    page.get_by_role("button", name="平息并通知").click()
    expect(page.locator(".inc-ended")).to_contain_text("客户已离场")


def test_a_page_of_somebody_who_left_does_nothing_in_the_next_ones_name(
    bank: Bank, guard: Guard
) -> None:
    guard.allowed.append("403")
    incident = _opened(bank)
    page = bank.open(f"incident/{incident}", PHONE, me="郑洁|branch_leader")
    expect(page.locator("#incident-now")).to_have_text("签收")
    bank.sign_in_as(page, "周敏|duty_officer")
    page.locator("#incident-now").click()
    said = page.locator("dialog.fh-out")
    expect(said).to_contain_text("此浏览器已由另一人登录")
    assert bank.scene.incident(incident)["acknowledgements"] == []
    said.get_by_role("button", name="刷新页面").click()
    expect(page.locator(".inc-me")).to_contain_text("周敏 总行值班员")


def test_a_page_that_is_not_theirs_leads_to_one_that_is(bank: Bank) -> None:
    page = bank.open("duties", WALL, me="程远|", roles=(Access.ADMINISTRATOR,))
    expect(page.locator(".fh-brand")).to_have_attribute("href", "/people")
    page.get_by_role("link", name="回到首页").click()
    page.wait_for_url("**/people")
    expect(page.locator(".fh-me summary small")).to_have_text("系统管理员")
