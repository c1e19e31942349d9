"""A small bank with two years of worked tickets: one for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from bench.ticket_stock import bare, work_all
from core.clock import SHANGHAI
from database.connection import Database
from tests.engine.scene import Scene
from tests.postgres import Cluster, TestDatabase

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=SHANGHAI)
ROWS, DAYS = 2_500, 800


@dataclass
class Stock:
    """A bank of the scenes' units; `logins` reads as a viewer's area does."""

    db: TestDatabase
    scene: Scene
    logins: Database


@pytest.fixture(scope="session")
def stock(cluster: Cluster) -> Iterator[Stock]:
    db = cluster.fresh()
    scene = Scene(db, start=NOW)
    db.owner.run(lambda c: (bare(c, ROWS, DAYS), work_all(c)))
    logins = Database(db.app_url, role=None)
    yield Stock(db, scene, logins)
    logins.dispose()
    db.close()
