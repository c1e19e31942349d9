"""The fake Twilio as a fixture: one process a run, wiped for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.twilio import FakeTwilio


@pytest.fixture(scope="session")
def twilio_process() -> Iterator[FakeTwilio]:
    fake = FakeTwilio()
    yield fake
    fake.close()


@pytest.fixture
def fake_twilio(twilio_process: FakeTwilio) -> Iterator[FakeTwilio]:
    """A clean fake that accepts everything; afterwards no request may have broken the contract."""
    twilio_process.reset()
    yield twilio_process
    assert twilio_process.problems() == []
