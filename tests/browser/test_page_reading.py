"""How the incident's pages read and read again (assets/page_reading.js), without a jolt."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from core.words import Role
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser
ME = "陈大堂|sub_lobby_manager"
SHEET = re.compile(r"/live/incident/[^/]+/reception(\?.*)?$")
#: What moved on the page without anybody touching it, as Chromium sees it.
SHIFTS = """() => new Promise((done) => {
  new PerformanceObserver((list, all) => {
    all.disconnect();
    const moved = list.getEntries().filter((entry) => !entry.hadRecentInput)
      .flatMap((entry) => entry.sources.map((source) => source.node))
      .filter((node) => node && node.nodeType === 1 && node.closest('.fh-reading'));
    done(moved.map((node) => node.outerHTML.slice(0, 80)));
  }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done([]), 500);
})"""

#: How many controls the page shows; each gets its number.
CONTROLS = """() => {
  const kinds = ':is(a[href], button, input, select, textarea, summary)';
  const shown = [...document.querySelectorAll(`.fh-reading ${kinds}`)]
    .filter((node) => !node.disabled && node.type !== 'hidden' && node.checkVisibility());
  shown.forEach((node, nth) => { node.tabNumber = nth; });
  return shown.length;
}"""
#: The number of what has the focus, whether that shows, and whether something lies over it.
FOCUSED = """() => {
  const node = document.activeElement;
  const box = node.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 20)];
  const top = document.elementFromPoint(x, y);
  const covered = !top || !(node.contains(top) || top.contains(node));
  return [node.tabNumber ?? -1, getComputedStyle(node).outlineStyle !== 'none', covered];
}"""


def _gathering(bank: Bank) -> str:
    scene = bank.scene
    scene.complain("SH1", client={"name": "欧阳建国", "phone": "13911112222"})
    incident = str(scene.gather(12, "SH1")["incident"])
    scene.work()
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    return incident


def _sheet(bank: Bank, incident: str) -> Page:
    page = bank.open(f"incidents/{incident}/reception", PHONE, me=ME)
    expect(page.get_by_role("button", name="来了 1 位")).to_be_visible()
    return page


def _wait_for(page: Page, met: Callable[[], Any]) -> None:
    until = time.monotonic() + 15
    while not met():
        assert time.monotonic() < until
        page.wait_for_timeout(20)


def test_a_read_that_an_act_overtook_is_not_shown(bank: Bank) -> None:
    page = _sheet(bank, _gathering(bank))
    held: list[tuple[Route, APIResponse]] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch()))

    page.route(SHEET, hold)
    page.evaluate("() => { fh.actions['page-again']({ dataset: { page: 'reception' } }); }")
    _wait_for(page, lambda: held)
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(1)
    first, nobody = held.pop()
    first.fulfill(response=nobody)
    _wait_for(page, lambda: held)  # the next read: the one before it has been dealt with
    assert page.locator(".rcp-row").count() == 1
    again, one = held.pop()
    again.fulfill(response=one)
    expect(page.locator(".rcp-row")).to_have_count(1)


def test_a_failed_read_keeps_the_page_and_heals_by_itself(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("ERR_FAILED")
    page = _sheet(bank, _gathering(bank))
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(1)

    def cut(route: Route) -> None:
        route.abort()

    page.route(SHEET, cut)
    bank.scene.complain("SH1", client={"name": "王五", "phone": "13911113333"})  # a revision
    fault = page.locator("#reception-fault")
    expect(fault).to_contain_text("本页未能更新", timeout=10_000)
    expect(page.locator(".rcp-row")).to_have_count(1)
    page.unroute(SHEET, cut)
    expect(fault).to_be_empty(timeout=10_000)


def test_another_page_and_back_shows_what_happened_meanwhile(bank: Bank) -> None:
    page = _sheet(bank, _gathering(bank))
    page.get_by_role("button", name="来了 1 位").click()
    expect(page.locator(".rcp-row")).to_have_count(1)
    before = page.evaluate("fh.snapshot().revision")
    page.locator(".fh-nav-link").first.click()
    expect(page.locator("#reception")).to_have_count(0)
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if SHEET.search(r.url) else None)
    bank.scene.complain("SH1", client={"name": "王五", "phone": "13911113333"})
    _wait_for(page, lambda: page.evaluate("fh.snapshot().revision") > before)
    assert asked == []
    page.go_back()
    expect(page.locator(".rcp-row")).to_have_count(1)
    page.get_by_role("button", name="来了 3 位").click()
    expect(page.locator(".rcp-row")).to_have_count(4)


@pytest.mark.parametrize("size", [WALL, PHONE])
@pytest.mark.parametrize("path", ["reception", "review", "call-tree", "reports"])
def test_nothing_moves_when_the_first_answer_comes(
    bank: Bank, path: str, size: tuple[int, int]
) -> None:
    page = bank.open(f"incidents/{_gathering(bank)}/{path}", size, me=ME)
    expect(page.locator(".fh-reading[data-read] h1")).to_be_visible()
    _wait_for(page, lambda: page.evaluate("fh.snapshot() !== null"))
    moved: list[Any] = page.evaluate(SHIFTS)
    assert moved == []


def test_the_keyboard_goes_on_beside_what_is_gone(bank: Bank) -> None:
    page = _sheet(bank, _gathering(bank))
    page.get_by_role("button", name="来了 3 位").click()
    rows = page.locator(".rcp-row")
    expect(rows).to_have_count(3)
    leave = rows.nth(1).get_by_role("button", name="离开")
    leave.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(leave).to_be_focused()
    leave.press("Enter")
    page.get_by_role("button", name="登记离开").press("Enter")
    expect(rows).to_have_count(2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(rows.nth(1).locator("button:focus")).to_have_count(1)


@pytest.mark.parametrize("path", ["reception", "review", "call-tree", "reports"])
@pytest.mark.parametrize("size", [WALL, PHONE])
def test_every_control_is_reached_by_tab_and_seen(
    bank: Bank, path: str, size: tuple[int, int]
) -> None:
    page = bank.open(f"incidents/{_gathering(bank)}/{path}", size, me=ME)
    expect(page.locator(".fh-reading[data-read] h1")).to_be_visible()
    wanted = page.evaluate(CONTROLS)
    reached: set[int] = set()
    for _ in range(wanted + 40):
        page.keyboard.press("Tab")
        number, ring, covered = page.evaluate(FOCUSED)
        if number < 0 and reached:
            break
        if number >= 0:
            assert ring and not covered
            reached.add(number)
    assert len(reached) == wanted
