"""A scene for each test; SMS that nobody expected fail it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.statistics.conftest import stock as stock


@pytest.fixture
def scene(db: TestDatabase) -> Iterator[Scene]:
    story = Scene(db)
    yield story
    story.work()
    story.expect_nothing_more()
