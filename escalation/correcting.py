"""A complaint withdrawn or wrongly filed is corrected by a new entry; counts may fall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from complaints.ticket_life import Act
from core.errors import Conflict, NotFound
from core.vault import Vault
from database import journal
from database.connection import business_now
from database.locks import take as take_locks
from escalation import duty_changes, recount, ticket_handing, ticket_store
from escalation.house import Again, House, until_locked
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.members import refresh_counts
from escalation.ticket_store import Worker

#: What is done beside in the same transaction: the ticket ends.
Also = Callable[[Connection, datetime], None]


def correct(
    house: House, complaint: int, kind: str, reason: str, actor: str,
    also: Also | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take a complaint out of every count. NotFound; Conflict when it was corrected before.

    `also` ends its ticket by an act; without one the ticket simply ends.
    """

    ends = also or partial(_end_ticket, house.vault, complaint, kind, actor)

    def work(connection: Connection, held: frozenset[str]) -> dict[str, Any]:
        take_locks(connection, (), held)
        return _correct(connection, house, complaint, kind, reason, actor, held, ends)

    return until_locked(house, work)


def _end_ticket(
    vault: Vault, complaint: int, kind: str, actor: str, connection: Connection, now: datetime
) -> None:
    """A ticket ends with its complaint, an archived one too: it counts no longer."""
    row = ticket_store.lock(connection, complaint)
    if row.stage in ("withdrawn", "misfiled", "merged", "history"):
        return
    act = Filled({"withdrawn": Act.WITHDRAW, "misfiled": Act.MISFILED}.get(kind, kind), now)
    ticket_store.add_act(connection, vault, row, act, Worker("", "", actor), row.round, now, now)
    ticket_store.update(connection, complaint, {"stage": kind, "outcome": kind, "closed_at": now})
    ticket_handing.drop_offer(connection, complaint, actor, now)


def _correct(
    connection: Connection, house: House, complaint: int, kind: str, reason: str, actor: str,
    held: frozenset[str], also: Also,
) -> dict[str, Any]:  # fmt: skip
    row = connection.execute(
        sa.text("SELECT status, incident_id, unit_id FROM complaints WHERE id = :id FOR UPDATE"),
        {"id": complaint},
    ).one_or_none()
    if row is None:
        raise NotFound("complaint")
    if row.status != "open":
        raise Conflict("该投诉已更正过", "this complaint was corrected before")
    keys = set(
        connection.scalars(
            sa.text("SELECT key FROM key_events WHERE complaint_id = :id AND NOT spent"),
            {"id": complaint},
        )
    )
    if not keys <= held:
        raise Again(keys=frozenset(keys))
    now = business_now(connection)
    also(connection, now)
    connection.execute(
        sa.text("UPDATE complaints SET status = :kind WHERE id = :id"),
        {"kind": kind, "id": complaint},
    )
    connection.execute(
        sa.text("UPDATE key_events SET spent = true WHERE complaint_id = :id"), {"id": complaint}
    )
    _uncount(connection, complaint)
    recount.recount(connection, house, keys, now)
    duty_changes.end_for_complaint(connection, complaint, reason, now, actor)
    journal.write(connection, now, journal.Entry(
        verb="complaint_corrected", subject=f"complaint:{complaint}", actor=actor,
        incident_id=row.incident_id, unit_id=row.unit_id, reason=reason,
        before={"status": "open"}, after={"status": kind},
    ))  # fmt: skip
    return {
        "complaint": public_complaint(complaint),
        "status": kind,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
    }


def _uncount(connection: Connection, complaint: int) -> None:
    """Its clients stay counted where another complaint of theirs counts in the same incident."""
    rows = connection.execute(
        sa.text(
            "DELETE FROM incident_clients WHERE complaint_id = :id RETURNING incident_id, client_id"
        ),
        {"id": complaint},
    ).all()
    for row in rows:
        connection.execute(
            sa.text(
                "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"
                " SELECT :incident, :client, c.id, c.entered_at FROM complaints c"
                " JOIN complaint_parties p ON p.complaint_id = c.id WHERE p.client_id = :client"
                " AND p.role = 'principal' AND c.status = 'open' AND (c.incident_id = :incident"
                "  OR c.incident_id IN (SELECT id FROM incidents WHERE parent_id = :incident))"
                " ORDER BY c.id LIMIT 1 ON CONFLICT DO NOTHING"
            ),
            {"incident": row.incident_id, "client": row.client_id},
        )
    for incident in sorted({row.incident_id for row in rows}):
        refresh_counts(connection, incident)
