"""A scene, a desk, an incident for each test; SMS that nobody expected fail it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from escalation.clauses import Clause
from tests.engine.after import After
from tests.engine.duty_scenes import LADDER, Telling
from tests.engine.made_plan import clause, made_plan
from tests.engine.report_desk import Desk
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase


@pytest.fixture
def scene(db: TestDatabase) -> Iterator[Scene]:
    story = Scene(db)
    yield story
    story.work()
    story.expect_nothing_more()


@pytest.fixture
def desk(db: TestDatabase) -> Desk:
    return Desk(db)


@pytest.fixture
def after(db: TestDatabase) -> Iterator[Callable[[], After]]:
    """An incident under a plan with a regulator's receipt, head office's answer and the review."""
    scene = Scene(db, plan=made_plan(
        clause("HO-ACK", event="incident_opened", who=["ho_deputy"],
               fulfilled_by=["head_office_acknowledgement"]),
        clause("REG", event="incident_opened", within="15m", fulfilled_by=["regulator_receipt"]),
        clause("WP-27", event="incident_stood_down", who=["branch_leader"], within="5wd",
               fulfilled_by=["record"]),
        clause("OTHER", event="incident_stood_down", within="5wd", fulfilled_by=["reply"]),
    ))  # fmt: skip
    yield lambda: After(scene)
    scene.work()
    scene.expect_nothing_more()


@pytest.fixture
def telling(db: TestDatabase) -> Iterator[Telling]:
    """A scene whose plan has these clauses; nothing unexpected may be on a phone at its end."""
    made: list[Scene] = []

    def make(*clauses: Clause, start: datetime = MORNING) -> Scene:
        used = LADDER if any(c.ladder for c in clauses) else {}
        made.append(Scene(db, start=start, plan=made_plan(*clauses, **used)))
        return made[-1]

    yield make
    for scene in made:
        scene.work()
        scene.expect_nothing_more()
