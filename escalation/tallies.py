"""Counting one complaint's keys: in the window of each, or in the open incident that has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from alerts.counting import (
    Count,
    Event,
    Key,
    Standing,
    densest_window,
    standing,
    state_for,
)
from core.words import State
from escalation.client_link import Linked
from escalation.intake_sql import (
    KeyState,
    Known,
    counted_under,
    read_events,
)
from escalation.prepared import Prepared


@dataclass(frozen=True)
class Tally:
    """One key's count with this complaint in it."""

    key: Key
    clients: int
    state: State
    incident_id: int | None
    count: Count | None
    shown: Standing | None = None

    def answer(self) -> dict[str, Any]:
        return {
            "key": self.key.text,
            "clients": self.clients,
            "threshold": self.key.rule.incident,
            "state": self.state.value,
        }

    @property
    def fires(self) -> bool:
        return self.incident_id is None and self.clients >= self.key.rule.incident


def tally_key(
    connection: Connection, key: Key, one: Prepared, known: Known, linked: Linked
) -> Tally:
    """Count one key with this complaint in it."""
    at, state = one.value.received_at, known.states.get(key.text)
    mine = [Event(at, known.complaint_id, client) for client in set(linked.client_ids)]
    if state is not None and state.incident_id is not None and state.window_start is not None:
        if at >= state.window_start - key.rule.window:
            return _tally_open(connection, key, state, known, linked, at)
        events = read_events(connection, key.text, at - key.rule.window, at + key.rule.window)
    else:
        events = known.events.get(key.text, [])
    moved = [replace(e, client_id=linked.merged.get(e.client_id, e.client_id)) for e in events]
    count = densest_window([*moved, *mine], at, key.rule.window)
    late_for = state.incident_id if state else None
    incident_id = late_for if late_for and count.clients >= key.rule.incident else None
    heads = _heads(key, state, known.now)
    reached = state_for(key.rule, max(count.clients, heads))
    if reached in (State.INCIDENT, State.LARGE) and count.clients < key.rule.incident:
        reached = State.WATCH  # heads alone open through the gathering's own report
    shown = None
    if state is None or state.incident_id is None:
        if at < known.now - key.rule.window:  # entered late: the window of now holds others
            moved, mine = read_events(connection, key.text, known.now - key.rule.window,
                                      known.now + key.rule.window), []  # fmt: skip
        shown = standing(
            key.rule, [*moved, *mine], known.now, heads=state.headcount if state else 0,
            heads_at=state.headcount_at if state else None,
        )  # fmt: skip
    return Tally(key, count.clients, reached, incident_id, count, shown)


def _tally_open(
    connection: Connection, key: Key, state: KeyState, known: Known, linked: Linked, at: datetime
) -> Tally:
    """The key belongs to an open incident: add who is new under it, in constant time."""
    mine_all = set(linked.client_ids)
    known_clients = sorted(mine_all - linked.fresh)
    already: set[int] = set()
    if known_clients:
        already = counted_under(connection, key.text, state.incident_id, known_clients)
    # A merge in this very complaint has changed who counts: then count all of them anew.
    before = state.clients
    if linked.merged:
        before = len(counted_under(connection, key.text, state.incident_id, None))
    clients = before + len(mine_all - already)
    reached = State.LARGE if state.state is State.LARGE else State.INCIDENT
    if reached is not State.LARGE and clients >= key.rule.large:
        window = read_events(connection, key.text, at - key.rule.window, at + key.rule.window)
        mine = [Event(at, known.complaint_id, client) for client in set(linked.client_ids)]
        rolling = densest_window([*window, *mine], at, key.rule.window)
        reached = max(reached, state_for(key.rule, rolling.clients), key=_GRAVITY.index)
    return Tally(key, clients, reached, state.incident_id, None)


_GRAVITY = (State.QUIET, State.WATCH, State.INCIDENT, State.LARGE)


def _heads(key: Key, state: KeyState | None, now: datetime) -> int:
    """The reported head count of this place, while it is recent; matched to tickets, not added."""
    if state is None or state.headcount_at is None or state.headcount_at < now - key.rule.window:
        return 0
    return state.headcount


def open_incidents(tallies: Sequence[Tally]) -> list[int]:
    """Open incidents that this complaint's keys belong to, the narrowest key's first."""
    seen: dict[int, None] = {}
    for tally in tallies:
        if tally.incident_id is not None:
            seen.setdefault(tally.incident_id)
    return list(seen)
