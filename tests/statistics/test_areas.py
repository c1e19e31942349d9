"""A branch's statistics are of its own tickets, and name nothing of another branch (SG-07)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.errors import InvalidInput
from core.rights import Access, rights_of
from core.viewer import Viewer
from escalation.engine import Engine
from escalation.ticket_filters import Filters
from tests.statistics.conftest import Stock

FOREIGN = ("NJ", "南京", "鼓楼")


def engine_of(stock: Stock, code: str) -> Engine:
    unit = stock.scene.house.tree().by_code(code)
    assert unit is not None
    viewer = Viewer("person", 1, "某人", unit.id, unit.path, rights_of([Access.BRANCH]))
    return stock.scene.engine.for_viewer(viewer, stock.logins)


def without_time(found: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k != "made_at"} | {
        "unit": {k: v for k, v in found["unit"].items() if k != "above"}
    }


@pytest.mark.parametrize("period", ["2026-10", "2026-Q3", "2025"])
def test_a_branch_sees_exactly_its_own(stock: Stock, period: str) -> None:
    seen = engine_of(stock, "SH").statistics.read(period)
    assert without_time(seen) == without_time(stock.scene.engine.statistics.read(period, "SH"))
    assert seen["figures"][0]["value"] > 0
    text = json.dumps(seen, ensure_ascii=False)
    assert not any(word in text for word in FOREIGN)


def test_what_it_may_not_see_is_not_there(stock: Stock) -> None:
    branch = engine_of(stock, "SH")
    for unit in ("NJ", "NJ1", "HO", "NOPE"):
        with pytest.raises(InvalidInput) as refused:
            branch.statistics.read("2026-10", unit)
        assert [f.field for f in refused.value.faults] == ["unit"]
    assert branch.statistics.count(Filters(unit=("NJ",))) == 0
    whole = stock.scene.engine.statistics
    assert branch.statistics.count(Filters()) == whole.count(Filters(unit=("SH",))) > 0


def test_the_branches_add_up_to_the_bank(stock: Stock) -> None:
    def received(unit: str) -> int:
        found = stock.scene.engine.statistics.read("2026-Q3", unit)
        return int(found["figures"][0]["value"])

    assert received("HO") == received("SH") + received("NJ")
    bank = stock.scene.engine.statistics.read("2026-Q3")
    units = next(t for t in bank["tables"] if t["key"] == "unit")
    assert {r["value"]: r["received"][0] for r in units["rows"]} == {
        "SH": received("SH"), "NJ": received("NJ"),
    }  # fmt: skip
