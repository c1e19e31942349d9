"""The ladder of an incident: who is told next when nobody acknowledges.

`decide` is pure; `climb` claims one due ladder (SKIP LOCKED), does what is due and writes it. A
late tick does what many ticks would have done: each step at its own due time, in order. The
ladder's row is the mutex between climbing and acknowledging.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.words import Role
from database import journal
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.telling import Case, Told, tell_roles


@dataclass(frozen=True)
class Position:
    """Where a ladder stands: the next step (from 0) and when it is due."""

    next_step: int
    due_at: datetime | None
    steps: int

    @property
    def exhausted(self) -> bool:
        return self.next_step >= self.steps


def is_due(position: Position, now: datetime) -> bool:
    """Whether the next step's time has come."""
    return not position.exhausted and position.due_at is not None and position.due_at <= now


def advance(position: Position, *, reached: bool, step: timedelta) -> Position:
    """The position after a step: wait a step's time if somebody was told, go on at once if not."""
    assert position.due_at is not None
    following = position.next_step + 1
    due = position.due_at + step if reached else position.due_at
    return Position(following, due if following < position.steps else None, position.steps)


_DUE = (
    "SELECT l.incident_id, l.steps, l.next_step, l.due_at, n.code, n.unit_id, n.product, n.clients,"
    " n.headcount, n.opened_at, n.origin, n.parent_id"
    " FROM ladders l JOIN incidents n ON n.id = l.incident_id"
    " WHERE l.state = 'running' AND l.due_at <= :now"
)


def start(connection: Connection, house: House, case: Case, now: datetime) -> None:
    """Create the ladder with the plan's steps as they stand; its first step is due at once."""
    rule = house.plan.ladder
    steps = [{"roles": [role.value for role in step.roles]} for step in rule.steps]
    connection.execute(
        sa.text(
            "INSERT INTO ladders (incident_id, steps, next_step, due_at, state, page_at)"
            " VALUES (:id, CAST(:steps AS jsonb), 0, :now, 'running', :page)"
        ),
        {
            "id": case.id,
            "steps": json.dumps({"every": rule.step.total_seconds(), "steps": steps}),
            "now": now,
            "page": now + rule.head_office_page.after,
        },
    )


def climb_due(connection: Connection, house: House, now: datetime) -> bool:
    """Claim one due ladder and climb it; False when none is due."""
    row = connection.execute(
        sa.text(_DUE + " ORDER BY l.due_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED"), {"now": now}
    ).one_or_none()
    if row is None:
        return False
    _climb(connection, house, row, now)
    return True


def climb(connection: Connection, house: House, incident_id: int, now: datetime) -> None:
    """Climb this incident's ladder as far as is due (used when it is born or a text failed)."""
    row = connection.execute(
        sa.text(_DUE + " AND l.incident_id = :id FOR UPDATE OF l"), {"now": now, "id": incident_id}
    ).one_or_none()
    if row is not None:
        _climb(connection, house, row, now)


def _climb(
    connection: Connection, house: House, row: sa.Row[tuple[object, ...]], now: datetime
) -> None:
    every = timedelta(seconds=row.steps["every"])
    steps = row.steps["steps"]
    case = Case(
        row.incident_id,
        row.code,
        row.unit_id,
        row.product,
        row.clients,
        row.headcount,
        row.opened_at,
    )
    first_words = "parent" if row.origin == "parent" else row.origin
    first_words = {"clients": "incident", "media": "manual", "regulator": "manual"}.get(
        first_words, first_words
    )
    position = Position(row.next_step, row.due_at, len(steps))
    while is_due(position, now):
        roles = [Role(r) for r in steps[position.next_step]["roles"]]
        words = "escalation" if _anybody_told(connection, case.id) else first_words
        told = tell_roles(
            connection, house, case, roles, wording=words, now=now, step=position.next_step
        )
        _record(connection, case, position, told, now)
        position = advance(position, reached=told.reached, step=every)
    connection.execute(
        sa.text(
            "UPDATE ladders SET next_step = :next, due_at = :due, state = :state"
            " WHERE incident_id = :id"
        ),
        {
            "next": position.next_step,
            "due": position.due_at,
            "state": "exhausted" if position.exhausted else "running",
            "id": case.id,
        },
    )


def _anybody_told(connection: Connection, incident_id: int) -> bool:
    return bool(
        connection.scalar(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM ladder_steps"
                " WHERE incident_id = :id AND outcome = 'told')"
            ),
            {"id": incident_id},
        )
    )


def _record(
    connection: Connection, case: Case, position: Position, told: Told, now: datetime
) -> None:
    outcome = "told" if told.reached else "skipped"
    connection.execute(
        sa.text(
            "INSERT INTO ladder_steps (incident_id, step, due_at, done_at, outcome, detail)"
            " VALUES (:id, :step, :due, :now, :outcome, CAST(:detail AS jsonb))"
            " ON CONFLICT (incident_id, step) DO NOTHING"
        ),
        {
            "id": case.id,
            "step": position.next_step,
            "due": position.due_at,
            "now": now,
            "outcome": outcome,
            "detail": json.dumps(told.detail()),
        },
    )
    journal.write(
        connection,
        now,
        journal.Entry(
            verb=f"ladder_{outcome}",
            subject=f"incident:{case.id}",
            actor="engine",
            incident_id=case.id,
            unit_id=case.unit_id,
            after={
                "step": position.next_step + 1,
                "incident": public_incident(case.id),
                **told.detail(),
            },
        ),
    )


_PAGE = (
    "SELECT l.incident_id, n.code, n.unit_id, n.product, n.clients, n.headcount, n.opened_at"
    " FROM ladders l JOIN incidents n ON n.id = l.incident_id"
    " WHERE l.paged_at IS NULL AND l.page_at <= :now AND n.state = 'open'"
    " ORDER BY l.page_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED"
)


def page_head_office(connection: Connection, house: House, now: datetime) -> bool:
    """Call head office where nobody there has acknowledged in time; False when none is due."""
    row = connection.execute(sa.text(_PAGE), {"now": now}).one_or_none()
    if row is None:
        return False
    connection.execute(
        sa.text("UPDATE ladders SET paged_at = :now WHERE incident_id = :id"),
        {"now": now, "id": row.incident_id},
    )
    acknowledged = connection.scalar(
        sa.text(
            "SELECT EXISTS (SELECT 1 FROM acknowledgements WHERE incident_id = :id AND head_office)"
        ),
        {"id": row.incident_id},
    )
    if acknowledged:
        return True
    case = Case(
        row.incident_id,
        row.code,
        row.unit_id,
        row.product,
        row.clients,
        row.headcount,
        row.opened_at,
    )
    told = tell_roles(
        connection,
        house,
        case,
        house.plan.ladder.head_office_page.roles,
        wording="head_office",
        now=now,
    )
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="head_office_paged",
            subject=f"incident:{case.id}",
            actor="engine",
            incident_id=case.id,
            unit_id=case.unit_id,
            after=told.detail(),
        ),
    )
    return True
