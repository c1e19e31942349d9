"""Contacts: who is on duty, where nobody is, files in and out."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from dashboard.signin.cookie_names import session_cookie
from tests.browser.conftest import PHONE, Guard, PageOpener, on_duty
from tests.system.running import System

pytestmark = pytest.mark.browser
TEAM = """分行,姓名,行政职务,应急小组内职责,办公电话,移动电话,邮箱,备注
南京分行,钱新来,分行行长,组长,025-00008001,19900080001,,
火星分行,甲某,,组长,,19900080002,,
南京分行,乙某,,副组长,,12345,,
南京分行,孙联系,综合岗,联系人,,19900080003,,
"""


def test_import_keeps_the_good_rows_and_names_the_bad(
    system: System, open_page: PageOpener, tmp_path: Path
) -> None:
    file = tmp_path / "team.csv"
    file.write_text(TEAM, encoding="utf-8")
    page = open_page(system, "/contacts#NJ")
    expect(page.locator("#contacts-unit h2")).to_contain_text("南京分行")
    page.set_input_files("#ct-file", str(file))
    page.click(".ct-import [type=submit]")
    expect(page.locator(".ct-summary")).to_contain_text("导入 2 行")
    expect(page.locator(".ct-summary")).to_contain_text("2 处有误")
    rows = page.locator(".ct-faults tbody tr").all_inner_texts()
    assert [row.split("\t")[:3] for row in rows] == [
        ["3", "分行", "机构不存在"],
        ["4", "移动电话", "不是有效的移动电话"],
    ]
    assert all(row.split("\t")[3] for row in rows)
    expect(page.locator("[data-role=branch_leader]")).to_contain_text("钱新来")
    expect(page.locator("[data-role=branch_contact]")).to_contain_text("孙联系")


def test_a_gap_cannot_be_overlooked_and_ends_when_somebody_is_back(
    system: System, open_page: PageOpener, guard: Guard
) -> None:
    guard.allowed += ["422"]
    page = open_page(system, "/contacts#NJ")
    leader = page.locator("[data-role=branch_leader]")
    name = leader.locator("[data-first] b").inner_text()
    page.click("[data-action=contacts-away]")
    page.select_option("dialog select[name=person]", label=name)
    page.fill("dialog input[name=ends_at]", "2000-01-01T08:00")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog [role=alert]")).to_contain_text("结束时间须晚于开始时间")
    page.fill("dialog input[name=ends_at]", "2099-01-01T08:00")
    page.click("dialog [type=submit]")
    expect(leader).to_contain_text("此职责现在无人可通知")
    expect(leader).to_contain_text("缺勤")
    expect(page.locator(".ct-alarm")).to_have_text("1 项职责无人可通知")
    expect(page.locator('#contacts-tree [data-key="NJ"]').first).to_contain_text("空缺 1")
    page.check("#ct-gaps")
    expect(page.locator("#contacts-tree li")).to_have_count(1)
    page.click("[data-action=contacts-back]")
    expect(leader.locator("[data-first] b")).to_have_text(name)
    expect(page.locator("#contacts-tree")).to_contain_text("没有机构有空缺")


def test_numbers_are_masked_until_asked_for_and_that_is_journalled(
    system: System, open_page: PageOpener
) -> None:
    page = open_page(system, "/contacts", PHONE)
    page.fill("#ct-search", "njfh")
    expect(page.locator("#contacts-tree [data-action=contacts-unit]").first).to_be_visible()
    page.keyboard.press("Enter")
    person = page.locator("[data-role=branch_leader] [data-first]")
    expect(person.locator(".ct-number")).to_contain_text("199****")
    number = system.db.app.read(
        lambda c: c.scalar(
            sa.text(
                "SELECT p.mobile FROM people p JOIN team_members m ON m.person_id = p.id JOIN"
                " units u ON u.id = m.unit_id WHERE u.code = 'NJ' AND m.role = 'branch_leader'"
            )
        )
    )
    assert number not in page.content()
    person.locator("[data-action=contacts-reveal]").click()
    expect(person.locator("a").first).to_have_text(number)
    told = system.db.app.read(
        lambda c: c.scalar(sa.text("SELECT count(*) FROM journal WHERE verb = 'phone_revealed'"))
    )
    assert told == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_what_is_exported_can_be_imported_again(
    system: System, open_page: PageOpener, tmp_path: Path
) -> None:
    page = open_page(system, "/contacts#NJ")
    for layout, kind in (("team", "xlsx"), ("outlets", "csv")):
        with page.expect_download() as download:
            page.click(f"[data-action=contacts-export][data-layout={layout}][data-kind={kind}]")
        file = tmp_path / f"{layout}.{kind}"
        download.value.save_as(file)
        assert download.value.suggested_filename.startswith("南京分行-")
        page.check(f"input[name=layout][value={layout}]")
        page.set_input_files("#ct-file", str(file))
        page.click(".ct-import [type=submit]")
        expect(page.locator(".ct-summary")).to_contain_text(f"{layout}.{kind}")
        expect(page.locator(".ct-summary")).to_contain_text("没有错误")


def test_verbs_answer_only_our_own_pages(system: System) -> None:
    body = {"unit": "NJ", "layout": "team", "kind": "csv"}
    assert system.post("/live/contacts/export", body, token=None).status == 403
    assert system.post("/live/contacts/people/1/numbers", {}, token=None).status == 403
    ours = {
        "token": None, "X_Fenghuo": "1", "Origin": system.url,
        "Cookie": f"{session_cookie(system.url)}={on_duty(system)}",
    }  # fmt: skip
    bad = system.post("/live/contacts/export", {**body, "kind": "pdf"}, **ours)
    assert bad.status == 422 and bad.body["errors"][0]["field"] == "kind"
    assert system.get("/live/contacts/units/NONE", **ours).status == 404
