"""Which duties an event makes, for whom and by when. Pure: clause, place and moments in, rows out.

A clause is owed by the first of its roles that the place has a seat for; where it has none (a
branch's clause on a head-office event), no duty is born.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from contacts.units import UnitTree
from core.clock import iso
from core.words import Role
from escalation.clauses import Clause, Standing
from escalation.plan import Plan
from escalation.vocabulary import Event
from escalation.working_time import Calendar, Due, due, format_allowance, reminder_times


@dataclass(frozen=True)
class Moments:
    """When the unit learned of it, when it happened, when the complaint was received."""

    aware: datetime
    occurred: datetime | None = None
    received: datetime | None = None

    def start(self, clause: Clause) -> datetime:
        """Where the clause's clock begins; from awareness where the named moment is not known."""
        named = {"occurred": self.occurred, "received": self.received}.get(clause.runs_from)
        return named or self.aware


@dataclass(frozen=True)
class Call:
    """Something to tell at a time: a reminder, the breach, a step of the ladder after it.

    `roles` empty means that it is noted and nobody is told.
    """

    at: datetime
    kind: str
    roles: tuple[Role, ...] = ()

    def row(self) -> dict[str, Any]:
        return {"at": iso(self.at), "kind": self.kind, "roles": [r.value for r in self.roles]}


@dataclass(frozen=True)
class Birth:
    """A duty about to be stored."""

    standing: Standing
    event: Event
    unit_id: int
    role: Role
    runs_from: datetime
    due: Due
    calls: tuple[Call, ...]

    def row(self, birth: str) -> dict[str, Any]:
        """Its columns; `birth` makes it one of a kind (see `duties.birth`)."""
        clause = self.standing.clause
        first = next((c.at for c in self.calls if c.kind == "reminder"), None)
        return {
            "clause": clause.id, "title_zh": clause.title.zh, "title_en": clause.title.en,
            "role": self.role.value, "unit_id": self.unit_id,
            "fulfilled_by": list(clause.fulfilled_by), "workings": self._workings(),
            "plan": self.standing.plan, "plan_version": self.standing.version,
            "warn_at": iso(first) if first else None, "due_at": iso(self.due.at),
            "birth": birth, "event": self.event,
            "rule": clause.model_dump(mode="json", exclude_defaults=True),
            "runs_from": iso(self.runs_from), "provisional": self.due.provisional,
            "calls": [c.row() for c in self.calls], "next_at": iso(self.calls[0].at),
        }  # fmt: skip

    def _workings(self) -> dict[str, Any]:
        within = self.standing.clause.within
        return {
            "from": iso(self.runs_from), "event": self.event, "within": format_allowance(within),
            "clock": within.kind, "due": iso(self.due.at),
            "steps": [asdict(step) for step in self.due.steps],
        }  # fmt: skip


def births(
    plan: Plan,
    tree: UnitTree,
    calendar: Calendar,
    event: Event,
    unit_id: int,
    moments: Moments,
    facts: dict[str, Any] | None = None,
) -> list[Birth]:
    """The duties that this event makes at this unit, in the plan's order."""
    found = []
    for standing in plan.standing:
        clause = standing.clause
        if clause.event != event or (clause.where and not clause.where.fits(facts or {})):
            continue
        seat = seat_for(tree, unit_id, not_against(plan, standing, facts))
        if seat is not None:
            found.append(one(plan, calendar, standing, event, seat, moments))
    return found


def not_against(plan: Plan, standing: Standing, facts: dict[str, Any] | None) -> list[Role]:
    """Who owes a clause: never whom the complaint is about; where nobody else is named, those who
    may waive what this plan asks for."""
    against = (facts or {}).get("against")
    if against is None:
        return list(standing.clause.who)
    others = [role for role in standing.clause.who if role != against]
    return others or [role for role in plan.entitled(standing.plan) if role != against]


def one(
    plan: Plan, calendar: Calendar, standing: Standing, event: Event, seat: tuple[int, Role],
    moments: Moments,
) -> Birth:  # fmt: skip
    """The duty of one clause at one seat (unit id, role)."""
    start = moments.start(standing.clause)
    ended = due(start, standing.clause.within, calendar)
    calls = calls_of(plan, standing, seat[1], start, ended.at)
    return Birth(standing, event, seat[0], seat[1], start, ended, calls)


def seat_for(tree: UnitTree, unit_id: int, roles: Iterable[Role]) -> tuple[int, Role] | None:
    """Unit and role of the first of `roles` that has a seat for what happens at this unit."""
    for role in roles:
        seat = tree.seat(unit_id, role)
        if seat is not None:
            return seat.id, role
    return None


def calls_of(
    plan: Plan, standing: Standing, owner: Role, start: datetime, due_at: datetime
) -> tuple[Call, ...]:
    """Reminders before, the breach at, the ladder's steps after the due time, in order."""
    clause = standing.clause
    reminded = (owner,) if clause.remind_by == "sms" else ()
    calls = [Call(at, "reminder", reminded) for at in reminder_times(start, due_at, clause.remind)]
    steps = plan.duty_ladder(standing.plan, clause.ladder) if clause.on_breach == "tell" else ()
    at_once = tuple(role for s in steps if s.after is None for role in s.roles)
    calls.append(Call(due_at, "breach", at_once))
    calls += [Call(due_at + s.after, "step", s.roles) for s in steps if s.after is not None]
    return tuple(sorted(calls, key=lambda c: c.at))


def moved(
    calls: Sequence[dict[str, Any]], next_at: datetime | None, shift: timedelta, now: datetime
) -> tuple[list[dict[str, Any]], str | None]:
    """Stored calls after their due time moved by `shift`, and when the next one is. Pure.

    What was not called yet is called at its new time, though that be past; what was called
    already is called again only where its new time is still to come.
    """
    found, waiting = [], []
    for call in calls:
        old = datetime.fromisoformat(call["at"])
        new = old + shift
        found.append({**call, "at": iso(new)})
        if (next_at is not None and old >= next_at) or new > now:
            waiting.append(new)
    return found, iso(min(waiting, default=None))
