"""What a paper accepts, and what it makes of the text that it is given."""

from __future__ import annotations

import pytest

from core.paper import Bullets, Fields, Grid, Paper, Paragraph, clean, map_texts
from tests.papers.samples import REPORT


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("甲\r\n乙\r丙\u2028丁\x0b戊\x85己", "甲\n乙\n丙\n丁\n戊\n己"),
        ("a\tb", "a b"),
        ("\x00\x07\x1b客户\x7f", "客户"),
        ("零\u200b宽\ufeff\u2060", "零宽"),
        ("\u202e倒写\u2066", "倒写"),
        ("\ud800孤\udfff", "孤"),
        ("\ufffe\uffff\U0010ffff\ufdd0非", "非"),
        ("葛\U000e0100，好\ufe0f", "葛，好"),
        ("𠮷、囍、😀、“引”", "𠮷、囍、😀、“引”"),
    ],
)
def test_text_is_cleaned(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_every_text_of_a_paper_is_cleaned_wherever_it_stands() -> None:
    paper = Paper("题\x00", blocks=(Fields((("标\x01", "值\x02"),)), Bullets(("项\x03",))))
    assert paper == Paper("题", blocks=(Fields((("标", "值"),)), Bullets(("项",))))


def test_a_paragraph_has_a_part_for_each_line() -> None:
    assert Paragraph("　　甲。\n\n  乙。 \n").parts() == ("甲。", "乙。")


@pytest.mark.parametrize(
    ("header", "rows", "widths", "fault"),
    [
        ((), (), (), "a column"),
        (("甲", "乙"), (("1",),), (), "2 cells"),
        (("甲", "乙"), (), (1.0,), "2 widths"),
        (("甲",), (), (0.0,), "positive"),
        (("甲",), (), (float("nan"),), "positive"),
    ],
)
def test_a_crooked_grid_is_refused(
    header: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    widths: tuple[float, ...],
    fault: str,
) -> None:
    with pytest.raises(ValueError, match=fault):
        Grid(header, rows, widths)


def test_a_paper_needs_a_title_and_a_short_footer() -> None:
    with pytest.raises(ValueError, match="title"):
        Paper(" \x00")
    with pytest.raises(ValueError, match="footer"):
        Paper("题", footer="长" * 101)
    with pytest.raises(ValueError, match="footer"):
        Paper("题", footer="一\n二")


def test_texts_are_mapped_in_reading_order() -> None:
    seen: list[str] = []

    def note(text: str) -> str:
        seen.append(text)
        return text

    assert map_texts(REPORT, note) == REPORT
    assert seen.index("（首报）") < seen.index("发生地点") < seen.index("欧阳文华")
