"""One bank for all clauses; each test has its own plan and its own complaint or incident."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clauses.bank import Bank
from tests.postgres import Cluster


@pytest.fixture(scope="session")
def bank(cluster: Cluster) -> Iterator[Bank]:
    database = cluster.fresh()
    yield Bank(database)
    database.close()
