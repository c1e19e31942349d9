"""Scenes whose plan has a test's own clauses: what they owe, and what proves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.engine.scene import Scene

Telling = Callable[..., Scene]
LADDER = {"branch": [{"roles": ["branch_leader"]}, {"after": "30m", "roles": ["ho_deputy"]}]}


def duties(scene: Scene) -> dict[str, Any]:
    """Every duty by its clause (the last one of a clause)."""
    rows = scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT * FROM duties ORDER BY id")).mappings().all()
    )
    return {row["clause"]: row for row in rows}


def at(scene: Scene, **delta: float) -> datetime:
    return scene.start + timedelta(**delta)


PROOF = {"by": "李联络", "number": "2026-7"}


def proof(scene: Scene, **given: Any) -> dict[str, Any]:
    return {**PROOF, "at": scene.now().isoformat(), **given}
