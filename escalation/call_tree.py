"""The telephone tree: who calls whom, from the sub-branch up to head office, now.

Worked out from the roster each time: who holds a role now, who stands behind, who is away and why.
Numbers are masked in every answer but `reveal` and `reveal_unit`, which are journalled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from contacts.roster import Holder, first_reachable, holders, holders_at, roles_of
from contacts.units import Unit
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.words import Level, Role
from database import journal
from database.connection import business_now
from escalation.house import House
from escalation.ids import incident_id as public_incident

#: Who calls whom, nearest the place first. A caller whom nobody holds is stood in for by its own
#: caller; the first one learns of it on site.
CALLS: tuple[tuple[Role | None, Role], ...] = (
    (None, Role.SUB_HEAD),
    (Role.SUB_HEAD, Role.SUB_DEPUTY),
    (Role.SUB_HEAD, Role.SUB_VIP_MANAGER),
    (Role.SUB_HEAD, Role.SUB_LOBBY_MANAGER),
    (Role.SUB_HEAD, Role.BRANCH_LEADER),
    (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY),
    (Role.BRANCH_LEADER, Role.BRANCH_CONTACT),
    (Role.BRANCH_LEADER, Role.BRANCH_SECURITY),
    (Role.BRANCH_CONTACT, Role.BRANCH_SERVICE),
    (Role.BRANCH_LEADER, Role.HO_DEPUTY),
    (Role.HO_DEPUTY, Role.DUTY_OFFICER),
    (Role.HO_DEPUTY, Role.HO_LEADER),
    (Role.DUTY_OFFICER, Role.HO_HOTLINE),
    (Role.DUTY_OFFICER, Role.PR_OFFICER),
    (Role.DUTY_OFFICER, Role.HO_MARKETING),
    (Role.DUTY_OFFICER, Role.HO_VIP_WEALTH),
    (Role.DUTY_OFFICER, Role.HO_ASSET_MANAGEMENT),
)
_LIST_ORDER = (
    Role.SUB_HEAD, Role.BRANCH_LEADER, Role.BRANCH_DEPUTY, Role.BRANCH_CONTACT,
    Role.BRANCH_SERVICE, Role.HO_DEPUTY, Role.DUTY_OFFICER, Role.HO_LEADER,
)  # fmt: skip
#: A whole bank's tree has one line a unit and role; above this it is asked for branch by branch.
MOST_UNITS = 600


@dataclass(frozen=True)
class CallResult:
    """The outcome of one call: to whom in which role, reached or not, when, noted by whom."""

    person_id: int
    role: str
    reached: bool
    at: datetime
    noted_by: str
    note: str | None = None


def call_list(connection: Connection, house: House, incident_id: int) -> list[dict[str, Any]]:
    """Whom to telephone about an incident, nearest first, numbers in full."""
    unit_id, now, tree = (
        _place(connection, incident_id),
        business_now(connection),
        house.tree(connection),
    )
    found = []
    for role in _LIST_ORDER:
        seat = tree.seat(unit_id, role)
        for holder in holders(connection, seat.id, role, now) if seat else ():
            if holder.phone:
                found.append({"role": role.value, "name": holder.name, "phone": holder.phone,
                              "reachable": holder.reachable})  # fmt: skip
    return found


def incident_tree(
    connection: Connection, house: House, incident_id: int, *, full: bool = False
) -> dict[str, Any]:
    """The tree of an incident: its calls in order, each with whoever answers it now.

    Numbers are masked unless `full`, which only somebody who calls asks for. NotFound.
    """
    unit_id, now = _place(connection, incident_id), business_now(connection)
    unit = house.tree(connection).get(unit_id)
    results = _results(connection, incident_id)
    answered = _answered(connection, incident_id)
    calls = [
        {**call, "people": [
            {**p, "results": results.get(p["id"], []), "acknowledged": p["id"] in answered
             or (p["name"], call["role"]) in answered}
            for p in call["people"]
        ]}
        for call in chain(connection, house, unit, now, full=full)
    ]  # fmt: skip
    return {
        "incident": public_incident(incident_id), "unit": unit.code, "unit_name": unit.short_name,
        "now": iso(now), "calls": calls, "full": full,
        "state": connection.scalar(
            sa.text("SELECT state FROM incidents WHERE id = :id"), {"id": incident_id}),
    }  # fmt: skip


def chain(
    connection: Connection, house: House, unit: Unit, now: datetime, *, full: bool
) -> list[dict[str, Any]]:
    """The calls from a unit up, in order: caller, callee's role and place, who answers now.

    A call to a role that nobody holds is kept and shown as a gap where the teams must have it
    (WP-28), otherwise left out.
    """
    tree = house.tree(connection)
    held: dict[Role, tuple[Holder, ...]] = {}
    found: list[dict[str, Any]] = []
    for caller, role in CALLS:
        seat = tree.seat(unit.id, role)
        if seat is None:
            continue
        people = held[role] = holders(connection, seat.id, role, now)
        if not people and role not in _MUST:
            continue
        calling = _caller(caller, held)
        found.append({
            "order": len(found) + 1, "role": role.value, "unit": seat.code,
            "unit_name": seat.short_name, "level": seat.level.value,
            "caller": calling.value if calling else None,
            "caller_name": _name(held.get(calling, ())) if calling else None,
            "people": [_person(h, people, full) for h in people],
        })  # fmt: skip
    return found


_MUST = frozenset({Role.SUB_HEAD, Role.BRANCH_LEADER, Role.BRANCH_DEPUTY, Role.BRANCH_CONTACT,
                   Role.HO_DEPUTY, Role.HO_LEADER})  # fmt: skip


def _caller(role: Role | None, held: dict[Role, tuple[Holder, ...]]) -> Role | None:
    """Who calls: `role`, or where nobody can be reached in it whoever would have called it."""
    above = {callee: caller for caller, callee in CALLS}
    while role is not None and first_reachable(held.get(role, ())) is None:
        role = above[role]
    return role


def _name(people: tuple[Holder, ...]) -> str | None:
    first = first_reachable(people)
    return first.name if first else None


def _person(holder: Holder, line: tuple[Holder, ...], full: bool) -> dict[str, Any]:
    phone = holder.phone or ""
    return {
        "id": holder.person_id, "name": holder.name, "phone": phone if full else mask_phone(phone),
        "place": "first" if holder is first_reachable(line) else "behind",
        "on_shift": holder.on_shift, "reachable": holder.reachable, "why": holder.why,
    }  # fmt: skip


# --- outside an incident -------------------------------------------------------------------------


def unit_tree(
    connection: Connection, house: House, code: str, *, full: bool = False
) -> dict[str, Any]:
    """The tree of a unit and all below it: for each unit its roles, and whom it calls upwards.

    NotFound; Conflict where that would be more than `MOST_UNITS` units.
    """
    tree, now = house.tree(connection), business_now(connection)
    top = tree.by_code(code)
    if top is None:
        raise NotFound("unit")
    units = _below(house, connection, top)
    if len(units) > MOST_UNITS:
        raise Conflict(
            f"共{len(units)}个机构，请按分行打印", f"{len(units)} units: print it branch by branch"
        )
    ids = [u.id for u in tree.lineage(top.id)[:-1]] + [u.id for u in units]
    held = holders_at(connection, ids, list(Role), now)
    sections = [_section(house, connection, unit, held, full) for unit in units]
    return {
        "unit": top.code, "unit_name": top.short_name, "now": iso(now), "full": full,
        "units": [s for s in sections if s["roles"]],
    }  # fmt: skip


def reveal_unit(
    connection: Connection, house: House, code: str, actor: str, how: str
) -> dict[str, Any]:
    """A unit's tree with numbers in full; journalled."""
    found = unit_tree(connection, house, code, full=True)
    unit = house.tree(connection).by_code(code)
    assert unit is not None
    journal.write(connection, business_now(connection), journal.Entry(
        "call_tree_revealed", f"unit:{unit.id}", actor, unit_id=unit.id,
        after={"how": how, "units": len(found["units"])},
    ))  # fmt: skip
    return found


def _below(house: House, connection: Connection, top: Unit) -> list[Unit]:
    """A unit and those below it: each followed by its own."""
    tree = house.tree(connection)
    found = [top]
    for child in tree.children(top.id):
        found.extend(_below(house, connection, child))
    return found


def _section(
    house: House, connection: Connection, unit: Unit,
    held: dict[tuple[int, Role], tuple[Holder, ...]], full: bool,
) -> dict[str, Any]:  # fmt: skip
    """One unit's roles; an outlet without people of its own has none."""
    roles = []
    for role in roles_of(unit.level):
        people = held.get((unit.id, role), ())
        must = role in _MUST and unit.level != Level.OUTLET
        if people or must:
            roles.append({"role": role.value,
                          "people": [_person(h, people, full) for h in people]})  # fmt: skip
    upwards = {Level.OUTLET: Role.BRANCH_LEADER, Level.SUB_BRANCH: Role.BRANCH_LEADER,
               Level.BRANCH: Role.HO_DEPUTY}.get(unit.level)  # fmt: skip
    seat = house.tree(connection).seat(unit.id, upwards) if upwards else None
    above = first_reachable(held.get((seat.id, upwards), ())) if seat and upwards else None
    return {
        "code": unit.code, "name": unit.short_name, "level": unit.level.value,
        "roles": roles if any(r["people"] for r in roles) or unit.level != Level.OUTLET else [],
        "upwards": None if seat is None or upwards is None else {
            "role": upwards.value, "unit_name": seat.short_name,
            "name": above.name if above else None,
            "phone": (above.phone or "" if full else mask_phone(above.phone)) if above else "",
        },
    }  # fmt: skip


# --- results -------------------------------------------------------------------------------------


def note_call(connection: Connection, incident_id: int, value: CallResult, actor: str) -> None:
    """Note whether somebody was reached. NotFound; InvalidInput for a person nobody knows."""
    unit_id, now = _place(connection, incident_id), business_now(connection)
    refuse_stranger(connection, value)
    connection.execute(
        sa.text("INSERT INTO call_results (incident_id, person_id, role, reached, at, noted_by,"
                " note) VALUES (:i, :p, :role, :reached, :at, :by, :note)"),
        {"i": incident_id, "p": value.person_id, "role": value.role, "reached": value.reached,
         "at": min(value.at, now), "by": value.noted_by, "note": value.note},
    )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        "call_noted", f"person:{value.person_id}", actor, incident_id=incident_id,
        unit_id=unit_id, after={"role": value.role, "reached": value.reached},
    ))  # fmt: skip


def refuse_stranger(connection: Connection, value: CallResult) -> None:
    """InvalidInput for a person of whom the connection sees nothing, or for no role."""
    known = connection.scalar(
        sa.text("SELECT 1 FROM people WHERE id = :id"), {"id": value.person_id}
    )
    if known is None or value.role not in set(Role):
        raise InvalidInput([FieldFault("person", "通讯录中没有此人", "is nobody in the roster",
                                       "请刷新后重试", "read again")])  # fmt: skip


def _results(connection: Connection, incident_id: int) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    rows = connection.execute(
        sa.text("SELECT person_id, reached, at, noted_by, note FROM call_results"
                " WHERE incident_id = :id ORDER BY at DESC, id DESC"),
        {"id": incident_id},
    )  # fmt: skip
    for r in rows:
        found.setdefault(r.person_id, []).append(
            {"reached": r.reached, "at": iso(r.at), "by": r.noted_by, "note": r.note}
        )
    return found


def _answered(connection: Connection, incident_id: int) -> set[Any]:
    """Who has acknowledged: ids where known, else (name, role)."""
    rows = connection.execute(
        sa.text("SELECT person_id, by, role FROM acknowledgements WHERE incident_id = :id"),
        {"id": incident_id},
    )
    return {r.person_id or (r.by, r.role) for r in rows}


def _place(connection: Connection, incident_id: int) -> int:
    unit_id = connection.scalar(
        sa.text("SELECT unit_id FROM incidents WHERE id = :id"), {"id": incident_id}
    )
    if unit_id is None:
        raise NotFound("incident")
    return int(unit_id)


def note_reveal(
    connection: Connection, incident_id: int, actor: str, how: str, people: int
) -> None:
    journal.write(connection, business_now(connection), journal.Entry(
        "call_tree_revealed", f"incident:{incident_id}", actor, incident_id=incident_id,
        after={"how": how, "people": people},
    ))  # fmt: skip
