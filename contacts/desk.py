"""What the contacts page shows of one unit, and what a person may do there (WP-28).

Telephone numbers are masked in every answer but `reveal`, which is journalled.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.absences import AbsenceRow, read_absences
from contacts.phones import mask_phone
from contacts.roster import Holder, first_reachable, holders, roles_of, roster
from contacts.units import Unit, UnitTree
from core.clock import iso
from core.errors import NotFound
from core.words import Role
from database import journal
from database.connection import business_now


def gaps_by_unit(connection: Connection, now: datetime, area: str = "/") -> dict[int, int]:
    """How many roles nobody can be reached in now, by unit id; units without a gap are left out."""
    return dict(Counter(line.unit_id for line in roster(connection, area, now) if line.gap))


def unit_desk(connection: Connection, tree: UnitTree, unit: Unit, now: datetime) -> dict[str, Any]:
    """One unit's team: its roles with who is on duty, deputies and gaps, and who is away."""
    found = {role: holders(connection, unit.id, role, now) for role in roles_of(unit.level)}
    people = {h.person_id for line in found.values() for h in line}
    details = _details(connection, people)
    ends = _shift_ends(connection, people, now)
    return {
        "unit": _unit(tree, unit),
        "lineage": [{"code": u.code, "short": u.short_name} for u in tree.lineage(unit.id)],
        "now": iso(now),
        "roles": [_role(tree, unit, role, line, details, ends) for role, line in found.items()],
        "absences": [_absence(row) for row in read_absences(connection, people, now)],
        "people": [{"id": key, "name": details[key]["name"]} for key in details],
        "below": sum(1 for u in tree.all() if u.path.startswith(unit.path)) - 1,
    }


def _unit(tree: UnitTree, unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code, "name": unit.name, "short": unit.short_name, "level": unit.level.value,
        "city": unit.city, "regulator": unit.regulator,
    }  # fmt: skip


def _role(
    tree: UnitTree,
    unit: Unit,
    role: Role,
    line: tuple[Holder, ...],
    details: dict[int, dict[str, Any]],
    ends: dict[tuple[int, int, str], datetime],
) -> dict[str, Any]:
    first = first_reachable(line)
    seats = {h.unit_id for h in line} - {unit.id}
    return {
        "role": role.value,
        "gap": first is None,
        "first": first.person_id if first else None,
        "lent_by": tree.get(next(iter(seats))).short_name if seats else None,
        "people": [
            {
                "id": h.person_id, "name": h.name, "rank": h.rank, "on_shift": h.on_shift,
                "reachable": h.reachable, "why": h.why,
                "until": iso(end) if (end := ends.get((h.person_id, h.unit_id, role))) else None,
                **{k: v for k, v in details[h.person_id].items() if k != "name"},
            }
            for h in line
        ],
    }  # fmt: skip


_DETAILS = sa.text(
    "SELECT id, name, post, mobile, office_phone, email FROM people WHERE id = ANY(:people)"
    " ORDER BY pinyin, id"
)
_ENDS = sa.text(
    "SELECT person_id, unit_id, role, max(ends_at) AS ends_at FROM shifts"
    " WHERE person_id = ANY(:people) AND starts_at <= :now AND ends_at > :now GROUP BY 1, 2, 3"
)


def _details(connection: Connection, people: set[int]) -> dict[int, dict[str, Any]]:
    rows = connection.execute(_DETAILS, {"people": list(people)})
    return {
        row.id: {
            "name": row.name,
            "post": row.post,
            "mobile_masked": mask_phone(row.mobile) or None,
            "office_masked": mask_phone(row.office_phone) or None,
            "has_email": row.email is not None,
        }
        for row in rows
    }


def _shift_ends(
    connection: Connection, people: set[int], now: datetime
) -> dict[tuple[int, int, str], datetime]:
    rows = connection.execute(_ENDS, {"people": list(people), "now": now})
    return {(row.person_id, row.unit_id, row.role): row.ends_at for row in rows}


def _absence(row: AbsenceRow) -> dict[str, Any]:
    return {
        "id": row.id, "person": row.person_id, "name": row.name, "starts_at": iso(row.starts_at),
        "ends_at": iso(row.ends_at), "reason": row.reason, "now": row.running,
    }  # fmt: skip


def reveal(connection: Connection, person_id: int, actor: str) -> dict[str, str | None]:
    """A person's numbers in full: mobile, office_phone, email. Journalled; NotFound."""
    row = connection.execute(
        sa.text("SELECT unit_id, mobile, office_phone, email FROM people WHERE id = :id"),
        {"id": person_id},
    ).one_or_none()
    if row is None:
        raise NotFound("person")
    entry = journal.Entry("phone_revealed", f"person:{person_id}", actor, unit_id=row.unit_id)
    journal.write(connection, business_now(connection), entry)
    return {"mobile": row.mobile, "office_phone": row.office_phone, "email": row.email}


def note_export(connection: Connection, unit: Unit, what: str, actor: str) -> None:
    """Keep in the journal that the numbers of a unit and all below it left in a file."""
    entry = journal.Entry(
        "contacts_exported", f"unit:{unit.id}", actor, unit_id=unit.id, after={"layout": what}
    )
    journal.write(connection, business_now(connection), entry)
