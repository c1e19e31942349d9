"""What `/hotline` shows: figures, orders by their clock, one order with all that was said of it.

Words are masked as in a complaint's file: who needs them in the clear reveals that file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.hotline_rules import Order, Step, after
from core.clock import SHANGHAI, iso
from core.errors import NotFound
from database.connection import business_now
from escalation import complaint_search, hotline_lists
from escalation.area_sql import COMPLAINT_SEEN
from escalation.hotline_orders import ROW, feedback_rows, head_of, update_rows
from escalation.hotline_words import opened
from escalation.house import House
from escalation.ids import feedback_id
from escalation.sealing import TEXTS

Chosen = Literal["owed", "late", "answered", "over", "all"]
CHOICES: tuple[str, ...] = get_args(Chosen)
MOST = 200

#: chosen -> which orders, and in which order
_WHERE: dict[str, str] = {
    "owed": "o.state IN ('open', 'returned')",
    "late": "o.state IN ('open', 'returned') AND o.due_at < :now",
    "answered": "o.state = 'answered'",
    "over": "o.state IN ('closed', 'withdrawn')",
    "all": "true",
}
_BY: dict[str, str] = {
    "owed": "o.due_at NULLS LAST, o.complaint_id",
    "late": "o.due_at, o.complaint_id",
    "answered": "o.state_at, o.complaint_id",
    "over": "o.state_at DESC, o.complaint_id",
    "all": "o.received_at DESC, o.complaint_id DESC",
}
_FIGURES = sa.text(
    "SELECT count(*) FILTER (WHERE o.state IN ('open', 'returned')) AS owed,"  # noqa: S608
    " count(*) FILTER (WHERE o.state IN ('open', 'returned') AND o.due_at < :now) AS late,"
    " min(o.due_at) FILTER (WHERE o.state IN ('open', 'returned') AND o.due_at >= :now) AS next,"
    " count(*) FILTER (WHERE o.state = 'returned') AS returned,"
    " count(*) FILTER (WHERE o.state = 'answered') AS answered,"
    " count(*) FILTER (WHERE o.received_at >= :today) AS came,"
    " count(*) FILTER (WHERE o.state IN ('closed', 'withdrawn')) AS ended"
    " FROM hotline_orders o JOIN complaints c ON c.id = o.complaint_id"
    " WHERE (o.state NOT IN ('closed', 'withdrawn') OR o.state_at >= :today"
    f"  OR o.received_at >= :today) AND {COMPLAINT_SEEN}"
)


@dataclass(frozen=True)
class Wanted:
    """Which orders: by state, of a unit (its path, or None), a part of their number."""

    chosen: Chosen = "owed"
    path: str | None = None
    number: str = ""


def listed(connection: Connection, house: House, wanted: Wanted) -> dict[str, Any]:
    """``{"now", "figures", "orders", "more"}`` of the viewer's area."""
    now = business_now(connection)
    given = {"now": now, "area": house.area}
    rows = connection.execute(
        sa.text(
            f"SELECT {ROW} FROM hotline_orders o JOIN complaints c ON c.id = o.complaint_id"  # noqa: S608
            f" WHERE {_WHERE[wanted.chosen]} AND {COMPLAINT_SEEN}"
            " AND (CAST(:path AS text) IS NULL OR EXISTS (SELECT FROM units u"
            "  WHERE u.id = coalesce(c.home_unit_id, c.unit_id) AND starts_with(u.path, :path)))"
            " AND (:number = '' OR position(lower(:number) IN lower(o.number)) > 0)"
            f" ORDER BY {_BY[wanted.chosen]} LIMIT :most"
        ),
        {**given, "path": wanted.path, "number": wanted.number, "most": MOST + 1},
    ).all()
    return {
        "now": iso(now), "figures": _figures(connection, house, now),
        "orders": [_line(house, row, now) for row in rows[:MOST]], "more": len(rows) > MOST,
    }  # fmt: skip


def _figures(connection: Connection, house: House, now: datetime) -> dict[str, Any]:
    today = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    row = connection.execute(
        _FIGURES, {"now": now, "today": today, "area": house.area}
    ).one()  # fmt: skip
    differ = hotline_lists.unsettled(connection, house, today.date() - timedelta(days=31))
    return {
        "owed": row.owed, "late": row.late, "next": iso(row.next), "returned": row.returned,
        "answered": row.answered, "came": row.came, "ended": row.ended, "differ": differ,
    }  # fmt: skip


def _line(house: House, row: sa.Row[Any], now: datetime) -> dict[str, Any]:
    state = Order(row.state)
    return {
        **head_of(house, row),
        "late": row.due_at is not None and after(state, Step.ANSWER) is not None
        and row.due_at < now,
        "may": [step.value for step in Step if after(state, step) is not None],
    }  # fmt: skip


_ONE = sa.text(
    f"SELECT {TEXTS}, {ROW} FROM hotline_orders o JOIN complaints c ON c.id = o.complaint_id"  # noqa: S608
    f" WHERE o.complaint_id = :id AND {COMPLAINT_SEEN}"
)


def one(connection: Connection, house: House, complaint: int) -> dict[str, Any]:
    """An order with its answers and what 95558 said since, masked. NotFound."""
    row = connection.execute(_ONE, {"id": complaint, "area": house.area}).one_or_none()
    if row is None:
        raise NotFound("work_order")
    now = business_now(connection)
    texts, parties = complaint_search.opened(connection, house, row)

    def masked(words: str | None) -> str | None:
        return complaint_search.masked_text(words, parties)

    return {
        "now": iso(now), **_line(house, row, now),
        "texts": None if texts is None else {k: masked(v) for k, v in texts.items()},
        "feedback": [
            {"feedback": feedback_id(f.id), "round": f.round, "result": f.result,
             "words": masked(opened(house.vault, "hotline_feedback", f)), "at": iso(f.at),
             "by": f.by_name, "late": f.due_at is not None and f.at > f.due_at,
             "verdict": f.verdict, "verdict_at": iso(f.verdict_at),
             "sent": _sent(f), "attempts": f.attempts, "error": f.error}
            for f in feedback_rows(connection, complaint)
        ],
        "updates": [
            {"kind": u.kind, "at": iso(u.said_at),
             "words": masked(opened(house.vault, "hotline_updates", u))}
            for u in update_rows(connection, complaint)
        ],
    }  # fmt: skip


def _sent(row: sa.Row[Any]) -> str:
    """How far an answer has come: waiting, trying, failed, delivered, fetched, or kept."""
    if row.fetched_real is not None:
        return "fetched"
    if row.state in ("delivered", "failed", "kept"):
        return str(row.state)
    return "trying" if row.attempts else "waiting"
