"""Seals what was stored before there was a vault, a chunk a transaction, while all else goes on.

The engine does it by itself, `fenghuo keys encrypt` at once. A chunk that breaks off has changed
nothing; rows that another process is at are passed by and found again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.vault import DataKey, Vault
from escalation.house import House
from escalation.sealing import (
    PARTY,
    PARTY_FIELDS,
    TEXT_FIELDS,
    TEXTS,
    Row,
    file_place,
    open_party,
    seal_party,
    seal_texts,
)
from escalation.vault_state import draw_keys

_TEXT_CLEAR = " OR ".join(f"c.{name} IS NOT NULL" for name in TEXT_FIELDS)
_PARTY_CLEAR = " OR ".join(f"p.{name} IS NOT NULL" for name in PARTY_FIELDS)
_NEXT = sa.text(
    "SELECT c.id FROM complaints c WHERE c.id = ANY("  # noqa: S608
    f" ARRAY(SELECT c.id FROM complaints c WHERE {_TEXT_CLEAR} ORDER BY c.id LIMIT :most)"
    " || ARRAY(SELECT p.complaint_id FROM complaint_parties p"
    f" WHERE {_PARTY_CLEAR} ORDER BY p.complaint_id LIMIT :most))"
    " ORDER BY c.id LIMIT :most FOR NO KEY UPDATE OF c SKIP LOCKED"
)
_EMPTY_TEXTS = ", ".join(f"{name} = NULL" for name in TEXT_FIELDS)
_EMPTY_PARTY = ", ".join(f"{name} = NULL" for name in PARTY_FIELDS)
_WRITE_TEXTS = sa.text(
    f"UPDATE complaints SET {_EMPTY_TEXTS}, key_id = :key, sealed = :sealed WHERE id = :id"  # noqa: S608
)
_WRITE_PARTY = sa.text(
    f"UPDATE complaint_parties SET {_EMPTY_PARTY}, key_id = :key, sealed = :sealed"  # noqa: S608
    " WHERE complaint_id = :id AND position = :position"
)


def clear_rows(connection: Connection) -> dict[str, int]:
    """How many rows of each table are still in the clear."""
    counts = {
        "complaints": f"SELECT count(*) FROM complaints c WHERE {_TEXT_CLEAR}",  # noqa: S608
        "complaint_parties": f"SELECT count(*) FROM complaint_parties p WHERE {_PARTY_CLEAR}",  # noqa: S608
        "evidence_files": "SELECT count(*) FROM evidence_files WHERE content IS NOT NULL",
    }
    return {table: int(connection.scalar(sa.text(q)) or 0) for table, q in counts.items()}


def seal_complaints(connection: Connection, house: House, *, most: int = 200) -> int:
    """Seal the words and parties of some complaints that are still in the clear; how many."""
    ids = connection.scalars(_NEXT, {"most": most}).all()
    if not ids:
        return 0
    parties = connection.execute(
        sa.text(
            f"SELECT p.role, p.client_id, {PARTY} FROM complaint_parties p"  # noqa: S608
            " WHERE p.complaint_id = ANY(:ids) ORDER BY p.complaint_id, p.position FOR UPDATE OF p"
        ),
        {"ids": list(ids)},
    ).all()
    own = _keys_of_clients(connection, house.vault, {p.client_id for p in parties if p.client_id})
    first = {p.complaint_id: own[p.client_id] for p in reversed(parties) if p.client_id}
    lonely = [number for number in ids if number not in first]
    first.update(zip(lonely, draw_keys(connection, house.vault, len(lonely)), strict=True))
    _seal_parties(connection, house.vault, parties, own, first)
    _seal_words(connection, house.vault, ids, first)
    return len(ids)


def _seal_parties(
    connection: Connection, vault: Vault, parties: Iterable[Row], own: dict[int, DataKey],
    first: dict[int, DataKey],
) -> None:  # fmt: skip
    rows = []
    for party in parties:
        if party.sealed is None:
            key = own[party.client_id] if party.client_id else first[party.complaint_id]
            fields = open_party(vault, party) or {}
            sealed = seal_party(vault, key, party.complaint_id, party.position, fields)
            rows.append({"id": party.complaint_id, "position": party.position, "key": key.id,
                         "sealed": sealed})  # fmt: skip
    if rows:
        connection.execute(_WRITE_PARTY, rows)


def _seal_words(
    connection: Connection, vault: Vault, ids: Sequence[int], first: dict[int, DataKey]
) -> None:
    complaints = connection.execute(
        sa.text(f"SELECT {TEXTS} FROM complaints c WHERE c.id = ANY(:ids)"),  # noqa: S608
        {"ids": list(ids)},
    ).all()
    rows = []
    for complaint in complaints:
        if complaint.text_sealed is None:
            key, held = first[complaint.id], {n: getattr(complaint, n) for n in TEXT_FIELDS}
            sealed = seal_texts(vault, key, complaint.id, held)
            rows.append({"id": complaint.id, "key": key.id, "sealed": sealed})
    if rows:
        connection.execute(_WRITE_TEXTS, rows)


def _keys_of_clients(connection: Connection, vault: Vault, clients: set[int]) -> dict[int, DataKey]:
    """Each client's data key, made where there is none; their rows are locked."""
    rows = connection.execute(
        sa.text("SELECT c.id, c.key_id FROM clients c WHERE c.id = ANY(:ids) ORDER BY c.id"
                " FOR NO KEY UPDATE"),
        {"ids": sorted(clients)},
    ).all()  # fmt: skip
    without = [row.id for row in rows if row.key_id is None]
    made = draw_keys(connection, vault, len(without))
    found = dict(zip(without, made, strict=True))
    if made:
        connection.execute(
            sa.text("UPDATE clients SET key_id = :key WHERE id = :id"),
            [{"key": key.id, "id": number} for number, key in found.items()],
        )
    held = connection.execute(
        sa.text("SELECT c.id, k.id AS key_id, k.wrapped FROM clients c JOIN data_keys k"
                " ON k.id = c.key_id WHERE c.id = ANY(:ids) AND k.wrapped IS NOT NULL"),
        {"ids": [row.id for row in rows if row.key_id is not None]},
    )  # fmt: skip
    found.update({row.id: vault.unwrap(row.key_id, bytes(row.wrapped)) for row in held})
    return found


def seal_files(connection: Connection, house: House, *, most: int = 5) -> int:
    """Seal some files that are still in the clear (up to 10 MB each); how many."""
    ids = connection.scalars(
        sa.text("SELECT id FROM evidence_files WHERE content IS NOT NULL ORDER BY id LIMIT :most"),
        {"most": most},
    ).all()
    for number in ids:
        content = connection.scalar(
            sa.text("SELECT content FROM evidence_files WHERE id = :id"), {"id": number}
        )
        if content is not None:
            (key,) = draw_keys(connection, house.vault, 1)
            sealed = house.vault.seal(key, file_place(number), bytes(content))
            connection.execute(
                sa.text("SELECT seal_evidence(:id, :key, :sealed)"),
                {"id": number, "key": key.id, "sealed": sealed},
            )
    return len(ids)


def seal_some(connection: Connection, house: House) -> bool:
    """One chunk; whether there was anything to seal. The engine's clockwork."""
    return bool(seal_complaints(connection, house)) or bool(seal_files(connection, house))
