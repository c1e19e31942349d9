"""The figures of a review alone: verdicts and clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import SHANGHAI
from escalation.review_figures import DutyFact, Moments, figures, verdict

TEN = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


def _at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"state": "open"}, ("open", 600)),
        ({"state": "fulfilled", "ended_at": _at(30)}, ("met", 0)),
        ({"state": "fulfilled", "ended_at": _at(31)}, ("missed", 60)),
        ({"state": "fulfilled", "ended_at": _at(31), "done_at": _at(29)}, ("entered_late", 60)),
        ({"state": "fulfilled", "ended_at": _at(40), "done_at": _at(35)}, ("missed", 600)),
        ({"state": "waived", "ended_at": _at(99)}, ("waived", 0)),
    ],
)
def test_a_verdict(given: dict[str, Any], expected: tuple[str, int]) -> None:
    fact = DutyFact("A", _at(30), within="30m", kinds=("record",), **given)
    assert verdict(fact, _at(20)) == expected


def test_of_several_places_the_worst_is_the_clock_of_a_figure() -> None:
    kinds = ("regulator_receipt",)
    duties = [
        DutyFact("REG", _at(15), "fulfilled", "15m", kinds, _at(10)),
        DutyFact("REG", _at(15), "open", "15m", kinds),
    ]
    found = figures(Moments(TEN, regulator=_at(10)), duties, _at(20))
    (clock,) = next(f for f in found if f["key"] == "regulator")["clocks"]
    assert (clock["verdict"], clock["seconds"]) == ("overdue", 300)
