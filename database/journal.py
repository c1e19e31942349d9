"""The journal: every change of state, append-only, sealed in a hash chain (SG-06).

It refers to personal data by id, it never holds it. Writing an entry also announces a new
revision, so that boards re-read; `pg_notify` is folded per transaction by PostgreSQL.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.failpoints import hit
from database.connection import REVISION_CHANNEL

WORK_CHANNEL = "fenghuo_work"


@dataclass(frozen=True)
class Entry:
    """One journal entry. `subject` is ``kind:id``; before/after hold state, no personal data."""

    verb: str
    subject: str
    actor: str
    incident_id: int | None = None
    unit_id: int | None = None
    reason: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


_INSERT = sa.text(
    "INSERT INTO journal (at, actor, verb, subject, incident_id, unit_id, reason, before, after)"
    " SELECT :at, e.actor, e.verb, e.subject, e.incident_id, e.unit_id, e.reason, e.before, e.after"
    " FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS e(actor text, verb text, subject text,"
    " incident_id bigint, unit_id bigint, reason text, before jsonb, after jsonb)"
)
_NOTIFY = sa.text(f"SELECT pg_notify('{REVISION_CHANNEL}', ''), pg_notify('{WORK_CHANNEL}', '')")


def write(connection: Connection, at: datetime, *entries: Entry) -> None:
    """Append entries in the caller's transaction and announce them."""
    if entries:
        connection.execute(_INSERT, {"at": at, "entries": json.dumps([vars(e) for e in entries])})
        announce(connection)


def announce(connection: Connection) -> None:
    """Tell boards that there is a new revision and the engine that there may be work."""
    connection.execute(_NOTIFY)


def seal(connection: Connection, *, most: int = 5000, everything: bool = False) -> int:
    """Seal up to `most` entries; returns how many. `everything` only with no other writer."""
    sealed = connection.execute(
        sa.text("SELECT seal_journal(:most, :everything)"),
        {"most": most, "everything": everything},
    ).scalar_one()
    hit("while_sealing")
    return int(sealed)


@dataclass(frozen=True)
class Verification:
    """Result of checking the chain: counts, head, and the first place where it breaks."""

    sealed: int
    unsealed: int
    head: str
    broken_at: int | None
    why: str | None


@dataclass(frozen=True)
class Step:
    """A stretch of the chain, checked: the last place, its hash, the first break and why."""

    place: int
    head: bytes
    broken_at: int | None = None
    why: str | None = None
    met: bool = False  #: the head that was asked for was on the way


_NEXT = sa.text(
    "SELECT seal, seal_hash, journal_text(journal) FROM journal"
    " WHERE seal > :after ORDER BY seal LIMIT :most"
)


def verify_from(
    connection: Connection, place: int, head: bytes, most: int, *, wanted: str | None = None
) -> Step:
    """Recompute up to `most` entries after a place whose hash is `head`, outside the database."""
    met = False
    for seal_no, seal_hash, content in connection.execute(_NEXT, {"after": place, "most": most}):
        if seal_no != place + 1:
            return Step(place, head, place + 1, "an entry is missing")
        head = hashlib.sha256(head + content.encode()).digest()
        place = seal_no
        if head != bytes(seal_hash):
            return Step(place, head, place, "an entry was changed")
        met = met or head.hex() == wanted
    return Step(place, head, met=met)


def verify(connection: Connection, *, chunk: int = 5000, head: str | None = None) -> Verification:
    """Recompute the whole chain outside the database; reads in chunks of `chunk` rows.

    `head`, a head noted earlier (hex), must be found on the way: a chain that was rebuilt from
    the start by somebody with the owner's rights does not have it.
    """
    step, seen = Step(0, b""), head is None
    while True:
        before = step.place
        step = verify_from(connection, step.place, step.head, chunk, wanted=head)
        seen = seen or step.met
        if step.broken_at is not None or step.place == before:
            break
    broken_at, why = step.broken_at, step.why
    if broken_at is None and not seen:
        broken_at, why = step.place, "the head noted earlier is not in the chain"
    unsealed = connection.execute(
        sa.text("SELECT count(*) FROM journal WHERE seal IS NULL")
    ).scalar_one()
    return Verification(
        sealed=step.place,
        unsealed=int(unsealed),
        head=step.head.hex(),
        broken_at=broken_at,
        why=why,
    )
