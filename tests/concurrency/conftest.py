"""Worker processes for the whole run (their start costs more than their work)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.concurrency.crew import Crew


@pytest.fixture(scope="session")
def crew() -> Iterator[Crew]:
    """Four processes."""
    four = Crew(4)
    yield four
    four.stop()


@pytest.fixture
def seed() -> int:
    """Another one each time; printed, so that a failure can be had again."""
    value = random.SystemRandom().randrange(2**32)
    print(f"\nseed {value}")  # noqa: T201
    return value
