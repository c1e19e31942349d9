"""Reading a report's rows, and who else is concerned: its unit, its addressee, its duties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.words import Level
from escalation.house import House
from escalation.report_rules import Past, proof

Row = sa.Row[Any]

_ONE = sa.text("SELECT * FROM reports WHERE id = :id AND incident_id = :incident")
_ONE_LOCKED = sa.text(f"{_ONE.text} FOR UPDATE")


def incident_row(connection: Connection, incident_id: int) -> Row:
    """What reports need of an incident; NotFound."""
    row = connection.execute(
        sa.text(
            "SELECT id, code, state, severity, unit_id, parent_id, stood_down_at FROM incidents"
            " WHERE id = :id"
        ),
        {"id": incident_id},
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    return row


def report_row(
    connection: Connection, incident_id: int, report_id: int, *, lock: bool = False
) -> Row:
    """A report of this incident; NotFound. `lock` holds it until the transaction ends."""
    row = connection.execute(
        _ONE_LOCKED if lock else _ONE,
        {"id": report_id, "incident": incident_id},
    ).one_or_none()
    if row is None:
        raise NotFound("report")
    return row


def report_rows(connection: Connection, incident_id: int) -> list[Row]:
    """Every report of an incident, newest first."""
    return list(connection.execute(
        sa.text("SELECT * FROM reports WHERE incident_id = :id ORDER BY id DESC"),
        {"id": incident_id},
    ))  # fmt: skip


def draft_row(connection: Connection, incident_id: int, report_id: int, version: int) -> Row:
    """A draft, locked, at the version that the caller has seen. NotFound; Conflict otherwise.

    The Conflict carries the version and the fields as they are now, so that nobody's text is lost.
    """
    row = report_row(connection, incident_id, report_id, lock=True)
    if row.state != "draft":
        shown = f"（{row.number_text}）" if row.number_text else ""
        raise Conflict(
            f"报告已不是草稿{shown}", "the report is no draft any more",
            state=row.state, number=row.number_text,
        )  # fmt: skip
    if row.version != version:
        raise Conflict(
            "他人已改动本报告，请核对两份内容", "somebody changed the report meanwhile",
            version=row.version, fields=row.fields,
        )  # fmt: skip
    return row


def past_of(connection: Connection, incident_id: int, unit_id: int, addressee: str) -> list[Past]:
    """The reports there are to one addressee from one unit, oldest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, kind, state, signed_at FROM reports WHERE incident_id = :incident"
            " AND unit_id = :unit AND addressee = :addressee ORDER BY id"
        ),
        {"incident": incident_id, "unit": unit_id, "addressee": addressee},
    ).all()
    return [Past(r.id, r.kind, r.state, r.signed_at) for r in rows]


# --- who reports, to whom ---------------------------------------------------------------------


def reporting_unit(house: House, unit_id: int) -> Unit:
    """The branch that reports what happens at a unit; head office for what is nobody's alone."""
    tree = house.tree()
    return tree.ancestor(unit_id, Level.BRANCH) or tree.lineage(unit_id)[0]


def regulator_of(house: House, incident_unit: int, reporting: Unit) -> str | None:
    """The local regulator: of the place itself where it has one of its own, else of its branch."""
    tree = house.tree()
    lineage = [u for u in tree.lineage(incident_unit) if u.path.startswith(reporting.path)]
    return next((u.regulator for u in reversed(lineage) if u.regulator), reporting.regulator)


def addressee_name(house: House, addressee: str, incident_unit: int, reporting: Unit) -> str:
    """Whom the paper is addressed to. InvalidInput where that is nobody."""
    if addressee == "head_office":
        head = house.tree().head_office()
        if head is None or head.id == reporting.id:
            raise InvalidInput([FieldFault(
                "addressee", "总行无须向总行报告", "head office does not report to itself",
                "请从分行的时限任务拟写", "begin it from a branch's duty",
            )])  # fmt: skip
        return head.name
    found = regulator_of(house, incident_unit, reporting)
    if not (found or "").strip():
        raise InvalidInput([FieldFault(
            "addressee", f"{reporting.short_name}未登记当地监管机构",
            f"{reporting.short_name} has no regulator on file",
            f"请先在机构资料中为{reporting.short_name}登记监管局或监管分局",
            "enter the branch's regulator in the unit data first",
        )])  # fmt: skip
    return str(found)


# --- duties that a report answers -----------------------------------------------------------------


@dataclass(frozen=True)
class Owed:
    """An open duty that a receipt can end: to whom, as which evidence.

    `by_phone`: it asks for a call to the regulator, which the written report does not replace.
    """

    id: int
    incident_id: int
    clause: str
    title_zh: str
    title_en: str
    role: str
    unit_id: int
    due_at: datetime
    warn_at: datetime | None
    kinds: dict[str, str]
    by_phone: bool


def owed(
    connection: Connection, house: House, incident: Row, reporting: Unit | None = None
) -> list[Owed]:
    """Open duties that a report on the incident answers, by due time: its own and its parts',
    never those of the incident it is part of, whose crowd it does not tell. Of one unit's area
    (head office's: its own seat alone) when `reporting` is given."""
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.incident_id, d.clause, d.title_zh, d.title_en, d.role, d.unit_id,"
            " d.due_at, d.warn_at, d.fulfilled_by, d.rule FROM duties d JOIN incidents n"
            " ON n.id = d.incident_id WHERE d.state = 'open'"
            " AND d.fulfilled_by && '{regulator_receipt,report_receipt,contact}'"
            " AND (n.id = :id OR n.parent_id = :id) ORDER BY d.due_at, d.id"
        ),
        {"id": incident.id},
    ).all()
    found = [_owed(r) for r in rows]
    return [
        d for d in found
        if d.kinds and (reporting is None or reporting_unit(house, d.unit_id).id == reporting.id)
    ]  # fmt: skip


def _owed(row: Row) -> Owed:
    kinds, by_phone = _kinds(row.fulfilled_by), False
    if not kinds and row.rule.get("ladder") == "regulator" and "contact" in row.fulfilled_by:
        kinds, by_phone = {"regulator": "contact"}, True
    return Owed(row.id, row.incident_id, row.clause, row.title_zh, row.title_en, row.role,
                row.unit_id, row.due_at, row.warn_at, kinds, by_phone)  # fmt: skip


def _kinds(fulfilled_by: Sequence[str]) -> dict[str, str]:
    """Addressee -> the kind of evidence that its receipt is for this duty."""
    found = {a: proof(a, fulfilled_by) for a in ("head_office", "regulator")}
    return {a: kind for a, kind in found.items() if kind}
