"""What search looks up: keyed hashes of two neighbouring characters, never the words themselves.

Each bigram of a complaint's words and of its parties' names becomes eight bytes of an HMAC under
the blind index key; a whole telephone, document or account number becomes one such word. What it
leaks to who has the database and no key: which complaints share bigrams, and how many each has
(docs/adr/0011-vault.md). The engine fills it, not the intake.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.identity import BlindIndex
from core.ciphers import Refused, keyed_hash
from escalation.house import House
from escalation.sealing import PARTY, TEXTS, Fields, open_party, open_texts

_NUMBERS = ("phone", "id_number", "account")
#: One engine at a time; two would only do the same work twice.
_ONE_AT_A_TIME = "SELECT pg_try_advisory_xact_lock(4607184)"
_STATE = "SELECT words_mark, index_version FROM vault_state"
_NEW = sa.text(
    "SELECT c.id FROM complaints c WHERE c.id > :mark AND NOT EXISTS (SELECT FROM complaint_words w"
    " WHERE w.complaint_id = c.id AND w.version = :version) ORDER BY c.id LIMIT :most"
)
#: Complaints commit out of order, ten minutes later at most: only then is the mark moved.
_MOVE_MARK = sa.text(
    "UPDATE vault_state SET words_mark = words_next, words_next_real = now(),"
    " words_next = (SELECT coalesce(max(id), 0) FROM complaints)"
    " WHERE words_next_real < now() - interval '10 minutes'"
)
_KEEP = sa.text(
    "INSERT INTO complaint_words (complaint_id, version, words) VALUES (:id, :version, :words)"
    " ON CONFLICT (complaint_id) DO UPDATE SET version = excluded.version, words = excluded.words"
)


def plain(text: str) -> str:
    """As search compares: one width and case, letters and figures only. Pure."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def bigrams(text: str) -> set[str]:
    """Every two neighbouring characters of the text as search compares it. Pure."""
    bare = plain(text)
    return {bare[i : i + 2] for i in range(len(bare) - 1)}


def number_word(text: str) -> str:
    """A whole number as one word."""
    return f"#{plain(text)}"


def hashed(blind: BlindIndex, words: Iterable[str], version: int) -> list[int]:
    """Signed 64-bit keyed hashes, sorted."""
    key = blind.ring.get(version)
    return sorted(
        int.from_bytes(keyed_hash(key.hash, key.secret, f"word\0{word}".encode())[:8], signed=True)
        for word in words
    )


def index_some(connection: Connection, house: House, *, most: int = 100) -> int:
    """Make some complaints searchable that are not yet, or not under this version; how many."""
    if not connection.scalar(sa.text(_ONE_AT_A_TIME)):
        return 0
    state = connection.execute(sa.text(_STATE)).one()
    ids = connection.scalars(
        _NEW, {"mark": state.words_mark, "version": state.index_version, "most": most}
    ).all()
    if ids:
        index(connection, house, ids, state.index_version)
    else:
        connection.execute(_MOVE_MARK)
    return len(ids)


def index(connection: Connection, house: House, ids: Sequence[int], version: int) -> None:
    """Make these complaints searchable anew; what was erased of them is found no more."""
    words: dict[int, set[str]] = {number: set() for number in ids}
    for row in connection.execute(
        sa.text(f"SELECT {TEXTS} FROM complaints c WHERE c.id = ANY(:ids)"),  # noqa: S608
        {"ids": list(ids)},
    ).all():
        words[row.id] |= _of(partial(open_texts, house.vault, row), ())
    for row in connection.execute(
        sa.text(f"SELECT {PARTY} FROM complaint_parties p WHERE p.complaint_id = ANY(:ids)"),  # noqa: S608
        {"ids": list(ids)},
    ).all():
        words[row.complaint_id] |= _of(partial(open_party, house.vault, row), _NUMBERS)
    connection.execute(_KEEP, [
        {"id": number, "version": version, "words": hashed(house.blind, held, version)}
        for number, held in words.items()
    ])  # fmt: skip


def _of(opened: Callable[[], Fields | None], numbers: Sequence[str]) -> set[str]:
    """Words of one row; none of a row that was tampered with, which must not stop the others."""
    try:
        fields = opened() or {}
    except Refused:
        return set()
    found: set[str] = set()
    for name, text in fields.items():
        if text and name in numbers:
            found.add(number_word(text))
        elif text and name != "address":
            found |= bigrams(text)
    return found
