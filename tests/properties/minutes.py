"""A brute-force clock: every minute of twenty years in a row, and how many were worked before it.

It shares nothing with escalation/: Shanghai is UTC+8, a day is 1440 minutes, and which days are
off comes from `holidays`, make-up days included, while the application reads `chinesecalendar`.
"""

from __future__ import annotations

import itertools
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from holidays.countries.china import China

FIRST, LAST = date(2010, 1, 1), date(2029, 12, 31)
PUBLISHED = date(2026, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
A_DAY = 1440
_ZERO = datetime(2009, 12, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai, where FIRST begins
_MINUTE = timedelta(minutes=1)


def official() -> dict[date, bool]:
    """Every day of the twenty years: worked or not. Unpublished years have no make-up days."""
    china = China(years=range(FIRST.year - 1, LAST.year + 2), expand=False)
    return {day: bool(china.is_working_day(day)) for day in DAYS}


class Minutes:
    """Twenty years by the minute, for one table of overrides."""

    def __init__(self, base: Mapping[date, bool], overrides: Mapping[date, bool]) -> None:
        self.worked = array("i", [0])  # [m]: worked minutes before minute m
        self.unsure = array("i", [0])  # [d]: unpublished days before day d
        for day in DAYS:
            before, working = self.worked[-1], overrides.get(day, base[day])
            steps = range(before + 1, before + A_DAY + 1) if working else [before] * A_DAY
            self.worked.extend(steps)
            self.unsure.append(self.unsure[-1] + (day > PUBLISHED and day not in overrides))

    def end_of_work(self, start: int, minutes: int) -> int:
        """The first minute mark by which so many minutes were worked since `start`."""
        return bisect_left(self.worked, self.worked[start] + minutes, lo=start)

    def working_days(self, start: datetime, days: int) -> tuple[datetime, bool]:
        tomorrow = (_mark(start) // A_DAY + 1) * A_DAY
        end = self.end_of_work(tomorrow, days * A_DAY)
        return _instant(end), self._guessed(tomorrow, end)

    def calendar_days(self, start: datetime, days: int) -> tuple[datetime, bool]:
        last = (_mark(start) // A_DAY + days) * A_DAY
        end = self.end_of_work(last, A_DAY)
        return _instant(end), self._guessed(last, end)

    def same_day(self, start: datetime, minute: int) -> tuple[datetime, bool]:
        """The first working minute of that name at or after `start`, minute by minute."""
        begun = -((_ZERO - start) // _MINUTE)  # rounded up
        at = next(
            mark
            for mark in itertools.count(begun)
            if mark % A_DAY == minute and self.worked[mark + 1] > self.worked[mark]
        )
        return _instant(at), self._guessed(_mark(start) // A_DAY * A_DAY, at + 1)

    def _guessed(self, start: int, end: int) -> bool:
        return self.unsure[-(-end // A_DAY)] > self.unsure[start // A_DAY]


def _mark(at: datetime) -> int:
    return (at - _ZERO) // _MINUTE


def _instant(mark: int) -> datetime:
    return _ZERO + mark * _MINUTE
