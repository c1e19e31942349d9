"""The hotline agent's day: what is owed by the clock, the branch answers, 95558 accepts."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from complaints.work_order import parse_list, parse_order
from core.clock import SHANGHAI
from core.rights import Access
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL

pytestmark = pytest.mark.browser
AGENT = "林晓|ho_hotline"
CONTACT = "王芳|branch_contact"


def _order(bank: Bank, number: str, **given: Any) -> dict[str, Any]:
    body = {
        "number": number, "at": bank.scene.now().isoformat(), "unit": "SH1", "product": "稳盈三号",
        "client": {"name": "张三丰", "phone": "13912345678"}, "amount": "200000",
        "summary": "张三丰来电称到期未到账", **given,
    }  # fmt: skip
    (fed,) = bank.scene.engine.hotline.feed([parse_order(body)], "token:95558")
    assert fed.answer is not None, fed.error
    return fed.answer


def _agent(bank: Bank, size: tuple[int, int] = WALL) -> Page:
    return bank.open("hotline", size, me=AGENT, roles=(Access.HOTLINE,))


def _branch(bank: Bank, size: tuple[int, int] = WALL) -> Page:
    return bank.open("hotline", size, me=CONTACT, unit="SH", roles=(Access.BRANCH,))


def _answer(page: Page, words: str, result: str = "settled") -> None:
    """Press the only order's button, choose, write, send."""
    page.locator(".hl-table").get_by_role("button", name="反馈 95558").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("处理结果").select_option(result)
    dialog.get_by_label("反馈内容").fill(words)
    dialog.get_by_role("button", name="反馈 95558").click()
    expect(dialog).to_have_count(0)


def _say(page: Page, row: Locator, what: str, words: str | None = None) -> None:
    row.get_by_role("button", name=what).click()
    dialog = page.get_by_role("dialog").last
    if words is not None:
        dialog.get_by_label("说明").fill(words)
    dialog.get_by_role("button", name=what).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_hotline_agents_morning(bank: Bank) -> None:
    """What is owed is seen first, by the clock; a branch sees and answers its own."""
    _order(bank, "WO-1001")
    _order(bank, "WO-1002", unit="NJ1", product="天利贵金属")
    bank.scene.work()
    page = _agent(bank)
    figure = page.locator("#hotline-figures .fh-figure").first
    expect(figure).to_contain_text("待反馈")
    expect(figure.locator(".fh-figure-value")).to_have_text("2")
    rows = page.locator(".hl-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("已告知分行")
    _say(page, rows.filter(has_text="WO-1002"), "催办")
    expect(rows.filter(has_text="WO-1002")).to_contain_text("催办 1 次")

    branch = _branch(bank)
    mine = branch.locator(".hl-table tbody tr")
    expect(mine).to_have_count(1)  # the other branch's is not theirs to see
    mine.get_by_role("button", name="反馈 95558").click()
    dialog = branch.get_by_role("dialog")
    dialog.get_by_role("button", name="反馈 95558").click()
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    dialog.get_by_role("button", name="取消").click()
    _answer(branch, "已到账，电话13912345678告知张三丰，客户认可。")
    expect(branch.locator(".fh-toast")).to_contain_text("F0000000")
    expect(branch.locator(".hl-empty")).to_contain_text("没有待反馈的工单")


def test_the_hotline_agents_afternoon(bank: Bank) -> None:
    """An answer is read, masked; returned; given again; accepted."""
    _order(bank, "WO-1001")
    branch, page = _branch(bank), _agent(bank)
    _answer(branch, "已到账，电话13912345678告知张三丰，客户认可。")
    page.get_by_role("button", name="待确认").click()
    rows = page.locator(".hl-table tbody tr")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="WO-1001").click()
    story = page.locator(".hl-dialog")
    expect(story).to_contain_text("第 1 次反馈：已解决，客户认可")
    expect(story).to_contain_text("王芳")
    expect(story).not_to_contain_text("13912345678")  # masked, as in the file
    expect(story).not_to_contain_text("张三丰")
    _say(page, story, "退回重办", "请写明到账时间")
    expect(rows).to_have_count(0)
    page.get_by_role("button", name="待反馈", exact=True).click()
    expect(rows.filter(has_text="WO-1001")).to_contain_text("退回重办")

    _answer(branch, "当日14时到账，客户认可。")
    page.get_by_role("button", name="待确认").click()
    _say(page, rows.filter(has_text="WO-1001"), "认可办结")
    page.get_by_role("button", name="已结束").click()
    expect(rows.filter(has_text="WO-1001")).to_contain_text("已办结")


def test_an_overdue_one_is_first_and_said_in_words(bank: Bank) -> None:
    _order(bank, "WO-OLD")
    bank.scene.db.move_time(bank.scene.house.plan.ladder.hotline.digest * 600)
    _order(bank, "WO-NEW")
    page = _agent(bank)
    first = page.locator(".hl-table tbody tr").first
    expect(first).to_contain_text("WO-OLD")
    expect(first).to_contain_text("已超时")
    expect(page.locator("#hotline-figures .fh-figure").first).to_contain_text("其中超时 1 件")
    page.get_by_label("工单编号").fill("new")
    expect(page.locator(".hl-table tbody tr")).to_have_count(1)
    page.get_by_label("工单编号").fill("")
    expect(page.locator(".hl-table tbody tr")).to_have_count(2)
    page.get_by_label("处理机构").select_option(label="南京分行")
    expect(page.locator(".hl-empty")).to_be_visible()
    page.get_by_label("处理机构").select_option(label="上海分行")
    expect(page.locator(".hl-table tbody tr")).to_have_count(2)


def test_the_daily_list_is_compared(bank: Bank) -> None:
    _order(bank, "WO-1")
    day = bank.scene.now().astimezone(SHANGHAI).date().isoformat()
    bank.scene.engine.hotline.compare(parse_list({"day": day, "orders": [
        {"number": "WO-1", "state": "closed"}, {"number": "WO-9", "state": "open"},
    ]}), "token:95558")  # fmt: skip
    page = _agent(bank)
    expect(page.locator("#hotline-figures")).to_contain_text("对账差异")
    page.get_by_role("button", name="对账", exact=True).click()
    rows = page.locator("[data-key=differing] tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="WO-9")).to_contain_text("本行没有")
    expect(rows.filter(has_text="WO-1")).to_contain_text("状态不一致")
    expect(page.locator("[data-key=days]")).to_contain_text("已对账")


def test_one_thumb_answers_on_a_phone(bank: Bank) -> None:
    _order(bank, "WO-1")
    page = _branch(bank, PHONE)
    button = page.get_by_role("button", name="反馈 95558")
    expect(button).to_be_visible()
    box = button.bounding_box()
    assert box is not None and box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    button.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("处理结果").select_option("explained")
    dialog.get_by_label("反馈内容").fill("已解释产品条款")
    dialog.get_by_role("button", name="反馈 95558").click()
    expect(page.locator(".hl-empty")).to_be_visible()


def test_in_english_too(bank: Bank) -> None:
    _order(bank, "WO-1")
    page = _agent(bank)
    page.context.add_cookies([{"name": "fh_lang", "value": "en", "url": bank.url}])
    page.reload()
    expect(page.get_by_role("heading", name="95558 work orders")).to_be_visible()
    expect(page.locator(".hl-table tbody tr")).to_contain_text("Received")
