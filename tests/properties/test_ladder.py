"""The ladder: its steps in order, none before its time, none waited for in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.clock import SHANGHAI
from escalation.ladder import Position, advance, is_due
from tests.properties.profiles import both

START = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


@both
@given(
    st.lists(st.booleans(), min_size=1, max_size=8),
    st.integers(1, 3600),
    st.lists(st.integers(0, 4000), min_size=1, max_size=20),
)
def test_steps_in_order_and_never_before_their_time(
    reached: list[bool], seconds: int, waits: list[int]
) -> None:
    every = timedelta(seconds=seconds)
    position, now = Position(0, START, len(reached)), START
    done: list[tuple[int, datetime]] = []
    for wait in [0, *waits, seconds * len(reached)]:
        now += timedelta(seconds=wait)
        while is_due(position, now):
            assert position.due_at is not None and position.due_at <= now
            done.append((position.next_step, position.due_at))
            position = advance(position, reached=reached[position.next_step], step=every)
    assert [step for step, _ in done] == list(range(len(reached))), "each once, in order"
    assert position.exhausted and position.due_at is None and not is_due(position, now)
    told_before = 0
    for step, due in done:
        assert due == START + told_before * every, "a step waits for each that reached somebody"
        told_before += reached[step]
