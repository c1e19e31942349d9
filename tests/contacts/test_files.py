"""Tables in and out: encodings, title rows, merged cells, numbers as text, no formulas."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from contacts import files
from contacts.files import MOST_ROWS, Kind, read_table, write_table

COLUMNS = ("分行", "姓名", "备注")


def _xlsx(*rows: Sequence[object], merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read(data: bytes) -> list[tuple[int, dict[str, str]]]:
    rows, faults = read_table(data, COLUMNS, COLUMNS[:2])
    assert faults == []
    return [(row.number, dict(row.cells)) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_each_encoding(encoding: str) -> None:
    text = "姓名,分行,备注\r\n张三,上海分行,龘\r\n"
    expected = [(2, {"姓名": "张三", "分行": "上海分行", "备注": "龘"})]
    assert _read(text.encode(encoding)) == expected


def test_titles_above_other_columns_between_and_blank_rows_are_tolerated() -> None:
    text = "附件2\n,应急小组名单,\n序号,姓 名,分行\n1,张三,上海分行\n,,\n2,李四,南京分行,多余\n"
    assert _read(text.encode()) == [
        (4, {"姓名": "张三", "分行": "上海分行"}),
        (6, {"姓名": "李四", "分行": "南京分行"}),
    ]


def test_a_short_row_reads_as_blank() -> None:
    assert _read("分行,姓名,备注\n上海分行\n".encode())[0][1] == {
        "分行": "上海分行",
        "姓名": "",
        "备注": "",
    }


def test_numbers_and_merged_cells_of_a_spreadsheet() -> None:
    data = _xlsx(
        ["分行", "姓名", "备注"],
        ["上海分行", "张三", 13800001234],
        [None, "李四", 13800001235.0],
        ["南京分行", "王五", date(2026, 11, 16)],
        merge="A2:A3",
    )
    assert [(c["分行"], c["备注"]) for _, c in _read(data)] == [
        ("上海分行", "13800001234"),
        ("上海分行", "13800001235"),
        ("南京分行", "2026-11-16 00:00:00"),
    ]


def test_the_first_sheet_with_anything_is_read() -> None:
    book = Workbook()
    book.create_sheet("名单").append(["分行", "姓名"])
    book.worksheets[1].append(["上海分行", "张三"])
    out = io.BytesIO()
    book.save(out)
    assert _read(out.getvalue()) == [(2, {"分行": "上海分行", "姓名": "张三"})]


def test_missing_columns_are_named() -> None:
    rows, faults = read_table("附件2\n姓名,备注\n张三,无\n".encode(), COLUMNS, COLUMNS[:2])
    assert rows == []
    assert [(f.row, f.zh) for f in faults] == [(2, "缺少列“分行”")]
    rows, faults = read_table(b"", COLUMNS, COLUMNS[:2])
    assert (rows, [f.row for f in faults]) == ([], [0, 0])


SOUND = _xlsx(["分行", "姓名"], ["上海分行", "张三"], ["南京分行", 7], merge="A2:A3")


def _remade(change: Callable[[int, bytes], bytes]) -> bytes:
    """The sound spreadsheet with each of its parts (number, XML) changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SOUND)) as sound, zipfile.ZipFile(out, "w") as damaged:
        for number, name in enumerate(sound.namelist()):
            damaged.writestr(name, change(number, sound.read(name)))
    return out.getvalue()


def _with_part(old: bytes, new: bytes) -> bytes:
    return _remade(lambda _, part: part.replace(old, new))


def _damaged_part(place: int, noise: bytes) -> bytes:
    """One of its XML parts has noise in it."""

    def change(number: int, part: bytes) -> bytes:
        at = place % len(part)
        return part[:at] + noise + part[at + len(noise) :] if number == place % 9 else part

    return _remade(change)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00\x01", "cannot be read"),
        (b"PK\x03\x04 nonsense", "cannot be read"),
        (b"a\0b", "cannot be read"),
        (b'"' + b"x" * 200_000, "cannot be read"),
        (b"x\n" * (MOST_ROWS + 1), "too large"),
        (b"x" * 9_000_000, "too large"),
        (b"PK" + b"x" * 9_000_000, "too large"),
        (_with_part(b'"A2:A3"', b'"A1:XFD1048576"'), "too large"),
        (_xlsx(["a"] * 300), "too large"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, why: str) -> None:
    csv.field_size_limit(16_000_000)  # as another reader of this process leaves it
    rows, faults = read_table(data, COLUMNS, COLUMNS[:2])
    assert rows == []
    assert len(faults) == 1 and why in faults[0].en and faults[0].remedy_zh


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _xlsx(["分行", "姓名"], *[["上海分行", "张三"]] * 500)
    monkeypatch.setattr(files, "MOST_UNPACKED", 4 * len(data))
    assert [f.en for f in read_table(data, COLUMNS, COLUMNS[:2])[1]] == ["the file is too large"]


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=40), st.booleans())
def test_a_damaged_spreadsheet_is_read_or_refused_never_an_error(
    place: int, noise: bytes, inside: bool
) -> None:
    data = bytearray(SOUND)
    if inside:
        data = bytearray(_damaged_part(place, noise))
    else:
        data[place % len(data) : place % len(data) + len(noise)] = noise
    rows, faults = read_table(bytes(data), COLUMNS, COLUMNS[:2])
    assert not (rows and faults)


typed = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12).map(
    str.strip
) | st.sampled_from(["=1+1", "+86", "-1", "@x", "'=1", "''", "＝cmd|' /C calc'!A0", "a,b", 'a"b'])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(typed, typed, typed).filter(any), max_size=5),
    st.sampled_from(["xlsx", "csv"]),
)
def test_what_is_written_is_read_again(rows: list[tuple[str, str, str]], kind: Kind) -> None:
    found = _read(write_table(COLUMNS, rows, kind))
    assert [tuple(cells[c] for c in COLUMNS) for _, cells in found] == rows


@pytest.mark.parametrize("risky", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1"])
def test_no_cell_is_a_formula(risky: str) -> None:
    text = write_table(COLUMNS, [(risky, "张三", None)], "csv").decode("utf-8-sig")
    assert text.splitlines()[1].lstrip('"').startswith("'")
    book = load_workbook(io.BytesIO(write_table(COLUMNS, [(risky, "张三", None)], "xlsx")))
    cell = book.worksheets[0].cell(row=2, column=1)
    assert (cell.data_type, cell.value) == ("s", risky)


def test_control_characters_are_dropped() -> None:
    data = write_table(COLUMNS, [("上海\x00\x0b分行", "张三", None)], "xlsx")
    assert _read(data)[0][1]["分行"] == "上海分行"
