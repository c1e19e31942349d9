"""The counting against a brute force over all windows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.counting import Event, KeyRule, densest_window, fallen_off_at, standing
from core.clock import SHANGHAI
from core.words import State
from tests.properties.profiles import both

START = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
DAY = timedelta(hours=24)
RULE = KeyRule("unit", DAY, watch=5, incident=10, large=50)


def at(half_hours: int) -> datetime:
    return START + timedelta(minutes=30 * half_hours)


# Half hours over four days: many events lie exactly 24 hours (48 steps) apart.
moments = st.integers(0, 192)
events = st.lists(st.tuples(moments, st.integers(1, 14)), max_size=40).map(
    lambda pairs: [Event(at(m), n, client) for n, (m, client) in enumerate(pairs)]
)


def clients_in(found: list[Event], start: datetime, end: datetime) -> set[int]:
    return {e.client_id for e in found if start <= e.received_at <= end}


@both
@given(events, moments)
def test_the_densest_window_is_the_best_of_all_windows(found: list[Event], moment: int) -> None:
    here = at(moment)
    count = densest_window(found, here, DAY)
    starts = [at(m) for m in range(moment - 48, moment + 1)]  # every window that contains `here`
    assert count.clients == max(len(clients_in(found, s, s + DAY)) for s in starts)
    assert count.end - count.start == DAY and count.start <= here <= count.end
    inside = {e for e in found if count.start <= e.received_at <= count.end}
    assert {*count.counted, *count.repeated} == inside
    assert set(count.outside) == set(found) - inside
    assert len(count.counted) == count.clients == len({e.client_id for e in count.counted})
    # Whoever counts does so with the first complaint in the window.
    for event in count.repeated:
        (first,) = [e for e in count.counted if e.client_id == event.client_id]
        assert first <= event


@both
@given(events, st.integers(1, 14))
def test_the_count_falls_off_when_it_is_said_to(found: list[Event], needed: int) -> None:
    now = max((e.received_at for e in found), default=START)
    count = densest_window(found, now, DAY)
    falls = fallen_off_at(count, needed, DAY)

    def rolling(moment: datetime) -> int:
        return len(clients_in(found, moment - DAY, moment))

    if falls is None:
        assert rolling(now) < needed
    else:
        assert rolling(falls) >= needed > rolling(falls + timedelta(microseconds=1))
        assert all(rolling(now + timedelta(minutes=30 * m)) >= needed
                   for m in range(0, 49) if now + timedelta(minutes=30 * m) <= falls)  # fmt: skip


@both
@given(events, moments, st.integers(0, 12), st.none() | moments)
def test_a_watch_stands_exactly_as_long_as_it_should(
    found: list[Event], moment: int, heads: int, reported: int | None
) -> None:
    now = at(moment)
    past = [e for e in found if e.received_at <= now]
    heads_at = None if reported is None or reported > moment else at(reported)

    def number(when: datetime) -> int:
        there = heads if heads_at and when - DAY <= heads_at <= when else 0
        return max(len(clients_in(past, when - DAY, when)), there)

    shown = standing(RULE, past, now, heads=heads, heads_at=heads_at)
    assert shown.clients == len(clients_in(past, now - DAY, now))
    assert (shown.state is State.WATCH) == (number(now) >= RULE.watch)
    assert shown.state in (State.QUIET, State.WATCH), "only a new complaint opens an incident"
    if shown.refresh_at is not None:
        assert number(shown.refresh_at) >= RULE.watch
        assert number(shown.refresh_at + timedelta(microseconds=1)) < RULE.watch


@pytest.mark.parametrize(("apart", "together"), [(DAY, 2), (DAY + timedelta(microseconds=1), 1)])
def test_both_ends_of_the_window_are_in_it(apart: timedelta, together: int) -> None:
    found = [Event(START, 1, 1), Event(START + apart, 2, 2)]
    assert densest_window(found, START, DAY).clients == together
    assert densest_window(found, START + apart, DAY).clients == together


def test_a_client_who_never_stops_costs_no_square() -> None:
    """20,000 complaints of one client; the square of that would not end within the time-out."""
    found = [Event(START + timedelta(seconds=n), n, 1) for n in range(20_000)]
    assert densest_window(found, START + timedelta(seconds=20_000), DAY).clients == 1
