"""Head office is called where nobody there has acknowledged in time, whatever the ladder does."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database import journal
from escalation.house import House
from escalation.ladder import case_in
from escalation.telling import tell_roles

_PAGE = sa.text(
    "SELECT l.incident_id, l.page_at, n.code, n.unit_id, n.product, n.clients, n.headcount,"
    " n.opened_at FROM ladders l JOIN incidents n ON n.id = l.incident_id"
    " WHERE l.paged_at IS NULL AND l.page_at <= :now AND n.state = 'open'"
    " AND (CAST(:only AS bigint) IS NULL OR l.incident_id = :only)"
    " ORDER BY l.page_at LIMIT 1 FOR UPDATE OF l SKIP LOCKED"
)


def page(connection: Connection, house: House, now: datetime, only: int | None = None) -> bool:
    """Call head office about one incident whose time has come; False when none is due."""
    row = connection.execute(_PAGE, {"now": now, "only": only}).one_or_none()
    if row is None:
        return False
    connection.execute(
        sa.text("UPDATE ladders SET paged_at = :now WHERE incident_id = :id"),
        {"now": now, "id": row.incident_id},
    )
    acknowledged = connection.scalar(
        sa.text(
            "SELECT EXISTS (SELECT 1 FROM acknowledgements a JOIN incidents n ON n.id = :id"
            " WHERE a.head_office AND (a.incident_id = n.id"
            "  OR a.incident_id = n.parent_id AND a.at >= n.opened_at))"
        ),
        {"id": row.incident_id},
    )
    if acknowledged:
        return True
    roles = house.plan.ladder.head_office_page.roles
    told = tell_roles(
        connection, house, case_in(row), roles, wording="head_office", now=now, due_at=row.page_at
    )
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="head_office_paged",
            subject=f"incident:{row.incident_id}",
            actor="engine",
            incident_id=row.incident_id,
            unit_id=row.unit_id,
            after=told.detail(),
        ),
    )
    return True
