"""Where an incident's clients stand, and who stands there now: what a reception sheet rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import Unit
from core.clock import iso
from core.errors import NotFound
from escalation.house import House
from escalation.reception_rules import Limits, Site, Visitor


def limits(house: House) -> Limits:
    return Limits(house.plan.separate_room_from, house.plan.representatives)


def sites_of(connection: Connection, house: House, incident_id: int) -> list[Unit]:
    """The places where an incident's clients may stand: its own, its complaints', its gatherings'.

    NotFound when there is no such incident.
    """
    rows = connection.execute(
        sa.text(
            "SELECT unit_id, 0 AS rank FROM incidents WHERE id = :id"
            " UNION SELECT unit_id, 1 FROM complaints WHERE incident_id = :id"
            " UNION SELECT unit_id, 1 FROM gatherings WHERE incident_id = :id"
            " UNION SELECT unit_id, 1 FROM reception_sheets WHERE incident_id = :id ORDER BY 2, 1"
        ),
        {"id": incident_id},
    ).all()
    if not rows:
        raise NotFound("incident")
    tree = house.tree(connection)
    return [tree.get(number) for number in dict.fromkeys(r.unit_id for r in rows)]


def choose_site(connection: Connection, house: House, incident_id: int, code: str | None) -> Unit:
    """The place with this code; without one the latest gathering's, else the incident's own."""
    sites = sites_of(connection, house, incident_id)
    if code is None:
        latest = connection.scalar(
            sa.text("SELECT unit_id FROM gatherings WHERE incident_id = :id"
                    " ORDER BY reported_at DESC, id DESC LIMIT 1"),
            {"id": incident_id},
        )  # fmt: skip
        return next((u for u in sites if u.id == latest), sites[0])
    found = next((u for u in sites if u.code == code), None)
    if found is None:
        raise NotFound("unit")
    return found


def site_now(connection: Connection, incident_id: int, unit_id: int) -> Site:
    """Who is on site at a place, as the rules see it."""
    rows = connection.execute(
        sa.text(
            "SELECT r.number, r.receiver, r.room, r.representative FROM reception_rows r"
            " JOIN reception_sheets s ON s.id = r.sheet_id WHERE s.incident_id = :i"
            " AND s.unit_id = :u AND r.left_at IS NULL AND NOT r.removed ORDER BY r.number"
        ),
        {"i": incident_id, "u": unit_id},
    )
    visitors = tuple(Visitor(r.number, r.receiver, r.room, r.representative) for r in rows)
    sheet = connection.execute(
        sa.text("SELECT separate_room, guide FROM reception_sheets"
                " WHERE incident_id = :i AND unit_id = :u"),
        {"i": incident_id, "u": unit_id},
    ).one_or_none()  # fmt: skip
    return Site(
        visitors, sheet.separate_room if sheet else None,
        onlookers_now(connection, incident_id, unit_id), sheet.guide if sheet else None,
        unlisted=_unlisted(connection, incident_id, unit_id),
        choosing=any(d.event == "statutory_major" for d in owed(connection, incident_id, unit_id)),
    )  # fmt: skip


#: A count and the sheets of one place may be on different nodes of the tree. Who has left since
#: the count was in it.
_UNLISTED = sa.text(
    "WITH tree AS (SELECT i.id FROM incidents i JOIN incidents me ON me.id = :i"
    "  WHERE coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id)),"
    " counted AS (SELECT complainants, reported_at FROM gatherings"
    "  WHERE incident_id IN (SELECT id FROM tree) AND unit_id = :u"
    "  ORDER BY reported_at DESC, id DESC LIMIT 1)"
    " SELECT g.complainants - (SELECT count(*) FROM reception_rows r"
    "  JOIN reception_sheets s ON s.id = r.sheet_id WHERE s.unit_id = :u"
    "  AND s.incident_id IN (SELECT id FROM tree) AND NOT r.removed"
    "  AND (r.left_at IS NULL OR r.left_at >= g.reported_at)) FROM counted g"
)


def _unlisted(connection: Connection, incident_id: int, unit_id: int) -> int:
    """How many of the latest head count of a place stand on no sheet."""
    missing = connection.scalar(_UNLISTED, {"i": incident_id, "u": unit_id})
    return max(0, int(missing or 0))


_ONLOOKERS = (
    "SELECT c.onlookers, c.counted_by AS by, c.counted_at AS at, c.id, 0 AS reported"
    " FROM onlooker_counts c JOIN reception_sheets s ON s.id = c.sheet_id"
    " WHERE s.incident_id = :i AND s.unit_id = :u"
    " UNION ALL SELECT g.onlookers, g.reported_by, g.reported_at, g.id, 1 FROM gatherings g"
    " WHERE g.incident_id = :i AND g.unit_id = :u ORDER BY at DESC, reported, id DESC LIMIT 100"
)


def onlooker_history(
    connection: Connection, incident_id: int, unit_id: int
) -> list[dict[str, Any]]:
    """Every count of onlookers at a place, the latest first; a reported gathering is one too."""
    rows = connection.execute(sa.text(_ONLOOKERS), {"i": incident_id, "u": unit_id})
    return [{"onlookers": r.onlookers, "by": r.by, "at": iso(r.at)} for r in rows]


def onlookers_now(connection: Connection, incident_id: int, unit_id: int) -> int:
    history = onlooker_history(connection, incident_id, unit_id)
    return int(history[0]["onlookers"]) if history else 0


@dataclass(frozen=True)
class Owed:
    """An open duty that a sheet may prove, and the event that made it."""

    id: int
    event: str | None


def owed(connection: Connection, incident_id: int, unit_id: int) -> list[Owed]:
    """Open duties of the tree that reception at this place proves."""
    rows = connection.execute(
        sa.text(
            "SELECT d.id, d.event FROM duties d LEFT JOIN events e ON e.id = d.event_id"
            " JOIN incidents i ON i.id = d.incident_id JOIN incidents me ON me.id = :incident"
            " WHERE d.state = 'open' AND 'reception' = ANY(d.fulfilled_by)"
            " AND coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id)"
            " AND (d.unit_id = :unit OR e.unit_id = :unit) ORDER BY d.id"
        ),
        {"incident": incident_id, "unit": unit_id},
    )
    return [Owed(r.id, r.event) for r in rows]
