"""The journal as an auditor searches it (SG-06, SG-08): who did what, when, why, before and after.

Entries refer to clients and staff by number; accounts are named, for an auditor asks who it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import unknown_unit
from core.clock import iso
from core.errors import InvalidInput
from database import journal
from escalation.area_sql import unit_seen
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.incident_words import sentence

MOST = 200
#: Entries checked in one step of a verification that a page follows.
STEP = 20_000


@dataclass(frozen=True)
class Wanted:
    """What is searched for; None is anything. `before` is the last number of the page before."""

    actor: str | None = None
    verb: str | None = None
    subject: str | None = None
    incident_id: int | None = None
    unit: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = 50


_WHERE = (
    "(CAST(:actor AS text) IS NULL OR starts_with(j.actor, :actor) OR j.actor LIKE '%:' || :actor)"
    " AND (CAST(:verb AS text) IS NULL OR j.verb = :verb)"
    " AND (CAST(:subject AS text) IS NULL OR j.subject = :subject)"
    " AND (CAST(:incident AS bigint) IS NULL OR j.incident_id = :incident)"
    " AND (CAST(:path AS text) IS NULL OR EXISTS (SELECT FROM units u WHERE u.id = j.unit_id"
    "  AND starts_with(u.path, :path)))"
    " AND (CAST(:since AS timestamptz) IS NULL OR j.at >= :since)"
    " AND (CAST(:until AS timestamptz) IS NULL OR j.at < :until)"
    " AND (CAST(:before AS bigint) IS NULL OR j.id < :before)"
)
_ACCOUNTS = sa.text("SELECT id, name FROM accounts WHERE id = ANY(:ids)")


def search(connection: Connection, house: House, wanted: Wanted) -> dict[str, Any]:
    """``{"entries": [...], "before": N or None}``, newest first; InvalidInput for no such unit."""
    path = None
    if wanted.unit:
        unit = house.tree(connection).by_code(wanted.unit)
        if unit is None or not unit.path.startswith(house.area):
            raise InvalidInput([unknown_unit()])
        path = unit.path
    limit = max(1, min(wanted.limit, MOST))
    rows = connection.execute(
        sa.text(
            "SELECT j.* FROM journal j"  # noqa: S608
            f" WHERE {_WHERE} AND {unit_seen('j.unit_id')} ORDER BY j.id DESC LIMIT :most"
        ),
        {
            "actor": wanted.actor, "verb": wanted.verb, "subject": wanted.subject,
            "incident": wanted.incident_id, "path": path, "since": wanted.since,
            "until": wanted.until, "before": wanted.before, "most": limit + 1,
            "area": house.area,
        },
    ).all()  # fmt: skip
    shown = rows[:limit]
    return {
        "entries": [_entry(house, row) for row in shown],
        "before": shown[-1].id if len(rows) > limit else None,
    }


def _entry(house: House, row: sa.Row[Any]) -> dict[str, Any]:
    zh, en = sentence(row.verb, row.after or {}, row.reason)
    unit = house.tree().get(row.unit_id) if row.unit_id else None
    return {
        "id": row.id, "at": iso(row.at), "real_at": iso(row.real_at), "actor": row.actor,
        "verb": row.verb, "zh": zh, "en": en, "subject": row.subject,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
        "unit": unit.code if unit else None, "unit_name": unit.short_name if unit else None,
        "reason": row.reason, "before": row.before, "after": row.after,
        "sealed": row.seal is not None,
    }  # fmt: skip


def account_names(connection: Connection, actors: list[str]) -> dict[str, str]:
    """The name behind each ``web:ROLE:ID`` or ``account:ID``.

    Read over the whole bank, for accounts have no area.
    """
    ids = {actor: int(actor.rsplit(":", 1)[1]) for actor in actors if _of_account(actor)}
    rows = connection.execute(_ACCOUNTS, {"ids": sorted(set(ids.values()))})
    names = {row.id: row.name for row in rows}
    return {actor: names[number] for actor, number in ids.items() if number in names}


def _of_account(actor: str) -> bool:
    kind, _, number = actor.rpartition(":")
    return (kind.startswith("web:") or kind == "account") and number.isdecimal()


def verify_step(connection: Connection, after: int, previous: bytes) -> dict[str, Any]:
    """Check the next `STEP` entries of the chain from a place whose hash is known.

    ``{"place", "hash", "total", "unsealed", "done", "broken_at", "why"}``: the page asks again
    with place and hash until it is done, and so can show how far it is.
    """
    step = journal.verify_from(connection, after, previous, STEP)
    totals = connection.execute(
        sa.text("SELECT coalesce(max(seal), 0) AS sealed,"
                " count(*) FILTER (WHERE seal IS NULL) AS unsealed FROM journal")
    ).one()  # fmt: skip
    return {
        "place": step.place, "hash": step.head.hex(), "total": totals.sealed,
        "unsealed": totals.unsealed, "broken_at": step.broken_at, "why": step.why,
        "done": step.broken_at is not None or step.place >= totals.sealed,
    }  # fmt: skip
