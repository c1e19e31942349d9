"""WP-30: a complaint is handled where the client belongs; every unit concerned sees it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from contacts.units import Unit
from database import journal
from escalation.prepared import Prepared


def concerned(one: Prepared) -> list[Unit]:
    """The unit where the client belongs and the one complained of: both see it (WP-30)."""
    units = {unit.id: unit for unit in (one.home_unit, one.unit) if unit is not None}
    return list(units.values())


def note_routing(
    connection: Connection, one: Prepared, number: int, now: datetime, actor: str
) -> None:
    """Handled where the client belongs: noted for every other unit that is concerned (WP-30)."""
    others = {u.id: u for u in (one.home_unit, one.received_unit) if u and u.id != one.unit.id}
    journal.write(connection, now, *(
        journal.Entry(
            verb="complaint_routed", subject=f"complaint:{number}", actor=actor, unit_id=unit.id,
            reason="客户属地" if unit is one.home_unit else "受理机构",
            after={"from": one.unit.id, "to": unit.id, "clause": "WP-30"},
        )
        for unit in others.values()
    ))  # fmt: skip
