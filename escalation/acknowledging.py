"""Acknowledgements: by SMS, by a button, by the duty desk on behalf of somebody reached.

The incident's row orders acknowledging against closing: one wins, the other is told so. The
ladder's row orders it against climbing: when as many have acknowledged as the furthest step asks
for, nobody further is told. Whoever acknowledges on a shift does so until the shift ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import cancel_queued
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from database import journal
from escalation import duties, ladder
from escalation.incidents import is_head_office_role

#: How strong the evidence is, by the way it came (design: "the grade of the evidence is shown").
GRADES = {"sms": "own_phone", "web": "own_session", "api": "system", "desk": "on_behalf"}


@dataclass(frozen=True)
class Acknowledgement:
    """Who acknowledges, in which role, by what way; `entered_by` when on somebody's behalf."""

    by: str
    role: str
    via: str
    person_id: int | None = None
    entered_by: str | None = None
    note: str | None = None
    at: datetime | None = None
    #: a named human: only such a one counts for the head-office clock
    named: bool = True


def acknowledge(
    connection: Connection, incident_id: int, value: Acknowledgement, now: datetime
) -> bool:
    """Record it; False when the same person had acknowledged already.

    Conflict when it is over, but for head office while a duty still waits for its acknowledgement.
    """
    row = connection.execute(
        sa.text(
            "SELECT state, unit_id, opened_at, stood_down_at FROM incidents"
            " WHERE id = :id FOR NO KEY UPDATE"
        ),
        {"id": incident_id},
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    head_office = value.named and is_head_office_role(value.role)
    if row.state != "open" and not (head_office and _still_owed(connection, incident_id, row)):
        raise Conflict(
            f"事件已于 {iso(row.stood_down_at)} 结束，无需签收",
            f"the incident ended at {iso(row.stood_down_at)}; nothing to acknowledge",
        )
    at = min(value.at, now) if value.at else now
    shift = shift_of(connection, value.person_id, value.role, at)
    _not_before(value.at, row.opened_at)
    inserted = connection.execute(
        sa.text(
            "INSERT INTO acknowledgements (incident_id, person_id, by, role, head_office, via,"
            " grade, entered_by, note, at, unit_id, shift_ends_at) VALUES (:incident, :person, :by,"
            " :role, :head_office, :via, :grade, :entered_by, :note, :at, :unit, :shift_ends)"
            " ON CONFLICT DO NOTHING RETURNING id"
        ),
        {
            "incident": incident_id, "person": value.person_id, "by": value.by,
            "role": value.role, "head_office": head_office, "via": value.via,
            "grade": GRADES[value.via], "entered_by": value.entered_by, "note": value.note,
            "at": at, "unit": shift.unit_id if shift else None,
            "shift_ends": shift.ends_at if shift else None,
        },
    ).one_or_none()  # fmt: skip
    if inserted is None:
        return False
    standing = ladder.stop_if_enough(connection, incident_id)
    if standing.stopped:
        cancel_queued(connection, incident_id, from_step=1)
    evidence = {"acknowledgement": inserted.id, "role": value.role, "via": value.via}
    actor = f"person:{value.person_id}" if value.person_id else value.via
    about = duties.About(incident_id=incident_id)
    duties.fulfil(connection, about, "acknowledgement", evidence, now, actor)
    if head_office:  # who answers for the whole answers for what is under it now
        for below in (incident_id, *_children(connection, incident_id)):
            about = duties.About(incident_id=below)
            duties.fulfil(connection, about, "head_office_acknowledgement", evidence, now, actor)
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="acknowledged",
            subject=f"incident:{incident_id}",
            actor=actor,
            incident_id=incident_id,
            unit_id=row.unit_id,
            reason=value.note,
            after={**evidence, "grade": GRADES[value.via], "have": standing.have,
                   "need": standing.need},
        ),
    )  # fmt: skip
    return True


def _still_owed(connection: Connection, incident_id: int, row: sa.Row[Any]) -> bool:
    """Whether what is stood down is still without head office's acknowledgement: its clock runs
    until there is one, however calm it has become."""
    return row.state == "stood_down" and bool(
        connection.scalar(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM duties WHERE incident_id = :id AND state = 'open'"
                " AND 'head_office_acknowledgement' = ANY(fulfilled_by))"
            ),
            {"id": incident_id},
        )
    )


def _children(connection: Connection, incident_id: int) -> Sequence[int]:
    return connection.scalars(
        sa.text("SELECT id FROM incidents WHERE parent_id = :id AND state <> 'closed' ORDER BY id"),
        {"id": incident_id},
    ).all()


@dataclass(frozen=True)
class ShiftSeat:
    """Where somebody holds a role by a shift, and until when."""

    unit_id: int
    ends_at: datetime


def shift_of(
    connection: Connection, person_id: int | None, role: str, at: datetime
) -> ShiftSeat | None:
    """The shift that a person is on in this role at `at`: of several the one that ends last."""
    if person_id is None:
        return None
    row = connection.execute(
        sa.text(
            "SELECT unit_id, ends_at FROM shifts WHERE person_id = :person AND role = :role"
            " AND starts_at <= :at AND ends_at > :at ORDER BY ends_at DESC LIMIT 1"
        ),
        {"person": person_id, "role": role, "at": at},
    ).one_or_none()
    return None if row is None else ShiftSeat(row.unit_id, row.ends_at)


def _not_before(at: datetime | None, opened_at: datetime) -> None:
    if at is not None and at < opened_at:
        raise InvalidInput(
            [
                FieldFault(
                    "at",
                    "早于事件启动时间",
                    "is before the incident opened",
                    "请核对时间",
                    "check the time",
                )
            ]
        )
