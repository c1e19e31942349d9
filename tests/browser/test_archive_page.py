"""The archive in a real browser: found, filtered, a view saved, opened, printed, sent up."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.rights import Access
from core.words import Role
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL
from tests.tickets.clerk import Clerk, walk

NAME, NUMBER = "夏侯奇瑰", "13987650123"


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_found_filtered_kept_as_a_view_opened_and_printed(
    bank: Bank, size: tuple[int, int]
) -> None:
    made = str(bank.scene.complain(
        channel="letter", subject="到期收益不符", summary=f"{NAME}称{NUMBER}无人接",
        client={"name": NAME, "phone": NUMBER},
    )["complaint"])  # fmt: skip
    others = [bank.scene.complain(channel="counter") for _ in range(60)]
    bank.scene.work()
    page = bank.open("archive", size)
    rows = page.locator(".arc-table tbody tr")
    expect(rows).to_have_count(50)
    expect(page.locator(".arc-count")).to_contain_text("共 61 件")
    page.get_by_role("button", name="下一页").click()
    expect(rows).to_have_count(11)
    page.fill(".arc-form input", "收益")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("夏侯**")
    assert NAME not in page.content() and "收益" not in page.url
    page.locator(".arc-chip").click()
    expect(rows).to_have_count(50)
    if size == PHONE:  # the list comes first there
        page.locator(".arc-details summary").click()
    page.select_option("[data-filter=channel]", "letter")
    expect(rows).to_have_count(1)
    assert page.url.endswith("/archive?channel=letter")
    page.get_by_role("button", name="保存视图").click()
    page.fill("dialog input[name=name]", "信函投诉")
    page.locator("dialog button[type=submit]").click()
    view = page.get_by_role("button", name="信函投诉", exact=True)
    expect(view).to_have_attribute("aria-pressed", "true")
    page.goto(bank.url + "archive")
    expect(rows).to_have_count(50)
    view.click()
    expect(rows).to_have_count(1)
    page.locator(".arc-table [data-complaint]").check()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="打印档案").click()
    paper = opened.value
    expect(paper.locator("h1")).to_have_text("客户投诉档案")
    expect(paper.locator(".fh-lacking").first).to_contain_text("【缺】")
    assert NAME not in paper.content() and made in paper.content()
    page.locator(".arc-complaint a").click()
    page.wait_for_url(f"**/tickets/{made}")
    assert len(others) == 60


def test_a_paper_in_full_says_why_and_files_go_up(bank: Bank) -> None:
    made = str(bank.scene.complain(
        summary="收益不符", client={"name": NAME, "phone": NUMBER, "address": "上海市徐汇区"},
    )["complaint"])  # fmt: skip
    head = Clerk(bank.scene)
    walk(head, made, second=Clerk(bank.scene, "SH", Role.BRANCH_LEADER))
    bank.scene.work()
    page = bank.open(f"complaints/{made}", WALL)
    page.get_by_role("button", name="以原文打印").click()
    page.fill("dialog textarea", "监管调阅")
    with page.expect_popup() as opened:
        page.locator("dialog button[type=submit]").click()
    paper = opened.value
    expect(paper.locator("main")).to_contain_text(NAME)
    expect(paper.locator(".fh-paper-foot")).to_contain_text("原文 · 理由：监管调阅")
    expect(paper.locator("main")).to_contain_text("本档案各项齐全。")
    sub = bank.open("archive", WALL, me="王行长|sub_head", unit="SH1", roles=(Access.SUB_BRANCH,))
    sub.locator(".arc-table [data-complaint]").check()
    sub.get_by_role("button", name="报分行").click()
    sub.locator("dialog button[type=submit]").click()
    expect(sub.locator(".arc-marks")).to_contain_text("已报分行")
