"""What is open on an incident, as a hand-over freezes it and the receiver reads it.

`read` takes it from the database, `compare` says what moved between two readings, `stamp` names a
reading: who accepts must have read the one that holds now. All but `read` are pure.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from escalation.ids import incident_id as public_incident

#: Sections in the order in which they are read.
SECTIONS = ("duties", "reports", "papers", "tasks", "ladder", "heads", "notes")
_REPORTS = frozenset({"report_receipt", "regulator_receipt"})
_LAST_NOTES = 5
Items = dict[str, list[dict[str, Any]]]


def read(connection: Connection, incident_id: int) -> Items:
    """Everything open on the incident and what is open below it; times as ISO 8601 text."""
    tree = list(
        connection.scalars(
            sa.text("SELECT id FROM incidents WHERE id = :id OR (parent_id = :id AND state <>"
                    " 'closed') ORDER BY id"),
            {"id": incident_id},
        )
    )  # fmt: skip
    owed = _duties(connection, tree)
    return {
        "duties": [d for d in owed if not d["report"]],
        "reports": [d for d in owed if d["report"]],
        "papers": _papers(connection, tree),
        "tasks": _tasks(connection, tree),
        "ladder": _unanswered(connection, tree),
        "heads": _heads(connection, tree),
        "notes": _notes(connection, tree),
    }


def _of(connection: Connection, tree: list[int], query: str) -> sa.CursorResult[Any]:
    """The rows of a query on these incidents, which it calls `:ids`."""
    return connection.execute(sa.text(query), {"ids": tree})


def _duties(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    rows = _of(
        connection, tree,
        "SELECT d.id, d.incident_id, d.clause, d.title_zh, d.title_en, d.role, d.due_at,"
        " d.fulfilled_by, u.short_name FROM duties d JOIN units u ON u.id = d.unit_id"
        " WHERE d.incident_id = ANY(:ids) AND d.state = 'open' ORDER BY d.due_at, d.id",
    )  # fmt: skip
    return [
        {"ref": f"duty:{r.id}", "incident": public_incident(r.incident_id), "clause": r.clause,
         "zh": r.title_zh, "en": r.title_en, "role": r.role, "unit": r.short_name,
         "due": iso(r.due_at), "report": bool(_REPORTS & set(r.fulfilled_by))}
        for r in rows
    ]  # fmt: skip


def _papers(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    """Reports that somebody began and nobody has sent yet."""
    rows = _of(
        connection, tree,
        "SELECT r.id, r.incident_id, r.kind, r.state, r.to_name, u.short_name"
        " FROM reports r JOIN units u ON u.id = r.unit_id WHERE r.incident_id = ANY(:ids)"
        " AND r.state IN ('draft', 'signed') ORDER BY r.id",
    )  # fmt: skip
    return [
        {"ref": f"report:{r.id}", "incident": public_incident(r.incident_id), "kind": r.kind,
         "state": r.state, "to": r.to_name, "unit": r.short_name}
        for r in rows
    ]  # fmt: skip


def _tasks(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    rows = _of(
        connection, tree,
        "SELECT t.id, t.incident_id, t.title, t.role, t.person, t.due_at, t.state,"
        " u.short_name FROM tasks t JOIN units u ON u.id = t.unit_id"
        " WHERE t.incident_id = ANY(:ids) AND (t.state IN ('assigned', 'accepted')"
        "  OR (t.state = 'done' AND t.kind = 'rectification')) ORDER BY t.due_at, t.id",
    )  # fmt: skip
    return [
        {"ref": f"task:{r.id}", "incident": public_incident(r.incident_id), "zh": r.title,
         "en": r.title, "role": r.role, "person": r.person, "unit": r.short_name,
         "due": iso(r.due_at), "state": r.state}
        for r in rows
    ]  # fmt: skip


def _unanswered(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    """Ladders that nobody has answered; the next step's time is left out, it moves by itself."""
    rows = _of(
        connection, tree,
        "SELECT l.incident_id, l.state FROM ladders l JOIN incidents n"
        " ON n.id = l.incident_id WHERE l.incident_id = ANY(:ids) AND n.state = 'open'"
        " AND l.state <> 'stopped' ORDER BY l.incident_id",
    )  # fmt: skip
    return [
        {"ref": f"ladder:{r.incident_id}", "incident": public_incident(r.incident_id),
         "state": r.state}
        for r in rows
    ]  # fmt: skip


def _heads(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    """The latest report from each place with people on site."""
    rows = _of(
        connection, tree,
        "SELECT DISTINCT ON (g.unit_id) g.id, g.incident_id, g.complainants, g.onlookers,"
        " g.reported_at, u.short_name FROM gatherings g JOIN units u ON u.id = g.unit_id"
        " WHERE g.incident_id = ANY(:ids) ORDER BY g.unit_id, g.id DESC",
    )  # fmt: skip
    return [
        {"ref": f"gathering:{r.id}", "incident": public_incident(r.incident_id),
         "unit": r.short_name, "complainants": r.complainants, "onlookers": r.onlookers,
         "at": iso(r.reported_at)}
        for r in rows
    ]  # fmt: skip


def _notes(connection: Connection, tree: list[int]) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT id, incident_id, text, written_by, written_role, written_at"
        " FROM incident_notes WHERE incident_id = ANY(:ids) ORDER BY id DESC LIMIT :most"),
        {"ids": tree, "most": _LAST_NOTES},
    )  # fmt: skip
    return [
        {"ref": f"note:{r.id}", "incident": public_incident(r.incident_id), "zh": r.text,
         "en": r.text, "by": r.written_by, "role": r.written_role, "at": iso(r.written_at)}
        for r in rows
    ]  # fmt: skip


def counts(items: Items) -> dict[str, int]:
    """How many items each section has."""
    return {section: len(items.get(section, ())) for section in SECTIONS}


def stamp(items: Items) -> str:
    """A short name of exactly this reading."""
    text = json.dumps([items.get(s, []) for s in SECTIONS], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compare(before: Items, now: Items) -> dict[str, list[dict[str, Any]]]:
    """What came, what went and what is different (as it is now), over all sections."""
    old = {i["ref"]: {**i, "section": s} for s in SECTIONS for i in before.get(s, ())}
    new = {i["ref"]: {**i, "section": s} for s in SECTIONS for i in now.get(s, ())}
    return {
        "came": [item for ref, item in new.items() if ref not in old],
        "gone": [item for ref, item in old.items() if ref not in new],
        "changed": [item for ref, item in new.items() if ref in old and old[ref] != item],
    }
