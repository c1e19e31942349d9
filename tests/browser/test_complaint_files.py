"""Complaints' files in a real browser: found, masked, seen in full for a reason, and who looked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.rights import Access
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL

NAME, NUMBER = "夏侯奇瑰", "13987650123"


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_found_seen_in_full_for_a_reason_and_logged(bank: Bank, size: tuple[int, int]) -> None:
    made = bank.scene.complain(
        channel="letter", subject="到期收益不符", summary=f"{NAME}称{NUMBER}无人接",
        client={"name": NAME, "phone": NUMBER},
    )  # fmt: skip
    bank.scene.work()
    page = bank.open(f"complaints/{made['complaint']}", size)
    body = page.locator("#files-body")
    expect(body).to_contain_text("夏侯**称139****0123无人接")
    page.get_by_role("button", name="查看原文").click()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog [role=alert]")).to_contain_text("理由")
    page.fill("dialog textarea", "回访客户核实")
    page.locator("dialog button[type=submit]").click()
    expect(body).to_contain_text(f"{NAME}称{NUMBER}无人接")
    page.get_by_role("button", name="谁看过").click()
    expect(page.locator(".cpf-log")).to_contain_text("回访客户核实")
    page.reload()
    expect(body).to_contain_text("夏侯**")
    assert NUMBER not in page.content()


def test_who_may_not_reveal_is_offered_no_button(bank: Bank) -> None:
    made = bank.scene.complain(channel="letter", summary="经过")
    page = bank.open(f"complaints/{made['complaint']}", WALL, roles=(Access.AUDITOR,))
    expect(page.get_by_role("button", name="谁看过")).to_be_visible()
    expect(page.get_by_role("button", name="查看原文")).to_have_count(0)
    expect(page.get_by_role("button", name="删除客户信息")).to_have_count(0)
