"""What a report says by itself: changes, trend, amounts, and what it leaves to people."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from escalation import report_figures
from escalation.report_words import Who, change_words, prefill, yuan
from tests.engine.report_desk import Desk

NOW = datetime.fromisoformat("2026-11-23T12:00:00+08:00")


def test_changes_are_said_in_both_languages() -> None:
    rise = report_figures.Change("clients", 10, 13, 3)
    assert change_words(rise) == (
        "投诉客户由10人增至13人（增加3人）", "Complaining clients: 10 → 13 (+3)",
    )  # fmt: skip
    fall = report_figures.Change("onlookers", 20, 5, -15)
    assert change_words(fall)[0] == "围观人数由20人减至5人（减少15人）"
    graver = report_figures.Change("severity", "incident", "large")
    assert change_words(graver)[0] == "事件等级由集体投诉变为大规模聚众投诉"


def test_trend_counts_the_last_hour_and_the_one_before() -> None:
    at = [NOW - timedelta(minutes=m) for m in (5, 30, 59, 61, 100, 200)]
    found = report_figures.trend(at, NOW)
    assert (found["last_hour"], found["hour_before"], found["direction"]) == (3, 2, "rising")
    assert sum(hour["clients"] for hour in found["hours"]) == 6
    assert report_figures.trend([], NOW)["direction"] == "steady"


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0.00", "0元"), ("9999.50", "9999.5元"), ("10000.00", "1万元"), ("1234567.00", "123.46万元"),
     ("250000000.00", "25000万元")],
)  # fmt: skip
def test_amounts_read_as_a_bank_writes_them(amount: str, words: str) -> None:
    assert yuan(amount) == words


def test_only_what_people_must_say_is_left_empty(desk: Desk) -> None:
    report = desk.begin()
    assert report["missing"] == ["request"]
    texts = prefill(report["figures"], "上海", Who(None, ()), None)
    assert [name for name, text in texts.items() if not text] == [
        "people", "request", "contact", "contact_phone",
    ]  # fmt: skip
