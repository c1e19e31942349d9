"""What people need around a duty: who may take it, whom to call, which events they may record."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.people import role_fits
from contacts.roster import holders
from contacts.units import unknown_unit
from core.errors import FieldFault, InvalidInput, NotFound
from core.words import TEAM_ROLES, Role
from database import journal
from database.connection import business_now
from escalation import my_duties
from escalation.house import House
from escalation.vocabulary import EVENT_KINDS

#: Whom one calls about a duty beside who owes it, nearest first.
_NEAR = (
    Role.SUB_HEAD, Role.BRANCH_LEADER, Role.BRANCH_CONTACT, Role.BRANCH_SERVICE, Role.HO_DEPUTY,
    Role.DUTY_OFFICER,
)  # fmt: skip


def seat(connection: Connection, house: House, unit: str, role: str, person: int | None) -> int:
    """The unit's id where this role (and this active person) can take a duty. InvalidInput."""
    known = house.named(unit, connection)
    faults = []
    if known is None:
        faults.append(unknown_unit())
    elif role in set(Role) and not role_fits(Role(role), known.level):
        faults.append(FieldFault("role", "该机构没有这个角色", "the unit has no such role",
                                 "请选择该机构的角色", "choose a role of that unit"))  # fmt: skip
    if person is not None and not connection.scalar(
        sa.text("SELECT true FROM people WHERE id = :id AND active"), {"id": person}
    ):
        faults.append(FieldFault("person", "没有这个人", "there is no such person",
                                 "请从名单中选择", "choose somebody of the unit"))  # fmt: skip
    if faults or known is None:
        raise InvalidInput(faults)
    return known.id


def takers(connection: Connection, house: House, unit: str) -> list[dict[str, Any]]:
    """Each role of a unit with the people who hold it now, for handing a duty over. NotFound."""
    found = house.named(unit, connection)
    if found is None:
        raise NotFound("unit")
    now = business_now(connection)
    named = {role for s in house.plan.standing for role in s.clause.who}
    roles = [r for r in Role if role_fits(r, found.level) and (r in TEAM_ROLES or r in named)]
    return [
        {
            "role": role.value,
            "people": [{"id": h.person_id, "name": h.name, "reachable": h.reachable}
                       for h in holders(connection, found.id, role, now)],
        }
        for role in roles
    ]  # fmt: skip


def seats_of(connection: Connection, house: House, person_id: int | None) -> list[dict[str, Any]]:
    """The team seats that a person holds in the viewer's area, standing or on shift now."""
    if person_id is None:
        return []
    rows = connection.execute(_SEATS, {"person": person_id, "area": house.area})
    return [{"code": row.code, "text": row.short_name or row.name, "role": row.role}
            for row in rows]  # fmt: skip


def callees(connection: Connection, house: House, duty_id: int) -> list[dict[str, Any]]:
    """Whom to telephone about a duty, who owes it first; numbers in full. NotFound."""
    row = connection.execute(
        sa.text("SELECT unit_id, role, incident_id FROM duties WHERE id = :id"), {"id": duty_id}
    ).one_or_none()
    if row is None:
        raise NotFound("duty")
    now, tree = business_now(connection), house.tree(connection)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for role in (Role(row.role), *_NEAR):
        place = tree.seat(row.unit_id, role)
        for holder in holders(connection, place.id, role, now) if place else ():
            if holder.phone:
                found.setdefault((holder.name, holder.phone), {
                    "role": role.value, "name": holder.name, "phone": holder.phone,
                    "reachable": holder.reachable,
                })  # fmt: skip
    return list(found.values())


def note_callees(connection: Connection, duty_id: int, actor: str) -> None:
    """Keep in the journal who asked for the numbers."""
    row = connection.execute(
        sa.text("SELECT unit_id, incident_id FROM duties WHERE id = :id"), {"id": duty_id}
    ).one()
    journal.write(connection, business_now(connection), journal.Entry(
        verb="call_tree_revealed", subject=f"duty:{duty_id}", actor=actor,
        incident_id=row.incident_id, unit_id=row.unit_id,
    ))  # fmt: skip


def recordable(house: House) -> dict[str, Any]:
    """The events that a person may record, each with the clauses it brings, and the classes."""
    brought: dict[str, list[str]] = {}
    for standing in house.plan.standing:
        brought.setdefault(standing.clause.event, []).append(standing.clause.id)
    events = [
        {"event": event, "zh": kind.zh, "en": kind.en, "subject": kind.subject,
         "clauses": brought.get(event, [])}
        for event, kind in EVENT_KINDS.items() if kind.by_hand
    ]  # fmt: skip
    classes = [
        {"id": known.id, "zh": known.title.zh, "en": known.title.en, "plan": name}
        for name, rules in house.plan.rules for known in rules.classes
    ]  # fmt: skip
    return {"events": events, "classes": classes}


def born_of(connection: Connection, house: House, event_id: int) -> list[dict[str, Any]]:
    """The duties that a recorded event has made, next due first."""
    numbers = connection.scalars(
        sa.text("SELECT id FROM duties WHERE event_id = :id ORDER BY due_at, id"),
        {"id": event_id},
    ).all()
    return [my_duties.one(connection, house, number) for number in numbers]


_SEATS = sa.text(
    "SELECT DISTINCT u.code, u.short_name, u.name, u.path, m.role"
    " FROM (SELECT unit_id, person_id, role FROM team_members"
    " UNION SELECT unit_id, person_id, role FROM shifts"
    " WHERE starts_at <= business_now() AND ends_at > business_now()) AS m"
    " JOIN units u ON u.id = m.unit_id JOIN people p ON p.id = m.person_id"
    " WHERE m.person_id = :person AND p.active AND u.active AND starts_with(u.path, :area)"
    " ORDER BY u.path, m.role"
)
