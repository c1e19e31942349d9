"""The figures of a report: read once, frozen as of a moment, compared with earlier ones.

Frozen figures are plain JSON and are never changed; freezing again makes another version. They
hold counts, times and unit names, no client's data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI, iso
from core.errors import NotFound
from escalation.house import House
from escalation.report_measures import read_measures
from escalation.telling import tellable

Figures = dict[str, Any]
_HOURS_SHOWN = 12


def freeze(connection: Connection, house: House, incident_id: int, as_of: datetime) -> Figures:
    """All figures of an incident (with its children's complaints) as they stand. NotFound."""
    row = connection.execute(
        sa.text("SELECT * FROM incidents WHERE id = :id"), {"id": incident_id}
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    ids = tree_ids(connection, incident_id)
    received = _received(connection, incident_id)
    return {
        "as_of": iso(as_of),
        "revision": _revision(connection, ids),
        "state": row.state, "severity": row.severity, "origin": row.origin,
        "unit": house.tree(connection).get(row.unit_id).short_name,
        "product": tellable(row.product) or None,
        "clients": row.clients, "unidentified": row.unidentified,
        "headcount": row.headcount, "onlookers": row.onlookers,
        "media_exposed": row.media_exposed, "safety_threat": row.safety_threat,
        "opened_at": iso(row.opened_at), "stood_down_at": iso(row.stood_down_at),
        "by_unit": _by_unit(connection, house, incident_id),
        "keys": _keys(connection, house, ids),
        **_amounts(connection, ids),
        **trend(received, as_of),
        "heads": _heads(connection, ids),
        "measures": read_measures(connection, ids),
    }  # fmt: skip


def tree_ids(connection: Connection, incident_id: int) -> list[int]:
    """The incident and its children."""
    return list(connection.scalars(
        sa.text("SELECT id FROM incidents WHERE id = :id OR parent_id = :id ORDER BY id"),
        {"id": incident_id},
    ))  # fmt: skip


def _revision(connection: Connection, ids: Sequence[int]) -> int:
    """The last journal entry about these incidents."""
    return int(connection.scalar(
        sa.text("SELECT coalesce(max(id), 0) FROM journal WHERE incident_id = ANY(:ids)"),
        {"ids": list(ids)},
    ) or 0)  # fmt: skip


def _received(connection: Connection, incident_id: int) -> list[datetime]:
    """When the complaint by which each counted client counts was received."""
    return list(connection.scalars(
        sa.text(
            "SELECT c.received_at FROM incident_clients i JOIN complaints c"
            " ON c.id = i.complaint_id WHERE i.incident_id = :id ORDER BY c.received_at"
        ),
        {"id": incident_id},
    ))  # fmt: skip


def _by_unit(connection: Connection, house: House, incident_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT c.unit_id, count(*) AS clients FROM incident_clients i JOIN complaints c"
            " ON c.id = i.complaint_id WHERE i.incident_id = :id GROUP BY c.unit_id"
            " ORDER BY count(*) DESC, c.unit_id"
        ),
        {"id": incident_id},
    ).all()
    tree = house.tree()
    return [
        {"code": tree.get(r.unit_id).code, "name": tree.get(r.unit_id).short_name,
         "clients": r.clients}
        for r in rows
    ]  # fmt: skip


def _keys(connection: Connection, house: House, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Why it is an incident: where so many complained together, and about what."""
    rows = connection.execute(
        sa.text(
            "SELECT s.kind, s.unit_id, s.product, k.clients, s.threshold FROM incident_keys k"
            " JOIN key_states s ON s.key = k.key WHERE k.incident_id = ANY(:ids)"
            " ORDER BY k.fired_at, k.key"
        ),
        {"ids": list(ids)},
    ).all()
    return [
        {"kind": r.kind, "unit": house.tree().get(r.unit_id).short_name if r.unit_id else None,
         "product": tellable(r.product) or None, "clients": r.clients, "threshold": r.threshold}
        for r in rows
    ]  # fmt: skip


def _amounts(connection: Connection, ids: Sequence[int]) -> dict[str, Any]:
    """How many complaints stand, how many name an amount, and the sum (yuan, as text)."""
    row = connection.execute(
        sa.text(
            "SELECT count(*) AS n, count(amount) AS named, coalesce(sum(amount), 0) AS total"
            " FROM complaints WHERE incident_id = ANY(:ids) AND status = 'open'"
        ),
        {"ids": list(ids)},
    ).one()
    return {"complaints": row.n, "with_amount": row.named, "amount": f"{row.total:.2f}"}


def _heads(connection: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """What was counted on site, oldest first."""
    rows = connection.execute(
        sa.text(
            "SELECT complainants, onlookers, reported_at FROM gatherings"
            " WHERE incident_id = ANY(:ids) ORDER BY id"
        ),
        {"ids": list(ids)},
    ).all()
    return [
        {"at": iso(r.reported_at), "complainants": r.complainants, "onlookers": r.onlookers}
        for r in rows
    ]


def trend(received: Sequence[datetime], as_of: datetime) -> dict[str, Any]:
    """Clients by clock hour (the last 12 with any), in the last 60 minutes and in those before;
    whether that is rising, falling or steady. Pure."""
    hours: dict[datetime, int] = {}
    for at in received:
        hour = at.astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
        hours[hour] = hours.get(hour, 0) + 1
    hour_ago, two_ago = as_of - timedelta(hours=1), as_of - timedelta(hours=2)
    last = sum(1 for at in received if at > hour_ago)
    before = sum(1 for at in received if two_ago < at <= hour_ago)
    return {
        "hours": [{"from": iso(h), "clients": hours[h]} for h in sorted(hours)][-_HOURS_SHOWN:],
        "first_at": iso(min(received)) if received else None,
        "last_hour": last, "hour_before": before,
        "direction": "rising" if last > before else "falling" if last < before else "steady",
    }  # fmt: skip


# --- compared with the last report -----------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One figure then and now; `delta` where both are whole numbers."""

    key: str
    then: Any
    now: Any
    delta: int | None = None


_COUNTED = ("clients", "unidentified", "headcount", "onlookers", "complaints")
_NAMED = ("severity", "state", "amount", "media_exposed", "safety_threat")


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """What differs between two frozen figures, counts first, then units. Pure."""
    found = [
        Change(key, then[key], now[key], now[key] - then[key])
        for key in _COUNTED
        if then[key] != now[key]
    ]
    found += [Change(key, then[key], now[key]) for key in _NAMED if then[key] != now[key]]
    before = {u["name"]: u["clients"] for u in then["by_unit"]}
    after = {u["name"]: u["clients"] for u in now["by_unit"]}
    if len(before | after) > 1:
        found += [
            Change(f"unit:{name}", before.get(name, 0), after.get(name, 0),
                   after.get(name, 0) - before.get(name, 0))
            for name in dict.fromkeys([*after, *before])
            if before.get(name, 0) != after.get(name, 0)
        ]  # fmt: skip
    return found


def new_measures(then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The measures that the earlier figures do not have yet; all of them without earlier ones."""
    known = {m["key"] for m in then["measures"]} if then else set()
    return [m for m in now["measures"] if m["key"] not in known]
