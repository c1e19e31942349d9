"""The archive's list: each row exactly once, only one's own, found by words that stay in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.rights import Access, rights_of
from core.viewer import Viewer
from database.connection import Database
from escalation.archive_list import SORTS, STAGES, Wanted
from escalation.engine import Engine
from escalation.ids import complaint_number
from escalation.ticket_filters import Filters, parse
from tests.engine.scene import Scene
from tests.signing_in import sign_in
from tests.statistics.conftest import Stock
from tests.tickets.clerk import Clerk


def seeing(scene: Scene, unit: str, person: int | None = None) -> Engine:
    """The engine as somebody of this unit has it."""
    found = scene.house.tree().by_code(unit)
    assert found is not None
    roles = frozenset({Access.BRANCH})
    viewer = Viewer("person", 1, "员工1", found.id, found.path, rights_of(roles), roles, person)
    return scene.engine.for_viewer(viewer, Database(scene.db.app_url, role=None, pool_size=1))


def walked(engine: Engine, wanted: Wanted, between: Callable[[], Any] = lambda: None) -> list[Any]:
    """Every row of the list, page by page; `between` happens between pages."""
    rows: list[Any] = []
    while True:
        page = engine.archive.page(wanted)
        rows += page["rows"]
        if page["after"] is None:
            return rows
        between()
        wanted = Wanted(wanted.filters, wanted.sort, wanted.text, page["after"], wanted.limit)


@pytest.mark.parametrize("sort", SORTS)
def test_every_row_exactly_once_while_others_come_in(scene: Scene, sort: str) -> None:
    for unit in ("SH1", "NJ1", "SH2") * 4:
        scene.complain(unit, channel="letter")
    head = Clerk(scene)
    first = scene.engine.archive.page(Wanted())["rows"][-1]["complaint"]
    head.does(first, "accept")
    before = {r["complaint"] for r in walked(scene.engine, Wanted())}

    def another() -> None:
        scene.complain("SH1", channel="letter")

    rows = walked(scene.engine, Wanted(sort=sort, limit=5), another)
    seen = [r["complaint"] for r in rows]
    assert len(seen) == len(set(seen)) and before <= set(seen)


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(sort=st.sampled_from(list(SORTS)), limit=st.integers(1, 900),
       query=st.sampled_from([{}, {"stage": ["open"]}, {"late": ["yes"]}, {"unit": ["SH"]},
                              {"product": ["稳盈1号", "none"]},
                              {"reopened": ["yes"]}]))  # fmt: skip
def test_pages_together_are_the_whole_list_in_order(
    stock: Stock,
    sort: str,
    limit: int,
    query: dict[str, list[str]],
) -> None:
    engine = stock.scene.engine
    whole = engine.archive.page(Wanted(parse(query), sort, limit=5_000))
    rows = walked(engine, Wanted(parse(query), sort, limit=limit))
    assert rows == whole["rows"]
    assert engine.archive.count(Wanted(parse(query)))["count"] == len(rows)
    keys: dict[str, Callable[[Any], Any]] = {
        "received": lambda r: r["received_at"], "closed": lambda r: r["closed_at"] or "9",
        "-closed": lambda r: r["closed_at"] or "0", "clock": lambda r: r["next_at"] or "9",
        "stage": lambda r: STAGES.index(r["stage"]),
    }  # fmt: skip
    key = keys.get(sort) or keys.get(sort.removeprefix("-"))
    if key is not None:
        order = [key(r) for r in rows]
        assert order == sorted(order, reverse=sort.startswith("-"))


@pytest.fixture
def told(scene: Scene) -> dict[str, str]:
    """Three complaints whose words are searchable."""
    made = {
        "fee": scene.complain("SH1", channel="letter", summary="手续费收取有误",
                              client={"name": "夏侯奇瑰", "phone": "13987650123"}),
        "gain": scene.complain("SH1", channel="letter", summary="到期收益低于预期"),
        "far": scene.complain("NJ1", channel="letter", summary="手续费与合同不符"),
    }  # fmt: skip
    scene.work()
    return {name: str(answer["complaint"]) for name, answer in made.items()}


def found(engine: Engine, text: str, **query: list[str]) -> set[str]:
    return {r["complaint"] for r in engine.archive.page(Wanted(parse(query), text=text))["rows"]}


def test_found_by_words_names_and_whole_numbers_with_filters(
    scene: Scene, told: dict[str, str]
) -> None:
    whole = scene.engine
    assert found(whole, "手续费") == {told["fee"], told["far"]}
    assert found(whole, "手续费", unit=["SH"]) == {told["fee"]}
    assert found(whole, "手续费", stage=["archived"]) == set()
    assert found(whole, "夏侯奇瑰") == found(whole, "13987650123") == {told["fee"]}
    assert found(whole, "费手续") == set()
    assert whole.archive.count(Wanted(text="手续费")) == {"count": 2, "more": False, "exact": False}
    with pytest.raises(InvalidInput):
        whole.archive.page(Wanted(text="费"))
    (row,) = whole.archive.page(Wanted(text="夏侯奇瑰"))["rows"]
    assert row["client"] == {"name": "夏侯**", "erased": False}


def test_an_area_lists_and_finds_its_own(scene: Scene, told: dict[str, str]) -> None:
    shanghai = seeing(scene, "SH")
    assert {r["complaint"] for r in walked(shanghai, Wanted(limit=1))} == {
        told["fee"], told["gain"]}  # fmt: skip
    assert found(shanghai, "手续费") == {told["fee"]}
    assert found(shanghai, "手续费", unit=["NJ"]) == set()
    assert shanghai.archive.count(Wanted())["count"] == 2
    table = shanghai.archive.export(Wanted(), "季度核对", "web:x:1", "csv").decode("utf-8-sig")
    assert told["fee"] in table and told["far"] not in table and "夏侯奇瑰" not in table
    nanjing = seeing(scene, "NJ")
    assert {r["complaint"] for r in nanjing.archive.page(Wanted())["rows"]} == {told["far"]}


def test_a_complaint_about_a_leader_is_not_listed_to_that_leader(
    scene: Scene, told: dict[str, str]
) -> None:
    leader = 1
    scene.db.owner.run(lambda c: c.exec_driver_sql(
        "UPDATE tickets SET about_person_id = %s WHERE complaint_id = %s",
        (leader, complaint_number(told["fee"]))))  # fmt: skip
    theirs, others = seeing(scene, "SH", leader), seeing(scene, "SH", leader + 1)
    assert found(theirs, "手续费") == set() and found(others, "手续费") == {told["fee"]}
    assert theirs.archive.count(Wanted())["count"] == 1
    assert told["fee"] not in theirs.archive.export(
        Wanted(), "季度核对", "web:x:1", "csv").decode("utf-8-sig")  # fmt: skip
    register = theirs.archive.register("SH1", "2026-11")
    assert told["fee"] not in {r["complaint"] for r in register["rows"]}


def test_a_sort_or_a_page_that_is_none_is_refused(scene: Scene) -> None:
    for wanted in (Wanted(sort="amount"), Wanted(after="x"), Wanted(after="W10=")):
        with pytest.raises(InvalidInput):
            scene.engine.archive.page(wanted)


def test_views_are_ones_own_and_keep_no_text(scene: Scene) -> None:
    mine = sign_in(scene.db, unit="HO", roles=(Access.HEAD_OFFICE,), name="甲").viewer.id
    other = sign_in(scene.db, unit="HO", roles=(Access.HEAD_OFFICE,), name="乙").viewer.id
    desk = scene.engine.archive
    desk.save_view(mine, "在办", Wanted(Filters(stage=("open",)), "clock", "夏侯奇瑰"))
    desk.save_view(mine, "在办", Wanted(Filters(stage=("open",), late=("none",)), "clock"))
    (view,) = desk.views(mine)
    assert (view["name"], view["sort"]) == ("在办", "clock")
    assert view["filters"] == {"stage": ["open"], "late": ["none"]}
    assert desk.views(other) == []
    desk.remove_view(other, "在办")
    assert len(desk.views(mine)) == 1
    desk.remove_view(mine, "在办")
    assert desk.views(mine) == []
    with pytest.raises(InvalidInput):
        desk.save_view(mine, " ", Wanted())
