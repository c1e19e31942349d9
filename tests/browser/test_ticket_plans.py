"""One ticket of each of the other four plans, from acceptance to the archive in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from core.rights import Access
from escalation.plan_file import load_plan
from tests.browser.bank_site import ROOT, Bank, BankSite
from tests.browser.conftest import PHONE, WALL, Guard
from tests.browser.ticket_hand import Hand
from tests.postgres import TestDatabase

pytestmark = pytest.mark.browser

_PLANS = ROOT / "plans"
Opened = Callable[[str], Bank]


@pytest.fixture
def site_of(db: TestDatabase, tmp_path: Path) -> Iterator[Callable[[str], BankSite]]:
    """The real application with another plan than the default one."""
    with ExitStack() as running:

        def opened(plan: str) -> BankSite:
            text = (ROOT / "config.yaml").read_text(encoding="utf-8")
            text = text.replace("plan: maturing-wealth-product", f"plan: {plan}")
            config = tmp_path / "config.yaml"
            config.write_text(text.replace("[statutory-2020-3]", "[]"), encoding="utf-8")
            (tmp_path / "plans").symlink_to(_PLANS)
            site = BankSite(db, config, load_plan(plan, _PLANS))
            running.callback(site.stop)
            return site

        yield opened


@pytest.fixture
def bank_of(
    site_of: Callable[[str], BankSite], browser: Browser, guard: Guard,
    contexts: list[BrowserContext],
) -> Opened:  # fmt: skip
    return lambda plan: Bank(site_of(plan), browser, guard, contexts)


def _hand(bank: Bank, ticket: str, me: str, unit: str, access: Access) -> Hand:
    size = PHONE if unit == "SH1" else WALL
    return Hand(bank.open(f"tickets/{ticket}", size, me=me, unit=unit, roles=(access,)))


def _receiver(bank: Bank, ticket: str) -> Hand:
    return _hand(bank, ticket, "李敏|sub_receiver", "SH1", Access.SUB_BRANCH)


def _complaint(bank: Bank) -> str:
    given = {"name": "王小明", "phone": "13900001111"}
    return str(bank.scene.complain(client=given, summary="柜面解释不清")["complaint"])


def _archived(hand: Hand) -> None:
    assert hand.walks() == ""
    expect(hand.page.locator("#ticket-head h1")).to_contain_text("已归档")


def test_a_securities_company_approves_and_shares_responsibility(bank_of: Opened) -> None:
    bank = bank_of("securities-complaints")
    ticket = _complaint(bank)
    hand = _receiver(bank, ticket)
    assert hand.walks() == "approve"
    boss = _hand(bank, ticket, "周强|branch_leader", "SH", Access.BRANCH)
    boss.does("approve", number="审〔2026〕7号")
    expect(hand.page.locator('#ticket-track [data-step="approve"]')).to_contain_text("已办")
    _archived(hand)


def test_a_futures_company_waits_for_both_decisions_on_a_dispute(bank_of: Opened) -> None:
    bank = bank_of("futures-complaints")
    ticket = _complaint(bank)
    hand = _receiver(bank, ticket)
    hand.does("accept")
    hand.does("dispute", reason="客户要求赔偿本金")
    assert hand.walks() == "approve"  # only who approves may say that none is needed
    for seat in ("郑洁|ho_executive", "吴刚|ho_risk_officer"):
        boss = _hand(bank, ticket, seat, "HO", Access.HEAD_OFFICE)
        expect(boss.page.locator("#ticket-do")).to_contain_text("待您决定")
        boss.does("decide", allowed="yes", decision="同意补偿")
    boss.does("approve")
    expect(hand.page.locator('#ticket-track [data-step="approve"]')).to_contain_text("已办")
    _archived(hand)


def test_an_office_settles_its_classes_and_keeps_the_promise_in_sight(bank_of: Opened) -> None:
    bank = bank_of("business-office")
    ticket = _complaint(bank)
    hand = _receiver(bank, ticket)
    expect(hand.page.locator("#ticket-head")).to_contain_text("约定 15:30 前答复客户")
    _archived(hand)


def test_a_service_guide_has_its_class_confirmed_by_another(bank_of: Opened) -> None:
    bank = bank_of("service-guide")
    ticket = _complaint(bank)
    hand = _receiver(bank, ticket)
    assert hand.walks() == "confirm_class"
    boss = _hand(bank, ticket, "陈晨|branch_contact", "SH", Access.BRANCH)
    boss.does("confirm_class")
    expect(hand.page.locator('#ticket-track [data-step="confirm_class"]')).to_contain_text("已办")
    _archived(hand)
