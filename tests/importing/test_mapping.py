"""Map files: the shipped ones are sound, and a broken one says all that is wrong at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from complaints.mapping import read_map
from tests.importing.files import BANK_MAP, MAPS, write


@pytest.mark.parametrize("name", ["elevator", "cfpb"])
def test_shipped_maps_are_sound(name: str) -> None:
    found, faults = read_map(MAPS / f"{name}.yaml")
    assert faults == ()
    assert found is not None


def faults_of(tmp_path: Path, text: str) -> list[tuple[int, str, str]]:
    found, faults = read_map(write(tmp_path / "map.yaml", text))
    assert found is None
    assert all(fault.remedy for fault in faults)
    return [(fault.line, fault.what, fault.remedy) for fault in faults]


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "remedy"),
    [
        ("source: desk", "sauce: desk", 2, "sauce: unknown key", "did you mean `source`"),
        ("map: branch-desk", "map: 12", 1, "map: must be a text", "put it in quotes"),
        ("{column: 编号}", "{}", 3, "source_ref: names no origin", "otherwise: content"),
        ('"%Y/%m/%d %H:%M"', '"%H:%M"', 4, "does not describe a whole date", "%Y-%m-%d"),
        ('"%Y/%m/%d %H:%M"', "iso", 4, "does not describe a whole date", "%Y-%m-%d"),
        ("柜面: counter", "柜面: countre", 5, "unknown channel 'countre'", "`counter`"),
        ("{column: 渠道,", "{column: 渠道, constant: web,", 5, "and constant", "give one of"),
        ("unit: {column: 机构号}", "keys: [unit]", 1, "unit: the key is missing", "add `unit:"),
        ("unit: {", "unit_from: {column: x}\nunit: {", 6, "unit is given too", "keep one of"),
        ("unit: {", "keys: [units]\nunit: {", 6, "unknown word 'units'", "did you mean `unit`"),
        ("unit: {", "zone: Mars/Base\nunit: {", 6, "no time zone 'Mars/Base'", "Asia/Shanghai"),
        ("{name: {column: 姓名}, phone: {column: 电话}}", "{}", 7, "nothing of who", "each_row"),
        ("client: {name", "client: {each_row: true, name", 7, "and yet name says who", "remove"),
        ("  product:", "  colour:", 9, "fields.colour: unknown key", "known here: received_unit"),
        ("fields:", "optional: [受理时]\nfields:", 8, "nothing reads '受理时'", "`受理时间`"),
    ],
)  # fmt: skip
def test_one_mistake(
    tmp_path: Path, old: str, new: str, line: int, what: str, remedy: str
) -> None:  # fmt: skip
    assert old in BANK_MAP
    found = faults_of(tmp_path, BANK_MAP.replace(old, new, 1))
    assert any(at == line and what in said and remedy in mended for at, said, mended in found), (
        found
    )


def test_all_mistakes_come_together(tmp_path: Path) -> None:
    text = BANK_MAP.replace("source: desk", "source: desk\nzone: Nowhere").replace(
        "柜面: counter", "柜面: shout"
    ).replace("  amount: {column: 金额}", "  amount: {}")  # fmt: skip
    assert [line for line, _, _ in faults_of(tmp_path, text)] == [3, 6, 11]


def test_a_missing_map_is_one_fault(tmp_path: Path) -> None:
    found, faults = read_map(tmp_path / "none.yaml")
    assert found is None
    assert "cannot be read" in faults[0].what
