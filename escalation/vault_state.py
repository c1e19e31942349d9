"""What the database says of its keys: the digest key, and the version blind indexes are under.

The digest key tells a complaint sent twice from another under the same reference, for as long as
complaints are kept. It is a data key that never changes: a rotation only wraps it anew.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.identity import BlindIndex
from core.vault import KEY_BYTES, DataKey, Vault
from escalation.sealing import key_row

_STATE = (
    "SELECT s.digest_key_id, data_key(s.digest_key_id) AS wrapped, s.index_version"
    " FROM vault_state s"
)


def index_version(connection: Connection) -> int:
    """The key version under which blind indexes are written now."""
    return int(connection.execute(sa.text("SELECT index_version FROM vault_state")).scalar_one())


def digest_key(connection: Connection, vault: Vault, blind: BlindIndex) -> bytes:
    """The digest key, made at the first call of a database's life. MissingKey."""
    row = connection.execute(sa.text(_STATE)).one()
    if row.digest_key_id is None:
        # Locked first and read again by a statement of its own, which sees what another has made.
        connection.execute(sa.text("SELECT FROM vault_state FOR UPDATE"))
        row = connection.execute(sa.text(_STATE)).one()
    if row.digest_key_id is not None:
        return vault.unwrap(row.digest_key_id, bytes(row.wrapped)).secret
    return _make(connection, vault, blind)


def _make(connection: Connection, vault: Vault, blind: BlindIndex) -> bytes:
    """Of chance; where there are complaints from before, the key that their digests are under."""
    old = connection.scalar(sa.text("SELECT EXISTS (SELECT FROM complaints)"))
    fresh = not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM clients)"))
    secret = blind.ring.get(1).secret if old else os.urandom(KEY_BYTES)
    number = connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence('data_keys', 'id'))")
    ).scalar_one()
    store_keys(connection, [vault.keep(number, secret)])
    connection.execute(
        sa.text("UPDATE vault_state SET digest_key_id = :id, master_version = :master,"
                " index_version = coalesce(:version, index_version)"),
        {"id": number, "master": vault.ring.current.version,
         "version": blind.ring.current.version if fresh else None},
    )  # fmt: skip
    return secret


def draw_keys(connection: Connection, vault: Vault, number: int) -> list[DataKey]:
    """So many new data keys, stored."""
    if number < 1:
        return []
    ids = connection.scalars(
        sa.text("SELECT nextval(pg_get_serial_sequence('data_keys', 'id'))"
                " FROM generate_series(1, :number)"),
        {"number": number},
    ).all()  # fmt: skip
    master = connection.scalar(  # null before anything was ever written
        sa.text("SELECT CASE WHEN digest_key_id IS NOT NULL THEN master_version END"
                " FROM vault_state")
    )  # fmt: skip
    keys = [vault.new_key(i, master) for i in ids]
    store_keys(connection, keys)
    return keys


def store_keys(connection: Connection, keys: list[DataKey]) -> None:
    connection.execute(
        sa.text("INSERT INTO data_keys (id, wrapped, master) OVERRIDING SYSTEM VALUE"
                " VALUES (:id, :wrapped, :master)"),
        [key_row(key) for key in keys],
    )  # fmt: skip
