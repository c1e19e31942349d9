"""The demo bank: whole, the same everywhere, built once and quickly."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.demo_bank import BRANCHES, bank_staff, bank_units, build
from contacts.outlet_layout import parse_outlets
from contacts.people import PersonValue, save_person
from contacts.phones import is_mobile
from contacts.roster import holders, roster
from contacts.units import UnitValue, load_tree
from core.errors import InvalidInput
from core.words import Level, Role
from tests.postgres import TestDatabase

OUTLETS = Path(__file__).parents[2] / "examples" / "contacts" / "outlets.csv"


def _units() -> list[UnitValue]:
    rows, faults = parse_outlets(OUTLETS.read_bytes())
    assert (len(rows), faults) == (119, [])
    return list(bank_units(rows))


def _dump(connection: Connection) -> list[tuple[object, ...]]:
    query = sa.text(
        "SELECT 'u', u.code, u.path, u.pinyin, '' FROM units u UNION ALL"
        " SELECT 'p', name, mobile, post, unit_id::text FROM people UNION ALL"
        " SELECT 'm', role, unit_id::text, person_id::text, rank::text FROM team_members UNION ALL"
        " SELECT 's', unit_id::text, person_id::text, starts_at::text, '' FROM shifts UNION ALL"
        " SELECT 'j', count(*)::text, '', '', '' FROM journal ORDER BY 1, 2, 3, 4, 5"
    )
    return [tuple(row) for row in connection.execute(query)]


def test_it_is_built_in_time_without_a_gap_and_once(db: TestDatabase) -> None:
    started = time.monotonic()
    db.app.run(lambda c: build(c, OUTLETS))
    assert time.monotonic() - started < 3
    first = db.app.read(_dump)
    db.app.run(lambda c: build(c, OUTLETS))
    assert db.app.read(_dump) == first
    lines = db.app.read(lambda c: roster(c, "/", db.now()))
    assert len(lines) > 800
    assert [line for line in lines if line.gap] == []


def test_a_duty_officer_is_on_shift_at_any_hour(db: TestDatabase) -> None:
    db.app.run(lambda c: build(c, OUTLETS))
    head = db.app.read(load_tree).head_office()
    assert head is not None
    for hours in range(0, 12 * 24, 7):
        at = db.now() + timedelta(hours=hours)
        found = db.app.read(lambda c, t=at: holders(c, head.id, Role.DUTY_OFFICER, t))  # type: ignore[misc]
        assert [h.on_shift for h in found] == [True, False, False]


def test_what_people_changed_stays(db: TestDatabase) -> None:
    db.app.run(lambda c: build(c, OUTLETS))
    query = sa.text("SELECT id, name, unit_id, mobile FROM people ORDER BY id LIMIT 1")
    person = db.app.read(lambda c: c.execute(query).one())
    moved = PersonValue(person.name, person.unit_id, mobile="13800001234", id=person.id)
    db.app.run(lambda c: save_person(c, moved))
    db.app.run(lambda c: build(c, OUTLETS))
    assert db.app.read(lambda c: c.execute(query).one()).mobile == "13800001234"


def test_a_faulty_list_builds_nothing(db: TestDatabase, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text(OUTLETS.read_text(encoding="utf-8") + "某银行,123,,,,上海市,上海市\n", "utf-8")
    with pytest.raises(InvalidInput) as refused:
        db.app.run(lambda c: build(c, bad))
    assert [f.field for f in refused.value.faults] == ["121.BankCode"]
    assert db.app.read(load_tree).all() == ()


def test_the_units_fit_map_and_sms() -> None:
    units = _units()
    assert units == _units()
    levels = Counter(unit.level for unit in units)
    assert levels[Level.HEAD_OFFICE] == 1
    assert levels[Level.BRANCH] == len(BRANCHES) >= 24
    assert levels[Level.SUB_BRANCH] >= 119 + 2 * (len(BRANCHES) - 4)
    assert len({unit.code for unit in units}) == len({unit.name for unit in units}) == len(units)
    assert all(len(unit.short_name) <= 8 for unit in units)
    assert max(Counter((u.parent_code, u.short_name) for u in units).values()) == 1
    for unit in units:
        assert unit.longitude is not None and 73 < unit.longitude < 135
        assert unit.latitude is not None and 18 < unit.latitude < 54
        assert unit.city and unit.province and unit.regulator
    regulators = {u.code: u.regulator for u in units}
    assert regulators["SH"] == "国家金融监督管理总局上海监管局"
    assert regulators["NB"] == "国家金融监督管理总局宁波监管局"


def test_real_names_become_short_ones() -> None:
    shorts = {unit.code: unit.short_name for unit in _units()}
    assert shorts["302290031180"] == "徐汇支行"
    assert shorts["302290031171"] == "市东支行"
    assert shorts["302301032155"] == "上海路支行"  # a road in Nanjing
    assert shorts["302301032106"] == "分行本部"
    assert shorts["302290031392"] == "长三角示范区支行"
    assert {shorts["302331033080"], shorts["302331033143"]} == {"余杭支行", "余杭支行2"}
    assert not any("示范银行" in short for short in shorts.values())


def test_everybody_has_a_number_of_their_own_and_a_name() -> None:
    units = _units()
    staff = list(bank_staff(units, {unit.code: n for n, unit in enumerate(units)}))
    assert len(staff) > 900
    mobiles = [value.person.mobile or "" for value in staff]
    assert len(set(mobiles)) == len(mobiles)
    assert all(is_mobile(mobile) and mobile.startswith("199000") for mobile in mobiles)
    assert max(Counter((v.unit_id, v.person.name) for v in staff).values()) == 1
    assert {len(value.person.name) for value in staff} == {3}
