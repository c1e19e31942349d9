"""Random lives of incidents that are merged, split, lowered, ended and reopened: nobody is lost."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.errors import Conflict, InvalidInput
from escalation.command import Who
from tests.concurrency.trees import check_trees
from tests.engine.scene import Scene
from tests.postgres import Cluster

BOSS = Who("周敏", "ho_deputy", "web:ho_deputy")
units = st.sampled_from(["SH1", "SH1", "SH2", "NJ1"])
products = st.sampled_from([None, "稳健增利", "安心定开"])


class Command(RuleBasedStateMachine):
    """One random life; `bank` is the scene, built once and emptied for each life."""

    bank: Scene

    def __init__(self) -> None:
        super().__init__()
        self.scene = self.bank
        self.fresh = itertools.count(1)
        self.known: dict[str, dict[str, Any]] = {}
        self.entered = 0
        self.due: dict[int, Any] = {}
        self.codes: dict[str, str] = {}
        self.commander: dict[str, str] = {}

    @initialize()
    def empty(self) -> None:
        self.scene.db.empty()
        self.scene.db.set_time(self.scene.start)

    def _states(self, *states: str) -> list[str]:
        return sorted(i for i, found in self.known.items() if found["state"] in states)

    # --- what happens ---------------------------------------------------------------------------

    @rule(unit=units, product=products, number=st.sampled_from([1, 6, 11]))
    def clients_complain(self, unit: str, product: str | None, number: int) -> None:
        for _ in range(number):
            phone = f"138{next(self.fresh):08d}"
            self.scene.complain(unit, product=product, client={"phone": phone})
        self.entered += number

    @precondition(lambda self: self.entered)
    @rule(unit=units, product=products, data=st.data())
    def a_client_complains_elsewhere(
        self, unit: str, product: str | None, data: st.DataObject
    ) -> None:
        phone = f"138{data.draw(st.integers(1, self.entered)):08d}"
        self.scene.complain(unit, product=product, client={"phone": phone})
        next(self.fresh)
        self.entered += 1

    @precondition(lambda self: len(self._states("open")) > 1)
    @rule(data=st.data())
    def two_are_merged(self, data: st.DataObject) -> None:
        live = st.sampled_from(self._states("open"))
        child, parent = data.draw(live), data.draw(live)
        may = child != parent and not self.known[child]["parent"]
        may = may and not self.known[parent]["parent"]
        texts = self._texts()
        try:
            self.scene.engine.command.merge(int(child[1:]), int(parent[1:]), BOSS, "同一批客户")
        except Conflict:
            assert not may
            return
        assert may and self._texts() == texts, "a merge tells nobody"
        whole = {child, *self.known[child]["children"], parent, *self.known[parent]["children"]}
        self._read()
        assert set(self.known[parent]["children"]) == whole - {parent}

    @precondition(lambda self: any(self.known[i]["parent"] for i in self._states("open")))
    @rule(data=st.data())
    def a_part_is_taken_out(self, data: st.DataObject) -> None:
        parts = [i for i in self._states("open") if self.known[i]["parent"]]
        part = data.draw(st.sampled_from(parts))
        before = self.known[part]
        self.scene.engine.command.take_out(int(part[1:]), BOSS, "各自处置")
        self._read()
        after = self.known[part]
        assert after["parent"] is None
        assert (after["clients"], after["keys"]) == (before["clients"], before["keys"])

    @precondition(lambda self: any(len(self.known[i]["keys"]) > 1 for i in self._states("open")))
    @rule(data=st.data())
    def keys_are_split_off(self, data: st.DataObject) -> None:
        several = [i for i in self._states("open") if len(self.known[i]["keys"]) > 1]
        one = data.draw(st.sampled_from(several))
        keys = self.known[one]["keys"]
        some = data.draw(st.sets(st.sampled_from(keys), min_size=1, max_size=len(keys) - 1))
        inside = self._clients(one)
        new = f"I{self.scene.engine.command.split(int(one[1:]), some, BOSS, '各自处置'):07d}"
        self._read()
        assert set(self.known[new]["keys"]) == some
        assert set(self.known[one]["keys"]) == set(keys) - some
        assert self._clients(one) | self._clients(new) == inside, "no client is lost"

    @precondition(lambda self: self._states("open"))
    @rule(data=st.data(), up=st.booleans())
    def severity_changes(self, data: st.DataObject, up: bool) -> None:
        one = data.draw(st.sampled_from(self._states("open")))
        large = self.known[one]["severity"] == "large"
        verb = self.scene.engine.command
        try:
            (verb.raise_to_large if up else verb.lower)(int(one[1:]), BOSS, "现场研判")
        except Conflict:
            assert large == up
        else:
            assert large != up
        self.scene.db.move_time(timedelta(seconds=1))

    @precondition(lambda self: self._states("open"))
    @rule(data=st.data(), name=st.sampled_from(["甲", "乙"]), why=st.sampled_from([None, "失联"]))
    def somebody_takes_command(self, data: st.DataObject, name: str, why: str | None) -> None:
        one = data.draw(st.sampled_from(self._states("open")))
        held = self.commander.get(one)
        try:
            self.scene.engine.command.take(int(one[1:]), Who(name, "branch_leader"), why)
        except Conflict:
            assert held == name
        except InvalidInput:
            assert held not in (None, name) and why is None
        else:
            self.commander[one] = name

    @precondition(lambda self: self._states("open"))
    @rule(data=st.data())
    def it_is_stood_down(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self._states("open")))
        self.scene.db.move_time(timedelta(seconds=1))  # no two ends at one moment
        self.scene.engine.stand_down(int(one[1:]), "已处置", "test")

    @precondition(lambda self: self._states("stood_down"))
    @rule(data=st.data())
    def it_is_reopened(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self._states("stood_down")))
        parent = self.known[one]["parent"]
        under_ended = parent is not None and self.known[parent]["state"] != "open"
        try:
            self.scene.engine.reopen_incident(int(one[1:]), "又来了", "test")
        except Conflict:
            self._read()
            mine = set(self.known[one]["keys"])
            others = {k for i in self._states("open") for k in self.known[i]["keys"]}
            gone = {k for c in self.known[one]["children"] for k in self.known[c]["keys"]}
            assert under_ended or (mine | gone) & others
        else:
            assert not under_ended

    # --- what must hold -------------------------------------------------------------------------

    def _rows(self, query: str) -> list[Any]:
        return list(self.scene.db.app.read(lambda c: c.execute(sa.text(query)).all()))

    def _texts(self) -> int:
        return int(self._rows("SELECT count(*) FROM messages")[0][0])

    def _clients(self, incident: str) -> set[int]:
        rows = self._rows("SELECT client_id FROM incident_clients WHERE incident_id ="
                          f" {int(incident[1:])}")  # fmt: skip
        return {r.client_id for r in rows}

    def _read(self) -> None:
        self.known = {i["id"]: i for i in self.scene.engine.incidents(state=None)}

    @invariant()
    def all_is_well(self) -> None:
        self._read()
        check_trees(self.scene.db)
        self._nothing_moved()
        (stored,) = self._rows("SELECT count(*) AS n FROM complaints")
        assert stored.n == self.entered, "no complaint is lost"
        for one, name in self.commander.items():
            (row,) = self._rows("SELECT name FROM incident_commands WHERE ended_at IS NULL"
                                f" AND incident_id = {int(one[1:])}")  # fmt: skip
            assert row.name == name

    def _nothing_moved(self) -> None:
        """No duty vanishes or gets another due time; no incident gets another code."""
        owed = {r.id: r.due_at for r in self._rows("SELECT id, due_at FROM duties")}
        assert {duty: owed.get(duty) for duty in self.due} == self.due
        self.due = owed
        codes = {name: found["code"] for name, found in self.known.items()}
        assert {name: codes[name] for name in self.codes} == self.codes
        self.codes = codes


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Scene]:
    database = cluster.fresh()
    yield Scene(database)
    database.close()


FEW = settings(
    phases=(Phase.generate,), max_examples=6, stateful_step_count=18, deadline=None, database=None,
    suppress_health_check=(
        HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large,
    ),
)  # fmt: skip
MANY = settings(FEW, max_examples=200, stateful_step_count=40)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "profile", [FEW, pytest.param(MANY, marks=pytest.mark.torture)], ids=["few", "many"]
)
def test_random_lives_of_incidents_under_command(bank: Scene, profile: settings) -> None:
    life = type("Command", (Command,), {"bank": bank})
    run_state_machine_as_test(life, settings=profile)
