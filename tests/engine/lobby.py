"""A lobby manager in a test: who came, who receives whom where, in the operator's words."""

from __future__ import annotations

import itertools
from typing import Any

from core.words import Role
from escalation.ids import incident_number
from escalation.receptions import Arrival, RowChange, SheetChange
from tests.engine.scene import Scene

_taps = itertools.count(1)


class Lobby:
    """A lobby manager at 徐汇支行 with the incident's sheet."""

    def __init__(
        self, scene: Scene, heads: int = 12, onlookers: int = 0, here: int | None = 0
    ) -> None:
        self.scene = scene
        self.incident: str = scene.gather(heads, "SH1", onlookers)["incident"]
        self.number = incident_number(self.incident)
        scene.work()
        for unit, role in (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER),
                           ("SH", Role.BRANCH_DEPUTY)):  # fmt: skip
            scene.expect_sms(unit, role, "现场聚集")
        scene.reply("SH", Role.BRANCH_LEADER, "1")
        if here is not None:  # most have gone again, says a second count
            scene.gather(here, "SH1", onlookers)

    @property
    def sheet(self) -> dict[str, Any]:
        return self.scene.engine.reception.sheet(self.number)

    def came(self, count: int = 1, clients: tuple[int, ...] = ()) -> None:
        tap = Arrival(f"tap-{next(_taps):08d}", count, clients)
        self.scene.engine.reception.arrive(self.number, None, tap, "web:sub_lobby_manager")

    def row(self, number: int) -> dict[str, Any]:
        return next(r for r in self.sheet["rows"] if r["number"] == number)

    def change(self, row_number: int, **given: Any) -> None:
        row = self.row(row_number)
        given.setdefault("version", row["version"])
        self.scene.engine.reception.change_row(
            self.number, row["id"], RowChange(**given), "web:sub_lobby_manager"
        )

    def place(self, number: int, receiver: str, room: str) -> None:
        self.change(number, receiver=receiver, room=room)

    def arrange(self, **given: Any) -> None:
        value = SheetChange(self.sheet["version"], **given)
        self.scene.engine.reception.change_sheet(self.number, None, value, "web:sub_head")

    def faults(self) -> set[str]:
        return {r["code"] for r in self.sheet["remarks"] if r["kind"] == "fault"}

    def advice(self) -> set[str]:
        return {r["code"] for r in self.sheet["remarks"] if r["kind"] == "advice"}

    def duty(self) -> dict[str, Any]:
        (found,) = [d for d in self.scene.incident(self.incident)["duties"]
                    if d["clause"] == "WP-29"]  # fmt: skip
        return found

    def journal(self) -> list[str]:
        return [e["verb"] for e in self.scene.incident(self.incident)["timeline"]]
