"""Told by telephone, sent, received: what was signed leaves the house only with its receipt.

A receipt of the written report ends the open duties that it answers (WP-13, WP-13-R, WP-14).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput
from core.validation import has_words, no_zone
from escalation import duties, evidence_files, privacy, report_times
from escalation.about import About
from escalation.house import House
from escalation.report_drafting import note
from escalation.report_store import Row, incident_row, owed, report_row

Via = Literal["phone", "written", "system"]


@dataclass(frozen=True)
class ReceiptValue:
    """Who handed the report to whom, when, how, and under which number it was taken in.

    `file` is a picture or scan of the receipt.
    """

    at: datetime
    by: str
    to: str
    via: Via
    number: str | None = None
    note: str | None = None
    file: bytes | None = None


def phone(
    connection: Connection, house: House, incident_id: int, report_id: int, value: ReceiptValue,
    now: datetime, actor: str,
) -> list[str]:  # fmt: skip
    """Note that it was reported by telephone, before or beside the written one; the clauses that
    asked for the call. Conflict when it was sent or discarded."""
    row = report_row(connection, incident_id, report_id, lock=True)
    if row.state not in ("draft", "signed"):
        raise Conflict("报告已报送或作废", "the report was sent or discarded already")
    _refuse_unsaid(value, "by", "to")
    known = report_times.latest(report_times.read(connection, incident_id, None))
    before = {k: v for k, v in known.items() if k in report_times.OF_INCIDENT}
    faults = report_times.faults_of("sent", value.at, before, now)
    if faults:
        raise InvalidInput(faults)
    _store(connection, house, row, "phoned", value, now, actor)
    note(connection, "report_phoned", incident_id, row.unit_id, report_id, actor, now,
         addressee=row.addressee, kind=row.kind)  # fmt: skip
    return _prove(connection, house, row, value, None, now, actor, by_phone=True)


def send(
    connection: Connection, house: House, incident_id: int, report_id: int, value: ReceiptValue,
    now: datetime, actor: str,
) -> list[str]:  # fmt: skip
    """Mark a signed report as sent, by its receipt; the clauses whose duties that ended.

    Conflict for a draft or one sent before; InvalidInput for a receipt that lacks something.
    """
    row = report_row(connection, incident_id, report_id, lock=True)
    if row.state != "signed":
        raise Conflict(
            "报告须先签发" if row.state == "draft" else "报告已报送或作废",
            "sign the report first" if row.state == "draft" else "it was sent or discarded already",
        )
    _refuse_unsaid(value, "by", "to", "number")
    report_times.enter(connection, incident_id, report_id, "sent", value.at, now, actor)
    file_id = _store(connection, house, row, "sent", value, now, actor)
    _set_state(connection, row, "sent")
    note(connection, "report_sent", incident_id, row.unit_id, report_id, actor, now,
         number=row.number_text, kind=row.kind, addressee=row.addressee)  # fmt: skip
    return _prove(connection, house, row, value, file_id, now, actor)


_SAID = {
    "by": ("缺少报送人", "请填写报送人", "name who handed it over"),
    "to": ("缺少接收人", "请填写接收人", "name who took it in"),
    "number": ("缺少回执编号", "请填写回执编号", "give the receipt's number"),
}


def _refuse_unsaid(value: ReceiptValue, *names: str) -> None:
    """InvalidInput for each of these that is empty, and for a time without its zone."""
    faults = [
        FieldFault(name, _SAID[name][0], "is missing", *_SAID[name][1:])
        for name in names if not has_words(getattr(value, name))
    ]  # fmt: skip
    if value.at.tzinfo is None:
        faults.append(no_zone("at"))
    if faults:
        raise InvalidInput(faults)


def _prove(
    connection: Connection, house: House, row: Row, value: ReceiptValue, file_id: int | None,
    now: datetime, actor: str, *, by_phone: bool = False,
) -> list[str]:  # fmt: skip
    house.tree(connection)
    incident = incident_row(connection, row.incident_id)
    evidence: dict[str, Any] = {
        "at": iso(value.at), "by": value.by, "to": value.to, "number": value.number,
        "via": value.via, "note": value.note, "report": row.number_text, "report_id": row.id,
        **({"file": file_id} if file_id else {}),
    }  # fmt: skip
    ended = []
    for duty in owed(connection, house, incident, house.tree().get(row.unit_id)):
        kind = duty.kinds.get(row.addressee) if duty.by_phone == by_phone else None
        about = duties.About(duty_id=duty.id)
        if kind and duties.fulfil(connection, about, kind, evidence, now, actor):
            ended.append(duty.clause)
    return ended


def receive(
    connection: Connection, house: House, incident_id: int, report_id: int, value: ReceiptValue,
    now: datetime, actor: str,
) -> None:  # fmt: skip
    """Note that the addressee confirmed it. Conflict unless it was sent and not yet confirmed."""
    row = report_row(connection, incident_id, report_id, lock=True)
    if row.state != "sent":
        raise Conflict("报告尚未报送或已确认收悉", "it is not sent yet, or confirmed already")
    _refuse_unsaid(value, "by", "to")
    report_times.enter(connection, incident_id, report_id, "received", value.at, now, actor)
    _store(connection, house, row, "received", value, now, actor)
    _set_state(connection, row, "received")
    note(connection, "report_received", incident_id, row.unit_id, report_id, actor, now,
         number=row.number_text, kind=row.kind, addressee=row.addressee)  # fmt: skip


def _set_state(connection: Connection, row: Row, state: str) -> None:
    connection.execute(
        sa.text("UPDATE reports SET state = :state, version = version + 1 WHERE id = :id"),
        {"state": state, "id": row.id},
    )


def _store(
    connection: Connection, house: House, row: Row, kind: str, value: ReceiptValue, now: datetime,
    actor: str,
) -> int | None:  # fmt: skip
    """Append the receipt, with its file; the file's id."""
    said = {"by": value.by, "to": value.to, "number": value.number, "note": value.note}
    about = About(incident_id=row.incident_id)
    privacy.refuse_clients(connection, house, about, said, by=value.by)
    file_id = None
    if value.file is not None:
        file_id = evidence_files.keep(
            connection, house.vault, value.file, now, actor, incident_id=row.incident_id
        )
    connection.execute(
        sa.text(
            'INSERT INTO report_receipts (report_id, kind, at, by, "to", number, via, note,'
            " file_id, entered_by, entered_at) VALUES (:report, :kind, :at, :by, :to, :number,"
            " :via, :note, :file, :actor, :now)"
        ),
        {
            "report": row.id, "kind": kind, "at": value.at, "by": value.by, "to": value.to,
            "number": value.number, "via": value.via, "note": value.note, "file": file_id,
            "actor": actor, "now": now,
        },
    )  # fmt: skip
    return file_id
