"""A ticket as the tables hold it: its row, its acts opened and sealed. No rule lives here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from complaints.ticket_life import Entry, Position, position
from core.errors import Conflict, NotFound
from core.vault import DataKey, Place, Vault
from escalation.vault_state import draw_keys

_LOCK = sa.text(
    "SELECT t.*, c.key_id, data_key(c.key_id) AS wrapped, c.disposed_at, c.home_unit_id,"
    " c.flags, c.face_to_face, c.incident_id, c.status FROM tickets t"
    " JOIN complaints c ON c.id = t.complaint_id WHERE t.complaint_id = :id FOR UPDATE OF t"
)
_ACTS = sa.text(
    "SELECT a.id, a.round, a.act, a.at, a.entered_at, a.actor, a.role, a.unit_id, a.facts,"
    " a.key_id, a.sealed, data_key(a.key_id) AS wrapped FROM ticket_acts a"
    " WHERE a.complaint_id = :id ORDER BY a.id"
)


@dataclass(frozen=True)
class Worker:
    """Who acts on a ticket: name, team's role, how the journal names them, where they belong."""

    name: str
    role: str
    actor: str
    unit_id: int | None = None
    person_id: int | None = None

    @property
    def identity(self) -> str:
        """The person, whatever seat they act in; of a machine, whoever acted in it."""
        return identity_of(self.actor, self.name)


@dataclass(frozen=True)
class StoredAct:
    """An act as it is in the file; `words` is None once the client's key was destroyed."""

    id: int
    round: int
    act: str
    at: datetime
    entered_at: datetime
    actor: str
    role: str | None
    unit_id: int | None
    facts: dict[str, Any]
    words: dict[str, str] | None

    @property
    def entry(self) -> Entry:
        who = identity_of(self.actor, self.facts.get("by"))
        return Entry(self.act, self.facts, who, self.role or "")


def identity_of(actor: str, name: str | None) -> str:
    """Who acted: ``web:ROLE:ID`` is the account ID in any of its seats, a token who it names."""
    if actor.startswith("token:"):
        return f"{actor}|{name}"
    return f"web:{actor.rsplit(':', 1)[1]}" if actor.startswith("web:") else actor


def lock(connection: Connection, complaint: int) -> sa.Row[Any]:
    """The ticket's row with what is needed of its complaint, locked. NotFound."""
    row = connection.execute(_LOCK, {"id": complaint}).one_or_none()
    if row is None:
        raise NotFound("complaint")
    return row


def acts_of(connection: Connection, vault: Vault, complaint: int) -> list[StoredAct]:
    """Every act of a ticket in the order of entering, words opened. MissingKey, Refused."""
    return [
        StoredAct(r.id, r.round, r.act, r.at, r.entered_at, r.actor, r.role, r.unit_id, r.facts,
                  _words(vault, r))
        for r in connection.execute(_ACTS, {"id": complaint})
    ]  # fmt: skip


def entries_of(connection: Connection, complaint: int) -> list[Entry]:
    """What the state machine reads: no words are opened."""
    rows = connection.execute(
        sa.text("SELECT act, facts, actor, role FROM ticket_acts WHERE complaint_id = :id"
                " ORDER BY id"),
        {"id": complaint},
    )  # fmt: skip
    return [
        Entry(r.act, r.facts, identity_of(r.actor, r.facts.get("by")), r.role or "") for r in rows
    ]


def stands(connection: Connection, row: sa.Row[Any]) -> Position:
    """Where the ticket stands by its acts; one from before there were acts, by its row."""
    found = position(entries_of(connection, row.complaint_id))
    if found.end is None and row.stage in ("withdrawn", "misfiled", "merged", "history"):
        return Position(end=row.stage)
    return found


def _words(vault: Vault, row: sa.Row[Any]) -> dict[str, str] | None:
    if row.sealed is None:
        return {}
    if row.wrapped is None:
        return None
    key = vault.unwrap(row.key_id, bytes(row.wrapped))
    return vault.open_fields(key, act_place(row.id), bytes(row.sealed))


def act_place(act_id: int) -> Place:
    return Place("ticket_acts", "sealed", str(act_id))


def key_of(connection: Connection, vault: Vault, row: sa.Row[Any]) -> DataKey:
    """The complaint's own key: what is said of a client ends with the client's data. Conflict."""
    if row.key_id is None:
        return draw_keys(connection, vault, 1)[0]
    if row.wrapped is None or row.disposed_at is not None:
        raise Conflict("客户信息已删除，不能再办理", "the client's data is gone: nothing is added")
    return vault.unwrap(row.key_id, bytes(row.wrapped))


def add_act(
    connection: Connection, vault: Vault, row: sa.Row[Any], filled: Filled, by: Worker,
    number_of_round: int, at: datetime, now: datetime,
) -> int:  # fmt: skip
    """Store one act of a locked ticket, its words sealed; its id."""
    number = int(connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence('ticket_acts', 'id'))")
    ).scalar_one())  # fmt: skip
    key, sealed = None, None
    if filled.words:
        key = key_of(connection, vault, row)
        sealed = vault.seal_fields(key, act_place(number), dict(filled.words))
    facts = {**filled.facts, **({"by": by.name} if by.actor.startswith("token:") else {})}
    connection.execute(
        sa.text(
            "INSERT INTO ticket_acts (id, complaint_id, round, act, at, entered_at, actor, role,"
            " unit_id, facts, key_id, sealed) OVERRIDING SYSTEM VALUE VALUES (:id, :complaint,"
            " :round, :act, :at, :now, :actor, :role, :unit, CAST(:facts AS jsonb), :key, :sealed)"
        ),
        {
            "id": number, "complaint": row.complaint_id, "round": number_of_round,
            "act": filled.act, "at": at, "now": now, "actor": by.actor, "role": by.role,
            "unit": by.unit_id, "facts": json.dumps(facts), "key": key.id if key else None,
            "sealed": sealed,
        },
    )  # fmt: skip
    return number


def update(connection: Connection, complaint: int, values: Mapping[str, Any]) -> None:
    """Set columns of a ticket, names of this floor's own choosing; its version goes up by one."""
    given = "".join(f"{column} = :{column}, " for column in values)
    connection.execute(
        sa.text(f"UPDATE tickets SET {given}version = version + 1 WHERE complaint_id = :the_id"),  # noqa: S608
        {**values, "the_id": complaint},
    )


def same_client(connection: Connection, one: int, other: int) -> bool:
    """Whether one client stands behind both complaints."""
    return bool(connection.scalar(
        sa.text(
            "SELECT EXISTS (SELECT FROM complaint_parties a JOIN complaint_parties b"
            " ON b.client_id = a.client_id WHERE a.complaint_id = :one"
            " AND b.complaint_id = :other)"
        ),
        {"one": one, "other": other},
    ))  # fmt: skip


def open_duties(connection: Connection, complaint: int) -> Sequence[sa.Row[Any]]:
    """The complaint's open duties, the next due first."""
    return connection.execute(
        sa.text("SELECT id, clause, title_zh, title_en, role, unit_id, person_id, due_at,"
                " fulfilled_by, rule FROM duties WHERE complaint_id = :id AND state = 'open'"
                " ORDER BY due_at, id"),
        {"id": complaint},
    ).all()  # fmt: skip
