"""The report pages over the real bank: from the duty to the receipt, and no typing lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from contacts.units import UnitValue, save_units
from core.words import Level, Role
from escalation.ids import incident_number
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser

REGULATOR = "国家金融监督管理总局上海监管局"
ME = "员工7|branch_contact"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _opened(bank: Bank, *, regulator: str | None = REGULATOR) -> str:
    """Ten clients at 徐汇支行; the branch knows its regulator."""
    scene = bank.scene
    unit = UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=regulator)
    scene.db.app.run(lambda c: save_units(c, [unit]))
    incident = str(scene.crowd(10, product="稳盈三号")[-1]["incident"])
    scene.work()
    for seat in (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY)):
        scene.expect_sms(*seat)
    return incident


def _reports(bank: Bank, incident: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bank.scene.engine.reports.listed(incident_number(incident))[
        "reports"
    ]
    return found


def _drafted(bank: Bank, incident: str, size: tuple[int, int] = PHONE) -> Page:
    page = bank.open(f"incidents/{incident}/reports", size, me=ME)
    page.locator("[data-clause=WP-13-R]").get_by_role("button", name="拟写首报").click()
    page.wait_for_url("**/reports/*")
    expect(page.locator("h1")).to_contain_text("首报 · 监管")
    return page


def _field(page: Page, name: str) -> Any:
    return page.locator(f"#rep-f-{name}")


@pytest.mark.parametrize("size", [PHONE, WALL])
def test_from_the_duty_to_the_receipt(bank: Bank, size: tuple[int, int], tmp_path: Path) -> None:
    incident = _opened(bank)
    page = bank.open(f"incident/{incident}", size, me=ME)
    page.locator("[data-clause=WP-13-R] [data-action=report-from-duty]").click()  # one tap
    page.wait_for_url("**/reports/*")
    expect(page.locator("#report-figures [data-key=clients] strong")).to_have_text("10")
    expect(page.locator("[data-field=request]")).to_have_attribute("data-empty", "")
    expect(page.locator("[data-field=request] .rep-field-mark")).to_contain_text("必填")
    page.locator("#report-sign").click()
    expect(_field(page, "request")).to_be_focused()
    page.keyboard.type("请派员到场指导。")
    page.keyboard.press("Control+s")
    expect(page.locator(".rep-say")).to_contain_text("已保存")
    page.locator("#report-sign").click()
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("以 员工7 分行应急小组联系人 身份签发")
    dialog.get_by_role("button", name="签发").click()
    expect(page.locator(".rep-number")).to_contain_text("投诉急报（监）第1号")
    with page.expect_download() as waited:
        page.get_by_role("link", name="导出 PDF").click()
    assert Path(waited.value.path()).read_bytes().startswith(b"%PDF")
    expect(page.locator(".rep-hash code")).to_have_count(1)

    page.locator("#report-send").click()
    page.get_by_label("报给谁").fill("消保处")
    page.get_by_role("button", name="登记报送回执").last.click()
    expect(page.locator("dialog .fh-form-fault")).to_contain_text("回执编号")
    page.get_by_label("回执编号").fill("沪监收77号")
    scan = tmp_path / "张三的回执.pdf"
    scan.write_bytes(PDF)
    page.set_input_files("dialog input[type=file]", str(scan))
    page.get_by_role("button", name="登记报送回执").last.click()
    expect(page.locator("h1 .fh-state")).to_have_text("已报送")
    expect(page.locator("[data-receipt=sent]")).to_contain_text("编号 沪监收77号")
    (report,) = _reports(bank, incident)
    assert report["state"] == "sent"
    states = {d["clause"]: d["state"] for d in bank.scene.incident(incident)["duties"]}
    assert (states["WP-13-R"], states["WP-13"]) == ("fulfilled", "open")


def test_a_failed_save_loses_no_typing(bank: Bank, guard: Guard) -> None:
    guard.allowed += ["503", "net::ERR_FAILED"]
    incident = _opened(bank)
    page = _drafted(bank, incident)
    page.route("**/fields", lambda route: route.abort())
    _field(page, "cause").fill("净值下跌，客户要求兑付。")
    page.locator("#report-save").click()
    expect(page.locator(".rep-say")).to_contain_text("您写的内容仍在本页")
    bank.scene.crowd(1)  # a revision redraws the page
    expect(page.locator("#reports-head")).to_contain_text("首报")
    expect(_field(page, "cause")).to_have_value("净值下跌，客户要求兑付。")
    page.on("dialog", lambda asked: asked.accept())
    page.reload()
    expect(page.locator(".rep-say")).to_contain_text("已找回上次没有保存的内容")
    expect(_field(page, "cause")).to_have_value("净值下跌，客户要求兑付。")
    page.unroute("**/fields")
    page.locator("#report-save").click()
    expect(page.locator("[data-field=cause] .rep-field-mark")).to_contain_text("分行应急小组联系人")


def test_two_editors_see_both_texts(bank: Bank, guard: Guard) -> None:
    guard.allowed += ["409", "net::ERR_FAILED"]
    incident = _opened(bank)
    one = _drafted(bank, incident, WALL)
    two = bank.open(one.url.removeprefix(bank.url), WALL, me="员工5|branch_leader")
    expect(_field(two, "cause")).to_have_value(
        "客户就“稳盈三号”产品到期兑付、收益情况集中投诉，具体原因正在核实。"
    )
    _hold_reads(two)
    _field(one, "cause").fill("甲写的起因。")
    _field(two, "cause").fill("乙写的起因。")
    one.locator("#report-save").click()
    expect(one.locator(".rep-say")).to_contain_text("已保存")
    two.locator("#report-save").click()
    expect(two.locator("#report-conflict")).to_contain_text("他人已先保存")
    expect(two.locator("[data-field=cause] blockquote")).to_have_text("甲写的起因。")
    expect(_field(two, "cause")).to_have_value("乙写的起因。")
    two.get_by_role("button", name="保留我的").click()
    two.locator("#report-save").click()
    expect(two.locator(".rep-say")).to_contain_text("已保存")
    expect(_field(one, "cause")).to_have_value("乙写的起因。")  # it follows by itself
    _field(one, "trend").fill("甲写的趋势。")
    _field(two, "trend").fill("乙写的趋势。")
    two.locator("#report-save").click()
    expect(one.locator("[data-field=trend] blockquote")).to_have_text("乙写的趋势。")  # at once
    expect(_field(one, "trend")).to_have_value("甲写的趋势。")
    one.get_by_role("button", name="用对方的").click()
    expect(_field(one, "trend")).to_have_value("乙写的趋势。")
    expect(one.locator("#report-save")).to_be_disabled()
    _field(two, "request").fill("乙写的请求。")
    _field(one, "request").fill("暂无。")
    one.locator("#report-sign").click()
    one.locator("dialog").get_by_role("button", name="签发").click()
    expect(one.locator("h1 .fh-state")).to_have_text("已签发，待报送")
    two.unroute_all()
    bank.scene.crowd(1)  # a revision: this page reads again
    expect(two.locator("#report-conflict")).to_contain_text("没有保存")
    expect(two.locator("#report-conflict blockquote")).to_have_text("乙写的请求。")


def _hold_reads(page: Page) -> None:
    """This page hears of nothing: it is the slow one of the two."""

    def answer(route: Route) -> None:
        if route.request.method == "GET":
            route.abort()
        else:
            route.continue_()

    page.route("**/live/incident/**", answer)


def test_a_time_is_corrected_beside_the_old_one(bank: Bank) -> None:
    incident = _opened(bank)
    page = _drafted(bank, incident)
    page.get_by_role("button", name="更正 发生").click()
    page.get_by_label("应为").fill("2026-11-23T09:40")
    page.get_by_label("更正理由").fill("监控录像显示")
    page.locator("dialog").get_by_role("button", name="更正").click()
    time = page.locator("[data-time=occurred]")
    expect(time.locator("b")).to_have_text("09:40")
    expect(time).to_contain_text("更正理由：监控录像显示")
    expect(time).to_contain_text("原为 10:00")


def test_a_follow_up_shows_what_changed(bank: Bank) -> None:
    incident = _opened(bank)
    number, reports = incident_number(incident), bank.scene.engine.reports
    page = _drafted(bank, incident, WALL)
    _field(page, "request").fill("暂无。")
    page.locator("#report-sign").click()  # saves first
    page.locator("dialog").get_by_role("button", name="签发").click()
    expect(page.locator(".rep-number")).to_contain_text("第1号")
    bank.scene.crowd(3, product="稳盈三号")
    page.get_by_role("link", name="全部报告").click()
    page.locator("#reports-new").get_by_role("button", name="拟写续报").click()
    page.wait_for_url("**/reports/*")
    row = page.locator(".rep-changes [data-key=clients]")
    expect(row).to_contain_text("10人")
    expect(row.locator("em")).to_have_text("+3")
    assert [r["kind"] for r in reports.listed(number)["reports"]] == ["follow_up", "first"]


def test_without_a_regulator_the_page_says_what_to_do(bank: Bank) -> None:
    incident = _opened(bank, regulator=None)
    page = bank.open(f"incidents/{incident}/reports", PHONE, me=ME)
    expect(page.locator("#reports-head")).to_contain_text("上海分行未登记监管机构")
    expect(page.locator("#reports-list")).to_contain_text("还没有报告")


def test_a_missing_report_and_a_dead_server_are_said(
    bank: Bank, guard: Guard, contexts: list[BrowserContext]
) -> None:
    guard.allowed += ["net::ERR_FAILED"]
    incident = _opened(bank)
    page = bank.open(f"incidents/{incident}/reports/999", PHONE, me=ME)
    expect(page.locator(".fh-failure")).to_contain_text("没有这份报告")
    page = bank.open(f"incidents/{incident}/reports", PHONE, me=ME)
    expect(page.locator("#reports-owed")).to_contain_text("报告")
    page.route("**/live/incident/**", lambda route: route.abort())
    bank.scene.crowd(1)
    expect(page.locator("#reports-fault")).to_contain_text("本页未能更新")
    expect(page.locator("#reports-owed")).to_contain_text("报告")
    assert contexts


@pytest.mark.parametrize("size", [PHONE, WALL])
def test_nothing_is_wider_than_the_screen(bank: Bank, size: tuple[int, int]) -> None:
    incident = _opened(bank)
    page = _drafted(bank, incident, size)
    for path in (page.url, page.url.rsplit("/", 1)[0]):
        page.goto(path)
        expect(page.locator("#reports-head h1")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
