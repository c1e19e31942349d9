"""Answers as 95558 fetches them: in the order in which they were committed, none missed.

An answer gets its position only once it is committed, under a lock that the next numbering waits
for: whoever asks for what is after N cannot overlook one that was begun earlier and committed
later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database.locks import lock_number
from escalation.area_sql import COMPLAINT_SEEN
from escalation.hotline_orders import feedback_of
from escalation.hotline_words import WORDS
from escalation.house import House

MOST = 200
_LOCK = sa.text("SELECT pg_advisory_xact_lock(:lock)")
_WAITING = sa.text("SELECT EXISTS (SELECT FROM hotline_feedback WHERE position IS NULL)")
_NUMBER = sa.text(
    "UPDATE hotline_feedback f SET position = n.position FROM (SELECT id, row_number() OVER"
    " (ORDER BY id) + (SELECT coalesce(max(position), 0) FROM hotline_feedback) AS position"
    " FROM hotline_feedback WHERE position IS NULL) AS n WHERE f.id = n.id"
)


def number_new(connection: Connection) -> bool:
    """Give every committed answer without a position the next one; whether there were any."""
    if not connection.scalar(_WAITING):
        return False
    connection.execute(_LOCK, {"lock": lock_number("hotline:positions")})
    return bool(connection.execute(_NUMBER).rowcount)


_READ = sa.text(
    f"SELECT {WORDS}, w.round, w.result, w.at, w.by_name, w.due_at, w.position, o.complaint_id,"  # noqa: S608
    " o.source, o.number, c.unit_id, c.home_unit_id FROM hotline_feedback w"
    " JOIN hotline_orders o ON o.complaint_id = w.complaint_id"
    " JOIN complaints c ON c.id = w.complaint_id"
    f" WHERE w.position IS NOT NULL AND {COMPLAINT_SEEN}"
    " AND (CAST(:sources AS text[]) IS NULL OR o.source = ANY(:sources))"
    " AND CASE WHEN CAST(:after AS bigint) IS NULL"
    "  THEN w.delivered_real IS NULL AND w.fetched_real IS NULL ELSE w.position > :after END"
    " ORDER BY w.position LIMIT :most"
)


def after(
    connection: Connection, house: House, position: int | None, sources: Sequence[str] | None,
    most: int,
) -> dict[str, Any]:  # fmt: skip
    """``{"feedback": [...], "after": N}``: answers after a position, or, with None, all that
    were neither delivered nor fetched. MissingKey, Refused."""
    rows = connection.execute(_READ, {
        "after": position, "area": house.area, "most": min(most, MOST) + 1,
        "sources": None if sources is None else list(sources),
    }).all()  # fmt: skip
    shown = rows[: min(most, MOST)]
    return {
        "feedback": [feedback_of(house, row, row) for row in shown],
        "after": shown[-1].position if shown else position,
        "more": len(rows) > len(shown),
    }


_FETCHED = sa.text(
    "UPDATE hotline_feedback w SET fetched_real = clock_timestamp(), state = 'delivered'"  # noqa: S608
    " FROM hotline_orders o, complaints c WHERE o.complaint_id = w.complaint_id"
    f" AND c.id = w.complaint_id AND w.id = ANY(:ids) AND {COMPLAINT_SEEN}"
    " AND (CAST(:sources AS text[]) IS NULL OR o.source = ANY(:sources))"
    " AND w.fetched_real IS NULL"
)


def fetched(
    connection: Connection, house: House, ids: Sequence[int], sources: Sequence[str] | None
) -> int:
    """95558 has these; they are not sent any more. How many it had not said so of before."""
    return connection.execute(_FETCHED, {
        "ids": list(ids), "area": house.area,
        "sources": None if sources is None else list(sources),
    }).rowcount  # fmt: skip
