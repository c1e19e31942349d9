"""Who commands an incident: one named person at a time.

Taking command from somebody without a hand-over is allowed, with a reason; both stay visible. A
regular change of command is a hand-over (`escalation.handovers`). Names stay in the tables; the
journal refers to a command by its id and says the roles.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words
from core.words import name as word
from database import journal
from escalation.ids import incident_id as public_incident


@dataclass(frozen=True)
class Who:
    """A person who acts: name and role; `actor` is how the journal names them."""

    name: str
    role: str
    actor: str = "web"

    def same(self, name: str, role: str) -> bool:
        return (self.name, self.role) == (name, role)


@dataclass(frozen=True)
class Command:
    """A stretch of command over one incident."""

    id: int
    name: str
    role: str
    person_id: int | None
    taken_at: datetime


def lock_incident(connection: Connection, incident_id: int, *, closed: bool = False) -> sa.Row[Any]:
    """The incident's row, locked. NotFound; Conflict when it is closed (unless `closed`)."""
    row = connection.execute(
        sa.text("SELECT id, state, unit_id, severity, safety_threat, opened_at, parent_id"
                " FROM incidents WHERE id = :id FOR NO KEY UPDATE"),
        {"id": incident_id},
    ).one_or_none()  # fmt: skip
    if row is None:
        raise NotFound("incident")
    if row.state == "closed" and not closed:
        raise Conflict(
            f"事件 {public_incident(incident_id)} 已结案",
            f"incident {public_incident(incident_id)} is closed",
        )
    return row


def current(connection: Connection, incident_id: int) -> Command | None:
    """Who commands now, or None."""
    row = connection.execute(
        sa.text("SELECT id, name, role, person_id, taken_at FROM incident_commands"
                " WHERE incident_id = :id AND ended_at IS NULL"),
        {"id": incident_id},
    ).one_or_none()  # fmt: skip
    return None if row is None else Command(row.id, row.name, row.role, row.person_id, row.taken_at)


def person_of(connection: Connection, name: str, role: str) -> int | None:
    """The person in the roster with this name and role, where there is exactly one."""
    found = connection.scalars(
        sa.text("SELECT DISTINCT p.id FROM people p JOIN team_members t ON t.person_id = p.id"
                " WHERE p.active AND p.name = :name AND t.role = :role LIMIT 2"),
        {"name": name, "role": role},
    ).all()  # fmt: skip
    return int(found[0]) if len(found) == 1 else None


def take(
    connection: Connection, incident_id: int, by: Who, reason: str | None, now: datetime
) -> int:
    """Take command; its id. From somebody else only with a reason (InvalidInput).

    Conflict when this person commands already, or when the incident is closed. A hand-over that
    was offered meanwhile is overtaken.
    """
    row = lock_incident(connection, incident_id)
    before = current(connection, incident_id)
    if before is not None and by.same(before.name, before.role):
        raise Conflict("您已在指挥本事件", "you command this incident already")
    if before is not None and not has_words(reason):
        raise InvalidInput([FieldFault(
            "reason", f"正由{before.name}（{word(before.role)}）指挥，直接接管须说明理由",
            "is missing: somebody commands it now", "请说明理由，或请其移交",
            "say why, or ask for a hand-over",
        )])  # fmt: skip
    how = "taken" if before is None else "taken_over"
    number = begin(connection, incident_id, by, how, now, reason=reason if before else None)
    journal.write(connection, now, journal.Entry(
        verb="command_taken" if before is None else "command_taken_over",
        subject=f"command:{number}", actor=by.actor, incident_id=incident_id,
        unit_id=row.unit_id, reason=reason if before else None,
        before=None if before is None else {"command": before.id, "role": before.role},
        after={"command": number, "role": by.role,
               **({"from": before.role} if before is not None else {})},
    ))  # fmt: skip
    return number


def begin(
    connection: Connection, incident_id: int, by: Who, how: str, now: datetime, *,
    reason: str | None = None,
) -> int:  # fmt: skip
    """End whatever command there is and begin this one; its id. The incident's row is locked."""
    connection.execute(
        sa.text("UPDATE incident_commands SET ended_at = :now"
                " WHERE incident_id = :id AND ended_at IS NULL"),
        {"id": incident_id, "now": now},
    )  # fmt: skip
    connection.execute(
        sa.text("UPDATE handovers SET state = 'overtaken', ended_at = :now, ended_by = :by,"
                " ended_role = :role WHERE incident_id = :id AND state = 'offered'"),
        {"id": incident_id, "now": now, "by": by.name, "role": by.role},
    )  # fmt: skip
    return int(
        connection.execute(
            sa.text(
                "INSERT INTO incident_commands (incident_id, name, role, person_id, how, reason,"
                " taken_at) VALUES (:incident, :name, :role, :person, :how, :reason, :now)"
                " RETURNING id"
            ),
            {
                "incident": incident_id, "name": by.name, "role": by.role, "how": how,
                "person": person_of(connection, by.name, by.role), "reason": reason, "now": now,
            },
        ).scalar_one()
    )  # fmt: skip


def needed(given: str | None, field: str, zh: str, en: str) -> str:
    """A text that must be there, stripped. InvalidInput when it is not."""
    text = (given or "").strip()
    if not has_words(text):
        raise InvalidInput([FieldFault(field, zh, "is missing", "请填写", en)])
    return text
