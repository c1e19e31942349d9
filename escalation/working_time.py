"""When a duty is due, worked out step by step (pure; the calendar is given).

The rule, for allowances counted in days:

* The day of the event is not counted (Civil Code art. 201).
* The last day ends at 24:00 (art. 203), held here as 00:00 of the day after, Asia/Shanghai.
* ``Nwd``: to the end of the N-th working day after the day of the event.
* ``Ncd``: N days after the day of the event; if that day is off, the period ends with the next
  working day (art. 203: a last day on a statutory day off moves to the day after the holiday).
* ``same day by HH:MM``: on a working day at or before HH:MM, that day's HH:MM; later, or on a day
  off, HH:MM of the next working day (clause BO-02).

``elapsed`` and ``at once`` are plain addition: nights, weekends and holidays count. A day is a day
of Asia/Shanghai, whatever zone the start is given in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.clock import SHANGHAI, require_aware
from escalation.allowances import (
    AT_ONCE,
    Allowance,
    ClockKind,
    allowance_words,
    format_allowance,
    parse_allowance,
    span_words,
)
from escalation.day_runs import Run, day_words, first_working, runs_of
from escalation.workdays import Calendar

__all__ = [
    "AT_ONCE",
    "Allowance",
    "Calendar",
    "ClockKind",
    "Due",
    "Step",
    "allowance_words",
    "due",
    "extend",
    "format_allowance",
    "parse_allowance",
    "reminder_times",
]

_DAY = timedelta(days=1)
_PROVISIONAL = (
    "其中有日期的放假安排尚未公布，暂按推算",
    "some of these days are not published yet and are estimated for now",
)


@dataclass(frozen=True)
class Step:
    """One line of the working-out, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Due:
    """When it is due (Asia/Shanghai), whether that rests on unpublished days, and why then."""

    at: datetime
    provisional: bool
    steps: tuple[Step, ...]


def due(start: datetime, allowance: Allowance, calendar: Calendar) -> Due:
    """When what began at `start` is due; never before it. ValueError for a `start` without zone."""
    begun = require_aware(start, "start").astimezone(SHANGHAI)
    if allowance.span is not None:
        return _elapsed(begun, allowance.span)
    if allowance.by is not None:
        return _same_day(begun, allowance.by, calendar)
    return _counted(begun.date(), _moment(begun), allowance, calendar)


def extend(due_at: datetime, allowance: Allowance, calendar: Calendar) -> Due:
    """When a duty due at `due_at` is due once it is allowed so much longer.

    A due time of 24:00 belongs to the day that it ends, and that is the day not counted; to `due`
    the same instant is 00:00 of the next day, so a period counted from it ends a day later.
    """
    old = require_aware(due_at, "due_at").astimezone(SHANGHAI)
    if allowance.days is None or old.time() != time(0):
        return due(old, allowance, calendar)
    last = old.date() - _DAY
    return _counted(last, f"{last} 24:00", allowance, calendar)


def reminder_times(
    start: datetime, due_at: datetime, before: Sequence[timedelta]
) -> tuple[datetime, ...]:
    """The instants `before` the due time that lie strictly between start and due; sorted, unique.

    In Asia/Shanghai; ValueError for a time without zone.
    """
    begun, end = require_aware(start, "start"), require_aware(due_at, "due_at").astimezone(UTC)
    found = {end - span for span in before}
    return tuple(at.astimezone(SHANGHAI) for at in sorted(found) if begun < at < end)


def _elapsed(begun: datetime, span: timedelta) -> Due:
    at = (begun.astimezone(UTC) + span).astimezone(SHANGHAI)
    zh, en = span_words(span)
    steps = [
        Step(f"自{_moment(begun)}起算", f"from {_moment(begun)}"),
        Step(f"加{zh}，夜间、周末与节假日照计", f"plus {en}; nights and days off count"),
    ]
    return _ended(at, False, steps, _moment(at))


def _same_day(begun: datetime, by: time, calendar: Calendar) -> Due:
    today = begun.date()
    here = calendar.day(today)
    zh, en = day_words(today)
    why = (here.zh or "是工作日", f" ({here.en})" if here.en else " is a working day")
    steps = [Step(f"自{_moment(begun)}起算", f"from {_moment(begun)}")]
    if here.working and begun.time() <= by:
        steps.append(Step(
            f"{zh}{why[0]}，未过{by:%H:%M}，限当日", f"{en}{why[1]}, not past {by:%H:%M}"
        ))  # fmt: skip
        last, provisional = today, here.provisional
    else:
        if here.working:
            steps.append(Step(
                f"{zh}已过{by:%H:%M}，当日不计", f"{en} is past {by:%H:%M}, not counted"
            ))  # fmt: skip
        rest = today + _DAY if here.working else today
        last = first_working(rest, calendar)
        off, provisional = _off(rest, last, calendar)
        steps += [*off, _next_working(last, calendar)]
        provisional = provisional or here.provisional
    at = datetime.combine(last, by, SHANGHAI)
    return _ended(at, provisional, steps, _moment(at))


def _counted(today: date, shown: str, allowance: Allowance, calendar: Calendar) -> Due:
    """Working or calendar days after `today`, which is not counted itself."""
    assert allowance.days is not None
    steps = [Step(f"自{shown}起算，当日不计", f"from {shown}; that day is not counted")]
    if allowance.kind == "working_days":
        last, more, provisional = _working_days(today, allowance.days, calendar)
        end = (f"第{allowance.days}个工作日24:00", f"the end of working day {allowance.days}")
    else:
        last, more, provisional = _calendar_days(today, allowance.days, calendar)
        end = ("期间最后一日24:00", "the end of the last day")
    at = datetime.combine(last + _DAY, time(0), SHANGHAI)
    return _ended(at, provisional, steps + more, f"{last} 24:00", end)


def _working_days(today: date, days: int, calendar: Calendar) -> tuple[date, list[Step], bool]:
    """The last day, the working-out, and whether an unpublished day was looked at."""
    last, left = today, days
    while left:
        last += _DAY
        left -= calendar.is_working(last)
    steps, count, provisional = [], 0, False
    for run in runs_of(today + _DAY, last, calendar):
        steps.append(_counted_run(run, count) if run.day.working else _off_run(run))
        count += run.length if run.day.working else 0
        provisional = provisional or run.day.provisional
    return last, steps, provisional


def _calendar_days(today: date, days: int, calendar: Calendar) -> tuple[date, list[Step], bool]:
    """As `_working_days`; only the last day's standing is looked at, and where it moves to."""
    full = today + days * _DAY
    last = first_working(full, calendar)
    zh, en = day_words(full)
    here = calendar.day(full)
    why = (f"，{here.zh}", f" ({here.en})") if here.working and here.zh else ("", "")
    steps = [Step(f"满{days}个自然日为{zh}{why[0]}", f"calendar day {days} is {en}{why[1]}")]
    off, provisional = _off(full, last, calendar)
    if off:
        steps += [*off, _next_working(last, calendar)]
    return last, steps, provisional


def _off(first: date, working: date, calendar: Calendar) -> tuple[list[Step], bool]:
    """The days off from `first` to before `working`, and whether any up to it is estimated."""
    runs = runs_of(first, working, calendar)
    steps = [_off_run(run) for run in runs if not run.day.working]
    return steps, any(run.day.provisional for run in runs)


def _next_working(day: date, calendar: Calendar) -> Step:
    """To where what fell on a day off moves."""
    here = calendar.day(day)
    zh, en = day_words(day)
    why = (f"，{here.zh}", f" ({here.en})") if here.zh else ("", "")
    return Step(f"顺延至下一个工作日{zh}{why[0]}", f"to the next working day, {en}{why[1]}")


def _off_run(run: Run) -> Step:
    zh, en = run.words()
    return Step(f"{zh}{run.day.zh}，不计", f"{en}: {run.day.en}, not counted")


def _counted_run(run: Run, before: int) -> Step:
    zh, en = run.words()
    first, last = before + 1, before + run.length
    why = f" ({run.day.en})" if run.day.en else ""
    if first == last:
        return Step(f"{zh}{run.day.zh}，第{first}个工作日", f"{en}{why}: working day {first}")
    return Step(
        f"{zh}{run.day.zh}，第{first}至第{last}个工作日",
        f"{en}{why}: working days {first} to {last}",
    )


def _ended(
    at: datetime,
    provisional: bool,
    steps: list[Step],
    shown: str,
    end: tuple[str, str] | None = None,
) -> Due:
    if provisional:
        steps = [*steps, Step(*_PROVISIONAL)]
    if end is None:
        final = Step(f"于{shown}到期", f"due at {shown}")
    else:
        final = Step(f"于{end[0]}（{shown}）到期", f"due at {end[1]} ({shown})")
    return Due(at, provisional, (*steps, final))


def _moment(at: datetime) -> str:
    """Shanghai's date and time to the minute, with the seconds where there are any."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"
