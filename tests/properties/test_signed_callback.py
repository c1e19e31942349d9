"""A signature holds for the very bytes, the very time, and no longer than the window."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from alerts.signed_callback import (
    DELAYS,
    MOST_ATTEMPTS,
    SIGNATURE,
    TIMESTAMP,
    WINDOW,
    delay,
    headers,
    verified,
)

secrets = st.binary(min_size=16, max_size=64)
bodies = st.binary(max_size=200)
times = st.integers(1_000_000_000, 4_000_000_000)


@given(secrets, bodies, times, st.integers(-WINDOW, WINDOW))
def test_what_we_sign_is_verified_within_the_window(
    secret: bytes, body: bytes, at: int, later: int
) -> None:
    assert verified(secret, headers(secret, at, body), body, at + later)


@given(secrets, bodies, times, st.integers(WINDOW + 1, 10**6), st.sampled_from([1, -1]))
def test_a_replay_is_refused(secret: bytes, body: bytes, at: int, later: int, sign: int) -> None:
    assert not verified(secret, headers(secret, at, body), body, at + sign * later)


@given(secrets, secrets, bodies, bodies, times, st.integers(-200, 200))
def test_nothing_of_it_may_be_changed(
    secret: bytes, other: bytes, body: bytes, changed: bytes, at: int, moved: int
) -> None:
    given_ = headers(secret, at, body)
    if changed != body:
        assert not verified(secret, given_, changed, at)
    if other != secret:
        assert not verified(other, given_, body, at)
    if moved:
        assert not verified(secret, {**given_, TIMESTAMP: str(at + moved)}, body, at)


@given(secrets, bodies, times, st.text(max_size=20), st.text(max_size=80))
def test_whatever_is_sent_instead_is_refused_and_nothing_breaks(
    secret: bytes, body: bytes, at: int, stamp: str, signature: str
) -> None:
    good = headers(secret, at, body)
    assume(signature != good[SIGNATURE])
    assert not verified(secret, {TIMESTAMP: stamp, SIGNATURE: signature}, body, at)
    assert not verified(secret, {**good, SIGNATURE: signature}, body, at)
    assert not verified(secret, {}, body, at)


@given(st.integers(0, 500))
def test_the_waits_grow_and_end_at_the_longest(attempts: int) -> None:
    assert delay(attempts) <= delay(attempts + 1) <= DELAYS[-1]


def test_an_answer_is_tried_for_three_days() -> None:
    waited = sum(delay(n) for n in range(1, MOST_ATTEMPTS))
    assert 3 * 86_400 - 7200 <= waited <= 3 * 86_400 + 7200
