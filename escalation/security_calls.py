"""A threat to somebody's safety: security (保卫) and the police (110) are called, and the call is
noted. Calls to both prove the duties that the threat made (evidence kind `contact`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput
from database import journal
from escalation import duties, incidents
from escalation.command import Who, lock_incident, needed
from escalation.house import House

Called = Literal["110", "security"]


@dataclass(frozen=True)
class SecurityCall:
    """Whom somebody called, when, and what came of it."""

    whom: Called
    at: datetime
    result: str


def note_call(
    connection: Connection, incident_id: int, by: Who, call: SecurityCall, now: datetime
) -> int:
    """Store the call, and end the duties it proves; its id. InvalidInput.

    The threat's duty asks for security and 110: it ends when both have been called, by whomever.
    """
    row = lock_incident(connection, incident_id)
    result = needed(call.result, "result", "缺少联系结果", "say what came of it")
    if call.at > now + timedelta(minutes=1):
        raise InvalidInput([FieldFault("at", "联系时间晚于当前时间", "is in the future",
                                       "请核对时间", "check the time")])  # fmt: skip
    if call.at < row.opened_at - timedelta(hours=24):
        raise InvalidInput([FieldFault("at", "联系时间早于事件", "is long before the incident",
                                       "请核对时间", "check the time")])  # fmt: skip
    number = int(
        connection.execute(
            sa.text(
                "INSERT INTO security_calls (incident_id, whom, called_by, called_role, called_at,"
                " result, entered_at) VALUES (:incident, :whom, :by, :role, :at, :result, :now)"
                " RETURNING id"
            ),
            {
                "incident": incident_id, "whom": call.whom, "by": by.name, "role": by.role,
                "at": call.at, "result": result, "now": now,
            },
        ).scalar_one()
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="security_called", subject=f"security_call:{number}", actor=by.actor,
        incident_id=incident_id, unit_id=row.unit_id,
        after={"whom": call.whom, "at": iso(call.at), "role": by.role},
    ))  # fmt: skip
    _prove(connection, incident_id, by, now)
    return number


def _prove(connection: Connection, incident_id: int, by: Who, now: datetime) -> None:
    """End the open duties of this incident's threat, once both were called."""
    calls = connection.execute(
        sa.text("SELECT DISTINCT ON (whom) id, whom, called_by, called_at FROM security_calls"
                " WHERE incident_id = :id ORDER BY whom, id DESC"),
        {"id": incident_id},
    ).all()  # fmt: skip
    if len(calls) < 2:
        return
    owed = connection.scalars(
        sa.text("SELECT id FROM duties WHERE incident_id = :id AND state = 'open'"
                " AND event = 'safety_threat' AND 'contact' = ANY(fulfilled_by) ORDER BY id"),
        {"id": incident_id},
    ).all()  # fmt: skip
    evidence = {
        "at": iso(min(now, max(c.called_at for c in calls))), "by": by.name, "to": "保卫、110",
        "note": "、".join(f"security_call:{c.id}" for c in calls),
    }  # fmt: skip
    for duty in owed:
        duties.fulfil(connection, duties.About(duty_id=duty), "contact", evidence, now, by.actor)


def raise_threat(
    connection: Connection, house: House, incident_id: int, by: Who, now: datetime
) -> None:
    """Somebody on site says that people are in danger: marked, security told, clocks started."""
    if lock_incident(connection, incident_id).safety_threat:
        raise Conflict("已标记人身安全威胁", "the threat is marked already")
    incidents.mark_exposed(connection, house, incident_id, now, by.actor, media=False, threat=True)
