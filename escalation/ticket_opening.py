"""A ticket's first second: who answers for it 首问负责 (WP-17, BO-01), what makes it come first.

Whoever enters a complaint in person owns it. Where a system enters it, the plan names the role.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Connection

from complaints.ticket_life import Position, stage
from complaints.value import ComplaintValue
from contacts.roster import holders
from contacts.units import Unit
from core.clock import iso
from core.words import Flag, Role
from escalation.births import seat_for
from escalation.house import House
from escalation.prepared import Prepared
from escalation.working_time import due

#: What each reason adds to a ticket's priority; a higher one outweighs all lower ones.
SAFETY, VULNERABLE, MAJOR, AMOUNT = 8, 4, 2, 1


def ticket_row(house: House, one: Prepared, about: dict[str, Any]) -> dict[str, Any]:
    """What `intake_write` stores of the ticket beside what the complaint says; `about` is whom it
    complains of (`about_person`)."""
    if one.history:
        return {"stage": "history"}
    plan, value = house.plan, one.value
    handling = one.home_unit or one.unit
    promised = plan.tickets.promise
    row = {
        "stage": stage(plan.life, Position()),
        "priority": priority(value, plan.tickets.large_amount),
        "plan": plan.name, "plan_version": plan.version,
        "promised_at": iso(due(value.received_at, promised, house.calendar()).at)
        if promised else None,
    }  # fmt: skip
    return row | about | _owner(house, one, handling, about.get("about_person_id"))


def _owner(house: House, one: Prepared, handling: Unit, about: int | None) -> dict[str, Any]:
    """The person who enters it, else the first of the plan's roles that the place has: also where
    the plan names an owner for the channel (whoever types in a call does not settle it)."""
    viewer, against = house.viewer, one.value.against
    tickets, channel = house.plan.tickets, one.value.channel.value
    if viewer is not None and viewer.kind == "person" and not tickets.owns_channel(channel):
        role = viewer.seat.value if viewer.seat else None
        known = viewer.person_id is not None and viewer.person_id != about
        if known and (role is None or role != against):
            return {"owner_role": role, "owner_unit_id": viewer.unit_id,
                    "owner_person_id": viewer.person_id}  # fmt: skip
    seat = seat_for(house.tree(), handling.id, not_against(tickets.first_owners(channel), against))
    if seat is None:
        return {"owner_unit_id": handling.id}
    return {"owner_unit_id": seat[0], "owner_role": seat[1].value}


def about_person(connection: Connection, one: Prepared, now: datetime) -> dict[str, Any]:
    """Whom it is about, by the role that they hold there now; nothing where nobody is named."""
    against = one.value.against
    if against is None or one.history:
        return {}
    found = holders(connection, one.unit.id, against, now)
    return {"about_role": against.value,
            "about_person_id": found[0].person_id if found else None}  # fmt: skip


def not_against(roles: tuple[Role, ...], against: Role | None) -> tuple[Role, ...]:
    """These roles without the one that is complained of."""
    return tuple(role for role in roles if role is not against)


def priority(value: ComplaintValue, large_amount: int) -> int:
    """Safety threat before vulnerable client before large amount."""
    flags = value.flags or ()
    return (
        SAFETY * (Flag.SAFETY_THREAT in flags)
        + VULNERABLE * (Flag.VULNERABLE in flags)
        + AMOUNT * ((value.amount or Decimal(0)) >= large_amount)
    )
