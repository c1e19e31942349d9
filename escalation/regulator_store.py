"""Rows of regulator cases: read as the pure case, written back, their words sealed and opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import regulator_case as rules
from core.errors import NotFound
from core.vault import DataKey, Place
from database import journal
from escalation.house import House

Row = sa.Row[Any]
_CASE = "SELECT k.*, data_key(k.key_id) AS wrapped FROM regulator_cases k WHERE k.id = :id"


@dataclass(frozen=True)
class By:
    """Who acts: as the journal names them, and their name as it is shown."""

    actor: str
    name: str


def row_of(connection: Connection, case_id: int) -> Row:
    """The case's row. NotFound outside what the connection sees."""
    row = connection.execute(sa.text(_CASE), {"id": case_id}).one_or_none()
    if row is None:
        raise NotFound("regulator_case")
    return row


def lock(connection: Connection, case_id: int) -> Row:
    """As `row_of`, held until the transaction ends."""
    held = connection.execute(
        sa.text("SELECT 1 FROM regulator_cases WHERE id = :id FOR UPDATE"), {"id": case_id}
    ).one_or_none()
    if held is None:
        raise NotFound("regulator_case")
    return row_of(connection, case_id)


def case_of(connection: Connection, row: Row) -> rules.Case:
    """The case as `complaints.regulator_case` has it."""
    given = {"id": row.id}
    demands = connection.execute(
        sa.text("SELECT position, round, state, due_at FROM regulator_demands WHERE case_id = :id"
                " ORDER BY position"), given,
    )  # fmt: skip
    answers = connection.execute(
        sa.text("SELECT number, round, drafted_by, state, decided_by FROM regulator_answers"
                " WHERE case_id = :id ORDER BY number"), given,
    )  # fmt: skip
    counts = connection.execute(
        sa.text("SELECT (SELECT count(*) FROM regulator_contacts WHERE case_id = :id) AS contacts,"
                " (SELECT count(*) FROM regulator_filings WHERE case_id = :id) AS filings"), given,
    ).one()  # fmt: skip
    return rules.Case(
        state=row.state, round=row.round, due_at=row.due_at,
        demands=tuple(rules.Demand(d.position, d.round, d.state, d.due_at) for d in demands),
        answers=tuple(
            rules.Answer(a.number, a.round, rules.person_of(a.drafted_by), a.state,
                         rules.person_of(a.decided_by) if a.decided_by else None)
            for a in answers
        ),
        contacts=counts.contacts, filings=counts.filings,
    )  # fmt: skip


def keep_state(connection: Connection, case_id: int, new: rules.Case, now: datetime) -> None:
    """Write what an act has made of the case: its state, round and replies."""
    connection.execute(
        sa.text(
            "UPDATE regulator_cases SET state = :state, round = :round,"
            " filed_at = CASE WHEN :state = 'filed' THEN CAST(:now AS timestamptz)"
            " ELSE filed_at END,"
            " closed_at = CASE WHEN :state = 'closed' THEN CAST(:now AS timestamptz) END"
            " WHERE id = :id"
        ),
        {"id": case_id, "state": new.state, "round": new.round, "now": now},
    )
    connection.execute(
        sa.text(
            "UPDATE regulator_answers a SET state = n.state FROM"
            " jsonb_to_recordset(CAST(:rows AS jsonb)) AS n (number smallint, state text)"
            " WHERE a.case_id = :id AND a.number = n.number AND a.state <> n.state"
        ),
        {"id": case_id, "rows": json.dumps([
            {"number": a.number, "state": a.state} for a in new.answers])},
    )  # fmt: skip


# --- sealed words ---------------------------------------------------------------------------------


def key_of(house: House, row: Row) -> DataKey:
    """The case's own data key."""
    return house.vault.unwrap(row.key_id, bytes(row.wrapped))


def place(table: str, number: int, column: str = "sealed") -> Place:
    return Place(table, column, str(number))


def seal(
    house: House, key: DataKey, where: Place, fields: Mapping[str, str | None]
) -> bytes | None:
    """The envelope of these words; None where there are none."""
    return house.vault.seal_fields(key, where, dict(fields))


def opened(house: House, key: DataKey, where: Place, sealed: Any) -> dict[str, str]:
    """What an envelope holds; nothing where there is none."""
    return {} if sealed is None else house.vault.open_fields(key, where, bytes(sealed))


def next_id(connection: Connection, table: str) -> int:
    """The number of a row to come: its envelope is bound to it."""
    return int(connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence(:table, 'id'))"), {"table": table}
    ).scalar_one())  # fmt: skip


def note(
    connection: Connection, verb: str, row: Row, actor: str, now: datetime,
    before: dict[str, Any] | None = None, reason: str | None = None, **after: Any,
) -> None:  # fmt: skip
    """An entry of the journal about the case; it holds no word of what is sealed."""
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"regulator_case:{row.id}", actor=actor, unit_id=row.unit_id,
        incident_id=row.incident_id, reason=reason, before=before,
        after={"number": row.number, **after},
    ))  # fmt: skip
