"""The two statements of the hot path: read all that the decision needs, write all that it says.

One complaint costs four round trips (begin, locks and read, write, commit), however much is
stored: every part of the two functions goes through an index on a bounded range.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.counting import Event
from core.words import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class KeyState:
    """A key as stored: its count, the open incident it belongs to, the reported head count."""

    key: str
    clients: int
    state: State
    since: datetime
    incident_id: int | None
    window_start: datetime | None
    headcount: int
    headcount_at: datetime | None
    incident_unit_id: int | None


@dataclass(frozen=True)
class Known:
    """What the database knows before a complaint is entered; ids are drawn for new rows."""

    now: datetime
    tree_version: int
    complaint_id: int
    index_version: int
    master_version: int
    client_ids: tuple[int, ...]
    key_ids: tuple[int, ...]
    digest: bytes | None
    answer: dict[str, Any] | None
    candidates: tuple[int, ...]
    states: dict[str, KeyState]
    events: dict[str, list[Event]]


_READ = sa.text(
    "SELECT * FROM intake_read(:locks, :source, :source_ref, CAST(:kinds AS text[]),"
    " CAST(:hashes AS bytea[]), :parties, CAST(:keys AS text[]), :low, :high)"
)


def read_known(
    connection: Connection,
    *,
    locks: Sequence[int],
    source: str,
    source_ref: str,
    identifiers: Sequence[tuple[str, bytes]],
    parties: int,
    keys: Sequence[str],
    around: datetime,
    reach: timedelta,
) -> Known:
    """Take `locks` in their order, then read everything that one complaint's decision needs."""
    row = connection.execute(
        _READ,
        {
            "locks": list(locks),
            "parties": parties,
            "source": source,
            "source_ref": source_ref,
            "kinds": [kind for kind, _ in identifiers],
            "hashes": [value for _, value in identifiers],
            "keys": list(keys),
            "low": around - reach,
            "high": around + reach,
        },
    ).one()
    events: dict[str, list[Event]] = {}
    for key, complaint_id, client_id, micros in row.events or ():
        events.setdefault(key, []).append(Event(_moment(micros), complaint_id, client_id))
    return Known(
        now=row.now,
        tree_version=row.tree,
        complaint_id=row.complaint_id or 0,
        index_version=row.index_version,
        master_version=row.master_version,
        client_ids=tuple(row.client_ids or ()),
        key_ids=tuple(row.key_ids or ()),
        digest=bytes.fromhex(row.known[0]) if row.known else None,
        answer=row.known[1] if row.known else None,
        candidates=tuple(row.candidates or ()),
        states={s[0]: _key_state(s) for s in row.states or ()},
        events=events,
    )


def read_events(connection: Connection, key: str, low: datetime, high: datetime) -> list[Event]:
    """Unspent events of one key, received from `low` to `high` (both included)."""
    rows = connection.execute(
        sa.text(
            "SELECT received_at, complaint_id, client_id FROM key_events WHERE key = :key"
            " AND NOT spent AND received_at BETWEEN :low AND :high"
        ),
        {"key": key, "low": low, "high": high},
    )
    return [Event(*row) for row in rows]


def counted_under(
    connection: Connection, key: str, incident_id: int | None, client_ids: Sequence[int] | None
) -> set[int]:
    """Who of these clients (None: of all) counts under a key in the open incident that has it."""
    return set(
        connection.scalars(
            sa.text(
                "SELECT DISTINCT e.client_id FROM key_events e JOIN incident_clients i"
                " ON i.client_id = e.client_id JOIN complaints c ON c.id = e.complaint_id"
                " WHERE e.key = :key AND NOT e.spent AND i.incident_id = :incident"
                " AND c.incident_id IS NOT NULL"
                " AND (CAST(:ids AS bigint[]) IS NULL OR e.client_id = ANY(:ids))"
            ),
            {
                "key": key,
                "incident": incident_id,
                "ids": None if client_ids is None else list(client_ids),
            },
        )
    )


_WRITE = sa.text("SELECT intake_write(CAST(:doc AS jsonb))")


def write_complaint(connection: Connection, doc: dict[str, Any]) -> None:
    """Insert complaint, clients, identifiers, parties, events, key states and journal at once.

    `doc` has one entry a table (lists of rows; bytes are passed as PostgreSQL's hex text), the
    open incidents that the complaint joins, and what the journal says of it.
    """
    connection.execute(_WRITE, {"doc": json.dumps(doc, default=_json)})


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _moment(micros: int | None) -> Any:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _key_state(row: Sequence[Any]) -> KeyState:
    key, clients, state, since, incident_id, window_start, headcount, headcount_at, unit_id = row
    return KeyState(
        key,
        clients,
        State(state),
        _moment(since),
        incident_id,
        _moment(window_start),
        headcount,
        _moment(headcount_at),
        unit_id,
    )
