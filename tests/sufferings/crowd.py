"""Ten clients at one sub-branch, and the first three who are told."""

from __future__ import annotations

import sqlalchemy as sa

from core.words import Role
from tests.engine.scene import Scene

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def opened(scene: Scene, unit: str = "SH1") -> str:
    return str(scene.crowd(10, unit)[9]["incident"])


def first_told(scene: Scene, words: str = "10名客户") -> None:
    for unit, role in FIRST:
        scene.expect_sms(unit, role, words)


def sql(scene: Scene, query: str, **given: object) -> sa.CursorResult[tuple[object, ...]]:
    return scene.db.owner.run(lambda c: c.execute(sa.text(query), given))


def told_and_over(scene: Scene, incident: str) -> None:
    """The first step is told, then it is over and they are told that."""
    scene.work()
    first_told(scene)
    scene.close(incident)
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")
