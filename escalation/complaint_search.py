"""Finds complaints by their words, in the viewer's area, and shows them masked.

The database finds what shares every bigram with the question; what was found is opened and read
before it is an answer, so that no hash that happens to be alike makes one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import FieldFault, InvalidInput, NotFound
from core.masking import ERASED, HIDDEN, MASKS, mask_party
from database import journal
from database.connection import business_now
from escalation.complaint_words import bigrams, hashed, number_word, plain
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.sealing import (
    PARTY,
    PARTY_FIELDS,
    TEXT_FIELDS,
    TEXTS,
    Fields,
    Row,
    open_party,
    open_texts,
)

MOST = 200
_SHORTEST_NUMBER = 6
#: What is read and opened for one answer at most.
_CANDIDATES = 2_000
_NUMBER = re.compile(r"\d[\d\s\-]{4,}[\dXx]")
_DAY = re.compile(r"20[2-9]\d-\d\d-\d\d")
#: 2026-11-30, 2026-1-3: nobody's number.
_DATE = re.compile(r"(19|20)\d{2}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])")
HEAD = (
    "c.source, c.received_at, c.entered_at, c.channel, c.unit_id, c.product, c.status, c.amount,"
    " c.incident_id, c.history"
)
WITHIN = (
    "EXISTS (SELECT FROM units u WHERE u.id IN (c.unit_id, c.received_unit_id, c.home_unit_id)"
    " AND starts_with(u.path, :area))"
)


def search(
    connection: Connection, house: House, text: str, area: str, most: int = 50
) -> list[dict[str, Any]]:
    """Complaints of an area in whose words, names or numbers all of `text` stands, newest first.

    Parts of `text` between blanks may stand apart. InvalidInput for less than two characters.
    """
    asked = question(text)
    found: list[dict[str, Any]] = []
    for row in _candidates(connection, house, set(asked.words), area):
        texts, parties = opened(connection, house, row)
        if _stands(asked, texts, parties):
            found.append(brief(house, row, parties))
            if len(found) >= min(most, MOST):
                break
    return found


Party = tuple[int | None, str, Fields | None]


@dataclass(frozen=True)
class Question:
    """What is searched for: parts that may stand apart, or one whole number; and the words by
    which the blind index finds it."""

    parts: tuple[str, ...]
    number: str | None
    words: frozenset[str]


def question(text: str) -> Question:
    """A text as it is searched for. InvalidInput for less than two characters. Pure."""
    parts = tuple(part for part in map(plain, text.split()) if part)
    number = plain(text) if _is_number(text) else None
    if number is None and not any(len(part) > 1 for part in parts):
        raise InvalidInput([FieldFault(
            "text", "搜索内容太短", "is too short", "请至少输入连续的两个字", "give two characters"
        )])  # fmt: skip
    words = {number_word(number)} if number else set().union(*(bigrams(p) for p in parts))
    return Question(parts, number, frozenset(words))


def holding(
    connection: Connection, house: House, complaints: Sequence[int], asked: Question
) -> set[int]:
    """Those of these complaints in whose words, names or numbers all of it stands."""
    parties = _parties(connection, house, complaints)
    rows = connection.execute(
        sa.text(f"SELECT {TEXTS} FROM complaints c WHERE c.id = ANY(:ids)"),  # noqa: S608
        {"ids": list(complaints)},
    )
    return {
        row.id for row in rows
        if _stands(asked, open_texts(house.vault, row),
                   [] if row.disposed_at is not None else parties.get(row.id, []))
    }  # fmt: skip


def first_parties(
    connection: Connection, house: House, complaints: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """complaint -> its first complainant, masked: ``{"name", "erased"}``."""
    return {
        number: {"name": mask_party(fields)["name"] if fields else None, "erased": fields is None}
        for number, parties in _parties(connection, house, complaints).items()
        for _client, _role, fields in parties[:1]
    }


def briefs(connection: Connection, house: House, complaints: Sequence[int]) -> list[dict[str, Any]]:
    """These complaints as lines of a list, in their order; those that are not the viewer's are
    left out."""
    parties = _parties(connection, house, complaints)
    rows = connection.execute(
        sa.text(f"SELECT {TEXTS}, {HEAD} FROM complaints c WHERE c.id = ANY(:ids) AND {WITHIN}"),  # noqa: S608
        {"ids": list(complaints), "area": house.area},
    ).all()
    found = {row.id: row for row in rows}
    return [
        brief(house, found[number], parties.get(number, []))
        for number in complaints if number in found
    ]  # fmt: skip


def _parties(
    connection: Connection, house: House, complaints: Sequence[int]
) -> dict[int, list[Party]]:
    rows = connection.execute(
        sa.text(
            f"SELECT p.client_id, p.role, {PARTY} FROM complaint_parties p"  # noqa: S608
            " WHERE p.complaint_id = ANY(:ids) ORDER BY p.complaint_id, p.position"
        ),
        {"ids": list(complaints)},
    )
    found: dict[int, list[Party]] = {}
    for row in rows:
        opened_party = (row.client_id, row.role, open_party(house.vault, row))
        found.setdefault(row.complaint_id, []).append(opened_party)
    return found


def record(connection: Connection, house: House, complaint: int, area: str) -> dict[str, Any]:
    """One complaint with its words and parties masked, its incident and its dates. NotFound."""
    row = row_of(connection, complaint, area)
    texts, parties = opened(connection, house, row)
    shown = None if texts is None else {
        name: masked_text(text, parties) for name, text in texts.items()
    }  # fmt: skip
    return {
        **brief(house, row, parties),
        "texts": shown,
        "erased": ERASED if texts is None else None,
        "amount": None if row.amount is None else str(row.amount),
        "disposed_at": iso(row.disposed_at),
        "clients": [client for client, _role, _fields in parties if client is not None],
    }


def reveal(
    connection: Connection, house: House, complaint: int, fields: list[str], reason: str, actor: str
) -> dict[str, Any]:
    """The asked fields in the clear; the journal says who, which and why. NotFound, InvalidInput.

    `fields` are of PARTY_FIELDS and TEXT_FIELDS. Called in a transaction that may write.
    """
    unknown = [name for name in fields if name not in (*PARTY_FIELDS, *TEXT_FIELDS)]
    faults = [] if fields and not unknown else [FieldFault(
        "fields", "没有可查看的字段", "names no field that can be shown", "请选择要查看的内容",
        f"choose of {', '.join((*PARTY_FIELDS, *TEXT_FIELDS))}",
    )]  # fmt: skip
    faults += require_reason(reason)
    if faults:
        raise InvalidInput(faults)
    row = row_of(connection, complaint, "/")
    texts, parties = opened(connection, house, row)
    journal.write(connection, business_now(connection), journal.Entry(
        verb="client_revealed", subject=f"complaint:{complaint}", actor=actor,
        incident_id=row.incident_id, unit_id=row.unit_id, reason=reason.strip(),
        after={"fields": sorted(set(fields))},
    ))  # fmt: skip
    return {
        "complaint": public_complaint(complaint),
        "parties": [
            {"role": role, "erased": held is None,
             **{name: (held or {}).get(name) for name in PARTY_FIELDS if name in fields}}
            for _client, role, held in parties
        ],
        "texts": {name: (texts or {}).get(name) for name in TEXT_FIELDS if name in fields},
    }  # fmt: skip


def require_reason(reason: str) -> list[FieldFault]:
    """A fault unless a reason says something."""
    if len(plain(reason)) >= 2:
        return []
    return [FieldFault("reason", "缺少理由", "is missing", "请说明理由", "say why")]


def opened(connection: Connection, house: House, row: Row) -> tuple[Fields | None, list[Party]]:
    """A complaint's words and its parties (client, role, fields), each None where erased."""
    parties = connection.execute(
        sa.text(
            f"SELECT p.client_id, p.role, {PARTY} FROM complaint_parties p"  # noqa: S608
            " WHERE p.complaint_id = :id ORDER BY p.position"
        ),
        {"id": row.id},
    ).all()
    gone = row.disposed_at is not None
    return open_texts(house.vault, row), [
        (p.client_id, p.role, None if gone else open_party(house.vault, p)) for p in parties
    ]


def brief(house: House, row: Row, parties: list[Party]) -> dict[str, Any]:
    """A line of a list: no word of the complaint, its parties masked."""
    unit = house.tree().get(row.unit_id)
    return {
        "complaint": public_complaint(row.id), "received_at": iso(row.received_at),
        "entered_at": iso(row.entered_at), "channel": row.channel, "unit": unit.short_name,
        "unit_code": unit.code, "product": row.product, "status": row.status,
        "history": row.history,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
        "parties": [
            {"role": role, "erased": fields is None, **(
                dict.fromkeys(MASKS) if fields is None else mask_party(fields))}
            for _client, role, fields in parties
        ],
    }  # fmt: skip


def masked_text(text: str | None, parties: list[Party]) -> str | None:
    """Words with the parties' names and every number of a person's length masked. Pure."""
    if text is None:
        return None
    for _client, _role, fields in parties:
        for name, mask in MASKS.items():
            value = ((fields or {}).get(name) or "").strip()
            if len(value) > 1:
                text = text.replace(value, mask(value) or HIDDEN)
    return _NUMBER.sub(lambda m: _hide(m.group()), text)


def _hide(found: str) -> str:
    if _DATE.fullmatch(found.strip()):
        return found
    if _DAY.fullmatch(found):
        return found  # by when something is done: nobody's number
    figures = sum(c.isdigit() for c in found)
    return HIDDEN if figures >= _SHORTEST_NUMBER + 2 else found


def _is_number(text: str) -> bool:
    bare = plain(text)
    figures = sum(c.isdigit() for c in bare)
    return figures >= _SHORTEST_NUMBER and len(bare) - figures <= 3 and bare.isascii()


def _stands(asked: Question, texts: Fields | None, parties: list[Party]) -> bool:
    if asked.number is not None and any(
        plain(fields[name] or "") == asked.number
        for _client, _role, fields in parties
        if fields
        for name in ("phone", "id_number", "account")
    ):
        return True
    held = [plain(t) for t in (texts or {}).values() if t]
    held += [plain(fields["name"] or "") for _client, _role, fields in parties if fields]
    return bool(asked.parts) and all(any(part in text for text in held) for part in asked.parts)


def _candidates(connection: Connection, house: House, words: set[str], area: str) -> list[Row]:
    """Newest first; while keys rotate, under the old version and the new."""
    rows: dict[int, Row] = {}
    for version in house.blind.ring.versions:
        for row in connection.execute(
            sa.text(
                f"SELECT {TEXTS}, {HEAD} FROM complaint_words w JOIN complaints c"  # noqa: S608
                " ON c.id = w.complaint_id WHERE w.version = :version"
                f" AND w.words @> CAST(:words AS bigint[]) AND {WITHIN}"
                " ORDER BY c.received_at DESC, c.id DESC LIMIT :most"
            ),
            {"version": version, "words": hashed(house.blind, words, version), "area": area,
             "most": _CANDIDATES},
        ):  # fmt: skip
            rows[row.id] = row
    return sorted(rows.values(), key=lambda r: (r.received_at, r.id), reverse=True)


def row_of(connection: Connection, complaint: int, area: str) -> Row:
    row = connection.execute(
        sa.text(f"SELECT {TEXTS}, {HEAD} FROM complaints c WHERE c.id = :id AND {WITHIN}"),  # noqa: S608
        {"id": complaint, "area": area},
    ).one_or_none()
    if row is None:
        raise NotFound("complaint")
    return row
