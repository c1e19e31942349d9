"""The Word document."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from core.paper import Paper
from dashboard.papers import to_docx
from tests.papers.reading import AUTHOR, MADE_AT, assert_in_order, docx_text, open_docx
from tests.papers.samples import LONG_GRID, REPORT


def test_every_label_and_value_is_there_in_order() -> None:
    assert_in_order(REPORT, docx_text(open_docx(REPORT)))


def test_it_is_set_as_an_official_document() -> None:
    document = open_docx(REPORT)
    section = document.sections[0]
    assert section.page_width is not None and section.page_height is not None
    assert abs(section.page_width - Mm(210)) < Mm(0.1)
    assert abs(section.page_height - Mm(297)) < Mm(0.1)
    typefaces = {
        style: document.styles[style].element.rPr.find(qn("w:rFonts")).get(qn("w:eastAsia"))
        for style in ("Title", "Heading 1", "Body Text", "Fenghuo Label", "Fenghuo Value")
    }
    assert typefaces == {
        "Title": "宋体",
        "Heading 1": "黑体",
        "Body Text": "仿宋",
        "Fenghuo Label": "黑体",
        "Fenghuo Value": "仿宋",
    }
    title = document.paragraphs[0]
    assert title.style is not None
    assert (title.style.name, title.style.font.bold) == ("Title", True)


def test_every_page_says_which_of_how_many_it_is() -> None:
    footer = open_docx(REPORT).sections[0].footer
    codes = [code.text for code in footer._element.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]
    assert [p.text for p in footer.paragraphs] == ["第  页 共  页", "内部资料，注意保管"]


def test_a_grids_header_is_repeated_and_its_cells_are_ruled() -> None:
    (table,) = open_docx(LONG_GRID).tables
    rows = table._tbl.tr_lst
    assert len(rows) == 301
    repeated = [row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in rows]
    assert repeated == [True] + [False] * 300
    assert table._tbl.tblPr.find(qn("w:tblBorders")) is not None


def test_it_names_the_bank_and_no_library() -> None:
    raw = to_docx(REPORT, author=AUTHOR, made_at=MADE_AT)
    core = docx.Document(io.BytesIO(raw)).core_properties
    assert (core.author, core.last_modified_by, core.comments) == (AUTHOR, AUTHOR, "")
    assert core.created == core.modified == datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = b"".join(map(archive.read, archive.namelist()))
        assert {part.date_time for part in archive.infolist()} == {(2026, 11, 22, 10, 30, 0)}
    assert b"python-docx" not in parts
    assert b"Macintosh" not in parts


def test_a_very_long_title_and_author_fit_its_properties() -> None:
    raw = to_docx(Paper("长" * 400), author="行" * 400, made_at=MADE_AT)
    assert len(docx.Document(io.BytesIO(raw)).core_properties.title) == 255


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="made_at"):
        to_docx(REPORT, author=AUTHOR, made_at=datetime(2026, 11, 22))  # noqa: DTZ001
