"""事件规模: how many there are, without a line of noughts where nobody has complained."""

from __future__ import annotations

from typing import Any

import pytest

from escalation.report_words import grade, scale

FIGURES: dict[str, Any] = {
    "as_of": "2026-11-23T10:05:00+08:00", "clients": 0, "complaints": 0, "unidentified": 0,
    "headcount": 0, "onlookers": 0, "by_unit": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"headcount": 12, "onlookers": 3}, "现场聚集12人、围观3人，尚无登记投诉。"),
        ({}, "尚无登记投诉。"),
        ({"clients": 10, "complaints": 10}, "投诉客户10人。"),
        (
            {"clients": 2, "complaints": 2, "unidentified": 1, "headcount": 12, "onlookers": 3},
            "投诉客户2人，其中身份未核实1人，现场12人、围观3人。",
        ),
    ],
)
def test_a_gathering_without_complaints_is_told_as_one(counts: dict[str, int], words: str) -> None:
    assert scale({**FIGURES, **counts}) == f"截至11月23日10:05，{words}"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"headcount": 12}, "现场聚集"),
        ({"headcount": 12, "clients": 2}, "集体投诉"),
        ({"headcount": 40, "severity": "large"}, "大规模聚众投诉"),
    ],
)
def test_nor_is_its_severity_that_of_complaints(counts: dict[str, Any], words: str) -> None:
    calm = {"severity": "incident", "media_exposed": False, "safety_threat": False}
    assert grade({**FIGURES, **calm, **counts}) == words
