"""Reports: frozen figures, order, drafts, a paper that never changes, no client's data."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from contacts.units import UnitValue, save_units
from core.errors import Conflict, InvalidInput
from core.words import Level, Role
from dashboard.report_papers import RENDERERS
from escalation import report_paper, report_rules
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from tests.engine.report_desk import CONTACT, REGULATOR, Desk, field, refused
from tests.engine.scene import Scene
from tests.postgres import TestDatabase


def test_first_follow_up_final_each_from_its_own_frozen_figures(desk: Desk) -> None:
    """WP-13-R: the first report is drafted from ten; three more don't change it; +3 follows."""
    first = desk.begin()
    assert (first["figures"]["clients"], first["figures"]["complaints"]) == (10, 10)
    assert first["figures"]["amount"] == "1200000.00"
    assert first["to"] == REGULATOR
    desk.scene.crowd(3)
    desk.scene.gather(12, onlookers=20)
    first = desk.fill(desk.reports.one(desk.number, first["id"]))
    assert first["figures"]["clients"] == 10 and first["figures"]["headcount"] == 0
    sent = desk.send(desk.sign(first))
    assert sent["state"] == "sent" and sent["ended"] == ["WP-13-R"]

    desk.scene.later(minutes=50)
    follow = desk.begin("follow_up")
    assert follow["since"]["number"] == sent["number"]
    words = [change["zh"] for change in follow["changes"]]
    assert "投诉客户由10人增至13人（增加3人）" in words
    assert "现场投诉人数由0人增至12人（增加12人）" in words
    measures = next(f["value"] for f in follow["fields"] if f["name"] == "measures")
    assert "已办结：" in measures and len(follow["new_measures"]) == measures.count("\n") + 1
    desk.send(desk.sign(desk.fill(follow)))

    with pytest.raises(Conflict, match="stands down"):
        desk.begin("final")
    desk.scene.engine.stand_down(desk.number, "客户已离场", "web:branch_leader")
    final = desk.begin("final")
    assert "事件状态由处置中变为已平息" in [change["zh"] for change in final["changes"]]
    desk.send(desk.sign(desk.fill(final)))
    with pytest.raises(Conflict, match="final report was made"):
        desk.begin("follow_up")
    desk.scene.engine.reopen_incident(desk.number, "客户再次聚集", "web:branch_leader")
    assert desk.begin("follow_up")["kind"] == "follow_up"


def test_order_and_one_draft_at_a_time(desk: Desk) -> None:
    with pytest.raises(Conflict, match="first report comes first"):
        desk.begin("follow_up")
    first = desk.begin()
    with pytest.raises(Conflict, match="draft is open") as caught:
        desk.begin()
    assert caught.value.extra["report"] == first["id"]
    assert desk.begin(to="head_office")["state"] == "draft"  # another addressee, another row
    assert refused(lambda: desk.reports.discard(desk.number, first["id"], " ", "x")) == {"reason"}
    gone = desk.reports.discard(desk.number, first["id"], "重复", "web:branch_leader")
    assert (gone["state"], gone["discard_reason"]) == ("discarded", "重复")
    again = desk.sign(desk.fill(desk.begin()))
    with pytest.raises(Conflict, match="write a follow-up"):
        desk.begin()
    assert again["number"].endswith("投诉急报（监）第1号")


def test_freezing_anew_keeps_the_old_figures_and_what_people_wrote(desk: Desk) -> None:
    first = desk.fill(desk.begin(), cause="产品净值下跌。")
    desk.scene.crowd(2)
    fresh = desk.reports.refreeze(desk.number, first["id"], first["version"], "web:branch_contact")
    texts = {f["name"]: f for f in fresh["fields"]}
    assert [v["version"] for v in fresh["figure_versions"]] == [1, 2]
    assert fresh["figures"]["clients"] == 12 and "投诉客户12人" in texts["scale"]["value"]
    assert texts["cause"]["value"] == "产品净值下跌。"
    assert (texts["cause"]["by"], texts["scale"]["by"]) == ("web:branch_contact", "system")
    held = desk.scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT figures ->> 'clients' FROM report_figures ORDER BY version")
    ).scalars().all())  # fmt: skip
    assert held == ["10", "12"]


def test_a_second_editor_gets_a_conflict_with_what_is_stored(desk: Desk) -> None:
    first = desk.begin()
    desk.fill(first, cause="甲的说法。")
    with pytest.raises(Conflict) as caught:
        desk.reports.edit(desk.number, first["id"], first["version"], {"cause": "乙"}, "web:x")
    extra: Any = caught.value.extra
    assert extra["version"] == first["version"] + 1
    stored = {f["name"]: f["value"] for f in extra["fields"]}
    assert stored["cause"] == "甲的说法。"
    with pytest.raises(Conflict):
        desk.sign(first)  # the signer must have read what is signed


@pytest.mark.parametrize("name", [rule.name for rule in report_rules.FIELDS])
def test_neither_export_nor_signing_while_a_field_is_empty(desk: Desk, name: str) -> None:
    report = desk.fill(desk.begin(), **{name: " "})
    assert report["missing"] == [name]

    def export() -> object:
        return desk.reports.export(
            desk.number, report["id"], "pdf", RENDERERS["pdf"], "示范银行", "web"
        )

    assert refused(export) == {name, "signer"}
    assert refused(lambda: desk.sign(report)) == {name}
    assert refused(lambda: desk.reports.paper(desk.number, report["id"])) == {name, "signer"}


def test_a_signed_reports_paper_and_bytes_never_change(desk: Desk) -> None:
    signed = desk.sign(desk.fill(desk.begin()))

    def export(kind: Any) -> bytes:
        return desk.reports.export(
            desk.number, signed["id"], kind, RENDERERS[kind], "示范银行", "web"
        )

    first = {kind: export(kind) for kind in ("docx", "pdf")}
    paper = desk.reports.paper(desk.number, signed["id"])
    desk.reports.correct_time(
        desk.number, signed["id"], "occurred", desk.scene.now() - timedelta(minutes=20),
        "监控录像显示", "web:branch_contact",
    )  # fmt: skip
    desk.scene.crowd(5)
    assert {kind: export(kind) for kind in ("docx", "pdf")} == first
    assert desk.reports.paper(desk.number, signed["id"]) == paper
    view = desk.reports.one(desk.number, signed["id"])
    kept = {e["format"]: e["sha256"] for e in view["exports"]}
    assert kept == {kind: hashlib.sha256(data).hexdigest() for kind, data in first.items()}
    held = report_paper.to_json(paper)
    assert view["paper_sha256"] == report_paper.digest(held).hex()
    assert report_paper.from_json(json.loads(json.dumps(held))) == paper
    rerendered = RENDERERS["pdf"](paper, "示范银行", datetime.fromisoformat(view["signed_at"]))
    assert rerendered == first["pdf"]
    with pytest.raises(Conflict):
        desk.fill(signed)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE report_times SET at = now()",
        "DELETE FROM report_times",
        "UPDATE report_figures SET figures = '{}'",
        "DELETE FROM report_figures",
        "UPDATE report_exports SET content = ''",
        "UPDATE report_receipts SET number = '1'",
        "UPDATE evidence_files SET content = ''",
        "DELETE FROM evidence_files",
        "DELETE FROM reports",
    ],
)
def test_what_is_kept_for_good_the_application_cannot_change(
    db: TestDatabase, statement: str
) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        db.app.run(lambda c: c.execute(sa.text(statement)))


def test_a_field_with_nothing_to_see_is_empty(desk: Desk) -> None:
    report = desk.fill(desk.begin(), cause="\u200b\u00ad", trend="\u3164")
    assert refused(lambda: desk.sign(report)) == {"cause", "trend"}


def test_figures_frozen_anew_are_compared_with_one_report(desk: Desk) -> None:
    desk.made()
    desk.scene.acknowledge(desk.incident, "员工5", Role.BRANCH_LEADER)
    second = desk.sign(desk.fill(desk.begin("follow_up")))
    draft = desk.begin("follow_up")  # the first one is what was sent last
    assert "签收" in field(draft, "measures")
    desk.scene.crowd(3, product="稳盈三号")
    desk.send(second)
    draft = desk.reports.refreeze(desk.number, draft["id"], draft["version"], "web:x")
    assert "签收" not in field(draft, "measures")  # said by the second one
    signed = desk.sign(desk.fill(draft))
    paper = str(desk.reports.paper(desk.number, signed["id"]))
    assert second["number"] in paper and signed["number"] in paper


def test_without_a_regulator_the_fault_says_what_to_do(db: TestDatabase) -> None:
    scene = Scene(db)
    number = incident_number(str(scene.crowd(10)[-1]["incident"]))
    with pytest.raises(InvalidInput) as caught:
        scene.engine.reports.begin(number, Beginning("first", "regulator"), "web:x")
    (fault,) = caught.value.faults
    assert (fault.field, fault.zh) == ("addressee", "上海分行未登记当地监管机构")
    assert "登记监管局或监管分局" in fault.remedy_zh


def test_no_clients_name_or_number_anywhere(db: TestDatabase) -> None:
    scene = Scene(db)
    units = [UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=REGULATOR)]
    db.app.run(lambda c: save_units(c, units))
    name, phone, document = "欧阳雪梅", "13912345678", "310101197001011234"
    client = {"name": name, "phone": phone, "id_number": document, "account": "6222020200112233"}
    scene.crowd(9, product="稳盈三号")
    answer = scene.complain(client=client, summary=f"{name}投诉", product="稳盈三号")
    number = incident_number(str(answer["incident"]))
    reports = scene.engine.reports
    report = reports.begin(number, Beginning("first", "regulator"), "web:branch_contact")
    for text in (f"{name}称产品亏损", f"电话 {phone[:3]}-{phone[3:7]} {phone[7:]}", document):
        assert refused(partial(
            reports.edit, number, report["id"], report["version"], {"cause": text}, "web:x"
        )) == {"cause"}  # fmt: skip
    at, reason = scene.now() - timedelta(minutes=5), f"{name}的录像"
    assert refused(lambda: reports.correct_time(
        number, report["id"], "occurred", at, reason, "web:x")) == {"reason"}  # fmt: skip
    noted = ReceiptValue(scene.now(), "员工7", "消保处", "phone", note=f"{name}已联系")
    assert refused(lambda: reports.phone(number, report["id"], noted, "web:x")) == {"note"}
    report = reports.edit(number, report["id"], report["version"], {"request": "暂无"}, "web:x")
    signed = reports.sign(number, report["id"], report["version"], CONTACT, "web:branch_contact")
    shown = json.dumps([signed, reports.listed(number)], ensure_ascii=False)
    shown += str(reports.paper(number, report["id"]))
    shown += db.app.read(lambda c: str(c.execute(
        sa.text("SELECT subject, reason, before, after FROM journal WHERE verb LIKE 'report%'")
    ).all()))  # fmt: skip
    assert signed["number"] in shown
    for private in (name, phone, document, client["account"]):
        assert private not in shown


def test_a_shown_telephone_is_masked_and_sent_back_it_stays(desk: Desk) -> None:
    report = desk.begin()
    phone = desk.scene.phones["SH", Role.BRANCH_CONTACT]
    shown = {f["name"]: f for f in report["fields"]}["contact_phone"]["value"]
    assert shown == f"{phone[:3]}****{phone[-4:]}"
    report = desk.sign(desk.fill(report, contact_phone=shown))
    assert phone in str(desk.reports.paper(desk.number, report["id"]))
