"""The reception sheet as page and paper read it: clients masked, remarks worked out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.roster import holders, roles_of
from contacts.units import Unit
from core.clock import iso
from core.masking import ERASED, mask_name
from core.words import Role
from database.connection import business_now
from escalation import reception_site
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.reception_rules import Visitor, complete, remarks
from escalation.receptions import row_view
from escalation.sealing import PARTY, Fields, open_party

#: Who receives clients, in the order in which they are offered.
_RECEIVERS = (
    Role.SUB_LOBBY_MANAGER, Role.SUB_VIP_MANAGER, Role.SUB_HEAD, Role.SUB_DEPUTY,
    Role.BRANCH_CONTACT, Role.BRANCH_SERVICE, Role.BRANCH_DEPUTY, Role.BRANCH_LEADER,
)  # fmt: skip


def read_sheet(
    connection: Connection, house: House, incident_id: int, code: str | None = None
) -> dict[str, Any]:
    """The sheet of an incident at a place (the likeliest one without `code`). NotFound."""
    unit = reception_site.choose_site(connection, house, incident_id, code)
    incident = connection.execute(
        sa.text("SELECT state, opened_at, product FROM incidents WHERE id = :id"),
        {"id": incident_id},
    ).one()
    sheet = connection.execute(
        sa.text("SELECT * FROM reception_sheets WHERE incident_id = :i AND unit_id = :u"),
        {"i": incident_id, "u": unit.id},
    ).one_or_none()
    site = reception_site.site_now(connection, incident_id, unit.id)
    limits = reception_site.limits(house)
    clients = _clients(connection, house, incident_id)
    script = house.plan.script
    return {
        "incident": public_incident(incident_id), "state": incident.state,
        "unit": unit.code, "unit_name": unit.short_name,
        "sites": [{"code": u.code, "name": u.short_name}
                  for u in reception_site.sites_of(connection, house, incident_id)],
        "now": iso(business_now(connection)),
        "version": sheet.version if sheet else 1,
        "separate_room": site.separate_room, "guide": site.guide,
        "complete_at": iso(sheet.complete_at) if sheet else None,
        "complete": complete(site, limits),
        "rows": _rows(connection, sheet.id if sheet else 0, clients),
        "onlookers": site.onlookers,
        "onlooker_counts": reception_site.onlooker_history(connection, incident_id, unit.id),
        "remarks": [vars(r) for r in remarks(site, limits)],
        "limits": vars(limits), "script": {"zh": script.zh, "en": script.en},
        "tickets": list(clients.values()),
        "receivers": _staff(connection, house, unit),
        "duties": _duties(connection, incident_id, unit.id),
    }  # fmt: skip


def _rows(
    connection: Connection, sheet_id: int, clients: dict[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Rows, those on site first; `placed` says whether receiver and room are there."""
    rows = connection.execute(
        sa.text("SELECT * FROM reception_rows WHERE sheet_id = :s AND NOT removed"
                " ORDER BY left_at IS NOT NULL, number"),
        {"s": sheet_id},
    ).all()  # fmt: skip
    return [
        {
            **row_view(row),
            "ticket": clients.get(row.client_id) if row.client_id else None,
            "placed": Visitor(row.number, row.receiver, row.room).placed,
        }
        for row in rows
    ]


def _clients(connection: Connection, house: House, incident_id: int) -> dict[int, dict[str, Any]]:
    """The incident's ticketed clients, masked; by client."""
    rows = connection.execute(
        sa.text(
            f"SELECT DISTINCT ON (p.client_id) p.client_id, {PARTY} FROM complaints c"  # noqa: S608
            " JOIN complaint_parties p ON p.complaint_id = c.id WHERE c.incident_id = :i"
            " AND p.role = 'principal' AND p.client_id IS NOT NULL"
            " ORDER BY p.client_id, c.id LIMIT 1000"
        ),
        {"i": incident_id},
    )
    return {
        r.client_id: {"client": r.client_id, "complaint": public_complaint(r.complaint_id),
                      "name": _shown(open_party(house.vault, r))}
        for r in rows
    }  # fmt: skip


def _shown(fields: Fields | None) -> str:
    return ERASED["zh"] if fields is None else mask_name(fields["name"]) or ""


def _staff(connection: Connection, house: House, unit: Unit) -> list[dict[str, str]]:
    """Staff of the place who are here now, those who receive clients first."""
    now = business_now(connection)
    wanted = [role for role in _RECEIVERS if role in roles_of(unit.level)]
    found: dict[str, dict[str, str]] = {}
    for role in wanted:
        for holder in holders(connection, unit.id, role, now):
            if holder.why not in ("absent", "inactive"):
                found.setdefault(holder.name, {"name": holder.name, "role": role.value})
    return list(found.values())


def _duties(connection: Connection, incident_id: int, unit_id: int) -> list[dict[str, Any]]:
    """The duties that this sheet proves, open ones first."""
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.clause, d.title_zh, d.title_en, d.state, d.due_at, d.warn_at,"
            " d.ended_at FROM duties d LEFT JOIN events e ON e.id = d.event_id"
            " JOIN incidents i ON i.id = d.incident_id JOIN incidents me ON me.id = :i"
            " WHERE 'reception' = ANY(d.fulfilled_by)"
            " AND coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id)"
            " AND (d.unit_id = :u OR e.unit_id = :u) ORDER BY d.state <> 'open', d.due_at"
        ),
        {"i": incident_id, "u": unit_id},
    )
    return [
        {"id": r.id, "clause": r.clause, "title_zh": r.title_zh, "title_en": r.title_en,
         "state": r.state, "due_at": iso(r.due_at), "warn_at": iso(r.warn_at),
         "ended_at": iso(r.ended_at), "late": r.ended_at is not None and r.ended_at > r.due_at}
        for r in rows
    ]  # fmt: skip
