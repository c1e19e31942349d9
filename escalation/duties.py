"""The clockwork of duties: reminders, breaches and the ladder after them; ending by evidence.

Each duty carries its calls with their absolute times. A tick claims duties whose next call has
come and does all calls that are due, so a late tick does what many would have done. Whom a call
tells is a notice; `escalation.notices` makes one text a person of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.roster import Holder, holders
from core.clock import iso
from core.words import Role
from database import journal
from escalation.house import House
from escalation.only import OF_DUTIES, Only, bound
from escalation.telling import holder_of

_VERBS = {"reminder": "duty_warned", "breach": "duty_breached", "step": "duty_escalated"}

_DUE = sa.text(
    "SELECT d.id, d.clause, d.title_zh, d.title_en, d.incident_id, d.complaint_id, d.unit_id,"  # noqa: S608
    " d.role, d.person_id, d.due_at, d.calls, d.next_at FROM duties d"
    " LEFT JOIN incidents n ON n.id = d.incident_id"
    " WHERE d.state = 'open' AND d.next_at <= :now AND n.state IS DISTINCT FROM 'closed'"
    f" AND {OF_DUTIES} ORDER BY d.next_at, d.id LIMIT 200 FOR UPDATE OF d SKIP LOCKED"
)


def due_calls(
    calls: Sequence[dict[str, Any]], next_at: datetime, now: datetime
) -> tuple[list[int], datetime | None]:
    """Which calls (positions) are due by `now`, from `next_at` on; when the next one is. Pure."""
    times = [datetime.fromisoformat(c["at"]) for c in calls]
    due = [n for n, at in enumerate(times) if next_at <= at <= now]
    return due, min((at for at in times if at > now), default=None)


def run_clocks(
    connection: Connection, house: House, now: datetime, only: Only | None = None
) -> bool:
    """Do every call whose time has come, of `only` these duties or of all; False when none."""
    rows = connection.execute(_DUE, {"now": now, **bound(only)}).all()
    for row in rows:
        _run(connection, house, row, now)
    return bool(rows)


def _run(connection: Connection, house: House, row: sa.Row[Any], now: datetime) -> None:
    due, following = due_calls(row.calls, row.next_at, now)
    kinds = {row.calls[n]["kind"] for n in due}
    connection.execute(
        sa.text(
            "UPDATE duties SET next_at = :next,"
            " warned_at = CASE WHEN :warned THEN coalesce(warned_at, :now) ELSE warned_at END,"
            " breached_at = CASE WHEN :breached THEN coalesce(breached_at, :now)"
            " ELSE breached_at END WHERE id = :id"
        ),
        {
            "next": following, "warned": "reminder" in kinds, "breached": "breach" in kinds,
            "now": now, "id": row.id,
        },
    )  # fmt: skip
    entries = []
    for n in due:
        call = row.calls[n]
        told, missed = _notify(connection, house, row, n, call, now)
        entries.append(journal.Entry(
            verb=_VERBS[call["kind"]], subject=f"duty:{row.id}", actor="engine",
            incident_id=row.incident_id, unit_id=row.unit_id,
            after={"clause": row.clause, "due": iso(row.due_at), "called": call["at"],
                   "told": told, "missed": missed, **titles(row)},
        ))  # fmt: skip
    journal.write(connection, now, *entries)


def _notify(
    connection: Connection, house: House, row: sa.Row[Any], step: int, call: dict[str, Any],
    now: datetime,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    """A notice for whoever holds each role; where nobody can be reached, for the next step's."""
    told: list[dict[str, Any]] = []
    missed: list[dict[str, Any]] = []
    for number, candidate in _candidates(row.calls, step):
        for role in candidate["roles"]:
            # A reminder is for whoever owes the duty now, though it was handed on since.
            owed_by = row.role if call["kind"] == "reminder" else role
            holder, why = _holder(connection, house, row, Role(owed_by), call["kind"], now)
            if holder is None:
                missed.append({"role": owed_by, "why": why})
            else:
                told.append({"role": owed_by, "person": holder.person_id})
                _notice(connection, row.id, call["kind"], number, holder, candidate["at"])
        if told or call["kind"] == "reminder":
            break
    return told, missed


def _candidates(calls: Sequence[dict[str, Any]], step: int) -> list[tuple[int, dict[str, Any]]]:
    """The call itself and, in case it reaches nobody, the ladder's later steps."""
    if not calls[step]["roles"]:
        return []
    later = [(n, c) for n, c in enumerate(calls) if n > step and c["kind"] == "step"]
    return [(step, calls[step]), *later]


def _holder(
    connection: Connection, house: House, row: sa.Row[Any], role: Role, kind: str, now: datetime
) -> tuple[Holder | None, str]:
    """Whom to tell in this role: a reminder goes to the named person who owes it, if reachable."""
    if kind == "reminder" and row.person_id is not None:
        found = holders(connection, row.unit_id, role, now)
        named = next((h for h in found if h.person_id == row.person_id and h.reachable), None)
        if named is not None:
            return named, ""
    return holder_of(connection, house, row.unit_id, role, now)


def _notice(
    connection: Connection, duty: int, kind: str, step: int, holder: Holder, called_at: str
) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO duty_notices (duty_id, kind, step, person_id, phone, to_role, unit_id,"
            " called_at) VALUES (:duty, :kind, :step, :person, :phone, :role, :unit, :at)"
            " ON CONFLICT DO NOTHING"
        ),
        {
            "duty": duty, "kind": kind, "step": step, "person": holder.person_id,
            "phone": str(holder.phone), "role": holder.role.value, "unit": holder.unit_id,
            "at": called_at,
        },
    )  # fmt: skip


@dataclass(frozen=True)
class About:
    """Whose duties: an incident's, a complaint's, or exactly one duty."""

    incident_id: int | None = None
    complaint_id: int | None = None
    duty_id: int | None = None


_FULFIL = sa.text(
    "UPDATE duties SET state = 'fulfilled', ended_at = :now, next_at = NULL,"
    " evidence = CAST(:evidence AS jsonb) WHERE state = 'open' AND :kind = ANY(fulfilled_by)"
    " AND (CAST(:duty AS bigint) IS NULL OR id = :duty)"
    " AND (CAST(:incident AS bigint) IS NULL OR incident_id = :incident)"
    " AND (CAST(:complaint AS bigint) IS NULL OR complaint_id = :complaint)"
    " AND coalesce(:duty, :incident, :complaint) IS NOT NULL"
    " RETURNING id, clause, title_zh, title_en, incident_id, unit_id, due_at"
)


def fulfil(
    connection: Connection, about: About, kind: str, evidence: dict[str, Any], now: datetime,
    actor: str,
) -> int:  # fmt: skip
    """End open duties that evidence of this kind fulfils; returns how many."""
    rows = connection.execute(
        _FULFIL,
        {
            "now": now, "evidence": json.dumps({"kind": kind, **evidence}), "kind": kind,
            "duty": about.duty_id, "incident": about.incident_id, "complaint": about.complaint_id,
        },
    ).all()  # fmt: skip
    journal.write(
        connection,
        now,
        *(
            journal.Entry(
                verb="duty_fulfilled",
                subject=f"duty:{row.id}",
                actor=actor,
                incident_id=row.incident_id,
                unit_id=row.unit_id,
                after={
                    "clause": row.clause,
                    "late": now > row.due_at,
                    "evidence": {"kind": kind, **_without_words(evidence)},
                    **titles(row),
                },
            )
            for row in rows
        ),
    )
    return len(rows)


def _without_words(evidence: dict[str, Any]) -> dict[str, Any]:
    """What the journal keeps of evidence: who and what was said stays with the duty."""
    return {name: value for name, value in evidence.items() if name not in ("by", "to", "note")}


def titles(row: sa.Row[Any]) -> dict[str, str]:
    """A duty's name as the journal keeps it."""
    return {"title_zh": row.title_zh, "title_en": row.title_en}
