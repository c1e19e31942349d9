"""What a seat owes, across incidents, complaints and the standing duties: next due first.

A seat is a unit with one role or all of them; without a unit it is a whole area. Pages are cut by
due time and id (keyset), so that ten thousand open duties cost what fifty do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitTree
from core.clock import iso
from core.errors import FieldFault, InvalidInput, NotFound
from core.words import Level
from database import tables
from database.connection import business_now
from escalation import my_tasks
from escalation.duty_view import duty_view
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.ids import media_id, regulator_case_id

Row = sa.Row[Any]
#: open: still owed; overdue: of those, past due; ended: fulfilled or waived, the last one first.
State = Literal["open", "overdue", "ended"]
MOST = 200
_DUTIES = tables.duties
_OPEN = _DUTIES.c.state == "open"


def read(
    connection: Connection, house: House, *, unit_id: int | None,
    roles: Collection[str] | None = None, person_id: int | None = None, area: str = "/",
    clause: str | None = None, state: State = "open", limit: int = 50, after: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """One page of what a seat owes: ``{now, duties, groups, open, overdue, after}``.

    `unit_id` None is every unit of the `area` (a path prefix); a unit outside it is NotFound.
    `roles` None is every role, `clause` None every clause. With `person_id`, duties that others
    hold by name are left out and those that this person holds elsewhere are added. `duties` are
    `duty_view`s with
    `person_name`, `branch` and `about`; `groups` name what they belong to, in the order of their
    first duty. `after` is the mark of the page before; InvalidInput when it is none.
    """
    tree, now = house.tree(connection), business_now(connection)
    whose = _whose(tree, unit_id, area, roles, person_id)
    if clause is not None:
        whose = sa.and_(whose, _DUTIES.c.clause == clause)
    number = min(max(limit, 1), MOST)
    rows = connection.execute(_page(whose, state, after, now).limit(number + 1)).all()
    shown, more = rows[:number], len(rows) > number
    totals = connection.execute(
        sa.select(
            sa.func.count().label("open"),
            sa.func.count().filter(_DUTIES.c.due_at <= now).label("overdue"),
        ).where(_OPEN, whose)
    ).one()
    abouts = _abouts(connection, tree, shown)
    names, cases = _names(connection, shown), _cases(connection, shown)
    media = _media(connection, shown)
    duties = [
        {
            **_entry(house, tree, row, abouts, names),
            "regulator_case": cases.get(row.id),
            "media_case": media.get(row.id),
        }
        for row in shown
    ]
    return {
        "now": iso(now), "duties": duties, "groups": _groups(duties),
        "open": totals.open, "overdue": totals.overdue,
        "after": _cursor(shown[-1], state) if more else None,
    }  # fmt: skip


def by_unit(connection: Connection, house: House, area: str = "/") -> list[dict[str, Any]]:
    """What each unit of an area owes, tasks among it: open, overdue, the next due time; the most
    overdue first."""
    tree, now = house.tree(connection), business_now(connection)
    rows = connection.execute(
        sa.text(
            "SELECT unit_id, count(*) AS open, count(*) FILTER (WHERE due_at <= :now) AS overdue,"
            " min(due_at) AS first FROM duties WHERE state = 'open' GROUP BY unit_id"
        ),
        {"now": now},
    ).all()
    owed = {r.unit_id: (r.open, r.overdue, r.first) for r in rows}
    for task in my_tasks.given(connection):
        unit_id = my_tasks.seat_of(tree, task).id
        many, late, first = owed.get(unit_id, (0, 0, task.due_at))
        owed[unit_id] = (many + 1, late + (task.due_at <= now), min(first, task.due_at))
    found = [
        {**_place(tree, unit_id), "open": many, "overdue": late, "next_due": iso(first)}
        for unit_id, (many, late, first) in owed.items()
        if tree.get(unit_id).path.startswith(area)
    ]
    return sorted(found, key=lambda f: (-f["overdue"], f["next_due"]))


def one(connection: Connection, house: House, duty_id: int, area: str = "/") -> dict[str, Any]:
    """One duty as a page shows it. NotFound outside the area."""
    tree = house.tree(connection)
    row = connection.execute(
        sa.text("SELECT d.* FROM duties d WHERE id = :id"), {"id": duty_id}
    ).one_or_none()
    if row is None or not tree.get(row.unit_id).path.startswith(area):
        raise NotFound("duty")
    entry = _entry(house, tree, row, _abouts(connection, tree, [row]), _names(connection, [row]))
    return {**entry, "regulator_case": _cases(connection, [row]).get(row.id),
            "media_case": _media(connection, [row]).get(row.id)}  # fmt: skip


def _whose(
    tree: UnitTree, unit_id: int | None, area: str, roles: Collection[str] | None,
    person_id: int | None,
) -> sa.ColumnElement[bool]:  # fmt: skip
    """The condition that a duty is this seat's, or this person's."""
    seat: list[sa.ColumnElement[bool]] = [sa.true()]
    if unit_id is not None:
        if not tree.get(unit_id).path.startswith(area):
            raise NotFound("unit")
        seat.append(_DUTIES.c.unit_id == unit_id)
    elif area != "/":
        seat.append(_DUTIES.c.unit_id.in_([u.id for u in tree.all() if u.path.startswith(area)]))
    if roles is not None:
        seat.append(_DUTIES.c.role.in_(list(roles)))
    if person_id is None:
        return sa.and_(*seat)
    held = _DUTIES.c.person_id
    return sa.or_(sa.and_(*seat, held.is_(None)), held == person_id)


def _page(
    whose: sa.ColumnElement[bool], state: State, after: str | None, now: datetime
) -> sa.Select[Any]:
    ended = state == "ended"
    time = _DUTIES.c.ended_at if ended else _DUTIES.c.due_at
    place = sa.tuple_(time, _DUTIES.c.id)
    page = sa.select(_DUTIES).where(~_OPEN if ended else _OPEN, whose)
    if state == "overdue":
        page = page.where(time <= now)
    if after is not None:
        mark = sa.tuple_(*_mark(after))
        page = page.where(place < mark if ended else place > mark)
    if ended:
        return page.order_by(time.desc(), _DUTIES.c.id.desc())
    return page.order_by(time, _DUTIES.c.id)


def _cursor(row: Row, state: State) -> str:
    return f"{(row.ended_at if state == 'ended' else row.due_at).isoformat()}~{row.id}"


def _mark(after: str) -> tuple[datetime, int]:
    text, _, digits = after.partition("~")
    try:
        at, number = datetime.fromisoformat(text), int(digits)
        if at.tzinfo is None or not 0 < number < 2**63:
            raise ValueError(after)
    except ValueError:
        raise InvalidInput([FieldFault(
            "after", "不是有效的分页标记", "is no page mark", "请从第一页重新读取",
            "read from the first page",
        )]) from None  # fmt: skip
    return at, number


def _entry(
    house: House, tree: UnitTree, row: Row, abouts: dict[str, dict[str, Any]],
    names: dict[int, str],
) -> dict[str, Any]:  # fmt: skip
    place = _place(tree, row.unit_id)
    return {
        **duty_view(house, row), "branch": place["branch"], "regulator": place["regulator"],
        "person_name": names.get(row.person_id), "about": abouts[_key(row)],
    }  # fmt: skip


def _key(row: Row) -> str:
    if row.incident_id is not None:
        return f"incident:{row.incident_id}"
    if row.complaint_id is not None:
        return f"complaint:{row.complaint_id}"
    return f"unit:{row.unit_id}"


def _abouts(
    connection: Connection, tree: UnitTree, rows: Sequence[Row]
) -> dict[str, dict[str, Any]]:
    """What the duties belong to, by key: an incident, a complaint (no personal data), a unit."""
    found = {
        f"unit:{row.unit_id}": {"kind": "unit", "key": f"unit:{row.unit_id}",
                                **_place(tree, row.unit_id)}
        for row in rows
    }  # fmt: skip
    incidents = connection.execute(
        sa.text("SELECT id, code, state, severity, origin, unit_id, product, clients, headcount,"
                " opened_at FROM incidents WHERE id = ANY(:ids)"),
        {"ids": [row.incident_id for row in rows if row.incident_id is not None]},
    )  # fmt: skip
    for r in incidents:
        found[f"incident:{r.id}"] = {
            "kind": "incident", "key": f"incident:{r.id}", "id": public_incident(r.id),
            "state": r.state, "severity": r.severity, "origin": r.origin, "product": r.product,
            "clients": max(r.clients, r.headcount), "opened_at": iso(r.opened_at),
            **_place(tree, r.unit_id),
        }  # fmt: skip
    complaints = connection.execute(
        sa.text("SELECT id, unit_id, home_unit_id, channel, product, received_at FROM complaints"
                " WHERE id = ANY(:ids)"),
        {"ids": [row.complaint_id for row in rows if row.complaint_id is not None]},
    )  # fmt: skip
    for r in complaints:
        found[f"complaint:{r.id}"] = {
            "kind": "complaint", "key": f"complaint:{r.id}", "id": public_complaint(r.id),
            "channel": r.channel, "product": r.product, "received_at": iso(r.received_at),
            **_place(tree, r.home_unit_id or r.unit_id),
        }  # fmt: skip
    return found


def _place(tree: UnitTree, unit_id: int) -> dict[str, Any]:
    unit, branch = tree.get(unit_id), tree.ancestor(unit_id, Level.BRANCH)
    return {
        "unit": unit.code, "unit_name": unit.short_name,
        "branch": branch.short_name if branch and branch.id != unit.id else None,
        "regulator": unit.regulator or (branch.regulator if branch else None),
    }  # fmt: skip


def _names(connection: Connection, rows: Sequence[Row]) -> dict[int, str]:
    people = {row.person_id for row in rows if row.person_id is not None}
    if not people:
        return {}
    found = connection.execute(
        sa.text("SELECT id, name FROM people WHERE id = ANY(:ids)"), {"ids": list(people)}
    )
    return {r.id: r.name for r in found}


def _cases(connection: Connection, rows: Sequence[Row]) -> dict[int, str]:
    """The regulator case that a duty belongs to, by the duty's id: it is worked on there."""
    found = connection.execute(
        sa.text("SELECT duty_id, max(case_id) AS case_id FROM regulator_case_duties"
                " WHERE duty_id = ANY(:ids) GROUP BY duty_id"),
        {"ids": [row.id for row in rows]},
    )  # fmt: skip
    return {r.duty_id: regulator_case_id(r.case_id) for r in found}


def _media(connection: Connection, rows: Sequence[Row]) -> dict[int, str]:
    """The media case whose report a duty is about, by the duty's id: it is ended by acts there."""
    found = connection.execute(
        sa.text("SELECT d.id, m.case_id FROM duties d JOIN media_events m"
                " ON m.event_id = d.event_id WHERE d.id = ANY(:ids)"),
        {"ids": [row.id for row in rows]},
    )  # fmt: skip
    return {r.id: media_id(r.case_id) for r in found}


def _groups(duties: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the duties belong to, each once with its duties' ids, in the order of the first."""
    found: dict[str, dict[str, Any]] = {}
    for duty in duties:
        about = duty["about"]
        found.setdefault(about["key"], {**about, "duties": []})["duties"].append(duty["id"])
    return list(found.values())
