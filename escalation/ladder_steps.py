"""The ladder as values: its steps, which is due, who is next, when enough have acknowledged. Pure.

A step tells its roles together, or in turn, `each` apart. Its time passes only where somebody was
reached; whoever cannot be reached is passed at once. After the last step come quiet repeats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.words import Role
from escalation.plan import LadderRule


@dataclass(frozen=True)
class Rung:
    """One step: whom it tells, whether one after another, how many must acknowledge."""

    roles: tuple[Role, ...]
    in_turn: bool = False
    each: timedelta | None = None
    quorum: int = 1


@dataclass(frozen=True)
class Ladder:
    """A ladder's rule as it stood when the incident opened; kept as JSON on its row."""

    every: timedelta
    steps: tuple[Rung, ...]
    repeat_every: timedelta | None = None
    repeats: int = 0

    @classmethod
    def of(cls, rule: LadderRule) -> Ladder:
        """The plan's rule, to be frozen."""
        steps = tuple(Rung(s.roles, s.mode == "in_turn", s.each, s.quorum) for s in rule.steps)
        if rule.repeat is None:
            return cls(rule.step, steps)
        return cls(rule.step, steps, rule.repeat.every, rule.repeat.most)

    def row(self) -> dict[str, Any]:
        """As the database keeps it; lengths of time in seconds."""
        return {
            "every": self.every.total_seconds(),
            "steps": [
                {"roles": [r.value for r in s.roles], "in_turn": s.in_turn,
                 "each": s.each.total_seconds() if s.each else None, "quorum": s.quorum}
                for s in self.steps
            ],
            "repeat": {"every": self.repeat_every.total_seconds(), "most": self.repeats}
            if self.repeat_every else None,
        }  # fmt: skip

    @classmethod
    def read(cls, row: dict[str, Any]) -> Ladder:
        """From the database; rows of earlier versions have roles only."""
        steps = tuple(
            Rung(tuple(Role(r) for r in s["roles"]), s.get("in_turn", False),
                 timedelta(seconds=s["each"]) if s.get("each") else None, s.get("quorum", 1))
            for s in row["steps"]
        )  # fmt: skip
        every, repeat = timedelta(seconds=row["every"]), row.get("repeat")
        if not repeat:
            return cls(every, steps)
        return cls(every, steps, timedelta(seconds=repeat["every"]), repeat["most"])

    def again_from(self, step: int) -> int:
        """Where a ladder that is set going again goes on: never before the second step."""
        return min(max(step, 1), len(self.steps) - 1)


@dataclass(frozen=True)
class Position:
    """Where a ladder stands: the next step and turn (from 0) and when it is due; None: past all."""

    step: int
    turn: int
    due_at: datetime | None


def is_due(position: Position, now: datetime) -> bool:
    """Whether the next step's (or turn's) time has come."""
    return position.due_at is not None and position.due_at <= now


def exhausted(ladder: Ladder, position: Position) -> bool:
    """Whether every step has been done."""
    return position.step >= len(ladder.steps)


def roles_of(ladder: Ladder, position: Position) -> tuple[Role, ...]:
    """Whom the next step, or its next turn, tells."""
    rung = ladder.steps[position.step]
    return rung.roles[position.turn : position.turn + 1] if rung.in_turn else rung.roles


def advance(ladder: Ladder, position: Position, *, reached: bool) -> Position:
    """The position after it: wait its time if somebody was told, go on at once if not."""
    assert position.due_at is not None
    rung = ladder.steps[position.step]
    wait = rung.each or ladder.every if rung.in_turn else ladder.every
    due = position.due_at + wait if reached else position.due_at
    if rung.in_turn and position.turn + 1 < len(rung.roles):
        return Position(position.step, position.turn + 1, due)
    following = position.step + 1
    return Position(following, 0, due if following < len(ladder.steps) else None)


def quorum(ladder: Ladder, position: Position) -> int:
    """How many people must have acknowledged: what the furthest step told asks for."""
    furthest = position.step if position.turn else position.step - 1
    return ladder.steps[max(0, furthest)].quorum


def repeats_due(
    ladder: Ladder, done: int, repeat_at: datetime, now: datetime
) -> tuple[int, datetime | None]:
    """How many repeats have been made by `now` (late ones count as made), and when the next is."""
    assert ladder.repeat_every is not None
    while done < ladder.repeats and repeat_at <= now:
        done, repeat_at = done + 1, repeat_at + ladder.repeat_every
    return done, repeat_at if done < ladder.repeats else None


def after(ladder: Ladder, step: int, role: str) -> tuple[int, int]:
    """Step and turn that follow the telling of `role` in `step`: while the ladder stands there,
    it waits for that role (in turn) or for the whole step."""
    rung = ladder.steps[step]
    names = [r.value for r in rung.roles]
    if rung.in_turn and role in names[:-1]:
        return step, names.index(role) + 1
    return step + 1, 0
