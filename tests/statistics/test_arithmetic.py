"""Periods, scores and hot spots: the arithmetic of the statistics, for any value."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.statistics_hotspots import CONFIDENCE, hotness, poisson_bound
from complaints.statistics_periods import (
    KINDS,
    Period,
    after,
    before,
    first_days,
    parse_period,
    period_of,
    series,
    year_before,
)
from complaints.statistics_scores import RATES, score

DAYS = st.dates(date(1960, 1, 1), date(2190, 1, 1))
PERIODS = st.builds(period_of, st.sampled_from(KINDS), DAYS) | st.builds(
    lambda d, n: Period("range", d, d + timedelta(days=n)), DAYS, st.integers(0, 800)
)
DAY = timedelta(days=1)


@given(st.sampled_from(KINDS), DAYS)
def test_every_day_lies_in_exactly_one_period_of_a_kind(kind: str, day: date) -> None:
    period = period_of(kind, day)
    assert period.since <= day <= period.until
    assert period_of(kind, period.since) == period == period_of(kind, period.until)
    assert period_of(kind, period.until + DAY).since == period.until + DAY


@given(PERIODS)
def test_a_period_is_found_by_its_name(period: Period) -> None:
    assert parse_period(period.name) == period
    assert period.title("zh") != period.title("en") or period.kind == "day"


@given(PERIODS)
def test_the_one_before_ends_where_it_begins(period: Period) -> None:
    earlier = before(period)
    assert earlier.until + DAY == period.since
    assert after(earlier) == period or period.kind == "range"
    assert before(after(period)) == period
    assert earlier.kind == period.kind
    if period.kind in ("day", "week", "range"):
        assert earlier.days == period.days


@given(PERIODS)
def test_the_same_of_last_year_is_a_year_earlier(period: Period) -> None:
    earlier = year_before(period)
    assert earlier.kind == period.kind
    assert 357 <= (period.since - earlier.since).days <= 371
    if period.kind in ("month", "quarter", "half_year", "year"):
        assert earlier.name == period.name.replace(str(period.since.year), str(earlier.since.year))


@given(PERIODS, st.integers(1, 14))
def test_a_series_has_no_gap_and_ends_with_its_period(period: Period, number: int) -> None:
    row = series(period, number)
    assert row[-1] == period
    assert all(a.until + DAY == b.since for a, b in pairwise(row))


@given(PERIODS, st.integers(0, 900))
def test_what_is_not_over_is_compared_with_as_many_days(period: Period, days: int) -> None:
    today = period.since + days * DAY
    so_far = period.so_far(today)
    assert so_far.since == period.since
    assert so_far.until == min(today, period.until)
    assert first_days(before(period), so_far.days).days <= so_far.days


@pytest.mark.parametrize("text", [
    "", "2026-13", "2026-Q5", "2026-W54", "2026-02-30", "26-11", "2026-11-03..2026-11-01",
    "1900", "2000-01-01..2026-01-01", "2026-H3", "9999", "２０２６",
])  # fmt: skip
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_period(text)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=3),
    st.tuples(st.integers(0, 100), st.integers(0, 100)).filter(lambda w: sum(w) <= 100),
    st.integers(0, 60),
)
def test_a_score_is_its_parts_and_within_its_bounds(
    drawn: list[tuple[int, int]], drawn_weights: tuple[int, int], cases: int
) -> None:
    rates = {name: (min(pair), max(pair)) for name, pair in zip(RATES, drawn, strict=True)}
    weights = dict(zip(RATES, (*drawn_weights, 100 - sum(drawn_weights)), strict=True))
    found = score(cases, rates, weights, 5)
    weighed = sum(part.weight for part in found.parts)
    known = any(rates[n][1] and weights[n] for n in RATES)
    assert math.isclose(weighed, 100 if known else 0)
    assert (found.value is None) == (cases < 5 or not known)
    if found.value is not None:
        assert 0 <= found.value <= 100
        assert math.isclose(found.value, sum(p.points for p in found.parts), abs_tol=0.051)
        shares = [p.share * 100 for p in found.parts if p.weight]
        assert min(shares) - 0.051 <= found.value <= max(shares) + 0.051


def test_a_score_as_it_is_worked_out_by_hand() -> None:
    weights = {"timeliness": 40, "satisfaction": 30, "resolution": 30}
    rates = {"timeliness": (9, 10), "satisfaction": (3, 4), "resolution": (8, 10)}
    assert score(10, rates, weights, 5).value == 82.5  # 36 + 22.5 + 24
    nobody_asked = rates | {"satisfaction": (0, 0)}
    assert score(10, nobody_asked, weights, 5).value == 85.7  # (36 + 24) / 70 * 100
    assert score(4, rates, weights, 5).value is None


@given(st.floats(0.01, 5_000))
def test_the_bound_is_the_least_that_chance_keeps_to(mean: float) -> None:
    bound = poisson_bound(mean)

    def up_to(number: int) -> float:
        terms = (
            math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(number + 1)
        )
        return math.fsum(terms)

    assert up_to(bound) >= CONFIDENCE - 1e-9
    assert bound == 0 or up_to(bound - 1) < CONFIDENCE + 1e-9


def test_a_hot_spot_is_more_than_its_past_explains() -> None:
    assert hotness(12, 24, 12).hot  # two a month, now twelve
    assert not hotness(5, 24, 12).hot  # five is what two a month brings now and then
    assert not hotness(2, 0, 12).hot  # two cases are two cases
    assert hotness(3, 0, 12).hot
    assert hotness(40, 365, 12, elapsed=0.5).bound < hotness(40, 365, 12).bound
