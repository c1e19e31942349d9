"""Somebody who works on tickets in a scene, in the words of their trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from complaints.ticket_forms import fill
from core.words import Role
from escalation.ids import complaint_number
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from escalation.ticket_work import Done
from tests.engine.scene import Scene

#: What each step's form says where a story does not care.
SAYS: dict[str, dict[str, Any]] = {
    "accept": {}, "screen": {"in_scope": True},
    "register": {"name": "客户", "contact": "网点留言", "matter": "到期收益低于预期",
                 "demand": "说明收益计算"},
    "confirm_class": {"agreed": True}, "route": {"lead": "branch_contact"},
    "contact": {"via": "phone", "said": "已向客户说明受理情况"},
    "investigate": {"result": "partly", "finding": "销售时未充分揭示风险"},
    "analyse": {"cause": "sales", "analysis": "话术不统一", "impact": "medium",
                "shares": [{"unit": "SH1", "percent": 70}, {"unit": "SH", "percent": 30}]},
    "plan": {"measures": [{"what": "书面说明", "who": "支行", "by": "2026-11-30"}]},
    "approve": {"approved": True},
    "carry_out": {"done": "已书面说明", "toward_department": "通报", "toward_person": "无"},
    "tell": {"via": "phone", "outcome": "settled", "said": "客户接受解释"},
    "ask": {"satisfaction": "satisfied"},
    "return_visit": {"via": "phone", "satisfaction": "satisfied"}, "archive": {},
    "on_the_spot": {"reason": "客户表示满意，不再投诉"},
    "dispute": {"reason": "客户要求赔偿本金"},
}  # fmt: skip


@dataclass
class Clerk:
    """A person of a scene who acts in one of its seats."""

    scene: Scene
    unit: str = "SH1"
    role: Role = Role.SUB_HEAD

    @property
    def worker(self) -> Worker:
        tree = self.scene.house.tree()
        unit = tree.by_code(self.unit)
        assert unit is not None
        person = self.scene.people.get((self.unit, self.role))
        return Worker(f"{self.unit}的{self.role}", self.role.value,
                      f"web:{self.role.value}:{self.unit}.{self.role.value}", unit.id,
                      person)  # fmt: skip

    def does(self, complaint: str, act: str, files: tuple[bytes, ...] = (), **says: Any) -> Done:
        """One act; what is not said is said as usual."""
        filled = fill(act, {**SAYS.get(act, {}), **says})
        return self.scene.engine.tickets.do(complaint_number(complaint), filled, self.worker, files)

    def hands(self, complaint: str, unit: str, role: Role, why: str = "超出权限") -> None:
        self.scene.engine.tickets.hand_over(
            complaint_number(complaint), Hand(unit, role, why), self.worker
        )

    def accepts(self, complaint: str) -> None:
        self.scene.engine.tickets.accept_handover(complaint_number(complaint), self.worker)

    def refuses(self, complaint: str, why: str = "非本机构客户") -> None:
        self.scene.engine.tickets.decline_handover(complaint_number(complaint), why, self.worker)

    def sees(self, complaint: str) -> dict[str, Any]:
        return self.scene.engine.tickets.one(complaint_number(complaint), self.worker)


def walk(first: Clerk, complaint: str, *, second: Clerk | None = None, until: str = "") -> str:
    """Take the steps one after another, those that are only for where needed too; the stage."""
    while True:
        ticket = first.sees(complaint)["ticket"]
        step = ticket["stage"]
        if step == until or (step not in SAYS and step != "classify"):
            return str(step)
        says = {"class": first.scene.house.plan.classes[0].id} if step == "classify" else {}
        clerk = second if second is not None and step in ("approve", "confirm_class") else first
        clerk.does(complaint, step, **says)


def duties(scene: Scene, complaint: str) -> dict[str, str]:
    """The complaint's clocks: clause -> state."""
    rows = scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT clause, state FROM duties WHERE complaint_id = :id ORDER BY id"),
        {"id": complaint_number(complaint)},
    ).all())  # fmt: skip
    return {row.clause: row.state for row in rows}
