"""Words of media cases as the tables hold them: sealed under a data key, opened here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.vault import DataKey, Place, Vault
from escalation.house import House
from escalation.vault_state import draw_keys

#: What `opened` needs of a row `r`.
SEALED = "r.id, r.key_id, r.sealed, data_key(r.key_id) AS wrapped"


def next_id(connection: Connection, table: str) -> int:
    """The id that the next row of the table will have: it is sealed for it before it is there."""
    query = sa.text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))")
    return int(connection.execute(query, {"table": table}).scalar_one())


def new_key(connection: Connection, house: House) -> DataKey:
    (key,) = draw_keys(connection, house.vault, 1)
    return key


def key_of(connection: Connection, house: House, key_id: int) -> DataKey:
    """The key of a case or a contact, for what is added to it. MissingKey."""
    wrapped = connection.execute(sa.text("SELECT data_key(:id)"), {"id": key_id}).scalar_one()
    return house.vault.unwrap(key_id, bytes(wrapped))


def sealed(
    vault: Vault, key: DataKey, table: str, number: int, words: Mapping[str, str | None]
) -> bytes | None:
    """The envelope of a row's words; None where there are none."""
    held = {name: text for name, text in words.items() if text}
    return vault.seal_fields(key, _place(table, number), dict(held))


def opened(vault: Vault, table: str, row: sa.Row[Any]) -> dict[str, str]:
    """A row's words; empty once its key is destroyed. MissingKey, Refused."""
    if row.sealed is None or row.wrapped is None:
        return {}
    key = vault.unwrap(row.key_id, bytes(row.wrapped))
    return vault.open_fields(key, _place(table, row.id), bytes(row.sealed))


def file_place(number: int) -> Place:
    return Place("media_files", "sealed", str(number))


def _place(table: str, number: int) -> Place:
    return Place(table, "sealed", str(number))
