"""One bank for a file's tests: telling its story is the slow part."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.matrix.bank import Bank, told
from tests.postgres import Cluster


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Bank]:
    with told(cluster) as made:
        yield made
