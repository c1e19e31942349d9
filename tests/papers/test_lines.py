"""Line breaking: the rules of Chinese typesetting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.papers.lines import break_lines
from dashboard.papers.shape import ems


def test_a_closing_mark_never_begins_a_line() -> None:
    assert break_lines("一二三四五，六七", 5, ems) == ["一二三四", "五，六七"]


def test_an_opening_mark_never_ends_a_line() -> None:
    assert break_lines("一二三四（五）六", 5, ems) == ["一二三四", "（五）六"]


def test_a_word_and_a_figure_stay_whole() -> None:
    assert break_lines("共 1,286.50 万元", 5, ems) == ["共", "1,286.50", "万元"]


def test_what_is_longer_than_a_line_is_taken_apart() -> None:
    assert break_lines("A" * 25, 5.5, ems) == ["A" * 10, "A" * 10, "A" * 5]
    assert break_lines("，" * 7, 3, ems) == ["，" * 3, "，" * 3, "，"]


def test_the_first_line_leaves_room_for_its_indent() -> None:
    assert break_lines("一二三四五六", 4, ems, first=2) == ["一二", "三四五六"]


def test_nothing_is_one_empty_line() -> None:
    assert break_lines("", 5, ems) == [""]


@given(st.text(st.sampled_from("中文，。（）“”aZ9.- 　\u0301"), max_size=80), st.integers(2, 12))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = break_lines(text, width, ems)
    assert all(ems(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
