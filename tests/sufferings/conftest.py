"""The scene of the engine's own tests; SMS that nobody expected fail it."""

from __future__ import annotations

from tests.engine.conftest import scene

__all__ = ["scene"]
