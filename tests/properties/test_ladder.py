"""The ladder: steps in order, none before its time, none waited for in vain, repeats counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.clock import SHANGHAI
from core.words import Role
from escalation.ladder_steps import (
    Ladder,
    Position,
    Rung,
    advance,
    after,
    exhausted,
    is_due,
    quorum,
    repeats_due,
    roles_of,
)
from tests.properties.profiles import both

START = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
_spans = st.integers(1, 3600).map(lambda seconds: timedelta(seconds=seconds))
_rungs = st.builds(
    Rung,
    st.lists(st.sampled_from(Role), min_size=1, max_size=4, unique=True).map(tuple),
    st.booleans(),
    st.none() | _spans,
    st.integers(1, 9),
)
ladders = st.builds(
    Ladder,
    _spans,
    st.lists(_rungs, min_size=1, max_size=6).map(tuple),
    st.none() | _spans,
    st.integers(1, 20),
)


def _turns(ladder: Ladder) -> list[tuple[int, int]]:
    """Every telling in order, worked out by hand."""
    return [
        (step, turn)
        for step, rung in enumerate(ladder.steps)
        for turn in range(len(rung.roles) if rung.in_turn else 1)
    ]


def _climb(ladder: Ladder, reached: list[bool], waits: list[timedelta]) -> list[Position]:
    """Ticks after these waits, then one that is late enough for all: what was done, in order."""
    position, now = Position(0, 0, START), START
    done: list[Position] = []
    for wait in [timedelta(0), *waits, timedelta(days=30)]:
        now += wait
        while is_due(position, now):
            assert position.due_at is not None and position.due_at <= now
            done.append(position)
            position = advance(ladder, position, reached=reached[len(done) - 1])
    assert exhausted(ladder, position) and position.due_at is None
    return done


@both
@given(ladders, st.lists(st.booleans(), min_size=24, max_size=24), st.lists(_spans, max_size=20))
def test_each_telling_once_in_order_and_at_its_time(
    ladder: Ladder, reached: list[bool], waits: list[timedelta]
) -> None:
    done = _climb(ladder, reached, waits)
    assert [(p.step, p.turn) for p in done] == _turns(ladder), "each once, in order"
    assert done == _climb(ladder, reached, []), "a late tick does what many do"
    due = START
    for number, position in enumerate(done):
        assert position.due_at == due, "waited for exactly where somebody was reached"
        rung = ladder.steps[position.step]
        if reached[number]:
            due += rung.each or ladder.every if rung.in_turn else ladder.every


@both
@given(ladders)
def test_a_ladder_is_kept_as_it_was(ladder: Ladder) -> None:
    kept = Ladder.read(ladder.row())
    assert (kept.every, kept.steps, kept.repeat_every) == (
        ladder.every, ladder.steps, ladder.repeat_every,
    )  # fmt: skip
    assert kept.repeats == (ladder.repeats if ladder.repeat_every else 0)


@both
@given(ladders)
def test_everybody_of_a_step_is_told_and_its_quorum_counts_from_then_on(ladder: Ladder) -> None:
    told: dict[int, list[Role]] = {}
    position = Position(0, 0, START)
    assert quorum(ladder, position) == ladder.steps[0].quorum, "before anybody was told"
    while not exhausted(ladder, position):
        before = position
        roles = roles_of(ladder, position)
        told.setdefault(position.step, []).extend(roles)
        position = advance(ladder, position, reached=True)
        assert quorum(ladder, position) == ladder.steps[before.step].quorum
        for role in roles:
            assert after(ladder, before.step, role.value) == (position.step, position.turn)
    assert told == {n: list(rung.roles) for n, rung in enumerate(ladder.steps)}


def test_a_row_of_an_earlier_version_has_roles_only() -> None:
    ladder = Ladder.read({"every": 300.0, "steps": [{"roles": ["sub_head", "branch_leader"]}]})
    (rung,) = ladder.steps
    assert (rung.in_turn, rung.quorum, ladder.repeat_every) == (False, 1, None)


@both
@given(_spans, st.integers(1, 20), st.lists(_spans, max_size=30))
def test_repeats_are_counted_alike_by_one_late_tick_and_by_many(
    every: timedelta, most: int, waits: list[timedelta]
) -> None:
    ladder = Ladder(every, (Rung((Role.SUB_HEAD,)),), every, most)
    first = START + every
    now, done, due = START, 0, first
    for wait in waits:
        now += wait
        if due is not None and due <= now:
            done, due = repeats_due(ladder, done, due, now)
    passed = min(most, (now - START) // every)
    assert done == passed
    assert due == (first + done * every if done < most else None)
    assert repeats_due(ladder, 0, first, now) == (done, due)
