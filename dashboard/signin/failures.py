"""Failed attempts, kept under keyed hashes: neither login nor address is in the table.

An attempt is counted as failed before it is judged and taken back when it succeeds. So a thousand
attempts at one moment are not a thousand free ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from dashboard.signin.lockout import Counted, Failures, allowed_at, standing

#: Under which key each count of an attempt is kept.
Counts = Mapping[Counted, bytes]


def attempt(connection: Connection, counts: Counts, now: datetime | None = None) -> datetime | None:
    """Count an attempt as failed; or, if it comes too early, say when one may be made (aware).

    Rows are locked in the order of their keys. `now` is real time, the server's unless given.
    """
    now = now or real_now(connection)
    order = sorted(counts.items(), key=lambda item: item[1])
    held = {}
    for kind, key in order:
        row = connection.execute(_LOCK, {"key": key, "now": now}).one()
        held[kind] = Failures(row.failures, row.last_real)
    earliest = allowed_at(held, now)
    if earliest > now:
        return earliest
    for kind, key in order:
        number = standing(kind, held[kind], now) + 1
        connection.execute(_SET, {"key": key, "number": number, "now": now})
    return None


def succeeded(connection: Connection, counts: Counts) -> None:
    """Take the attempt back. What is counted for one account starts afresh; an address does not,
    or an own account would buy a guesser any number of attempts at others'."""
    for kind, key in sorted(counts.items(), key=lambda item: item[1]):
        connection.execute(_TAKE_BACK if kind is Counted.ADDRESS else _CLEAR, {"key": key})


def sweep(connection: Connection) -> None:
    """Forget what no longer counts (a day)."""
    connection.execute(_SWEEP)


def real_now(connection: Connection) -> datetime:
    moment = connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    assert isinstance(moment, datetime)
    return moment


#: The row, made where there is none, and locked in the same breath.
_LOCK = sa.text(
    "INSERT INTO sign_in_failures AS f (key, failures, last_real) VALUES (:key, 0, :now)"
    " ON CONFLICT (key) DO UPDATE SET failures = f.failures RETURNING failures, last_real"
)
_SET = sa.text("UPDATE sign_in_failures SET failures = :number, last_real = :now WHERE key = :key")
_CLEAR = sa.text("UPDATE sign_in_failures SET failures = 0 WHERE key = :key")
_TAKE_BACK = sa.text(
    "UPDATE sign_in_failures SET failures = greatest(failures - 1, 0) WHERE key = :key"
)
_SWEEP = sa.text(
    "DELETE FROM sign_in_failures WHERE last_real < clock_timestamp() - interval '2 days'"
)
