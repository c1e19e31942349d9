"""Complaints' files sent up: to the branch, and on to head office (WP-26)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit
from core.clock import iso
from core.errors import Conflict
from core.words import Level
from database import journal
from database.connection import business_now
from escalation import ticket_duties, ticket_store
from escalation.house import House
from escalation.ticket_store import Worker

Receiver = Literal["branch", "head_office"]
_OF = sa.text("SELECT * FROM archive_sendings WHERE complaint_id = ANY(:ids) ORDER BY id")


def of_many(
    connection: Connection, house: House, complaints: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """complaint -> to whom its file was sent, when and by whom, in order."""
    tree = house.tree()
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in complaints}
    for row in connection.execute(_OF, {"ids": list(complaints)}):
        found[row.complaint_id].append({
            "receiver": row.receiver, "to": tree.get(row.to_unit_id).short_name,
            "from": tree.get(row.from_unit_id).short_name, "at": iso(row.sent_at),
            "round": row.round, "actor": row.sent_by, "role": row.role, "by": None,
        })  # fmt: skip
    return found


def of(connection: Connection, house: House, complaint: int) -> list[dict[str, Any]]:
    """To whom one complaint's file was sent."""
    return of_many(connection, house, [complaint])[complaint]


def send(connection: Connection, house: House, complaint: int, to: Receiver, by: Worker) -> None:
    """Send one archived file up. NotFound; Conflict where it is not archived, was sent already,
    is not the sender's to send, or would not go up.

    Arrived at head office, it ends the duty to send it (WP-26-U).
    """
    row = ticket_store.lock(connection, complaint)
    number = row.round
    if row.stage != "archived":
        raise Conflict("尚未归档，不能上报档案", "the file is not complete yet", field="complaints")
    sender, receiver = _ends(house, row.unit_id, to, by)
    now = business_now(connection)
    sent = connection.execute(
        sa.text(
            "INSERT INTO archive_sendings (complaint_id, receiver, from_unit_id, to_unit_id, round,"
            " sent_at, sent_by, role) VALUES (:id, :receiver, :from, :to, :round, :now, :actor,"
            " :role) ON CONFLICT (complaint_id, round, receiver) DO NOTHING RETURNING id"
        ),
        {
            "id": complaint, "receiver": to, "from": sender.id, "to": receiver.id,
            "round": number, "now": now, "actor": by.actor, "role": by.role,
        },
    ).scalar_one_or_none()  # fmt: skip
    if sent is None:
        raise Conflict("档案已上报", "the file has been sent already", field="complaints")
    arrived = ["file_sent"] if to == "head_office" else []
    ended = ticket_duties.end_by(
        connection, complaint, [f"file_sent:{to}", *arrived], by, now, now, to=receiver.short_name
    )
    journal.write(connection, now, journal.Entry(
        verb="file_sent_up", subject=f"complaint:{complaint}", actor=by.actor,
        incident_id=row.incident_id, unit_id=row.unit_id,
        after={"to": receiver.code, "round": number, "duties_ended": ended},
    ))  # fmt: skip


def _ends(house: House, unit_id: int, to: Receiver, by: Worker) -> tuple[Unit, Unit]:
    """Who sends and who gets it: from the sender's unit to the one above it. Conflict."""
    tree = house.tree()
    sender = tree.get(unit_id if by.unit_id is None else by.unit_id)
    level = Level.BRANCH if to == "branch" else Level.HEAD_OFFICE
    receiver = tree.ancestor(sender.id, level)
    if receiver is None or receiver.id == sender.id:
        raise Conflict("只能向上级机构报送", "a file goes up only", field="to")
    return sender, receiver
