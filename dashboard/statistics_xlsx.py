"""The statistics as a workbook: a sheet a section, typed cells, and a sheet of definitions."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell import Cell as SheetCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.clock import SHANGHAI
from core.paper import clean
from dashboard.statistics_shown import Cell, Lang, figure_rows, sections, w

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {
    "count": "#,##0", "share": "0.0%", "hours": "#,##0.0", "yuan": "#,##0.00", "cases": "0.0",
    "score": "0.0",
}  # fmt: skip
_HEAD = PatternFill("solid", fgColor="FFE8EDF5")
_WIDEST, _NARROWEST = 60, 8


def to_xlsx(
    found: Mapping[str, Any], lang: Lang, *, author: str, exporter: str, made_at: datetime
) -> bytes:
    """`found` as XLSX. `author` is the bank's name, `exporter` who takes it out, `made_at` when."""
    book = Workbook()
    book.properties.creator = clean(author)[:255]
    book.properties.created = made_at.astimezone(SHANGHAI).replace(tzinfo=None)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = w(lang, "stat.s.figures")
    _figures(sheet, found, lang)
    titles = {sheet.title}
    for section in sections(found, lang):
        title = section.title[:31]
        assert title not in titles
        titles.add(title)
        page = book.create_sheet(title)
        _table(page, section.header, section.rows)
        _after(page, [section.rest, section.note])
    _definitions(book.create_sheet(w(lang, "stat.definitions")), found, lang, exporter, made_at)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _figures(sheet: Worksheet, found: Mapping[str, Any], lang: Lang) -> None:
    """Shares with what they are of, so that each can be worked out again."""
    keys = ("c.figure", "now", "before", "change", "year_before", "year_change", "tickets")
    header = [w(lang, f"stat.{key}") for key in keys]
    rows = []
    for row in figure_rows(found, lang):
        form = row["form"]
        rows.append([
            Cell(row["name"]), Cell(row["text"], row["value"], form),
            *(cell for key in ("before", "year_before") for cell in (
                Cell(row[key]["text"], row[key]["value"], form), Cell(row[key]["change"]))),
            Cell(f"{row['hits']}/{row['base']}" if row["base"] is not None else f"{row['hits']}",
                 None if row["base"] is not None else row["hits"], "count"),
        ])  # fmt: skip
    _table(sheet, header, rows)


def _table(sheet: Worksheet, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    widths = [_width(head) for head in header]
    for place, head in enumerate(header, start=1):
        cell = sheet.cell(row=1, column=place)
        _write(cell, Cell(head))
        cell.font, cell.fill = Font(bold=True), _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for number, row in enumerate(rows, start=2):
        for place, one in enumerate(row, start=1):
            _write(sheet.cell(row=number, column=place), one)
            widths[place - 1] = max(widths[place - 1], _width(one.text))
    for place, width in enumerate(widths, start=1):
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width = min(max(width + 2, _NARROWEST), _WIDEST)
    sheet.freeze_panes = "B2"


def _write(cell: SheetCell | Any, one: Cell) -> None:
    """Numbers as numbers; words as words, so that none of them is ever a formula."""
    if one.form in _FORMATS and one.value is not None:
        cell.value = one.value
        cell.number_format = _FORMATS[one.form]
    else:
        cell.value = clean(one.text)
        cell.data_type = "s"


def _after(sheet: Worksheet, lines: Sequence[str]) -> None:
    row = sheet.max_row + 1
    for line in filter(None, lines):
        row += 1
        _write(sheet.cell(row=row, column=1), Cell(line))
        sheet.cell(row=row, column=1).font = Font(italic=True)


def _definitions(
    sheet: Worksheet, found: Mapping[str, Any], lang: Lang, exporter: str, made_at: datetime
) -> None:
    """What each figure counts; of which unit and period; who took it out, and when."""
    period, when = found["period"], made_at.astimezone(SHANGHAI)
    rows: list[list[Cell]] = [
        [Cell(w(lang, "stat.c.unit")), Cell(found["unit"]["name"])],
        [Cell(w(lang, "stat.c.period")),
         Cell(f"{period[lang]}（{period['since']}–{period['through']}）")],
        [Cell(w(lang, "stat.before")), Cell(found["before"][lang])],
        [Cell(w(lang, "stat.year_before")), Cell(found["year_before"][lang])],
        [Cell(""), Cell(w(lang, "stat.p.made", name=exporter, time=f"{when:%Y-%m-%d %H:%M}"))],
    ]  # fmt: skip
    rows += [[Cell(row["name"]), Cell(row["definition"])] for row in figure_rows(found, lang)]
    _table(sheet, [w(lang, "stat.c.figure"), w(lang, "stat.definition")], rows)
    sheet.column_dimensions["B"].width = 100


def _width(text: str) -> int:
    return max(
        (sum(2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")),
        default=0,
    )
