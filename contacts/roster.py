"""Who holds a role now (WP-28): shifts before standing members, deputies, absences, gaps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.people import (
    block_phone,
    person_by_phone,
    save_absence,
    save_member,
    save_person,
    save_shift,
)
from contacts.phones import is_mobile, normalise_phone
from core.words import ROLE_LEVEL, TEAM_ROLES, Level, Role

#: The saves of `contacts.people` are offered here too: one place to ask about the roster.
__all__ = [
    "Absence",
    "Holder",
    "Member",
    "Person",
    "RosterLine",
    "Shift",
    "block_phone",
    "decide_holders",
    "first_reachable",
    "holders",
    "person_by_phone",
    "roles_of",
    "roster",
    "save_absence",
    "save_member",
    "save_person",
    "save_shift",
]


@dataclass(frozen=True)
class Person:
    """What deciding needs of a person; `phone` is the mobile, None when there is none."""

    id: int
    name: str
    phone: str | None
    active: bool = True


@dataclass(frozen=True)
class Member:
    """A standing member of a unit's team; rank 1 comes first, then the deputies."""

    person: Person
    role: Role
    unit_id: int
    rank: int = 1


@dataclass(frozen=True)
class Shift:
    """Somebody on duty in a role from `starts_at` up to but not including `ends_at`."""

    person: Person
    role: Role
    unit_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Absence:
    """Somebody away from `starts_at` up to but not including `ends_at`."""

    person_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Holder:
    """One who holds a role now, in order of preference.

    `why` says why an unreachable one is so: inactive, no_mobile, blocked or absent. `rank` is the
    standing rank; 1 for one who is only on shift.
    """

    person_id: int
    name: str
    role: Role
    unit_id: int
    phone: str | None
    rank: int
    on_shift: bool
    reachable: bool
    why: str | None


@dataclass(frozen=True)
class RosterLine:
    """One role of one unit: who would be told first, who stands behind, whether nobody can be.

    `holders` has everybody in order of preference, the unreachable included.
    """

    unit_id: int
    role: Role
    holder: Holder | None
    deputies: tuple[Holder, ...]
    holders: tuple[Holder, ...]

    @property
    def gap(self) -> bool:
        return self.holder is None


def decide_holders(
    members: Iterable[Member],
    shifts: Iterable[Shift],
    absences: Iterable[Absence],
    blocked: Set[str],
    now: datetime,
) -> tuple[Holder, ...]:
    """Everybody who may be told in one role of one unit, best first. Pure.

    Those on shift come first, then the standing members by rank; nobody appears twice. Somebody
    unreachable keeps the place and says why. `blocked` holds normalised phones.
    """
    standing = sorted(members, key=lambda m: (m.rank, m.person.id))
    ranks = {member.person.id: member.rank for member in reversed(standing)}
    away = {a.person_id for a in absences if a.starts_at <= now < a.ends_at}
    on_duty = sorted(
        (shift for shift in shifts if shift.starts_at <= now < shift.ends_at),
        key=lambda s: (ranks.get(s.person.id, 1), s.starts_at, s.person.id),
    )
    result: dict[int, Holder] = {}
    seats: list[Shift | Member] = [*on_duty, *standing]
    for place, seat in enumerate(seats):
        person = seat.person
        why = _unreachable(person, away, blocked)
        holder = Holder(
            person_id=person.id,
            name=person.name,
            role=seat.role,
            unit_id=seat.unit_id,
            phone=person.phone,
            rank=ranks.get(person.id, 1),
            on_shift=place < len(on_duty),
            reachable=why is None,
            why=why,
        )
        result.setdefault(person.id, holder)
    return tuple(result.values())


def _unreachable(person: Person, away: Set[int], blocked: Set[str]) -> str | None:
    if not person.active:
        return "inactive"
    phone = normalise_phone(person.phone or "")
    if not is_mobile(phone):
        return "no_mobile"
    if phone in blocked:
        return "blocked"
    return "absent" if person.id in away else None


def first_reachable(holders: Iterable[Holder]) -> Holder | None:
    """The one to tell first, or None when there is a gap."""
    return next((holder for holder in holders if holder.reachable), None)


def holders(connection: Connection, unit_id: int, role: Role, now: datetime) -> tuple[Holder, ...]:
    """Holders of `role` at this unit, best first.

    An outlet with nobody in a sub-branch role has the holders of the sub-branch above it, if there
    is one; `Holder.unit_id` says where each is held.
    """
    units = connection.execute(_SEATS, {"unit_id": unit_id}).scalars().all()
    seats = list(units) if _falls_to_parent(role) else [unit_id]
    desk = _Desk(connection, seats, [role], now)
    return next((found for seat in seats if (found := desk.holders(seat, role))), ())


def holders_at(
    connection: Connection, units: Sequence[int], roles: Sequence[Role], now: datetime
) -> dict[tuple[int, Role], tuple[Holder, ...]]:
    """Holders of these roles at exactly these units, best first; four queries for any number."""
    desk = _Desk(connection, units, roles, now)
    return {(unit, role): desk.holders(unit, role) for unit in units for role in roles}


def roster(connection: Connection, area_path: str, now: datetime) -> list[RosterLine]:
    """Who holds each role of every unit in the area; a fixed handful of queries for any size.

    Units come from the top down and by pinyin, roles in the order of `Role`.
    """
    units = connection.execute(_AREA, {"area": area_path}).mappings().all()
    seats = {row["id"]: _seats_of(row) for row in units}
    desk = _Desk(connection, {s for line in seats.values() for s in line}, list(Role), now)
    lines = []
    for row in units:
        for role in roles_of(Level(row["level"])):
            places = seats[row["id"]] if _falls_to_parent(role) else [row["id"]]
            found = next((f for place in places if (f := desk.holders(place, role))), ())
            lines.append(_line(row["id"], role, found))
    return lines


def roles_of(level: Level) -> tuple[Role, ...]:
    """The roles that a unit of this level should have (WP-28); an outlet has its sub-branch's."""
    wanted = Level.SUB_BRANCH if level == Level.OUTLET else level
    return tuple(role for role in TEAM_ROLES if ROLE_LEVEL[role] == wanted)


def _falls_to_parent(role: Role) -> bool:
    return ROLE_LEVEL[role] == Level.SUB_BRANCH


def _seats_of(row: sa.RowMapping) -> list[int]:
    """Where to look for a unit's roles, nearest first."""
    return [row["id"], row["above"]] if row["above"] is not None else [row["id"]]


def _line(unit_id: int, role: Role, found: tuple[Holder, ...]) -> RosterLine:
    first = first_reachable(found)
    return RosterLine(unit_id, role, first, tuple(h for h in found if h is not first), found)


#: An outlet and the sub-branch above it, nearest first; any other unit alone.
_SEATS = sa.text(
    "SELECT u.id FROM units o JOIN units u ON u.id = o.id"
    " OR (o.level = 'outlet' AND u.level = 'sub_branch' AND u.id = o.parent_id)"
    " WHERE o.id = :unit_id ORDER BY u.id = o.id DESC"
)
_AREA = sa.text(
    "SELECT u.id, u.level, CASE WHEN u.level = 'outlet' AND p.level = 'sub_branch' THEN p.id END"
    " AS above FROM units u LEFT JOIN units p ON p.id = u.parent_id"
    " WHERE u.active AND starts_with(u.path, :area)"
    " ORDER BY array_length(string_to_array(u.path, '/'), 1), u.pinyin, u.code"
)
_MEMBERS = sa.text(
    "SELECT m.unit_id, m.role, m.rank, p.id, p.name, p.mobile, p.active"
    " FROM team_members m JOIN people p ON p.id = m.person_id"
    " WHERE m.unit_id = ANY(:units) AND m.role = ANY(:roles)"
)
_SHIFTS = sa.text(
    "SELECT s.unit_id, s.role, s.starts_at, s.ends_at, p.id, p.name, p.mobile, p.active"
    " FROM shifts s JOIN people p ON p.id = s.person_id"
    " WHERE s.unit_id = ANY(:units) AND s.role = ANY(:roles)"
    " AND s.starts_at <= :now AND s.ends_at > :now"
)
_ABSENCES = sa.text(
    "SELECT person_id, starts_at, ends_at FROM absences"
    " WHERE person_id = ANY(:people) AND starts_at <= :now AND ends_at > :now"
)
_BLOCKED = sa.text("SELECT phone FROM blocked_phones WHERE phone = ANY(:phones)")


class _Desk:
    """Members, shifts, absences and blocked phones of some units, read at once."""

    def __init__(
        self, connection: Connection, units: Iterable[int], roles: Sequence[Role], now: datetime
    ) -> None:
        self._now = now
        self._members: dict[tuple[int, Role], list[Member]] = defaultdict(list)
        self._shifts: dict[tuple[int, Role], list[Shift]] = defaultdict(list)
        keys = {"units": list(units), "roles": [role.value for role in roles], "now": now}
        people: dict[int, Person] = {}
        for row in connection.execute(_MEMBERS, keys).mappings():
            person, key = _person(row, people), (row["unit_id"], Role(row["role"]))
            self._members[key].append(Member(person, key[1], key[0], row["rank"]))
        for row in connection.execute(_SHIFTS, keys).mappings():
            person, key = _person(row, people), (row["unit_id"], Role(row["role"]))
            shift = Shift(person, key[1], key[0], row["starts_at"], row["ends_at"])
            self._shifts[key].append(shift)
        found = connection.execute(_ABSENCES, {"people": list(people), "now": now}).mappings()
        self._absences: dict[int, list[Absence]] = defaultdict(list)
        for row in found:
            self._absences[row["person_id"]].append(Absence(**row))
        phones = [normalise_phone(p.phone) for p in people.values() if p.phone]
        self._blocked = frozenset(connection.execute(_BLOCKED, {"phones": phones}).scalars())

    def holders(self, unit_id: int, role: Role) -> tuple[Holder, ...]:
        members = self._members.get((unit_id, role), ())
        shifts = self._shifts.get((unit_id, role), ())
        people = {seat.person.id for seat in (*members, *shifts)}
        absences = [absence for person in people for absence in self._absences.get(person, ())]
        return decide_holders(members, shifts, absences, self._blocked, self._now)


def _person(row: sa.RowMapping, people: dict[int, Person]) -> Person:
    person = Person(row["id"], row["name"], row["mobile"] or None, row["active"])
    return people.setdefault(person.id, person)
