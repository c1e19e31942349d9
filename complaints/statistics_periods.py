"""Periods of the statistics: days, weeks, months, quarters, half-years, years, any range. Pure.

Days are days in Shanghai and both ends are included. A period has a name that says it all, such as
``2026-11-22``, ``2026-W47``, ``2026-11``, ``2026-Q4``, ``2026-H2``, ``2026`` or
``2026-11-03..2026-11-20``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
#: What can be asked for by its kind and a day in it, smallest first.
KINDS = ("day", "week", "month", "quarter", "half_year", "year")
_FIRST, _LAST = date(1950, 1, 1), date(2200, 12, 31)
_MOST_DAYS = 3660


@dataclass(frozen=True)
class Period:
    """From `since` to `until`; `kind` is one of KINDS, or ``range``."""

    kind: str
    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def name(self) -> str:
        """What `parse_period` reads as this period."""
        first, number = self.since, (self.since.month - 1) // _MONTHS.get(self.kind, 1) + 1
        year, week, _ = first.isocalendar()
        return {
            "day": f"{first}", "week": f"{year}-W{week:02d}",
            "month": f"{first.year}-{first.month:02d}", "quarter": f"{first.year}-Q{number}",
            "half_year": f"{first.year}-H{number}", "year": f"{first.year}",
        }.get(self.kind, f"{first}..{self.until}")  # fmt: skip

    def title(self, lang: str) -> str:
        """Its name in words."""
        first, zh = self.since, lang == "zh"
        number = (first.month - 1) // _MONTHS.get(self.kind, 1) + 1
        year, week, _ = first.isocalendar()
        return {
            "day": f"{first.year}年{first.month}月{first.day}日" if zh else f"{first}",
            "week": f"{year}年第{week}周" if zh else f"Week {week} of {year}",
            "month": f"{first.year}年{first.month}月" if zh else f"{first:%B %Y}",
            "quarter": f"{first.year}年第{number}季度" if zh else f"Q{number} {first.year}",
            "half_year": f"{first.year}年{'上' if number == 1 else '下'}半年" if zh
            else f"H{number} {first.year}",
            "year": f"{first.year}年" if zh else f"{first.year}",
        }.get(self.kind, f"{first}{'至' if zh else ' to '}{self.until}")  # fmt: skip

    def so_far(self, today: date) -> Period:
        """The part of it up to `today`; all of it when it is over or has not begun."""
        if not self.since <= today < self.until:
            return self
        return Period("range", self.since, today)


def period_of(kind: str, day: date) -> Period:
    """The period of this kind that a day lies in. ValueError for a kind that there is not."""
    if kind == "day":
        return Period(kind, day, day)
    if kind == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + 6 * _DAY)
    if kind not in _MONTHS:
        raise ValueError(f"no kind of period: {kind}")
    step = _MONTHS[kind]
    first = (day.month - 1) // step * step
    following = day.year * 12 + first + step
    until = date(following // 12, following % 12 + 1, 1) - _DAY
    return Period(kind, date(day.year, first + 1, 1), until)


def before(period: Period) -> Period:
    """The one that ends where this begins: of the same kind, a range of the same length."""
    last = period.since - _DAY
    if period.kind != "range":
        return period_of(period.kind, last)
    return Period("range", last - (period.days - 1) * _DAY, last)


def after(period: Period) -> Period:
    """The one that begins where this ends: of the same kind, a range of the same length."""
    first = period.until + _DAY
    if period.kind != "range":
        return period_of(period.kind, first)
    return Period("range", first, first + (period.days - 1) * _DAY)


def year_before(period: Period) -> Period:
    """The same of last year: the same month, quarter, day; the week of the same number."""
    if period.kind == "week":
        year, week, _ = period.since.isocalendar()
        last = date(year - 1, 12, 28).isocalendar().week
        return period_of("week", date.fromisocalendar(year - 1, min(week, last), 1))
    since, until = _year_earlier(period.since), _year_earlier(period.until)
    return (
        Period("range", since, until) if period.kind == "range" else period_of(period.kind, since)
    )


def first_days(period: Period, days: int) -> Period:
    """Its first `days` days, all of it where it has no more."""
    if days >= period.days:
        return period
    return Period("range", period.since, period.since + (days - 1) * _DAY)


def series(period: Period, number: int) -> list[Period]:
    """`number` periods in a row of which this is the last; fewer where time begins."""
    found = [period]
    while len(found) < number and found[0].since - period.days * _DAY > _FIRST:
        found.insert(0, before(found[0]))
    return found


def parse_period(text: str) -> Period:
    """The period of this name. ValueError for anything else."""
    found = _parse(text.strip()) if text.isascii() else None
    if found is None or not (_FIRST <= found.since <= found.until <= _LAST):
        raise ValueError("no period")
    if found.days > _MOST_DAYS:
        raise ValueError("at most ten years")
    return found


def _parse(text: str) -> Period | None:
    day = r"\d{4}-\d\d-\d\d"
    if re.fullmatch(day, text):
        return period_of("day", date.fromisoformat(text))
    if re.fullmatch(rf"{day}\.\.{day}", text):
        return Period("range", *map(date.fromisoformat, text.split("..")))
    if found := re.fullmatch(r"(\d{4})-W(\d\d)", text):
        return period_of("week", date.fromisocalendar(int(found[1]), int(found[2]), 1))
    if found := re.fullmatch(r"(\d{4})(?:-(?:(\d\d)|Q([1-4])|H([12])))?", text):
        year, month, quarter, half = (int(g) if g else 0 for g in found.groups())
        if quarter:
            return period_of("quarter", date(year, quarter * 3, 1))
        if half:
            return period_of("half_year", date(year, half * 6, 1))
        return period_of("month" if found[2] else "year", date(year, month if found[2] else 1, 1))
    return None


def _year_earlier(day: date) -> date:
    """29 February is 28 February."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
