"""Tables read a row at a time: CSV and XLSX, plain or gzipped; UTF-8 (with or without mark) or
GB18030. Memory does not grow with the table.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import io
import shutil
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import IO, Any, Literal

from openpyxl import load_workbook

from core.errors import FieldFault, InvalidInput

#: The longest cell that is read at all; what a field may hold is checked later.
_LONGEST_CELL = 16_000_000
_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_ENCODINGS = ("utf-8-sig", "gb18030")
#: What openpyxl raises on a damaged archive, on damaged XML, on XML with unexpected contents.
_BROKEN_BOOK = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError,
    SyntaxError, LookupError, ValueError, TypeError, AttributeError,
)  # fmt: skip

_EMPTY = ("文件是空的", "the file is empty", "请提供有表头的表格", "give a table with a header row")
_DAMAGED = (
    "文件已损坏或不完整",
    "the file is damaged or incomplete",
    "请重新导出或重新传送",
    "export or copy it again",
)
_ENCODING = (
    "既不是 UTF-8 也不是 GB18030 文本",
    "is neither UTF-8 nor GB18030 text",
    "请另存为 UTF-8 的 CSV",
    "save it as CSV in UTF-8",
)
_QUOTES = (
    "引号不成对",
    "its quotes do not pair up",
    "请检查引号：文中的引号应写两遍",
    "check the quotes: one inside a quoted text is written twice",
)
_TOO_MANY = (
    "单元格多于表头",
    "more cells than the header has",
    "请检查分隔符：含分隔符的文字应加引号",
    "check the separators: a text that holds one must be quoted",
)


@dataclass(frozen=True)
class Line:
    """One row below the header: its number as a spreadsheet counts, its cells, or its fault."""

    number: int
    cells: tuple[str, ...] = ()
    fault: FieldFault | None = None

    @property
    def blank(self) -> bool:
        return self.fault is None and not any(self.cells)


class TableFile:
    """A table on disk that can be read any number of times.

    InvalidInput (field ``file``) when it cannot be read, is empty or is damaged. A damaged text is
    found out here, before anything of it is used; a damaged workbook by `length` at the latest.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with self._raw() as file:
                self._gzipped = file.read(2) == b"\x1f\x8b"
            self.digest = self._digest()
            with self._bytes() as stream:
                start = stream.read(4)
            self.kind: Literal["xlsx", "csv"] = "xlsx" if start == b"PK\x03\x04" else "csv"
            self._encoding = self._find_encoding() if self.kind == "csv" else ""
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _unusable(_DAMAGED) from error
        except OSError as error:
            why = error.strerror or "?"
            raise _unusable((
                f"无法读取文件（{why}）", f"the file cannot be read ({why})",
                "请检查路径和权限", "check its path and rights",
            )) from error  # fmt: skip
        self.header = self._header()

    @cached_property
    def length(self) -> int:
        """How many rows there are below the header (a whole reading)."""
        return sum(1 for _ in self.rows())

    def rows(self) -> Iterator[Line]:
        """The rows below the header, blank ones too. A broken row has a fault and no cells."""
        wide = len(self.header)
        lines = self._lines()
        for line in lines:
            if line.fault is None and any(line.cells):
                break  # the header
        for line in lines:
            if line.fault is None and any(line.cells[wide:]):
                yield Line(line.number, fault=FieldFault("", *_TOO_MANY))
            else:
                yield Line(line.number, line.cells[:wide], line.fault)

    def _header(self) -> tuple[str, ...]:
        with contextlib.closing(self._lines()) as lines:
            for line in lines:
                if line.fault is not None:
                    raise InvalidInput([FieldFault(
                        "file", f"表头：{line.fault.zh}", f"the header: {line.fault.en}",
                        line.fault.remedy_zh, line.fault.remedy_en,
                    )])  # fmt: skip
                if any(line.cells):
                    return line.cells
        raise _unusable(_EMPTY)

    def _lines(self) -> Generator[Line, None, None]:
        return self._csv_lines() if self.kind == "csv" else self._xlsx_lines()

    def _csv_lines(self) -> Generator[Line, None, None]:
        csv.field_size_limit(_LONGEST_CELL)
        with self._text() as text:
            delimiter = _delimiter(text.readline())
        with self._text() as text:
            # Strict, or a quote that is never closed would swallow the rest without a word.
            reader = csv.reader(text, delimiter=delimiter, strict=True)
            number = 0
            while True:
                number += 1
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    yield Line(number, fault=FieldFault("", *_QUOTES))
                    continue
                yield Line(number, tuple(cell.strip() for cell in cells))

    def _xlsx_lines(self) -> Generator[Line, None, None]:
        try:
            with self._seekable() as file, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # styles and extensions that nobody needs here
                book = load_workbook(file, read_only=True, data_only=True)
                try:
                    sheet: Any = next((s for s in book.worksheets if _has_text(s)), None)
                    if sheet is None:
                        return
                    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
                        yield Line(number, tuple(_cell_text(value) for value in cells))
                finally:
                    book.close()
        except _BROKEN_BOOK as error:
            raise _unusable(_DAMAGED) from error

    @contextlib.contextmanager
    def _seekable(self) -> Iterator[IO[bytes]]:
        """The workbook as a file that can be sought in; unpacked to disk, not to memory."""
        with self._bytes() as stream:
            if not self._gzipped:
                yield stream
                return
            with tempfile.TemporaryFile() as unpacked:
                shutil.copyfileobj(stream, unpacked, _CHUNK)
                unpacked.seek(0)
                yield unpacked

    def _raw(self) -> io.BufferedIOBase:
        return self.path.open("rb")

    def _bytes(self) -> IO[bytes]:
        if self._gzipped:
            return gzip.open(self.path, "rb")  # type: ignore[return-value]
        return self.path.open("rb")

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._bytes(), encoding=self._encoding, newline="")

    def _find_encoding(self) -> str:
        for encoding in _ENCODINGS:
            self._encoding = encoding
            with contextlib.suppress(UnicodeDecodeError), self._text() as text:
                while text.read(_CHUNK):
                    pass
                return encoding
        raise _unusable(_ENCODING)

    def _digest(self) -> bytes:
        with self._raw() as file:
            return hashlib.file_digest(file, "sha256").digest()


class TableContent(TableFile):
    """A table held in memory: what is read is what was digested, whatever becomes of the file."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        super().__init__(Path())

    def _raw(self) -> io.BufferedIOBase:
        return io.BytesIO(self._content)

    def _bytes(self) -> IO[bytes]:
        raw = io.BytesIO(self._content)
        return gzip.open(raw, "rb") if self._gzipped else raw  # type: ignore[return-value]


def _unusable(texts: tuple[str, str, str, str]) -> InvalidInput:
    return InvalidInput([FieldFault("file", *texts)])


def _delimiter(first: str) -> str:
    """The sign that parts the header's cells: the most frequent one outside quotes."""
    bare = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=bare.count)


def _has_text(sheet: Any) -> bool:
    if not hasattr(sheet, "iter_rows"):  # a chart sheet
        return False
    sheet.reset_dimensions()  # some programs write a wrong one, and rows would be cut off
    return any(any(_cell_text(v) for v in row) for row in sheet.iter_rows(values_only=True))


def _cell_text(value: object) -> str:
    """A cell as text; a number typed for a code is shown without a fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    return str(value).strip()
