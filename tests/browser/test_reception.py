"""The reception sheet on a lobby manager's phone and on a desk, over the real bank (WP-29)."""

from __future__ import annotations

import io
import re

import pytest
from playwright.sync_api import Page, Route, expect
from pypdf import PdfReader

from core.words import Role
from escalation.ids import incident_number
from escalation.receptions import RowChange
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser
ME = "陈大堂|sub_lobby_manager"


def _crowd(bank: Bank, onlookers: int = 0) -> str:
    """A gathering at 徐汇支行 with two ticketed clients; everybody told."""
    scene = bank.scene
    scene.complain("SH1", client={"name": "欧阳建国", "phone": "13911112222"})
    scene.complain("SH1", client={"name": "王五", "phone": "13911113333"})
    incident = str(scene.gather(12, "SH1", onlookers)["incident"])
    scene.work()
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    scene.gather(1, "SH1", onlookers)  # the others have gone again
    return incident


def _open(bank: Bank, incident: str, size: tuple[int, int] = PHONE) -> Page:
    page = bank.open(f"incidents/{incident}/reception", size, me=ME)
    expect(page.locator("#reception-head h1")).to_contain_text("分散接待表")
    return page


def _fill(page: Page, row: int, receiver: str, room: str) -> None:
    card = page.locator(".rcp-row").nth(row)
    card.get_by_label("接待人").fill(receiver)
    card.get_by_label("接待人").press("Tab")
    card.get_by_label("接待室").fill(room)
    card.get_by_label("接待室").press("Tab")
    expect(card.locator(".fh-state").first).to_have_text("已安排")


def _wp29(bank: Bank, incident: str) -> str:
    duties = bank.scene.incident(incident)["duties"]
    return str(next(d["state"] for d in duties if d["clause"] == "WP-29"))


def test_two_clients_are_placed_by_thumb_and_the_duty_ends_by_itself(bank: Bank) -> None:
    incident = _crowd(bank)
    page = _open(bank, incident)
    expect(page.locator("#reception-rows")).to_contain_text("还没有登记到场客户")
    page.get_by_role("button", name="来了 1 位").click()
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(2)
    expect(page.locator(".rcp-remark")).to_have_text(["1号、2号尚无接待人", "1号、2号尚无接待室"])
    _fill(page, 0, "张经理", "贵宾室1")
    assert _wp29(bank, incident) == "open"
    _fill(page, 1, "李经理", "贵宾室2")
    expect(page.locator(".rcp-duty")).to_contain_text("任务已自动办结")
    expect(page.locator("#reception-remarks")).to_contain_text("人人有接待人和接待室")
    assert _wp29(bank, incident) == "fulfilled"
    page.get_by_role("button", name="来了 1 位").click()  # one more comes: red, but it stays ended
    expect(page.locator(".rcp-duty")).to_contain_text("现有缺项：3号尚无接待人")
    assert _wp29(bank, incident) == "fulfilled"


def test_five_came_in_one_tap_and_a_separate_room_is_asked_for(bank: Bank) -> None:
    page = _open(bank, _crowd(bank, onlookers=6))
    page.get_by_role("button", name="来了 5 位").click()
    expect(page.locator(".rcp-row")).to_have_count(5)
    remarks = page.locator("#reception-remarks")
    expect(remarks).to_contain_text("须指定远离柜面的单独接待室")
    expect(remarks).to_contain_text("围观6人：须指定专人疏导离开")
    page.get_by_label("单独接待室").fill("三楼培训室")
    page.get_by_label("疏导人").fill("保安队长")
    page.get_by_label("疏导人").press("Tab")
    expect(remarks).not_to_contain_text("单独接待室")
    expect(remarks).not_to_contain_text("围观")
    page.get_by_role("button", name="增加 5").click()
    page.get_by_role("button", name="记下人数").click()
    expect(page.locator(".rcp-counts li").first).to_contain_text("陈大堂：11 人")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_whoever_stands_it_down_reads_that_clients_are_still_on_site(bank: Bank) -> None:
    incident = _crowd(bank)
    page = _open(bank, incident)
    page.get_by_role("button", name="来了 1 位").click()
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(2)
    row = bank.scene.engine.reception.sheet(incident_number(incident), None)["rows"][0]
    bank.scene.engine.reception.change_row(
        incident_number(incident), row["id"], RowChange(row["version"], left=True), "test"
    )
    page.goto(f"{bank.url}incident/{incident}")
    page.locator("[data-action=incident-close]").first.click()
    expect(page.locator("dialog")).to_contain_text("分散接待表上还有 1 位客户在现场")


def test_the_script_is_one_tap_away(bank: Bank) -> None:
    page = _open(bank, _crowd(bank))
    page.locator("#reception-script-open").click()
    dialog = page.get_by_role("dialog", name="统一话术")
    expect(dialog).to_contain_text(bank.scene.house.plan.script.zh)
    expect(page.locator(".rcp-script--en")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.evaluate("document.cookie = 'fh_lang=en;path=/'")
    page.reload()
    page.locator("#reception-script-open").click()
    expect(page.locator("dialog")).to_contain_text(bank.scene.house.plan.script.zh)
    expect(page.locator("dialog")).to_contain_text(bank.scene.house.plan.script.en)


def test_a_ticketed_client_is_chosen_and_shown_masked(bank: Bank) -> None:
    page = _open(bank, _crowd(bank))
    page.get_by_role("button", name="从工单选").click()
    page.get_by_label("欧阳**").check()
    page.get_by_role("button", name="登记到场").click()
    expect(page.locator(".rcp-who")).to_have_text(re.compile(r"欧阳\*\* C\d{8}"))
    assert "建国" not in page.content() and "13911112222" not in page.content()
    page.get_by_role("button", name="从工单选").click()
    expect(page.get_by_role("dialog").get_by_role("checkbox")).to_have_count(1)


def test_another_phone_was_faster_both_are_shown(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("409")
    incident = _crowd(bank)
    page = _open(bank, incident)
    page.get_by_role("button", name="来了 1 位").click()
    receiver = page.locator(".rcp-row").get_by_label("接待人")
    receiver.press_sequentially("李经")
    engine, number = bank.scene.engine, incident_number(incident)
    (row,) = engine.reception.sheet(number)["rows"]
    other = RowChange(row["version"], receiver="张经理", room="贵宾室1")
    engine.reception.change_row(number, row["id"], other, "web:sub_head")
    receiver.press_sequentially("理")
    receiver.press("Tab")
    refused = page.locator(".rcp-unsaved")
    expect(refused).to_contain_text("他人刚刚改为：张经理 · 贵宾室1")
    expect(receiver).to_have_value("李经理")
    assert engine.reception.sheet(number)["rows"][0]["receiver"] == "张经理"
    with page.expect_response("**/reception/rows/*"):
        page.get_by_role("button", name="存我的").click()
    expect(refused).to_have_count(0)
    (row,) = engine.reception.sheet(number)["rows"]
    assert (row["receiver"], row["room"]) == ("李经理", "贵宾室1")


def test_what_could_not_be_saved_is_kept_and_sent_when_the_line_is_back(
    bank: Bank, guard: Guard
) -> None:
    guard.allowed.append("ERR_FAILED")
    incident = _crowd(bank)
    page = _open(bank, incident)
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(1)
    away = re.compile(r"/live/incident/.*/reception")

    def cut(route: Route) -> None:
        route.abort()

    page.route(away, cut)
    receiver = page.locator(".rcp-row").get_by_label("接待人")
    receiver.fill("张经理")
    receiver.press("Tab")
    expect(page.locator(".rcp-unsaved")).to_contain_text("内容留在本机")
    page.get_by_role("button", name="来了 3 位").click()
    expect(page.locator(".rcp-lost")).to_contain_text("有 3 位尚未登记成功")
    page.unroute(away, cut)
    page.reload()
    expect(page.locator(".rcp-row")).to_have_count(4)
    expect(page.locator(".rcp-row").first.get_by_label("接待人")).to_have_value("张经理")
    expect(page.locator(".rcp-unsaved, .rcp-lost")).to_have_count(0)
    rows = bank.scene.engine.reception.sheet(incident_number(incident))["rows"]
    assert [r["receiver"] for r in rows] == ["张经理", None, None, None]


def test_leaving_with_an_outcome_coming_back_and_a_mistake(bank: Bank) -> None:
    page = _open(bank, _crowd(bank))
    page.get_by_role("button", name="来了 3 位").click()
    page.locator(".rcp-row").first.get_by_role("button", name="离开").click()
    page.get_by_role("button", name="诉求已登记").click()
    page.get_by_role("button", name="登记离开").click()
    expect(page.locator(".rcp-row")).to_have_count(2)
    page.locator("summary", has_text="已离开 1 位").click()
    expect(page.locator(".rcp-gone")).to_contain_text("诉求已登记")
    page.get_by_role("button", name="仍在现场").click()
    expect(page.locator(".rcp-row")).to_have_count(3)
    page.get_by_role("button", name="更多 来访人 2").click()
    page.get_by_role("button", name="误记，撤去").click()
    expect(page.locator(".rcp-row")).to_have_count(2)


def test_one_printed_sheet_in_three_forms(bank: Bank) -> None:
    incident = _crowd(bank)
    page = _open(bank, incident, WALL)
    page.get_by_role("button", name="来了 1 位").click()
    _fill(page, 0, "张经理", "贵宾室1")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="打印").click()
    paper = opened.value
    expect(paper.locator("h1")).to_have_text("分散接待表")
    expect(paper.locator("main")).to_contain_text("张经理")
    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        answer = page.request.get(f"{bank.url}live/incident/{incident}/reception.{kind}?unit=SH1")
        assert answer.ok and answer.body().startswith(start)
        if kind == "pdf":
            pages = PdfReader(io.BytesIO(answer.body())).pages
            text = "".join(page.extract_text() for page in pages).replace("\0", "")
            assert "分散接待表" in text and "张经理" in text


def test_an_incident_that_does_not_exist_says_so(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("404")
    page = bank.open("incidents/I0000999/reception", PHONE)
    expect(page.get_by_role("alert")).to_contain_text("没有这个事件")
    expect(page.get_by_role("link", name="查看全部事件")).to_be_visible()
