"""Statutory lines: an open incident that so many clients raised face to face is more by law.

The overlay names the line (regulation 2020 No. 3: 20 clients); crossing it is an event, once.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from escalation import events
from escalation.house import House

_CROSSED = sa.text(
    "SELECT n.id, n.unit_id FROM incidents n WHERE n.state = 'open'"
    " AND greatest(n.clients, n.headcount) >= :line"
    " AND (CAST(:only AS bigint) IS NULL OR n.id = :only)"
    " AND NOT EXISTS (SELECT 1 FROM events e WHERE e.incident_id = n.id AND e.event = :event)"
    " AND (n.headcount >= :line OR (SELECT count(DISTINCT i.client_id) FROM incident_clients i"
    "  JOIN complaint_parties p ON p.client_id = i.client_id"
    "  JOIN complaints c ON c.id = p.complaint_id WHERE i.incident_id = n.id"
    "  AND c.face_to_face AND c.incident_id IS NOT NULL) >= :line)"
)


def cross(connection: Connection, house: House, now: datetime, only: int | None = None) -> int:
    """Note every line that an open incident has crossed; returns how many."""
    done = 0
    for _name, rules in house.plan.rules:
        for line in rules.lines:
            wanted = {"line": line.face_to_face, "event": line.event, "only": only}
            for row in connection.execute(_CROSSED, wanted).all():
                events.on_incident(connection, house, line.event, row.id, row.unit_id, now)
                done += 1
    return done
