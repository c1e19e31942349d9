"""A map applied to rows: what is read, what is mended, what is refused, and what is never said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from complaints.mapped_rows import MappedRow, RowMapper, unit_code
from complaints.mapping import load_map
from complaints.tabular import Line
from core.errors import InvalidInput
from tests.importing.files import BANK_HEADER, BANK_MAP, MAPS, bank_rows, write

CFPB_11 = (
    "Date received", "Product", "Sub-product", "Company", "State", "ZIP code",
    "Consumer consent provided?", "Submitted via", "Company response to consumer",
    "Timely response?", "Consumer disputed?",
)  # fmt: skip
CFPB_18 = (
    "Date received", "Product", "Sub-product", "Issue", "Sub-issue",
    "Consumer complaint narrative", "Company public response", "Company", "State", "ZIP code",
    "Tags", "Consumer consent provided?", "Submitted via", "Date sent to company",
    "Company response to consumer", "Timely response?", "Consumer disputed?", "Complaint ID",
)  # fmt: skip


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


def mapper(path: Path, header: Sequence[str]) -> RowMapper:
    return RowMapper(load_map(path), header, digest=digest, head_office="HO")


def read(rows: RowMapper, number: int, *cells: object) -> MappedRow:
    found = rows.read(Line(number, tuple(str(cell) for cell in cells)))
    assert found is not None
    return found


@pytest.fixture
def bank(tmp_path: Path) -> RowMapper:
    return mapper(write(tmp_path / "map.yaml", BANK_MAP), BANK_HEADER)


def test_a_sound_row(bank: RowMapper) -> None:
    value = read(bank, 2, *bank_rows(1)[0]).value
    assert value is not None
    assert value.received_at.isoformat() == "2026-11-20T08:10:00+08:00"
    assert (value.source, value.source_ref, value.unit) == ("desk", "D1", "SH1")
    assert (value.channel, value.product, str(value.amount)) == ("counter", "稳健 理财", "100.50")
    assert value.client is not None
    assert (value.client.name, value.client.phone) == ("客户1", "13900000001")


def test_every_fault_of_a_row_names_its_column_and_no_content(bank: RowMapper) -> None:
    cells = ["", "yesterday-secret", "shout-secret", "", "王秘密" * 100, "139", "", "secret"]
    row = read(bank, 7, *cells)
    assert row.value is None
    assert {fault.field for fault in row.faults} == {
        "编号",
        "受理时间",
        "渠道",
        "机构号",
        "姓名",
        "金额",
    }
    said = repr(row.faults)
    assert "secret" not in said and "秘密" not in said
    assert all(fault.remedy_zh and fault.remedy_en for fault in row.faults)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59", "2026-02-30", "1732179000"])
def test_impossible_times_are_refused(bank: RowMapper, text: str) -> None:
    cells = bank_rows(1)[0]
    cells[1] = text
    assert [f.en for f in read(bank, 2, *cells).faults] == [
        "not a time in any of the map's formats"
    ]


def test_a_time_with_its_own_zone_keeps_it(bank: RowMapper) -> None:
    cells = bank_rows(1)[0]
    cells[1] = "2026-11-20T08:10:00Z"
    value = read(bank, 2, *cells).value
    assert value is not None and value.received_at.utcoffset() is not None
    assert value.received_at.isoformat().startswith("2026-11-20T08:10:00")
    assert value.received_at.utcoffset().total_seconds() == 0  # type: ignore[union-attr]


def test_a_header_may_be_spelled_a_little_otherwise(tmp_path: Path) -> None:
    header = (" 编 号", "受理时间", "渠道", "机构号", "姓名", "电话", "产品", "金额")
    rows = mapper(write(tmp_path / "map.yaml", BANK_MAP), header)
    assert read(rows, 2, *bank_rows(1)[0]).value is not None


def test_missing_and_doubled_columns_are_all_named(tmp_path: Path) -> None:
    header = ("编号", "受理时", "渠道", "渠道", "机构号", "姓名", "电话", "金额")
    with pytest.raises(InvalidInput) as caught:
        mapper(write(tmp_path / "map.yaml", BANK_MAP), header)
    found = {fault.field: fault for fault in caught.value.faults}
    assert set(found) == {"受理时间", "渠道", "产品"}
    assert found["受理时间"].remedy_en.startswith("did you mean `受理时`?")


def test_the_bureaus_sample_of_11_columns() -> None:
    rows = mapper(MAPS / "cfpb.yaml", CFPB_11)
    cells = ("2013-11-21", "Mortgage", "", "URS", "NJ", "7030", "", "Web", "Closed", "1", "0")
    first, again, other = (read(rows, n, *cells[:10], last) for n, last in [(2, 0), (3, 0), (4, 1)])
    assert first.value and again.value and other.value
    assert first.value.unit == "US-NJ" and first.unit_name == "NJ"
    assert first.value.client is not None and first.value.client.address == "07030"
    assert [note.field for note in first.notes] == ["ZIP code"]
    refs = [row.value.source_ref for row in (first, again, other) if row.value]
    assert refs[0].endswith("-1") and refs[1] == refs[0][:-1] + "2"
    assert len({ref.split("-")[0] for ref in refs}) == 2


def test_masked_zip_is_left_alone_and_a_blank_state_goes_to_head_office() -> None:
    rows = mapper(MAPS / "cfpb.yaml", CFPB_11)
    row = read(rows, 2, "2013-11-21", "Mortgage", "", "URS", "", "300XX", "", "Fax", "", "1", "")
    assert row.value is not None and row.value.client is not None
    assert (row.value.unit, row.value.client.address, row.unit_name) == ("HO", "300XX", None)
    assert [(note.field, note.en) for note in row.notes] == [
        ("State", "no unit, filed under head office")
    ]


def test_the_bureaus_full_file_of_18_columns() -> None:
    rows = mapper(MAPS / "cfpb.yaml", CFPB_18)
    row = read(
        rows, 2, "03/12/2014", "Mortgage", "Other mortgage", "Loan modification", "",
        "They  said\nno", "", "M&T", "MI", "48382", "", "N/A", "Referral", "03/17/2014", "Closed",
        "Yes", "No", "759217",
    )  # fmt: skip
    assert row.value is not None
    assert row.value.source_ref == "759217"
    assert row.value.received_at.isoformat() == "2014-03-12T00:00:00+08:00"
    assert row.value.subject == "M&T / Other mortgage / Loan modification"
    assert row.value.summary == "They  said\nno"
    assert row.value.channel == "regulator"


def test_passing_rows_by_counts_their_repeats() -> None:
    cells = ("2013-11-21", "Mortgage", "", "URS", "NJ", "07030", "", "Web", "", "1", "0")
    straight, resumed = (mapper(MAPS / "cfpb.yaml", CFPB_11) for _ in range(2))
    wanted = [read(straight, n, *cells).value for n in (2, 3, 4)]
    for number in (2, 3):
        resumed.pass_by(Line(number, cells))
    assert read(resumed, 4, *cells).value == wanted[2] != wanted[1]


def test_a_long_name_becomes_a_short_code_of_its_own() -> None:
    assert unit_code("1960 EAST TREMONT AVENUE") == "1960 EAST TREMONT AVENUE"
    assert unit_code("x" * 64) == "x" * 64
    codes = {unit_code("路" * 70 + end) for end in "甲乙丙"}
    assert len(codes) == 3
    assert all(len(code) == 64 for code in codes)
