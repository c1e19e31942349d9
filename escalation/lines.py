"""Statutory lines: an open incident that so many clients raised face to face is more by law.

The overlay names the line (regulation 2020 No. 3: 20 clients); crossing it is an event, once for
each place of the crowd. Its clocks run from the moment at which the line was crossed, however late
the tick, and a crowd that has shrunk since did cross it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database import journal
from escalation import events
from escalation.house import House

#: When the client that makes the line was counted: each from the moment at which the client both
#: counted here and had complained face to face. A crowd put together later is one since then.
#: What was said in an incident that had ended before is another matter.
_FACE_TO_FACE = (
    " FROM incident_clients i"
    "  JOIN complaint_parties p ON p.client_id = i.client_id AND p.role = 'principal'"
    "  JOIN complaints c ON c.id = p.complaint_id AND c.face_to_face AND c.status = 'open'"
    "  JOIN incidents o ON o.id = c.incident_id"
    "  WHERE i.incident_id = n.id AND coalesce(o.stood_down_at, n.opened_at) >= n.opened_at"
)
_CLIENTS = (
    "SELECT greatest(f.at, n.opened_at, (SELECT max(j.at) FROM journal j JOIN incidents k"  # noqa: S608
    "  ON k.id = j.incident_id WHERE k.parent_id = n.id AND j.verb = 'incident_grouped')) AS at"
    f" FROM (SELECT greatest(max(i.counted_at), min(c.entered_at)) AS at{_FACE_TO_FACE}"
    "  GROUP BY i.client_id ORDER BY 1 OFFSET :line - 1 LIMIT 1) AS f"
)
_HEADS = (
    "SELECT min(g.reported_at) AS at FROM gatherings g"
    " WHERE g.incident_id = n.id AND g.complainants >= :line"
)
_CROSSED = sa.text(
    "SELECT n.id, n.unit_id, coalesce(x.at, :now) AS at FROM incidents n"  # noqa: S608
    f" CROSS JOIN LATERAL (SELECT min(at) AS at FROM ({_CLIENTS} UNION ALL {_HEADS}) AS y) AS x"
    " WHERE n.state = 'open' AND (CAST(:only AS bigint) IS NULL OR n.id = :only)"
    " AND NOT EXISTS (SELECT 1 FROM events e WHERE e.incident_id = n.id AND e.event = :event)"
    " AND (x.at IS NOT NULL OR n.headcount >= :line)"
)
#: Where the crowd stands: the places that its own keys and its parts name.
_PLACES = sa.text(
    "SELECT unit_id FROM incidents WHERE parent_id = :id"
    " UNION SELECT s.unit_id FROM incident_keys k JOIN key_states s ON s.key = k.key"
    "  AND s.kind = 'unit' WHERE k.incident_id = :id AND k.open"
    " ORDER BY unit_id"
)


def cross(connection: Connection, house: House, now: datetime, only: int | None = None) -> int:
    """Note every line that an open incident has crossed; returns how many."""
    done = 0
    for _name, rules in house.plan.rules:
        for line in rules.lines:
            wanted = {"line": line.face_to_face, "event": line.event, "only": only, "now": now}
            for row in connection.execute(_CROSSED, wanted).all():
                for unit_id in connection.scalars(_PLACES, {"id": row.id}).all() or [row.unit_id]:
                    events.on_incident(
                        connection, house, line.event, row.id, unit_id, now, aware=row.at
                    )
                done += 1
    return done


#: Open duties of a line that an incident reaches no longer, by itself.
_STANDING = sa.text(
    "SELECT n.id, n.unit_id, greatest(x.clients, n.headcount, 0) AS people,"  # noqa: S608
    " d.clauses FROM incidents n CROSS JOIN LATERAL"
    f" (SELECT count(DISTINCT i.client_id) AS clients{_FACE_TO_FACE}) AS x"
    " CROSS JOIN LATERAL (SELECT array_agg(DISTINCT clause ORDER BY clause) AS clauses"
    "  FROM duties WHERE incident_id = n.id AND state = 'open' AND event = :event) AS d"
    " WHERE n.id = ANY(:ids) AND d.clauses IS NOT NULL"
    " AND greatest(x.clients, n.headcount, 0) < :line ORDER BY n.id"
)


def note_standing(
    connection: Connection, house: House, incidents: Sequence[int], now: datetime, actor: str
) -> None:
    """Say in the journal of what a crowd was taken apart into why the duties of its line stand:
    the crowd did cross it, so that only evidence or a waiver ends them."""
    for _name, rules in house.plan.rules:
        for line in rules.lines:
            wanted = {"line": line.face_to_face, "event": line.event, "ids": list(incidents)}
            journal.write(connection, now, *(
                journal.Entry(
                    verb="line_stands", subject=f"incident:{row.id}", actor=actor,
                    incident_id=row.id, unit_id=row.unit_id,
                    after={"line": line.face_to_face, "people": row.people,
                           "clauses": list(row.clauses)},
                )
                for row in connection.execute(_STANDING, wanted).all()
            ))  # fmt: skip
