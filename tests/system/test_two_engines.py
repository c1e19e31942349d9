"""Two engines, a database that blinks: each step once, nothing stops (sufferings 3, 4)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.postgres import Cluster
from tests.system.running import System, complaint, eventually


@pytest.fixture
def blinking(tmp_path: Path) -> Iterator[tuple[System, Cluster]]:
    cluster = Cluster()
    db = cluster.fresh()
    system = System(db, tmp_path)
    try:
        system.prepare()
        system.start("web", "engine", "engine2")
        yield system, cluster
    finally:
        system.stop()
        db.close()
        cluster.stop()


@pytest.mark.timeout(180)
def test_both_engines_go_on_after_the_database_blinked(blinking: tuple[System, Cluster]) -> None:
    system, cluster = blinking
    for _ in range(3):
        cluster.server.kill()
        cluster.server.start()

    def ticking() -> bool:
        ages = system.db.app.read(
            lambda c: c.scalars(
                sa.text(
                    "SELECT extract(epoch FROM clock_timestamp() - ticked_real)"
                    " FROM engine_heartbeats"
                )
            ).all()
        )
        return len(ages) == 2 and max(ages) < 3

    eventually(ticking, 40)
    assert system.processes["engine"].poll() is None
    assert system.processes["engine2"].poll() is None
    unit = system.outlets()[0]["code"]
    for number in range(10):
        answer = system.post("/api/v1/complaints", complaint(number, unit))
    assert answer.body["incident"] is not None
    eventually(lambda: len(system.phones_with_texts()) == 3, 30)
    assert all(len(texts) == 1 for texts in system.phones_with_texts().values())
