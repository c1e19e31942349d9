"""A gathering reported from a phone in two taps, over the real bank."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from core.words import Role
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, Guard

pytestmark = pytest.mark.browser


def _at_last_place(bank: Bank) -> Page:
    """The form on a phone that reported from 徐汇支行 before."""
    place = json.dumps({"code": "SH1", "name": "徐汇支行", "branch": "上海分行"})
    page = bank.open("gathering", PHONE, keep={"fh-last-place": place})
    expect(page.locator(".inc-place-held")).to_contain_text("徐汇支行")
    return page


def test_two_taps_open_an_incident(bank: Bank) -> None:
    page = _at_last_place(bank)
    page.locator("[name=complainants]").locator("xpath=../..").get_by_role(
        "button", name="10", exact=True
    ).click()
    page.get_by_role("button", name="报告 10 人聚集").click()
    expect(page.get_by_role("status").filter(has_text="预案已启动")).to_be_visible()
    (incident,) = bank.scene.open_incidents()
    assert (incident["origin"], incident["unit"], incident["headcount"]) == ("gathering", "SH1", 10)
    bank.scene.work()
    bank.scene.expect_sms("SH1", Role.SUB_HEAD, "现场聚集10人")
    page.get_by_role("link", name="查看事件").click()
    expect(page.locator(".inc-what")).to_contain_text("徐汇支行现场聚集10人")


def test_twelve_by_the_stepper_at_a_place_found_by_name(bank: Bank) -> None:
    page = bank.open("gathering", PHONE)
    page.get_by_role("searchbox").fill("静安")
    page.locator(".inc-place-hit").click()
    for name in ("增加 5", "增加 5", "增加 1", "增加 1"):
        page.get_by_role("button", name=f"投诉人数 {name}").click()
    page.get_by_role("button", name="围观人数 增加 5").click()
    page.get_by_role("button", name="15分钟前").click()
    page.get_by_role("button", name="报告 12 人聚集").click()
    expect(page.get_by_text("预案已启动")).to_be_visible()
    (incident,) = bank.scene.open_incidents()
    assert (incident["unit"], incident["headcount"], incident["onlookers"]) == ("SH2", 12, 5)
    (report,) = bank.scene.incident(incident["id"])["gatherings"]
    assert report["since"].startswith("2026-11-23T09:45")
    page.reload()  # the place is remembered
    expect(page.locator(".inc-place-held")).to_contain_text("静安支行")


def test_below_the_line_it_is_a_watch(bank: Bank) -> None:
    page = _at_last_place(bank)
    page.locator("[name=complainants]").fill("7")
    page.get_by_role("button", name="报告 7 人聚集").click()
    expect(page.get_by_text("7/10")).to_be_visible()
    assert bank.scene.open_incidents() == []


def test_what_could_not_be_sent_is_kept(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("ERR_FAILED")
    page = _at_last_place(bank)
    page.route("**/live/gathering", lambda route: route.abort())
    page.locator("[name=complainants]").fill("14")
    page.locator("[name=note]").fill("大堂已满")
    page.get_by_role("button", name="报告 14 人聚集").click()
    expect(page.locator(".fh-form-fault")).to_contain_text("内容已保存在本机")
    page.unroute("**/live/gathering")
    page.reload()
    expect(page.locator("[name=note]")).to_have_value("大堂已满")
    page.get_by_role("button", name="报告 14 人聚集").click()
    expect(page.get_by_text("预案已启动")).to_be_visible()
    (incident,) = bank.scene.open_incidents()
    assert incident["headcount"] == 14


def test_nothing_is_sent_without_place_or_people(bank: Bank) -> None:
    page = bank.open("gathering", PHONE)
    page.get_by_role("button", name="发送报告").click()
    expect(page.locator(".fh-form-fault")).to_have_text("请先选择地点")
    page.get_by_role("searchbox").fill("徐汇")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="发送报告").click()
    expect(page.locator(".fh-form-fault")).to_have_text("请填写人数")
    assert bank.scene.open_incidents() == []
