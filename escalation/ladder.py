"""The ladder of an incident: who is told next when nobody acknowledges.

`escalation.ladder_steps` decides; `climb_due` claims one due ladder (SKIP LOCKED), does what is due
and writes it. A late tick does what many ticks would have done: each step at its own due time, in
order. The ladder's row is the mutex between climbing and acknowledging.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database import journal
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.ladder_steps import (
    Ladder,
    Position,
    advance,
    after,
    exhausted,
    is_due,
    quorum,
    roles_of,
)
from escalation.telling import Case, Told, tell_roles, told_in_tree

_ROW = (
    "SELECT l.incident_id, l.steps, l.next_step, l.turn, l.round, l.due_at, l.state, n.code,"
    " n.unit_id, n.product, n.clients, n.headcount, n.opened_at, n.origin, n.parent_id"
    " FROM ladders l JOIN incidents n ON n.id = l.incident_id WHERE "
)
_DUE = (
    _ROW + "l.state = 'running' AND l.due_at <= :now"
    " AND (CAST(:only AS bigint) IS NULL OR l.incident_id = :only)"
)


def start(connection: Connection, house: House, case: Case, now: datetime) -> None:
    """Create the ladder with the plan's rule as it stands; its first step is due at once."""
    rule = house.plan.ladder
    connection.execute(
        sa.text(
            "INSERT INTO ladders (incident_id, steps, next_step, due_at, state, page_at)"
            " VALUES (:id, CAST(:steps AS jsonb), 0, :now, 'running', :page)"
        ),
        {
            "id": case.id,
            "steps": json.dumps(Ladder.of(rule).row()),
            "now": now,
            "page": now + rule.head_office_page.after,
        },
    )


def climb_due(connection: Connection, house: House, now: datetime, only: int | None = None) -> bool:
    """Claim one due ladder (of `only` this incident) and climb it; False when none is due."""
    row = connection.execute(
        sa.text(_DUE + " ORDER BY l.due_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED"),
        {"now": now, "only": only},
    ).one_or_none()
    if row is None:
        return False
    _climb(connection, house, row, now)
    return True


def climb(connection: Connection, house: House, incident_id: int, now: datetime) -> None:
    """Climb this incident's ladder as far as is due (used when it is born or a text failed)."""
    row = connection.execute(
        sa.text(_DUE + " FOR UPDATE OF l"), {"now": now, "only": incident_id}
    ).one_or_none()
    if row is not None:
        _climb(connection, house, row, now)


def case_in(row: sa.Row[Any]) -> Case:
    """What telling needs, from a row that has these columns of an incident."""
    return Case(
        row.incident_id, row.code, row.unit_id, row.product, row.clients, row.headcount,
        row.opened_at,
    )  # fmt: skip


_FIRST_WORDS = {"clients": "incident", "media": "manual", "regulator": "manual"}


def _climb(connection: Connection, house: House, row: sa.Row[Any], now: datetime) -> None:
    ladder, case = Ladder.read(row.steps), case_in(row)
    position = Position(row.next_step, row.turn, row.due_at)
    anybody, last = _anybody_told(connection, case.id), row.due_at
    enough = False
    # Part of another incident: whoever was told there has heard of it.
    knowing = told_in_tree(connection, case.id) if row.parent_id and not row.round else ()
    while is_due(position, now) and not enough:
        last = position.due_at
        words = "escalation" if anybody else _FIRST_WORDS.get(row.origin, row.origin)
        told = tell_roles(
            connection, house, case, roles_of(ladder, position), wording=words, now=now,
            step=position.step, again=row.round, due_at=last, knowing=knowing,
        )  # fmt: skip
        _record(connection, case, position, row.round, told, now)
        anybody = anybody or told.reached
        position = advance(ladder, position, reached=told.reached)
        # Who acknowledged below an earlier step's quorum may be enough for this one's.
        enough = 0 < _acknowledged(connection, case.id) >= quorum(ladder, position)
    _keep(connection, ladder, case.id, position, enough=enough, last=last)
    if exhausted(ladder, position) and not enough:
        _note_exhausted(connection, case, anybody=anybody, now=now)


def _keep(
    connection: Connection, ladder: Ladder, incident_id: int, position: Position, *,
    enough: bool, last: datetime,
) -> None:  # fmt: skip
    """Write where the ladder stands; past its last step, when the first quiet repeat is due."""
    over = exhausted(ladder, position)
    repeating = over and not enough and ladder.repeat_every is not None
    connection.execute(
        sa.text(
            "UPDATE ladders SET next_step = :next, turn = :turn, due_at = :due, state = :state,"
            " repeats = 0, repeat_at = :repeat WHERE incident_id = :id"
        ),
        {
            "next": position.step,
            "turn": position.turn,
            "due": None if enough else position.due_at,
            "state": "stopped" if enough else "exhausted" if over else "running",
            "repeat": last + ladder.repeat_every if repeating and ladder.repeat_every else None,
            "id": incident_id,
        },
    )


def _note_exhausted(connection: Connection, case: Case, *, anybody: bool, now: datetime) -> None:
    """Past the last step: because nobody answered, or because nobody could be told at all."""
    why = "unanswered" if anybody else "nobody_reachable"
    connection.execute(
        sa.text("UPDATE ladders SET why = :why WHERE incident_id = :id"),
        {"why": why, "id": case.id},
    )
    journal.write(connection, now, journal.Entry(
        verb="ladder_exhausted", subject=f"incident:{case.id}", actor="engine",
        incident_id=case.id, unit_id=case.unit_id, after={"why": why},
    ))  # fmt: skip


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


def _acknowledged(connection: Connection, incident_id: int) -> int:
    """How many people's acknowledgements count now."""
    return int(
        connection.execute(
            sa.text(
                "SELECT count(*) FROM acknowledgements"
                " WHERE incident_id = :id AND handed_at IS NULL"
            ),
            {"id": incident_id},
        ).scalar_one()
    )


def _record(
    connection: Connection, case: Case, position: Position, again: int, told: Told, now: datetime
) -> None:
    outcome = "told" if told.reached else "skipped"
    connection.execute(
        sa.text(
            "INSERT INTO ladder_steps (incident_id, round, step, turn, due_at, done_at, outcome,"
            " detail) VALUES (:id, :round, :step, :turn, :due, :now, :outcome,"
            " CAST(:detail AS jsonb)) ON CONFLICT DO NOTHING"
        ),
        {
            "id": case.id, "round": again, "step": position.step, "turn": position.turn,
            "due": position.due_at, "now": now, "outcome": outcome,
            "detail": json.dumps(told.detail()),
        },
    )  # fmt: skip
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
                "step": position.step + 1,
                "incident": public_incident(case.id),
                **told.detail(),
            },
        ),
    )


# --- stopping, and going on ---------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """How many have acknowledged of how many must, and whether that stopped the ladder."""

    have: int
    need: int
    stopped: bool


def stop_if_enough(connection: Connection, incident_id: int) -> Standing:
    """After an acknowledgement: stop the ladder when the quorum of its furthest step is there."""
    row = connection.execute(
        sa.text("SELECT steps, next_step, turn FROM ladders WHERE incident_id = :id FOR UPDATE"),
        {"id": incident_id},
    ).one_or_none()
    have = _acknowledged(connection, incident_id)
    if row is None:
        return Standing(have, 1, True)
    need = quorum(Ladder.read(row.steps), Position(row.next_step, row.turn, None))
    if have >= need:
        connection.execute(
            sa.text("UPDATE ladders SET state = 'stopped', due_at = NULL, repeat_at = NULL,"
                    " why = NULL WHERE incident_id = :id"),
            {"id": incident_id},
        )  # fmt: skip
    return Standing(have, need, have >= need)


def run_again(
    connection: Connection, incident_id: int, now: datetime, *, afresh: bool = False
) -> bool:
    """Let a stopped or exhausted ladder wait a step's time and climb on; False when it runs.

    `afresh`: people who were told in an earlier round are told again.
    """
    row = connection.execute(
        sa.text("SELECT steps, next_step, state, round FROM ladders WHERE incident_id = :id"
                " FOR UPDATE"),
        {"id": incident_id},
    ).one_or_none()  # fmt: skip
    if row is None or row.state == "running":
        return False
    ladder = Ladder.read(row.steps)
    connection.execute(
        sa.text(
            "UPDATE ladders SET state = 'running', due_at = :due, next_step = :next, turn = 0,"
            " round = :round, repeat_at = NULL, why = NULL WHERE incident_id = :id"
        ),
        {
            "due": now + ladder.every,
            "next": ladder.again_from(row.next_step),
            "round": row.round + afresh,
            "id": incident_id,
        },
    )
    return True


def go_on(connection: Connection, incident_id: int, now: datetime) -> None:
    """After its incident is open again: unless enough have acknowledged, the ladder climbs on."""
    if not stop_if_enough(connection, incident_id).stopped:
        run_again(connection, incident_id, now)


def pass_dead(
    connection: Connection, house: House, incident_id: int, step: int, role: str, now: datetime
) -> None:
    """When nobody of the latest step can get a text any more, waiting for them is pointless.

    Where a step tells its roles in turn, only the one whose turn it was is waited for.
    """
    row = connection.execute(
        sa.text(_ROW + "l.incident_id = :id AND l.state = 'running' FOR UPDATE OF l"),
        {"id": incident_id},
    ).one_or_none()
    if row is None:
        return
    ladder = Ladder.read(row.steps)
    if step >= len(ladder.steps) or (row.next_step, row.turn) != after(ladder, step, role):
        return
    alive = connection.scalar(
        sa.text(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE incident_id = :id AND step = :step"
            " AND (state NOT IN ('failed', 'withheld', 'cancelled') OR"
            "  (state = 'cancelled' AND merged_into IS NOT NULL))"
            " AND (NOT :in_turn OR to_role = :role))"
        ),
        {"id": incident_id, "step": step, "in_turn": ladder.steps[step].in_turn, "role": role},
    )
    if alive:
        return
    connection.execute(
        sa.text("UPDATE ladders SET due_at = least(due_at, :now) WHERE incident_id = :id"),
        {"now": now, "id": incident_id},
    )
    climb(connection, house, incident_id, now)
