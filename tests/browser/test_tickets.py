"""我的工单 and the page of a ticket over the real bank: tickets worked on in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.rights import Access
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL

pytestmark = pytest.mark.browser

LOBBY = "李敏|sub_lobby_manager"


def _counter(bank: Bank, path: str, size: tuple[int, int] = WALL, me: str = LOBBY) -> Page:
    return bank.open(path, size, me=me, unit="SH1", roles=(Access.SUB_BRANCH,))


def test_the_first_receiver_finds_what_is_theirs_and_accepts_it(bank: Bank) -> None:
    calm = str(bank.scene.complain(product="稳健一号")["complaint"])
    grave = str(bank.scene.complain(flags=["safety_threat"])["complaint"])
    page = _counter(bank, "tickets", PHONE)
    rows = page.locator("#tickets-list .tk-row")
    expect(rows).to_have_count(2)
    expect(page.locator(f'[data-ticket="{grave}"] .tk-reasons')).to_have_text("人身安全")
    sizes = rows.first.locator("*").evaluate_all(
        "all => all.map(n => [parseFloat(getComputedStyle(n).fontSize), n.tagName])"
    )
    assert max(sizes)[1] == "TIME"  # the time left is the largest thing
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.locator(f'[data-ticket="{calm}"] h3 a').click()
    expect(page.locator("#ticket-head")).to_contain_text(calm)
    expect(page.locator('#ticket-track [aria-current="step"]')).to_contain_text("受理")
    page.locator("#ticket-do").get_by_role("button", name="受理", exact=True).click()
    page.locator(".tk-form").get_by_role("button", name="受理", exact=True).click()
    expect(page.locator('#ticket-track [data-step="accept"]')).to_contain_text("已办")
    expect(page.locator("#ticket-acts")).to_contain_text("李敏")
    expect(page.locator(".tk-form")).to_have_count(0)
