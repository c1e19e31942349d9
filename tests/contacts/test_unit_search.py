"""Units are found as people write them."""

from __future__ import annotations

from contacts.unit_search import search_rows
from contacts.units import load_tree
from tests.contacts.bank import build_units
from tests.postgres import TestDatabase


def test_a_unit_is_known_by_code_name_pinyin_and_initials(db: TestDatabase) -> None:
    db.app.run(build_units)
    rows = search_rows(db.app.read(load_tree))
    assert [row["code"] for row in rows] == ["HO", "NJ", "SH", "XH", "XH1", "LJZ"]
    found = {row["code"]: row for row in rows}
    keys = found["XH"]["keys"]
    assert {"xh", "徐汇支行", "xuhuizhihang", "xhzh", "shanghaixuhuizhihang"} <= set(keys)
    assert (found["XH"]["branch"], found["XH"]["parent"]) == ("上海分行", "SH")
    assert (found["SH"]["branch"], found["HO"]["parent"]) == (None, None)
