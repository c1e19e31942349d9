"""The statistics as files: typed cells, nothing that runs, the same numbers as on the page."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from core.paper import Grid
from dashboard.papers import to_docx, to_pdf
from dashboard.statistics_charts import charts
from dashboard.statistics_paper import statistics_paper
from dashboard.statistics_shown import Cell, Lang, change, figure_rows, formed, sections
from dashboard.statistics_xlsx import _write, to_xlsx
from escalation.statistics_figures import FIGURES
from escalation.statistics_view import Statistics, parse_asked, statistics
from tests.statistics.conftest import NOW, Stock

MADE = datetime.fromisoformat("2026-11-22T09:30:00+08:00")


@pytest.fixture(scope="module")
def found(stock: Stock) -> Statistics:
    asked = parse_asked("2026-Q3", None, NOW.date())
    return stock.db.app.read(lambda c: statistics(c, stock.scene.house, asked, NOW))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_holds_every_number_of_every_section(found: Statistics, lang: Lang) -> None:
    data = to_xlsx(found, lang, author="示范银行", exporter="员工9", made_at=MADE)
    book = load_workbook(io.BytesIO(data))
    shown = sections(found, lang)
    assert book.sheetnames[1:-1] == [section.title for section in shown]
    for section in shown:
        sheet = book[section.title]
        assert sheet.freeze_panes == "B2"
        assert [c.value for c in sheet[1]] == list(section.header)
        for number, row in enumerate(section.rows, start=2):
            for place, cell in enumerate(row, start=1):
                kept = sheet.cell(row=number, column=place).value
                typed = cell.form not in ("text", "change") and cell.value is not None
                assert kept == (pytest.approx(cell.value) if typed else cell.text or None)
    figures = book.worksheets[0]
    assert figures.max_row == len(FIGURES) + 1
    assert all(isinstance(figures.cell(row=r, column=2).value, int | float) for r in range(2, 26))
    last = [str(c.value) for row in book.worksheets[-1].iter_rows() for c in row]
    assert any("员工9" in text and "2026-11-22" in text for text in last)
    assert all(row["definition"] in last for row in figure_rows(found, lang))


def test_no_name_is_a_formula() -> None:
    sheet = Workbook().active
    assert sheet is not None
    for text in ("=1+1", "+86", "-1", "@SUM(A1)", '=HYPERLINK("x")'):
        cell = sheet.cell(row=1, column=1)
        _write(cell, Cell(text))
        assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_paper_has_every_figure_with_its_definition(found: Statistics, lang: Lang) -> None:
    paper = statistics_paper(found, lang, None)
    tables = [b for b in paper.blocks if isinstance(b, Grid)][: len(found["groups"])]
    said = {row[0]: row[1] for table in tables for row in table.rows}
    for row in figure_rows(found, lang):
        assert said[row["name"]] == row["text"]
    pdf = PdfReader(io.BytesIO(to_pdf(paper, author="示范银行", made_at=MADE)))
    text = "".join(page.extract_text() for page in pdf.pages).translate({10: None, 0: None})
    assert figure_rows(found, lang)[0]["text"] in text
    assert to_docx(paper, author="示范银行", made_at=MADE) == to_docx(
        paper, author="示范银行", made_at=MADE
    )
    head = {"number": "TJ000009", "sha256": "ab" * 32}
    assert "TJ000009" in statistics_paper(found, lang, head).number


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_chart_draws_what_its_table_says(found: Statistics, lang: Lang) -> None:
    shown = {section.key: section for section in sections(found, lang)}
    drawn = charts(found, lang)
    assert set(drawn) <= set(shown)
    assert {"trend", "channel", "causes", "score_units"} <= set(drawn)
    for key in ("channel", "product", "unit"):
        bars = drawn[key]["data"][0]
        assert bars["x"] == [row[1].value for row in shown[key].rows[:10]]
        assert bars["customdata"] == [row[1].query for row in shown[key].rows[:10]]
    assert drawn["trend"]["data"][0]["y"] == [r[1].value for r in reversed(shown["trend"].rows)]


def test_numbers_in_words() -> None:
    assert formed("zh", "share", 0.8571) == "85.7%"
    assert formed("zh", "hours", 71.96) == "72.0小时"
    assert formed("en", "hours", 84.0) == "3.5 d"
    assert formed("zh", "yuan", 1234.5) == "¥1,234.50"
    assert formed("zh", "count", None) == "—"
    assert change("zh", "count", 12, 10) == "+20.0%"
    assert change("zh", "count", 3, 0) == "新增"
    assert change("en", "share", 0.80, 0.85) == "-5.0 pp"
    assert change("zh", "share", None, 0.5) == "—"
