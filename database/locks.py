"""Advisory locks that live until the transaction ends: identities first, then keys, each sorted.

Two writers that share nothing never wait for each other; two that share something meet in the
same order, so they queue and do not deadlock (and if a row lock makes them, the work is repeated).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_TRY = sa.text(
    "SELECT bool_and(pg_try_advisory_xact_lock(l)) FROM unnest(CAST(:locks AS bigint[])) AS t(l)"
)
_TAKE = sa.text(
    "SELECT count(pg_advisory_xact_lock(l)) FROM unnest(CAST(:locks AS bigint[])) AS t(l)"
)


def lock_number(name: str) -> int:
    """A signed 64-bit number for a lock's name; a collision only costs a wait."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


def lock_order(identities: Iterable[str], keys: Iterable[str]) -> list[int]:
    """The numbers of these locks in the one order: identities, then keys, each sorted."""
    return [
        *sorted({lock_number(f"identity:{name}") for name in identities}),
        *sorted({lock_number(f"key:{name}") for name in keys}),
    ]


def try_take(connection: Connection, keys: Iterable[str]) -> bool:
    """Lock these keys if nobody holds one of them; never waits, so the order does not matter."""
    return bool(
        connection.scalar(_TRY, {"locks": sorted({lock_number(f"key:{name}") for name in keys})})
    )


def take(connection: Connection, identities: Iterable[str], keys: Iterable[str]) -> None:
    """Lock all identities, then all keys, each class in sorted order."""
    ordered = lock_order(identities, keys)
    if ordered:
        connection.execute(_TAKE, {"locks": ordered})
