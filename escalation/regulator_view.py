"""Regulator cases as they are read: a list by what is due next, one case, what is due to whom.

Words are opened and shown with clients' names and numbers masked; which complaints a case is about
is seen as far as the complaints themselves are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import regulator_case as rules
from core.clock import SHANGHAI, iso
from core.masking import ERASED, MASKS, mask_party
from core.vault import DataKey
from database.connection import business_now
from escalation.complaint_search import Party, masked_text
from escalation.duty_view import duty_view
from escalation.house import House
from escalation.ids import complaint_id, incident_id, regulator_case_id
from escalation.regulator_store import Row, case_of, key_of, opened, place, row_of
from escalation.sealing import PARTY, open_party

MOST = 200
_DATE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})")
#: When the next thing of a case is due: its deadline until it is filed, its open demands' own.
_NEXT = (
    "least(CASE WHEN k.state NOT IN ('filed','closed') THEN k.due_at END,"
    " (SELECT min(d.due_at) FROM regulator_demands d WHERE d.case_id = k.id"
    " AND d.state = 'open'))"
)


#: waiting: for an approval, or to be filed.
State = Literal["open", "overdue", "waiting", "closed", "all"]


@dataclass(frozen=True)
class Asked:
    """Which cases: open, overdue, closed or all; of one regulator, of a unit's area, by number."""

    state: State = "open"
    regulator: str | None = None
    unit: str | None = None
    text: str | None = None


_STATES: dict[State, str] = {
    "open": "k.state <> 'closed'",
    "overdue": "k.state <> 'closed' AND next_due <= :now",
    "waiting": "k.state IN ('drafted','approved')",
    "closed": "k.state = 'closed'",
    "all": "true",
}


def listed(connection: Connection, house: House, asked: Asked) -> dict[str, Any]:
    """``{now, cases, figures, regulators, more}``: the overdue first, then by what is due next."""
    now, tree = business_now(connection), house.tree(connection)
    unit = tree.by_code(asked.unit) if asked.unit else None
    given = {
        "now": now, "office": rules.number_key(asked.regulator) if asked.regulator else None,
        "path": unit.path if unit else ("/" if not asked.unit else "none"),
        "text": rules.number_key(asked.text) if asked.text else None, "most": MOST + 1,
    }  # fmt: skip
    rows = connection.execute(sa.text(
        f"SELECT k.* FROM (SELECT k.*, {_NEXT} AS next_due,"  # noqa: S608
        " (SELECT count(*) FROM regulator_demands d WHERE d.case_id = k.id) AS demands,"
        " (SELECT count(*) FROM regulator_demands d WHERE d.case_id = k.id AND d.state = 'open')"
        " AS demands_open, (SELECT count(*) FROM regulator_case_complaints l"
        " WHERE l.case_id = k.id) AS complaints FROM regulator_cases k) k"
        f" JOIN units u ON u.id = k.unit_id WHERE {_STATES[asked.state]}"
        " AND (CAST(:office AS text) IS NULL OR k.regulator_key = :office)"
        " AND (CAST(:text AS text) IS NULL OR strpos(k.number_key, :text) > 0)"
        " AND starts_with(u.path, :path)"
        " ORDER BY (k.state = 'closed'), next_due NULLS LAST, k.id DESC LIMIT :most"
    ), given).all()  # fmt: skip
    figures = connection.execute(sa.text(
        f"SELECT count(*) FILTER (WHERE state <> 'closed') AS open,"  # noqa: S608
        " count(*) FILTER (WHERE state <> 'closed' AND next_due <= :now) AS overdue,"
        " count(*) FILTER (WHERE state IN ('drafted','approved')) AS waiting,"
        " min(next_due) FILTER (WHERE state <> 'closed' AND next_due > :now) AS next_due,"
        " count(*) FILTER (WHERE state <> 'closed' AND next_due > :now"
        " AND next_due <= :tonight) AS today"
        f" FROM (SELECT k.state, {_NEXT} AS next_due FROM regulator_cases k) k"
    ), {"now": now, "tonight": _end_of_day(now, 0)}).one()  # fmt: skip
    offices = connection.scalars(sa.text(
        "SELECT min(regulator) FROM regulator_cases GROUP BY regulator_key ORDER BY 1"
    )).all()  # fmt: skip
    area, own = house.area, house.viewer.unit_id if house.viewer else None
    return {
        "units": [{"code": u.code, "name": u.short_name} for u in tree.all()
                  if u.path.startswith(area)],
        "here": tree.get(own).code if own is not None else None,
        "now": iso(now), "cases": [_line(house, row, now) for row in rows[:MOST]],
        "more": len(rows) > MOST, "regulators": list(offices),
        "figures": {"open": figures.open, "overdue": figures.overdue, "today": figures.today,
                    "waiting": figures.waiting, "next_due": iso(figures.next_due)},
    }  # fmt: skip


def _line(house: House, row: Row, now: datetime) -> dict[str, Any]:
    tree = house.tree()
    unit, filing = tree.get(row.unit_id), tree.get(row.filing_unit_id)
    next_due = row.next_due
    return {
        "id": regulator_case_id(row.id), "regulator": row.regulator, "level": row.level,
        "number": row.number, "unit": unit.code, "unit_name": unit.short_name,
        "filing_unit": filing.code, "filing_unit_name": filing.short_name,
        "received_at": iso(row.received_at), "via": row.received_via, "state": row.state,
        "round": row.round, "due_at": iso(row.due_at), "next_due": iso(next_due),
        "overdue": next_due is not None and next_due <= now and row.state != "closed",
        "demands": row.demands, "demands_open": row.demands_open, "complaints": row.complaints,
        "incident": incident_id(row.incident_id) if row.incident_id else None,
        "filed_at": iso(row.filed_at), "closed_at": iso(row.closed_at),
    }  # fmt: skip


def due(connection: Connection, house: House, days: int) -> dict[str, Any]:
    """What is due to which regulator until the end of today (`days` later): ``{now, until,
    regulators: [{regulator, level, items}]}``, the most overdue first."""
    now = business_now(connection)
    until = _end_of_day(now, days)
    rows = connection.execute(sa.text(
        "SELECT * FROM (SELECT k.id, k.regulator_key, k.regulator, k.level, k.number, k.unit_id,"
        " k.state, k.due_at, NULL AS position FROM regulator_cases k"
        " WHERE k.state NOT IN ('filed','closed')"
        " UNION ALL SELECT k.id, k.regulator_key, k.regulator, k.level, k.number, k.unit_id,"
        " k.state, d.due_at, d.position FROM regulator_demands d"
        " JOIN regulator_cases k ON k.id = d.case_id"
        " WHERE d.state = 'open' AND d.due_at IS NOT NULL AND k.state <> 'closed') AS x"
        " WHERE due_at <= :until ORDER BY due_at, id, position NULLS FIRST"
    ), {"until": until}).all()  # fmt: skip
    tree = house.tree(connection)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        office = found.setdefault(row.regulator_key, {
            "regulator": row.regulator, "level": row.level, "items": []})  # fmt: skip
        office["items"].append({
            "id": regulator_case_id(row.id), "number": row.number, "demand": row.position,
            "unit_name": tree.get(row.unit_id).short_name, "state": row.state,
            "due_at": iso(row.due_at), "overdue": row.due_at <= now,
        })  # fmt: skip
    return {"now": iso(now), "until": iso(until), "regulators": list(found.values())}


def _end_of_day(now: datetime, days: int) -> datetime:
    """24:00 of the day in Shanghai, so many days on."""
    local = now.astimezone(SHANGHAI)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days + 1)


def of_complaint(connection: Connection, complaint: int) -> list[dict[str, Any]]:
    """The cases that are about a complaint."""
    rows = connection.execute(sa.text(
        "SELECT k.id, k.regulator, k.number, k.state FROM regulator_case_complaints l"
        " JOIN regulator_cases k ON k.id = l.case_id WHERE l.complaint_id = :id ORDER BY k.id"
    ), {"id": complaint})  # fmt: skip
    return [{"id": regulator_case_id(r.id), "regulator": r.regulator, "number": r.number,
             "state": r.state} for r in rows]  # fmt: skip


def parties_of(connection: Connection, house: House, case_id: int) -> list[Party]:
    """Everybody whom the case's complaints name: for masking, over the whole bank."""
    rows = connection.execute(sa.text(
        f"SELECT p.client_id, p.role, {PARTY} FROM complaint_parties p"  # noqa: S608
        " JOIN regulator_case_complaints l ON l.complaint_id = p.complaint_id"
        " WHERE l.case_id = :id"
    ), {"id": case_id}).all()  # fmt: skip
    return [(r.client_id, r.role, open_party(house.vault, r)) for r in rows]


def one(
    connection: Connection, house: House, case_id: int, parties: Sequence[Party]
) -> dict[str, Any]:
    """One case with everything on it, words masked by `parties`. NotFound."""
    row = row_of(connection, case_id)
    case, key, now = case_of(connection, row), key_of(house, row), business_now(connection)
    tree = house.tree(connection)
    masked = _Masked(house, key, list(parties))
    filing = tree.get(row.filing_unit_id)
    head = connection.execute(sa.text(
        f"SELECT {_NEXT} AS next_due FROM regulator_cases k WHERE k.id = :id"  # noqa: S608
    ), {"id": case_id}).scalar()  # fmt: skip
    unit = tree.get(row.unit_id)
    return {
        "now": iso(now), "id": regulator_case_id(row.id), "regulator": row.regulator,
        "level": row.level, "number": row.number, "unit": unit.code, "unit_name": unit.short_name,
        "filing_unit": filing.code, "filing_unit_name": filing.name,
        "answers_here": house.viewer is None or house.viewer.sees(filing.path),
        "received_at": iso(row.received_at), "via": row.received_via, "state": row.state,
        "round": row.round, "due_at": iso(row.due_at), "next_due": iso(head), "basis": row.basis,
        "overdue": head is not None and head <= now and row.state != "closed",
        "entered_at": iso(row.entered_at), "entered_by": row.entered_name,
        "filed_at": iso(row.filed_at), "closed_at": iso(row.closed_at),
        "about": masked.text("regulator_cases", row.id, row.sealed, "about"),
        "incident": incident_id(row.incident_id) if row.incident_id else None,
        "acts": sorted(act for act in rules.ALLOWED if rules.may(case, act)),
        "own_draft": house.viewer is not None
        and rules.person_of(house.viewer.actor) in rules.writers(case),
        "demands": _demands(connection, case_id, masked, now),
        "contacts": _contacts(connection, case_id, masked),
        "answers": _answers(connection, case_id, masked),
        "filings": _filings(connection, case_id),
        "extensions": _extensions(connection, case_id, masked),
        "complaints": _complaints(connection, house, case_id),
        "duties": _duties(connection, house, row),
        "provable": _provable(connection, house, row),
    }  # fmt: skip


class _Masked:
    """Opens a case's envelopes and masks the clients in them."""

    def __init__(self, house: House, key: DataKey, parties: list[Party]) -> None:
        self.house, self.key, self.parties = house, key, parties

    def text(
        self, table: str, number: int, sealed: Any, name: str, column: str = "sealed"
    ) -> str | None:
        said = self.plain(table, number, sealed, name, column)
        if said is None:
            return None
        if any(fields is None for _client, _role, fields in self.parties):
            return ERASED["zh"]  # whose name it was is not known any more: none can be masked
        # A date is nobody's number.
        return "".join(
            part if _DATE.fullmatch(part) else masked_text(part, self.parties) or ""
            for part in _DATE.split(said)
        )

    def plain(
        self, table: str, number: int, sealed: Any, name: str, column: str = "sealed"
    ) -> str | None:
        """As it stands: for a reply, which was looked through when it was written."""
        return opened(self.house, self.key, place(table, number, column), sealed).get(name)


def _demands(
    connection: Connection, case_id: int, masked: _Masked, now: datetime
) -> list[dict[str, Any]]:
    rows = connection.execute(sa.text(
        "SELECT * FROM regulator_demands WHERE case_id = :id ORDER BY position"
    ), {"id": case_id})  # fmt: skip
    return [{
        "position": r.position, "round": r.round, "state": r.state, "due_at": iso(r.due_at),
        "overdue": r.state == "open" and r.due_at is not None and r.due_at <= now,
        "text": masked.text("regulator_demands", r.id, r.sealed, "text"),
        "outcome": masked.text("regulator_demands", r.id, r.ended_sealed, "outcome",
                               "ended_sealed"),
        "added_at": iso(r.added_at), "ended_at": iso(r.ended_at),
    } for r in rows]  # fmt: skip


def _contacts(connection: Connection, case_id: int, masked: _Masked) -> list[dict[str, Any]]:
    rows = connection.execute(sa.text(
        "SELECT * FROM regulator_contacts WHERE case_id = :id ORDER BY at DESC, id DESC"
    ), {"id": case_id})  # fmt: skip
    return [{
        "id": r.id, "at": iso(r.at), "via": r.via, "direction": r.direction, "by": r.by,
        "to": masked.text("regulator_contacts", r.id, r.sealed, "to"),
        "note": masked.text("regulator_contacts", r.id, r.sealed, "note"),
    } for r in rows]  # fmt: skip


def _answers(connection: Connection, case_id: int, masked: _Masked) -> list[dict[str, Any]]:
    rows = connection.execute(sa.text(
        "SELECT * FROM regulator_answers WHERE case_id = :id ORDER BY number DESC"
    ), {"id": case_id})  # fmt: skip
    return [{
        "version": r.number, "round": r.round, "state": r.state,
        "text": masked.plain("regulator_answers", r.id, r.sealed, "text"),
        "drafted_by": r.drafted_name, "drafted_at": iso(r.drafted_at),
        "decided_by": r.decided_name, "decided_at": iso(r.decided_at),
        "remark": masked.text("regulator_answers", r.id, r.remark_sealed, "remark",
                              "remark_sealed"),
    } for r in rows]  # fmt: skip


def _filings(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(sa.text(
        "SELECT f.*, a.number AS version, e.sha256, e.media_type FROM regulator_filings f"
        " JOIN regulator_answers a ON a.id = f.answer_id"
        " LEFT JOIN evidence_files e ON e.id = f.file_id"
        " WHERE f.case_id = :id ORDER BY f.id DESC"
    ), {"id": case_id})  # fmt: skip
    return [{
        "id": r.id, "version": r.version, "regulator": r.regulator, "level": r.level,
        "number": r.number, "by": r.by, "to": r.to, "via": r.via, "at": iso(r.at),
        "file": r.file_id, "media_type": r.media_type,
        "sha256": bytes(r.sha256).hex() if r.sha256 is not None else None,
    } for r in rows]  # fmt: skip


def _extensions(connection: Connection, case_id: int, masked: _Masked) -> list[dict[str, Any]]:
    rows = connection.execute(sa.text(
        "SELECT * FROM regulator_extensions WHERE case_id = :id ORDER BY id"
    ), {"id": case_id})  # fmt: skip
    names = ("by", "number", "reason")
    return [{
        "from": iso(r.old_due_at), "to": iso(r.new_due_at), "at": iso(r.consent_at),
        "via": r.consent_via,
        **{n: masked.text("regulator_extensions", r.id, r.sealed, n) for n in names},
    } for r in rows]  # fmt: skip


def _complaints(connection: Connection, house: House, case_id: int) -> list[dict[str, Any]]:
    """The linked complaints that the viewer sees, their parties masked."""
    tree = house.tree(connection)
    rows = connection.execute(sa.text(
        "SELECT c.id, c.received_at, c.channel, c.unit_id, c.product, c.status"
        " FROM regulator_case_complaints l JOIN complaints c ON c.id = l.complaint_id"
        " WHERE l.case_id = :id ORDER BY c.received_at, c.id"
    ), {"id": case_id}).all()  # fmt: skip
    names: dict[int, list[str]] = {}
    for party in connection.execute(sa.text(
        f"SELECT {PARTY} FROM complaint_parties p"  # noqa: S608
        " WHERE p.complaint_id = ANY(:ids) ORDER BY p.complaint_id, p.position"
    ), {"ids": [r.id for r in rows]}):  # fmt: skip
        fields = open_party(house.vault, party)
        shown = dict.fromkeys(MASKS) if fields is None else mask_party(fields)
        names.setdefault(party.complaint_id, []).append(shown["name"] or shown["phone"] or "")
    return [{
        "complaint": complaint_id(r.id), "received_at": iso(r.received_at), "channel": r.channel,
        "unit_name": tree.get(r.unit_id).short_name, "product": r.product, "status": r.status,
        "clients": names.get(r.id, []),
    } for r in rows]  # fmt: skip


def _duties(connection: Connection, house: House, row: Row) -> list[dict[str, Any]]:
    """The clocks that its contact or its receipt ends, as far as the viewer sees them."""
    rows = connection.execute(sa.text(
        "SELECT d.* FROM duties d WHERE d.id IN"
        " (SELECT duty_id FROM regulator_case_duties WHERE case_id = :id)"
        " OR d.complaint_id IN (SELECT complaint_id FROM regulator_case_complaints"
        "  WHERE case_id = :id) AND ('regulator_receipt' = ANY(d.fulfilled_by)"
        "  OR d.rule -> 'where' -> 'channels' @> '[\"regulator\"]') ORDER BY d.due_at, d.id"
    ), {"id": row.id}).all()  # fmt: skip
    return [duty_view(house, r) for r in rows]


def _provable(connection: Connection, house: House, row: Row) -> list[dict[str, Any]]:
    """Open duties of the linked incident that a regulator's receipt may prove as well."""
    rows = connection.execute(sa.text(
        "SELECT d.* FROM duties d WHERE d.incident_id = CAST(:incident AS bigint)"
        " AND d.state = 'open' AND 'regulator_receipt' = ANY(d.fulfilled_by)"
        " ORDER BY d.due_at, d.id"
    ), {"incident": row.incident_id}).all()  # fmt: skip
    return [duty_view(house, r) for r in rows]
