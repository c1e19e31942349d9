"""The text to whoever is given something to do on an incident: a task, or command to take over.

It asks for no reply and has no code: a bare "1" still means the last alert. What somebody typed
(a title, a note) may name a client and stays on the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from contacts.roster import Holder, holders
from core.words import Role
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.telling import budget_of, compose, holder_of


@dataclass(frozen=True)
class Given:
    """What is given to whom: `number` is the task's or the offer's; `place` the incident's unit,
    `unit_id` the one that the role is looked for from; `name`, `person_id` where one is meant."""

    kind: Literal["task", "command_offer"]
    number: int
    incident_id: int
    place: int
    unit_id: int
    role: Role
    name: str | None = None
    person_id: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def tell_given(connection: Connection, house: House, given: Given, now: datetime) -> str | None:
    """Text the named person if reachable, else who holds the role; once a person.

    None when the text is on its way, else why it is not (`vacant`, `absent`, `budget` and so on).
    """
    holder, why = _receiver(connection, house, given, now)
    if holder is None:
        return why
    unit = house.tree(connection).get(given.place)
    values = {
        "unit": unit.short_name, "incident": public_incident(given.incident_id), **given.words,
    }  # fmt: skip
    queued = queue(connection, now, Draft(
        phone=str(holder.phone), person_id=holder.person_id, to_role=holder.role.value,
        unit_id=holder.unit_id, kind=given.kind,
        text=compose(connection, house, given.kind, values),
        dedupe_key=f"{given.kind}:{given.number}:{holder.person_id}", grave=False,
        incident_id=given.incident_id,
    ), budget_of(house))  # fmt: skip
    return "budget" if queued is not None and queued.state == "withheld" else None


def _receiver(
    connection: Connection, house: House, given: Given, now: datetime
) -> tuple[Holder | None, str]:
    if given.name:
        for unit_id in _seats(connection, house, given):
            for holder in holders(connection, unit_id, given.role, now):
                meant = holder.person_id == given.person_id or holder.name == given.name
                if meant and holder.reachable:
                    return holder, ""
    return holder_of(connection, house, given.unit_id, given.role, now)


def _seats(connection: Connection, house: House, given: Given) -> list[int]:
    """Where the named person may hold the role: here, or wherever the roster has them."""
    here = house.tree(connection).seat(given.unit_id, given.role)
    theirs = connection.scalars(
        sa.text("SELECT unit_id FROM team_members WHERE person_id = :id AND role = :role"
                " ORDER BY rank, unit_id"),
        {"id": given.person_id, "role": given.role.value},
    ).all()  # fmt: skip
    return [*([here.id] if here is not None else []), *theirs]
