"""WP-30: received elsewhere by somebody in person, a ticket is offered to where the client belongs.

Whoever received it owns it until the home unit has taken it over: nobody's client waits between
two units. What a system enters is owned there from the start (`ticket_opening`).
"""

from __future__ import annotations

from sqlalchemy.engine import Connection

from database.connection import business_now
from escalation import ticket_store
from escalation.births import seat_for
from escalation.house import House
from escalation.prepared import Prepared
from escalation.ticket_handing import Hand, store_offer
from escalation.ticket_opening import not_against
from escalation.ticket_store import Worker


def offer_home(
    connection: Connection, house: House, one: Prepared, number: int, actor: str
) -> None:
    """Offer a ticket that was just entered to its home unit, where its owner is of another."""
    viewer, home = house.viewer, one.home_unit
    if home is None or viewer is None or viewer.kind != "person" or viewer.sees(home.path):
        return
    if house.plan.tickets.owns_channel(one.value.channel.value):
        return  # it is owned there from the start
    roles = house.plan.tickets.first_owners(one.value.channel.value)
    seat = seat_for(house.tree(), home.id, not_against(roles, one.value.against))
    if seat is None:
        return
    row = ticket_store.lock(connection, number)
    unit = house.tree().get(seat[0])
    by = Worker(viewer.name, viewer.seat.value if viewer.seat else "", actor, viewer.unit_id)
    store_offer(connection, house, row, unit, Hand(unit.code, seat[1], "客户属地管理"), by,
                business_now(connection))  # fmt: skip
