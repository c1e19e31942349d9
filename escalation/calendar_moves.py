"""A change of the working calendar moves the open duties that rest on it, and no others.

Old and new due time are journalled for each. Duties that have ended keep the time that they had.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from database import journal
from escalation import duties
from escalation.births import moved
from escalation.clauses import Extension
from escalation.house import House
from escalation.working_time import Allowance, Calendar, Due, due, extend, parse_allowance

_CLOCKS = ("working_days", "calendar_days", "same_day")
_OPEN = sa.text(
    "SELECT id, clause, title_zh, title_en, incident_id, unit_id, runs_from, due_at, rule, calls,"
    " next_at, provisional, extensions, workings FROM duties WHERE state = 'open'"
    " AND workings ->> 'clock' = ANY(:clocks) AND id > :after ORDER BY id LIMIT 500 FOR UPDATE"
)


def rework(connection: Connection, house: House, now: datetime, actor: str) -> int:
    """Work every open duty's due time out again; returns how many moved."""
    calendar, after, done = house.calendar(connection, fresh=True), 0, 0
    while rows := connection.execute(_OPEN, {"clocks": list(_CLOCKS), "after": after}).all():
        done += sum(_rework(connection, row, calendar, now, actor) for row in rows)
        after = rows[-1].id
    return done


def again(row: Any, calendar: Calendar) -> Due:
    """The due time of a stored duty by this calendar, its extensions included."""
    within: Allowance = parse_allowance(row.workings["within"], at_once=_NO_TIME)
    found = due(row.runs_from, within, calendar)
    if row.extensions:
        rule = Extension.model_validate_json(json.dumps(row.rule["extension"]))
        for _ in range(row.extensions):
            found = extend(found.at, rule.within, calendar)
    return found


#: `at once` runs on an elapsed clock: none of it is ever worked out again.
_NO_TIME = timedelta(minutes=15)


def _rework(
    connection: Connection, row: sa.Row[Any], calendar: Calendar, now: datetime, actor: str
) -> bool:
    new = again(row, calendar)
    steps = [asdict(s) for s in new.steps]
    if (new.at, new.provisional, steps) == (
        row.due_at, row.provisional, row.workings.get("steps", [])
    ):  # fmt: skip
        return False
    calls, following = moved(row.calls, row.next_at, new.at - row.due_at, now)
    workings = {**row.workings, "due": iso(new.at), "steps": steps}
    connection.execute(
        sa.text(
            "UPDATE duties SET due_at = :due, calls = CAST(:calls AS jsonb), next_at = :next,"
            " provisional = :provisional, workings = CAST(:workings AS jsonb) WHERE id = :id"
        ),
        {
            "due": new.at, "calls": json.dumps(calls), "next": following, "id": row.id,
            "provisional": new.provisional, "workings": json.dumps(workings),
        },
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="duty_moved", subject=f"duty:{row.id}", actor=actor, incident_id=row.incident_id,
        unit_id=row.unit_id, before={"due": iso(row.due_at)},
        after={"due": iso(new.at), "clause": row.clause, **duties.titles(row)},
    ))  # fmt: skip
    return True
