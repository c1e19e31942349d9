"""Telephone tree and review in a real browser, over the real bank (WP-27)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from core.words import Role
from escalation.ids import incident_number
from escalation.review import Lesson
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser
ME = "赵值班|duty_officer"


def _incident(bank: Bank) -> str:
    incident = str(bank.scene.crowd(10)[9]["incident"])
    bank.scene.work()
    bank.scene.reply("SH", Role.BRANCH_LEADER, "1")
    return incident


def _journalled(bank: Bank, verb: str) -> int:
    return int(bank.scene.db.app.read(
        lambda c: c.scalar(sa.text("SELECT count(*) FROM journal WHERE verb = :v"), {"v": verb})
    ) or 0)  # fmt: skip


# --- telephone tree -------------------------------------------------------------------------------


def _tree(bank: Bank, incident: str, size: tuple[int, int] = PHONE) -> Page:
    page = bank.open(f"incidents/{incident}/call-tree", size, me=ME)
    expect(page.locator(".tel-call").first).to_contain_text("徐汇支行")
    return page


def test_numbers_are_masked_until_somebody_asks_and_that_is_journalled(bank: Bank) -> None:
    page = _tree(bank, _incident(bank))
    phone = bank.scene.phones["HO", Role.HO_DEPUTY]
    assert phone not in page.content() and "199****" in page.content()
    assert _journalled(bank, "call_tree_revealed") == 0
    page.get_by_role("button", name="显示完整号码").click()
    expect(page.locator(f'a[href="tel:{phone}"]')).to_be_visible()
    assert _journalled(bank, "call_tree_revealed") == 1
    page.get_by_role("button", name="隐藏号码").click()
    expect(page.locator("a.tel-phone")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_reached_offers_to_acknowledge_on_behalf(bank: Bank) -> None:
    incident = _incident(bank)
    page = _tree(bank, incident, WALL)
    callee = page.get_by_role("heading", name="总行 总行应急小组副组长")
    deputy = page.locator(".tel-call").filter(has=callee)
    name = deputy.locator(".tel-name b").inner_text()
    page.get_by_role("button", name=f"{name} 没打通").click()
    expect(deputy.locator(".tel-result")).to_contain_text("未接通（赵值班）")
    page.get_by_role("button", name=f"{name} 打通了").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("联系到谁")).to_have_value(f"{name}|ho_deputy")
    dialog.get_by_role("button", name="确认签收").click()
    expect(deputy).to_contain_text("已签收")
    given = [a for a in bank.scene.incident(incident)["acknowledgements"] if a["via"] == "desk"]
    assert [(a["by"], a["role"], a["entered_by"]) for a in given] == [
        (name, "ho_deputy", "赵值班"),
    ]  # fmt: skip


def test_printing_is_asking_for_numbers(bank: Bank) -> None:
    incident = _incident(bank)
    page = _tree(bank, incident, WALL)
    with page.expect_popup() as opened:
        page.get_by_role("button", name="打印（含完整号码）", exact=True).click()
    paper = opened.value
    expect(paper.locator("h1")).to_have_text("电话树")
    expect(paper.locator("main")).to_contain_text(bank.scene.phones["HO", Role.HO_LEADER])
    assert _journalled(bank, "call_tree_revealed") == 1
    foreign = page.request.post(f"{bank.url}live/incident/{incident}/call-tree.html",
                                headers={"Origin": "http://elsewhere.example"},
                                form={})  # fmt: skip
    assert foreign.status == 403 and _journalled(bank, "call_tree_revealed") == 1


def test_a_branchs_tree_from_the_contacts(bank: Bank) -> None:
    page = bank.open("contacts#SH", WALL, me=ME)
    page.get_by_role("link", name="电话树").click()
    expect(page.locator(".tel-unit h2")).to_have_text(["上海分行", "静安支行", "徐汇支行"])
    with page.expect_popup() as opened:
        page.get_by_role("button", name="打印（含完整号码）", exact=True).click()
    expect(opened.value.locator("main")).to_contain_text(bank.scene.phones["SH1", Role.SUB_HEAD])
    page.goto(bank.url + "call-tree")
    expect(page.locator("#calltree")).to_contain_text("请从通讯录选择机构")


# --- review ---------------------------------------------------------------------------------------


def _review(bank: Bank, incident: str, size: tuple[int, int] = WALL) -> Page:
    page = bank.open(f"incidents/{incident}/review", size, me="李行长|branch_leader")
    expect(page.locator("#review-head h1")).to_contain_text("徐汇支行事件复盘")
    return page


def test_so_far_while_it_is_open(bank: Bank) -> None:
    page = _review(bank, _incident(bank), PHONE)
    expect(page.locator("#review-head")).to_contain_text("事件仍在进行")
    figures = page.locator(".rev-figure")
    expect(figures).to_have_count(7)
    expect(figures.nth(3)).to_contain_text("尚未")
    expect(page.locator("#review-sign")).to_be_disabled()
    expect(page.locator("#review-clauses")).to_contain_text("HO-ACK")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]


def test_lessons_are_written_edited_and_signed(bank: Bank) -> None:
    incident = _incident(bank)
    bank.scene.close(incident)
    page = _review(bank, incident)
    expect(page.locator("#review-lessons")).to_contain_text("请先写下至少一条经验教训")
    page.locator("#review-text").fill("大堂应先分流")
    page.get_by_role("button", name="写一条", exact=True).click()
    expect(page.locator(".rev-lesson")).to_contain_text("李行长")
    page.locator(".rev-lesson").get_by_role("button", name="修改").click()
    page.get_by_role("dialog").get_by_label("经验教训").fill("大堂应先分流，再逐一解释")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.locator(".rev-lesson")).to_contain_text("再逐一解释")
    page.locator("#review-sign").click()
    page.get_by_label("归档文号").fill("沪银复〔2026〕3号")
    expect(page.get_by_label("WP-27 总结与整改")).to_be_checked()
    page.get_by_role("dialog").get_by_role("button", name="签署复盘").click()
    expect(page.locator("#review-head")).to_contain_text("文号 沪银复〔2026〕3号")
    states = {d["clause"]: d["state"] for d in bank.scene.incident(incident)["duties"]}
    assert states["WP-27"] == "fulfilled"
    expect(page.locator(".rev-lesson").get_by_role("button")).to_have_count(0)
    page.locator("#review-text").fill("补：钥匙放前台")
    page.get_by_role("button", name="补充一条").click()
    expect(page.locator(".rev-lesson").nth(1)).to_contain_text("（签署后补充）")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="打印").click()
    paper = opened.value.locator("main")
    expect(paper).to_contain_text("再逐一解释")
    expect(paper).to_contain_text("沪银复〔2026〕3号")
    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        answer = page.request.get(f"{bank.url}live/incident/{incident}/review.{kind}")
        assert answer.ok and answer.body().startswith(start)


def test_a_lesson_that_could_not_be_sent_is_kept(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("ERR_FAILED")
    page = _review(bank, _incident(bank))
    page.route("**/review/lessons", lambda route: route.abort())
    page.locator("#review-text").fill("大堂应先分流")
    page.get_by_role("button", name="写一条", exact=True).click()
    expect(page.locator(".fh-form-fault")).to_contain_text("文字留在本机")
    page.unroute("**/review/lessons")
    page.reload()
    expect(page.locator("#review-text")).to_have_value("大堂应先分流")


def test_a_rectification_to_closure_takes_a_second_person(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("409")
    incident = _incident(bank)
    number = incident_number(incident)
    lesson = Lesson("分流慢", "李行长", "branch_leader")
    bank.scene.engine.review.write_lesson(number, lesson, "web:branch_leader")
    page = _review(bank, incident)
    page.get_by_role("button", name="下达整改").click()
    page.get_by_label("整改内容").fill("增设三间接待室")
    page.get_by_role("button", name="交办").click()
    tasks = page.locator("#review-tasks")
    expect(tasks).to_contain_text("增设三间接待室")
    page.get_by_role("button", name="报完成 增设三间接待室").click()
    page.get_by_label("办理结果").fill("已增设")
    page.get_by_label("证明材料").fill("验收单 2026-7")
    page.get_by_role("dialog").get_by_role("button", name="报完成").click()
    page.get_by_role("button", name="复核 增设三间接待室").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="复核").click()
    expect(dialog.locator(".fh-form-fault")).to_contain_text("复核人不能是整改人本人")
    page.keyboard.press("Escape")
    bank.become(page, "孙检查|branch_service")
    page.get_by_role("button", name="复核 增设三间接待室").click()
    page.get_by_role("dialog").get_by_role("button", name="复核").click()
    expect(tasks).to_contain_text("已复核销号")
    expect(tasks).to_contain_text("验收单 2026-7")
