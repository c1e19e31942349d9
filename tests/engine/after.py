"""An incident and what comes after it, in the operator's words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.words import Role
from escalation.ids import incident_number
from escalation.review import Lesson
from tests.engine.scene import Scene

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
LEADER = "web:branch_leader"


class After:
    """An incident at 徐汇支行 that began with a complaint at 10:00, and its review."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.engine = scene, scene.engine
        first = scene.complain()
        scene.later(minutes=12)
        self.incident: str = scene.crowd(9)[8]["incident"]
        self.number = incident_number(self.incident)
        scene.work()
        for unit, role in FIRST:
            scene.expect_sms(unit, role, "10名客户")
        assert first["incident"] is None

    @property
    def review(self) -> dict[str, Any]:
        return self.engine.review.read(self.number)

    def figure(self, key: str) -> dict[str, Any]:
        return next(f for f in self.review["figures"] if f["key"] == key)

    def clause(self, name: str) -> dict[str, Any]:
        return next(c for c in self.review["clauses"] if c["clause"] == name)

    def duty(self, name: str) -> dict[str, Any]:
        return next(d for d in self.scene.incident(self.incident)["duties"] if d["clause"] == name)

    def receipt(self, name: str, **ago: float) -> None:
        at = self.scene.now() - timedelta(**ago)
        self.engine.prove_duty(self.duty(name)["id"], None, {
            "at": at.isoformat(), "by": "李联络", "to": "上海监管局", "number": "沪2026-1"}, LEADER,
        )  # fmt: skip

    def stand_down(self) -> None:
        self.scene.close(self.incident)
        for unit, role in FIRST:
            self.scene.expect_sms(unit, role, "已解除")

    def learn(self, text: str = "大堂应先分流再解释") -> int:
        return self.engine.review.write_lesson(
            self.number, Lesson(text, "李行长", "branch_leader"), LEADER
        )
