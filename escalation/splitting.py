"""Taking chosen keys of an open incident out into an incident of its own.

What counts under those keys alone goes with them: complaints, clients, head counts, and what the
places of those keys owe, each duty with the due time it has. The new incident carries on where the
old one stands: same start, same ladder, same acknowledgements. Whoever was told of the old one and
is responsible for the new one learns its code, once. The rest stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitTree
from core.errors import Conflict, FieldFault, InvalidInput
from database.connection import business_now
from database.locks import take as take_locks
from escalation import incidents, leaving, lines, members, recount
from escalation.command import Who, needed
from escalation.house import House, until_locked
from escalation.regrouping import hold_trees, log, refuse_ended
from escalation.telling import people_told, tell_people


@dataclass(frozen=True)
class Part:
    """Keys that go, the places they name, and the places of the keys that stay."""

    keys: tuple[str, ...]
    places: tuple[int, ...]
    staying: tuple[int, ...]
    product: str | None
    unit_id: int


def split(house: House, incident_id: int, keys: Collection[str], reason: str, by: Who) -> int:
    """Open an incident over these keys of an open one; its number.

    InvalidInput for keys that are not the incident's, or none; Conflict when it has ended or when
    no key would be left.
    """
    why = needed(reason, "reason", "缺少拆分理由", "say why they are two")

    def work(connection: Connection, held: frozenset[str]) -> int:
        take_locks(connection, (), held)
        nodes, locked = hold_trees(connection, held, (incident_id,))
        refuse_ended(nodes[incident_id])
        part = _part(connection, house, incident_id, keys)
        now = business_now(connection)
        number = _move(connection, house, incident_id, part, now, by)
        for left in {incident_id, nodes[incident_id].parent_id} - {None}:
            assert left is not None
            members.keep_own(connection, left)
        recount.recount(connection, house, locked, now)
        log(connection, "split", number, incident_id, why, by, now, part.keys)
        lines.note_standing(connection, house, (incident_id, number), now, by.actor)
        _tell(connection, house, incident_id, number, now)
        return number

    return until_locked(house, work)


def _part(connection: Connection, house: House, incident_id: int, keys: Collection[str]) -> Part:
    rows = connection.execute(
        sa.text("SELECT k.key, s.kind, s.unit_id, s.product FROM incident_keys k"
                " LEFT JOIN key_states s ON s.key = k.key"
                " WHERE k.incident_id = :id AND k.open ORDER BY k.key"),
        {"id": incident_id},
    ).all()  # fmt: skip
    going = [r for r in rows if r.key in set(keys)]
    if not going or len(going) != len(set(keys)):
        raise InvalidInput([FieldFault(
            "keys", "所选范围不属于本事件", "are not keys of this incident",
            "请选择本事件的统计范围", "choose among the incident's keys",
        )])  # fmt: skip
    if len(going) == len(rows):
        raise Conflict("须至少留下一个统计范围", "at least one key must stay")
    tree = house.tree(connection)
    head = tree.head_office()
    places = tuple(sorted({r.unit_id for r in going if r.unit_id is not None}))
    wide = [head.id] if head is not None and any(r.unit_id is None for r in going) else []
    products = {r.product for r in going}
    return Part(
        keys=tuple(r.key for r in going),
        places=places,
        staying=tuple(sorted({r.unit_id for r in rows if r not in going and r.unit_id})),
        product=products.pop() if len(products) == 1 else None,
        unit_id=tree.common([*places, *wide]).id,
    )


def _move(
    connection: Connection, house: House, old: int, part: Part, now: datetime, by: Who
) -> int:
    """Open the new incident and move what belongs to it; its number."""
    row = connection.execute(sa.text("SELECT * FROM incidents WHERE id = :id"), {"id": old}).one()
    opening = incidents.Opening(
        origin="clients" if row.origin == "parent" else row.origin, unit_id=part.unit_id,
        product=part.product, window_start=row.window_start, severity=row.severity,
        media_exposed=row.media_exposed, safety_threat=row.safety_threat, note=row.note,
    )  # fmt: skip
    number = incidents.create(connection, house, opening, (), now, by.actor)
    given = {"new": number, "old": old, "keys": list(part.keys), "now": now}
    for statement in (*_KEYS, *_PEOPLE, *_CARRY):
        _run(connection, statement, given)
    _heads(connection, old, number, part)
    _duties(connection, house.tree(connection), part, given)
    members.refresh_counts(connection, number)
    return number


def _run(connection: Connection, statement: str, given: dict[str, Any]) -> None:
    names = {name: value for name, value in given.items() if f":{name}" in statement}
    connection.execute(sa.text(statement), names)


#: A key's row moves with when and why it fired; it was never free.
_KEYS = (
    "UPDATE incident_keys SET incident_id = :new WHERE incident_id = :old AND key = ANY(:keys)",
    "UPDATE key_states SET incident_id = :new WHERE key = ANY(:keys)",
    "UPDATE incidents n SET opened_at = o.opened_at FROM incidents o"
    " WHERE n.id = :new AND o.id = :old",
)
_PEOPLE = (
    # who counts under the moved keys was counted in the old one: counted here, where it was
    "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"  # noqa: S608
    " SELECT DISTINCT ON (i.client_id) :new, i.client_id, e.complaint_id, i.counted_at"
    " FROM incident_clients i JOIN incidents me ON me.id = i.incident_id"
    " JOIN key_events e ON e.client_id = i.client_id AND e.key = ANY(:keys)"
    " JOIN complaints c ON c.id = e.complaint_id AND c.status = 'open'"
    " JOIN incidents o ON o.id = c.incident_id WHERE i.incident_id = :old"
    f" AND {members.STILL_OR_HAD}"
    " ORDER BY i.client_id, e.complaint_id",
    # complaints go that count under moved keys and under none that stays
    "UPDATE complaints c SET incident_id = :new WHERE c.incident_id = :old AND EXISTS"
    " (SELECT 1 FROM key_events e WHERE e.complaint_id = c.id AND NOT e.spent"
    "  AND e.key = ANY(:keys))"
    " AND NOT EXISTS (SELECT 1 FROM key_events e JOIN incident_keys k ON k.key = e.key AND k.open"
    "  AND k.incident_id = :old WHERE e.complaint_id = c.id AND NOT e.spent)",
    "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"
    " SELECT DISTINCT ON (p.client_id) c.incident_id, p.client_id, c.id,"
    " CAST(:now AS timestamptz) FROM complaints c JOIN complaint_parties p"
    " ON p.complaint_id = c.id AND p.role = 'principal' AND p.client_id IS NOT NULL"
    " WHERE c.incident_id = :new AND c.status = 'open' ORDER BY p.client_id, c.id"
    " ON CONFLICT DO NOTHING",
)
#: Where the ladder stands and who has taken it on hold for both.
_CARRY = (
    "INSERT INTO ladders SELECT (jsonb_populate_record(l,"
    " jsonb_build_object('incident_id', CAST(:new AS bigint)))).*"
    " FROM ladders l WHERE l.incident_id = :old",
    "INSERT INTO ladder_steps SELECT (jsonb_populate_record(s,"
    " jsonb_build_object('incident_id', CAST(:new AS bigint)))).*"
    " FROM ladder_steps s WHERE s.incident_id = :old",
    "INSERT INTO acknowledgements OVERRIDING SYSTEM VALUE"
    " SELECT (jsonb_populate_record(a, jsonb_build_object('incident_id', CAST(:new AS bigint),"
    " 'id', nextval(pg_get_serial_sequence('acknowledgements', 'id'))))).*"
    " FROM acknowledgements a WHERE a.incident_id = :old",
)


def _heads(connection: Connection, old: int, new: int, part: Part) -> None:
    """Reports from the moved places go with them; each incident shows its latest head count."""
    moved = connection.execute(
        sa.text("UPDATE gatherings SET incident_id = :new WHERE incident_id = :old"
                " AND unit_id = ANY(:units)"),
        {"new": new, "old": old, "units": list(part.places)},
    ).rowcount  # fmt: skip
    if not moved:
        return
    for number in (old, new):
        connection.execute(
            sa.text(
                "UPDATE incidents SET headcount = coalesce(g.complainants, 0),"
                " onlookers = coalesce(g.onlookers, 0) FROM (SELECT 1) AS one LEFT JOIN LATERAL"
                " (SELECT complainants, onlookers FROM gatherings WHERE incident_id = :id"
                "  ORDER BY id DESC LIMIT 1) AS g ON true WHERE incidents.id = :id"
            ),
            {"id": number},
        )


def _duties(connection: Connection, tree: UnitTree, part: Part, given: dict[str, Any]) -> None:
    """What the moved places owe goes with its events, due when it was due. What a unit above both
    owes by an acknowledgement is owed for both: a copy, due at the same moment."""
    moving = leaving.moving_units(tree, part.places, part.staying)
    leaving.move(connection, given["old"], given["new"], moving)
    above = {unit.id for place in part.places for unit in tree.lineage(place)} - set(moving)
    head = tree.head_office()
    above |= {head.id} if head is not None else set()
    _run(connection, _OWED_FOR_BOTH, {**given, "above": sorted(above)})


_OWED_FOR_BOTH = (
    "INSERT INTO duties OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(d,"
    " jsonb_build_object('incident_id', CAST(:new AS bigint),"
    " 'id', nextval(pg_get_serial_sequence('duties', 'id')), 'birth',"
    " regexp_replace(d.birth, '^incident:' || :old || ':', 'incident:' || :new || ':')))).*"
    " FROM duties d WHERE d.incident_id = :old AND d.state = 'open' AND d.unit_id = ANY(:above)"
    " AND d.fulfilled_by && ARRAY['head_office_acknowledgement', 'acknowledgement']"
)


def _tell(connection: Connection, house: House, old: int, new: int, now: datetime) -> None:
    """Whoever was told of the old one and answers for the new one's places learns its code."""
    tree = house.tree(connection)
    case, _ = incidents.case_of(connection, new)
    over = {unit.id for unit in tree.lineage(case.unit_id)}
    path = tree.get(case.unit_id).path
    people = [
        person for person in people_told(connection, [old])
        if person[3] is not None and (person[3] in over or tree.within(person[3], path))
    ]  # fmt: skip
    tell_people(connection, house, case, people, wording="split", now=now, with_code=True)
