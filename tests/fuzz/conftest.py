from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.postgres import TestDatabase
from tests.web_safety.site import running


@pytest.fixture
def server(db: TestDatabase) -> Iterator[Flask]:
    """The real application over an empty database."""
    with running(db) as built:
        yield built
