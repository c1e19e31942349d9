"""One story for a file's tests: telling it is the slow part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.areas.story import Story
from tests.postgres import Cluster


@pytest.fixture(scope="module")
def story(cluster: Cluster) -> Iterator[Story]:
    db = cluster.fresh()
    told = Story(db)
    yield told
    told.close()
    db.close()
