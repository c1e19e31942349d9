"""Clients' data as the tables hold it: sealed under a data key, opened here and nowhere else.

A row from before there was a vault is still in the clear until the engine has sealed it
(`escalation.seal_clear`); readers get both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from core.vault import DataKey, Place, Vault

PARTY_FIELDS = ("name", "phone", "id_number", "account", "address")
TEXT_FIELDS = ("subject", "summary", "demand")
#: What `open_party` needs of a party `p`, and `open_texts` of a complaint `c`.
PARTY = (
    "p.complaint_id, p.position, p.key_id, p.sealed, data_key(p.key_id) AS wrapped,"
    " p.name, p.phone, p.id_number, p.account, p.address"
)
TEXTS = (
    "c.id, c.key_id AS text_key_id, c.sealed AS text_sealed, data_key(c.key_id) AS text_wrapped,"
    " c.subject, c.summary, c.demand, c.disposed_at"
)

Row = sa.Row[Any]
Fields = dict[str, str | None]


def party_place(complaint_id: int, position: int) -> Place:
    return Place("complaint_parties", "sealed", f"{complaint_id}:{position}")


def text_place(complaint_id: int) -> Place:
    return Place("complaints", "sealed", str(complaint_id))


def file_place(file_id: int) -> Place:
    return Place("evidence_files", "sealed", str(file_id))


def open_party(vault: Vault, row: Row) -> Fields | None:
    """The five fields of a party; None once its client was erased. MissingKey, Refused."""
    if row.key_id is not None and row.wrapped is None:
        return None
    if row.sealed is None:
        return {name: getattr(row, name) for name in PARTY_FIELDS}
    place = party_place(row.complaint_id, row.position)
    return _open(vault, row.key_id, row.wrapped, place, row.sealed, PARTY_FIELDS)


def open_texts(vault: Vault, row: Row) -> Fields | None:
    """Subject, summary and demand; None once they were erased. MissingKey, Refused."""
    if row.disposed_at is not None or (row.text_key_id is not None and row.text_wrapped is None):
        return None
    if row.text_sealed is None:
        return {name: getattr(row, name) for name in TEXT_FIELDS}
    place = text_place(row.id)
    return _open(vault, row.text_key_id, row.text_wrapped, place, row.text_sealed, TEXT_FIELDS)


def seal_party(
    vault: Vault, key: DataKey, complaint_id: int, position: int, fields: Mapping[str, str | None]
) -> bytes | None:
    """The envelope of a party's fields; None where none is known."""
    held = {name: fields.get(name) for name in PARTY_FIELDS}
    return vault.seal_fields(key, party_place(complaint_id, position), held)


def seal_texts(
    vault: Vault, key: DataKey, complaint_id: int, fields: Mapping[str, str | None]
) -> bytes | None:
    """The envelope of a complaint's words; None where there are none."""
    held = {name: fields.get(name) for name in TEXT_FIELDS}
    return vault.seal_fields(key, text_place(complaint_id), held)


def key_row(key: DataKey) -> dict[str, object]:
    """As data_keys has it."""
    return {"id": key.id, "wrapped": key.wrapped, "master": key.master}


def _open(
    vault: Vault, key_id: int, wrapped: bytes, place: Place, sealed: bytes,
    names: tuple[str, ...],
) -> Fields:  # fmt: skip
    held = vault.open_fields(vault.unwrap(key_id, bytes(wrapped)), place, bytes(sealed))
    return {name: held.get(name) for name in names}
