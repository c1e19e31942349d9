"""Quiet repeats: after the ladder's last step, those who were told and have not acknowledged.

Each names the minutes that have passed, so no phone gets the same words again and again, and uses
the ordinary part of its budget. Repeats that a late tick finds past are one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from database import journal
from escalation.house import House
from escalation.ladder import case_in
from escalation.ladder_steps import Ladder, repeats_due
from escalation.telling import budget_of, case_words, compose

#: Carriers refuse the third identical text to one phone within a day.
_SAME_TEXT_MOST = 2

_NEXT = sa.text(
    "SELECT l.incident_id, l.steps, l.round, l.repeats, l.repeat_at, n.code, n.unit_id, n.product,"
    " n.clients, n.headcount, n.opened_at FROM ladders l JOIN incidents n ON n.id = l.incident_id"
    " WHERE l.state = 'exhausted' AND l.repeat_at <= :now AND n.state = 'open'"
    " AND (CAST(:only AS bigint) IS NULL OR l.incident_id = :only)"
    " ORDER BY l.repeat_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED"
)


def repeat_due(
    connection: Connection, house: House, now: datetime, only: int | None = None
) -> bool:
    """Make the repeats of one ladder whose time has come; False when none is due."""
    row = connection.execute(_NEXT, {"now": now, "only": only}).one_or_none()
    if row is None:
        return False
    ladder = Ladder.read(row.steps)
    done, following = repeats_due(ladder, row.repeats, row.repeat_at, now)
    connection.execute(
        sa.text("UPDATE ladders SET repeats = :done, repeat_at = :next WHERE incident_id = :id"),
        {"done": done, "next": following, "id": row.incident_id},
    )
    told = _tell(connection, house, row, ladder, done, now)
    journal.write(connection, now, journal.Entry(
        verb="ladder_repeated", subject=f"incident:{row.incident_id}", actor="engine",
        incident_id=row.incident_id, unit_id=row.unit_id,
        after={"number": done, "most": ladder.repeats, "told": told},
    ))  # fmt: skip
    return True


#: Those whom an alert has reached (or still may), who have not acknowledged and are there.
_WAITED_FOR = sa.text(
    "SELECT DISTINCT ON (m.person_id) m.person_id, m.phone, m.to_role, m.unit_id FROM messages m"
    " JOIN people p ON p.id = m.person_id AND p.active AND p.mobile = m.phone"
    " WHERE m.incident_id = :id AND m.code IS NOT NULL"
    " AND (m.state NOT IN ('failed', 'withheld', 'cancelled')"
    "  OR (m.state = 'cancelled' AND m.merged_into IS NOT NULL))"
    " AND NOT EXISTS (SELECT 1 FROM acknowledgements a WHERE a.incident_id = m.incident_id"
    "  AND a.person_id = m.person_id AND a.handed_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM absences b WHERE b.person_id = m.person_id"
    "  AND b.starts_at <= :now AND b.ends_at > :now)"
    " AND NOT EXISTS (SELECT 1 FROM blocked_phones k WHERE k.phone = m.phone)"
    " ORDER BY m.person_id, m.id"
)


def _tell(
    connection: Connection, house: House, row: sa.Row[Any], ladder: Ladder, number: int,
    now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    case = case_in(row)
    text = compose(connection, house, "repeat", case_words(connection, house, case, now))
    told: list[dict[str, Any]] = []
    people: Sequence[sa.Row[Any]] = connection.execute(
        _WAITED_FOR, {"id": case.id, "now": now}
    ).all()
    for person in people:
        if _same_text(connection, person.phone, text, now) >= _SAME_TEXT_MOST:
            continue
        draft = Draft(
            phone=person.phone, person_id=person.person_id, to_role=person.to_role,
            unit_id=person.unit_id, kind="repeat", text=text, grave=False,
            dedupe_key=f"incident:{case.id}:repeat.{row.round}.{number}:{person.person_id}",
            incident_id=case.id, code=case.code, step=len(ladder.steps), due_at=row.repeat_at,
        )  # fmt: skip
        queued = queue(connection, now, draft, budget_of(house))
        if queued is not None and queued.state == "queued":
            told.append({"role": person.to_role, "person": person.person_id,
                         "message": queued.message_id, "state": queued.state})  # fmt: skip
    return told


def _same_text(connection: Connection, phone: str, text: str, now: datetime) -> int:
    return int(
        connection.execute(
            sa.text(
                "SELECT count(*) FROM messages WHERE phone = :phone AND text = :text"
                " AND created_at > :since AND state NOT IN ('withheld', 'cancelled')"
            ),
            {"phone": phone, "text": text, "since": now - timedelta(hours=24)},
        ).scalar_one()
    )
