"""95558's daily list against ours: what differs is kept, and a list that did not come is noted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from datetime import time as day_time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.hotline_rules import Difference, differences
from complaints.work_order import DayList
from core.clock import SHANGHAI, iso
from core.errors import FieldFault, InvalidInput
from database import journal
from escalation.house import House
from escalation.ids import complaint_id as public_complaint

#: Ours of the day, and whichever of theirs we have under another day (a call at midnight).
_OURS = sa.text(
    "SELECT o.number, o.state, o.complaint_id FROM hotline_orders o WHERE o.source = :source"
    " AND (o.received_at >= :since AND o.received_at < :until OR o.number = ANY(:numbers))"
)
_INSERT = sa.text(
    "INSERT INTO hotline_lists (source, day, state, at, actor, entries, theirs, ours)"
    " VALUES (:source, :day, 'compared', :now, :actor, CAST(:entries AS jsonb), :theirs, :ours)"
    " RETURNING id"
)
_DIFFER = sa.text(
    "INSERT INTO hotline_differences (list_id, source, day, complaint_id, number, kind, theirs,"
    " ours) SELECT :list, :source, :day, n.complaint_id, n.number, n.kind, n.theirs, n.ours"
    " FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS n(complaint_id bigint, number text,"
    " kind text, theirs text, ours text)"
)
_SUPERSEDE = sa.text(
    "UPDATE hotline_differences SET superseded = true WHERE source = :source AND day = :day"
    " AND NOT superseded"
)


def span(day: date) -> tuple[datetime, datetime]:
    """Begin and end of a day of Asia/Shanghai. Pure."""
    begin = datetime.combine(day, day_time(), SHANGHAI)
    return begin, begin + timedelta(days=1)


def compare(
    connection: Connection, value: DayList, source: str, now: datetime, actor: str
) -> dict[str, Any]:
    """Compare a day's list with ours and keep what differs; the newest list of a day counts.

    InvalidInput for a day that has not begun.
    """
    since, until = span(value.day)
    if since > now:
        raise InvalidInput([FieldFault(
            "day", "日期尚未到", "has not begun", "请核对日期", "check the day"
        )])  # fmt: skip
    theirs = value.by_number()
    rows = connection.execute(_OURS, {
        "source": source, "since": since, "until": until, "numbers": list(theirs),
    }).all()  # fmt: skip
    ours = {row.number: row.state for row in rows}
    numbers = {row.number: row.complaint_id for row in rows}
    found = differences(theirs, ours)
    list_id = int(connection.execute(_INSERT, {
        "source": source, "day": value.day, "now": now, "actor": actor,
        "entries": json.dumps(theirs), "theirs": len(theirs), "ours": len(ours),
    }).scalar_one())  # fmt: skip
    connection.execute(_SUPERSEDE, {"source": source, "day": value.day})
    connection.execute(_DIFFER, {
        "list": list_id, "source": source, "day": value.day, "rows": _rows(found, numbers),
    })  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="hotline_compared", subject=f"hotline_list:{list_id}", actor=actor,
        after={"day": value.day.isoformat(), "source": source, "theirs": len(theirs),
               "ours": len(ours), "differences": len(found)},
    ))  # fmt: skip
    return {
        "day": value.day.isoformat(), "source": source, "at": iso(now), "theirs": len(theirs),
        "ours": len(ours), "differences": [vars(one) for one in found],
    }  # fmt: skip


def _rows(found: Sequence[Difference], numbers: Mapping[str, int]) -> str:
    return json.dumps([{**vars(one), "complaint_id": numbers.get(one.number)} for one in found])


_MISSING = sa.text(
    "INSERT INTO hotline_lists (source, day, state, at, actor)"
    " SELECT :source, :day, 'missing', :now, 'engine'"
    " WHERE NOT EXISTS (SELECT FROM hotline_lists l WHERE l.source = :source AND l.day = :day)"
    " AND EXISTS (SELECT FROM hotline_orders o WHERE o.source = :source AND o.received_at < :until)"
    " ON CONFLICT DO NOTHING RETURNING id"
)


def note_missing(connection: Connection, house: House, now: datetime) -> bool:
    """Note that yesterday's list has not come by its hour; whether that is new.

    Nothing is missing before 95558 ever sent an order.
    """
    here = now.astimezone(SHANGHAI)
    if house.hotline_list_by is None or here.time() < house.hotline_list_by:
        return False
    day, source = here.date() - timedelta(days=1), house.hotline_source
    number = connection.scalar(_MISSING, {
        "source": source, "day": day, "now": now, "until": span(day)[1],
    })  # fmt: skip
    if number is None:
        return False
    journal.write(connection, now, journal.Entry(
        verb="hotline_list_missing", subject=f"hotline_list:{number}", actor="engine",
        after={"day": day.isoformat(), "source": source},
    ))  # fmt: skip
    return True


# --- reading ---------------------------------------------------------------------------------

_DAYS = sa.text(
    "SELECT DISTINCT ON (l.day) l.day, l.source, l.state, l.at, l.theirs, l.ours,"
    " (SELECT count(*) FROM hotline_differences d WHERE d.list_id = l.id) AS differences"
    " FROM hotline_lists l WHERE l.source = :source ORDER BY l.day DESC, l.id DESC LIMIT :most"
)
#: `now`: how the order stands today; what has been put right since is `settled`.
_OPEN = sa.text(
    "SELECT d.day, d.number, d.kind, d.theirs, d.ours, o.complaint_id, o.state AS now, c.unit_id,"
    " c.home_unit_id, CASE d.kind WHEN 'missing_here' THEN o.complaint_id IS NOT NULL"
    "  WHEN 'state' THEN o.state = d.theirs ELSE false END AS settled"
    " FROM hotline_differences d"
    " LEFT JOIN hotline_orders o ON o.source = d.source AND o.number = d.number"
    " LEFT JOIN complaints c ON c.id = o.complaint_id"
    " WHERE d.source = :source AND NOT d.superseded"
    " AND (CAST(:day AS date) IS NULL OR d.day = :day)"
    " AND (:area = '/' OR EXISTS (SELECT FROM units u WHERE u.id IN (c.unit_id,"
    "  c.received_unit_id, c.home_unit_id) AND starts_with(u.path, :area)))"
    " ORDER BY d.day DESC, settled, d.number LIMIT :most"
)


_FILES = sa.text(
    "SELECT kind, state, began_at, rows, taken, known, refused FROM hotline_files"
    " ORDER BY id DESC LIMIT 10"
)


def read(
    connection: Connection, house: House, area: str, day: date | None, most: int = 500
) -> dict[str, Any]:
    """``{"whole", "days", "differences", "files", "list_by"}``: the lists of late and what differs.

    A branch is shown the differences in its own orders; lists and files are head office's.
    """
    source = house.hotline_source
    days = connection.execute(_DAYS, {"source": source, "most": 31}).all()
    rows = connection.execute(
        _OPEN, {"source": source, "day": day, "area": area, "most": most}
    ).all()
    return {
        "whole": area == "/",
        "days": [
            {"day": row.day.isoformat(), "state": row.state, "at": iso(row.at),
             "theirs": row.theirs, "ours": row.ours, "differences": row.differences}
            for row in days
        ],
        "differences": [_difference(house, row) for row in rows],
        "files": [
            {"kind": row.kind, "state": row.state, "at": iso(row.began_at), "rows": row.rows,
             "taken": row.taken, "known": row.known, "refused": row.refused}
            for row in connection.execute(_FILES)
        ],
        "list_by": house.hotline_list_by.strftime("%H:%M") if house.hotline_list_by else None,
    }  # fmt: skip


_UNSETTLED = sa.text(
    "SELECT count(*) FROM hotline_differences d LEFT JOIN hotline_orders o"
    "  ON o.source = d.source AND o.number = d.number"
    " LEFT JOIN complaints c ON c.id = o.complaint_id"
    " WHERE d.source = :source AND NOT d.superseded AND d.day >= :since"
    " AND NOT CASE d.kind WHEN 'missing_here' THEN o.complaint_id IS NOT NULL"
    "  WHEN 'state' THEN o.state = d.theirs ELSE false END"
    " AND (:area = '/' OR EXISTS (SELECT FROM units u WHERE u.id IN (c.unit_id,"
    "  c.received_unit_id, c.home_unit_id) AND starts_with(u.path, :area)))"
)


def unsettled(connection: Connection, house: House, since: date) -> int:
    """How many differences since a day have not been put right, in the viewer's area."""
    return int(connection.execute(_UNSETTLED, {
        "source": house.hotline_source, "since": since, "area": house.area,
    }).scalar_one())  # fmt: skip


def _difference(house: House, row: sa.Row[Any]) -> dict[str, Any]:
    known = row.complaint_id is not None
    unit = house.tree().get(row.home_unit_id or row.unit_id) if known and row.unit_id else None
    return {
        "day": row.day.isoformat(), "number": row.number, "kind": row.kind,
        "theirs": row.theirs, "ours": row.ours, "now": row.now, "settled": bool(row.settled),
        "complaint": public_complaint(row.complaint_id) if known else None,
        "unit_name": unit.short_name if unit else None,
    }  # fmt: skip
