"""Setting the business clock: owner's right only (a drill, a replay, a test that moves time)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import require_aware


def set_business_clock(
    connection: Connection, *, now: datetime | None = None, rate: float, drill: bool = False
) -> None:
    """Make business time `now` (default: go on from where it is), running at `rate`."""
    if now is not None:
        require_aware(now)
    connection.execute(
        sa.text(
            "UPDATE business_clock SET business_anchor = coalesce(:now, business_now()),"
            " real_anchor = clock_timestamp(), rate = :rate, drill = :drill"
        ),
        {"now": now, "rate": rate, "drill": drill},
    )
