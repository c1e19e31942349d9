"""How fast a token or a session may ask: a bucket each, in the process that is asked. Pure.

A bucket holds `burst` requests and is filled by `per_minute`. It is kept in the web process, not in
PostgreSQL: intake, the hot path, pays no round trip for it. So a caller may reach the number of
processes times the limit; the limits stand against a machine gone mad and are no price.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock


class Lane(StrEnum):
    """What is asked: intake has by far the widest lane."""

    INTAKE = "intake"
    WRITE = "write"
    READ = "read"


@dataclass(frozen=True)
class Pace:
    """`per_minute` in the long run, `burst` at once; both at least 1."""

    per_minute: int
    burst: int

    @classmethod
    def of(cls, per_minute: int) -> Pace:
        """Ten seconds' worth may come at once."""
        return cls(per_minute, max(1, per_minute // 6))


@dataclass(frozen=True)
class Bucket:
    """`left` requests at `at` (seconds of a clock that never goes back)."""

    left: float
    at: float


@dataclass(frozen=True)
class Decision:
    """Admitted, or the seconds after which one more would be."""

    admitted: bool
    wait: float = 0.0


def take(bucket: Bucket | None, now: float, pace: Pace) -> tuple[Bucket, Decision]:
    """One request at `now`; without a bucket it is the first. A clock that goes back adds none."""
    rate = pace.per_minute / 60
    held = bucket or Bucket(float(pace.burst), now)
    left = min(float(pace.burst), held.left + max(0.0, now - held.at) * rate)
    at = max(now, held.at)
    if left >= 1.0:
        return Bucket(left - 1.0, at), Decision(True)
    return Bucket(left, at), Decision(False, (1.0 - left) / rate)


class Buckets:
    """The buckets of a process; thread-safe. Of more than `most` the longest idle is let go."""

    def __init__(self, most: int = 20_000) -> None:
        self._held: OrderedDict[Hashable, Bucket] = OrderedDict()
        self._lock, self._most = Lock(), most

    def take(self, key: Hashable, now: float, pace: Pace) -> Decision:
        with self._lock:
            self._held[key], decision = take(self._held.pop(key, None), now, pace)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
            return decision
