"""A scene, a desk, an incident for each test; SMS that nobody expected fail it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.engine.after import After
from tests.engine.made_plan import clause, made_plan
from tests.engine.report_desk import Desk
from tests.engine.scene import Scene
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
