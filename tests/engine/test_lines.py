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
