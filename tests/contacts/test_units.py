"""The unit tree: paths, moves, lookups, what is refused."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from contacts.units import Unit, UnitTree, UnitValue, load_tree, save_units, tree_version
from core.errors import InvalidInput, NotFound
from core.words import Level, Role
from tests.contacts.bank import build_units
from tests.postgres import TestDatabase


def _tree(db: TestDatabase) -> UnitTree:
    return db.app.read(load_tree)


def _unit(tree: UnitTree, code: str) -> Unit:
    unit = tree.by_code(code)
    assert unit is not None
    return unit


def test_an_empty_tree_loads(db: TestDatabase) -> None:
    tree = _tree(db)
    assert (tree.all(), tree.head_office()) == ((), None)
    assert tree.version == db.app.read(tree_version)


def test_parents_may_come_after_children_and_paths_are_kept(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    tree = _tree(db)
    assert tree.version == db.app.read(tree_version)
    for unit in tree.all():
        above = [] if unit.parent_id is None else [tree.get(unit.parent_id).path]
        assert unit.path == (above[0] if above else "/") + f"{unit.id}/"
    assert _unit(tree, "XH1").path == "/{HO}/{SH}/{XH}/{XH1}/".format(**ids)
    assert {unit.code for unit in tree.children(ids["SH"])} == {"XH", "LJZ"}


def test_lookups(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    tree = _tree(db)
    assert tree.ancestor(ids["XH1"], Level.BRANCH) == _unit(tree, "SH")
    assert tree.ancestor(ids["SH"], Level.BRANCH) == _unit(tree, "SH")
    assert tree.ancestor(ids["LJZ"], Level.SUB_BRANCH) is None
    assert tree.head_office() == _unit(tree, "HO")
    assert tree.common([ids["XH1"], ids["XH"]]).code == "XH"
    assert tree.common([ids["XH1"], ids["LJZ"]]).code == "SH"
    assert tree.common([ids["XH1"], ids["NJ"]]).code == "HO"
    assert tree.common([ids["XH1"]]).code == "XH1"
    assert tree.within(ids["XH1"], _unit(tree, "SH").path)
    assert not tree.within(ids["SH"], _unit(tree, "XH").path)
    with pytest.raises(ValueError, match="no unit ids"):
        tree.common([])
    with pytest.raises(NotFound):
        tree.get(10**9)


def test_where_a_role_is_held(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    tree = _tree(db)
    assert tree.seat(ids["XH1"], Role.SUB_HEAD) == _unit(tree, "XH1")
    assert tree.seat(ids["XH"], Role.SUB_HEAD) == _unit(tree, "XH")
    assert tree.seat(ids["SH"], Role.SUB_HEAD) is None
    assert tree.seat(ids["XH1"], Role.BRANCH_LEADER) == _unit(tree, "SH")
    assert tree.seat(ids["XH1"], Role.PR_OFFICER) == _unit(tree, "HO")


def test_units_come_in_the_order_of_their_pinyin(db: TestDatabase) -> None:
    db.app.run(build_units)
    branches = [u.short_name for u in _tree(db).all() if u.level == Level.BRANCH]
    assert branches == ["南京分行", "上海分行"]


def test_what_hangs_below_a_moved_unit_moves_along(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    before = _tree(db).version
    moved = UnitValue("XH", "示范银行徐汇支行", Level.SUB_BRANCH, "NJ", "徐汇支行")
    db.app.run(lambda c: save_units(c, [moved]))
    tree = _tree(db)
    assert _unit(tree, "XH1").path == "/{HO}/{NJ}/{XH}/{XH1}/".format(**ids)
    assert _unit(tree, "LJZ").path == "/{HO}/{SH}/{LJZ}/".format(**ids)
    assert tree.version > before
    assert tree.within(ids["XH1"], _unit(tree, "NJ").path)


def test_saving_the_same_again_changes_nothing(db: TestDatabase) -> None:
    db.app.run(build_units)
    count = sa.text("SELECT (SELECT version FROM unit_tree_version), count(*) FROM journal")
    before = db.app.read(lambda c: tuple(c.execute(count).one()))
    db.app.run(build_units)
    assert db.app.read(lambda c: tuple(c.execute(count).one())) == before


def test_the_journal_shows_what_changed(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    named = UnitValue("NJ", "示范银行江苏分行", Level.BRANCH, "HO", "江苏分行", city="南京市")
    db.app.run(lambda c: save_units(c, [named], actor="tester"))
    query = sa.text("SELECT actor, subject, before, after FROM journal ORDER BY id DESC LIMIT 1")
    actor, subject, before, after = db.app.read(lambda c: c.execute(query).one())
    assert (actor, subject) == ("tester", f"unit:{ids['NJ']}")
    assert before == {"name": "示范银行南京分行", "short_name": "南京分行"}
    assert after == {"name": "示范银行江苏分行", "short_name": "江苏分行"}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ([UnitValue("A", "甲", Level.BRANCH, "none")], ["units.0.parent_code"]),
        ([UnitValue("A", "甲", Level.BRANCH)], ["units.0.parent_code"]),
        ([UnitValue("A", "甲", Level.BRANCH, "SH")], ["units.0.parent_code"]),
        ([UnitValue("A", "甲", Level.SUB_BRANCH, "LJZ")], ["units.0.parent_code"]),
        ([UnitValue("A", "甲", Level.HEAD_OFFICE)], ["units.0.level"]),
        ([UnitValue("HO", "总行", Level.HEAD_OFFICE, "SH")], ["units.0.parent_code"]),
        ([UnitValue("SH", "上海分行", Level.OUTLET, "NJ")], ["units.0.parent_code"] * 2),
        ([UnitValue("A", "", Level.OUTLET, "SH")], ["units.0.name"]),
        ([UnitValue(" ", "甲", Level.OUTLET, "SH")], ["units.0.code"]),
        ([UnitValue("A", "甲", Level.OUTLET, "SH")] * 2, ["units.1.code"]),
    ],
)
def test_a_wrong_tree_is_refused_and_nothing_is_kept(
    db: TestDatabase, values: list[UnitValue], fields: list[str]
) -> None:
    db.app.run(build_units)
    before = _tree(db).all()
    with pytest.raises(InvalidInput) as refused:
        db.app.run(lambda c: save_units(c, values))
    assert [fault.field for fault in refused.value.faults] == fields
    assert all(f.zh and f.en and f.remedy_zh and f.remedy_en for f in refused.value.faults)
    assert _tree(db).all() == before
