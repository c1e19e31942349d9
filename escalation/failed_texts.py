"""A text that failed for good, or that the budget withheld, goes to the next person at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from alerts.receipts import Failed
from contacts.roster import holders
from core.words import Role
from escalation import backlog, ladder
from escalation.house import House
from escalation.telling import budget_of

_FAILED = (
    "SELECT m.id, m.incident_id, m.unit_id, m.to_role, m.person_id, m.text, m.code, m.kind, m.step,"
    # When enough have acknowledged nobody further is told; the first step's people still are.
    " coalesce(m.step, 0) > 0 AND EXISTS (SELECT 1 FROM ladders l"
    "  WHERE l.incident_id = m.incident_id AND l.state = 'stopped') AS settled"
    " FROM messages m JOIN incidents n ON n.id = m.incident_id WHERE n.state = 'open'"
    " AND m.code IS NOT NULL AND m.state = 'failed'"
)


def after_receipts(
    connection: Connection, house: House, failed: Sequence[Failed], now: datetime
) -> None:
    """Failures that a provider reported: once more, by another gateway, or the next person."""
    for one in failed:
        if one.next != "person":
            connection.execute(
                sa.text(
                    "UPDATE messages SET state = 'queued', not_before_real = clock_timestamp()"
                    " + interval '5 seconds', avoid_gateway = :avoid, provider_id = NULL"
                    " WHERE id = :id AND state = 'failed'"
                ),
                {"id": one.message_id, "avoid": one.gateway if one.next == "gateway" else None},
            )
    passed_on = [one.message_id for one in failed if one.next == "person"]
    follow_up(connection, house, passed_on, now)


def follow_up(
    connection: Connection, house: House, message_ids: Sequence[int], now: datetime
) -> None:
    """For each failed alert: text the role's next holder, or climb where the whole step is dead."""
    if not message_ids:
        return
    rows = connection.execute(
        sa.text(_FAILED + " AND m.id = ANY(:ids) ORDER BY m.id"), {"ids": list(message_ids)}
    ).all()
    for row in rows:
        if not row.settled:
            _next_holder(connection, house, row, now)
        connection.execute(
            sa.text("UPDATE messages SET reason = 'passed on' WHERE id = :id"), {"id": row.id}
        )
        if row.step is not None:
            ladder.pass_dead(connection, house, row.incident_id, row.step, row.to_role, now)


def sweep(connection: Connection, house: House, now: datetime) -> int:
    """Follow up failures that the sender recorded since the last tick; returns how many."""
    backlog.take_apart(connection)
    ids = connection.scalars(
        sa.text(
            "SELECT m.id FROM messages m JOIN incidents n ON n.id = m.incident_id"
            " WHERE n.state = 'open' AND m.state = 'failed' AND m.code IS NOT NULL"
            " AND m.reason IS DISTINCT FROM 'passed on' ORDER BY m.id LIMIT 50"
            " FOR UPDATE OF m SKIP LOCKED"
        )
    ).all()
    follow_up(connection, house, ids, now)
    return len(ids)


def _next_holder(
    connection: Connection, house: House, row: sa.Row[tuple[object, ...]], now: datetime
) -> None:
    """The next reachable holder of the same role who has not been told of this incident."""
    if row.to_role not in set(Role) or row.unit_id is None:
        return
    told = set(
        connection.scalars(
            sa.text(
                "SELECT person_id FROM messages WHERE incident_id = :id"
                " AND kind NOT IN ('task', 'command_offer')"  # these tell nobody of an incident
            ),
            {"id": row.incident_id},
        )
    )
    for holder in holders(connection, row.unit_id, Role(row.to_role), now):
        if not holder.reachable or holder.phone is None or holder.person_id in told:
            continue
        queue(
            connection,
            now,
            Draft(
                phone=holder.phone,
                person_id=holder.person_id,
                to_role=row.to_role,
                unit_id=row.unit_id,
                kind=row.kind,
                text=row.text,
                dedupe_key=f"instead:{row.id}:{holder.person_id}",
                grave=True,
                incident_id=row.incident_id,
                code=row.code,
                step=row.step,
            ),
            budget_of(house),
        )
        return
