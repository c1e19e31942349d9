"""A media desk in a test: who works there, and what they usually say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from escalation.engine import Engine
from escalation.media_values import By, Correction, Finding, Found, Reach, Report, Talk
from tests.engine.scene import Scene

PR = By("林公关", "pr_officer", "web:pr_officer:1", "person:1")
LEADER = By("陈组长", "ho_leader", "web:ho_leader:2", "person:2")
UNIT = By("王联系", "branch_contact", "web:branch_contact:3", "person:3")
LINK = "https://news.example/2026/11/story-1.html"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class MediaDesk:
    """The engine's desk, with the words that do not matter filled in."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.engine = scene, scene.engine

    @property
    def desk(self) -> Any:
        return self.engine.media

    def report(self, **given: Any) -> Report:
        value = Report(
            "晨报", "理财产品到期未付引争议", Reach("regional", 20_000), self.scene.now(), LINK,
            "记者走访徐汇支行", self.scene.now() - timedelta(hours=1),
        )  # fmt: skip
        return replace(value, **given)

    def found(self, unit: str = "SH", **given: Any) -> int:
        value = Found(unit, "regional", self.report(**given))
        return int(self.desk.find(value, PR)[0])

    def check(self, case: int, verdict: Any = "wrong") -> None:
        value = Finding(verdict, self.scene.now(), "产品已于到期日兑付", "兑付流水与公告")
        self.desk.record_finding(case, value, UNIT)

    def ask(self, case: int) -> int:
        """Ask the first outlet to correct; the act's id."""
        sighting = self.case(case)["sightings"][0]["id"]
        value = Correction(sighting, self.scene.now(), "贵报所称未兑付与事实不符", "公告与流水摘要")
        self.desk.ask_correction(case, value, PR, PDF)
        return int(self.case(case)["acts"][0]["id"])

    def talk(self, case: int) -> None:
        value = Talk(self.scene.now(), "phone", "说明情况", outlet="晨报", journalist="周记者")
        self.desk.log_talk(case, value, PR)

    def case(self, case: int) -> dict[str, Any]:
        return dict(self.desk.case(case))

    def acts(self, case: int) -> list[str]:
        return [one["act"] for one in reversed(self.case(case)["acts"])]

    def clocks(self, case: int) -> dict[str, str]:
        """Clause -> state of the case's duties."""
        return {d["clause"]: d["state"] for d in self.case(case)["duties"]}


def of(engine: Engine) -> Any:
    return engine.media
