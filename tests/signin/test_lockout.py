"""How long guessing must wait, and that strangers cannot make others wait."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from dashboard.signin import failures
from dashboard.signin.keys import Keys
from dashboard.signin.lockout import (
    PACES,
    Counted,
    Failures,
    allowed_at,
    counts_for,
    standing,
    wait_after,
)
from tests.postgres import TestDatabase

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
S = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("kind", "number", "wait"),
    [
        (Counted.PAIR, 0, 0), (Counted.PAIR, 4, 0), (Counted.PAIR, 5, 15), (Counted.PAIR, 6, 30),
        (Counted.PAIR, 7, 60), (Counted.PAIR, 11, 900), (Counted.PAIR, 10**9, 900),
        (Counted.ADDRESS, 29, 0), (Counted.ADDRESS, 30, 5), (Counted.ADDRESS, 99, 300),
        (Counted.DEVICE, 9, 0), (Counted.DEVICE, 10, 15), (Counted.DEVICE, 99, 300),
        (Counted.CODE, 4, 0), (Counted.CODE, 5, 30), (Counted.CODE, 99, 900),
    ],
)  # fmt: skip
def test_the_table_of_waits(kind: Counted, number: int, wait: int) -> None:
    assert wait_after(number, PACES[kind]) == wait * S
    held = {kind: Failures(number, NOW)}
    assert allowed_at(held, NOW) == NOW + wait * S


@pytest.mark.parametrize("kind", Counted)
def test_all_is_forgotten_after_a_while(kind: Counted) -> None:
    held = Failures(1000, NOW)
    forget = PACES[kind].forget
    assert standing(kind, held, NOW + forget - S) == 1000
    assert standing(kind, held, NOW + forget) == 0
    assert standing(kind, None, NOW) == 0
    assert allowed_at({kind: held}, NOW + forget) == NOW + forget


def test_a_known_browser_is_counted_for_itself_alone() -> None:
    assert counts_for(known_device=True) == (Counted.DEVICE,)
    assert counts_for(known_device=True, code=True) == (Counted.DEVICE,)
    assert Counted.DEVICE not in counts_for(known_device=False)
    assert counts_for(known_device=False, code=True) == (Counted.CODE,)


_kinds = st.sampled_from(list(Counted))
_failed = st.builds(
    Failures,
    st.integers(0, 10**6),
    st.integers(0, 3 * 24 * 3600).map(lambda ago: NOW - ago * S),
)


@given(st.dictionaries(_kinds, _failed))
def test_nobody_ever_waits_longer_than_the_longest_wait(held: dict[Counted, Failures]) -> None:
    longest = max((PACES[kind].most for kind in held), default=timedelta(0))
    assert NOW <= allowed_at(held, NOW) <= NOW + longest


@given(st.dictionaries(_kinds, _failed), _kinds)
def test_more_failures_never_shorten_the_wait(held: dict[Counted, Failures], kind: Counted) -> None:
    one = held.get(kind, Failures(0, NOW))
    more = {**held, kind: Failures(one.number + 1, one.last)}
    assert allowed_at(more, NOW) >= allowed_at(held, NOW)


@given(st.integers(0, 10**6))
def test_a_guesser_gets_few_tries_a_day(start: int) -> None:
    """However it begins: whoever tries as soon as they may, gets no more than this in 24 h."""
    held, now, tries = Failures(start, NOW), NOW, 0
    while now < NOW + timedelta(hours=24):
        now = allowed_at({Counted.PAIR: held}, now)
        held = Failures(standing(Counted.PAIR, held, now) + 1, now)
        tries += 1
    assert tries <= 5 + 7 + 24 * 4


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 600)), max_size=60))
def test_strangers_never_delay_a_known_browser(steps: list[tuple[bool, int]]) -> None:
    """The holder's failures count; a stranger's, at the same address or not, are not looked at."""
    counts: dict[Counted, Failures] = {}
    mine = 0
    now = NOW
    for stranger, later in steps:
        now += later * S
        for kind in counts_for(known_device=not stranger):
            counts[kind] = Failures(standing(kind, counts.get(kind), now) + 1, now)
        mine += not stranger
    own = {kind: counts[kind] for kind in counts_for(known_device=True) if kind in counts}
    if mine < PACES[Counted.DEVICE].free:
        assert allowed_at(own, now) == now


def test_attempts_at_one_moment_are_not_free(db: TestDatabase) -> None:
    """Each is counted before it is judged, so no crowd of them slips under the line."""
    key = Keys.of("s" * 32).index("pair", "zhang", "10.1.2.3")
    address = Keys.of("s" * 32).index("address", "10.1.2.3")
    counts = {Counted.PAIR: key, Counted.ADDRESS: address}
    with ThreadPoolExecutor(8) as pool:
        refused = list(
            pool.map(lambda _: db.app.run(lambda c: failures.attempt(c, counts)), range(24))
        )
    assert refused.count(None) == 5
    db.app.run(lambda c: failures.succeeded(c, counts))
    rows = dict(
        db.app.read(
            lambda c: [
                (bytes(row.key), row.failures)
                for row in c.execute(sa.text("SELECT key, failures FROM sign_in_failures"))
            ]
        )
    )
    assert rows == {key: 0, address: 4}  # an address does not start afresh by one success


def test_what_no_longer_counts_is_swept(db: TestDatabase) -> None:
    keys = Keys.of("s" * 32)
    for name, ago in (("old", "3 days"), ("new", "1 hour")):
        counts = {Counted.PAIR: keys.index("pair", name, "x")}
        db.app.run(lambda c, counts=counts: failures.attempt(c, counts))  # type: ignore[misc]
        db.app.run(
            lambda c, ago=ago, counts=counts: c.execute(  # type: ignore[misc]
                sa.text(
                    "UPDATE sign_in_failures SET last_real = last_real - CAST(:ago AS interval)"
                    " WHERE key = :key"
                ),
                {"ago": ago, "key": counts[Counted.PAIR]},
            )
        )
    db.app.run(failures.sweep)
    left = db.app.read(
        lambda c: c.execute(sa.text("SELECT key FROM sign_in_failures")).scalars().all()
    )
    assert [bytes(key) for key in left] == [keys.index("pair", "new", "x")]
