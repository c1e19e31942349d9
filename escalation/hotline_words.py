"""Words about a work order, sealed under the key of the complaint that they belong to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict
from core.vault import DataKey, Place, Vault
from escalation.vault_state import draw_keys

#: What `opened` needs of a row of `hotline_updates` or `hotline_feedback` called `w`.
WORDS = "w.id, w.key_id, w.sealed, data_key(w.key_id) AS wrapped"
#: Of the complaint's words, else of whoever complains: erasing them must take these words too.
_KEY = sa.text(
    "SELECT k.id AS key_id, c.disposed_at, data_key(k.id) AS wrapped FROM complaints c,"
    " LATERAL (SELECT coalesce(c.key_id, (SELECT p.key_id FROM complaint_parties p"
    "  WHERE p.complaint_id = c.id AND p.key_id IS NOT NULL ORDER BY p.position LIMIT 1)) AS id)"
    " AS k WHERE c.id = :id"
)


def seal_words(
    connection: Connection, vault: Vault, table: str, complaint: int, words: str | None
) -> tuple[int, int | None, bytes | None]:
    """A new row's id with its key and envelope. Conflict where the client's data is gone."""
    number = int(connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))"), {"table": table}
    ).scalar_one())  # fmt: skip
    if not words:
        return number, None, None
    key = _key_of(connection, vault, complaint)
    return number, key.id, vault.seal(key, _place(table, number), words.encode())


def opened(vault: Vault, table: str, row: sa.Row[Any]) -> str | None:
    """The words of a row; None where there are none, or none any more. MissingKey, Refused."""
    if row.sealed is None or row.wrapped is None:
        return None
    key = vault.unwrap(row.key_id, bytes(row.wrapped))
    return vault.open(key, _place(table, row.id), bytes(row.sealed)).decode()


def _key_of(connection: Connection, vault: Vault, complaint: int) -> DataKey:
    row = connection.execute(_KEY, {"id": complaint}).one()
    if row.disposed_at is not None or (row.key_id is not None and row.wrapped is None):
        raise Conflict(
            "该投诉的客户信息已删除，不能再补充内容",
            "the client's data is gone: nothing can be added to it",
        )
    if row.key_id is None:  # nobody is known, or it is from before there was a vault
        return draw_keys(connection, vault, 1)[0]
    return vault.unwrap(row.key_id, bytes(row.wrapped))


def _place(table: str, number: int) -> Place:
    return Place(table, "sealed", str(number))
