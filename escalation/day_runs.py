"""Runs of like days, and how days are written in a working-out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from escalation.workdays import Calendar, Day

_DAY = timedelta(days=1)
_WEEK_ZH = "一二三四五六日"
_WEEK_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Run:
    """Days one after another, from `first` to `last`, that are all like `day`."""

    first: date
    last: date
    day: Day

    @property
    def length(self) -> int:
        return (self.last - self.first).days + 1

    def words(self) -> tuple[str, str]:
        """The run's days in Chinese and English; the year is not repeated."""
        zh, en = day_words(self.first)
        if self.first == self.last:
            return zh, en
        year = self.first.year != self.last.year
        to_zh, to_en = day_words(self.last, year=year)
        return f"{zh}至{to_zh}", f"{en} to {to_en}"


def day_words(day: date, *, year: bool = True) -> tuple[str, str]:
    """``2026-02-14（周六）`` and ``Sat 2026-02-14``."""
    written = day.isoformat() if year else f"{day:%m-%d}"
    week = day.weekday()
    return f"{written}（周{_WEEK_ZH[week]}）", f"{_WEEK_EN[week]} {written}"


def first_working(day: date, calendar: Calendar) -> date:
    """`day` itself, or the first working day after it."""
    while not calendar.is_working(day):
        day += _DAY
    return day


def runs_of(first: date, last: date, calendar: Calendar) -> list[Run]:
    """The days from `first` to `last`, both included, as runs; none if `last` is earlier."""
    runs: list[Run] = []
    day = first
    while day <= last:
        here = calendar.day(day)
        if runs and runs[-1].day == here:
            runs[-1] = Run(runs[-1].first, day, here)
        else:
            runs.append(Run(day, day, here))
        day += _DAY
    return runs
