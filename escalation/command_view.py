"""The command section of an incident as its page shows it: who commands, what is handed over,
tasks, notes, security, what it was merged with or split from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from contacts.roster import Holder
from core.clock import iso
from core.words import Role
from database.connection import business_now
from escalation import open_items
from escalation.area_sql import INCIDENT_SEEN
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.incidents import places_of
from escalation.telling import holder_of

Row = sa.Row[Any]
_MOST_NOTES = 100
#: What somebody below sees of the command of an incident that is not theirs.
_OF_ANOTHER: dict[str, Any] = {
    "commander": None, "history": [], "above": None, "handover": None, "handovers": [],
    "notes": [], "security": {"threat": False, "contact": None, "calls": []}, "regroupings": [],
    "merge_into": [], "units": [],
}  # fmt: skip


def read_command(
    connection: Connection, house: House, row: Row, *, own: bool = True
) -> dict[str, Any]:
    """Everything about command of one incident (`row` is the incident's); phones masked.

    Of an incident that spans more than the viewer's area (not `own`) only their own tasks.
    """
    if not own:
        return {**_OF_ANOTHER, "tasks": read_tasks(connection, house, [row.id], own=False)}
    stretches = _stretches(connection, row.id)
    return {
        "commander": next((s for s in stretches if s["ended_at"] is None), None),
        "history": [s for s in stretches if s["ended_at"] is not None],
        "above": _above(connection, row.parent_id),
        "handover": _handover(connection, row.id),
        "handovers": _ended_handovers(connection, row.id),
        "tasks": read_tasks(connection, house, [row.id]),
        "notes": _notes(connection, row.id),
        "security": _security(connection, house, row),
        "regroupings": _regroupings(connection, row.id),
        "merge_into": _others(connection, house, row),
        "units": _units(connection, house, row),
    }


def _stretches(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT id, name, role, how, reason, taken_at, ended_at FROM incident_commands"
                " WHERE incident_id = :id ORDER BY id DESC"),
        {"id": incident_id},
    )  # fmt: skip
    return [
        {"id": r.id, "name": r.name, "role": r.role, "how": r.how, "reason": r.reason,
         "since": iso(r.taken_at), "ended_at": iso(r.ended_at)}
        for r in rows
    ]  # fmt: skip


def _above(connection: Connection, parent: int | None) -> dict[str, Any] | None:
    """Who commands the incident that this one is part of."""
    if parent is None:
        return None
    row = connection.execute(
        sa.text("SELECT name, role FROM incident_commands WHERE incident_id = :id"
                " AND ended_at IS NULL"),
        {"id": parent},
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    return {"incident": public_incident(parent), "name": row.name, "role": row.role}


_HANDOVERS = (
    "SELECT h.*, c.name AS from_name, c.role AS from_role FROM handovers h"
    " JOIN incident_commands c ON c.id = h.command_id WHERE h.incident_id = :id"
)


def _handover(connection: Connection, incident_id: int) -> dict[str, Any] | None:
    """The offer that stands, with what is open now and what moved since it was made."""
    row = connection.execute(
        sa.text(f"{_HANDOVERS} AND h.state = 'offered'"), {"id": incident_id}
    ).one_or_none()
    if row is None:
        return None
    holding = open_items.read(connection, incident_id)
    return {
        **_brief(row), "items": holding, "counts": open_items.counts(holding),
        "stamp": open_items.stamp(holding), "changes": open_items.compare(row.frozen, holding),
    }  # fmt: skip


def _ended_handovers(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(f"{_HANDOVERS} AND h.state <> 'offered' ORDER BY h.id DESC LIMIT 5"),
        {"id": incident_id},
    )
    return [_brief(r) for r in rows]


def _brief(row: Row) -> dict[str, Any]:
    return {
        "id": row.id, "state": row.state, "from_name": row.from_name, "from_role": row.from_role,
        "to_name": row.to_name, "to_role": row.to_role, "note": row.note, "reason": row.reason,
        "offered_at": iso(row.offered_at), "ended_at": iso(row.ended_at),
        "ended_by": row.ended_by, "ended_role": row.ended_role,
        "counts_offered": open_items.counts(row.frozen),
    }  # fmt: skip


def read_tasks(
    connection: Connection, house: House, incidents: list[int], *, own: bool = True
) -> list[dict[str, Any]]:
    """Tasks and rectifications of these incidents: what still runs first, by due time; where
    they are not the viewer's `own`, those of a place of theirs."""
    now = business_now(connection)
    rows = connection.execute(
        sa.text("SELECT * FROM tasks WHERE incident_id = ANY(:ids) ORDER BY"
                " state IN ('checked', 'cancelled') OR (state = 'done' AND kind = 'task'),"
                " due_at, id"),
        {"ids": incidents},
    )  # fmt: skip
    tree = house.tree()
    return [task_view(house, r, now) for r in rows if own or tree.within(r.unit_id, house.area)]


def task_view(house: House, row: Row, now: datetime) -> dict[str, Any]:
    """A row of `tasks` as pages show it."""
    unit = house.tree().get(row.unit_id)
    running = row.state in ("assigned", "accepted")
    return {
        "id": row.id, "incident": public_incident(row.incident_id), "kind": row.kind,
        "title": row.title, "detail": row.detail, "unit": unit.code, "unit_name": unit.short_name,
        "role": row.role, "person": row.person, "due_at": iso(row.due_at), "state": row.state,
        "overdue": running and row.due_at < now,
        "late": row.done_at is not None and row.done_at > row.due_at,
        "assigned_by": row.assigned_by, "assigned_role": row.assigned_role,
        "assigned_at": iso(row.assigned_at), "accepted_by": row.accepted_by,
        "accepted_role": row.accepted_role, "accepted_at": iso(row.accepted_at),
        "done_by": row.done_by, "done_role": row.done_role, "done_at": iso(row.done_at),
        "result": row.result, "evidence": row.evidence, "checked_by": row.checked_by,
        "checked_role": row.checked_role, "checked_at": iso(row.checked_at),
        "check_note": row.check_note, "cancelled_by": row.cancelled_by,
        "cancelled_at": iso(row.cancelled_at), "cancel_reason": row.cancel_reason,
    }  # fmt: skip


def _notes(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT id, text, written_by, written_role, written_at FROM incident_notes"
                " WHERE incident_id = :id ORDER BY id DESC LIMIT :most"),
        {"id": incident_id, "most": _MOST_NOTES},
    )  # fmt: skip
    return [
        {"id": r.id, "text": r.text, "by": r.written_by, "role": r.written_role,
         "at": iso(r.written_at)}
        for r in rows
    ]  # fmt: skip


def security_contact(connection: Connection, house: House, unit_id: int) -> Holder | None:
    """The reachable security lead of the branch of a place, or None; the phone in full."""
    holder, _why = holder_of(
        connection, house, unit_id, Role.BRANCH_SECURITY, business_now(connection)
    )
    return holder


def _security(connection: Connection, house: House, row: Row) -> dict[str, Any]:
    calls = connection.execute(
        sa.text("SELECT id, whom, called_by, called_role, called_at, result FROM security_calls"
                " WHERE incident_id = :id ORDER BY called_at, id"),
        {"id": row.id},
    )  # fmt: skip
    contact = security_contact(connection, house, row.unit_id) if row.safety_threat else None
    return {
        "threat": row.safety_threat,
        "contact": None if contact is None else {
            "name": contact.name, "role": contact.role.value,
            "phone": mask_phone(str(contact.phone)),
        },
        "calls": [
            {"id": c.id, "whom": c.whom, "by": c.called_by, "role": c.called_role,
             "at": iso(c.called_at), "result": c.result}
            for c in calls
        ],
    }  # fmt: skip


def _regroupings(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT * FROM incident_regroupings WHERE incident_id = :id OR other_id = :id"
                " ORDER BY id"),
        {"id": incident_id},
    )  # fmt: skip
    return [
        {"kind": r.kind, "incident": public_incident(r.incident_id),
         "other": public_incident(r.other_id), "keys": r.keys, "reason": r.reason,
         "by": r.done_by, "role": r.done_role, "at": iso(r.done_at)}
        for r in rows
    ]  # fmt: skip


def _others(connection: Connection, house: House, row: Row) -> list[dict[str, Any]]:
    """Open roots that this one may be put under."""
    if row.state != "open" or row.parent_id is not None:
        return []
    rows = connection.execute(
        sa.text("SELECT n.id, n.unit_id, n.clients, n.headcount, n.severity,"  # noqa: S608
                " n.opened_at FROM incidents n WHERE n.state = 'open' AND n.parent_id IS NULL"
                f" AND n.id <> :id AND {INCIDENT_SEEN}"
                " ORDER BY n.opened_at DESC, n.id DESC LIMIT 100"),
        {"id": row.id, "area": house.area},
    )  # fmt: skip
    return [
        {"id": public_incident(r.id), "unit": house.tree().get(r.unit_id).short_name,
         "clients": max(r.clients, r.headcount), "severity": r.severity,
         "opened_at": iso(r.opened_at)}
        for r in rows
    ]  # fmt: skip


def _units(connection: Connection, house: House, row: Row) -> list[dict[str, str]]:
    """Units that a task may be given to: the incident's places and everything above them."""
    tree = house.tree()
    found = {
        unit.id: unit
        for place in (row.unit_id, *places_of(connection, row.id))
        for unit in reversed(tree.lineage(place))
    }
    return [{"code": u.code, "name": u.short_name, "level": u.level.value} for u in found.values()]
