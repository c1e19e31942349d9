"""The PDF."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest
from pypdf import PdfReader

from core.paper import Fields, Grid, Heading, Paper, Paragraph
from dashboard.papers import to_pdf
from tests.papers.reading import AUTHOR, MADE_AT, assert_in_order, open_pdf, pdf_text, squeezed
from tests.papers.samples import LONG_GRID, REPORT


def test_every_label_and_value_is_there_in_order() -> None:
    assert_in_order(REPORT, pdf_text(open_pdf(REPORT), REPORT.footer))


def test_it_is_a4_and_a_page_break_begins_a_page() -> None:
    reader = open_pdf(REPORT)
    assert len(reader.pages) == 2
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [210, 297]
    assert squeezed(reader.pages[1].extract_text()).startswith("二、电话通知")


def test_a_long_grid_repeats_its_header_on_every_page() -> None:
    reader = open_pdf(LONG_GRID)
    assert len(reader.pages) > 8
    for page in reader.pages:
        assert page.extract_text().count("应急岗位") == 1
    assert_in_order(LONG_GRID, pdf_text(reader))


def _fonts(reader: PdfReader) -> list[Any]:
    return [
        font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        for font in reader.pages[0]["/Resources"]["/Font"].values()
    ]


def test_both_fonts_are_embedded_as_subsets() -> None:
    fonts = _fonts(open_pdf(REPORT))
    assert len(fonts) == 2
    for font in fonts:
        assert "+NotoS" in font["/FontName"]
        assert len(font["/FontFile3"].get_object().get_data()) > 1000
    assert len(to_pdf(REPORT, author=AUTHOR, made_at=MADE_AT)) < 200_000


def test_a_character_without_a_glyph_is_shown_as_such_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        text = pdf_text(open_pdf(Paper("名单", blocks=(Fields((("姓名", "张𠮷、李囍😀"),)),))))
    assert "张〓、李囍〓" in text
    assert "U+20BB7、U+1F600" in text
    assert caplog.records == []


def test_no_note_where_nothing_is_missing() -> None:
    assert "字库" not in pdf_text(open_pdf(REPORT), REPORT.footer)


def test_a_cell_taller_than_a_page_goes_on_on_the_next() -> None:
    story = "".join(f"第{i}句，" for i in range(1500))
    reader = open_pdf(Paper("经过", blocks=(Fields((("经过", story), ("备注", "无"))),)))
    assert len(reader.pages) > 2
    assert f"{squeezed(story)}备注无" in pdf_text(reader)


def test_a_header_taller_than_a_page_is_not_repeated_for_ever() -> None:
    grid = Grid(("表头" * 2000, "乙"), (("丙", "丁"),) * 5, widths=(1, 1))
    text = pdf_text(open_pdf(Paper("题", blocks=(grid,))))
    assert [text.count(part) for part in ("表头", "乙", "丙", "丁")] == [2000, 1, 5, 5]


def test_an_unbroken_word_wraps_inside_the_margins() -> None:
    paper = Paper("题", blocks=(Paragraph("W" * 600), Fields((("L" * 99, "V" * 900),))))
    text = pdf_text(open_pdf(paper))
    assert_in_order(paper, text)


def test_a_heading_stays_with_what_follows() -> None:
    blocks = [
        block for i in range(60) for block in (Heading(f"标题{i}。"), Paragraph(f"正文{i}。"))
    ]
    for page in open_pdf(Paper("题", blocks=tuple(blocks))).pages:
        body = squeezed(page.extract_text()).partition("第")[0]
        assert body.rpartition("正文")[2].count("标题") == 0


def test_it_names_the_bank_and_the_time() -> None:
    info = open_pdf(REPORT).metadata
    assert info is not None
    assert (info.author, info.producer, info.creator) == (AUTHOR, "Fenghuo", "Fenghuo")
    assert info.title == REPORT.title.replace("\n", " ")
    assert info.creation_date == MADE_AT


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="made_at"):
        to_pdf(REPORT, author=AUTHOR, made_at=datetime(2026, 11, 22))  # noqa: DTZ001


def test_an_english_paper_counts_its_pages_in_english() -> None:
    assert "Page 1 of 1" in open_pdf(Paper("Review", lang="en")).pages[0].extract_text()
