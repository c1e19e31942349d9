"""The incident page over the real bank: what it shows is so, and what it says it did is done."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from core.words import Role
from escalation.ids import incident_number
from tests.browser.bank_site import ME, Bank
from tests.browser.conftest import PHONE, WALL, Guard, switch_language

pytestmark = pytest.mark.browser

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def _opened(bank: Bank) -> str:
    """Ten clients at 徐汇支行; three phones have rung."""
    incident = str(bank.scene.crowd(10)[-1]["incident"])
    bank.scene.work()
    for unit, role in FIRST:
        bank.scene.expect_sms(unit, role, "10名客户集体投诉")
    return incident


def _show(bank: Bank, incident: str, size: tuple[int, int] = PHONE, me: str = ME) -> Page:
    page = bank.open(f"incident/{incident}", size, me=me)
    expect(page.locator(".inc-what")).to_contain_text("徐汇支行10名客户集体投诉")
    return page


def test_ten_seconds_say_what_who_when_and_what_next(bank: Bank) -> None:
    page = _show(bank, _opened(bank))
    expect(page.locator(".inc-what .fh-state")).to_have_text("集体投诉")
    expect(page.locator(".inc-figure[data-key=clients] strong")).to_have_text("10/10")
    clauses = page.locator(".inc-duty").evaluate_all("all => all.map(d => d.dataset.clause)")
    assert clauses == ["WP-13", "WP-13-R", "HO-ACK", "WP-32"]  # side by side, the next due first
    expect(page.locator(".inc-duty").first.locator("time")).to_contain_text("14:")
    expect(page.locator("#incident-known")).to_contain_text("无人签收")
    expect(page.locator("#incident-next .inc-next")).to_contain_text("后通知分行应急小组联系人")
    expect(page.locator(".inc-step-page")).to_contain_text("10:45")
    expect(page.locator("#incident-now")).to_have_text("签收")
    duty = page.locator("[data-clause=HO-ACK]")
    expect(duty).to_contain_text("10:45 提醒")  # what its clock does next
    expect(duty).to_contain_text("总行人员签收，由系统自动认定")
    duty.locator("summary", has_text="为何是这个时间").click()
    expect(duty).to_contain_text("起因：事件启动，10:00；条款规定：1小时")
    expect(duty.locator(".dt-steps li")).to_contain_text(
        [re.compile(r"10:00(:\d\d)?起算"), re.compile(r"11:00(:\d\d)?到期")]
    )
    duty.locator("summary", has_text="条款与依据 HO-ACK").click()
    expect(duty.locator("a", has_text="HO-ACK")).to_have_attribute("href", "/plan#HO-ACK")


def test_the_button_acknowledges_and_the_ladder_stops(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    page.locator("#incident-now").click()
    expect(page.locator("#incident-known .inc-answer")).to_contain_text("周敏 总行值班员")
    kept = bank.scene.incident(incident)
    (given,) = kept["acknowledgements"]
    assert (given["role"], given["via"], given["grade"]) == ("duty_officer", "web", "own_session")
    assert kept["ladder"]["state"] == "stopped"
    done = {duty["clause"] for duty in kept["duties"] if duty["state"] == "fulfilled"}
    assert done == {"HO-ACK", "WP-13"}
    expect(page.locator("#incident-now")).to_have_text("登记监管报告回执")  # what is due next
    bank.scene.later(minutes=12)
    bank.scene.expect_nothing_more()


def test_every_clock_stands_beside_the_others_and_overdue_is_unmissable(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident, WALL)
    lefts = page.locator(".inc-duty").evaluate_all(
        "all => all.map(d => d.getBoundingClientRect().left)"
    )
    assert len(set(lefts)) == 3  # three abreast, the fourth below
    bank.scene.acknowledge(incident, "王磊", Role.HO_DEPUTY)
    bank.scene.later(minutes=16)
    page.reload()
    late = page.locator("[data-clause=WP-13-R]")
    expect(late).to_have_attribute("data-over", "")
    expect(late.locator(".dt-late")).to_have_text("超时")
    expect(late.locator("time").first).to_contain_text("+01:")
    expect(page.locator(".dt-summary")).to_have_text("1 项已超时")
    expect(page.locator("#incident-duties summary", has_text="已办结 2 项")).to_be_visible()
    expect(page.locator("[data-clause=HO-ACK]")).to_be_hidden()  # ended ones are folded away


def test_a_quorum_counts_and_goes_on(bank: Bank) -> None:
    incident = _opened(bank)
    bank.scene.db.owner.run(
        lambda c: c.execute(
            sa.text("UPDATE ladders SET steps = jsonb_set(steps, '{steps,0,quorum}', '2')")
        )
    )
    page = _show(bank, incident)
    expect(page.locator(".inc-quorum")).to_contain_text("需2人签收，已签收 0/2")
    bank.scene.acknowledge(incident, "孙立", Role.SUB_HEAD)
    expect(page.locator(".inc-quorum")).to_contain_text("1/2")
    expect(page.locator("#incident-next .inc-next")).to_contain_text("后通知")  # not enough yet
    bank.scene.acknowledge(incident, "郑洁", Role.BRANCH_LEADER)
    expect(page.locator(".inc-quorum")).to_contain_text("2/2")
    assert bank.scene.incident(incident)["ladder"]["state"] == "stopped"


def test_whoever_is_signed_in_acts_under_their_name_and_seat(bank: Bank) -> None:
    incident = _opened(bank)
    page = bank.open(f"incident/{incident}", PHONE, me="郑洁|branch_leader")
    expect(page.locator(".inc-me")).to_contain_text("郑洁 分行应急小组组长")
    expect(page.locator(".inc-duty:has(.inc-mine)")).to_contain_text("立即报告总行")
    page.locator("#incident-now").click()
    expect(page.locator("#incident-known .inc-answer")).to_contain_text("郑洁")
    (given,) = bank.scene.incident(incident)["acknowledgements"]
    assert (given["by"], given["role"], given["head_office"]) == ("郑洁", "branch_leader", False)
    expect(page.locator("#incident-now")).to_have_text("催总行签收")  # no one there has yet
    page.goto(bank.url + "duties")
    expect(page.locator("#duties-head h1")).to_contain_text("上海分行")
    expect(page.locator("#duties-head h1")).to_contain_text("分行应急小组组长")
    page.locator("[data-action=duties-seat]").last.click()
    expect(page.get_by_role("combobox", name="机构", exact=True)).to_have_value("上海分行")
    expect(page.get_by_role("combobox", name="角色")).to_have_value("branch_leader")
    page.get_by_role("button", name="上海分行 分行应急小组组长").click()
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("#duties-head h1")).to_contain_text("分行应急小组组长")


def test_the_duty_desk_acknowledges_on_behalf(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    page.get_by_role("button", name="代为签收").click()
    page.get_by_label("联系到谁").select_option(index=1)
    page.get_by_label("备注").fill("已带队前往")
    page.get_by_role("button", name="确认签收").click()
    expect(page.locator("#incident-known .inc-answer")).to_contain_text("证据：代签")
    (given,) = bank.scene.incident(incident)["acknowledgements"]
    assert (given["role"], given["via"], given["grade"]) == ("branch_leader", "desk", "on_behalf")
    assert given["entered_by"] == "周敏"
    assert given["note"] == "电话联系：已带队前往"


def test_a_duty_is_fulfilled_by_its_receipt_only(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    duty = page.locator("[data-clause=WP-13-R]")
    duty.get_by_role("button", name="登记监管报告回执").click()
    page.get_by_label("谁报告的").fill("孙立")
    page.get_by_label("报告给谁").fill("上海监管局消保处")
    page.get_by_role("button", name="以此办结").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("回执号")
    page.get_by_label("回执号").fill("沪银监20261123-7")
    reported = page.get_by_label("何时报告").input_value()
    page.get_by_label("何时报告").fill("2026-11-23T23:00")
    page.get_by_role("button", name="以此办结").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("晚于现在")
    page.get_by_label("何时报告").fill(reported)
    page.get_by_role("button", name="以此办结").click()
    expect(duty).to_contain_text("编号 沪银监20261123-7")
    (kept,) = [d for d in bank.scene.incident(incident)["duties"] if d["clause"] == "WP-13-R"]
    assert kept["state"] == "fulfilled"
    assert (kept["evidence"]["by"], kept["evidence"]["to"]) == ("孙立", "上海监管局消保处")
    assert kept["evidence"]["at"].startswith("2026-11-23T10:00")


def test_closing_says_who_is_told_and_tells_them(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident, me="李行长|branch_leader")
    page.get_by_role("button", name="宣布平息").first.click()
    expect(page.locator(".inc-tell li")).to_have_count(3)
    page.get_by_role("button", name="平息并通知").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("平息理由")
    page.get_by_label("平息理由").fill("<b>已离场</b><img src=x onerror=alert(1)>")
    page.get_by_role("button", name="平息并通知").click()
    expect(page.locator(".inc-ended")).to_contain_text("<b>已离场</b><img src=x onerror=alert(1)>")
    expect(page.locator("#incident-now")).to_have_text("登记报告回执")  # owed even now
    kept = bank.scene.incident(incident)
    assert kept["state"] == "stood_down"
    assert [m["kind"] for m in kept["messages"]].count("all_clear") == 3
    bank.scene.work()
    for unit, role in FIRST:
        bank.scene.expect_sms(unit, role, "已解除")


def test_ended_meanwhile_is_said_in_words(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("409")
    incident = _opened(bank)
    page = _show(bank, incident)
    page.get_by_role("button", name="宣布平息").first.click()
    page.get_by_label("平息理由").fill("已平息")
    bank.scene.close(incident)
    page.get_by_role("button", name="平息并通知").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("事件已于")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator(".inc-ended")).to_contain_text("已妥善处置")


def test_numbers_come_in_full_only_when_called(bank: Bank) -> None:
    incident = _opened(bank)
    phone = bank.scene.phones["SH1", Role.SUB_HEAD]
    page = _show(bank, incident)
    expect(page.locator("#incident-calls .inc-callee")).to_have_count(8)
    assert phone not in page.content()
    with page.expect_response("**/calls") as answered:
        page.locator("#incident-call").click()
    assert answered.value.request.method == "POST"
    expect(page.locator("dialog .fh-call").first).to_have_attribute("href", f"tel:{phone}")


def test_what_changed_shows_by_itself(bank: Bank) -> None:
    page = _show(bank, _opened(bank))
    page.locator("#incident-counting-panel").scroll_into_view_if_needed()
    bank.scene.complain()
    expect(page.locator(".inc-figure[data-key=clients] strong")).to_have_text("11/10")
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_skipped_steps_and_texts_in_doubt_are_seen(bank: Bank) -> None:
    scene = bank.scene
    gone = [scene.people["SH", Role.BRANCH_CONTACT], scene.people["SH", Role.BRANCH_SERVICE]]
    scene.db.owner.run(
        lambda c: c.execute(
            sa.text("UPDATE people SET active = false WHERE id = ANY(:ids)"), {"ids": gone}
        )
    )
    incident = _opened(bank)
    scene.later(minutes=6)
    scene.db.owner.run(
        lambda c: c.execute(
            sa.text("UPDATE messages SET state = 'unknown', possible_duplicate = true"
                    " WHERE to_role = 'branch_leader'")
        )
    )  # fmt: skip
    page = _show(bank, incident)
    skipped = page.locator(".inc-steps li").nth(1)
    expect(skipped).to_contain_text("跳过")
    expect(skipped).to_contain_text("分行应急小组联系人：已离岗")
    first = page.locator(".inc-text").first  # what is in doubt stands on top
    expect(first).to_contain_text("结果未知")
    expect(first).to_contain_text("可能重复")


def test_who_counts_and_who_does_not(bank: Bank) -> None:
    same = {"name": "同一人", "phone": "13877776666"}
    bank.scene.complain(client=same)
    bank.scene.complain(client=same, channel="hotline")
    incident = str(bank.scene.crowd(9)[-1]["incident"])
    page = _show(bank, incident)
    expect(page.locator("#incident-counting")).to_contain_text("计入 10 名客户，另有 1 条不计入")
    page.locator("summary", has_text="不计入 1").click()
    expect(page.locator(".inc-count").first).to_contain_text("与 C00000001 同一客户")
    assert "13877776666" not in page.content()


def test_a_parent_and_its_children_lead_to_each_other(bank: Bank) -> None:
    for unit in ("SH1", "NJ1"):
        bank.scene.crowd(16, unit, product="稳健增利3号")
    bank.scene.work()
    (parent,) = [i for i in bank.scene.open_incidents() if i["origin"] == "parent"]
    page = bank.open(f"incident/{parent['id']}", PHONE)
    expect(page.locator(".inc-what")).to_contain_text("全行32名客户集体投诉")
    expect(page.locator(".inc-kin")).to_have_count(2)
    expect(page.locator("#incident-counting")).to_contain_text("客户计在各分事件中")
    page.get_by_role("link", name="徐汇支行").click()
    expect(page.locator(".inc-what")).to_contain_text("徐汇支行16名客户集体投诉")
    page.get_by_role("link", name="并入 全行").click()
    expect(page.locator(".inc-what")).to_contain_text("全行32名")


def test_no_such_incident(bank: Bank) -> None:
    page = bank.open("incident/I0000404", PHONE)
    expect(page.get_by_text("没有这个事件")).to_be_visible()
    page.get_by_role("link", name="查看全部事件").click()
    expect(page.get_by_text("没有进行中的事件")).to_be_visible()


def test_one_thumb(bank: Bank) -> None:
    page = _show(bank, _opened(bank))
    small = page.locator(".inc button:visible, .inc a.fh-button:visible, .inc summary:visible")
    low = small.evaluate_all(
        "all => all.filter(b => b.getBoundingClientRect().height < 43.5).map(b => b.textContent)"
    )
    assert low == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    for y in (0, 600, 99_999):
        page.evaluate(f"scrollTo(0, {y})")
        expect(page.locator("#incident-now")).to_be_in_viewport(ratio=1)
    bottom = page.locator(".inc-entry").last.bounding_box()
    bar = page.locator("#incident-bar").bounding_box()
    assert bottom and bar and bottom["y"] + bottom["height"] <= bar["y"]


def test_by_keyboard_alone(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    page.locator("#incident-now").focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.locator("[data-action=incident-close]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.action") == "incident-close"
    page.locator("[data-action=incident-behalf]").focus()
    page.keyboard.press("Enter")
    for key in ("Tab", "Tab", "End", "ArrowUp"):  # past whose, to who, to the end
        page.keyboard.press(key)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "note":
            break
    page.keyboard.type("已在途中")
    page.keyboard.press("Enter")
    expect(page.locator("#incident-known .inc-answer")).to_contain_text("已在途中")
    page.locator("#incident-now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#incident-known .inc-answer")).to_contain_text(["已在途中", "周敏"])


def test_english(bank: Bank) -> None:
    page = _show(bank, _opened(bank), (1440, 900))
    switch_language(page)
    expect(page.locator(".inc-what")).to_contain_text("10 clients complain together")
    expect(page.locator("#incident-now")).to_have_text("Acknowledge")


def test_a_foreign_page_cannot_act(bank: Bank) -> None:
    incident = _opened(bank)
    page = _show(bank, incident)
    for verb in ("acknowledge", "close", "calls", "on-behalf"):
        answer = page.request.post(f"{bank.url}live/incident/{incident}/{verb}", data={})
        assert answer.status == 403, verb
    assert bank.scene.incident(incident)["acknowledgements"] == []


def _open_by_hand(page: Page) -> None:
    page.get_by_role("button", name="人工启动事件").click()
    page.get_by_role("searchbox").fill("鼓楼")
    page.locator(".inc-place-hit").click()
    page.get_by_label("发生了什么").fill("客户拉横幅")
    page.get_by_role("button", name="启动并通知").click()


def test_open_by_hand_and_the_place_that_burns_already(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("409")
    page = bank.open("incidents", PHONE)
    expect(page.get_by_text("没有进行中的事件")).to_be_visible()
    _open_by_hand(page)
    expect(page.locator(".inc-note")).to_contain_text("客户拉横幅")
    (opened,) = bank.scene.open_incidents()
    assert (opened["origin"], opened["unit"]) == ("manual", "NJ1")
    page.goto(bank.url + "incidents")
    expect(page.locator("#incidents-open .inc-row")).to_have_count(1)
    _open_by_hand(page)
    expect(page.locator(".fh-form-fault a")).to_have_attribute("href", f"/incident/{opened['id']}")
    assert len(bank.scene.open_incidents()) == 1


def test_what_is_stood_down_stays_in_the_list_with_its_next_clock(bank: Bank) -> None:
    incident = _opened(bank)
    page = bank.open("incidents", PHONE)
    expect(page.locator("#incidents-open .inc-row")).to_have_count(1)
    expect(page.locator("#incidents-stood_down-panel")).to_be_hidden()
    bank.scene.engine.stand_down(incident_number(incident), "客户已离场", "web:duty_officer")
    row = page.locator("#incidents-stood_down .inc-row")
    expect(row).to_contain_text("徐汇支行")
    expect(row.locator("time")).to_be_visible()
    expect(page.locator("#incidents-open .inc-row")).to_have_count(0)


def test_head_office_acknowledges_what_is_calm_but_still_waits_for_it(bank: Bank) -> None:
    incident = _opened(bank)
    bank.scene.close(incident)
    page = bank.open(f"incident/{incident}", WALL, me="李慧敏|duty_officer")
    expect(page.locator("#incident-now")).to_have_text("签收")
    page.locator("#incident-now").click()
    expect(page.locator("[data-clause=HO-ACK]")).to_have_class(re.compile("ended"))
    expect(page.locator("#incident-now")).not_to_have_text("签收")


def test_a_time_is_offered_before_the_board_has_answered(bank: Bank) -> None:
    incident = _opened(bank)
    page = bank.open("incidents", PHONE)
    page.route("**/live/board*", lambda route: None)  # it hangs
    page.goto(f"{bank.url}incident/{incident}")
    expect(page.locator(".inc-what")).to_contain_text("徐汇支行10名客户集体投诉")
    duty = page.locator("[data-clause=WP-13-R]")
    duty.get_by_role("button", name="登记监管报告回执").click()
    expect(page.get_by_label("何时报告")).to_have_value(re.compile("2026-11-23T10:0"))
