"""A crowd under command, in the operator's words: what its tests share."""

from __future__ import annotations

from typing import Any

from core.words import Role
from escalation.command import Who
from escalation.ids import incident_number
from tests.engine.scene import Scene

ZHENG = Who("郑洁", "branch_leader", "web:branch_leader")
SUN = Who("孙立", "branch_deputy", "web:branch_deputy")
FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def opened(scene: Scene) -> int:
    number = incident_number(scene.crowd(10)[9]["incident"])
    scene.work()
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "10名客户集体投诉")
    return number


def command_of(scene: Scene, incident: int) -> dict[str, Any]:
    found: dict[str, Any] = scene.engine.incident(incident)["command"]
    return found


def texted(scene: Scene, *whom: tuple[str, Role, str]) -> None:
    scene.work()
    for unit, role, words in whom:
        assert "回复" not in scene.expect_sms(unit, role, words)


def said(scene: Scene, incident: int, verb: str) -> list[str]:
    return [e["zh"] for e in scene.engine.incident(incident)["timeline"] if e["verb"] == verb]
