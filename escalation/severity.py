"""Raising an incident to large by hand and lowering it again, each with a reason.

Raising starts the large incident's clocks and tells people, as a count would. Lowering tells who
was told that it is large, once; its duties stay owed. The keys that made it large stay so: the
same count does not raise it again, a new one does.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict
from database import journal
from escalation import incidents
from escalation.command import Who, lock_incident, needed
from escalation.house import House
from escalation.severity_texts import tell_lowered


def raise_to_large(
    connection: Connection, house: House, incident_id: int, by: Who, reason: str, now: datetime
) -> None:
    """It is large. InvalidInput without a reason; Conflict when it is so already, or over."""
    why = needed(reason, "reason", "缺少升级理由", "say why it is large")
    row = _open(connection, incident_id)
    if row.severity == "large":
        raise Conflict("已是大规模事件", "it is large already")
    incidents.make_large(connection, house, incident_id, now, by.actor)
    journal.write(connection, now, journal.Entry(
        verb="severity_raised", subject=f"incident:{incident_id}", actor=by.actor,
        incident_id=incident_id, unit_id=row.unit_id, reason=why,
        before={"severity": "incident"}, after={"severity": "large", "role": by.role},
    ))  # fmt: skip


def lower(
    connection: Connection, house: House, incident_id: int, by: Who, reason: str, now: datetime
) -> None:
    """It is large no longer. InvalidInput without a reason; Conflict when it is not large."""
    why = needed(reason, "reason", "缺少降级理由", "say why it is large no longer")
    row = _open(connection, incident_id)
    if row.severity != "large":
        raise Conflict("不是大规模事件", "it is not large")
    connection.execute(
        sa.text("UPDATE incidents SET severity = 'incident' WHERE id = :id"), {"id": incident_id}
    )
    journal.write(connection, now, journal.Entry(
        verb="severity_lowered", subject=f"incident:{incident_id}", actor=by.actor,
        incident_id=incident_id, unit_id=row.unit_id, reason=why,
        before={"severity": "large"}, after={"severity": "incident", "role": by.role},
    ))  # fmt: skip
    case, _ = incidents.case_of(connection, incident_id)
    tell_lowered(connection, house, case, now)


def _open(connection: Connection, incident_id: int) -> sa.Row[tuple[object, ...]]:
    row = lock_incident(connection, incident_id)
    if row.state != "open":
        raise Conflict("事件已平息", "the incident is stood down")
    return row
