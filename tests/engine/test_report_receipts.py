"""Receipts: what proves a report was sent, and which duties that ends."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from core.errors import Conflict
from escalation import evidence_files
from escalation.command import Who
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from tests.engine.report_desk import PNG, Desk, race, refused
from tests.engine.scene import shipped_plan
from tests.postgres import TestDatabase


def test_wp13r_a_regulators_receipt_ends_the_regulators_duty_only(desk: Desk) -> None:
    sent = desk.made()
    assert sent["ended"] == ["WP-13-R"]
    states = desk.duties()
    assert (states["WP-13-R"], states["WP-13"], states["HO-ACK"]) == ("fulfilled", "open", "open")
    (duty,) = [d for d in desk.scene.incident(desk.incident)["duties"] if d["clause"] == "WP-13-R"]
    assert duty["evidence"]["kind"] == "regulator_receipt"
    assert duty["evidence"]["report"] == sent["number"]
    assert duty["evidence"]["number"] == "沪监收77号"


def test_wp13_head_offices_receipt_ends_the_report_to_head_office(desk: Desk) -> None:
    sent = desk.made(to="head_office")
    assert "WP-13" in sent["ended"]
    states = desk.duties()
    assert (states["WP-13"], states["WP-13-R"], states["HO-ACK"]) == ("fulfilled", "open", "open")


@pytest.mark.parametrize("to", ["head_office", "regulator"])
@pytest.mark.parametrize("reported", ["part", "whole"])
def test_a_parts_report_proves_the_parts_duties_and_the_wholes_report_both(
    desk: Desk, to: str, reported: str
) -> None:
    """The part's report tells its own crowd: the whole still owes its report, also once split."""
    clause = {"head_office": "WP-13", "regulator": "WP-13-R"}[to]
    boss, command = Who("员工2", "ho_deputy"), desk.scene.engine.command
    part, whole = desk.number, incident_number(str(desk.scene.crowd(10, "SH2")[-1]["incident"]))
    command.merge(part, whole, boss, "同一批客户")
    assert (_listed(desk, clause, part), _listed(desk, clause, whole)) == (1, 2)
    desk.number = {"part": part, "whole": whole}[reported]
    ended = desk.made(to=to)["ended"]
    assert ended.count(clause) == {"part": 1, "whole": 2}[reported]
    command.take_out(part, boss, "不是同一批客户")
    wanted = {"part": "open", "whole": "fulfilled"}[reported]
    assert _states(desk, clause) == {part: "fulfilled", whole: wanted}


def _listed(desk: Desk, clause: str, incident: int) -> int:
    return [d["clause"] for d in desk.reports.listed(incident)["owed"]].count(clause)


def _states(desk: Desk, clause: str) -> dict[int, str]:
    rows = desk.scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT incident_id, state FROM duties WHERE clause = :clause"),
        {"clause": clause}).all())  # fmt: skip
    return {r.incident_id: r.state for r in rows}


def test_wp14_is_ended_by_the_reports_that_its_clause_takes(desk: Desk) -> None:
    desk.scene.gather(40)
    large = {c for c, s in desk.duties().items() if c.startswith("WP-14") and s == "open"}
    assert large
    ended = set(desk.made()["ended"]) | set(desk.made(to="head_office")["ended"])
    assert large <= ended
    assert not [c for c, s in desk.duties().items() if c in large and s == "open"]


def test_sent_only_with_its_receipt_and_only_once(desk: Desk) -> None:
    report = desk.fill(desk.begin())
    with pytest.raises(Conflict, match="sign the report first"):
        desk.send(report)
    signed = desk.sign(report)
    assert refused(lambda: desk.send(signed, number=" ")) == {"number"}
    late = desk.scene.now() + timedelta(hours=1)
    assert refused(lambda: desk.send(signed, at=late)) == {"at"}
    before = desk.scene.now() - timedelta(hours=1)
    assert refused(lambda: desk.send(signed, at=before)) == {"at"}
    assert desk.reports.one(desk.number, signed["id"])["state"] == "signed"
    results = race([lambda: desk.send(signed)] * 4)
    assert sum(isinstance(r, dict) for r in results) == 1
    with pytest.raises(Conflict):
        desk.reports.discard(desk.number, signed["id"], "想撤回", "web:x")
    value = ReceiptValue(desk.scene.now(), "监管局", "员工7", "written")
    assert desk.reports.receive(desk.number, signed["id"], value, "web:x")["state"] == "received"


@pytest.mark.parametrize("blank", ["", " ", "\u200b\u2060"])
def test_a_receipt_says_who_handed_it_to_whom(desk: Desk, blank: str) -> None:
    report = desk.sign(desk.fill(desk.begin()))
    assert refused(lambda: desk.send(report, by=blank, to=blank)) == {"by", "to"}
    naive = desk.scene.now().replace(tzinfo=None)
    assert refused(lambda: desk.send(report, at=naive, number=blank)) == {"at", "number"}
    called = ReceiptValue(desk.scene.now(), blank, blank, "phone")
    assert refused(
        lambda: desk.reports.phone(desk.number, report["id"], called, "web:x")
    ) == {"by", "to"}  # fmt: skip
    sent = desk.send(report)
    assert refused(
        lambda: desk.reports.receive(desk.number, sent["id"], called, "web:x")
    ) == {"by", "to"}  # fmt: skip


def test_by_telephone_first_then_in_writing(desk: Desk) -> None:
    """The regional half-hour rule: told by telephone before the written report is signed."""
    report = desk.begin()
    value = ReceiptValue(desk.scene.now(), "员工7", "消保处值班", "phone")
    phoned = desk.reports.phone(desk.number, report["id"], value, "web:branch_contact")
    assert (phoned["state"], phoned["receipts"][0]["kind"]) == ("draft", "phoned")
    assert desk.duties()["WP-13-R"] == "open"  # a call is no receipt
    desk.sign(desk.fill(phoned))
    paper = desk.reports.paper(desk.number, report["id"])
    assert "由员工7电话报告消保处值班" in str(paper)


def test_re30m_a_call_to_the_regulator_ends_the_half_hour_clock_only(db: TestDatabase) -> None:
    """RE-30M by telephone, RE-1H in writing: the one does not end the other."""
    desk = Desk(db)
    desk.scene.house.plan = shipped_plan("regional-emergency-report")
    desk.scene.gather(60)
    assert {"RE-30M", "RE-1H"} <= set(desk.duties())
    report = desk.begin()
    value = ReceiptValue(desk.scene.now(), "员工7", "消保处值班", "phone")
    phoned = desk.reports.phone(desk.number, report["id"], value, "web:branch_leader")
    assert phoned["ended"] == ["RE-30M"]
    assert (desk.duties()["RE-30M"], desk.duties()["RE-1H"]) == ("fulfilled", "open")
    assert "RE-1H" in desk.send(desk.sign(desk.fill(phoned)))["ended"]


def test_the_receipts_scan_is_what_its_content_is(desk: Desk) -> None:
    signed = desk.sign(desk.fill(desk.begin()))
    for content in (b"", b"<html><script>", b"%PDF-1.7 and no end", b"\x89PNG\r\n\x1a\n cut"):
        assert refused(partial(desk.send, signed, file=content)) == {"file"}
    big = PNG[:-8] + b"\0" * evidence_files.MOST_BYTES + PNG[-8:]
    assert refused(lambda: desk.send(signed, file=big)) == {"file"}
    sent = desk.send(signed, file=PNG)
    (receipt,) = sent["receipts"]
    file = desk.reports.file(desk.number, receipt["file"])
    assert (file.media_type, file.content) == ("image/png", PNG)
    assert file.sha256 == receipt["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert file.name == f"evidence-{receipt['file']}.png"


def test_what_is_owed_leads_to_its_report(desk: Desk) -> None:
    owed = {d["clause"]: d for d in desk.reports.listed(desk.number)["owed"]}
    assert owed["WP-13-R"]["answers"] == [
        {"addressee": "regulator", "report": None, "kind": "first"}
    ]
    value = Beginning("first", "regulator", owed["WP-13-R"]["duty"])
    report = desk.reports.begin(desk.number, value, "web:branch_contact")
    owed = {d["clause"]: d for d in desk.reports.listed(desk.number)["owed"]}
    assert owed["WP-13-R"]["answers"][0]["report"] == report["id"]
    wrong = Beginning("first", "head_office", owed["WP-13-R"]["duty"])
    assert refused(lambda: desk.reports.begin(desk.number, wrong, "x")) == {"duty"}
