"""What 95558 has and we have, compared each day; a list that does not come is noted."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from complaints.work_order import parse_list
from core.clock import SHANGHAI
from core.errors import InvalidInput
from tests.hotline.caller import Hotline, faults


def _list(hotline: Hotline, days_ago: int = 0, **orders: str) -> Any:
    day = hotline.scene.now().astimezone(SHANGHAI).date() - timedelta(days=days_ago)
    return parse_list({
        "day": day.isoformat(),
        "orders": [{"number": n.replace("_", "-"), "state": s} for n, s in orders.items()],
    })  # fmt: skip


def test_what_differs_is_kept_and_settled_when_it_is_put_right(hotline: Hotline) -> None:
    hotline.order("WO-1")
    hotline.answer(hotline.order("WO-2"))
    hotline.order("WO-3")
    told = hotline.desk.compare(_list(hotline, WO_1="open", WO_2="open", WO_4="open"), "x")
    assert faults("differences", told) == []
    assert [(d["number"], d["kind"]) for d in told["differences"]] == [
        ("WO-2", "state"), ("WO-3", "missing_there"), ("WO-4", "missing_here"),
    ]  # fmt: skip
    assert (told["theirs"], told["ours"]) == (3, 3)
    hotline.order("WO-4")
    open_ones = {d["number"]: d["settled"] for d in hotline.desk.compared()["differences"]}
    assert open_ones == {"WO-2": False, "WO-3": False, "WO-4": True}


def test_the_newest_list_of_a_day_counts(hotline: Hotline) -> None:
    hotline.order("WO-1")
    hotline.desk.compare(_list(hotline, WO_9="open"), "x")
    assert len(hotline.desk.compared()["differences"]) == 2
    hotline.desk.compare(_list(hotline, WO_1="open"), "x")
    compared = hotline.desk.compared()
    assert compared["differences"] == [] and compared["days"][0]["differences"] == 0
    assert len(compared["days"]) == 1


def test_a_call_at_midnight_is_not_missing_for_its_day(hotline: Hotline) -> None:
    at = hotline.scene.now().astimezone(SHANGHAI).replace(hour=0, minute=1)
    hotline.order("WO-1", at=at.isoformat())
    told = hotline.desk.compare(_list(hotline, days_ago=1, WO_1="open"), "x")
    assert told["differences"] == []


def test_an_empty_list_says_that_there_was_none(hotline: Hotline) -> None:
    assert hotline.desk.compare(_list(hotline), "x")["differences"] == []


def test_a_day_to_come_or_a_number_twice_is_refused(hotline: Hotline) -> None:
    with pytest.raises(InvalidInput):
        hotline.desk.compare(_list(hotline, days_ago=-1), "x")
    with pytest.raises(InvalidInput):
        parse_list({"day": "2026-11-20", "orders": [{"number": "A", "state": "open"}] * 2})


def test_a_list_that_does_not_come_by_its_hour_is_noted_once(hotline: Hotline) -> None:
    hotline.scene.house.hotline_list_by = time(9, 0)
    hotline.order("WO-1")
    _at(hotline, days=1, hour=8)
    assert hotline.desk.compared()["days"] == []
    _at(hotline, days=0, hour=9)
    hotline.scene.work()
    (day,) = hotline.desk.compared()["days"]
    assert day["state"] == "missing"
    assert len(hotline.rows("SELECT 1 FROM journal WHERE verb = 'hotline_list_missing'")) == 1
    hotline.desk.compare(_list(hotline, days_ago=1, WO_1="open"), "x")
    assert [d["state"] for d in hotline.desk.compared()["days"]] == ["compared"]
    hotline.scene.work()
    assert [d["state"] for d in hotline.desk.compared()["days"]] == ["compared"]


def test_nothing_is_missing_before_95558_ever_spoke(hotline: Hotline) -> None:
    hotline.scene.house.hotline_list_by = time(0, 0)
    hotline.later(days=1)
    hotline.order("WO-1")
    hotline.scene.work()
    assert hotline.desk.compared()["days"] == []


def _at(hotline: Hotline, days: int, hour: int) -> None:
    now = hotline.scene.now().astimezone(SHANGHAI)
    moved = (now + timedelta(days=days)).replace(hour=hour, minute=0, second=0, microsecond=0)
    hotline.db.set_time(moved)
    hotline.scene.work()
