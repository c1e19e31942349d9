"""Statutory lines (regulation 2020 No. 3): who is counted, since when, for which places."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.words import Role
from escalation.command import Who
from escalation.ids import incident_number
from tests.engine.scene import MORNING, Scene, shipped_plan
from tests.postgres import TestDatabase

FACE: dict[str, Any] = {"channel": "counter", "face_to_face": True}


@pytest.fixture
def hall(db: TestDatabase) -> Iterator[Scene]:
    """A bank under the regulation; what phones get is other tests' matter."""
    plan = shipped_plan("statutory-2020-3")
    yield Scene(db, plan=plan)


def crossed(scene: Scene) -> list[str]:
    return [row.code for row in _rows(scene, (
        "SELECT u.code FROM events e JOIN units u ON u.id = e.unit_id"
        " WHERE e.event = 'statutory_major' ORDER BY e.id"
    ))]  # fmt: skip


def owed(scene: Scene, clause: str) -> list[Any]:
    query = "SELECT u.code, d.role, d.due_at FROM duties d JOIN units u ON u.id = d.unit_id"
    return _rows(scene, f"{query} WHERE d.clause = '{clause}' ORDER BY u.code")


def _rows(scene: Scene, query: str) -> list[Any]:
    return list(scene.db.app.read(lambda c: c.execute(sa.text(query)).all()))


def test_the_twentieth_client_face_to_face_crosses_it_and_no_caller_does(hall: Scene) -> None:
    hall.crowd(19, **FACE)
    hall.crowd(5, channel="phone")
    hall.work()
    assert crossed(hall) == []
    hall.complain(**FACE)
    hall.work()
    assert crossed(hall) == ["SH1"]


def test_a_late_tick_starts_the_clocks_when_the_line_was_crossed(hall: Scene) -> None:
    hall.crowd(19, **FACE)
    hall.db.move_time(timedelta(minutes=10))
    hall.complain(**FACE)
    hall.db.move_time(timedelta(hours=2))
    hall.work()
    due: list[datetime] = [row.due_at for row in owed(hall, "LAW-M")]
    assert due == [MORNING + timedelta(minutes=25)]


def test_a_crowd_that_has_shrunk_before_the_tick_crossed_it(hall: Scene) -> None:
    hall.gather(20)
    hall.gather(5)
    hall.work()
    assert crossed(hall) == ["SH1"]


def test_what_was_said_face_to_face_in_an_ended_incident_is_another_matter(hall: Scene) -> None:
    people = [{"name": f"老客户{n}号", "phone": f"137{n:08d}"} for n in range(20)]
    first = [hall.complain(client=one, **FACE) for one in people][-1]["incident"]
    hall.work()
    hall.close(first)
    hall.later(hours=30)
    second = [hall.complain(client=one, channel="phone") for one in people][-1]["incident"]
    hall.work()
    assert second not in (None, first) and crossed(hall) == ["SH1"]


def test_each_place_of_one_crowd_owes_its_own_branch_and_regulator(hall: Scene) -> None:
    one = hall.crowd(12, "SH1", **FACE)[-1]["incident"]
    other = hall.crowd(12, "NJ1", **FACE)[-1]["incident"]
    hall.work()
    assert crossed(hall) == []
    by = Who("员工2", Role.HO_DEPUTY.value)
    hall.db.move_time(timedelta(minutes=30))
    hall.engine.command.merge(incident_number(other), incident_number(one), by, "同一事由")
    hall.work()
    assert [(r.code, r.role) for r in owed(hall, "LAW-M")] == [
        ("NJ", "branch_leader"), ("SH", "branch_leader"),
    ]  # fmt: skip
    assert [r.code for r in owed(hall, "LAW-12")] == ["NJ1", "SH1"]
    assert {r.due_at for r in owed(hall, "LAW-M")} == {MORNING + timedelta(minutes=45)}


BOSS = Who("员工2", Role.HO_DEPUTY.value)
LINE = ("LAW-M", "LAW-M-P", "LAW-12")


def _of_line(scene: Scene, incident: int) -> dict[int, tuple[str, datetime, str]]:
    """Duty id -> unit, due time, state."""
    return {r.id: (r.code, r.due_at, r.state) for r in _rows(scene, (
        "SELECT d.id, u.code, d.due_at, d.state FROM duties d JOIN units u ON u.id = d.unit_id"
        f" WHERE d.clause IN {LINE} AND d.incident_id = {incident}"
    ))}  # fmt: skip


def _stands(scene: Scene, incident: int) -> list[str]:
    timeline = scene.engine.incident(incident)["timeline"]
    return [e["zh"] for e in timeline if e["verb"] == "line_stands"]


@pytest.mark.parametrize("place", ["NJ1", "SH2"])
def test_what_a_place_owes_by_the_line_goes_with_it_when_it_is_taken_out(
    hall: Scene, place: str
) -> None:
    one = incident_number(hall.crowd(12, "SH1", **FACE)[-1]["incident"])
    other = incident_number(hall.crowd(12, place, **FACE)[-1]["incident"])
    hall.engine.command.merge(other, one, BOSS, "同一事由")
    hall.work()
    before = _of_line(hall, one)
    assert not _of_line(hall, other) and {state for *_, state in before.values()} == {"open"}
    # what is the branch's of both places stays where it is
    going = {"NJ1": {"NJ1", "NJ"}, "SH2": {"SH2"}}[place]
    hall.engine.command.take_out(other, BOSS, "不是同一批客户")
    hall.work()
    wanted = {number: duty for number, duty in before.items() if duty[0] in going}
    assert _of_line(hall, other) == wanted != {}
    assert _of_line(hall, one) == {n: d for n, d in before.items() if n not in wanted}
    for incident in (one, other):
        (said,) = _stands(hall, incident)
        assert said.startswith("拆分后为12人，不足20人") and "LAW-12" in said


def test_a_place_that_was_major_by_itself_takes_its_own_and_what_it_owed_besides(
    hall: Scene,
) -> None:
    """Merged and taken out twice: nothing is owed twice, no clock begins anew."""
    one = incident_number(hall.crowd(12, "SH1", **FACE)[-1]["incident"])
    other = incident_number(hall.crowd(20, "NJ1", **FACE)[-1]["incident"])
    hall.work()
    own = _of_line(hall, other)
    for _ in range(2):
        hall.engine.command.merge(other, one, BOSS, "同一事由")
        hall.work()
        hall.engine.command.take_out(other, BOSS, "不是同一批客户")
        hall.later(minutes=1)
        assert _of_line(hall, other) == own
    assert {code for code, _due, _state in _of_line(hall, one).values()} == {"SH", "SH1"}
    assert len(_stands(hall, one)) == 2 and not _stands(hall, other)


def test_a_split_says_too_why_the_duties_of_the_line_stand(hall: Scene) -> None:
    first = incident_number(hall.crowd(12, "SH1", product="甲", **FACE)[-1]["incident"])
    hall.crowd(11, "SH2", product="甲", **FACE)
    hall.work()
    new = hall.engine.command.split(first, ["unit:SH1"], BOSS, "徐汇单独处置")
    assert {code for code, *_ in _of_line(hall, new).values()} == {"SH1"}
    assert [said[:8] for said in _stands(hall, new)] == ["拆分后为12人，"]
    assert not _stands(hall, first), "the product's crowd is over the line as before"
