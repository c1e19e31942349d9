"""我的任务 over the real bank: a contact's phone, the duty desk, a handler's events."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from core.words import Role
from escalation.command import Who
from escalation.ids import incident_number
from escalation.tasks import NewTask
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard, switch_language

pytestmark = pytest.mark.browser


def _seat(page: Page, typed: str, role: str | None = None) -> None:
    page.locator("[data-action=duties-seat]").last.click()
    page.get_by_role("combobox", name="机构", exact=True).fill(typed)
    page.locator(".up-list [role=option]").first.click()
    if role is not None:
        page.get_by_label("角色", exact=True).select_option(role)
    page.locator("dialog").get_by_role("button", name="查看", exact=True).click()
    expect(page.locator("dialog")).to_have_count(0)


def _duties(bank: Bank, clause: str) -> list[dict[str, Any]]:
    rows = bank.scene.db.app.read(
        lambda c: c.execute(
            sa.text("SELECT * FROM duties WHERE clause = :clause ORDER BY id"), {"clause": clause}
        ).all()
    )
    return [row._asdict() for row in rows]


def test_a_contact_on_the_phone_sees_what_is_next_and_proves_it(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("422")
    bank.scene.crowd(10)
    page = bank.open("duties", PHONE)
    expect(page.locator("#duties-head h1")).to_contain_text("总行值班员")  # their own seat
    _seat(page, "shanghaif", "branch_contact")
    first = page.locator("#duties-list .dt-duty").first
    expect(first).to_contain_text("专人报告当地监管")
    expect(first.locator("time").first).to_contain_text("14:")
    sizes = page.locator(".dt-duty").evaluate_all(
        "all => all.map(d => parseFloat(getComputedStyle(d.querySelector('time')).fontSize))"
    )
    assert sizes[0] == max(sizes) > 40  # the time left is the largest thing, the next one's most
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    first.locator("summary", has_text="为何是这个时间").click()
    expect(first.locator(".dt-steps")).to_contain_text(re.compile(r"10:15(:\d\d)?到期"))
    first.get_by_role("button", name="登记监管报告回执").click()
    page.get_by_label("报告给谁").fill("上海监管局")
    page.get_by_label("谁报告的").fill("孙立")
    page.get_by_role("button", name="以此办结").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("回执号")
    page.get_by_label("回执号或接收人工号").fill("沪监-7")
    page.get_by_role("button", name="以此办结").click()
    expect(page.locator("#duties-list")).not_to_contain_text("专人报告当地监管")
    page.get_by_role("button", name="已办结").click()
    expect(page.locator(".inc-duty--ended")).to_contain_text("孙立 10:00 报 上海监管局")
    (kept,) = _duties(bank, "WP-13-R")
    assert (kept["state"], kept["evidence"]["kind"]) == ("fulfilled", "regulator_receipt")
    page.goto(bank.url + "duties")  # the seat is remembered
    expect(page.locator("#duties-head h1")).to_contain_text("分行应急小组联系人")


def test_an_assigned_task_is_in_its_seat_and_leads_to_its_incident(bank: Bank) -> None:
    incident = str(bank.scene.crowd(10)[-1]["incident"])
    desk, number = bank.scene.engine.command, incident_number(incident)
    boss, due = Who("郑洁", "branch_leader"), bank.scene.now() + timedelta(minutes=15)
    page = bank.open("duties", PHONE, me="王芳|sub_deputy")
    expect(page.locator("#duties-list .dt-calm")).to_be_visible()
    task = desk.assign_task(number, boss, NewTask(
        "安排<b>三间</b>接待室", "SH1", "sub_deputy", due, detail="分开接待"))  # fmt: skip
    card = page.locator(f'#duties-tasks [data-task="{task}"]')
    expect(card.locator("h3")).to_have_text("安排<b>三间</b>接待室")
    expect(card.locator("time").first).to_contain_text("14:")
    expect(card).to_contain_text("待接受")
    expect(page.get_by_role("button", name="待办 1", exact=True)).to_be_visible()
    expect(page.locator('.dt-unit-row[data-unit="SH1"]')).to_contain_text("待办")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    bank.scene.later(minutes=16)
    expect(card.locator(".dt-late")).to_have_text("超时")
    expect(page.get_by_role("button", name="已超时 1")).to_be_visible()
    card.get_by_role("link", name="去接受").click()
    expect(page).to_have_url(re.compile(f"/incident/{incident}$"))
    page.locator(".cmd-task").get_by_role("button", name="接受").click()
    expect(page.locator(".cmd-task")).to_contain_text("办理中")
    page.go_back()
    expect(card.get_by_role("link", name="去报完成")).to_be_visible()
    desk.finish_task(task, boss, "三楼已开放")
    expect(card).to_have_count(0)


def test_the_duty_desk_finds_what_is_overdue_hands_over_and_waives(
    bank: Bank, guard: Guard
) -> None:
    guard.allowed.append("422")
    bank.scene.crowd(10)
    bank.scene.later(minutes=20)
    page = bank.open("duties?overdue", WALL, me="郑洁|duty_officer")
    expect(page.locator("#duties-head h1")).to_contain_text("全行")
    late = page.locator("[data-clause=WP-13-R]")
    expect(late.locator("time").first).to_contain_text("+05:")
    expect(late.locator(".dt-late")).to_have_text("超时")
    expect(page.locator('.dt-unit-row[data-unit="SH"]')).to_contain_text("超时 2")
    late.locator("summary", has_text="转交、免除").click()
    assert late.get_by_role("button", name="申请延期").count() == 0  # its clause allows none
    late.get_by_role("button", name="转交").click()
    page.get_by_label("由什么角色承担").select_option("branch_leader")
    name = page.get_by_label("指定到人").locator("option").nth(1).inner_text()
    page.get_by_label("指定到人").select_option(index=1)
    page.get_by_label("转交理由").fill("联系人出差")
    page.locator("dialog [type=submit]").click()
    expect(late).to_contain_text(name)
    (handed,) = _duties(bank, "WP-13-R")
    assert handed["person_id"] == bank.scene.people["SH", Role.BRANCH_LEADER]
    late.get_by_role("button", name="免除").click()
    expect(page.locator("dialog")).to_contain_text("以何角色免除：总行值班员")
    page.get_by_label("为何不必再做").fill("监管已由总行统一报告")
    page.locator("dialog [type=submit]").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("无权免除")
    page.keyboard.press("Escape")
    bank.become(page, "周行长|ho_leader")
    late.locator("summary", has_text="转交、免除").click()
    late.get_by_role("button", name="免除").click()
    page.get_by_label("为何不必再做").fill("监管已由总行统一报告")
    page.locator("dialog [type=submit]").click()
    expect(late).to_have_count(0)
    (waived,) = _duties(bank, "WP-13-R")
    assert (waived["state"], waived["waive_reason"]) == ("waived", "监管已由总行统一报告")
    assert waived["due_at"] == handed["due_at"]  # handing over moved nothing


def test_a_handler_records_an_event_and_sees_what_was_born(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("422")
    complaint = str(bank.scene.complain()["complaint"])
    page = bank.open("duties?all", PHONE)
    page.get_by_role("button", name="登记事项").click()
    page.get_by_label("什么事项").select_option(
        page.locator("option", has_text="（不产生时限）").first.get_attribute("value")
    )
    expect(page.locator(".dt-brings")).to_have_text("本预案下不产生时限，仅作记录")
    page.get_by_label("什么事项").select_option("client_dissatisfied")
    expect(page.locator(".dt-brings")).to_have_text("将产生：WP-24")
    page.get_by_label("投诉编号").fill("C99999999")
    page.locator("dialog [type=submit]").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("没有这件投诉")
    page.get_by_label("投诉编号").fill(complaint.lower())
    page.locator("dialog [type=submit]").click()
    born = page.locator("dialog", has_text="已登记，产生 1 项时限任务")
    expect(born.locator(".dt-duty")).to_contain_text("分行专人沟通")
    born.get_by_role("button", name="关闭").click()
    group = page.locator(".dt-group", has_text=f"投诉 {complaint}")
    expect(group.locator("[data-clause=WP-24]")).to_contain_text("上海分行")
    assert len(_duties(bank, "WP-24")) == 1


def test_an_extension_asks_what_its_clause_asks(bank: Bank) -> None:
    complaint = str(bank.scene.complain(channel="phone")["complaint"])
    bank.scene.db.owner.run(
        lambda c: c.execute(
            sa.text("UPDATE duties SET rule = rule || '{\"extension\": {\"within\": \"2wd\","
                    " \"approval\": \"ho_leader\"}}' WHERE clause = 'WP-21'")
        )
    )  # fmt: skip
    (before,) = _duties(bank, "WP-21")
    page = bank.open("duties?unit=SH1", WALL, me="孙立|sub_head")
    card = page.locator("[data-clause=WP-21]")
    expect(page.locator(".dt-about").first).to_contain_text(complaint)
    card.locator("summary", has_text="延期、转交、免除").click()
    card.get_by_role("button", name="申请延期").click()
    expect(page.locator("dialog")).to_contain_text("条款允许延长 2个工作日，至多 1 次，已用 0 次")
    page.get_by_label("延期理由").fill("需调阅录音")
    page.get_by_label("批准人（总行应急小组组长）").fill("王总")
    page.locator("dialog [type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)
    (after,) = _duties(bank, "WP-21")
    assert (after["due_at"] - before["due_at"]).days == 2 and after["extensions"] == 1
    card.locator("summary", has_text="为何是这个时间").click()
    expect(card).to_contain_text("第1次延期")


def test_numbers_come_in_full_only_when_called(bank: Bank) -> None:
    bank.scene.complain()
    phone = bank.scene.phones["SH", Role.BRANCH_LEADER]
    page = bank.open("duties?all", PHONE)
    card = page.locator(".dt-duty").first
    expect(card).to_be_visible()
    assert phone not in page.content()
    card.get_by_role("button", name="打电话").click()
    expect(page.locator(f'dialog a[href="tel:{phone}"]')).to_be_visible()


def test_a_calm_seat_says_so_and_english_works(bank: Bank) -> None:
    page = bank.open("duties?unit=NJ1", WALL)
    expect(page.get_by_text("没有待办的时限任务")).to_be_visible()
    switch_language(page)
    expect(page.get_by_text("No open duties")).to_be_visible()
    bank.scene.complain("NJ1", channel="phone")
    card = page.locator("[data-clause=WP-21]")
    expect(card).to_contain_text("Evidence: Reply to the client")  # it came by itself
    card.locator("summary", has_text="Why this time").press("Enter")
    expect(card.locator(".dt-steps li").first).to_be_visible()


def test_a_foreign_page_cannot_act(bank: Bank) -> None:
    bank.scene.crowd(10)
    (duty,) = _duties(bank, "WP-13-R")
    page = bank.open("duties?all", WALL)
    body = {"role": "ho_leader", "reason": "x"}
    for verb in ("evidence", "waiver", "extension", "assignment", "calls"):
        answer = page.request.post(f"{bank.url}live/duties/{duty['id']}/{verb}", data=body)
        assert answer.status == 403, verb
    assert _duties(bank, "WP-13-R")[0]["state"] == "open"


def test_on_the_wall_no_clock_runs_into_words_and_every_page_is_in_the_bar(
    bank: Bank, guard: Guard
) -> None:
    bank.scene.crowd(10)
    bank.scene.later(hours=27)
    page = bank.open("duties?overdue", WALL)
    expect(page.locator(".dt-duty [data-over], .dt-duty[data-over]").first).to_be_visible()
    overlapping = page.locator(".dt-duty").evaluate_all(
        "all => all.filter(d => d.querySelector('time').getBoundingClientRect().right"
        " > d.querySelector('h3').getBoundingClientRect().left).length"
    )
    assert overlapping == 0
    for lang in ("中文", "English"):
        if lang == "English":
            switch_language(page)
        hidden = page.locator(".fh-nav").evaluate("nav => nav.scrollWidth - nav.clientWidth")
        assert hidden <= 0, lang
