"""Who belongs to which incident: complaints and clients in it, nodes of a tree, keys involved.

Called with the counting locks of all keys involved held; incidents are locked in id order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database import journal
from escalation.crowds import OpenNode
from escalation.house import House


def add_members(
    connection: Connection, incident_id: int, complaint_ids: Iterable[int], now: datetime
) -> int:
    """Count the principals of these complaints in the incident (and its parent).

    Complaints that belong to no incident yet become this one's. Returns how many clients are new
    to the incident.
    """
    ids = sorted(set(complaint_ids))
    connection.execute(
        sa.text(
            "UPDATE complaints SET incident_id = :incident"
            " WHERE id = ANY(:ids) AND incident_id IS NULL"
        ),
        {"incident": incident_id, "ids": ids},
    )
    added = connection.execute(
        _COUNT_IN, {"incident": incident_id, "ids": ids, "now": now}
    ).rowcount
    refresh_counts(connection, incident_id)
    return added


_COUNT_IN = sa.text(
    "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"
    " SELECT DISTINCT ON (n.id, p.client_id) n.id, p.client_id, p.complaint_id,"
    " CAST(:now AS timestamptz)"
    " FROM complaint_parties p, incidents n"
    " WHERE p.complaint_id = ANY(:ids) AND p.role = 'principal' AND p.client_id IS NOT NULL"
    " AND n.id IN (SELECT id FROM incidents WHERE id = :incident"
    "              UNION SELECT parent_id FROM incidents WHERE id = :incident)"
    " ORDER BY n.id, p.client_id, p.complaint_id ON CONFLICT DO NOTHING"
)


def refresh_counts(connection: Connection, incident_id: int) -> None:
    """Recompute an incident's and its parent's numbers from who is counted in them.

    The rows are locked by a statement of their own: one that waits and counts in one go would
    count what it saw before it waited.
    """
    ids = connection.scalars(
        sa.text(
            "SELECT id FROM incidents WHERE id = :id"
            " OR id = (SELECT parent_id FROM incidents WHERE id = :id)"
            " ORDER BY id FOR NO KEY UPDATE"
        ),
        {"id": incident_id},
    ).all()
    for number in ids:
        connection.execute(
            sa.text(
                "UPDATE incidents SET clients = t.clients, unidentified = t.unidentified FROM ("
                " SELECT count(*) AS clients,"
                " count(*) FILTER (WHERE NOT c.identified) AS unidentified"
                " FROM incident_clients i JOIN clients c ON c.id = i.client_id"
                " WHERE i.incident_id = :id) AS t WHERE id = :id"
            ),
            {"id": number},
        )


def widen_unit(connection: Connection, house: House, incident_id: int, unit_id: int) -> None:
    """Lift the incident's unit until it covers `unit_id` as well."""
    tree = house.tree(connection)
    current = connection.execute(
        sa.text("SELECT unit_id FROM incidents WHERE id = :id FOR NO KEY UPDATE"),
        {"id": incident_id},
    ).scalar_one()
    common = tree.common([current, unit_id])
    if common.id != current:
        connection.execute(
            sa.text("UPDATE incidents SET unit_id = :unit WHERE id = :id"),
            {"unit": common.id, "id": incident_id},
        )


def touched_nodes(connection: Connection, complaint_ids: Iterable[int]) -> list[OpenNode]:
    """Open incidents that hold one of these complaints, locked in id order with their roots."""
    ids = connection.scalars(
        sa.text(
            "SELECT DISTINCT n.id FROM complaints c JOIN incidents n ON n.id = c.incident_id"
            " WHERE c.id = ANY(:ids) AND n.state = 'open'"
        ),
        {"ids": sorted(set(complaint_ids))},
    ).all()
    return lock_nodes(connection, ids)


def tickets_under(
    connection: Connection, key: str, now: datetime, window: timedelta
) -> list[tuple[int, int]]:
    """(complaint, client) of whoever counts under a key in the rolling window of `now`."""
    rows = connection.execute(
        sa.text(
            "SELECT complaint_id, client_id FROM key_events WHERE key = :key AND NOT spent"
            " AND received_at BETWEEN :low AND :high ORDER BY received_at, complaint_id"
        ),
        {"key": key, "low": now - window, "high": now + window},
    )
    return [(row.complaint_id, row.client_id) for row in rows]


def keys_involved(
    connection: Connection, complaint_ids: Iterable[int], roots: Iterable[int]
) -> set[str]:
    """Every key under which these complaints count or that belongs to these incidents' trees."""
    return set(
        connection.scalars(
            sa.text(
                "SELECT key FROM key_events WHERE complaint_id = ANY(:ids) AND NOT spent"
                " UNION SELECT k.key FROM incident_keys k JOIN incidents n ON n.id = k.incident_id"
                " WHERE k.open AND coalesce(n.parent_id, n.id) = ANY(:roots)"
            ),
            {"ids": sorted(set(complaint_ids)), "roots": sorted(set(roots))},
        )
    )


def lock_nodes(connection: Connection, ids: Sequence[int]) -> list[OpenNode]:
    """Lock these incidents and their parents in id order; the open ones are returned."""
    if not ids:
        return []
    connection.execute(
        sa.text(
            "SELECT id FROM incidents WHERE id = ANY(:ids) OR id IN (SELECT parent_id"
            " FROM incidents WHERE id = ANY(:ids)) ORDER BY id FOR NO KEY UPDATE"
        ),
        {"ids": list(ids)},
    )
    rows = connection.execute(
        sa.text(
            "SELECT n.id, coalesce(n.parent_id, n.id) AS root, EXISTS (SELECT 1 FROM incidents c"
            " WHERE c.parent_id = n.id) AS is_parent FROM incidents n"
            " WHERE n.id = ANY(:ids) AND n.state = 'open' ORDER BY n.id"
        ),
        {"ids": list(ids)},
    )
    return [OpenNode(r.id, r.root, r.is_parent) for r in rows]


def put_under(
    connection: Connection, parent: int, children: Sequence[int], now: datetime, actor: str
) -> None:
    """Make `children` (roots) children of `parent`; they keep codes, duties, acknowledgements.

    A root that is a parent itself hands its children over and becomes a child like them, so that
    a tree is never deeper than two.
    """
    for child in children:
        moved = connection.execute(
            sa.text(
                "UPDATE incidents SET parent_id = :parent WHERE id = :child OR parent_id = :child"
            ),
            {"parent": parent, "child": child},
        ).rowcount
        if moved > 1:  # what was under it is so no longer
            keep_own(connection, child)
        journal.write(
            connection,
            now,
            journal.Entry(
                verb="incident_grouped",
                subject=f"incident:{child}",
                actor=actor,
                incident_id=child,
                after={"parent": parent},
            ),
        )
    connection.execute(
        sa.text(
            "INSERT INTO incident_clients (incident_id, client_id, complaint_id, counted_at)"
            " SELECT DISTINCT ON (client_id) CAST(:parent AS bigint), client_id, complaint_id,"
            " counted_at"
            " FROM incident_clients WHERE incident_id IN"
            " (SELECT id FROM incidents WHERE parent_id = :parent)"
            " ORDER BY client_id, counted_at ON CONFLICT DO NOTHING"
        ),
        {"parent": parent},
    )
    refresh_counts(connection, parent)


#: Whether a complaint's entry under a key (e) counted in an incident (me): it does still, or its
#: own incident (o) ended after this one opened, or it did and is open again.
STILL_OR_HAD = "(NOT e.spent OR o.stood_down_at IS NULL OR o.stood_down_at >= me.opened_at)"
#: Why a client counts in an incident: a complaint that belongs to it or to what is under it, or
#: one that counts under a key that one of them has (or did, until its own incident ended).
_REASONS = (
    "SELECT p.client_id, c.id AS complaint_id FROM complaints c JOIN complaint_parties p"  # noqa: S608
    " ON p.complaint_id = c.id WHERE c.status = 'open' AND p.role = 'principal'"
    " AND p.client_id IS NOT NULL AND c.incident_id IN"
    " (SELECT id FROM incidents WHERE id = :id OR parent_id = :id)"
    " UNION SELECT e.client_id, e.complaint_id FROM incident_keys k JOIN key_events e"
    " ON e.key = k.key JOIN complaints c ON c.id = e.complaint_id AND c.status = 'open'"
    " JOIN incidents o ON o.id = c.incident_id JOIN incidents me ON me.id = :id"
    f" WHERE {STILL_OR_HAD} AND k.open AND k.incident_id IN"
    " (SELECT id FROM incidents WHERE id = :id OR parent_id = :id)"
)
_DROP = sa.text(
    f"WITH why AS ({_REASONS}) DELETE FROM incident_clients i WHERE i.incident_id = :id"  # noqa: S608
    " AND NOT EXISTS (SELECT 1 FROM why WHERE why.client_id = i.client_id)"
)
_POINT = sa.text(
    f"WITH why AS ({_REASONS}), best AS (SELECT client_id, min(complaint_id) AS complaint_id"  # noqa: S608
    " FROM why GROUP BY client_id) UPDATE incident_clients i SET complaint_id = b.complaint_id"
    " FROM best b WHERE i.incident_id = :id AND b.client_id = i.client_id AND NOT EXISTS"
    " (SELECT 1 FROM why WHERE why.client_id = i.client_id AND why.complaint_id = i.complaint_id)"
)


def keep_own(connection: Connection, incident_id: int) -> None:
    """After something left its tree: an incident keeps exactly who still has a reason there."""
    for statement in (_DROP, _POINT):
        connection.execute(statement, {"id": incident_id})
    refresh_counts(connection, incident_id)


def owner_of(connection: Connection, key: str) -> int | None:
    """The open incident that a key belongs to, or None."""
    value = connection.scalar(
        sa.text("SELECT incident_id FROM incident_keys WHERE key = :key AND open"), {"key": key}
    )
    return None if value is None else int(value)
