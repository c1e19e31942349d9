"""Clocks on an incident: clauses of the plan that came due for somebody.

A duty keeps the plan's version, the clause as it stood and how its due time was worked out. It is
fulfilled only by its evidence; a breach is noted and does not end it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.durations import format_span
from database import journal
from escalation.house import House
from escalation.telling import Case


def create(connection: Connection, house: House, case: Case, event: str, now: datetime) -> None:
    """Start the clock of every clause that this event makes due, once for a seat in a tree."""
    tree = house.tree(connection)
    for clause in house.plan.clauses:
        if clause.event != event:
            continue
        seat = tree.seat(case.unit_id, clause.who)
        if seat is None:  # head office's own: a branch's clocks start when its key joins the tree
            continue
        due = now + clause.within
        connection.execute(
            sa.text(
                "INSERT INTO duties (incident_id, clause, title_zh, title_en, role, unit_id,"
                " fulfilled_by, workings, plan_version, warn_at, due_at)"
                " SELECT :incident, :clause, :zh, :en, :role, :unit, :by,"
                " CAST(:workings AS jsonb), :version, CAST(:warn AS timestamptz), :due"
                " WHERE NOT EXISTS (SELECT 1 FROM duties d JOIN incidents n ON n.id = d.incident_id"
                "  JOIN incidents me ON me.id = :incident WHERE d.clause = :clause"
                "  AND d.unit_id = :unit AND n.state = 'open'"
                "  AND coalesce(n.parent_id, n.id) = coalesce(me.parent_id, me.id))"
                " ON CONFLICT DO NOTHING"
            ),
            {
                "incident": case.id,
                "clause": clause.id,
                "zh": clause.title.zh,
                "en": clause.title.en,
                "role": clause.who.value,
                "unit": seat.id,
                "by": clause.fulfilled_by,
                "workings": json.dumps(
                    {
                        "from": iso(now),
                        "event": event,
                        "within": format_span(clause.within),
                        "clock": "elapsed",
                        "due": iso(due),
                    }
                ),
                "version": house.plan.version,
                "warn": None if clause.warn is None else now + clause.warn,
                "due": due,
            },
        )


def fulfil(
    connection: Connection,
    incident_id: int,
    fulfilled_by: str,
    evidence: dict[str, Any],
    now: datetime,
    actor: str,
    *,
    duty_id: int | None = None,
) -> int:
    """End open duties that this evidence fulfils; returns how many."""
    rows = connection.execute(
        sa.text(
            "UPDATE duties SET state = 'fulfilled', ended_at = :now,"
            " evidence = CAST(:evidence AS jsonb) WHERE incident_id = :incident"
            " AND fulfilled_by = :by AND state = 'open'"
            " AND (CAST(:duty AS bigint) IS NULL OR id = :duty) RETURNING id, clause, title_zh,"
            " title_en, unit_id, due_at"
        ),
        {
            "now": now,
            "evidence": json.dumps(evidence),
            "incident": incident_id,
            "by": fulfilled_by,
            "duty": duty_id,
        },
    ).all()
    journal.write(
        connection,
        now,
        *(
            journal.Entry(
                verb="duty_fulfilled",
                subject=f"duty:{row.id}",
                actor=actor,
                incident_id=incident_id,
                unit_id=row.unit_id,
                after={
                    "clause": row.clause,
                    "late": now > row.due_at,
                    "evidence": evidence,
                    **_titles(row),
                },
            )
            for row in rows
        ),
    )
    return len(rows)


def _titles(row: sa.Row[Any]) -> dict[str, str]:
    return {"title_zh": row.title_zh, "title_en": row.title_en}


_CLOCKS = (
    (
        "warned_at",
        "warn_at",
        "duty_warned",
        "SELECT d.id, d.clause, d.title_zh, d.title_en, d.incident_id, d.unit_id, d.due_at"
        " FROM duties d"
        " JOIN incidents n ON n.id = d.incident_id WHERE d.state = 'open' AND n.state = 'open'"
        " AND d.warned_at IS NULL AND d.warn_at <= :now LIMIT 200 FOR UPDATE OF d SKIP LOCKED",
        "UPDATE duties SET warned_at = :now WHERE id = ANY(:ids)",
    ),
    (
        "breached_at",
        "due_at",
        "duty_breached",
        "SELECT d.id, d.clause, d.title_zh, d.title_en, d.incident_id, d.unit_id, d.due_at"
        " FROM duties d"
        " JOIN incidents n ON n.id = d.incident_id WHERE d.state = 'open' AND n.state = 'open'"
        " AND d.breached_at IS NULL AND d.due_at <= :now LIMIT 200 FOR UPDATE OF d SKIP LOCKED",
        "UPDATE duties SET breached_at = :now WHERE id = ANY(:ids)",
    ),
)


def run_clocks(connection: Connection, now: datetime) -> int:
    """Note every warning and breach whose time has come, once each; returns how many."""
    done = 0
    for _column, _time, verb, select, update in _CLOCKS:
        rows = connection.execute(sa.text(select), {"now": now}).all()
        if not rows:
            continue
        connection.execute(sa.text(update), {"now": now, "ids": [row.id for row in rows]})
        journal.write(
            connection,
            now,
            *(
                journal.Entry(
                    verb=verb,
                    subject=f"duty:{row.id}",
                    actor="engine",
                    incident_id=row.incident_id,
                    unit_id=row.unit_id,
                    after={"clause": row.clause, "due": iso(row.due_at), **_titles(row)},
                )
                for row in rows
            ),
        )
        done += len(rows)
    return done
