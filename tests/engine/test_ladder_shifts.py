"""A shift ends while an incident is open: whoever comes next has to know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core.words import Role
from tests.engine.ladders import FIRST, Climbing, absent, ladder_plan, on_shift, open_crowd
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase

DAY = timedelta(hours=12)
LATE = {"head_office_page": {"after": "99h", "roles": ["ho_leader"]}}
STEPS = [{"roles": ["duty_officer"]}, {"roles": ["ho_deputy"]}]
OFFICER, NEXT = Role.DUTY_OFFICER, Role.PR_OFFICER


@pytest.fixture
def night(db: TestDatabase) -> Iterator[Scene]:
    """The duty officer is on shift until 12:00, the PR officer takes over until midnight."""
    scene = Scene(db, plan=ladder_plan(STEPS, **LATE))
    noon = MORNING + timedelta(hours=2)
    on_shift(scene, "HO", OFFICER, OFFICER, noon - DAY, noon)
    on_shift(scene, "HO", OFFICER, NEXT, noon, noon + DAY)
    yield scene
    scene.work()
    scene.expect_nothing_more()


@pytest.fixture
def climbing(db: TestDatabase) -> Climbing:
    return lambda **given: Scene(db, plan=ladder_plan(STEPS, **LATE, **given))


def _acknowledged(scene: Scene) -> str:
    incident = open_crowd(scene)
    scene.expect_sms("HO", OFFICER, "10名客户")
    scene.reply("HO", OFFICER, "收到")
    return incident


def _counts(scene: Scene, incident: str) -> list[bool]:
    return [a["handed_at"] is None for a in scene.incident(incident)["acknowledgements"]]


def _sentences(scene: Scene, incident: str) -> list[str]:
    return [entry["zh"] for entry in scene.incident(incident)["timeline"]]


def test_the_next_on_duty_is_told_and_takes_over(night: Scene) -> None:
    incident = _acknowledged(night)
    (mine,) = night.incident(incident)["acknowledgements"]
    assert mine["shift_ends_at"][11:16] == "12:00"
    night.later(hours=1, minutes=59, seconds=59)
    night.expect_nothing_more()
    night.later(seconds=1)
    night.expect_sms("HO", NEXT, "由您接班跟进")
    assert _counts(night, incident) == [False]
    assert any("转接班人员" in line for line in _sentences(night, incident))
    night.reply("HO", NEXT, "收到")
    assert _counts(night, incident) == [False, True]
    assert night.incident(incident)["ladder"]["state"] == "stopped"
    night.later(minutes=30)
    night.expect_nothing_more()


def test_if_the_next_does_not_answer_the_ladder_runs_again(night: Scene) -> None:
    incident = _acknowledged(night)
    night.later(hours=2)
    night.expect_sms("HO", NEXT, "由您接班跟进")
    ladder = night.incident(incident)["ladder"]
    assert (ladder["state"], ladder["next_at"][11:16]) == ("running", "12:05")
    night.later(minutes=4, seconds=59)
    night.expect_nothing_more()
    night.later(seconds=1)
    night.expect_sms("HO", Role.HO_DEPUTY, "升级")
    assert any("重新升级" in line for line in _sentences(night, incident))


def test_while_somebody_else_is_there_the_ladder_rests(night: Scene) -> None:
    incident = _acknowledged(night)
    night.acknowledge(incident, "张副组长", Role.HO_DEPUTY)
    night.later(hours=2)
    night.expect_sms("HO", NEXT, "由您接班跟进")
    assert night.incident(incident)["ladder"]["state"] == "stopped"
    night.later(hours=1)
    night.expect_nothing_more()


def test_a_second_shift_on_end_hands_nothing_over(night: Scene) -> None:
    noon = MORNING + timedelta(hours=2)
    on_shift(night, "HO", OFFICER, OFFICER, noon, noon + DAY)
    incident = _acknowledged(night)
    night.later(hours=2)
    night.expect_nothing_more()
    assert _counts(night, incident) == [True]
    night.later(hours=12)
    assert _counts(night, incident) == [True], "after it, the standing holder is the officer again"


def test_back_on_the_next_shift_the_same_person_acknowledges_again(night: Scene) -> None:
    incident = _acknowledged(night)
    start = MORNING + timedelta(hours=2) + DAY
    on_shift(night, "HO", OFFICER, OFFICER, start, start + DAY)
    night.later(hours=2)
    night.expect_sms("HO", NEXT, "由您接班跟进")
    night.reply("HO", NEXT, "收到")
    night.later(hours=12)
    night.expect_sms("HO", OFFICER, "由您接班跟进")
    night.reply("HO", OFFICER, "收到")
    assert _counts(night, incident) == [False, False, True]
    night.later(hours=1)
    night.expect_nothing_more()


def test_nobody_takes_over(db: TestDatabase, climbing: Climbing) -> None:
    scene = climbing()
    noon = MORNING + timedelta(hours=2)
    on_shift(scene, "HO", OFFICER, NEXT, noon - DAY, noon)
    absent(scene, "HO", OFFICER)
    incident = open_crowd(scene)
    scene.expect_sms("HO", NEXT, "10名客户")
    scene.reply("HO", NEXT, "收到")
    scene.later(hours=2)
    assert any("无人接班" in line for line in _sentences(scene, incident))
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    scene.expect_nothing_more()


def test_whoever_holds_the_role_for_good_hands_nothing_over(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan(**LATE))
    incident = open_crowd(scene)
    for unit, role in FIRST:
        scene.expect_sms(unit, role)
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    (mine,) = scene.incident(incident)["acknowledgements"]
    assert mine["shift_ends_at"] is None
    scene.later(hours=48)
    scene.expect_nothing_more()


def test_a_late_tick_hands_over_once(night: Scene) -> None:
    incident = _acknowledged(night)
    night.db.move_time(timedelta(hours=5))
    for _ in range(2):
        night.work()
    night.expect_sms("HO", NEXT, "由您接班跟进")
    entries: list[dict[str, Any]] = night.incident(incident)["timeline"]
    assert sum(e["verb"] == "acknowledgement_handed_over" for e in entries) == 1
