"""Which days are working days in China: the published calendar, what the bank set, or an estimate.

A working day is what the clauses call 工作日: weekends and statutory holidays are off, make-up
weekend days (调休) are on. The State Council publishes each year's calendar in the November before
it; `chinesecalendar` holds the published years. For any other year `holidays` gives the statutory
days off (the lunar ones reckoned, with the days in lieu of those on a weekend, without the make-up
days, which nobody can foresee), and whatever rests on such a day is called provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Day:
    """One day: working or not, why in both languages (empty: plainly), whether it is estimated."""

    working: bool
    zh: str
    en: str
    provisional: bool = False


_WORKING = Day(True, "", "")
_WEEKEND = Day(False, "周末", "weekend")
_MAKE_UP = Day(True, "调休上班", "make-up working day")
_SET = {
    True: Day(True, "本行日历设为工作日", "set as a working day by the bank"),
    False: Day(False, "本行日历设为休息日", "set as a day off by the bank"),
}
#: The estimate's names, (zh, en), by a word in its English name.
_FEASTS = {
    "Year's Day": ("元旦", "New Year's Day"),
    "Chinese New Year": ("春节", "Spring Festival"),
    "Tomb": ("清明", "Tomb-sweeping Day"),
    "Labor": ("劳动节", "Labour Day"),
    "Dragon": ("端午", "Dragon Boat Festival"),
    "Autumn": ("中秋", "Mid-autumn Festival"),
    "National": ("国庆节", "National Day"),
}


@dataclass(frozen=True)
class Calendar:
    """China's working days with a bank's own `overrides` (True: a working day) laid over them."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day. TypeError for a datetime: a day has no zone."""
        return self.day(day).working

    def provisional(self, day: date) -> bool:
        """Whether `day` lies outside the published years and the bank has not set it."""
        return self.day(day).provisional

    def published_through(self) -> date:
        """The last day of the last published year."""
        return date(_published_years()[-1], 12, 31)

    def day(self, day: date) -> Day:
        """Everything that is known of `day`."""
        if isinstance(day, datetime):
            raise TypeError("a calendar is asked for a date, not for a datetime")
        override = self.overrides.get(day)
        if override is not None:
            return _SET[override]
        return _year(day.year)[day.timetuple().tm_yday - 1]


@lru_cache(maxsize=1)
def _published_years() -> range:
    from chinese_calendar import holidays  # 6 ms, and only who counts days pays for it

    years = {day.year for day in holidays}
    return range(min(years), max(years) + 1)


@lru_cache(maxsize=64)
def _year(year: int) -> tuple[Day, ...]:
    """Every day of `year`, without overrides."""
    first = date(year, 1, 1)
    days = [first + n * _DAY for n in range((date(year, 12, 31) - first).days + 1)]
    if year in _published_years():
        return tuple(_published(day) for day in days)
    feasts = _estimated_feasts(year)
    return tuple(_estimated(day, feasts) for day in days)


def _published(day: date) -> Day:
    from chinese_calendar import Holiday, get_holiday_detail

    off, english = get_holiday_detail(day)
    if not off:
        return _MAKE_UP if day.weekday() >= 5 else _WORKING
    if english is None:
        return _WEEKEND
    return Day(False, f"{Holiday(english).chinese}放假", f"{english} holiday")


def _estimated_feasts(year: int) -> dict[date, str]:
    from holidays.countries.china import China  # 35 ms, only for a year that is not published

    return dict(China(years=year, expand=False, language="en_US"))


def _estimated(day: date, feasts: Mapping[date, str]) -> Day:
    feast = feasts.get(day)
    if feast is None:
        known = _WEEKEND if day.weekday() >= 5 else _WORKING
        return Day(known.working, known.zh, known.en, provisional=True)
    named = [names for word, names in _FEASTS.items() if word in feast]
    zh, en = named[-1] if named else ("法定节日", "statutory")
    return Day(False, f"{zh}放假", f"{en} holiday", provisional=True)
