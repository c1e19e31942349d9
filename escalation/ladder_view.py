"""A ladder as pages show it: what it did, what comes next and when, how many have acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from core.clock import iso
from escalation.ladder_steps import Ladder, Position, exhausted, quorum, roles_of

Row = sa.Row[Any]


def ladder_view(row: Row, done: Sequence[Row], acknowledgements: Sequence[Row]) -> dict[str, Any]:
    """One ladder; times as ISO 8601 text. `row` has every column of ladders, `done` its steps."""
    ladder = Ladder.read(row.steps)
    position = Position(row.next_step, row.turn, row.due_at)
    running = row.state == "running" and not exhausted(ladder, position)
    following = [role.value for role in roles_of(ladder, position)] if running else []
    return {
        "state": row.state, "why": row.why, "step": row.next_step, "steps": len(ladder.steps),
        "next_at": iso(row.due_at) if running else None, "next_roles": following,
        "page_at": None if row.paged_at else iso(row.page_at),
        "paged_at": iso(row.paged_at), "every_seconds": row.steps["every"],
        "acknowledged": sum(1 for a in acknowledgements if a.handed_at is None),
        "quorum": quorum(ladder, position),
        "repeats": {"done": row.repeats, "most": ladder.repeats, "next_at": iso(row.repeat_at)},
        "told": sum(len(s.detail["told"]) for s in done),
        "skipped": sum(1 for s in done if s.outcome == "skipped"),
        "plan": [[role.value for role in rung.roles] for rung in ladder.steps],
        "in_turn": [rung.in_turn for rung in ladder.steps],
        "done": [
            {"step": s.step + 1, "turn": s.turn + 1, "round": s.round + 1,
             "due_at": iso(s.due_at), "done_at": iso(s.done_at), "outcome": s.outcome,
             "told": s.detail["told"], "missed": s.detail["missed"]}
            for s in done
        ],
    }  # fmt: skip


def acknowledgement_view(row: Row) -> dict[str, Any]:
    """One acknowledgement; on a shift, until when it counts, and since when no longer."""
    return {
        "by": row.by, "role": row.role, "via": row.via, "at": iso(row.at),
        "head_office": row.head_office, "grade": row.grade, "entered_by": row.entered_by,
        "note": row.note, "shift_ends_at": iso(row.shift_ends_at), "handed_at": iso(row.handed_at),
    }  # fmt: skip
