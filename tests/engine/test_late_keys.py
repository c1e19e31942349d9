"""A complaint entered late that joins a tree by one key counts under its other keys there, too."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.words import Role
from escalation import recount
from escalation.command import Who
from escalation.ids import incident_number
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

LEADER = Who("陈值班", Role.DUTY_OFFICER.value)
PRODUCT = "稳健增利"
KEY = f"branch_product:SH:{PRODUCT}"


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


def _stored(scene: Scene) -> int:
    query = sa.text("SELECT clients FROM key_states WHERE key = :key")
    return int(scene.db.app.read(lambda c: c.scalar(query, {"key": KEY})))


def test_a_late_entry_is_counted_under_every_key_of_the_tree_that_it_joins(scene: Scene) -> None:
    """Its own time lies before the part's crowd that has the product's key; it joins that part all
    the same, through the older part below it."""
    older = scene.crowd(10, "SH1")[-1]["incident"]
    scene.later(hours=26)
    newer = scene.crowd(10, "SH2", product=PRODUCT)[-1]["incident"]
    assert older and newer and older != newer
    scene.engine.command.merge(incident_number(older), incident_number(newer), LEADER, "同一批客户")
    late = scene.now() - timedelta(hours=25)
    scene.complain("SH1", product=PRODUCT, received_at=late.isoformat())
    assert scene.incident(newer)["clients"] == 21
    stored = _stored(scene)
    now = scene.now()
    scene.db.app.run(lambda c: recount.recount(c, scene.house, {KEY}, now))
    assert stored == _stored(scene) == 11
