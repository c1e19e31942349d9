"""Codes: RFC 6238's own examples, one use each, two at one moment."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pyotp
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, InvalidInput
from dashboard.signin import second_factor
from dashboard.signin.keys import Keys
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signin.visitor import account

KEYS = Keys.of("a secret of the house")
NOW = datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC)
#: RFC 6238, appendix B (SHA-1), the last six of its eight digits.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC = [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
       (2000000000, "279037"), (20000000000, "353130")]  # fmt: skip


@pytest.mark.parametrize(("seconds", "code"), RFC)
def test_the_codes_are_the_standards(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert second_factor.matching_step(RFC_SECRET, code, now) == seconds // 30


def test_a_clock_may_be_off_by_one_step_and_no_more() -> None:
    secret = second_factor.new_secret()
    codes = {off: pyotp.TOTP(secret).at(NOW + timedelta(seconds=30 * off)) for off in range(-2, 3)}
    found = {off: second_factor.matching_step(secret, code, NOW) for off, code in codes.items()}
    here = int(NOW.timestamp()) // 30
    assert (found[-1], found[0], found[1]) == (here - 1, here, here + 1)
    assert (found[-2], found[2]) == (None, None)


@pytest.mark.parametrize(
    "given", ["", "12345", "1234567", "12345x", "１２３４５６", "-12345", "1e5000"]
)
def test_what_is_no_code_is_none(given: str) -> None:
    assert second_factor.matching_step(RFC_SECRET, given, NOW) is None


@pytest.fixture
def enrolled(db: TestDatabase) -> tuple[int, str, tuple[str, ...]]:
    """Account, secret and recovery codes; the last step used is that of `NOW`."""
    Scene(db)
    number = account(db)
    secret = db.app.run(lambda c: second_factor.begin(c, KEYS, number))
    code = pyotp.TOTP(secret).at(NOW)
    codes = db.app.run(lambda c: second_factor.prove(c, KEYS, number, code, NOW))
    return number, secret, codes


def _use(db: TestDatabase, number: int, code: str, now: datetime) -> str | None:
    return db.app.run(lambda c: second_factor.use_code(c, KEYS, number, code, now))


def test_a_step_is_used_once_and_none_before_it(
    db: TestDatabase, enrolled: tuple[int, str, tuple[str, ...]]
) -> None:
    number, secret, _ = enrolled
    totp = pyotp.TOTP(secret)
    assert _use(db, number, totp.at(NOW), NOW) is None  # it proved the enrolment
    later = NOW + timedelta(seconds=60)
    assert _use(db, number, totp.at(later), later) == "totp"
    assert _use(db, number, totp.at(later), later) is None
    assert _use(db, number, totp.at(later - timedelta(seconds=30)), later) is None
    assert _use(db, number, totp.at(later + timedelta(seconds=30)), later) == "totp"


def test_of_two_with_one_code_at_one_moment_one_wins(
    db: TestDatabase, enrolled: tuple[int, str, tuple[str, ...]]
) -> None:
    number, secret, codes = enrolled
    later = NOW + timedelta(minutes=5)
    for code, kind in ((pyotp.TOTP(secret).at(later), "totp"), (codes[0], "recovery")):
        start = Barrier(6)

        def work(connection: Connection, code: str = code, start: Barrier = start) -> str | None:
            start.wait(10)
            return second_factor.use_code(connection, KEYS, number, code, later)

        with ThreadPoolExecutor(6) as pool:
            done = [f.result() for f in [pool.submit(db.app.run, work) for _ in range(6)]]
        assert sorted(map(str, done)) == ["None"] * 5 + [kind]


def test_recovery_codes_are_kept_as_hashes_and_each_works_once(
    db: TestDatabase, enrolled: tuple[int, str, tuple[str, ...]]
) -> None:
    number, _, codes = enrolled
    assert len(set(codes)) == 10
    kept = db.app.read(
        lambda c: c.execute(sa.text("SELECT string_agg(r::text, ' ') FROM recovery_codes r"))
    ).scalar_one()
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert _use(db, number, f" {codes[4].upper()} ", NOW) == "recovery"
    assert _use(db, number, codes[4], NOW) is None
    assert _use(db, number, "", NOW) is None
    left = db.app.read(lambda c: second_factor.recovery_codes_left(c, number))
    assert left == 9
    fresh = db.app.run(lambda c: second_factor.renew_recovery_codes(c, KEYS, number))
    assert _use(db, number, codes[5], NOW) is None
    assert _use(db, number, fresh[5], NOW) == "recovery"


def test_a_recovery_code_is_its_accounts_alone(
    db: TestDatabase, enrolled: tuple[int, str, tuple[str, ...]]
) -> None:
    _, _, codes = enrolled
    other = account(db, "li")
    assert _use(db, other, codes[0], NOW) is None


def test_the_secret_is_sealed_and_only_opens_for_its_account(
    db: TestDatabase, enrolled: tuple[int, str, tuple[str, ...]]
) -> None:
    number, secret, _ = enrolled
    other = account(db, "li")
    copied = sa.text(
        "UPDATE accounts SET totp_secret = (SELECT totp_secret FROM accounts WHERE id = :a),"
        " totp_since_real = clock_timestamp() WHERE id = :b"
    )
    db.app.run(lambda c: c.execute(copied, {"a": number, "b": other}))
    sealed = db.app.read(
        lambda c: c.execute(
            sa.text("SELECT totp_secret FROM accounts WHERE id = :a"), {"a": number}
        )
    ).scalar_one()
    assert secret.encode() not in bytes(sealed)
    later = NOW + timedelta(minutes=5)
    assert _use(db, other, pyotp.TOTP(secret).at(later), later) is None
    assert Keys.of("another secret").open(bytes(sealed), f"account:{number}") is None
    assert _use(db, number, pyotp.TOTP(secret).at(later), later) == "totp"


def test_enrolment_ends_with_a_right_code_only(db: TestDatabase) -> None:
    Scene(db)
    number = account(db)
    secret = db.app.run(lambda c: second_factor.begin(c, KEYS, number))
    assert db.app.run(lambda c: second_factor.begin(c, KEYS, number)) == secret
    with pytest.raises(InvalidInput):
        db.app.run(lambda c: second_factor.prove(c, KEYS, number, "000000", NOW))
    assert _use(db, number, pyotp.TOTP(secret).at(NOW), NOW) is None  # not yet in use
    right = pyotp.TOTP(secret).at(NOW)
    db.app.run(lambda c: second_factor.prove(c, KEYS, number, right, NOW))
    with pytest.raises(Conflict):
        db.app.run(lambda c: second_factor.begin(c, KEYS, number))
    db.app.run(lambda c: second_factor.remove(c, number))
    assert db.app.run(lambda c: second_factor.begin(c, KEYS, number)) != secret


def test_no_key_is_another_and_none_is_shown() -> None:
    assert len({KEYS.seal_key, KEYS.index_key, KEYS.signing_key}) == 3
    assert repr(KEYS) == "Keys()"
    assert KEYS.seal(b"x", "a") != KEYS.seal(b"x", "a")
    assert KEYS.open(KEYS.seal(b"x", "a"), "b") is None
