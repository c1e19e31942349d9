"""The two statements of the hot path: read all that the decision needs, write all that it says.

One complaint costs four round trips (locks, read, write, commit), whatever is stored: every part
of these statements goes through an index on a bounded range.
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


@dataclass(frozen=True)
class Known:
    """What the database knows before a complaint is entered; ids are drawn for new rows."""

    now: datetime
    tree_version: int
    complaint_id: int
    client_ids: tuple[int, ...]
    digest: bytes | None
    answer: dict[str, Any] | None
    candidates: tuple[int, ...]
    states: dict[str, KeyState]
    events: dict[str, list[Event]]


_READ = sa.text(
    """
SELECT business_now() AS now,
  (SELECT version FROM unit_tree_version) AS tree,
  nextval('complaints_id_seq') AS complaint_id,
  (SELECT array_agg(nextval('clients_id_seq')) FROM generate_series(1, :parties)) AS client_ids,
  (SELECT jsonb_build_array(encode(body_digest, 'hex'), answer) FROM complaints
    WHERE source = :source AND source_ref = :source_ref) AS known,
  (SELECT array_agg(DISTINCT i.client_id)
     FROM unnest(CAST(:kinds AS text[]), CAST(:values AS bytea[])) AS m(kind, value)
     JOIN client_identifiers i ON i.kind = m.kind AND i.value = m.value) AS candidates,
  (SELECT jsonb_agg(jsonb_build_array(s.key, s.clients, s.state, micros(s.since), s.incident_id,
                                      micros(n.window_start), s.headcount, micros(s.headcount_at)))
     FROM key_states s LEFT JOIN incidents n ON n.id = s.incident_id
    WHERE s.key = ANY(CAST(:keys AS text[]))) AS states,
  (SELECT jsonb_agg(jsonb_build_array(k.key, e.complaint_id, e.client_id, micros(e.received_at)))
     FROM unnest(CAST(:keys AS text[])) AS k(key)
     LEFT JOIN key_states s ON s.key = k.key
     JOIN key_events e ON e.key = k.key AND NOT e.spent AND s.incident_id IS NULL
      AND e.received_at BETWEEN :low AND :high) AS events
"""
)


def read_known(
    connection: Connection,
    *,
    source: str,
    source_ref: str,
    identifiers: Sequence[tuple[str, bytes]],
    parties: int,
    keys: Sequence[str],
    around: datetime,
    reach: timedelta,
) -> Known:
    """Everything that one complaint's decision needs, read after its locks are held."""
    row = connection.execute(
        _READ,
        {
            "parties": parties,
            "source": source,
            "source_ref": source_ref,
            "kinds": [kind for kind, _ in identifiers],
            "values": [value for _, value in identifiers],
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
        complaint_id=row.complaint_id,
        client_ids=tuple(row.client_ids or ()),
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


_WRITE = sa.text(
    """
WITH the_complaint AS (
  INSERT INTO complaints (id, source, source_ref, body_digest, answer, received_at, entered_at,
    channel, unit_id, received_unit_id, home_unit_id, product, subject, summary, demand, amount,
    face_to_face, flags, history, incident_id) OVERRIDING SYSTEM VALUE
  VALUES (:id, :source, :source_ref, :body_digest, CAST(:answer AS jsonb), :received_at,
    :entered_at, :channel, :unit_id, :received_unit_id, :home_unit_id, :product, :subject,
    :summary, :demand, :amount, :face_to_face, CAST(:flags AS text[]), :history, :incident_id)
), new_clients AS (
  INSERT INTO clients (id, document, names, identified) OVERRIDING SYSTEM VALUE
  SELECT n.id, decode(n.document, 'hex'),
    coalesce((SELECT array_agg(decode(h, 'hex')) FROM jsonb_array_elements_text(n.names) AS h),
             '{}'), n.identified
  FROM jsonb_to_recordset(CAST(:clients AS jsonb))
    AS n(id bigint, document text, names jsonb, identified boolean)
), new_identifiers AS (
  INSERT INTO client_identifiers (kind, value, client_id)
  SELECT n.kind, decode(n.value, 'hex'), n.client_id
  FROM jsonb_to_recordset(CAST(:identifiers AS jsonb))
    AS n(kind text, value text, client_id bigint)
  ON CONFLICT DO NOTHING
), the_parties AS (
  INSERT INTO complaint_parties (complaint_id, position, role, client_id, name, phone, id_number,
    account, address)
  SELECT :id, n.position, n.role, n.client_id, n.name, n.phone, n.id_number, n.account, n.address
  FROM jsonb_to_recordset(CAST(:parties AS jsonb)) AS n(position smallint, role text,
    client_id bigint, name text, phone text, id_number text, account text, address text)
), the_events AS (
  INSERT INTO key_events (key, client_id, complaint_id, received_at)
  SELECT k, c, :id, :received_at
  FROM unnest(CAST(:keys AS text[])) AS k, unnest(CAST(:client_ids AS bigint[])) AS c
), the_states AS (
  INSERT INTO key_states (key, kind, unit_id, product, clients, threshold, state, since, refresh_at)
  SELECT n.key, n.kind, n.unit_id, n.product, n.clients, n.threshold, n.state, n.since,
    n.refresh_at
  FROM jsonb_to_recordset(CAST(:states AS jsonb)) AS n(key text, kind text, unit_id bigint,
    product text, clients integer, threshold integer, state text, since timestamptz,
    refresh_at timestamptz)
  ON CONFLICT (key) DO UPDATE SET clients = excluded.clients, state = excluded.state,
    since = excluded.since, refresh_at = excluded.refresh_at, threshold = excluded.threshold
), the_journal AS (
  INSERT INTO journal (at, actor, verb, subject, incident_id, unit_id, after)
  VALUES (:entered_at, :actor, 'complaint_received', :subject_ref, :incident_id, :unit_id,
    CAST(:after AS jsonb))
)
SELECT pg_notify('fenghuo_revision', ''), pg_notify('fenghuo_work', '')
"""
)


def write_complaint(connection: Connection, values: dict[str, Any]) -> None:
    """Insert complaint, clients, identifiers, parties, events, key states and journal at once.

    `values` holds the parameters of the statement; lists of dicts are passed as JSON.
    """
    ready = {
        name: json.dumps(value, default=_json) if name in _JSON else value
        for name, value in values.items()
    }
    connection.execute(_WRITE, ready)


_JSON = frozenset({"answer", "clients", "identifiers", "parties", "states", "after"})


def _json(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def _moment(micros: int | None) -> Any:
    return None if micros is None else _EPOCH + timedelta(microseconds=micros)


def _key_state(row: Sequence[Any]) -> KeyState:
    key, clients, state, since, incident_id, window_start, headcount, headcount_at = row
    return KeyState(
        key,
        clients,
        State(state),
        _moment(since),
        incident_id,
        _moment(window_start),
        headcount,
        _moment(headcount_at),
    )
