"""Time values. Aware datetimes only; business time is shown in Asia/Shanghai.

The business clock itself lives in the database (`business_now()`), so that every process and
every SQL statement reads the same time; this file only knows zones and formats.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def require_aware(value: datetime, name: str = "datetime") -> datetime:
    """Return `value`; raise ValueError when it carries no time zone."""
    if value.tzinfo is None or value.utcoffset() is None:
        raise ValueError(f"{name} must carry a time zone")
    return value


def iso(value: datetime | None) -> str | None:
    """ISO 8601 in Asia/Shanghai with offset, or None."""
    return None if value is None else value.astimezone(SHANGHAI).isoformat()


def hour_minute(value: datetime) -> str:
    """``HH:MM`` in Asia/Shanghai."""
    return value.astimezone(SHANGHAI).strftime("%H:%M")
