"""A bank that the hotline speaks to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hotline.caller import Hotline
from tests.postgres import Cluster, TestDatabase


@pytest.fixture
def db(cluster: Cluster) -> Iterator[TestDatabase]:
    found = cluster.fresh()
    yield found
    found.close()


@pytest.fixture
def hotline(db: TestDatabase) -> Hotline:
    return Hotline(db)
