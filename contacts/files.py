"""Tables in and out: XLSX and CSV as rows of text. Knows no layout; those are one file each.

Reading: CSV in UTF-8 (with or without mark) or GB18030, XLSX's first sheet with text.
Writing: what people typed is never a formula in somebody's spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from contacts.faults import fault, texts
from core.errors import FieldFault, InvalidInput

Kind = Literal["xlsx", "csv"]

MOST_BYTES = 8_000_000
MOST_UNPACKED = 80_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_MERGED = 500_000
#: A spreadsheet's longest cell; csv's own limit is the whole process's, any reader may move it.
LONGEST_CELL = 32_767
#: How many rows of title a file may have above its header.
TITLE_ROWS = 20
#: A cell that begins so could run as a formula; ' is among them so that guarding can be undone.
_RISKY = tuple("=+-@\t\r＝＋－＠'")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class RowFault:
    """What is wrong in one row (counted from 1, as a spreadsheet does; 0: the whole file)."""

    row: int
    column: str
    zh: str
    en: str
    remedy_zh: str
    remedy_en: str


@dataclass(frozen=True)
class ImportResult:
    """How many rows were kept, what was wrong with the others, how many seats were ended."""

    kept: int
    faults: list[RowFault] = field(default_factory=list)
    ended: int = 0


@dataclass(frozen=True)
class Row:
    """One row below the header: its number in the file and its cells by column name."""

    number: int
    cells: Mapping[str, str]


def row_fault(row: int, column: str, kind: str, /, **words: str) -> RowFault:
    """A fault of `contacts.faults` in one cell."""
    return RowFault(row, column, *texts(kind, **words))


def as_row_fault(row: int, column: str, found: FieldFault) -> RowFault:
    """A field's fault, said of a cell."""
    return RowFault(row, column, found.zh, found.en, found.remedy_zh, found.remedy_en)


def read_table(
    data: bytes, columns: Sequence[str], required: Sequence[str]
) -> tuple[list[Row], list[RowFault]]:
    """Rows below the header as text; blank rows are passed over.

    The header is the first row (within TITLE_ROWS) that has all `required` columns, in any order;
    other columns are ignored. Without one there are no rows and a fault for each missing column.
    """
    try:
        table = _read_xlsx(data) if data[:2] == b"PK" else _read_csv(data)
    except InvalidInput as error:
        return [], [as_row_fault(0, "", found) for found in error.faults]
    head = [_header(cells, columns) for cells in table[:TITLE_ROWS]]
    best = max(range(len(head)), key=lambda n: (len(head[n]), -n), default=None)
    places = {} if best is None else head[best]
    missing = [column for column in required if column not in places]
    if best is None or missing:
        where = best + 1 if best is not None and places else 0
        return [], [row_fault(where, c, "missing_column", column=c) for c in missing]
    rows = []
    for number, cells in enumerate(table[best + 1 :], start=best + 2):
        if any(cells):
            named = {c: cells[n] if n < len(cells) else "" for c, n in places.items()}
            rows.append(Row(number, named))
    return rows, []


def _header(cells: Sequence[str], columns: Sequence[str]) -> dict[str, int]:
    """Where each known column stands; the first wins when one is there twice."""
    folded = {fold(column): column for column in columns}
    places: dict[str, int] = {}
    for number, cell in enumerate(cells):
        column = folded.get(fold(cell))
        if column is not None:
            places.setdefault(column, number)
    return places


def fold(text: str) -> str:
    """Text as it is compared: half-width, without any blanks, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def _unreadable(kind: str = "unreadable") -> InvalidInput:
    return InvalidInput([fault("file", kind)])


def _read_csv(data: bytes) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise _unreadable("too_large")
    text = None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None or "\0" in text:
        raise _unreadable()
    table = []
    try:
        for cells in csv.reader(io.StringIO(text, newline="")):
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise _unreadable()
            table.append([_unguard(cell).strip() for cell in cells])
            if len(table) > MOST_ROWS:
                raise _unreadable("too_large")
    except csv.Error as error:
        raise _unreadable() from error
    return table


def _read_xlsx(data: bytes) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise _unreadable("too_large")
    try:
        _check_archive(data)
        sheets = load_workbook(io.BytesIO(data), data_only=True).worksheets
        for sheet in sheets:
            if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
                raise _unreadable("too_large")
            table = [[_text(value) for value in line] for line in sheet.iter_rows(values_only=True)]
            if any(any(cells) for cells in table):
                _fill_merged(sheet, table)
                return table
    except _BROKEN as error:
        raise _unreadable() from error
    return []


#: What the reader raises on a damaged archive, on damaged XML, on XML with unexpected contents.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)
_MERGED = re.compile(rb"mergeCell\s[^>]*?ref\s*=\s*[\"'](\$?[A-Z]+\$?\d+:\$?[A-Z]+\$?\d+)[\"']")


def _check_archive(data: bytes) -> None:
    """Refuse what would take too much memory: unpacked parts, merged cells (one object each)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
            raise _unreadable("too_large")
        merged = 0
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                for found in _MERGED.findall(archive.read(name)):
                    left, top, right, bottom = range_boundaries(found.decode())
                    merged += (int(right or 0) - int(left or 0) + 1) * (
                        int(bottom or 0) - int(top or 0) + 1
                    )
        if merged > MOST_MERGED:
            raise _unreadable("too_large")


def _fill_merged(sheet: Worksheet, table: list[list[str]]) -> None:
    """A unit's cell merged over the rows of its people counts for each of them."""
    for merged in sheet.merged_cells.ranges:
        if merged.min_col == merged.max_col and merged.max_row <= len(table):
            column = merged.min_col - 1
            for row in range(merged.min_row, merged.max_row):
                table[row][column] = table[merged.min_row - 1][column]


def _text(value: object) -> str:
    """A cell as text; a number typed for a code or a phone is shown without a fraction."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _guard(text: str) -> str:
    return f"'{text}" if text.startswith(_RISKY) else text


def _unguard(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str | None]], kind: Kind) -> bytes:
    """The rows under a header, every cell as text."""
    plain = [[_CONTROL.sub("", cell or "") for cell in row] for row in rows]
    return _write_csv(columns, plain) if kind == "csv" else _write_xlsx(columns, plain)


def _write_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_guard(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _write_xlsx(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    widths = [len(column) for column in columns]
    for number, row in enumerate([columns, *rows], start=1):
        for place, text in enumerate(row, start=1):
            cell = sheet.cell(row=number, column=place)
            cell.value = text
            cell.data_type = "s"  # else a text that begins with = would be a formula
            cell.number_format = "@"
            widths[place - 1] = max(widths[place - 1], min(len(text), 40))
    for place, width in enumerate(widths, start=1):
        sheet.cell(row=1, column=place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = 2 * width + 2
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
