"""A shift ends while an incident is open: its acknowledgement goes to whoever comes next.

The next holder of the role is told. Where nobody who acknowledged is on duty any more, the ladder
runs again after one step's time, unless the next holder acknowledges before.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from contacts.roster import Holder, first_reachable, holders
from core.words import Role
from database import journal
from escalation import ladder
from escalation.acknowledging import shift_of
from escalation.house import House
from escalation.ladder import case_in
from escalation.telling import budget_of, case_words, compose

#: The incident's row comes first, as in acknowledging.
_NEXT = sa.text(
    "SELECT a.id, a.incident_id, a.person_id, a.role, a.shift_ends_at, a.unit_id AS seat_id,"
    " n.code, n.unit_id, n.product, n.clients, n.headcount, n.opened_at FROM acknowledgements a"
    " JOIN incidents n ON n.id = a.incident_id WHERE a.handed_at IS NULL"
    " AND a.shift_ends_at <= :now AND n.state = 'open'"
    " AND (CAST(:only AS bigint) IS NULL OR n.id = :only)"
    " ORDER BY a.shift_ends_at, a.id LIMIT 1 FOR NO KEY UPDATE OF n SKIP LOCKED"
)


def hand_over_due(
    connection: Connection, house: House, now: datetime, only: int | None = None
) -> bool:
    """Hand over one acknowledgement whose shift has ended; False when there is none."""
    row = connection.execute(_NEXT, {"now": now, "only": only}).one_or_none()
    if row is None:
        return False
    longer = shift_of(connection, row.person_id, row.role, now)
    following = first_reachable(holders(connection, row.seat_id, Role(row.role), now))
    if longer is not None or (following and following.person_id == row.person_id):
        # A further shift, or nobody else's turn: who acknowledged goes on.
        _move(connection, row, {"ends": longer.ends_at if longer else None, "handed": None})
        return True
    if not _move(connection, row, {"ends": row.shift_ends_at, "handed": now}):
        return True  # another engine was faster
    told = None if following is None else _tell(connection, house, row, following, now)
    again = _nobody_left(connection, row.incident_id, now) and ladder.run_again(
        connection, row.incident_id, now, afresh=True
    )
    journal.write(connection, now, journal.Entry(
        verb="acknowledgement_handed_over", subject=f"incident:{row.incident_id}", actor="engine",
        incident_id=row.incident_id, unit_id=row.seat_id,
        after={"role": row.role, "from": row.person_id, "again": again,
               "to": following.person_id if following else None, "state": told},
    ))  # fmt: skip
    return True


def _move(connection: Connection, row: sa.Row[Any], values: dict[str, datetime | None]) -> bool:
    """Settle this end of a shift, once: only as long as it stands as it was read."""
    done = connection.execute(
        sa.text(
            "UPDATE acknowledgements SET shift_ends_at = :ends, handed_at = :handed"
            " WHERE id = :id AND handed_at IS NULL AND shift_ends_at = :was"
        ),
        {**values, "id": row.id, "was": row.shift_ends_at},
    )
    return done.rowcount == 1


def _tell(
    connection: Connection, house: House, row: sa.Row[Any], holder: Holder, now: datetime
) -> str | None:
    """Text the next holder; the text's state."""
    case = case_in(row)
    draft = Draft(
        phone=str(holder.phone), person_id=holder.person_id, to_role=row.role,
        unit_id=holder.unit_id, kind="handover",
        text=compose(connection, house, "handover", case_words(connection, house, case, now)),
        dedupe_key=f"incident:{case.id}:handover.{row.id}:{holder.person_id}", grave=True,
        incident_id=case.id, code=case.code, due_at=row.shift_ends_at,
    )  # fmt: skip
    queued = queue(connection, now, draft, budget_of(house))
    return None if queued is None else queued.state


def _nobody_left(connection: Connection, incident_id: int, now: datetime) -> bool:
    """Whether nobody whose acknowledgement still counts is on duty: on a shift, or not absent."""
    return not connection.scalar(
        sa.text(
            "SELECT EXISTS (SELECT 1 FROM acknowledgements a WHERE a.incident_id = :id"
            " AND a.handed_at IS NULL AND (a.shift_ends_at IS NULL OR a.shift_ends_at > :now)"
            " AND NOT EXISTS (SELECT 1 FROM absences b WHERE b.person_id = a.person_id"
            "  AND b.starts_at <= :now AND b.ends_at > :now))"
        ),
        {"id": incident_id, "now": now},
    )
