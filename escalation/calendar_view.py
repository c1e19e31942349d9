"""The working calendar as a page shows it, and what a change would move before it is made."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI, iso
from core.errors import NotFound
from database.connection import business_now
from escalation import calendar_days, calendar_moves
from escalation.about import About
from escalation.admission import admit
from escalation.calendar_days import DayChange
from escalation.house import House

ACTOR = "preview"
#: Of the duties that would move, how many a preview names.
_NAMED = 5


def read_year(connection: Connection, house: House, year: int | None) -> dict[str, Any]:
    """Every day of a year (this one without): working or not, why, set by the bank, estimated.

    NotFound for a year in which no day may be set.
    """
    today = business_now(connection).astimezone(SHANGHAI).date()
    year = year or today.year
    first, last = calendar_days.EARLIEST.year, calendar_days.latest(today).year
    if not first <= year <= last:
        raise NotFound("year")
    calendar = house.calendar(connection)
    bare = type(calendar)()  # the published one, without what the bank set
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366)]
    return {
        "year": year, "first": first, "last": last, "today": today.isoformat(),
        "published_through": calendar.published_through().isoformat(),
        "days": [_day(calendar, bare, day) for day in days if day.year == year],
        "overrides": [
            {"day": o.day.isoformat(), "working": o.working, "reason": o.reason,
             "set_by": o.set_by, "set_at": iso(o.set_at)}
            for o in calendar_days.list_overrides(connection)
        ],
    }  # fmt: skip


def _day(calendar: Any, bare: Any, day: date) -> dict[str, Any]:
    known, published = calendar.day(day), bare.day(day)
    return {
        "day": day.isoformat(), "working": known.working, "zh": known.zh, "en": known.en,
        "provisional": known.provisional, "set": day in calendar.overrides,
        "make_up": published.working and day.weekday() >= 5, "published": published.working,
    }  # fmt: skip


class _Enough(Exception):
    """Carries a preview's result out of a transaction that must not be kept."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found
        super().__init__("rolled back")


def preview(house: House, change: DayChange | date) -> dict[str, Any]:
    """What setting a day (or giving it back, by its date) would move: ``{moved, sooner, later,
    some}``. Done in a transaction that is rolled back; NotFound for a day that is not set; head
    office's alone, as the change itself is (NotAllowed)."""

    def work(connection: Connection) -> None:
        now = business_now(connection)
        if isinstance(change, DayChange):
            calendar_days.set_day(connection, change.day, change.working, change.reason, ACTOR, now)
        else:
            calendar_days.clear_day(connection, change, ACTOR, ACTOR, now)
        moved = calendar_moves.rework(connection, house, now, ACTOR)
        raise _Enough(_moves(connection, moved))

    admit(house, About())
    try:
        house.database.run(work)
    except _Enough as enough:
        return enough.found
    raise AssertionError("a preview is always rolled back")


_MOVES = sa.text(
    "SELECT after ->> 'clause' AS clause, after ->> 'title_zh' AS zh, after ->> 'title_en' AS en,"
    " before ->> 'due' AS old, after ->> 'due' AS new, count(*) AS many FROM journal"
    " WHERE xid = pg_current_xact_id() AND verb = 'duty_moved' AND seal IS NULL"
    " GROUP BY 1, 2, 3, 4, 5 ORDER BY old, clause"
)


def _moves(connection: Connection, moved: int) -> dict[str, Any]:
    """How many go to a later time, how many to a sooner one; the first few, alike ones as one."""
    rows = connection.execute(_MOVES).all()
    shift = {r: datetime.fromisoformat(r.new) - datetime.fromisoformat(r.old) for r in rows}
    return {
        "moved": moved,
        "later": sum(r.many for r in rows if shift[r] > timedelta(0)),
        "sooner": sum(r.many for r in rows if shift[r] < timedelta(0)),
        "some": [
            {"clause": r.clause, "title_zh": r.zh, "title_en": r.en, "from": r.old, "to": r.new,
             "many": r.many}
            for r in rows if shift[r]
        ][:_NAMED],
    }  # fmt: skip
