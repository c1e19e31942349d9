"""People, teams, shifts and absences: what may be written, and the journal of it (WP-28).

Every save is an upsert, raises InvalidInput with all its faults, and writes a journal entry that
names people by id only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.faults import fault
from contacts.phones import is_mobile, is_office_phone, normalise_phone
from contacts.units import pinyin_key
from core.errors import FieldFault, InvalidInput, NotFound
from core.words import ROLE_LEVEL, Level, Role
from database import journal
from database.connection import business_now
from database.tables import absences, people, shifts, units

_TABLES = {"units": units, "people": people, "shifts": shifts, "absences": absences}
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")


@dataclass(frozen=True)
class PersonValue:
    """A person as entered. With `id` that person is changed; without, see `save_person`."""

    name: str
    unit_id: int
    post: str | None = None
    office_phone: str | None = None
    mobile: str | None = None
    email: str | None = None
    remark: str | None = None
    active: bool = True
    id: int | None = None


@dataclass(frozen=True)
class MemberValue:
    """A standing seat in a unit's team; rank 1 is told first."""

    unit_id: int
    role: Role
    person_id: int
    rank: int = 1


@dataclass(frozen=True)
class ShiftValue:
    """Duty in a role from `starts_at` up to but not including `ends_at` (aware times)."""

    unit_id: int
    role: Role
    person_id: int
    starts_at: datetime
    ends_at: datetime
    note: str | None = None
    id: int | None = None


@dataclass(frozen=True)
class AbsenceValue:
    """Away from `starts_at` up to but not including `ends_at` (aware times)."""

    person_id: int
    starts_at: datetime
    ends_at: datetime
    reason: str | None = None
    id: int | None = None


@dataclass(frozen=True)
class KnownPerson:
    """Whose mobile a number is, with the seats (unit id, role) held in teams."""

    person_id: int
    name: str
    unit_id: int
    seats: tuple[tuple[int, Role], ...]


def tidy_person(value: PersonValue) -> PersonValue:
    """Blanks stripped, empty texts None, the mobile in its stored form."""
    mobile = _text(value.mobile)
    return replace(
        value,
        name=" ".join(value.name.split()),
        post=_text(value.post),
        office_phone=_text(value.office_phone),
        mobile=None if mobile is None else normalise_phone(mobile),
        email=_text(value.email),
        remark=_text(value.remark),
    )


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def person_faults(value: PersonValue) -> list[FieldFault]:
    """What is wrong with a tidy value by itself."""
    faults = []
    if not value.name:
        faults.append(fault("name", "blank"))
    if value.mobile is not None and not is_mobile(value.mobile):
        faults.append(fault("mobile", "mobile"))
    if value.office_phone is not None and not is_office_phone(value.office_phone):
        faults.append(fault("office_phone", "office_phone"))
    if value.email is not None and not _EMAIL.fullmatch(value.email):
        faults.append(fault("email", "email"))
    return faults


def role_fits(role: Role, level: Level) -> bool:
    """Whether the role is held at units of this level; an outlet has its sub-branch's roles."""
    wanted = ROLE_LEVEL[role]
    return wanted == level or (wanted == Level.SUB_BRANCH and level == Level.OUTLET)


def lock_people(connection: Connection) -> None:
    """One writer of people at a time, so that no mobile gets two owners; readers don't wait."""
    connection.execute(sa.text("LOCK TABLE people IN SHARE ROW EXCLUSIVE MODE"))


_PERSON = sa.text(
    "INSERT INTO people (name, pinyin, unit_id, post, office_phone, mobile, email, remark, active)"
    " VALUES (:name, :pinyin, :unit_id, :post, :office_phone, :mobile, :email, :remark, :active)"
    " RETURNING id"
)
_PERSON_AGAIN = sa.text(
    "UPDATE people SET name = :name, pinyin = :pinyin, unit_id = :unit_id, post = :post,"
    " office_phone = :office_phone, mobile = :mobile, email = :email, remark = :remark,"
    " active = :active WHERE id = :id"
)
_SAME_PERSON = sa.text(
    "SELECT id FROM people WHERE name = :name AND CASE WHEN CAST(:mobile AS text) IS NULL"
    " THEN mobile IS NULL AND unit_id = :unit_id ELSE mobile = :mobile END"
    " ORDER BY active DESC, id LIMIT 1"
)
_TAKEN = sa.text(
    "SELECT 1 FROM people WHERE mobile = :mobile AND active AND id IS DISTINCT FROM :id"
)


def save_person(connection: Connection, value: PersonValue, *, actor: str = "system") -> int:
    """Insert or change a person; returns the id.

    Without `id`, one of the same name and mobile (or, without a mobile, of the same name and
    unit) is the same person. Two active people cannot share a mobile: a reply must be one's own.
    """
    lock_people(connection)
    value = tidy_person(value)
    faults = person_faults(value)
    if not _exists(connection, "units", value.unit_id):
        faults.append(fault("unit_id", "unknown_unit"))
    fields = vars(value) | {"pinyin": pinyin_key(value.name)}
    known = value.id
    if known is None:
        known = connection.execute(_SAME_PERSON, fields).scalar()
    elif not _exists(connection, "people", known):
        faults.append(fault("id", "unknown_person"))
    fields["id"] = known
    if value.active and value.mobile and connection.execute(_TAKEN, fields).first():
        faults.append(fault("mobile", "phone_taken"))
    if faults:
        raise InvalidInput(faults)
    if known is None:
        known = int(connection.execute(_PERSON, fields).scalar_one())
    else:
        connection.execute(_PERSON_AGAIN, fields)
    after = {"active": value.active, "reachable": value.mobile is not None}
    _write(connection, "person_saved", f"person:{known}", actor, value.unit_id, after)
    return known


def save_member(connection: Connection, value: MemberValue, *, actor: str = "system") -> int:
    """Give a person a seat in a unit's team, or change its rank; returns the seat's id."""
    faults = _seat_faults(connection, value.unit_id, value.role, value.person_id)
    if not 1 <= value.rank <= 99:
        faults.append(fault("rank", "rank"))
    if faults:
        raise InvalidInput(faults)
    statement = sa.text(
        "INSERT INTO team_members (unit_id, role, person_id, rank)"
        " VALUES (:unit_id, :role, :person_id, :rank)"
        " ON CONFLICT (unit_id, role, person_id) DO UPDATE SET rank = excluded.rank RETURNING id"
    )
    seat = int(connection.execute(statement, vars(value)).scalar_one())
    after = {"person_id": value.person_id, "role": value.role, "rank": value.rank}
    _write(connection, "member_saved", f"member:{seat}", actor, value.unit_id, after)
    return seat


def remove_member(
    connection: Connection, unit_id: int, role: Role, person_id: int, *, actor: str = "system"
) -> bool:
    """Take a seat away; False when there was none."""
    statement = sa.text(
        "DELETE FROM team_members WHERE unit_id = :unit_id AND role = :role"
        " AND person_id = :person_id RETURNING id, rank"
    )
    keys = {"unit_id": unit_id, "role": role, "person_id": person_id}
    row = connection.execute(statement, keys).first()
    if row is None:
        return False
    before = {"person_id": person_id, "role": role, "rank": row.rank}
    entry = journal.Entry(
        "member_removed", f"member:{row.id}", actor, unit_id=unit_id, before=before
    )
    journal.write(connection, business_now(connection), entry)
    return True


def save_shift(connection: Connection, value: ShiftValue, *, actor: str = "system") -> int:
    """Enter or change a shift; returns its id.

    Without `id`, a shift of the same person, seat and start is the same one.
    """
    faults = _seat_faults(connection, value.unit_id, value.role, value.person_id)
    faults += _span_faults(value.starts_at, value.ends_at)
    if faults:
        raise InvalidInput(faults)
    same = {"unit_id": value.unit_id, "role": value.role, "person_id": value.person_id}
    shift = _upsert(connection, "shifts", vars(value), same | {"starts_at": value.starts_at})
    after = same | {
        "starts_at": value.starts_at.isoformat(),
        "ends_at": value.ends_at.isoformat(),
    }
    _write(connection, "shift_saved", f"shift:{shift}", actor, value.unit_id, after)
    return shift


def save_absence(connection: Connection, value: AbsenceValue, *, actor: str = "system") -> int:
    """Enter or change an absence; returns its id. The reason stays out of the journal.

    Without `id`, an absence of the same person and start is the same one.
    """
    faults = _span_faults(value.starts_at, value.ends_at)
    if not _exists(connection, "people", value.person_id):
        faults.append(fault("person_id", "unknown_person"))
    if faults:
        raise InvalidInput(faults)
    same = {"person_id": value.person_id, "starts_at": value.starts_at}
    absence = _upsert(connection, "absences", vars(value), same)
    after = {
        "person_id": value.person_id,
        "starts_at": value.starts_at.isoformat(),
        "ends_at": value.ends_at.isoformat(),
    }
    _write(connection, "absence_saved", f"absence:{absence}", actor, None, after)
    return absence


def block_phone(connection: Connection, phone: str, reason: str, *, actor: str = "system") -> None:
    """Never text this number again until unblocked; `reason` is the provider's refusal code.

    The journal names the people whose number it is, never the number.
    """
    number = normalise_phone(phone)
    statement = sa.text(
        "INSERT INTO blocked_phones (phone, reason, since)"
        " VALUES (:phone, :reason, business_now()) ON CONFLICT (phone) DO NOTHING"
    )
    if connection.execute(statement, {"phone": number, "reason": reason}).rowcount == 1:
        _journal_phone(connection, "phone_blocked", number, reason, actor)


def unblock_phone(connection: Connection, phone: str, *, actor: str = "system") -> bool:
    """Allow texts to this number again; False when it was not blocked."""
    number = normalise_phone(phone)
    statement = sa.text("DELETE FROM blocked_phones WHERE phone = :phone")
    if connection.execute(statement, {"phone": number}).rowcount == 0:
        return False
    _journal_phone(connection, "phone_unblocked", number, None, actor)
    return True


def person_by_phone(connection: Connection, phone: str) -> KnownPerson | None:
    """Whose mobile this is, however it is written (+86, blanks); an inactive person is nobody."""
    statement = sa.text(
        "SELECT p.id, p.name, p.unit_id, m.unit_id AS seat, m.role FROM people p"
        " LEFT JOIN team_members m ON m.person_id = p.id"
        " WHERE p.active AND p.mobile = :mobile ORDER BY p.id, m.rank, m.id"
    )
    found = connection.execute(statement, {"mobile": normalise_phone(phone)}).all()
    rows = [row for row in found if row.id == found[0].id]
    if not rows:
        return None
    seats = tuple((row.seat, Role(row.role)) for row in rows if row.seat is not None)
    return KnownPerson(rows[0].id, rows[0].name, rows[0].unit_id, seats)


def _journal_phone(
    connection: Connection, verb: str, phone: str, reason: str | None, actor: str
) -> None:
    owners = connection.execute(
        sa.text("SELECT id FROM people WHERE mobile = :phone ORDER BY id"), {"phone": phone}
    )
    ids = list(owners.scalars())
    subject = f"person:{ids[0]}" if ids else "phone:unknown"
    entry = journal.Entry(verb, subject, actor, reason=reason, after={"people": ids})
    journal.write(connection, business_now(connection), entry)


def _seat_faults(
    connection: Connection, unit_id: int, role: Role, person_id: int
) -> list[FieldFault]:
    faults = []
    level = connection.execute(
        sa.text("SELECT level FROM units WHERE id = :id"), {"id": unit_id}
    ).scalar()
    if level is None:
        faults.append(fault("unit_id", "unknown_unit"))
    elif not role_fits(role, Level(level)):
        faults.append(fault("role", "role_level", role=role, level=level))
    if not _exists(connection, "people", person_id):
        faults.append(fault("person_id", "unknown_person"))
    return faults


def _span_faults(starts_at: datetime, ends_at: datetime) -> list[FieldFault]:
    naive = [
        fault(field, "no_zone")
        for field, moment in (("starts_at", starts_at), ("ends_at", ends_at))
        if moment.utcoffset() is None
    ]
    if naive:
        return naive
    return [] if ends_at > starts_at else [fault("ends_at", "order")]


def _exists(connection: Connection, table: str, row_id: int) -> bool:
    statement = sa.select(sa.literal(1)).select_from(_TABLES[table])
    return connection.execute(statement.where(_TABLES[table].c.id == row_id)).first() is not None


def _upsert(
    connection: Connection, table: str, values: Mapping[str, Any], same: Mapping[str, Any]
) -> int:
    """Change the row with this `id`, or the one equal in `same`, or insert a new one."""
    target = _TABLES[table]
    fields = {key: value for key, value in values.items() if key != "id"}
    keys = same if values["id"] is None else {"id": values["id"]}
    change = sa.update(target).where(*(target.c[key] == keys[key] for key in keys)).values(**fields)
    known = connection.execute(change.returning(target.c.id)).scalars().first()
    if known is None and values["id"] is not None:
        raise NotFound(table)
    if known is None:
        insert = sa.insert(target).values(**fields).returning(target.c.id)
        known = connection.execute(insert).scalar_one()
    return int(known)


def _write(
    connection: Connection,
    verb: str,
    subject: str,
    actor: str,
    unit_id: int | None,
    after: dict[str, Any],
) -> None:
    entry = journal.Entry(verb, subject, actor, unit_id=unit_id, after=after)
    journal.write(connection, business_now(connection), entry)
