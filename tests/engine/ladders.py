"""Scenes whose plan has a ladder of the test's own and no duties."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from contacts.people import AbsenceValue, ShiftValue, save_absence, save_shift
from core.words import Role
from escalation.plan import LadderRule, Plan
from tests.engine.made_plan import made_plan
from tests.engine.scene import Scene

Climbing = Callable[..., Scene]
FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def ladder_plan(steps: list[dict[str, Any]] | None = None, **given: Any) -> Plan:
    """The shipped plan without clauses and repeats, with these steps (as the YAML has them) or its
    own."""
    plan = made_plan()
    old = json.loads(plan.ladder.model_dump_json())
    new = LadderRule.model_validate_json(
        json.dumps(old | {"repeat": None} | given | ({} if steps is None else {"steps": steps}))
    )
    return plan.model_copy(update={"ladder": new})


def open_crowd(scene: Scene, unit: str = "SH1", number: int = 10) -> str:
    incident = str(scene.crowd(number, unit)[-1]["incident"])
    scene.work()
    return incident


def absent(scene: Scene, unit: str, role: Role, **length: float) -> None:
    """From now on for so long (a day)."""
    now = scene.now()
    until = now + (timedelta(**length) if length else timedelta(days=1))
    value = AbsenceValue(scene.people[unit, role], now, until)
    scene.db.app.run(lambda c: save_absence(c, value))


def on_shift(scene: Scene, unit: str, role: Role, who: Role, start: datetime, end: datetime) -> int:
    """The standing holder of `who` takes a shift in `role`; the shift's id."""
    tree = scene.house.reload_tree()
    seat = tree.by_code(unit)
    assert seat is not None
    value = ShiftValue(seat.id, role, scene.people[unit, who], start, end)
    return scene.db.app.run(lambda c: save_shift(c, value))
