"""Working time against a brute-force minute counter, and what must hold for any calendar."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SHANGHAI
from escalation.working_time import (
    Allowance,
    Calendar,
    due,
    extend,
    format_allowance,
    parse_allowance,
    reminder_times,
)
from tests.properties.minutes import DAYS, FIRST, Minutes, official
from tests.properties.profiles import both

DAY = timedelta(days=1)
ZONES = (SHANGHAI, UTC, ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=45)))
LATEST = date(2029, 7, 31)  # sixty working days from here end before the twenty years do
#: where an off-by-one would show
EDGES = (0, 1, 899, 929, 930, 931, 1430, 1439)


def _table(rng: random.Random) -> dict[date, bool]:
    """A bank's own days: none, a few, many, or whole stretches off."""
    kind = rng.choice(("none", "few", "many", "stretches"))
    if kind == "stretches":
        starts = rng.sample(DAYS, 40)
        return {d + n * DAY: rng.random() < 0.2 for d in starts for n in range(rng.randint(2, 25))}
    number = {"none": 0, "few": 60, "many": 3000}[kind]
    return {day: rng.random() < 0.5 for day in rng.sample(DAYS, number)}


def _start(rng: random.Random) -> datetime:
    """Any second of the years, often at an edge of the day, in any zone."""
    day = FIRST + rng.randint(0, (LATEST - FIRST).days) * DAY
    if rng.random() < 0.15:  # the turn of a year
        day = date(min(day.year, LATEST.year - 1), 12, 31) - rng.randint(0, 3) * DAY
    minute = rng.choice(EDGES) if rng.random() < 0.4 else rng.randrange(1440)
    second = rng.choice((0, 0, rng.randrange(60)))
    midnight = datetime.combine(day, time(0), timezone(timedelta(hours=8)))
    micro = rng.choice((0, 0, 999_999))
    at = midnight + timedelta(minutes=minute, seconds=second, microseconds=micro)
    return at.astimezone(rng.choice(ZONES))


def _compare(minutes: Minutes, calendar: Calendar, start: datetime, rng: random.Random) -> None:
    kind = rng.randrange(4)
    if kind == 0:
        days = rng.choice((1, 1, 2, 3, 5, 10, 15, 30, rng.randint(1, 60)))
        text, expected = f"{days}wd", minutes.working_days(start, days)
    elif kind == 1:
        days = rng.choice((1, 2, 15, 30, 60, rng.randint(1, 60)))
        text, expected = f"{days}cd", minutes.calendar_days(start, days)
    elif kind == 2:
        by = rng.choice((930, 930, 0, 1439, rng.randrange(1440)))
        text = f"same day by {by // 60:02}:{by % 60:02}"
        expected = minutes.same_day(start, by)
    else:
        span = rng.choice((15, 30, 60, 1440, rng.randint(1, 5000)))
        text, expected = f"{span}m", (start.astimezone(UTC) + timedelta(minutes=span), False)
    found = due(start, parse_allowance(text), calendar)
    assert (found.at, found.provisional) == expected, (start.isoformat(), text)
    assert found.at >= start and found.at.utcoffset() == timedelta(hours=8)
    shown = found.at - DAY if kind < 2 else found.at
    for step in (found.steps[-1].zh, found.steps[-1].en):
        assert f"{shown:%Y-%m-%d}" in step and ("24:00" in step or f"{shown:%H:%M}" in step)


def _prove(tables: range, cases: int) -> int:
    base, done = official(), 0
    for number in tables:
        rng = random.Random(number)
        overrides = _table(rng) if number else {}
        minutes, calendar = Minutes(base, overrides), Calendar(overrides)
        for _ in range(cases):
            _compare(minutes, calendar, _start(rng), rng)
            done += 1
    return done


def test_three_thousand_cases_by_the_minute() -> None:
    assert _prove(range(6), 500) == 3_000


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_cases_by_the_minute() -> None:
    assert _prove(range(100, 150), 2_000) == 100_000


def test_the_two_published_calendars_agree_day_by_day() -> None:
    """chinesecalendar (ours) and holidays (the counter's) on every day of the twenty years."""
    calendar = Calendar()
    assert {day: calendar.is_working(day) for day in DAYS} == official()


moments = st.datetimes(
    datetime(2010, 1, 1),  # noqa: DTZ001 - the zone is drawn below
    datetime(2035, 12, 31),  # noqa: DTZ001
    timezones=st.sampled_from(ZONES),
    allow_imaginary=False,
)
days = st.dates(date(2010, 1, 1), date(2035, 12, 31))
spans = st.integers(1, 10_000_000).map(lambda s: timedelta(seconds=s))
minutes_of_day = st.times().map(lambda t: t.replace(second=0, microsecond=0))
counted = st.builds(
    Allowance, st.sampled_from(("working_days", "calendar_days")), days=st.integers(1, 90)
)
allowances = st.one_of(
    st.builds(Allowance, st.just("elapsed"), span=spans),
    st.builds(Allowance, st.just("at_once"), span=spans),
    counted,
    st.builds(Allowance, st.just("same_day"), by=minutes_of_day),
)


@st.composite
def near(draw: st.DrawFn) -> tuple[datetime, Calendar]:
    """A start, and a calendar whose overrides lie near it."""
    start = draw(moments)
    offsets = draw(st.dictionaries(st.integers(-3, 60), st.booleans(), max_size=25))
    first = start.astimezone(SHANGHAI).date()
    return start, Calendar({first + n * DAY: working for n, working in offsets.items()})


@both
@given(near(), allowances, st.sampled_from(ZONES))
def test_the_zone_of_the_start_does_not_matter(
    scene: tuple[datetime, Calendar], allowance: Allowance, zone: ZoneInfo
) -> None:
    start, calendar = scene
    found = due(start, allowance, calendar)
    assert due(start.astimezone(zone), allowance, calendar) == found
    assert found.at >= start and found.at.tzinfo is SHANGHAI


@both
@given(near(), allowances, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_later_starts_are_not_due_earlier(
    scene: tuple[datetime, Calendar], allowance: Allowance, later: timedelta
) -> None:
    start, calendar = scene
    second = (start.astimezone(UTC) + later).astimezone(start.tzinfo)
    assert due(start, allowance, calendar).at <= due(second, allowance, calendar).at


@both
@given(near(), counted)
def test_one_more_day_is_never_earlier(
    scene: tuple[datetime, Calendar], allowance: Allowance
) -> None:
    start, calendar = scene
    assert allowance.days is not None
    more = Allowance(allowance.kind, days=allowance.days + 1)
    less, longer = due(start, allowance, calendar).at, due(start, more, calendar).at
    assert less < longer if allowance.kind == "working_days" else less <= longer


@both
@given(near(), st.integers(1, 40), st.integers(1, 40))
def test_an_extension_goes_on_counting(
    scene: tuple[datetime, Calendar], first: int, second: int
) -> None:
    """An old due time of 24:00 is the end of its day, not the beginning of the next."""
    start, calendar = scene
    at = due(start, Allowance("working_days", days=first), calendar).at
    more = extend(at, Allowance("working_days", days=second), calendar)
    assert more.at == due(start, Allowance("working_days", days=first + second), calendar).at


@both
@given(near(), st.integers(1, 40), st.integers(-3, 70))
def test_a_day_that_is_set_changes_what_it_should(
    scene: tuple[datetime, Calendar], number: int, offset: int
) -> None:
    start, calendar = scene
    today = start.astimezone(SHANGHAI).date()
    day = today + offset * DAY
    was = calendar.is_working(day)
    other = Calendar({**calendar.overrides, day: not was})

    def last(count: int, here: Calendar) -> date:
        if count == 0:
            return today
        return due(start, Allowance("working_days", days=count), here).at.date() - DAY

    old, new = last(number, calendar), last(number, other)
    if not today < day <= old:
        assert new == old
    elif was:
        assert new == last(number + 1, calendar)
    else:
        assert new == max(last(number - 1, calendar), day)
    same = Calendar({**calendar.overrides, day: was})
    assert last(number, same) == old


@both
@given(near(), days)
def test_a_set_day_is_the_only_one_that_differs(
    scene: tuple[datetime, Calendar], day: date
) -> None:
    calendar = scene[1]
    other = Calendar({**calendar.overrides, day: not calendar.is_working(day)})
    for n in range(-400, 400, 7):
        near_it = day + n * DAY
        if near_it != day:
            assert other.day(near_it) == calendar.day(near_it)
    assert other.is_working(day) != calendar.is_working(day) and not other.provisional(day)


@both
@given(allowances)
def test_what_is_written_is_read_back(allowance: Allowance) -> None:
    at_once = allowance.span if allowance.span and allowance.kind == "at_once" else timedelta(1)
    assert parse_allowance(format_allowance(allowance), at_once=at_once) == allowance


@both
@given(moments, spans, st.lists(spans, max_size=8))
def test_reminders_lie_between(start: datetime, length: timedelta, before: list[timedelta]) -> None:
    end = (start.astimezone(UTC) + length).astimezone(start.tzinfo)
    found = reminder_times(start, end, before)
    assert list(found) == sorted(set(found))
    assert all(start < at < end for at in found)
    assert set(found) == {end.astimezone(UTC) - b for b in before if b < length}
