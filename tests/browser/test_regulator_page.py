"""监管转办 in the browser: registered, contacted, answered by two people, filed by its receipt."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from contacts.units import UnitValue, save_units
from core.rights import Access
from core.words import Level
from escalation.regulator_clocks import Deadline
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from tests.browser.bank_site import Bank
from tests.browser.conftest import PHONE, WALL, Guard

pytestmark = pytest.mark.browser

BUREAU = "国家金融监督管理总局上海监管局"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
CLERK, LEADER = "钱联系|branch_contact", "孙行长|branch_leader"


def _regulator(bank: Bank) -> None:
    unit = UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", short_name="上海分行",
                     regulator=BUREAU)  # fmt: skip
    bank.scene.db.app.run(lambda c: save_units(c, [unit]))


def _open(bank: Bank, path: str, size: tuple[int, int], me: str) -> Page:
    return bank.open(path, size, me=me, unit="SH", roles=(Access.BRANCH,))


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _do(page: Page, name: str) -> None:
    page.locator("#regulator-bar").get_by_role("button", name=name).click()


def _save(page: Page, name: str = "保存") -> None:
    page.locator("dialog").get_by_role("button", name=name, exact=True).click()
    expect(page.locator("dialog")).to_have_count(0)


def _registered(page: Page, shots: Path) -> None:
    expect(page.locator("#regulator-list")).to_contain_text("没有在办的转办件")
    page.screenshot(path=shots / "empty.png")
    page.get_by_role("button", name="登记转办").click()
    page.get_by_label("文号／转办单号").fill("沪金转〔2026〕7号")
    page.get_by_label("监管要求，每行一项").fill("十日内书面答复\n报送双录资料")
    page.screenshot(path=shots / "form.png", full_page=True)
    page.locator("dialog").get_by_role("button", name="登记转办").click()
    expect(page.locator("#regulator-head h1")).to_contain_text("沪金转〔2026〕7号")
    expect(page.locator("#regulator-head")).to_contain_text(BUREAU)


def _contacted(page: Page) -> None:
    for save in (False, True):
        _do(page, "登记联系")
        page.get_by_label("对方").fill("陈处长")
        page.get_by_label("内容").fill("已说明接件情况")
        if save:
            _save(page)
        else:
            page.keyboard.press("Escape")  # nothing is kept of what was not saved
            expect(page.locator("#regulator-contacts")).to_contain_text("尚未与监管机构联系")
    expect(page.locator("#regulator-contacts")).to_contain_text("陈处长")
    expect(page.locator('[data-clause="WP-20-Q"]')).to_contain_text("已办结")


def _drafted(page: Page) -> None:
    _do(page, "开始办理")
    _do(page, "拟写答复")
    page.get_by_label("办理情况及答复").fill("经核实，已与投诉人达成一致。\n双录资料另附。")
    _save(page)
    expect(page.locator("#regulator-bar")).to_contain_text("须由他人审批")


def _settled(page: Page, demand: str) -> None:
    page.locator("article", has_text=demand).get_by_role("button", name="办结").click()
    page.get_by_label("办理结果").fill("已报送")
    _save(page)


def _approved(leader: Page) -> None:
    _do(leader, "审批通过")
    expect(leader.locator("dialog")).to_contain_text("已与投诉人达成一致")
    _save(leader, "审批通过")
    expect(leader.locator("#regulator-head h1")).to_contain_text("待报备")


def _filed(page: Page) -> None:
    _do(page, "登记报备回执")
    page.get_by_label("回执编号").fill("沪收〔2026〕88号")
    page.get_by_label("监管接收人").fill("收文岗")
    page.get_by_label("回执扫描件").set_input_files(
        {"name": "r.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    _save(page)
    expect(page.locator("#regulator-filings")).to_contain_text("沪收〔2026〕88号")
    expect(page.locator('[data-clause="WP-20-D"]')).to_contain_text("已办结")
    with page.expect_download() as given:
        page.get_by_role("link", name="回执文件").click()
    assert Path(given.value.path()).read_bytes() == PDF


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_a_case_from_its_letter_to_its_receipt(
    bank: Bank, size: tuple[int, int], tmp_path: Path
) -> None:
    _regulator(bank)
    page = _open(bank, "regulator", size, CLERK)
    _registered(page, tmp_path)
    _contacted(page)
    _drafted(page)
    _settled(page, "报送双录资料")
    page.screenshot(path=tmp_path / "case.png")
    page.screenshot(path=tmp_path / "case-full.png", full_page=True)
    _fits(page)
    _approved(_open(bank, page.url.removeprefix(bank.url), size, LEADER))
    page.reload()
    _filed(page)
    expect(page.locator("#regulator-bar").get_by_role("button", name="办结本件")).to_have_count(0)
    _settled(page, "十日内书面答复")
    _do(page, "办结本件")
    _save(page, "办结本件")
    expect(page.locator("#regulator-head h1")).to_contain_text("已办结")
    page.screenshot(path=tmp_path / "closed.png", full_page=True)
    _fits(page)


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_what_is_due_is_seen_first_and_a_complaint_offers_its_case(
    bank: Bank, size: tuple[int, int], tmp_path: Path
) -> None:
    _regulator(bank)
    desk, now, clerk = bank.scene.engine.regulator, bank.scene.now(), By("web:x:1", "员工")
    for number, hours, office in (
        ("甲1", -3, None),
        ("甲2", 60, None),
        ("乙1", 9, "中国人民银行上海总部"),
    ):
        desk.receive(Receiving(
            f"沪金转〔2026〕{number}号", "SH1", now - timedelta(days=2), "letter",
            regulator=office,
            deadline=Deadline("date", at=now + timedelta(hours=hours)),
            demands=(Wanted("书面答复"),),
        ), clerk)  # fmt: skip
    page = _open(bank, "regulator", size, CLERK)
    first = page.locator(".reg-row").first
    expect(first).to_contain_text("甲1")
    expect(first).to_have_attribute("data-over", "")
    expect(page.locator(".reg-hero")).to_contain_text("已超期")
    expect(page.locator("#regulator-due")).to_contain_text(BUREAU)
    page.screenshot(path=tmp_path / "list.png", full_page=True)
    _fits(page)
    page.get_by_role("button", name="超期", exact=True).click()
    expect(page.locator(".reg-row")).to_have_count(1)

    page.goto(bank.url + "complaint")
    page.locator("#cp-channel").select_option("regulator")
    page.locator("#cp-unit").fill("徐汇支行")
    page.locator("#cp-unit").press("Enter")
    page.locator("#cp-clients-0-name").fill("李雷")
    page.keyboard.press("Control+Enter")
    page.screenshot(path=tmp_path / "offered.png")
    offer = page.get_by_role("link", name="登记监管转办")
    expect(offer).to_be_visible()
    offer.click()
    complaint = page.get_by_label("关联投诉编号").input_value()
    page.get_by_label("文号／转办单号").fill(
        "沪金转〔2026〕甲2号"
    )  # the same number: the same case
    page.locator("dialog").get_by_role("button", name="登记转办").click()
    expect(page.locator("#regulator-linked")).to_contain_text(complaint)
    expect(page.locator(".fh-toast")).to_contain_text("该文号已登记")
    page.screenshot(path=tmp_path / "known.png", full_page=True)
    page.goto(f"{bank.url}complaints/{complaint}")
    expect(page.locator("#files-body")).to_contain_text("沪金转〔2026〕甲2号")
    page.goto(f"{bank.url}complaints/{bank.scene.complain(channel='regulator')['complaint']}")
    expect(page.get_by_role("link", name="登记监管转办")).to_be_visible()


def test_a_case_of_nobody_is_missing(bank: Bank, guard: Guard) -> None:
    guard.allowed.append("404")
    page = _open(bank, "regulator/R000999", WALL, CLERK)
    expect(page.locator("#regulator-fault")).to_contain_text("没有这件监管转办")
