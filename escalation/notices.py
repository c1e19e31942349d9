"""Texts on duties: one a person, the gravest first, at most one within the plan's digest period.

A notice whose duty has ended is dropped. What is overdue does not wait behind a mere reminder.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from core.clock import SHANGHAI
from database.locks import lock_number
from escalation.house import House
from escalation.only import OF_DUTIES, Only, bound
from escalation.telling import budget_of, compose

_NEXT = sa.text(
    "SELECT w.person_id FROM duty_notices w JOIN duties d ON d.id = w.duty_id"  # noqa: S608
    f" WHERE w.state = 'pending' AND {OF_DUTIES}"
    " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.phone = w.phone"
    "  AND m.kind IN ('duty_reminder', 'duty_overdue', 'duty_digest') AND m.created_at > :since"
    "  AND (w.kind = 'reminder' OR m.kind <> 'duty_reminder'))"
    " GROUP BY w.person_id ORDER BY min(w.called_at), w.person_id LIMIT 20"
)
_THEIRS = sa.text(
    "SELECT w.id, w.kind, w.phone, w.to_role, w.unit_id, w.person_id, d.id AS duty, d.title_zh,"  # noqa: S608
    " d.unit_id AS place, d.due_at, d.state, d.breached_at, w.called_at,"
    " d.incident_id, d.complaint_id, n.severity FROM duty_notices w"
    " JOIN duties d ON d.id = w.duty_id"
    " LEFT JOIN incidents n ON n.id = d.incident_id"
    f" WHERE w.state = 'pending' AND w.person_id = :person AND {OF_DUTIES}"
    " ORDER BY w.id FOR UPDATE OF w SKIP LOCKED"
)


def send_next(
    connection: Connection, house: House, now: datetime, only: Only | None = None
) -> bool:
    """Write one person's text (on `only` these duties); False when nobody has one due."""
    since = now - house.plan.ladder.duty_digest
    for person in connection.scalars(_NEXT, {"since": since, **bound(only)}).all():
        # Whoever looks at own rows only has no rival, and may not keep another from the person's.
        if only is not None or connection.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(:lock)"),
            {"lock": lock_number(f"duties of {person}")},
        ):
            rows = connection.execute(_THEIRS, {"person": person, **bound(only)}).all()
            if rows:
                _settle(connection, house, rows, now)
                return True
    return False


def _settle(
    connection: Connection, house: House, rows: Sequence[sa.Row[Any]], now: datetime
) -> None:
    live = [row for row in rows if row.state == "open"]
    gravest: dict[int, sa.Row[Any]] = {}
    for row in sorted(live, key=grave_first):
        gravest.setdefault(row.duty, row)
    message = _send(connection, house, list(gravest.values()), now) if gravest else None
    for state, ids in (
        ("told", [row.id for row in live]),
        ("dropped", [row.id for row in rows if row.state != "open"]),
    ):
        connection.execute(
            sa.text("UPDATE duty_notices SET state = :state, message_id = :message"
                    " WHERE id = ANY(:ids)"),
            {"state": state, "message": message, "ids": ids},
        )  # fmt: skip


def grave_first(row: Any) -> tuple[bool, bool, datetime]:
    """Overdue before due, large incidents before others, the earliest due first."""
    return (row.kind == "reminder", row.severity != "large", row.due_at)


def _send(
    connection: Connection, house: House, rows: Sequence[sa.Row[Any]], now: datetime
) -> int | None:
    """One text on these duties (gravest first); its message's id."""
    first, tree = rows[0], house.tree(connection)
    overdue = sum(1 for row in rows if row.kind != "reminder")
    values = {
        "unit": tree.get(first.place).short_name, "duty": first.title_zh,
        "time": clock_words(first.due_at, now), "count": str(len(rows)), "overdue": str(overdue),
    }  # fmt: skip
    kind = "duty_overdue" if overdue else "duty_reminder"
    wording = kind if len(rows) == 1 else "duty_digest"
    draft = Draft(
        phone=first.phone, person_id=first.person_id, to_role=first.to_role,
        unit_id=first.unit_id, kind="duty_reminder" if not overdue else wording,
        text=compose(connection, house, wording, values),
        dedupe_key=f"duty:{first.id}:{first.person_id}", grave=bool(overdue),
        incident_id=first.incident_id, complaint_id=first.complaint_id,
        due_at=min(row.called_at for row in rows),
    )  # fmt: skip
    queued = queue(connection, now, draft, budget_of(house))
    return None if queued is None else queued.message_id


def clock_words(at: datetime, now: datetime) -> str:
    """A due time as a text says it: the hour today, the date before it on other days."""
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    return f"{local.month}月{local.day}日{local:%H:%M}"
