"""预案 over the real bank: every clause in force, what is open of it, and trying an event out."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import yaml
from playwright.sync_api import expect

from escalation.plan_file import load_plan
from tests.browser.bank_site import ROOT, Bank
from tests.browser.conftest import PHONE, WALL, switch_language

pytestmark = pytest.mark.browser


def _rows(bank: Bank) -> dict[str, int]:
    """How many rows each table has that an event would fill."""
    counts = ", ".join(
        f"(SELECT count(*) FROM {table}) AS {table}"
        for table in ("messages", "incidents", "duties", "events")
    )
    row = bank.scene.db.app.read(lambda c: c.execute(sa.text(f"SELECT {counts}")).one())
    return row._asdict()


def test_every_clause_is_there_and_leads_to_its_open_duties(bank: Bank) -> None:
    bank.scene.crowd(10)
    settings = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    plan = load_plan(settings["plan"], ROOT / "plans", settings["overlays"])
    page = bank.open("plan#HO-ACK", WALL)
    rows = page.locator("#plan-clauses tbody tr")
    expect(rows).to_have_count(len(plan.standing))
    expect(page.locator("[data-clause=HO-ACK]")).to_have_attribute("data-marked", "")
    expect(page.locator("#plan-head")).to_contain_text(plan.version)
    steps = page.locator(".pl-ladder li:not(.pl-repeat)")
    expect(steps).to_have_count(len(plan.ladder.steps))
    expect(steps.nth(1)).to_contain_text("5分钟后")
    page.locator("#plan-search").fill("wp-13-r")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("立即（15分钟）")
    expect(rows).to_contain_text("监管报告回执")
    page.locator("#plan-search").fill("没有这样的条款")
    expect(page.locator("#plan-clauses")).to_contain_text("没有匹配")
    page.locator("#plan-search").fill("监管 联系人")
    page.locator("[data-clause=WP-13-R] a").click()
    expect(page.locator("#duties-list .dt-duty")).to_have_count(1)
    expect(page.locator("#duties-list")).to_contain_text("专人报告当地监管")


def test_on_a_phone_clauses_are_folded_by_event_and_a_search_opens_them(bank: Bank) -> None:
    page = bank.open("plan#WP-26", PHONE)
    folds = page.locator("#plan-clauses details")
    closed = folds.filter(has=page.locator("summary", has_text="投诉结案"))
    expect(page.locator("[data-clause=WP-26]")).to_be_visible()
    expect(page.locator("#plan-clauses details[open]")).to_have_count(1)
    first = folds.first
    expect(first.locator("summary")).to_contain_text("事件启动")
    expect(first.locator("summary")).to_contain_text("WP-13 立即报告总行")
    held = first.locator("tbody tr").count()
    assert held > 1
    expect(first.locator("summary")).to_contain_text(f"{held} 条")
    first.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-clause=HO-ACK]")).to_be_visible()
    page.locator("#plan-search").fill("推诿")
    expect(page.locator("[data-clause=WP-18]")).to_be_visible()
    expect(folds).to_have_count(1)
    page.locator("#plan-search").fill("")
    expect(page.locator("#plan-clauses details[open]")).to_have_count(2)  # as they were left
    closed.locator("summary").click()
    expect(page.locator("[data-clause=WP-26]")).to_be_hidden()
    switch_language(page)
    expect(page.locator("#plan-clauses")).to_contain_text("1 clause")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    expect(page.locator("#plan-clauses table")).to_have_count(1)
    expect(folds).to_have_count(0)


def test_a_trial_tells_who_and_when_and_nobody_is_told(bank: Bank) -> None:
    page = bank.open("plan", PHONE)
    expect(page.locator("#trial-nothing")).to_contain_text("不发送任何短信，也不留下任何记录")
    page.get_by_label("在哪里").fill("静安支行")
    page.locator(".up-list [role=option]").first.click()
    page.get_by_label("投诉客户").fill("12")
    page.get_by_label("签收").select_option("8")
    page.get_by_role("button", name="演算").click()
    moments = page.locator(".pl-moments > li")
    expect(moments.first).to_contain_text("静安支行")
    expect(page.locator(".pl-entry[data-kind=text]").first).to_contain_text("12名客户集体投诉")
    expect(page.locator(".pl-entry[data-kind=acknowledgement]")).to_have_count(1)
    phones = bank.scene.phones.values()
    assert not any(phone in page.content() for phone in phones)  # masked
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_label("只看短信").check()
    expect(page.locator(".pl-entry:not([data-kind=text])")).to_have_count(0)
    assert _rows(bank) == {"messages": 0, "incidents": 0, "duties": 0, "events": 0}
    bank.scene.work()
    bank.scene.expect_nothing_more()


def test_a_trial_of_a_complaint_says_its_clocks(bank: Bank) -> None:
    page = bank.open("plan", WALL)
    page.get_by_label("如果发生").select_option("complaint_received")
    page.get_by_label("渠道").select_option("phone")
    page.get_by_label("看多久").select_option("168")
    page.get_by_role("button", name="演算").click()
    expect(page.locator(".pl-entry[data-kind=duty]").first).to_contain_text("WP-21 及时答复")
    switch_language(page)
    expect(page.locator("#trial-nothing")).to_contain_text("no text is sent")
