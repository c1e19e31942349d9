"""Teams in the layout of attachment 2: duties by level, bad rows, changes, the way back."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import Workbook
from sqlalchemy.engine import Connection

from contacts.demo_bank import build
from contacts.files import ImportResult, Kind
from contacts.roster import Holder, holders, roles_of
from contacts.team_layout import COLUMNS, export_team, import_team, roles_in
from contacts.units import UnitValue, save_units
from core.words import Level, Role
from core.words import name as word
from tests.contacts.bank import build_units, seat
from tests.postgres import TestDatabase

EXAMPLES = Path(__file__).parents[2] / "examples" / "contacts"
HEADER = ",".join(COLUMNS) + "\n"
NOW = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)


def _import(db: TestDatabase, text: str) -> ImportResult:
    return db.app.run(lambda c: import_team(c, (HEADER + text).encode("utf-8-sig")))


def _holders(db: TestDatabase, unit_id: int, role: Role) -> list[Holder]:
    return list(db.app.read(lambda c: holders(c, unit_id, role, NOW)))


def _dump(connection: Connection) -> list[tuple[object, ...]]:
    query = sa.text(
        "SELECT u.code, m.role, m.rank, p.name, p.post, p.office_phone, p.mobile, p.email,"
        " p.remark, p.unit_id FROM team_members m JOIN people p ON p.id = m.person_id"
        " JOIN units u ON u.id = m.unit_id ORDER BY 1, 2, 3, 4"
    )
    return [tuple(row) for row in connection.execute(query)]


def test_a_whole_team_comes_in(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    result = _import(
        db,
        "总行,卫一,副行长,组长,010-58000000,19900000011,a@example.com,\n"
        "上海分行,蒋二,行长,组长,,+86 199 0000 0012,,\n"
        "示范银行上海分行,沈三,副行长,副组长,,19900000013,,\n"
        "SH,韩四,,联系人,,19900000014,,\n"
        "上海分行,杨五,,服务品质负责人,,19900000015,,\n"
        "徐汇支行,朱六,行长,组长,,19900000016,,\n"
        "徐汇支行,秦七,,贵宾客户经理,,19900000017,,\n"
        "徐汇支行,尤八,,客户经理,,19900000018,,\n"
        "上海分行滨江网点,许九,,大堂经理,,19900000019,,\n"
        "总行,何十,,舆情联络员,,19900000020,,\n",
    )
    assert result == ImportResult(10, [])
    expected = {
        ("HO", Role.HO_LEADER): ["卫一"],
        ("SH", Role.BRANCH_LEADER): ["蒋二"],
        ("SH", Role.BRANCH_DEPUTY): ["沈三"],
        ("SH", Role.BRANCH_CONTACT): ["韩四"],
        ("SH", Role.BRANCH_SERVICE): ["杨五"],
        ("XH", Role.SUB_HEAD): ["朱六"],
        ("XH", Role.SUB_VIP_MANAGER): ["秦七", "尤八"],
        ("XH1", Role.SUB_LOBBY_MANAGER): ["许九"],
        ("HO", Role.PR_OFFICER): ["何十"],
    }
    for (code, role), names in expected.items():
        assert [h.name for h in _holders(db, ids[code], role)] == names
    assert _holders(db, ids["SH"], Role.BRANCH_LEADER)[0].phone == "19900000012"


@pytest.mark.parametrize(
    ("bad", "column", "why"),
    [
        ("北京分行,甲,,组长,,19900000031,,", "分行", "机构不存在"),
        (",甲,,组长,,19900000031,,", "分行", "不能为空"),
        ("江东支行,甲,,组长,,19900000031,,", "分行", "有多个机构同名"),
        ("上海分行,,,组长,,19900000031,,", "姓名", "不能为空"),
        ("上海分行,甲,,,,19900000031,,", "应急小组内职责", "不能为空"),
        ("上海分行,甲,,组长兼联系人,,19900000031,,", "应急小组内职责", "一行只能填一项职责"),
        ("上海分行,甲,,保安,,19900000031,,", "应急小组内职责", "无法识别的职责"),
        ("上海分行,甲,,大堂经理,,19900000031,,", "应急小组内职责", "大堂经理不在分行设置"),
        ("上海分行,甲,,组长,,1990000003,,", "移动电话", "不是有效的移动电话"),
        ("上海分行,甲,,组长,,19900000030,,", "移动电话", "该移动电话已属于另一人"),
        ("上海分行,甲,,组长,12,19900000031,,", "办公电话", "不是有效的电话号码"),
        ("上海分行,甲,,组长,,19900000031,甲,", "邮箱", "不是有效的邮箱"),
        ("上海分行,好人,,联系人,,19900000030,,", "应急小组内职责", "与第2行重复"),
    ],
)
def test_a_bad_row_is_named_and_the_good_one_kept(
    db: TestDatabase, bad: str, column: str, why: str
) -> None:
    ids = db.app.run(build_units)
    twins = [
        UnitValue(f"{code}J", f"示范银行{code}江东支行", Level.SUB_BRANCH, code, "江东支行")
        for code in ("SH", "NJ")
    ]
    db.app.run(lambda c: save_units(c, twins))
    result = _import(db, "上海分行,好人,,联系人,,19900000030,,\n" + bad + "\n")
    assert [(f.row, f.column, f.zh) for f in result.faults] == [(3, column, why)]
    assert all(f.en and f.remedy_zh and f.remedy_en for f in result.faults)
    assert result.kept == 1
    assert [h.name for h in _holders(db, ids["SH"], Role.BRANCH_CONTACT)] == ["好人"]
    assert _holders(db, ids["SH"], Role.BRANCH_LEADER) == []


def test_every_fault_of_a_row_is_named(db: TestDatabase) -> None:
    db.app.run(build_units)
    result = _import(db, "上海分行,,,组长,1,2,3,\n")
    assert {f.column for f in result.faults} == {"姓名", "办公电话", "移动电话", "邮箱"}
    assert result.kept == 0


def test_a_short_name_in_two_branches_is_told_apart_by_the_branch(db: TestDatabase) -> None:
    db.app.run(build_units)
    twins = [
        UnitValue(f"{code}J", f"示范银行{code}江东支行", Level.SUB_BRANCH, code, "江东支行")
        for code in ("SH", "NJ")
    ]
    ids = db.app.run(lambda c: save_units(c, twins))
    assert _import(db, "南京分行 江东支行,甲,,组长,,19900000031,,\n").faults == []
    assert [h.name for h in _holders(db, ids["NJJ"], Role.SUB_HEAD)] == ["甲"]


def test_the_file_is_the_truth_for_the_seats_it_names(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    db.app.run(lambda c: seat(c, ids["SH"], Role.BRANCH_LEADER, "旧人", "19900000041"))
    db.app.run(lambda c: seat(c, ids["SH"], Role.BRANCH_DEPUTY, "副手", "19900000042"))
    result = _import(db, "上海分行,新人,,组长,,19900000043,,\n")
    assert (result.kept, result.ended) == (1, 1)
    assert [h.name for h in _holders(db, ids["SH"], Role.BRANCH_LEADER)] == ["新人"]
    assert [h.name for h in _holders(db, ids["SH"], Role.BRANCH_DEPUTY)] == ["副手"]


@pytest.mark.parametrize(
    "bad", ["上海分行,丙,,组长,,123,,", "上海分,丙,,组长,,19900000044,,", "上海分行,丙,,头,,1,,"]
)
def test_nobody_loses_a_seat_to_a_bad_row(db: TestDatabase, bad: str) -> None:
    ids = db.app.run(build_units)
    db.app.run(lambda c: seat(c, ids["SH"], Role.BRANCH_LEADER, "旧人", "19900000041", 5))
    result = _import(db, f"上海分行,新人,,组长,,19900000043,,\n{bad}\n")
    assert (result.kept, result.ended) == (1, 0)
    assert [h.name for h in _holders(db, ids["SH"], Role.BRANCH_LEADER)] == ["新人", "旧人"]


def test_a_changed_mobile_stays_the_same_person_and_a_blank_leaves_what_is_known(
    db: TestDatabase,
) -> None:
    ids = db.app.run(build_units)
    person = db.app.run(lambda c: seat(c, ids["SH"], Role.BRANCH_LEADER, "甲", "19900000041"))
    _import(db, "上海分行,甲,行长,组长,021-58000000,19900000042,,\n")
    assert [(h.person_id, h.phone) for h in _holders(db, ids["SH"], Role.BRANCH_LEADER)] == [
        (person, "19900000042")
    ]
    _import(db, "上海分行,甲,,组长,,,,\n")
    assert db.app.read(_dump) == [
        (
            "SH",
            "branch_leader",
            1,
            "甲",
            "行长",
            "021-58000000",
            "19900000042",
            None,
            None,
            ids["SH"],
        )
    ]


def test_two_of_one_name_in_one_unit_stay_two(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    text = "上海分行,张伟,,组长,,19900000051,,\n上海分行,张伟,,联系人,,19900000052,,\n"
    for _ in range(2):
        assert _import(db, text) == ImportResult(2, [])
    phones = [
        h.phone
        for role in (Role.BRANCH_LEADER, Role.BRANCH_CONTACT)
        for h in _holders(db, ids["SH"], role)
    ]
    assert phones == ["19900000051", "19900000052"]
    # One of them changes the number: the other keeps a number of his own.
    text = "上海分行,张伟,,组长,,19900000053,,\n上海分行,张伟,,联系人,,19900000052,,\n"
    assert _import(db, text) == ImportResult(2, [])
    assert len({row[6] for row in db.app.read(_dump)}) == 2
    count = sa.text("SELECT count(*) FROM people")
    assert db.app.read(lambda c: c.execute(count).scalar_one()) == 2


def test_one_person_may_have_seats_in_two_units(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    text = "上海分行,甲,,组长,,19900000061,,\n徐汇支行,甲,,组长,,199 0000 0061,,\n"
    assert _import(db, text) == ImportResult(2, [])
    people = {
        h.person_id
        for code, role in (("SH", Role.BRANCH_LEADER), ("XH", Role.SUB_HEAD))
        for h in _holders(db, ids[code], role)
    }
    assert len(people) == 1


def test_a_spreadsheet_with_titles_merged_units_and_numbers(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["附件2:应急小组名单"])
    sheet.append(["移动电话", "应急小组内职责", "姓名", "分行"])
    sheet.append([19900000071, "组长", "甲", "上海分行"])
    sheet.append([19900000072, "副组长", "乙", None])
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("D3:D4")
    out = io.BytesIO()
    book.save(out)
    assert db.app.run(lambda c: import_team(c, out.getvalue())) == ImportResult(2, [])
    assert [h.phone for h in _holders(db, ids["SH"], Role.BRANCH_DEPUTY)] == ["19900000072"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_whole_demo_bank_goes_out_and_comes_in_unchanged(db: TestDatabase, kind: Kind) -> None:
    db.app.run(lambda c: build(c, EXAMPLES / "outlets.csv"))
    before = db.app.read(_dump)
    data = db.app.read(lambda c: export_team(c, "/", kind))
    count = sa.text("SELECT count(*) FROM journal")
    entries = db.app.read(lambda c: c.execute(count).scalar_one())
    assert db.app.run(lambda c: import_team(c, data)) == ImportResult(len(before), [])
    assert db.app.read(_dump) == before
    assert db.app.read(lambda c: c.execute(count).scalar_one()) == entries
    # And into a bank whose people are gone.
    for table in ("shifts", "team_members", "people"):
        db.app.run(lambda c, t=table: c.execute(sa.text(f"DELETE FROM {t}")))  # type: ignore[misc]
    assert db.app.run(lambda c: import_team(c, data)).kept == len(before)
    assert db.app.read(_dump) == before


def test_the_shipped_example_comes_in(db: TestDatabase) -> None:
    db.app.run(lambda c: build(c, EXAMPLES / "outlets.csv"))
    result = db.app.run(lambda c: import_team(c, (EXAMPLES / "team.csv").read_bytes()))
    assert (result.kept, result.faults) == (5, [])


@pytest.mark.parametrize("level", list(Level))
def test_every_role_is_known_by_its_own_name(level: Level) -> None:
    for role in roles_of(level):
        assert roles_in(word(role), level) == {role}


@pytest.mark.parametrize(
    ("duty", "level", "post", "role"),
    [
        ("组长", Level.HEAD_OFFICE, "", Role.HO_LEADER),
        (" 副 组长 ", Level.OUTLET, "", Role.SUB_DEPUTY),
        ("第一联系人", Level.BRANCH, "", Role.BRANCH_CONTACT),
        ("组员", Level.HEAD_OFFICE, "市场营销部总经理", Role.HO_MARKETING),
        ("组员", Level.HEAD_OFFICE, "资产管理部", Role.HO_ASSET_MANAGEMENT),
        ("９５５５８组员", Level.HEAD_OFFICE, "", Role.HO_HOTLINE),
        ("贵宾理财客户经理", Level.OUTLET, "", Role.SUB_VIP_MANAGER),
    ],
)
def test_duties_are_read_by_level(duty: str, level: Level, post: str, role: Role) -> None:
    assert roles_in(duty, level, post) == {role}
