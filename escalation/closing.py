"""Ending an incident: its keys are freed, its complaints are spent, everyone told is told.

Close takes the counting locks of every key under which its complaints count, so that a complaint
that races either belongs to the incident or starts the next count, never both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import cancel_queued
from core.clock import iso
from core.errors import Conflict, NotFound
from database import journal
from database.connection import business_now
from database.locks import take as take_locks
from escalation import recount
from escalation.house import House, hold_keys, until_locked
from escalation.incidents import case_of
from escalation.telling import people_told, tell_people


def close(house: House, incident_id: int, reason: str, actor: str) -> None:
    """Close an incident and everything below it. Conflict when it is closed already."""

    def work(connection: Connection, held: frozenset[str]) -> None:
        take_locks(connection, (), held)
        _close(connection, house, incident_id, reason, actor, held)

    until_locked(house, work)


def _close(
    connection: Connection, house: House, incident_id: int, reason: str, actor: str,
    held: frozenset[str],
) -> None:  # fmt: skip
    rows = connection.execute(
        sa.text(
            "SELECT id, state, closed_at, parent_id FROM incidents"
            " WHERE id = :id OR parent_id = :id ORDER BY id FOR NO KEY UPDATE"
        ),
        {"id": incident_id},
    ).all()
    top = next((r for r in rows if r.id == incident_id), None)
    if top is None:
        raise NotFound("incident")
    if top.state == "closed":
        at = iso(top.closed_at)
        raise Conflict(f"事件已于 {at} 结束", f"the incident ended at {at}")
    ids = [r.id for r in rows if r.state == "open"]
    needed = hold_keys(connection, held, lambda: _keys(connection, ids))
    now = business_now(connection)
    _end(connection, ids, reason, now)
    recount.recount(connection, house, needed, now)
    for number in ids:
        cancel_queued(connection, number)
        journal.write(connection, now, journal.Entry(
            verb="incident_closed", subject=f"incident:{number}", actor=actor,
            incident_id=number, reason=reason, before={"state": "open"},
            after={"state": "closed"},
        ))  # fmt: skip
    case, _ = case_of(connection, incident_id)
    tell_people(
        connection, house, case, people_told(connection, ids),
        wording="all_clear", now=now, with_code=False,
    )  # fmt: skip


def _keys(connection: Connection, ids: Sequence[int]) -> set[str]:
    return set(
        connection.scalars(
            sa.text(
                "SELECT key FROM incident_keys WHERE incident_id = ANY(:ids)"
                " UNION SELECT e.key FROM complaints c JOIN key_events e ON e.complaint_id = c.id"
                " WHERE c.incident_id = ANY(:ids) AND NOT e.spent"
            ),
            {"ids": list(ids)},
        )
    )


_END = (
    "UPDATE key_events SET spent = true WHERE NOT spent AND complaint_id IN"
    " (SELECT id FROM complaints WHERE incident_id = ANY(:ids))",
    # Who counts under a key of this incident but belongs to another one was counted here as well.
    "UPDATE key_events e SET spent = true FROM incident_keys k, complaints c"
    " WHERE k.incident_id = ANY(:ids) AND k.open AND e.key = k.key AND NOT e.spent"
    " AND c.id = e.complaint_id AND c.incident_id IS NOT NULL",
    "UPDATE key_states SET incident_id = NULL, state = 'quiet', clients = 0, since = :now,"
    " headcount = 0, headcount_at = NULL"
    " WHERE incident_id = ANY(:ids)",
    "UPDATE incident_keys SET open = false WHERE incident_id = ANY(:ids)",
    "UPDATE ladders SET state = 'stopped', due_at = NULL, paged_at = coalesce(paged_at, :now)"
    " WHERE incident_id = ANY(:ids)",
    "UPDATE incidents SET state = 'closed', closed_at = :now, close_reason = :reason"
    " WHERE id = ANY(:ids)",
)


def _end(connection: Connection, ids: Sequence[int], reason: str, now: datetime) -> None:
    for statement in _END:
        wanted = {"ids": list(ids), "now": now, "reason": reason}
        names = {name: wanted[name] for name in wanted if f":{name}" in statement}
        connection.execute(sa.text(statement), names)
