"""Absences that run or are to come, and their end (WP-28: nobody away is counted on)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.people import AbsenceValue, save_absence
from core.errors import Conflict, NotFound
from database import journal
from database.connection import business_now


@dataclass(frozen=True)
class AbsenceRow:
    """One absence; `running` says whether it covers the moment asked about."""

    id: int
    person_id: int
    name: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None
    running: bool


_COMING = sa.text(
    "SELECT a.id, a.person_id, p.name, a.starts_at, a.ends_at, a.reason,"
    " a.starts_at <= :now AS running FROM absences a JOIN people p ON p.id = a.person_id"
    " WHERE a.person_id = ANY(:people) AND a.ends_at > :now ORDER BY a.starts_at, a.id"
)


def read_absences(
    connection: Connection, people: Collection[int], now: datetime
) -> list[AbsenceRow]:
    """Absences of these people that are not over, the earliest first."""
    rows = connection.execute(_COMING, {"people": list(people), "now": now}).mappings()
    return [AbsenceRow(**row) for row in rows]


def end_absence(connection: Connection, absence_id: int, actor: str) -> None:
    """Somebody is back: a running absence ends now, one to come is taken away.

    NotFound for no such absence, Conflict for one that is over.
    """
    now = business_now(connection)
    row = connection.execute(
        sa.text("SELECT person_id, starts_at, ends_at, reason FROM absences WHERE id = :id"
                " FOR UPDATE"),
        {"id": absence_id},
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("absence")
    if row.ends_at <= now:
        raise Conflict("该缺勤已经结束", "this absence is over")
    if row.starts_at < now:
        ended = AbsenceValue(row.person_id, row.starts_at, now, row.reason, absence_id)
        save_absence(connection, ended, actor=actor)
        return
    connection.execute(sa.text("DELETE FROM absences WHERE id = :id"), {"id": absence_id})
    before = {"person_id": row.person_id, "starts_at": row.starts_at.isoformat(),
              "ends_at": row.ends_at.isoformat()}  # fmt: skip
    entry = journal.Entry("absence_removed", f"absence:{absence_id}", actor, before=before)
    journal.write(connection, now, entry)
