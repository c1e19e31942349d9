"""A ticket that goes up (WP-23, WP-25): the unit above is texted, and offered it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from complaints.ticket_life import Act
from core.words import Role
from database import journal
from escalation.births import seat_for
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.telling import budget_of, compose, holder_of
from escalation.ticket_handing import Hand, open_offer, store_offer
from escalation.ticket_opening import not_against
from escalation.ticket_store import Worker

_WHAT = {Act.MAJOR_RISK: "可能引发重大投诉", Act.BEYOND: "超出本级权限"}


def send_up(
    connection: Connection, house: House, row: sa.Row[Any], act: str, by: Worker, now: datetime
) -> None:
    """Text the superiors that the plan names, and offer the ticket to the first of them."""
    tree = house.tree(connection)
    against = Role(row.about_role) if row.about_role else None
    roles = not_against(house.plan.tickets.superiors, against)
    seat = seat_for(tree, row.unit_id, roles)
    if seat is None:
        return
    unit_id, role = seat
    _text(connection, house, row, Act(act), unit_id, role, now)
    owned = (row.owner_unit_id, row.owner_role) == (unit_id, role.value)
    if not owned and open_offer(connection, row.complaint_id) is None:
        hand = Hand(tree.get(unit_id).code, role, _WHAT[Act(act)])
        store_offer(connection, house, row, tree.get(unit_id), hand, by, now)


def _text(
    connection: Connection, house: House, row: sa.Row[Any], act: Act, unit_id: int, role: Role,
    now: datetime,
) -> None:  # fmt: skip
    holder, why = holder_of(connection, house, unit_id, role, now)
    if holder is None or holder.phone is None or holder.person_id == row.about_person_id:
        journal.write(connection, now, journal.Entry(
            verb="ticket_untold", subject=f"complaint:{row.complaint_id}", actor="engine",
            unit_id=unit_id, reason=why or "unreachable", after={"role": role.value},
        ))  # fmt: skip
        return
    values = {"unit": house.tree(connection).get(row.unit_id).short_name,
              "ticket": public_complaint(row.complaint_id), "what": _WHAT[act]}  # fmt: skip
    queue(connection, now, Draft(
        phone=str(holder.phone), person_id=holder.person_id, to_role=role.value,
        unit_id=holder.unit_id, kind="ticket_up",
        text=compose(connection, house, "ticket_up", values),
        dedupe_key=f"complaint:{row.complaint_id}:{act}:{row.round}:{holder.person_id}",
        grave=False, complaint_id=row.complaint_id,
    ), budget_of(house))  # fmt: skip
