"""Reading tables: encodings, packings, and what is wrong with a file or one of its rows."""

from __future__ import annotations

import gzip
import tracemalloc
from datetime import datetime
from pathlib import Path

import pytest

from complaints.tabular import TableFile
from core.errors import InvalidInput
from tests.importing.files import csv_text, write, write_xlsx

HEADER = ("编号", "姓名")
ROWS = [["1", "张三"], ["2", "李 四"]]


def read(path: Path) -> list[tuple[int, tuple[str, ...]]]:
    return [(line.number, line.cells) for line in TableFile(path).rows()]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.data"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_dress(tmp_path: Path, name: str, encoding: str) -> None:
    path = write(tmp_path / name, csv_text(HEADER, ROWS), encoding)
    table = TableFile(path)
    assert table.header == HEADER
    assert read(path) == [(2, ("1", "张三")), (3, ("2", "李 四"))]
    assert table.length == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = f'a{delimiter}"b,;|"{delimiter}c\r\n1{delimiter}2{delimiter}3\r\n'
    path = write(tmp_path / "a.csv", text)
    assert TableFile(path).header == ("a", "b,;|", "c")
    assert read(path) == [(2, ("1", "2", "3"))]


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsx.gz"])
def test_xlsx_cells_become_text(tmp_path: Path, name: str) -> None:
    rows = [[59895416, datetime(2024, 1, 1, 9, 47, 56), 10462.0, True, None, " x "]]  # noqa: DTZ001
    path = write_xlsx(tmp_path / name, ["a", "b", "c", "d", "e", "f"], rows)
    assert read(path) == [(2, ("59895416", "2024-01-01 09:47:56", "10462", "true", "", "x"))]


def test_a_cell_may_hold_lines_and_row_numbers_count_records(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\r\n1,"x\r\ny"\r\n\r\n2,z\r\n')
    assert read(path) == [(2, ("1", "x\r\ny")), (3, ()), (4, ("2", "z"))]


def test_broken_rows_do_not_cost_the_others(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'a,b\n1,2\n1,"2"x\n1,2,3\n1,2,\n3,4\n5,"6\n7,8\n')
    lines = list(TableFile(path).rows())
    assert [(line.number, line.cells) for line in lines if line.fault is None] == [
        (2, ("1", "2")), (5, ("1", "2")), (6, ("3", "4")),
    ]  # fmt: skip
    faults = {line.number: line.fault.en for line in lines if line.fault}
    assert faults == {
        3: "its quotes do not pair up",
        4: "more cells than the header has",
        7: "its quotes do not pair up",
    }


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (b"\r\n\r\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (gzip.compress(b""), "the file is empty"),
        (gzip.compress(b"a,b\n" + b"1,2\n" * 5000)[:-20], "the file is damaged or incomplete"),
        (b"\x1f\x8bnot gzip at all", "the file is damaged or incomplete"),
        (b"PK\x03\x04not a workbook", "the file is damaged or incomplete"),
        (b"a,b\n\xff\xff\xff,1\n", "is neither UTF-8 nor GB18030 text"),
        (b'a,"b\n1,2\n', "the header: its quotes do not pair up"),
    ],
)
def test_an_unusable_file_says_why_and_what_to_do(tmp_path: Path, data: bytes, what: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with pytest.raises(InvalidInput) as caught:
        TableFile(path)
    fault = caught.value.faults[0]
    assert (fault.field, fault.en) == ("file", what)
    assert fault.remedy_zh and fault.remedy_en


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        TableFile(tmp_path / name)


def test_a_workbook_that_lies_about_its_size_is_read_whole(tmp_path: Path) -> None:
    import zipfile

    path = write_xlsx(tmp_path / "a.xlsx", HEADER, ROWS)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:B3"' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'ref="A1:B3"', b'ref="A1:A1"')
    with zipfile.ZipFile(path, "w") as book:
        for name, data in parts.items():
            book.writestr(name, data)
    assert read(path) == [(2, ("1", "张三")), (3, ("2", "李 四"))]


def test_memory_does_not_grow_with_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("a,b\n" + ("1," + "x" * 200 + "\n") * 60_000)  # 12 MB
    tracemalloc.start()
    try:
        assert sum(1 for _ in TableFile(path).rows()) == 60_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # The text decoder of a whole megabyte and its parts; far below the file's 12.
    assert peak < 6_000_000
