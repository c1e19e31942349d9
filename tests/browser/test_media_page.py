"""The PR officer's day in a real browser: report, facts, correction, statement (WP-19)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from core.rights import Access
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard, switch_language
from tests.engine.media import MediaDesk

pytestmark = pytest.mark.browser
ME, LEADER, UNIT = "林公关|pr_officer", "陈组长|ho_leader", "王联系|branch_contact"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HEADLINE = "理财产品到期未付，投资者聚集网点"


def _open(bank: Bank, path: str, size: tuple[int, int] = WALL) -> Page:
    return bank.open(path, size, me=ME, roles=(Access.PR,))


def _dialog(page: Page, name: str, *, near: Locator | None = None) -> Locator:
    (near or page).get_by_role("button", name=name, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2)).to_have_text(name)
    return dialog


def _save(page: Page, dialog: Locator, name: str) -> None:
    dialog.get_by_role("button", name=name, exact=True).last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def _find_report(page: Page) -> None:
    dialog = _dialog(page, "登记报道")
    dialog.get_by_label("媒体名称").fill("晨报")
    dialog.get_by_label("标题").fill(HEADLINE)
    dialog.get_by_label("链接").fill("https://news.example/2026/11/1")
    dialog.get_by_role("button", name="全国性").click()
    dialog.get_by_label("传播量").fill("350000")
    dialog.get_by_role("button", name="登记报道").click()
    page.wait_for_url("**/media/M0000001")
    expect(page.locator("#mediacase-head h1")).to_have_text(HEADLINE)


def test_the_day_of_the_pr_officer(bank: Bank, tmp_path: Path) -> None:
    page = _open(bank, "media")
    figures = page.locator(".med-figure")
    expect(figures.first).to_contain_text("曝光未平息")
    expect(figures.first.locator("strong")).to_have_text("0")
    _find_report(page)
    clocks = page.locator("#mediacase-clocks .dt-duty")
    expect(clocks.filter(has_text="核实媒体报道").locator("[data-due]")).to_be_visible()

    _get_facts(bank)
    expect(page.locator("#mediacase-facts")).to_contain_text("产品已于到期日全额兑付")
    expect(clocks.filter(has_text="核实媒体报道")).to_contain_text("办结")

    copy = tmp_path / "copy.pdf"
    copy.write_bytes(PDF)
    dialog = _dialog(page, "保存副本")
    dialog.get_by_label("报道副本").set_input_files(str(copy))
    _save(page, dialog, "保存副本")
    expect(page.locator("#mediacase-sightings")).to_contain_text("SHA-256")

    dialog = _dialog(page, "要求更正")
    dialog.get_by_label("不实之处与要求").fill("贵报所称未兑付与事实不符，请更正。")
    dialog.get_by_label("依据").fill("到期兑付公告")
    _save(page, dialog, "要求更正")
    expect(page.locator("#mediacase-facts")).to_contain_text("等待答复")

    _statement(bank, page)
    _journalist(page)
    _daily(page)


def _get_facts(bank: Bank) -> None:
    """The unit records what it found: another person, in another browser."""
    unit = bank.open("media/M0000001", PHONE, me=UNIT, unit="HO")
    dialog = _dialog(unit, "登记核实结论")
    dialog.get_by_role("button", name="登记核实结论").click()
    expect(dialog.get_by_role("alert")).to_contain_text("核实到的事实")
    dialog.get_by_role("button", name="报道有误").click()
    dialog.get_by_label("核实到的事实").fill("产品已于到期日全额兑付")
    dialog.get_by_label("依据").fill("兑付流水")
    _save(unit, dialog, "登记核实结论")


def _statement(bank: Bank, page: Page) -> None:
    """Drafted here, approved by somebody else, issued here; an edit asks for a new approval."""
    mine = page.locator('.med-statement[data-kind="statement"]')
    mine.get_by_role("button", name="起草 对外回应").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("正文").fill("我行该产品已于到期日全额兑付。")
    _save(page, dialog, "起草")
    expect(mine).to_contain_text("待审批")
    expect(mine.get_by_role("button", name="审批通过")).to_have_count(0)
    expect(mine.get_by_role("button", name="发布")).to_have_count(0)
    theirs = bank.open("media/M0000001", WALL, me=LEADER)
    other = theirs.locator('.med-statement[data-kind="statement"]')
    dialog = _dialog(theirs, "审批通过", near=other)
    expect(dialog).to_contain_text("我行该产品已于到期日全额兑付。")
    _save(theirs, dialog, "审批通过")
    dialog = _dialog(page, "发布", near=mine)
    dialog.get_by_label("发布渠道").fill("官网")
    _save(page, dialog, "发布")
    expect(mine).to_contain_text("已发布")
    expect(mine).to_contain_text("陈组长")


def _journalist(page: Page) -> None:
    dialog = _dialog(page, "登记沟通")
    dialog.get_by_label("记者").fill("周记者")
    dialog.get_by_label("沟通内容").fill("已说明兑付情况，对方同意核对")
    _save(page, dialog, "登记沟通")
    expect(page.locator("#mediacase-talks")).to_contain_text("周记者")
    expect(page.locator("#mediacase-clocks .inc-duty--ended")).to_have_count(2)


def _daily(page: Page) -> None:
    page.locator("#mediacase-head").get_by_role("link", name="全部媒体事件").click()
    page.get_by_role("link", name="舆情日报").click()
    expect(page.locator("#mediadaily-cases h2")).to_contain_text(HEADLINE)
    expect(page.locator("#mediadaily-cases")).to_contain_text("要求更正")
    figures = page.locator("#mediadaily-figures .med-figure")
    expect(figures.nth(5).locator("strong")).to_have_text("1")
    base = page.url.split("/media")[0]
    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK"), ("html", b"<!")):
        paper = page.request.get(f"{base}/live/media/daily.{kind}")
        assert paper.status == 200 and paper.body().startswith(start)


def test_on_a_phone_the_same_is_there(bank: Bank) -> None:
    desk = MediaDesk(bank.scene)
    case = desk.found("HO")
    desk.check(case, "partly")
    page = _open(bank, "media", PHONE)
    expect(page.locator(".med-row")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.locator(".med-row a").click()
    expect(page.locator("#mediacase-record li")).to_have_count(2)
    chart = page.locator("#mediacase-chart .js-plotly-plot .scatterlayer .trace")
    expect(chart.first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.goto(bank.url + "media/daily")
    expect(page.locator(".med-daily")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_the_media_list_and_a_feed_that_is_watched(bank: Bank) -> None:
    page = _open(bank, "media/contacts")
    expect(page.locator("#medialist-contacts")).to_contain_text("名录还是空的")
    dialog = _dialog(page, "添加")
    dialog.get_by_label("媒体名称").fill("晚报")
    dialog.get_by_label("姓名").fill("周记者")
    dialog.get_by_label("电话").fill("021-55550000")
    _save(page, dialog, "保存")
    row = page.locator("#medialist-contacts .med-contact")
    expect(row).to_contain_text("还没有沟通过")
    dialog = _dialog(page, "登记沟通", near=row)
    dialog.get_by_label("沟通内容").fill("介绍产品到期安排")
    _save(page, dialog, "登记沟通")
    expect(row).to_contain_text("最近沟通")
    dialog = _dialog(page, "添加监测源")
    dialog.get_by_label("媒体名称").fill("快讯")
    dialog.get_by_label("地址").fill("https://flash.example/rss")
    dialog.get_by_label("关键词").fill("示范银行\n稳健增利")
    _save(page, dialog, "保存")
    expect(page.locator("#medialist-feeds .med-contact")).to_contain_text("等待首次读取")


def test_empty_missing_and_another_language(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("404")
    page = _open(bank, "media")
    expect(page.locator("#media-rows")).to_contain_text("没有曝光未平息的媒体事件")
    MediaDesk(bank.scene).found("HO")
    expect(page.locator(".med-row")).to_have_count(1)
    page.locator('input[name="text"]').fill("没有这个")
    expect(page.locator("#media-rows")).to_contain_text("没有符合")
    switch_language(page)
    expect(page.locator(".med-figure").first).to_contain_text("Exposed and unsettled")
    page.goto(bank.url + "media/M0000099")
    expect(page.locator("#mediacase-fault")).to_contain_text("There is no such media case")
