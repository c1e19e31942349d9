"""The virtual phones: an alert comes, somebody answers 1, the board changes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, PageOpener
from tests.system.running import System, complaint

pytestmark = pytest.mark.browser
OUTLET = "302290031180"


def ten_complaints(system: System) -> str:
    """An incident at one outlet; returns its id."""
    answers = [
        system.post("/api/v1/complaints", complaint(n, OUTLET, product="稳健增利3号"))
        for n in range(10)
    ]
    return str(answers[-1].body["incident"])


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def test_an_answer_from_a_phone_acknowledges(system: System, open_page: PageOpener) -> None:
    system.start("engine")
    page = open_page(system, "/sandbox")
    expect(page.locator("#sandbox-wall .fh-empty")).to_contain_text("还没有手机收到短信")
    incident = ten_complaints(system)
    card = page.locator(".sb-card", has_text="上海分行").first
    expect(card).to_contain_text("等待签收")
    name = card.locator("b").inner_text()
    expect(page.locator(".sb-incident")).to_contain_text("无人签收")
    card.click()
    expect(page.locator(".sb-bubble")).to_contain_text("10名客户集体投诉")
    expect(page.locator(".sb-bubble small")).to_contain_text("已送达")
    page.click("[data-action=sandbox-answer][data-text='1']")
    expect(page.locator(".sb-bubble[data-direction=in] p").first).to_have_text("1")
    expect(page.locator(".sb-note")).to_contain_text(f"由 {name} 签收")
    expect(page.locator(".sb-incident")).to_contain_text(f"{name} 已签收")
    told = system.get(f"/api/v1/incidents/{incident}").body
    assert [(a["by"], a["via"]) for a in told["acknowledgements"]] == [(name, "sms")]


def test_not_received_does_not_acknowledge_and_free_text_goes_by_enter(
    system: System, open_page: PageOpener
) -> None:
    system.start("engine")
    incident = ten_complaints(system)
    page = open_page(system, "/sandbox", PHONE)
    page.locator(".sb-card").first.click()
    expect(page.locator("#sandbox-wall")).to_be_hidden()
    page.click("[data-action=sandbox-answer][data-text='没收到']")
    mine = page.locator(".sb-bubble[data-direction=in] p")
    expect(mine).to_have_text(["没收到"])
    page.fill(".sb-free input", "<b>在路上</b>")
    page.keyboard.press("Enter")
    expect(mine).to_have_text(["没收到", "<b>在路上</b>"])
    expect(page.locator(".sb-free input")).to_have_value("")
    assert system.get(f"/api/v1/incidents/{incident}").body["acknowledgements"] == []
    assert sideways(page) <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('#sandbox-phone button, #sandbox-phone input')]"
        ".filter(node => node.offsetHeight < 44).length"
    )
    assert small == 0
    page.click("[data-action=sandbox-back]")
    expect(page.locator("#sandbox-wall")).to_be_visible()
