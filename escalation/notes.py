"""Notes on an incident: free text with author and time, never changed. The journal keeps a
reference only (note:ID): what somebody typed may name people."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database import journal
from escalation.command import Who, lock_incident, needed


def write(connection: Connection, incident_id: int, by: Who, text: str, now: datetime) -> int:
    """Store a note; its id. InvalidInput when it is empty; also on a closed incident."""
    row = lock_incident(connection, incident_id, closed=True)
    words = needed(text, "text", "记录内容为空", "write something")
    number = int(
        connection.execute(
            sa.text("INSERT INTO incident_notes (incident_id, text, written_by, written_role,"
                    " written_at) VALUES (:incident, :text, :by, :role, :now) RETURNING id"),
            {"incident": incident_id, "text": words, "by": by.name, "role": by.role, "now": now},
        ).scalar_one()
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="note_written", subject=f"note:{number}", actor=by.actor, incident_id=incident_id,
        unit_id=row.unit_id, after={"role": by.role},
    ))  # fmt: skip
    return number
