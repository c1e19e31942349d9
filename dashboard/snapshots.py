"""The board's snapshot, computed once for all viewers of a process.

However many browsers ask, there is one computation at a time, and none as long as nothing changed
and the last one is fresh. Whoever asks after a change gets a snapshot begun after that change.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: Real seconds after which a snapshot is computed again although nothing was announced, because
#: ages and head counts in windows move by themselves.
MAX_AGE_SECONDS = 1.0


@dataclass(frozen=True)
class Rendered:
    """One computed snapshot, ready to be sent."""

    body: bytes
    packed: bytes
    etag: str
    computed_at: float  #: monotonic seconds at which the computation began

    def age(self) -> float:
        """Real seconds since the computation began."""
        return time.monotonic() - self.computed_at


class SnapshotCache:
    """Single flight around `compute`; thread-safe."""

    def __init__(self, compute: Callable[[], dict[str, Any]]) -> None:
        self._compute = compute
        self._lock = threading.Lock()
        self._changes = 0
        self._held: Rendered | None = None
        self._held_change = -1
        self.computations = 0
        self.last_cost = 0.0  #: seconds the last computation took

    def changed(self) -> None:
        """Something changed: the snapshot held now answers no later request."""
        self._changes += 1

    def get(self) -> Rendered:
        """A snapshot no older than the last change and MAX_AGE_SECONDS; raises what `compute`
        raises."""
        wanted = self._changes
        held = self._fit(wanted)
        if held is None:
            with self._lock:
                held = self._fit(wanted) or self._render()
        return held

    def _fit(self, wanted: int) -> Rendered | None:
        held = self._held
        fresh = held is not None and held.age() < MAX_AGE_SECONDS
        return held if fresh and self._held_change >= wanted else None

    def _render(self) -> Rendered:
        change, began = self._changes, time.monotonic()
        body = json.dumps(self._compute(), ensure_ascii=False, separators=(",", ":")).encode()
        self.computations += 1
        rendered = Rendered(body, gzip.compress(body, 4), f"{self.computations:x}", began)
        self._held, self._held_change = rendered, change
        self.last_cost = time.monotonic() - began
        return rendered
