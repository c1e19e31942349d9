"""One running system for a module's tests: starting processes is the slow part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Cluster
from tests.system.running import System


@pytest.fixture(scope="module")
def system(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Web and engine over a database of their own with the example bank."""
    db = cluster.fresh()
    running = System(db, Path(tmp_path_factory.mktemp("system")))
    try:
        running.prepare()
        running.start("web", "engine")
        yield running
    finally:
        running.stop()
        db.close()
