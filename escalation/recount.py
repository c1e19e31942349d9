"""Recounting keys: after clients were found to be one, after a correction, as windows roll on.

Counts may fall; an incident never un-opens by itself. Called with the keys' locks held.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.counting import Standing, standing
from database.locks import take as take_locks
from escalation.client_link import Linked
from escalation.house import House
from escalation.intake_sql import read_events
from escalation.members import refresh_counts


def after_merge(
    connection: Connection, house: House, linked: Linked, own: set[str], now: datetime
) -> None:
    """Mend the counts of every key and incident in which merged clients were counted apart."""
    clients = sorted({*linked.client_ids, *linked.merged.values()})
    keys = connection.scalars(
        sa.text("SELECT DISTINCT key FROM key_events WHERE client_id = ANY(:ids) AND NOT spent"
                " AND complaint_id IN (SELECT complaint_id FROM complaint_parties"
                " WHERE client_id = ANY(:ids))"),
        {"ids": clients},
    ).all()  # fmt: skip
    recount(connection, house, set(keys) - own, now)
    for incident in connection.scalars(
        sa.text(
            "SELECT DISTINCT incident_id FROM incident_clients"
            " WHERE client_id = ANY(:ids) ORDER BY 1"
        ),
        {"ids": clients},
    ).all():
        refresh_counts(connection, incident)


def recount(connection: Connection, house: House, keys: Iterable[str], now: datetime) -> None:
    """Bring each key's stored count and state to what counts now."""
    rules = {rule.kind: rule for rule in house.plan.counting.keys}
    for key in sorted(keys):
        row = connection.execute(
            sa.text("SELECT kind, incident_id, headcount, headcount_at FROM key_states"
                    " WHERE key = :key"),
            {"key": key},
        ).one_or_none()  # fmt: skip
        if row is None or row.kind not in rules:
            continue
        if row.incident_id is not None:
            _recount_open(connection, key)
        else:
            rule = rules[row.kind]
            events = read_events(connection, key, now - rule.window, now + rule.window)
            shown = standing(rule, events, now, heads=row.headcount, heads_at=row.headcount_at)
            _show(connection, key, shown, now)


def _recount_open(connection: Connection, key: str) -> None:
    connection.execute(
        sa.text(
            "UPDATE key_states s SET clients = (SELECT count(DISTINCT e.client_id)"
            " FROM key_events e JOIN incident_clients i ON i.client_id = e.client_id"
            " JOIN complaints c ON c.id = e.complaint_id WHERE e.key = s.key AND NOT e.spent"
            " AND i.incident_id = s.incident_id AND c.incident_id IS NOT NULL)"
            " WHERE s.key = :key"
        ),
        {"key": key},
    )


def _show(connection: Connection, key: str, shown: Standing, now: datetime) -> None:
    connection.execute(
        sa.text(
            "UPDATE key_states SET clients = :clients, state = :state, refresh_at = :refresh,"
            " since = CASE WHEN state = :state THEN since ELSE :now END WHERE key = :key"
        ),
        {
            "clients": shown.clients,
            "state": shown.state.value,
            "refresh": shown.refresh_at,
            "now": now,
            "key": key,
        },
    )


def roll_watches(connection: Connection, house: House, now: datetime, *, most: int = 50) -> int:
    """Let watches fall back whose oldest client has left the window; returns how many."""
    keys = connection.scalars(
        sa.text(
            "SELECT key FROM key_states WHERE state = 'watch' AND refresh_at <= :now"
            " ORDER BY refresh_at LIMIT :most"
        ),
        {"now": now, "most": most},
    ).all()
    if keys:
        take_locks(connection, (), keys)
        recount(connection, house, keys, now)
    return len(keys)
