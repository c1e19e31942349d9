"""The command section over the real bank: one thumb, words as the people on site say them."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from contacts.people import MemberValue, PersonValue, save_member, save_person
from core.words import Role
from escalation.command import Who
from escalation.handovers import Receiver
from escalation.ids import incident_number
from escalation.tasks import NewTask
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
ZHENG, SUN = Who("郑洁", "branch_leader"), Who("孙立", "branch_deputy")


def _opened(bank: Bank, unit: str = "SH1") -> str:
    incident = str(bank.scene.crowd(10, unit)[-1]["incident"])
    bank.scene.work()
    return incident


def _show(bank: Bank, incident: str, who: Who = ZHENG, size: tuple[int, int] = PHONE) -> Page:
    page = bank.open(f"incident/{incident}", size, me=f"{who.name}|{who.role}")
    expect(page.locator("#incident-command .cmd-who")).to_be_visible()
    return page


def _command(bank: Bank, incident: str) -> dict[str, Any]:
    found: dict[str, Any] = bank.scene.incident(incident)["command"]
    return found


def _press(page: Page, name: str) -> None:
    page.locator("#incident-command").get_by_role("button", name=name, exact=True).click()


def _confirm(page: Page, name: str) -> None:
    page.locator("dialog").get_by_role("button", name=name, exact=True).click()
    expect(page.locator("dialog")).to_have_count(0)


def test_i_take_command_and_somebody_takes_it_from_me_with_a_reason(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    expect(page.locator(".cmd-who")).to_contain_text("尚无人指挥")
    _press(page, "我来指挥")
    expect(page.locator(".cmd-who")).to_contain_text("郑洁 分行应急小组组长")
    expect(page.locator(".cmd-who")).to_contain_text("我在指挥")
    other = _show(bank, incident, SUN)
    _press(other, "直接接管")
    other.locator("dialog").get_by_role("button", name="直接接管").click()
    expect(other.locator("dialog .fh-form-fault")).to_contain_text("理由")
    other.get_by_label("理由").fill("组长在途中失联")
    _confirm(other, "直接接管")
    expect(page.locator(".cmd-who")).to_contain_text("孙立")  # pushed to whoever looks
    expect(page.locator(".cmd-who")).to_contain_text("组长在途中失联")
    page.locator("#incident-command summary", has_text="此前 1 任指挥").click()
    expect(page.locator("#incident-command .inc-fold")).to_contain_text("郑洁")


def test_who_has_no_seat_is_told_so_and_offered_nothing_that_needs_one(bank: Bank) -> None:
    page = bank.open(f"incident/{_opened(bank)}", PHONE, me="访客|")
    expect(page.locator(".cmd-who")).to_contain_text("尚无人指挥")
    expect(page.locator(".inc-me")).to_contain_text("您在应急小组中没有岗位")
    expect(page.locator("#incident-command button")).to_have_count(0)


def test_a_handover_is_read_item_by_item_and_again_where_it_changed(
    bank: Bank, guard: Guard
) -> None:
    guard.allowed.append("409 (CONFLICT)")  # the stale reading that it is about
    incident = _opened(bank)
    number, desk = incident_number(incident), bank.scene.engine.command
    desk.take(number, ZHENG)
    desk.write_note(number, ZHENG, "客户代表要求见行长")
    page = _show(bank, incident)
    _press(page, "移交指挥")
    page.get_by_label("移交给").select_option("branch_deputy")
    page.get_by_label("姓名").fill("孙立")
    page.get_by_label("交代事项").fill("媒体可能到场")
    _confirm(page, "发出移交")
    expect(page.locator(".cmd-offer")).to_contain_text("孙立 分行应急小组副组长，待接收")
    expect(page.locator(".cmd-offer").get_by_role("button")).to_have_text(["撤回移交"])
    other = _show(bank, incident, SUN)
    _press(other, "阅读并接收")
    boxes = other.locator("dialog input[type=checkbox]")
    total = boxes.count()
    assert total == sum(_command(bank, incident)["handover"]["counts"].values()) >= 4
    other.locator("dialog").get_by_role("button", name="接收指挥").click()
    expect(other.locator("dialog .fh-form-fault")).to_contain_text("逐项勾选")
    for n in range(total):
        boxes.nth(n).check()
    expect(other.locator(".cmd-progress")).to_have_text(f"已读 {total}/{total}")
    desk.assign_task(number, ZHENG, NewTask(
        "请行长到场", "SH1", "sub_head", bank.scene.now() + timedelta(hours=1)))  # fmt: skip
    other.locator("dialog").get_by_role("button", name="接收指挥").click()
    expect(other.locator("dialog .fh-form-fault")).to_contain_text("有变化")
    expect(other.locator("dialog .cmd-item[data-moved=came]")).to_contain_text("请行长到场")
    expect(other.locator(".cmd-progress")).to_have_text(f"已读 {total}/{total + 1}")
    assert _command(bank, incident)["commander"]["name"] == "郑洁"
    other.locator("dialog .cmd-item[data-moved=came] input").check()
    _confirm(other, "接收指挥")
    expect(other.locator(".cmd-who")).to_contain_text("孙立")
    assert _command(bank, incident)["commander"]["how"] == "handed_over"


def test_a_task_is_assigned_accepted_and_done(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    _press(page, "交办任务")
    page.get_by_label("做什么").fill("安排三间接待室")
    page.get_by_role("button", name="15分钟", exact=True).click()
    _confirm(page, "交办")
    task = page.locator(".cmd-task")
    expect(task).to_contain_text("安排三间接待室")
    expect(task.locator("time")).to_contain_text("14:")
    task.get_by_role("button", name="接受").click()
    expect(task).to_contain_text("郑洁 分行应急小组组长 办理中")
    task.get_by_role("button", name="报完成").click()
    page.get_by_label("办理结果").fill("三楼已开放")
    _confirm(page, "报完成")
    expect(task).to_have_count(0)
    page.locator("#incident-command summary", has_text="已了结 1 项").click()
    expect(page.locator(".cmd-ended")).to_contain_text("三楼已开放")
    (kept,) = _command(bank, incident)["tasks"]
    assert (kept["state"], kept["done_by"], kept["unit"]) == ("done", "郑洁", "SH1")


def test_an_overdue_task_shows_and_markup_stays_text(bank: Bank) -> None:
    incident = _opened(bank)
    number, desk = incident_number(incident), bank.scene.engine.command
    desk.assign_task(number, ZHENG, NewTask(
        "<b>维持秩序</b>", "SH1", "sub_head", bank.scene.now() + timedelta(seconds=1)))  # fmt: skip
    page = _show(bank, incident)
    expect(page.locator(".cmd-task[data-over]")).to_contain_text("<b>维持秩序</b>")
    _press(page, "写一条记录")
    page.locator("dialog textarea").fill("<img src=x onerror=alert(1)> 客户情绪平稳")
    _confirm(page, "保存记录")
    expect(page.locator("#incident-command")).to_contain_text("<img src=x")
    assert _command(bank, incident)["notes"][0]["by"] == "郑洁"


def test_a_threat_is_on_top_until_security_and_110_were_called(bank: Bank) -> None:
    incident = _opened(bank)
    bank.scene.db.app.run(lambda c: _security_lead(c, "秦保卫", "13812340110"))
    page = _show(bank, incident)
    _press(page, "报安全威胁")
    _confirm(page, "确认标记并通知")
    banner = page.locator(".cmd-safety")
    expect(banner).to_contain_text("立即联系保卫和110")
    expect(banner.get_by_role("link", name="拨打110")).to_have_attribute("href", "tel:110")
    assert "13812340110" not in page.content(), "in full only when somebody calls"
    banner.get_by_role("button", name="联系保卫 秦保卫").click()
    link = page.locator("dialog a.fh-call")
    expect(link).to_have_attribute("href", "tel:13812340110")
    page.locator("dialog").get_by_role("button", name="关闭").click()
    top = page.evaluate("document.querySelector('.cmd-safety').getBoundingClientRect().top")
    assert top < page.evaluate(
        "document.querySelector('#incident-head').getBoundingClientRect().top"
    )
    for whom, result in (("110", "民警十分钟到场"), ("保卫", "保卫已到现场")):
        banner.get_by_role("button", name="登记联系结果").click()
        expect(page.locator(f"dialog button[aria-pressed=true]:text-is('{whom}')")).to_be_visible()
        page.get_by_label("结果", exact=True).fill(result)
        _confirm(page, "登记联系结果")
        expect(banner).to_contain_text(result)
    expect(page.locator(".cmd-safety[data-done]")).to_be_visible()
    duty = next(d for d in bank.scene.incident(incident)["duties"] if d["event"] == "safety_threat")
    assert duty["state"] == "fulfilled"


def test_grade_up_and_down_with_a_reason(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    _press(page, "升为大规模")
    page.get_by_label("理由").fill("人数仍在增加")
    _confirm(page, "确认")
    expect(page.locator(".inc-what .fh-state").first).to_have_text("大规模")
    _press(page, "降为一般")
    page.get_by_label("理由").fill("多数已离场")
    _confirm(page, "确认")
    expect(page.locator(".inc-what .fh-state").first).to_have_text("集体投诉")
    assert bank.scene.incident(incident)["severity"] == "incident"


def test_two_incidents_are_merged_and_taken_apart(bank: Bank) -> None:
    first, second = _opened(bank), _opened(bank, "NJ1")
    page = _show(bank, second)
    _press(page, "并入其他事件")
    page.locator("dialog select").select_option(first)
    page.get_by_label("理由").fill("同一批客户")
    _confirm(page, "合并")
    expect(page.locator("#incident-command")).to_contain_text(f"{second} 并入 {first}")
    assert bank.scene.incident(first)["clients"] == 20
    expect(page.get_by_role("link", name="并入 全行")).to_be_visible()
    _press(page, "从上级事件拆出")
    page.get_by_label("理由").fill("不是同一批")
    _confirm(page, "拆出")
    expect(page.locator("#incident-command")).to_contain_text(f"{second} 从 {first} 拆出")
    assert bank.scene.incident(first)["clients"] == 10


def test_a_part_names_the_unit_of_its_whole(bank: Bank) -> None:
    first, second = _opened(bank), _opened(bank, "SH2")
    bank.scene.engine.command.merge(
        incident_number(second), incident_number(first), ZHENG, "同一批客户"
    )
    page = _show(bank, second)
    expect(page.get_by_role("link", name="并入 上海分行 20 名客户")).to_be_visible()
    board = bank.open("", WALL)
    expect(board.locator("main")).to_contain_text("并入上海分行事件")


def test_a_place_is_split_off(bank: Bank) -> None:
    incident = str(bank.scene.crowd(10, product="稳健增利")[-1]["incident"])
    page = _show(bank, incident)
    _press(page, "拆出一处")
    page.get_by_label("理由").fill("单独处置")
    for box in page.locator("dialog input[type=checkbox]").all():
        box.check()
    page.locator("dialog").get_by_role("button", name="另立事件").click()
    expect(page.locator("dialog .fh-form-fault")).to_contain_text("至少留下一个")
    page.locator("dialog input[type=checkbox]").first.uncheck()
    page.locator("dialog").get_by_role("button", name="另立事件").click()
    expect(page.locator("#incident-command")).to_contain_text(f"由 {incident} 拆出")
    expect(page).not_to_have_url(re.compile(f"/{incident}$"))


def test_from_calm_to_the_archive_and_back(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    _press(page, "宣布平息")
    expect(page.locator("dialog")).to_contain_text("将收到解除短信")
    page.get_by_label("平息理由").fill("客户已离场")
    _confirm(page, "平息并通知")
    _press(page, "结案")
    expect(page.locator("dialog")).to_contain_text("办结或免除后才能结案")
    page.locator("dialog .cmd-goto").first.click()
    expect(page.locator("dialog")).to_have_count(0)
    _settle(bank)
    task = bank.scene.engine.command.assign_task(
        incident_number(incident), Who("郑洁", "branch_leader"),
        NewTask("送客户出门", "SH1", "sub_head", bank.scene.now() + timedelta(hours=1)),
    )  # fmt: skip
    page.reload()
    _press(page, "结案")
    expect(page.locator("dialog")).to_contain_text("还有 1 项交办任务未完成，完成或取消后才能结案")
    expect(page.locator("dialog .cmd-owed")).to_contain_text("送客户出门")
    bank.scene.engine.command.finish_task(task, Who("李强", "sub_head"), "已送离")
    page.reload()
    _press(page, "结案")
    page.get_by_label("理由").fill("全部办结")
    _confirm(page, "确认结案")
    expect(page.locator("#incident[data-state=closed]")).to_be_visible()
    _press(page, "重新启动")
    page.get_by_label("理由").fill("客户再次聚集")
    _confirm(page, "重新启动并通知")
    expect(page.locator("#incident[data-state=open]")).to_be_visible()
    assert bank.scene.incident(incident)["state"] == "open"


def _settle(bank: Bank) -> None:
    """Every duty has its evidence (how is the duties' own story)."""
    bank.scene.db.app.run(lambda c: c.execute(
        sa.text("UPDATE duties SET state = 'fulfilled', ended_at = business_now()"
                " WHERE state = 'open'")))  # fmt: skip


def _security_lead(connection: sa.Connection, name: str, phone: str) -> None:
    unit = connection.execute(sa.text("SELECT id FROM units WHERE code = 'SH'")).scalar_one()
    person = save_person(connection, PersonValue(name=name, unit_id=unit, mobile=phone))
    save_member(connection, MemberValue(unit_id=unit, role=Role.BRANCH_SECURITY, person_id=person))


def _busy(bank: Bank) -> str:
    incident = _opened(bank)
    number, desk = incident_number(incident), bank.scene.engine.command
    desk.take(number, ZHENG)
    desk.assign_task(number, ZHENG, NewTask(
        "安排三间接待室，准备饮用水和座椅", "SH1", "sub_head",
        bank.scene.now() + timedelta(minutes=14), detail="分开接待"))  # fmt: skip
    desk.write_note(number, ZHENG, "客户代表王先生到达，要求见分行行长；现场情绪平稳。")
    desk.raise_threat(number, ZHENG)
    desk.offer(number, ZHENG, Receiver("branch_deputy", "孙立"), "夜班接手，注意媒体")
    return incident


@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "desk"])
@pytest.mark.parametrize("english", [False, True], ids=["zh", "en"])
def test_nothing_overflows_and_thumbs_fit(
    bank: Bank, size: tuple[int, int], english: bool, tmp_path: Path
) -> None:
    page = _show(bank, _busy(bank), SUN, size)
    if english:
        page.context.add_cookies([{"name": "fh_lang", "value": "en", "url": bank.url}])
        page.reload()
        expect(page.locator("#incident-command .cmd-who")).to_contain_text("in command since")
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide, "no sideways scrolling"
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    if size == PHONE:
        small = page.locator("#incident-command button:visible, .cmd-safety button").evaluate_all(
            "all => all.filter(b => b.getBoundingClientRect().height < 43).map(b => b.textContent)"
        )
        assert small == [], "a thumb needs 44 pixels"
    page.locator("[data-action=command-read]").click()
    expect(page.locator("dialog .cmd-item").first).to_be_visible()
    page.screenshot(path=tmp_path / "read.png")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
