"""Standing down and opening again: what still waits for an answer goes on waiting for it."""

from __future__ import annotations

import pytest

from core.errors import Conflict
from core.words import Role
from escalation.ids import incident_number
from tests.engine.scene import Scene

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
SECOND = (("SH", Role.BRANCH_CONTACT), ("SH", Role.BRANCH_SERVICE))


def _opened(scene: Scene) -> str:
    incident = str(scene.crowd(10)[9]["incident"])
    scene.work()
    _all_get(scene, FIRST, "10名客户集体投诉")
    return incident


def _all_get(scene: Scene, seats: tuple[tuple[str, Role], ...], words: str) -> None:
    for unit, role in seats:
        scene.expect_sms(unit, role, words)


def _calm_and_again(scene: Scene, incident: str, **over: float) -> None:
    scene.engine.stand_down(incident_number(incident), "客户已离场", "test")
    scene.work()
    _all_get(scene, FIRST, "")
    scene.later(**over)
    scene.engine.reopen_incident(incident_number(incident), "客户又来了", "test")
    scene.work()
    _all_get(scene, FIRST, "")


def test_a_ladder_that_nobody_answered_climbs_on_after_reopening(scene: Scene) -> None:
    incident = _opened(scene)
    scene.later(minutes=2)
    _calm_and_again(scene, incident, minutes=2)
    shown = scene.incident(incident)["ladder"]
    assert (shown["state"], shown["paged_at"]) == ("running", None)
    scene.later(minutes=5)
    _all_get(scene, SECOND, "升级")
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")


def test_one_that_was_answered_stays_so(scene: Scene) -> None:
    incident = _opened(scene)
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    scene.work()
    _calm_and_again(scene, incident, minutes=1)
    assert scene.incident(incident)["ladder"]["state"] == "stopped"
    scene.later(minutes=9)


def test_head_office_is_called_later_by_as_long_as_it_was_over(scene: Scene) -> None:
    incident = _opened(scene)
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    scene.work()
    before = scene.incident(incident)["ladder"]["page_at"]
    _calm_and_again(scene, incident, minutes=3)
    after = scene.incident(incident)["ladder"]
    assert after["paged_at"] is None and before[14:16] == "45" and after["page_at"][14:16] == "48"


def test_head_office_may_acknowledge_what_is_calm_but_still_waits_for_it(scene: Scene) -> None:
    incident = _opened(scene)
    scene.engine.stand_down(incident_number(incident), "客户已离场", "test")
    scene.work()
    _all_get(scene, FIRST, "")
    with pytest.raises(Conflict):
        scene.acknowledge(incident, "支行长", Role.SUB_HEAD)
    scene.acknowledge(incident, "李慧敏", Role.DUTY_OFFICER)
    states = {d["clause"]: d["state"] for d in scene.incident(incident)["duties"]}
    assert states["HO-ACK"] == "fulfilled"
    with pytest.raises(Conflict):
        scene.acknowledge(incident, "韩若溪", Role.DUTY_OFFICER)
