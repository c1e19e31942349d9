"""The bucket as a pure function: what it admits, and that it never lies about the wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.rates import Bucket, Buckets, Lane, Pace, take

PACES = st.builds(Pace, st.integers(1, 10_000), st.integers(1, 1_000))
#: Steps of a clock, backwards too: a machine's time may be set.
STEPS = st.lists(st.floats(-5, 120, allow_nan=False), min_size=1, max_size=200)


@given(PACES, STEPS)
def test_never_more_than_burst_and_pace_allow(pace: Pace, steps: list[float]) -> None:
    bucket, now, newest, admitted = None, 1000.0, 1000.0, 0
    for step in steps:
        now += step
        bucket, decision = take(bucket, now, pace)
        admitted += decision.admitted
        newest = max(newest, now)
        assert 0 <= bucket.left <= pace.burst
        allowed = pace.burst + (newest - 1000.0 - min(0.0, steps[0])) * pace.per_minute / 60
        assert admitted <= allowed + 1e-6


@given(PACES, STEPS)
def test_after_the_wait_it_is_admitted_and_not_before(pace: Pace, steps: list[float]) -> None:
    bucket: Bucket | None = None
    now = 0.0
    for step in steps:
        now += abs(step) / 50
        bucket, decision = take(bucket, now, pace)
        if not decision.admitted:
            assert decision.wait > 0
            _, early = take(bucket, bucket.at + decision.wait * 0.99, pace)
            _, later = take(bucket, bucket.at + decision.wait * 1.01 + 1e-6, pace)
            assert not early.admitted and later.admitted
            return


@given(PACES, st.integers(1, 50), st.integers(0, 300))
def test_a_refusal_costs_nothing(pace: Pace, refusals: int, seconds: int) -> None:
    """Who asks on while refused is admitted as early as who waits."""
    empty = Bucket(0.0, 0.0)
    asked = empty
    for nth in range(refusals):
        before = take(asked, nth * 1e-6, pace)
        if before[1].admitted:
            return
        asked = before[0]
    assert take(asked, seconds, pace)[1].admitted == take(empty, seconds, pace)[1].admitted


def test_a_fresh_caller_has_a_whole_burst_and_callers_do_not_share() -> None:
    buckets, pace = Buckets(), Pace.of(60)
    first = [buckets.take(("token", 1, Lane.READ), 5.0, pace).admitted for _ in range(11)]
    assert first == [True] * 10 + [False]
    assert buckets.take(("token", 2, Lane.READ), 5.0, pace).admitted
    assert buckets.take(("token", 1, Lane.READ), 6.0, pace).admitted


def test_few_buckets_are_kept() -> None:
    buckets, pace = Buckets(most=2), Pace(1, 1)
    for name in "abc":
        assert buckets.take(name, 0.0, pace).admitted
    assert not buckets.take("c", 0.0, pace).admitted
    assert buckets.take("a", 0.0, pace).admitted  # forgotten: the longest idle
