"""How many examples: few in every run, many with `make torture`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
NORMAL = settings(max_examples=200, deadline=None, suppress_health_check=_SLOW, database=None)
TORTURE = settings(NORMAL, max_examples=5_000)


def both(prove: Callable[..., None]) -> Callable[..., None]:
    """Parametrise a property by its profile: `prove` is a given() function without settings."""

    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize(
        "profile", [NORMAL, pytest.param(TORTURE, marks=pytest.mark.torture)], ids=["few", "many"]
    )
    def run(profile: Any) -> None:
        profile(prove)()

    run.__name__, run.__doc__ = prove.__name__, prove.__doc__
    return run
