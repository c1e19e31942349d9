"""投诉统计 over the real bank: figures with their definitions, charts, tables, reports, files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from bench.ticket_stock import bare, work_all
from core.rights import Access
from escalation.plan_file import load_plan
from escalation.statistics_reports import make_some
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard, switch_language
from tests.engine.scene import PLANS

pytestmark = pytest.mark.browser


@pytest.fixture
def stocked(bank: Bank) -> Bank:
    bank.scene.db.owner.run(lambda c: (bare(c, 1_500, 500), work_all(c)))
    return bank


def _drawn(page: Page) -> None:
    """Every chart there is has been drawn."""
    expect(page.locator(".stat-section[data-charted]")).not_to_have_count(0)
    expect(
        page.locator(".stat-section[data-charted] .stat-chart:not(:has(.main-svg))")
    ).to_have_count(0)


def test_a_month_is_shown_and_every_number_says_what_it_counts(stocked: Bank) -> None:
    page = stocked.open("statistics?period=2026-10", WALL)
    _drawn(page)
    expect(page.locator("#statistics-head")).to_contain_text("2026年10月")
    expect(page.locator(".stat-card")).to_have_count(24)
    card = page.locator('.stat-card[data-key="on_time"]')
    expect(card.locator(".stat-value")).to_contain_text("%")
    expect(card.locator(".stat-definition")).to_be_hidden()
    card.locator(".stat-name").press("Enter")
    expect(card.locator(".stat-definition")).to_contain_text("没有任何时限任务")
    expect(card.locator(".stat-name")).to_have_attribute("aria-expanded", "true")
    address = card.locator(".stat-value a").first.get_attribute("href")
    assert address is not None
    for part in ("late=no", "by=closed", "since=2026-10-01", "until=2026-10-31", "unit=HO"):
        assert part in address
    expect(page.locator('[data-section="channel"] tbody tr').first).to_contain_text("95558热线")
    expect(page.locator('[data-section="score_units"] tbody tr').first).to_contain_text("×40＝")
    many = page.locator('.stat-card[data-key="late"] .stat-value a')
    number = many.inner_text()
    many.click()
    expect(page.locator("#archive")).to_contain_text(f"{number}")
    expect(page.locator("#archive tbody tr")).to_have_count(int(number))


def test_another_period_and_unit_are_a_press_away(stocked: Bank) -> None:
    page = stocked.open("statistics?period=2026-10", WALL)
    page.get_by_role("button", name="季", exact=True).click()
    expect(page.locator("#statistics-head")).to_contain_text("2026年第4季度")
    expect(page.locator("#statistics-head")).to_contain_text("未满期")
    page.get_by_role("button", name="上一期").click()
    expect(page.locator("#statistics-head")).to_contain_text("2026年第3季度")
    page.locator("#statistics-below").select_option("SH")
    expect(page.locator(".stat-unit")).to_contain_text("上海分行")
    expect(page.locator('[data-section="unit"] tbody')).to_contain_text("徐汇支行")
    expect(page.locator('[data-section="unit"] tbody')).not_to_contain_text("南京")
    assert "unit=SH" in page.url and "period=2026-Q3" in page.url
    page.get_by_role("button", name="总行").click()
    expect(page.locator('[data-section="unit"] tbody')).to_contain_text("南京")
    since, until = page.locator(".stat-range input").all()
    since.fill("2026-03-01")
    until.fill("2026-03-15")
    page.get_by_role("button", name="查看").click()
    expect(page.locator(".stat-period")).to_contain_text("2026-03-01至2026-03-15")


def test_it_works_on_a_phone_in_english(stocked: Bank) -> None:
    page = stocked.open("statistics?period=2026-10", PHONE)
    switch_language(page)
    _drawn(page)
    expect(page.locator("#statistics-head")).to_contain_text("October 2026")
    expect(page.locator('[data-section="hot"]')).to_contain_text("Hot spots")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0


def test_a_branch_sees_its_own_and_an_empty_period_says_so(stocked: Bank, guard: Guard) -> None:
    guard.allowed.append("422")
    page = stocked.open("statistics?period=2019-05", WALL, unit="SH", roles=(Access.BRANCH,))
    expect(page.locator(".stat-unit")).to_contain_text("上海分行")
    expect(page.locator(".fh-empty").first).to_contain_text("本期没有数据")
    expect(page.locator(".stat-section[data-charted]")).to_have_count(0)
    page.goto(page.url.split("?")[0] + "?period=2026-10&unit=NJ")
    expect(page.locator(".fh-failure")).to_contain_text("统计数据读取失败")


def test_a_standing_report_is_opened_and_says_by_whom(stocked: Bank) -> None:
    scene = stocked.scene
    plan = scene.house.plan
    head = scene.house.tree().by_code("HO")
    assert head is not None
    scene.db.owner.run(lambda c: c.execute(sa.text(
        "INSERT INTO standing_periods VALUES ('statistics', :unit, '2026-11-20')"),
        {"unit": head.id}))  # fmt: skip
    reported = plan.tickets.model_copy(
        update={"reports": load_plan("maturing-wealth-product", PLANS).tickets.reports}
    )
    scene.house.plan = plan.model_copy(update={"tickets": reported})
    while make_some(scene.house, scene.now()):
        pass
    page = stocked.open("statistics", WALL)
    page.get_by_role("link", name="统计报表").click()
    expect(page.locator(".stat-report").first).to_contain_text("尚无人查阅")
    page.get_by_role("link", name="总行 · 2026年11月22日").click()
    expect(page.locator("#statistics-head")).to_contain_text("查阅：周敏")
    expect(page.locator("#statistics-head")).to_contain_text("固化")
    page.get_by_role("link", name="返回统计").click()
    page.get_by_role("link", name="统计报表").click()
    expect(page.locator(".stat-report", has_text="总行 · 2026年11月22日")).to_contain_text("周敏")


def test_the_workbook_has_numbers_and_the_papers_are_papers(stocked: Bank) -> None:
    page = stocked.open("statistics?period=2026-10", WALL)
    _drawn(page)
    with page.expect_download() as given:
        page.get_by_role("link", name="导出Excel").click()
    book = load_workbook(io.BytesIO(Path(given.value.path()).read_bytes()))
    sheet = book["渠道"]
    assert sheet.freeze_panes == "B2"
    assert isinstance(sheet["B2"].value, int) and sheet["C2"].number_format == "0.0%"
    assert "周敏" in str([c.value for row in book["统计口径"].iter_rows() for c in row])
    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        answer = page.request.get(f"{stocked.url}live/statistics/paper/{kind}?period=2026-10")
        assert answer.ok and answer.body().startswith(start)
