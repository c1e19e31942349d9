"""Fixtures that every test may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import Cluster, TestDatabase


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A real PostgreSQL server for the whole run."""
    running = Cluster()
    yield running
    running.stop()


@pytest.fixture
def db(cluster: Cluster) -> Iterator[TestDatabase]:
    """A fresh, migrated database; business time runs until the test moves it."""
    database = cluster.fresh()
    yield database
    database.close()
