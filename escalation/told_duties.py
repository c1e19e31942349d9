"""WP-09: the duty to tell the branch of a hotline ticket ends when its text has left."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from escalation import duties

#: Directed by the open duties (few: each ends within seconds), not by the messages (many).
_TOLD = sa.text(
    "SELECT d.id, m.id AS message, m.sent_at FROM duties d, LATERAL ("
    " SELECT m.id, coalesce(o.sent_at, m.sent_at) AS sent_at FROM messages m"
    "  LEFT JOIN messages o ON o.id = m.merged_into AND m.state = 'cancelled'"
    "  WHERE (m.complaint_id = d.complaint_id OR m.id IN"
    "  (SELECT i.message_id FROM digest_items i WHERE i.complaint_id = d.complaint_id))"
    "  AND m.kind IN ('hotline', 'hotline_digest')"
    "  AND coalesce(o.state, m.state) IN ('accepted', 'delivered')"
    "  ORDER BY m.id LIMIT 1) AS m"
    " WHERE d.state = 'open' AND d.fulfilled_by @> '{branch_told}'"
    " ORDER BY d.id LIMIT 200 FOR UPDATE OF d SKIP LOCKED"
)


def fulfil_told(connection: Connection, now: datetime) -> int:
    """End these duties; returns how many."""
    rows = connection.execute(_TOLD).all()
    for row in rows:
        evidence = {"at": iso(row.sent_at or now), "message": row.message}
        about = duties.About(duty_id=row.id)
        duties.fulfil(connection, about, "branch_told", evidence, row.sent_at or now, "engine")
    return len(rows)
