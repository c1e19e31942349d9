"""My tickets: what I own, what my role owns, or nobody's role of my unit, what is offered to me; by
the clock that runs next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from database.ticket_tables import OPEN
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import complaint_number

MOST = 200


@dataclass(frozen=True)
class Mine:
    """Who asks: a person, the roles that they hold, their unit and all below it."""

    person_id: int | None
    roles: tuple[str, ...]
    unit_id: int
    area: str


#: The next clock: of a duty, or of the promise to the client.
CLOCK = (
    " LEFT JOIN LATERAL (SELECT d.due_at, d.clause, d.title_zh, d.title_en FROM duties d"
    "  WHERE d.complaint_id = t.complaint_id AND d.state = 'open'"
    "  ORDER BY d.due_at, d.id LIMIT 1) d ON true"
)
_COLUMNS = (
    "t.complaint_id, t.stage, t.round, t.received_at, t.channel, t.product, t.amount, t.priority,"
    " t.unit_id, t.owner_role, t.owner_unit_id, t.owner_person_id, t.class_id, t.promised_at,"
    " t.promise_lapsed_at, t.told_at, t.held, t.passes, t.major_risk, t.reopened, t.version,"
    " d.due_at, d.clause, d.title_zh, d.title_en, h.id AS offered, h.reason AS offer_reason,"
    " c.incident_id, p.name AS owner"
)
_MINE = sa.text(
    f"SELECT {_COLUMNS}, least(d.due_at, CASE WHEN t.told_at IS NULL THEN t.promised_at END)"  # noqa: S608
    f" AS next_at FROM tickets t JOIN complaints c ON c.id = t.complaint_id{CLOCK}"
    " LEFT JOIN ticket_handovers h ON h.complaint_id = t.complaint_id AND h.state = 'offered'"
    "  AND (h.to_person_id = :person OR (h.to_person_id IS NULL AND h.to_role = ANY(:roles)"
    "   AND h.to_unit_id IN (SELECT id FROM units WHERE starts_with(path, :area))))"
    " LEFT JOIN people p ON p.id = t.owner_person_id"
    f" WHERE t.{OPEN} AND (t.about_person_id IS NULL OR t.about_person_id IS DISTINCT FROM :person)"
    " AND (t.owner_person_id = :person OR (t.owner_unit_id = :unit AND (p.id IS NULL"
    # whoever has left, or is elsewhere now, or whom it is about, has nothing in hand any more
    "   OR NOT p.active OR p.unit_id <> t.owner_unit_id OR p.id = t.about_person_id)"
    "  AND (t.owner_role IS NULL OR t.owner_role = ANY(:roles)"
    # a seat that nobody holds leaves a ticket to everybody of its unit, never to nobody
    "   OR NOT EXISTS (SELECT FROM team_members m JOIN people q ON q.id = m.person_id AND q.active"
    "    WHERE m.unit_id = t.owner_unit_id AND m.role = t.owner_role"
    "    AND q.id IS DISTINCT FROM t.about_person_id))) OR h.id IS NOT NULL)"
    " ORDER BY h.id IS NULL, t.priority = 0, next_at NULLS LAST, t.priority DESC,"
    " t.complaint_id LIMIT :most"
)


def read(connection: Connection, house: House, mine: Mine, now: datetime) -> dict[str, Any]:
    """``{"now", "tickets", "late", "offered", "more"}``; offered first, then what its flags or its
    amount put first, each by the next clock."""
    rows = connection.execute(
        _MINE,
        {"person": mine.person_id, "roles": list(mine.roles), "unit": mine.unit_id,
         "area": mine.area, "most": MOST + 1},
    ).all()  # fmt: skip
    tickets = [line(house, row, now) for row in rows[:MOST]]
    return {
        "now": iso(now), "tickets": tickets, "more": len(rows) > MOST,
        "late": sum(t["late"] for t in tickets), "offered": sum(t["offered"] for t in tickets),
    }  # fmt: skip


_THEIR_CLOCK = sa.text(
    "SELECT DISTINCT ON (complaint_id) complaint_id, due_at, clause, title_zh, title_en"
    " FROM duties WHERE complaint_id = ANY(:ids) AND state = 'open'"
    " ORDER BY complaint_id, due_at, id"
)


def with_clocks(connection: Connection, found: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The same with each ticket's next clock, wherever it runs, by which they are put in order: a
    branch's clock on my ticket is mine to know of. Read over the whole bank, for tickets that the
    caller was shown."""
    bare = {complaint_number(t["complaint"]): t for t in found["tickets"]}
    for row in connection.execute(_THEIR_CLOCK, {"ids": list(bare)}) if bare else ():
        ticket = bare[row.complaint_id]
        due = iso(row.due_at)
        if ticket["next_at"] is None or due < ticket["next_at"]:
            ticket |= {"next_at": due, "late": row.due_at <= now, "clause": row.clause,
                       "title_zh": row.title_zh, "title_en": row.title_en}  # fmt: skip
    ordered = sorted(found["tickets"], key=lambda t: (
        not t["offered"], t["priority"] == 0, t["next_at"] or "9", -t["priority"], t["complaint"]
    ))  # fmt: skip
    return {**found, "tickets": ordered, "late": sum(t["late"] for t in ordered)}


def line(house: House, row: sa.Row[Any], now: datetime) -> dict[str, Any]:
    """One ticket of a list: nobody's name, nobody's words."""
    tree = house.tree()
    return {
        "complaint": public_complaint(row.complaint_id), "stage": row.stage, "round": row.round,
        "received_at": iso(row.received_at), "channel": row.channel, "product": row.product,
        "priority": row.priority, "unit": tree.get(row.unit_id).short_name,
        "owner_role": row.owner_role, "owner": row.owner, "class": row.class_id,
        "owner_unit": tree.get(row.owner_unit_id).short_name if row.owner_unit_id else None,
        "next_at": iso(row.next_at), "late": row.next_at is not None and row.next_at <= now,
        "clause": row.clause, "title_zh": row.title_zh, "title_en": row.title_en,
        "promised_at": iso(row.promised_at), "promise_lapsed": row.promise_lapsed_at is not None,
        "held": row.held, "bounced": row.passes >= 2, "major_risk": row.major_risk,
        "reopened": row.reopened, "offered": row.offered is not None,
        "offer_reason": row.offer_reason, "version": row.version,
        "incident": row.incident_id is not None,
    }  # fmt: skip
