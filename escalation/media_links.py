"""What a media case is about: complaints with their clients, and an incident that it exposes.

An incident to which a case is linked is media-exposed from then on: its own machinery calls the PR
officer and starts its clock, once (`incidents.mark_exposed`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.masking import mask_name
from core.validation import has_words
from escalation import incidents
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.media_cases import act, lock
from escalation.media_values import By
from escalation.sealing import PARTY, open_party


def link_complaint(
    connection: Connection, house: House, case_id: int, complaint_id: int, by: By, now: datetime
) -> None:
    """The report is about this complaint. NotFound; linked already, it changes nothing."""
    case = lock(connection, case_id, settled=True)
    if not connection.scalar(
        sa.text("SELECT EXISTS (SELECT FROM complaints WHERE id = :id)"), {"id": complaint_id}
    ):
        raise NotFound("complaint")
    new = connection.scalar(
        sa.text(
            "INSERT INTO media_complaints (case_id, complaint_id, linked_at, linked_by,"
            " linked_role, linked_actor) VALUES (:case, :complaint, :now, :linked_by,"
            " :linked_role, :linked_actor)"
            " ON CONFLICT (case_id, complaint_id) WHERE ended_at IS NULL DO NOTHING RETURNING id"
        ),
        {"case": case.id, "complaint": complaint_id, "now": now, **by.columns("linked")},
    )
    if new is not None:
        act(connection, house, case, "complaint_linked", by, now,
            facts={"complaint": public_complaint(complaint_id)})  # fmt: skip


def unlink_complaint(
    connection: Connection, house: House, case_id: int, complaint_id: int, reason: str, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """It was linked by mistake; the link stays on record. Conflict, InvalidInput."""
    case = lock(connection, case_id, settled=True)
    if not has_words(reason):
        raise InvalidInput(
            [FieldFault("reason", "缺少理由", "is missing", "请说明理由", "say why")]
        )
    ended = connection.execute(
        sa.text("UPDATE media_complaints SET ended_at = :now WHERE case_id = :case"
                " AND complaint_id = :complaint AND ended_at IS NULL"),
        {"case": case.id, "complaint": complaint_id, "now": now},
    ).rowcount  # fmt: skip
    if not ended:
        raise Conflict("该投诉没有关联", "this complaint is not linked")
    act(connection, house, case, "complaint_unlinked", by, now,
        facts={"complaint": public_complaint(complaint_id)}, words={"reason": reason})  # fmt: skip


def link_incident(
    connection: Connection, house: House, case_id: int, incident_id: int, by: By, now: datetime
) -> None:
    """The report is about this incident, which is thereby media-exposed. NotFound; Conflict when
    the case has another incident. One that is over is linked and nobody is called."""
    case = lock(connection, case_id)
    if case.incident_id == incident_id:
        return
    if case.incident_id is not None:
        raise _has_one(case.incident_id)
    state = connection.scalar(
        sa.text("SELECT state FROM incidents WHERE id = :id"), {"id": incident_id}
    )
    if state is None:
        raise NotFound("incident")
    connection.execute(
        sa.text("UPDATE media_cases SET incident_id = :incident WHERE id = :id"),
        {"incident": incident_id, "id": case.id},
    )
    act(connection, house, lock(connection, case_id), "incident_linked", by, now,
        facts={"incident": public_incident(incident_id)})  # fmt: skip
    if state == "open":
        incidents.mark_exposed(
            connection, house, incident_id, now, by.actor, media=True, threat=False
        )


def refuse_second(connection: Connection, case_id: int) -> None:
    """Conflict where the case has an incident already; NotFound."""
    case = lock(connection, case_id)
    if case.incident_id is not None:
        raise _has_one(case.incident_id)


def _has_one(incident_id: int) -> Conflict:
    public = public_incident(incident_id)
    return Conflict(f"已关联事件 {public}", f"it is linked to incident {public} already")


def complaints_of(connection: Connection, house: House, case_id: int) -> list[dict[str, Any]]:
    """The linked complaints that the viewer sees, their clients masked; the latest first."""
    tree = house.tree(connection)
    rows = connection.execute(
        sa.text(
            "SELECT l.complaint_id AS id, l.linked_at, c.unit_id, c.channel, c.product,"
            " c.received_at, c.incident_id FROM media_complaints l"
            " JOIN complaints c ON c.id = l.complaint_id"
            " WHERE l.case_id = :case AND l.ended_at IS NULL ORDER BY l.id DESC"
        ),
        {"case": case_id},
    ).all()
    clients = _clients(connection, house, [r.id for r in rows])
    return [
        {
            "complaint": public_complaint(r.id), "unit": tree.get(r.unit_id).code,
            "unit_name": tree.get(r.unit_id).short_name, "channel": r.channel,
            "product": r.product, "received_at": iso(r.received_at),
            "incident": public_incident(r.incident_id) if r.incident_id else None,
            "clients": clients.get(r.id, []),
        }
        for r in rows
    ]  # fmt: skip


def _clients(
    connection: Connection, house: House, complaints: list[int]
) -> dict[int, list[str | None]]:
    """The principals of complaints by their masked names."""
    rows = connection.execute(
        sa.text(
            f"SELECT {PARTY} FROM complaint_parties p"  # noqa: S608
            " WHERE p.complaint_id = ANY(:ids) ORDER BY p.complaint_id, p.position"
        ),
        {"ids": complaints},
    )
    found: dict[int, list[str | None]] = {}
    for row in rows:
        party = open_party(house.vault, row)
        name = party["name"] if party else None
        found.setdefault(row.complaint_id, []).append(mask_name(name) if name else None)
    return found
