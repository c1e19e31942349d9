"""Duties over the real engine: random lives, checked against what the clauses say.

A call never comes before its time nor after the duty's end; a duty has one end; a tick repeated
changes nothing; and a life with few ticks ends as the same life with many.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core.clock import SHANGHAI
from core.errors import Conflict
from escalation.calendar_days import DayChange
from escalation.duties import due_calls
from escalation.duty_changes import Longer
from escalation.events import ByHand
from escalation.ids import complaint_number
from escalation.plan import Plan
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import MORNING, Scene
from tests.postgres import Cluster
from tests.properties.profiles import both
from tests.properties.test_machine import FEW, MANY

SOME = timedelta(minutes=1)


def plan() -> Plan:
    """A clause of every clock, with and without reminders, ladder and extension."""
    ladder = {"on_breach": "tell", "ladder": "up"}
    return made_plan(
        clause("ONCE", within="at once", who=["sub_head"], **ladder),
        clause("HOUR", within="1h", remind=["20m", "10m"], remind_by="sms", **ladder),
        clause("WORK", within="2wd", remind=["4h"], extension={"within": "2wd", "most": 2,
               "tell_client": False}),
        clause("DAYS", within="3cd", who=["branch_leader"]),
        clause("NOON", within="same day by 15:30", **ladder),
        clause("HAND", event="client_dissatisfied", within="30m", who=["branch_leader"], **ladder),
        clause("EACH", event="day", within="same day by 17:30", fulfilled_by=["compilation"]),
        up=[{"roles": ["branch_leader"]}, {"after": "15m", "roles": ["branch_service"]},
            {"after": "2h", "roles": ["ho_deputy"]}],
    )  # fmt: skip


class Life(RuleBasedStateMachine):
    """One random life; `bank` is the scene, built once and emptied for each life."""

    bank: Scene

    def __init__(self) -> None:
        super().__init__()
        self.scene = self.bank
        self.complaints: list[int] = []

    @initialize()
    def empty(self) -> None:
        self.scene.db.empty()
        self.scene.db.set_time(self.scene.start)
        # The tables were emptied behind its back: what it remembers of them goes, too.
        copies = self.scene.house.copies
        copies.standing_seen = copies.calendar = None
        self.complaints = []

    def rows(self, query: str, **values: Any) -> list[Any]:
        return list(self.scene.db.app.read(lambda c: c.execute(sa.text(query), values).all()))

    def open_duties(self, where: str = "true") -> list[Any]:
        return self.rows(f"SELECT * FROM duties WHERE state = 'open' AND {where} ORDER BY id")

    # --- what happens ---------------------------------------------------------------------------

    @rule(unit=st.sampled_from(["SH1", "SH2", "NJ1", "SH"]))
    def somebody_complains(self, unit: str) -> None:
        answer = self.scene.complain(unit)
        self.complaints.append(complaint_number(answer["complaint"]))

    @precondition(lambda self: self.complaints)
    @rule(data=st.data())
    def a_client_is_dissatisfied(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.complaints))
        self.scene.engine.record_event(ByHand("client_dissatisfied", complaint_id=number), "t")

    @rule(minutes=st.sampled_from([1, 5, 14, 15, 16, 60, 61, 240, 1440, 2880]), tick=st.booleans())
    def time_passes(self, minutes: int, tick: bool) -> None:
        self.scene.db.move_time(timedelta(minutes=minutes))
        if tick:
            self.scene.work()

    @rule()
    def an_engine_ticks_twice(self) -> None:
        self.scene.work()
        before = self.rows("SELECT count(*) FROM journal")
        self.scene.work()
        assert self.rows("SELECT count(*) FROM journal") == before, "two ticks are one"

    @rule(data=st.data(), late=st.booleans())
    def somebody_proves_it(self, data: st.DataObject, late: bool) -> None:
        if found := self.open_duties():
            row = data.draw(st.sampled_from(found))
            proof = {"by": "李", "number": "7", "at": self.scene.now().isoformat()}
            self.scene.engine.prove_duty(row.id, None, proof, "t")
            with pytest.raises(Conflict):
                self.scene.engine.waive_duty(row.id, "ho_deputy", "重复", "t")

    @rule(data=st.data())
    def somebody_waives_it(self, data: st.DataObject) -> None:
        if found := self.open_duties():
            row = data.draw(st.sampled_from(found))
            self.scene.engine.waive_duty(row.id, "ho_deputy", "重复", "t")

    @rule(data=st.data())
    def it_is_handed_over(self, data: st.DataObject) -> None:
        if found := self.open_duties():
            row = data.draw(st.sampled_from(found))
            branch = self.scene.house.tree().by_code("NJ")
            assert branch is not None
            self.scene.engine.reassign_duty(row.id, unit_id=branch.id, role="branch_service",
                                            person_id=None, reason="休假", actor="t")  # fmt: skip
            assert self.rows("SELECT due_at FROM duties WHERE id = :id", id=row.id) == [
                (row.due_at,)
            ]

    @rule(data=st.data())
    def it_is_extended(self, data: st.DataObject) -> None:
        if found := self.open_duties("clause = 'WORK' AND extensions < 2"):
            row = data.draw(st.sampled_from(found))
            if self.scene.now() < row.due_at:
                assert self.scene.engine.extend_duty(row.id, Longer("复杂"), "t") > row.due_at
            else:
                with pytest.raises(Conflict):
                    self.scene.engine.extend_duty(row.id, Longer("复杂"), "t")

    @rule(ahead=st.integers(0, 6), working=st.booleans())
    def the_calendar_changes(self, ahead: int, working: bool) -> None:
        day = (self.scene.now().astimezone(SHANGHAI) + timedelta(days=ahead)).date()
        ended = self.rows("SELECT id, due_at FROM duties WHERE state <> 'open' ORDER BY id")
        self.scene.engine.set_calendar_day(DayChange(day, working, "测试"), "t")
        assert ended == self.rows(
            "SELECT id, due_at FROM duties WHERE state <> 'open' ORDER BY id"
        ), "what has ended stays as it was"

    # --- what holds -----------------------------------------------------------------------------

    @invariant()
    def no_call_before_its_time_or_after_the_end(self) -> None:
        rows = self.rows(
            "SELECT j.verb, j.at, (j.after ->> 'called')::timestamptz AS called, d.ended_at"
            " FROM journal j JOIN duties d ON j.subject = 'duty:' || d.id"
            " WHERE j.verb IN ('duty_warned', 'duty_breached', 'duty_escalated')"
        )
        for row in rows:
            assert row.called <= row.at
            assert row.ended_at is None or row.at <= row.ended_at

    @invariant()
    def each_duty_has_at_most_one_end_and_one_birth(self) -> None:
        rows = self.rows(
            "SELECT d.state, d.ended_at, d.next_at, (SELECT count(*) FROM journal j"
            " WHERE j.subject = 'duty:' || d.id AND j.verb IN ('duty_fulfilled', 'duty_waived',"
            " 'duty_replaced')) AS ends FROM duties d"
        )
        for row in rows:
            assert row.ends == (row.state != "open") and (row.ended_at is None) == (
                row.state == "open"
            )
            assert row.state == "open" or row.next_at is None

    @invariant()
    def no_person_is_told_of_a_call_twice(self) -> None:
        assert not self.rows(
            "SELECT 1 FROM duty_notices GROUP BY duty_id, step, person_id, called_at"
            " HAVING count(*) > 1"
        )

    def teardown(self) -> None:
        """After a last tick every call whose time has come has been made, exactly once."""
        self.scene.work()
        now = self.scene.now()
        for row in self.open_duties():
            waiting = [c for c in row.calls if datetime.fromisoformat(c["at"]) > now]
            expected = min((datetime.fromisoformat(c["at"]) for c in waiting), default=None)
            assert row.next_at == expected
            assert (row.breached_at is not None) or row.due_at > now


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Scene]:
    database = cluster.fresh()
    yield Scene(database, plan=plan())
    database.close()


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "profile", [FEW, pytest.param(MANY, marks=pytest.mark.torture)], ids=["few", "many"]
)
def test_random_lives_of_duties(bank: Scene, profile: Any) -> None:
    life = type("Life", (Life,), {"bank": bank})
    run_state_machine_as_test(life, settings=profile)


moments = st.integers(0, 300).map(lambda n: MORNING + n * SOME)


@both
@given(times=st.lists(moments, min_size=1, max_size=6), ticks=st.lists(moments, max_size=8))
def test_many_ticks_do_what_one_late_tick_does(
    times: list[datetime], ticks: list[datetime]
) -> None:
    calls = [{"at": at.isoformat()} for at in sorted(times)]
    end = MORNING + 301 * SOME
    next_at: datetime | None = min(times)
    done: list[int] = []
    for tick in sorted([*ticks, end]):
        if next_at is not None and next_at <= tick:
            found, next_at = due_calls(calls, next_at, tick)
            done += found
    assert done == due_calls(calls, min(times), end)[0] == list(range(len(calls)))


@pytest.mark.parametrize("gaps", [[30, 30, 60], [120], [15, 1, 1439, 90]])
def test_a_life_with_few_ticks_ends_as_one_with_many(cluster: Cluster, gaps: list[int]) -> None:
    """The same complaints; one engine ticks every minute or so, the other only at the end."""
    ended = []
    for often in (True, False):
        database = cluster.fresh()
        scene = Scene(database, plan=plan())
        scene.crowd(3)
        for gap in gaps:
            for part in range(0, gap, 5) if often else ():
                step = min(5, gap - part)
                database.move_time(timedelta(minutes=step))
                scene.work()
            if not often:
                database.move_time(timedelta(minutes=gap))
        scene.work()
        ended.append(scene.db.app.read(lambda c: c.execute(sa.text(
            "SELECT birth, state, due_at, next_at, warned_at IS NOT NULL AS warned,"
            " breached_at IS NOT NULL AS breached, (SELECT count(*) FROM journal j"
            " WHERE j.subject = 'duty:' || d.id) AS entries FROM duties d"
            " WHERE event <> 'day' ORDER BY birth")).all()))  # fmt: skip
        database.close()
    assert ended[0] == ended[1]


def test_a_period_missed_for_long_is_not_a_flood(cluster: Cluster) -> None:
    database = cluster.fresh()
    scene = Scene(database, plan=plan())
    scene.work()
    database.move_time(timedelta(days=200))
    scene.work()
    query = sa.text("SELECT unit_id, count(*) AS n FROM duties WHERE event = 'day' GROUP BY 1")
    rows = scene.db.app.read(lambda c: c.execute(query).all())
    assert {row.n for row in rows} == {32}, "the first day and the latest 31 working days"
    database.close()
