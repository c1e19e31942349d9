"""The bank's own calendar: days set as working or off over the published ones.

Callers commit. Moving the open duties that rest on a changed day is the caller's, in the same
transaction: whoever holds the calendar's lock (taken by both verbs) sees one calendar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StrictBool, StringConstraints, ValidationError
from sqlalchemy.engine import Connection

from core.errors import FieldFault, InvalidInput, NotFound
from core.validation import Storable, field_faults, require_object
from database import journal
from database.locks import take as take_locks
from escalation.workdays import Calendar

EARLIEST = date(2004, 1, 1)
_YEARS_AHEAD = 5
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Reason = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]


@dataclass(frozen=True)
class DayChange:
    """What somebody wants a day to be, and why."""

    day: date
    working: bool
    reason: str


@dataclass(frozen=True)
class DayOverride(DayChange):
    """A day that the bank has set: by whom (actor) and when (business time)."""

    set_by: str
    set_at: datetime


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    day: Storable
    working: StrictBool
    reason: Reason


def load_calendar(connection: Connection) -> Calendar:
    """The calendar as it stands in this transaction."""
    rows = connection.execute(sa.text("SELECT day, working FROM calendar_days"))
    return Calendar({row.day: row.working for row in rows})


def list_overrides(connection: Connection) -> list[DayOverride]:
    """Every day that the bank has set, in order of days."""
    rows = connection.execute(
        sa.text("SELECT day, working, reason, set_by, set_at FROM calendar_days ORDER BY day")
    )
    return [DayOverride(r.day, r.working, r.reason, r.set_by, r.set_at) for r in rows]


def parse_day_change(body: Any, *, today: date) -> DayChange:
    """Check ``{day: "YYYY-MM-DD", working: bool, reason: text}``; InvalidInput names every fault.

    `day` lies from 2004 to the end of the fifth year after `today`.
    """
    body = require_object(body)
    faults: list[FieldFault] = []
    value: _Body | None = None
    try:
        value = _Body.model_validate(body)
    except ValidationError as error:
        faults += field_faults(error)
    day = None
    if isinstance(body.get("day"), str):
        day = _read_day(body["day"].strip())
        if day is None:
            faults.append(_NO_DAY)
        elif not EARLIEST <= day <= latest(today):
            faults.append(_far(latest(today)))
    if value is None or day is None or faults:
        raise InvalidInput(faults)
    return DayChange(day, value.working, value.reason)


def latest(today: date) -> date:
    """The last day that may be set."""
    return date(today.year + _YEARS_AHEAD, 12, 31)


def set_day(
    connection: Connection, day: date, working: bool, reason: str, actor: str, now: datetime
) -> bool:
    """Set a day; whether that changed anything (the same again writes nothing)."""
    take_locks(connection, (), ("calendar_days",))
    before = _stored(connection, day)
    after = {"working": working, "reason": reason}
    if before == after:
        return False
    connection.execute(
        sa.text(
            "INSERT INTO calendar_days (day, working, reason, set_by, set_at)"
            " VALUES (:day, :working, :reason, :actor, :now) ON CONFLICT (day) DO UPDATE"
            " SET working = excluded.working, reason = excluded.reason,"
            " set_by = excluded.set_by, set_at = excluded.set_at"
        ),
        {"day": day, "actor": actor, "now": now, **after},
    )
    _note(connection, "calendar_day_set", day, (before, after), reason, actor, now)
    return True


def clear_day(connection: Connection, day: date, reason: str, actor: str, now: datetime) -> None:
    """Give a day back to the published calendar; NotFound unless the bank had set it."""
    take_locks(connection, (), ("calendar_days",))
    before = _stored(connection, day)
    if before is None:
        raise NotFound("calendar day")
    connection.execute(sa.text("DELETE FROM calendar_days WHERE day = :day"), {"day": day})
    _note(connection, "calendar_day_cleared", day, (before, None), reason, actor, now)


def _stored(connection: Connection, day: date) -> dict[str, Any] | None:
    row = connection.execute(
        sa.text("SELECT working, reason FROM calendar_days WHERE day = :day"), {"day": day}
    ).one_or_none()
    return None if row is None else {"working": row.working, "reason": row.reason}


def _note(
    connection: Connection, verb: str, day: date,
    states: tuple[dict[str, Any] | None, dict[str, Any] | None],
    reason: str, actor: str, now: datetime,
) -> None:  # fmt: skip
    before, after = states
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"calendar_day:{day}", actor=actor, reason=reason,
        before=before, after=after,
    ))  # fmt: skip


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


_NO_DAY = FieldFault(
    "day", "不是有效日期", "not a date", "例如 2027-02-06", "such as 2027-02-06"
)  # fmt: skip


def _far(last: date) -> FieldFault:
    return FieldFault(
        "day",
        "日期超出可设定的范围",
        "this day cannot be set",
        f"请填写{EARLIEST}至{last}之间的日期",
        f"give a day from {EARLIEST} to {last}",
    )
