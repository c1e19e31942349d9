"""Whole teams at once: what an import and the demo bank write (WP-28, attachment 2).

`save_staff` decides who is who (pure, `match`), then writes people, seats and journal with a fixed
handful of statements.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.faults import fault
from contacts.people import PersonValue, lock_people, person_faults, tidy_person
from contacts.units import pinyin_key
from core.errors import FieldFault
from core.words import Role
from database import journal
from database.connection import business_now


@dataclass(frozen=True)
class StaffValue:
    """A person with a seat in the team of `unit_id`; `row` is where it was read (from 1).

    `person.unit_id` is the home unit, taken only for somebody new.
    """

    row: int
    unit_id: int
    person: PersonValue
    role: Role
    rank: int = 1


@dataclass(frozen=True)
class StaffResult:
    """How many values were kept, what was wrong with the others, how many seats were ended."""

    kept: int
    faults: tuple[tuple[int, FieldFault], ...]
    ended: int


def match(
    known: Iterable[PersonValue], values: Sequence[StaffValue]
) -> tuple[list[StaffValue], list[tuple[int, FieldFault]]]:
    """Values with the id of the person they mean (None: somebody new), and faults by row. Pure.

    A mobile of the same name is that person, in whichever unit. Somebody of the same name in the
    same unit whose own mobile the file does not name has changed the number. A blank field leaves
    what is known. Another active person's mobile, and the same seat twice, are faults.
    """
    people = sorted(known, key=lambda person: person.active)
    same = {(person.mobile, person.name): person for person in people if person.mobile}
    owners = {person.mobile: person.name for person in people if person.mobile and person.active}
    in_file = {value.person.mobile for value in values if value.person.mobile}
    seats: dict[tuple[object, ...], int] = {}
    claimed: dict[int | None, str | None] = {}
    good, faults = [], []
    for value in values:
        said = value.person
        if said.mobile and owners.get(said.mobile, said.name) != said.name:
            faults.append((value.row, fault("mobile", "phone_taken")))
            continue
        meant = same.get((said.mobile, said.name)) if said.mobile else None
        meant = meant or _same_name(people, said, in_file, claimed)
        person = said if meant is None else _merge(meant, said)
        seat = (value.unit_id, value.role, *((person.id,) if person.id else _key(person)))
        if seat in seats:
            faults.append((value.row, fault("role", "twice", row=str(seats[seat]))))
            continue
        seats[seat] = value.row
        if person.id is not None:
            claimed[person.id] = person.mobile
        if person.mobile:
            same[person.mobile, person.name] = person
            owners[person.mobile] = person.name
        good.append(replace(value, person=person))
    return good, faults


def _same_name(
    people: Sequence[PersonValue],
    said: PersonValue,
    in_file: Collection[str],
    claimed: dict[int | None, str | None],
) -> PersonValue | None:
    """The one of this name in this unit that no other row of the file means, if there is one."""
    found = [
        other
        for other in people
        if (other.unit_id, other.name) == (said.unit_id, said.name)
        and (other.active or other.mobile == said.mobile)
        and (other.mobile not in in_file or said.mobile is None)
        and claimed.get(other.id, said.mobile) == said.mobile
    ]
    return found[0] if len(found) == 1 else None


def _merge(known: PersonValue, said: PersonValue) -> PersonValue:
    """What is known, overwritten by what the row says; the home unit stays,
    and somebody who had left is back."""
    return replace(
        known,
        post=said.post or known.post,
        office_phone=said.office_phone or known.office_phone,
        mobile=said.mobile or known.mobile,
        email=said.email or known.email,
        remark=said.remark or known.remark,
        active=True,
    )


def save_staff(
    connection: Connection,
    values: Sequence[StaffValue],
    *,
    replaces: Collection[tuple[int, Role]] = (),
    actor: str = "system",
) -> StaffResult:
    """Keep every good value, name every bad one; the roles must fit their units already.

    `replaces` are seats (unit id, role) of which the values are the whole truth: whoever holds one
    and is not among the kept values loses it, unless a value for that seat was bad.
    """
    lock_people(connection)
    tidy = [replace(value, person=tidy_person(value.person)) for value in values]
    faults = [(v.row, found) for v in tidy for found in person_faults(v.person)]
    bad = {row for row, _ in faults}
    good = [value for value in tidy if value.row not in bad]
    known = _known(connection, good)
    matched, unmatched = match(known.values(), good)
    faults += unmatched
    bad |= {row for row, _ in unmatched}
    kept, entries = _save_people(connection, matched, known, actor)
    entries += _save_seats(connection, kept, actor)
    open_seats = {(v.unit_id, v.role) for v in tidy if v.row in bad}
    ended = _end_seats(connection, kept, set(replaces) - open_seats, actor)
    journal.write(connection, business_now(connection), *entries, *ended)
    return StaffResult(len(kept), tuple(sorted(faults, key=lambda f: f[0])), len(ended))


_KNOWN = sa.text(
    "SELECT id, name, unit_id, post, office_phone, mobile, email, remark, active FROM people"
    " WHERE unit_id = ANY(:units) OR mobile = ANY(:mobiles)"
)
_NEW = sa.text(
    "INSERT INTO people (name, pinyin, unit_id, post, office_phone, mobile, email, remark)"
    " SELECT v.name, v.pinyin, v.unit_id, v.post, v.office_phone, v.mobile, v.email, v.remark"
    " FROM jsonb_populate_recordset(CAST(NULL AS people), CAST(:rows AS jsonb)) AS v"
    " RETURNING id, unit_id, name, mobile"
)
_CHANGE = sa.text(
    "UPDATE people p SET post = v.post, office_phone = v.office_phone, mobile = v.mobile,"
    " email = v.email, remark = v.remark, active = v.active"
    " FROM jsonb_populate_recordset(CAST(NULL AS people), CAST(:rows AS jsonb)) AS v"
    " WHERE p.id = v.id"
)
_SEATS = sa.text(
    "INSERT INTO team_members (unit_id, role, person_id, rank)"
    " SELECT v.unit_id, v.role, v.person_id, v.rank"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb))"
    " AS v(unit_id bigint, role text, person_id bigint, rank smallint)"
    " ON CONFLICT (unit_id, role, person_id) DO UPDATE SET rank = excluded.rank"
    " WHERE team_members.rank <> excluded.rank RETURNING id, unit_id, role, person_id, rank"
)
_END = sa.text(
    "DELETE FROM team_members m USING jsonb_to_recordset(CAST(:seats AS jsonb))"
    " AS s(unit_id bigint, role text, people bigint[])"
    " WHERE m.unit_id = s.unit_id AND m.role = s.role AND m.person_id <> ALL(s.people)"
    " RETURNING m.id, m.unit_id, m.role, m.person_id, m.rank"
)


def _known(connection: Connection, values: Sequence[StaffValue]) -> dict[int, PersonValue]:
    """Who might be meant: everybody of these units and every owner of these mobiles, by id."""
    keys = {
        "units": list({value.person.unit_id for value in values}),
        "mobiles": [value.person.mobile for value in values if value.person.mobile],
    }
    found = connection.execute(_KNOWN, keys).mappings()
    return {row["id"]: PersonValue(**row) for row in found}


def _save_people(
    connection: Connection,
    values: Sequence[StaffValue],
    known: dict[int, PersonValue],
    actor: str,
) -> tuple[list[StaffValue], list[journal.Entry]]:
    """Insert the new, update the changed; values with everybody's id, and the journal's entries."""
    fresh: dict[tuple[object, ...], dict[str, Any]] = {}
    changed: dict[int, dict[str, Any]] = {}
    for value in values:
        person = value.person
        if person.id is None:
            fresh[_key(person)] = _row(person)
        elif person != known[person.id]:
            changed[person.id] = _row(person)
    ids: dict[tuple[object, ...], int] = {}
    if fresh:
        rows = json.dumps(list(fresh.values()))
        for new in connection.execute(_NEW, {"rows": rows}):
            ids[(new.unit_id, new.name, new.mobile)] = new.id
    if changed:
        connection.execute(_CHANGE, {"rows": json.dumps(list(changed.values()))})
    done = [
        v if v.person.id else replace(v, person=replace(v.person, id=ids[_key(v.person)]))
        for v in values
    ]
    saved = {*ids.values(), *changed}
    people = {v.person.id: v.person for v in done if v.person.id in saved}
    return done, [_person_entry(person, actor) for person in people.values()]


def _key(person: PersonValue) -> tuple[object, ...]:
    return (person.unit_id, person.name, person.mobile)


def _row(person: PersonValue) -> dict[str, Any]:
    return vars(person) | {"pinyin": pinyin_key(person.name)}


def _person_entry(person: PersonValue, actor: str) -> journal.Entry:
    after = {"active": person.active, "reachable": person.mobile is not None}
    subject = f"person:{person.id}"
    return journal.Entry("person_saved", subject, actor, unit_id=person.unit_id, after=after)


def _save_seats(
    connection: Connection, values: Sequence[StaffValue], actor: str
) -> list[journal.Entry]:
    rows = [
        {"unit_id": v.unit_id, "role": v.role, "person_id": v.person.id, "rank": v.rank}
        for v in values
    ]
    found = connection.execute(_SEATS, {"rows": json.dumps(rows)})
    return [
        journal.Entry(
            "member_saved", f"member:{seat.id}", actor, unit_id=seat.unit_id, after=_seat(seat)
        )
        for seat in found
    ]


def _end_seats(
    connection: Connection,
    kept: Sequence[StaffValue],
    replaces: Collection[tuple[int, Role]],
    actor: str,
) -> list[journal.Entry]:
    holders: dict[tuple[int, Role], list[int | None]] = {seat: [] for seat in replaces}
    for value in kept:
        holders.setdefault((value.unit_id, value.role), []).append(value.person.id)
    rows = [
        {"unit_id": unit_id, "role": role, "people": holders[unit_id, role]}
        for unit_id, role in replaces
    ]
    found = connection.execute(_END, {"seats": json.dumps(rows)})
    return [
        journal.Entry(
            "member_removed", f"member:{seat.id}", actor, unit_id=seat.unit_id, before=_seat(seat)
        )
        for seat in found
    ]


def _seat(seat: sa.Row[Any]) -> dict[str, Any]:
    return {"person_id": seat.person_id, "role": seat.role, "rank": seat.rank}
