"""Who complains together (WP-13, WP-14): keys, windows, thresholds. Pure.

A key names what complaints may have in common: the same unit, the same branch and product, the
same product in the whole bank. For each key the distinct clients in a rolling window (both ends
included) are counted; the count decides the key's state.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.words import Level, State


@dataclass(frozen=True)
class KeyRule:
    """How one kind of key counts: rolling window and the thresholds in distinct clients."""

    kind: str
    window: timedelta
    watch: int
    incident: int
    large: int
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True)
class GatheringRule:
    """Thresholds in heads for a gathering that staff report (no tickets needed)."""

    watch: int
    incident: int
    large: int


@dataclass(frozen=True)
class Key:
    """One key of one complaint. `text` is its identity, such as ``unit:302290031171``."""

    text: str
    rule: KeyRule
    unit_code: str | None = None
    product: str | None = None

    @property
    def kind(self) -> str:
        return self.rule.kind


@dataclass(frozen=True, order=True)
class Event:
    """One complaint of one client under one key."""

    received_at: datetime
    complaint_id: int
    client_id: int


@dataclass(frozen=True)
class Count:
    """The densest window around a complaint: who counts, who does not and why."""

    clients: int
    start: datetime
    end: datetime
    counted: tuple[Event, ...]
    repeated: tuple[Event, ...]
    outside: tuple[Event, ...]

    def explanation(self) -> dict[str, object]:
        """The reason as plain data (ids and times only), for the journal and the page."""

        def rows(events: Iterable[Event]) -> list[dict[str, object]]:
            return [
                {
                    "complaint": e.complaint_id,
                    "client": e.client_id,
                    "at": e.received_at.isoformat(),
                }
                for e in events
            ]

        return {
            "window": [self.start.isoformat(), self.end.isoformat()],
            "counted": rows(self.counted),
            "same_client": rows(self.repeated),
            "outside_window": rows(self.outside),
        }


def product_key(product: str | None) -> str | None:
    """A product's name, folded so that width, case and blanks do not split a crowd."""
    folded = " ".join(unicodedata.normalize("NFKC", product or "").casefold().split())
    return folded or None


def keys_for(
    rules: Sequence[KeyRule],
    *,
    unit_code: str,
    unit_level: Level,
    branch_code: str | None,
    product: str | None,
) -> tuple[Key, ...]:
    """The keys under which a complaint about this unit and product counts, narrowest first."""
    folded = product_key(product)
    keys: list[Key] = []
    for rule in rules:
        if rule.kind == "unit" and (not rule.levels or unit_level in rule.levels):
            keys.append(Key(f"unit:{unit_code}", rule, unit_code=unit_code))
        elif rule.kind == "branch_product" and branch_code and folded:
            text = f"branch_product:{branch_code}:{folded}"
            keys.append(Key(text, rule, unit_code=branch_code, product=product))
        elif rule.kind == "product" and folded:
            keys.append(Key(f"product:{folded}", rule, product=product))
    return tuple(keys)


def state_for(rule: KeyRule | GatheringRule, number: int) -> State:
    """The state that `number` distinct clients (or heads) give."""
    if number >= rule.large:
        return State.LARGE
    if number >= rule.incident:
        return State.INCIDENT
    return State.WATCH if number >= rule.watch else State.QUIET


def densest_window(events: Iterable[Event], at: datetime, window: timedelta) -> Count:
    """The window of length `window` that contains `at` and holds the most distinct clients.

    A complaint entered late counts at the time it was received, so the window may reach past it;
    for one received now it is simply the window that ends now. On a tie the earliest window wins.
    """
    ordered = sorted(events)
    near = [e for e in ordered if at - window <= e.received_at <= at + window]
    best = (0, at - window)
    seen: dict[int, int] = {}  # client -> complaints in the window, which slides over `near` once
    first = beyond = 0
    for start in sorted({at, *(e.received_at for e in near if e.received_at <= at)}):
        while beyond < len(near) and near[beyond].received_at <= start + window:
            client = near[beyond].client_id
            seen[client] = seen.get(client, 0) + 1
            beyond += 1
        while first < beyond and near[first].received_at < start:
            client = near[first].client_id
            seen[client] -= 1
            if not seen[client]:
                del seen[client]
            first += 1
        if len(seen) > best[0]:
            best = (len(seen), start)
    start = best[1]
    return _explain(ordered, start, start + window, best[0])


def _explain(ordered: Sequence[Event], start: datetime, end: datetime, number: int) -> Count:
    counted: dict[int, Event] = {}
    repeated: list[Event] = []
    outside: list[Event] = []
    for event in ordered:
        if not start <= event.received_at <= end:
            outside.append(event)
        elif event.client_id in counted:
            repeated.append(event)
        else:
            counted[event.client_id] = event
    return Count(number, start, end, tuple(counted.values()), tuple(repeated), tuple(outside))


def fallen_off_at(count: Count, needed: int, window: timedelta) -> datetime | None:
    """When the rolling count drops below `needed` if nobody else complains; None if it is below.

    Each client stays until its latest complaint in the window is older than the window.
    """
    if count.clients < needed:
        return None
    latest: dict[int, datetime] = {}
    for event in (*count.counted, *count.repeated):
        latest[event.client_id] = max(
            latest.get(event.client_id, event.received_at), event.received_at
        )
    leaving = sorted(latest.values())
    return leaving[count.clients - needed] + window


@dataclass(frozen=True)
class Standing:
    """What a key that belongs to no incident shows now, and when that must be looked at again."""

    clients: int
    state: State
    refresh_at: datetime | None


def standing(
    rule: KeyRule,
    events: Iterable[Event],
    now: datetime,
    *,
    heads: int = 0,
    heads_at: datetime | None = None,
) -> Standing:
    """Count what the rolling window holds at `now`, with the head count reported at `heads_at`.

    At most a watch: only a new complaint or report opens an incident.
    """
    count = densest_window(events, now, rule.window)
    if heads_at is None or heads_at < now - rule.window:
        heads = 0
    state = state_for(rule, max(count.clients, heads))
    if state is State.QUIET:
        return Standing(count.clients, state, None)
    ends = [fallen_off_at(count, rule.watch, rule.window)]
    if heads >= rule.watch and heads_at is not None:
        ends.append(heads_at + rule.window)
    return Standing(count.clients, State.WATCH, max(end for end in ends if end is not None))
