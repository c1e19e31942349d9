"""Outlets in the layout of the CNAPS lists: the real list, its dirt, the way back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from contacts.files import ImportResult, Kind
from contacts.outlet_layout import (
    distinct,
    export_outlets,
    import_outlets,
    one_spelling,
    parse_outlets,
    short_name,
)
from contacts.units import Unit, UnitValue, load_tree, save_units
from core.words import Level
from tests.postgres import TestDatabase

OUTLETS = Path(__file__).parents[2] / "examples" / "contacts" / "outlets.csv"
HEADER = "LName,BankCode,BankName,BankId,CityCode,CityName,ProvinceName\n"
GOOD = "某银行上海甲支行,302290031171,,,,上海市,上海市\n"


def _branches(connection: Connection) -> None:
    values = [UnitValue("HO", "示范银行总行", Level.HEAD_OFFICE)]
    for code, city in (("SH", "上海市"), ("NJ", "南京市"), ("HZ", "杭州市"), ("NB", "宁波市")):
        name = city.removesuffix("市") + "分行"
        values.append(UnitValue(code, "示范银行" + name, Level.BRANCH, "HO", name, city))
    save_units(connection, values)


def _import(db: TestDatabase, text: str) -> ImportResult:
    return db.app.run(lambda c: import_outlets(c, (HEADER + text).encode()))


def _units(db: TestDatabase) -> list[Unit]:
    return sorted(db.app.read(load_tree).all(), key=lambda unit: unit.code)


def _shown(unit: Unit) -> tuple[object, ...]:
    return (unit.code, unit.name, unit.short_name, unit.city, unit.province, unit.longitude)


def test_the_real_list_comes_in_whole_with_its_dirt(db: TestDatabase) -> None:
    db.app.run(_branches)
    data = OUTLETS.read_bytes()
    assert db.app.run(lambda c: import_outlets(c, data)) == ImportResult(119, [])
    tree = db.app.read(load_tree)
    levels = Counter(unit.level for unit in tree.all())
    assert levels == {Level.HEAD_OFFICE: 1, Level.BRANCH: 4, Level.SUB_BRANCH: 119}
    twins = [tree.by_code(code) for code in ("302331033080", "302331033143")]
    assert {unit.name for unit in twins if unit} == {"中信银行杭州余杭支行"}
    assert {unit.short_name for unit in twins if unit} == {"余杭支行", "余杭支行2"}
    assert all(u.longitude and u.province for u in tree.all() if u.level == Level.SUB_BRANCH)
    version = tree.version
    assert db.app.run(lambda c: import_outlets(c, data)).kept == 119
    assert db.app.read(load_tree).version == version


def test_gb18030_reads_the_same(db: TestDatabase) -> None:
    text = OUTLETS.read_text(encoding="utf-8")
    assert parse_outlets(text.encode("gb18030")) == parse_outlets(text.encode("utf-8-sig"))


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_is_exported_is_imported_again_unchanged(db: TestDatabase, kind: Kind) -> None:
    db.app.run(_branches)
    db.app.run(lambda c: import_outlets(c, OUTLETS.read_bytes()))
    before = _units(db)
    data = db.app.read(lambda c: export_outlets(c, "/", kind))
    assert db.app.run(lambda c: import_outlets(c, data)) == ImportResult(119, [])
    assert _units(db) == before
    empty = db.cluster.fresh()  # into an empty bank it makes the same outlets
    try:
        empty.app.run(_branches)
        assert empty.app.run(lambda c: import_outlets(c, data)).kept == 119
        assert [_shown(unit) for unit in _units(empty)] == [_shown(unit) for unit in before]
    finally:
        empty.close()


def test_an_export_holds_its_area_only(db: TestDatabase) -> None:
    db.app.run(_branches)
    db.app.run(lambda c: import_outlets(c, OUTLETS.read_bytes()))
    branch = db.app.read(load_tree).by_code("NB")
    assert branch is not None
    rows, _ = parse_outlets(db.app.read(lambda c: export_outlets(c, branch.path, "csv")))
    assert {row.city for row in rows} == {"宁波市"} and len(rows) == 13


@pytest.mark.parametrize(
    ("bad", "column", "why"),
    [
        ("某银行上海乙支行,30229003117,,,,上海市,", "BankCode", "联行号须为12位数字"),
        ("某银行上海乙支行,3.0229E+11,,,,上海市,", "BankCode", "联行号须为12位数字"),
        ("某银行上海乙支行,,,,,上海市,", "BankCode", "不能为空"),
        ("某银行上海乙支行,302290031171,,,,上海市,", "BankCode", "与第2行重复"),
        (",302290031180,,,,上海市,", "LName", "不能为空"),
        ("某银行上海乙支行,302290031180,,,,,", "CityName", "不能为空"),
        ("某银行拉萨乙支行,302290031180,,,,拉萨市,", "CityName", "拉萨市没有唯一的分行"),
        ("某银行上海乙支行,000000000099,,,,上海市,", "BankCode", "联行号已属于另一机构"),
    ],
)
def test_a_bad_row_is_named_and_the_good_one_kept(
    db: TestDatabase, bad: str, column: str, why: str
) -> None:
    db.app.run(_branches)
    taken = UnitValue("000000000099", "示范银行合肥分行", Level.BRANCH, "HO", city="合肥市")
    db.app.run(lambda c: save_units(c, [taken]))
    result = _import(db, GOOD + bad + "\n")
    assert [(f.row, f.column, f.zh) for f in result.faults] == [(3, column, why)]
    assert all(f.en and f.remedy_zh and f.remedy_en for f in result.faults)
    assert result.kept == 1
    assert [u.code for u in _units(db) if u.level == Level.SUB_BRANCH] == ["302290031171"]


def test_two_branches_in_one_city_are_ambiguous(db: TestDatabase) -> None:
    db.app.run(_branches)
    second = UnitValue("SH2", "示范银行上海自贸区分行", Level.BRANCH, "HO", city="上海市")
    db.app.run(lambda c: save_units(c, [second]))
    assert [f.column for f in _import(db, GOOD).faults] == ["CityName"]


def test_a_known_outlet_keeps_its_place_and_takes_the_new_name(db: TestDatabase) -> None:
    db.app.run(_branches)
    old = UnitValue(
        "302290031171", "旧名", Level.OUTLET, "NJ", "老店", longitude=100.0, latitude=30.0
    )
    db.app.run(lambda c: save_units(c, [old]))
    _import(db, GOOD)
    unit = db.app.read(load_tree).by_code("302290031171")
    assert unit is not None
    assert (unit.level, unit.short_name, unit.longitude) == (Level.OUTLET, "老店", 100.0)
    assert (unit.name, unit.city) == ("某银行上海甲支行", "上海市")


@pytest.mark.parametrize(
    ("name", "city", "short"),
    [
        ("中信银行股份有限公司上海徐汇支行", "上海市", "徐汇支行"),
        ("中信银行上海市徐汇支行", "上海市", "徐汇支行"),
        ("中信银行上海市东支行", "上海市", "市东支行"),
        ("中信银行宁波分行", "宁波市", "分行本部"),
        ("徐汇支行", None, "徐汇支行"),
        ("银行", None, "银行"),
    ],
)
def test_short_names(name: str, city: str | None, short: str) -> None:
    assert short_name(name, city) == short


def test_names_in_one_spelling_and_numbered() -> None:
    assert one_spelling("中信银行股份有限公司 上海徐汇支行") == "中信银行上海徐汇支行"
    assert one_spelling("中信银行股份有限公司") == "中信银行股份有限公司"
    assert [distinct("甲", taken) for taken in ([], ["甲"], ["甲", "甲2"])] == ["甲", "甲2", "甲3"]
