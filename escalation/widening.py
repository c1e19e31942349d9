"""An open incident reaches a place whose people have not heard of it: they are told, too.

One crowd stays one incident, but the branch head of the second city must not learn of it from the
press. Whoever was told is not told again. Until somebody of the new place's branch, or head
office, has acknowledged, the ladder runs (again).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.words import ROLE_LEVEL, Level, Role
from database import journal
from escalation import events, ladder
from escalation.house import House
from escalation.incidents import FiredKey, case_of
from escalation.telling import Case, Told, tell_roles, told_in_tree


def tell_new_places(
    connection: Connection,
    house: House,
    incident_id: int,
    keys: Sequence[FiredKey],
    now: datetime,
    *,
    wording: str = "incident",
) -> None:
    """Text the first step's roles of each place that a newly taken key brings in."""
    case, row = case_of(connection, incident_id)
    knowing = told_in_tree(connection, incident_id)
    for key in sorted(keys, key=lambda k: k.kind != "unit"):
        place = _place(house, case, key)
        if key.unit_id is not None:
            events.on_incident(connection, house, "incident_opened", incident_id, key.unit_id, now)
            if row.severity == "large":
                events.on_incident(
                    connection, house, "incident_large", incident_id, key.unit_id, now
                )
        roles = _roles(house, key)
        told = tell_roles(
            connection, house, place, roles, wording=wording, now=now, step=0, knowing=knowing
        )
        if not any(entry["message"] is not None for entry in told.told):
            continue
        _note(connection, place, told, now)
        if not _answered_for(connection, house, incident_id, place.unit_id):
            ladder.run_again(connection, incident_id, now)


def _place(house: House, case: Case, key: FiredKey) -> Case:
    """The incident as the people of this key's place see it: their unit, their count."""
    head = house.tree().head_office()
    unit_id = key.unit_id or (head.id if head else case.unit_id)
    if key.kind == "product":
        return replace(case, unit_id=unit_id)
    heads = case.headcount if "gathering" in key.reason else 0
    return replace(case, unit_id=unit_id, clients=key.clients, headcount=heads)


def _roles(house: House, key: FiredKey) -> list[Role]:
    """The first step's roles; for the whole bank those of head office on the ladder."""
    steps = house.plan.ladder.steps
    if key.kind != "product":
        return list(steps[0].roles)
    return [r for step in steps for r in step.roles if ROLE_LEVEL[r] is Level.HEAD_OFFICE]


def _answered_for(connection: Connection, house: House, incident_id: int, unit_id: int) -> bool:
    """Whether head office, or somebody of this unit's branch, has acknowledged the incident."""
    tree = house.tree()
    seat = tree.ancestor(unit_id, Level.BRANCH) or tree.get(unit_id)
    return bool(
        connection.scalar(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM acknowledgements a LEFT JOIN people p"
                " ON p.id = a.person_id LEFT JOIN units u ON u.id = p.unit_id"
                " WHERE a.incident_id = :id AND a.handed_at IS NULL"
                " AND (a.head_office OR starts_with(u.path, :path)))"
            ),
            {"id": incident_id, "path": seat.path},
        )
    )


def _note(connection: Connection, place: Case, told: Told, now: datetime) -> None:
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="ladder_told",
            subject=f"incident:{place.id}",
            actor="engine",
            incident_id=place.id,
            unit_id=place.unit_id,
            after={"step": 1, **told.detail()},
        ),
    )
