"""The tasks (交办任务) that a seat has been given and has not done, across incidents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit, UnitTree
from core.words import Role
from database.connection import business_now
from escalation.command_view import task_view
from escalation.house import House

Row = sa.Row[Any]
MOST = 200


def read(
    connection: Connection, house: House, *, unit_id: int | None,
    roles: Collection[str] | None = None, person_id: int | None = None, area: str = "/",
    overdue: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """What the seat is still to do, next due first: ``{tasks, open, overdue}``.

    Seat, `area` and `person_id` mean what they mean in `my_duties.read`. `tasks` are `task_view`s
    with `place`, the name of the incident's unit; at most `MOST` of them.
    """
    tree, now = house.tree(connection), business_now(connection)

    def owed(row: Row) -> bool:
        if person_id is not None and row.person_id is not None:
            return bool(row.person_id == person_id)
        return (roles is None or row.role in roles) and _at(tree, row, unit_id, area)

    mine = [row for row in given(connection) if owed(row)]
    late = [row for row in mine if row.due_at <= now]
    return {
        "tasks": [{**task_view(house, row, now), "place": tree.get(row.place).short_name}
                  for row in (late if overdue else mine)[:MOST]],
        "open": len(mine), "overdue": len(late),
    }  # fmt: skip


def given(connection: Connection) -> Sequence[Row]:
    """Every task that somebody has yet to do, next due first; `place` is its incident's unit."""
    return connection.execute(sa.text(
        "SELECT t.*, n.unit_id AS place FROM tasks t JOIN incidents n ON n.id = t.incident_id"
        " WHERE t.state IN ('assigned', 'accepted') ORDER BY t.due_at, t.id"
    )).all()  # fmt: skip


def seat_of(tree: UnitTree, row: Row) -> Unit:
    """The unit that has the task: where its role is held, else the one that was named."""
    return tree.seat(row.unit_id, Role(row.role)) or tree.get(row.unit_id)


def _at(tree: UnitTree, row: Row, unit_id: int | None, area: str) -> bool:
    if unit_id is None:
        return seat_of(tree, row).path.startswith(area)
    return unit_id in (row.unit_id, seat_of(tree, row).id)
