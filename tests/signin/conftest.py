"""The real application over a real database, with cheap hashing that counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signin.visitor import Counting, Visitor, counting
from tests.web_safety.site import running


@pytest.fixture
def server(db: TestDatabase) -> Iterator[Flask]:
    Scene(db)
    with running(db) as app:
        counting(app)
        yield app


@pytest.fixture
def hashing(server: Flask) -> Counting:
    return counting(server)


@pytest.fixture
def visitor(server: Flask) -> Visitor:
    return Visitor(server)
