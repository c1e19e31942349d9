"""Lengths of time, and YAML without its surprises."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.durations import format_span, parse_span
from core.strict_yaml import dotted, parse_document


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("5m", 300),
        ("24h", 86_400),
        ("72h", 259_200),
        ("2d", 172_800),
        ("1h30m", 5_400),
    ],
)
def test_a_length_of_time_is_read(text: str, seconds: int) -> None:
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "5 m",
        "5M",
        "-5m",
        "1.5h",
        "0s",
        "0h0m",
        "30m1h",
        "5m5m",
        "５m",
        "9999d",
        "5min",
    ],
)
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_span(text)


@given(st.integers(min_value=1, max_value=3_660 * 86_400))
def test_a_length_of_time_is_written_as_it_is_read(seconds: int) -> None:
    span = timedelta(seconds=seconds)
    assert parse_span(format_span(span)) == span


@pytest.mark.parametrize("span", [timedelta(0), timedelta(seconds=-5), timedelta(microseconds=5)])
def test_only_whole_seconds_above_zero_are_written(span: timedelta) -> None:
    with pytest.raises(ValueError):
        format_span(span)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10),
        ("-3", -3),
        ("0.5", 0.5),
        ("true", True),
        ("null", None),
        ("", None),
        ('"10"', "10"),
        ('""', ""),
        # YAML 1.1 would make of these: false, true, 750, 8, a date, 1000, infinity
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("010", "010"),
        ("2026-11-21", "2026-11-21"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
    ],
)
def test_a_bare_word_is_a_text_unless_plainly_not(text: str, value: object) -> None:
    read = parse_document(f"key: {text}\n", "f").get("key")
    assert (read, type(read)) == (value, type(value))


def test_every_place_knows_its_line() -> None:
    text = "# note\na:\n  b: [1, {c: 2}]\n  d:\n    - 3\n\n    - e: 4\n"
    document = parse_document(text, "f")
    assert document.value == {"a": {"b": [1, {"c": 2}], "d": [3, {"e": 4}]}}
    places = {("a",): 2, ("a", "b", 1, "c"): 3, ("a", "d", 0): 5, ("a", "d", 1, "e"): 7}
    assert {place: document.line(place) for place in places} == places
    assert document.line(("a", "d", "nothing", "here")) == 4
    assert dotted(("a", "d", 1, "e")) == "a.d[2].e"


def test_what_is_not_there_is_none() -> None:
    document = parse_document("a: [1]\n", "f")
    assert document.get("a", 0) == 1
    assert [document.get(*place) for place in ((), ("b",), ("a", 7), ("a", 0, "x"))] == [
        {"a": [1]},
        None,
        None,
        None,
    ]


def test_an_alias_in_a_circle_is_only_a_fault() -> None:
    document = parse_document("a: &a [*a]\n", "f")
    assert [fault.what for fault in document.faults] == [
        "an anchor (&) is not taken here",
        "an alias (*) is not taken here",
    ]


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    document = parse_document(text, "f")
    assert document.lines or document.faults
