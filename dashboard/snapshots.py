"""The board's snapshot, computed once a process for all viewers of one area.

However many browsers ask, there is one computation at a time, and none as long as nothing changed
and the last one is fresh. Whoever asks after a change gets a snapshot begun after that change.
"""

from __future__ import annotations

import gzip
import json
import secrets
import threading
import time
from collections import OrderedDict
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
        #: Of this cache alone: another area's answer never passes for this one's.
        self._name = secrets.token_hex(4)
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
        etag = f"{self._name}-{self.computations:x}"
        rendered = Rendered(body, gzip.compress(body, 4), etag, began)
        self._held, self._held_change = rendered, change
        self.last_cost = time.monotonic() - began
        return rendered


class AreaSnapshots:
    """One cache an area (a unit's path); an area sees what was computed for it and nothing else.

    Of more than `most` areas the one asked for longest ago is dropped: it is computed again when
    somebody asks.
    """

    def __init__(self, compute: Callable[[str], dict[str, Any]], most: int = 128) -> None:
        self._compute, self._most = compute, most
        self._lock = threading.Lock()
        self._held: OrderedDict[str, SnapshotCache] = OrderedDict()

    def get(self, area: str) -> Rendered:
        """A snapshot of the area; raises what `compute` raises."""
        return self._of(area).get()

    def changed(self) -> None:
        """Something changed somewhere."""
        for cache in self._all():
            cache.changed()

    @property
    def last_cost(self) -> float:
        """Seconds that the dearest of the last computations took."""
        return max((cache.last_cost for cache in self._all()), default=0.0)

    def _all(self) -> list[SnapshotCache]:
        with self._lock:
            return list(self._held.values())

    def _of(self, area: str) -> SnapshotCache:
        with self._lock:
            cache = self._held.pop(area, None) or SnapshotCache(lambda: self._compute(area))
            self._held[area] = cache
            while len(self._held) > self._most:
                self._held.popitem(last=False)
            return cache
