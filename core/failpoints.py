"""Named points at which a crash test kills the process with SIGKILL.

FENGHUO_FAILPOINTS="after_claim:0.02,before_commit:0.001" gives each point the chance per visit.
Unset, as everywhere but in those tests, a visit costs one dictionary look-up.
"""

from __future__ import annotations

import os
import random
import signal

#: every point that exists, so that a test's spelling mistake is found
POINTS = frozenset(
    {
        "after_claim",
        "accepted_not_recorded",
        "before_commit",
        "after_commit",
        "while_sealing",
        "callback_claimed",
        "callback_not_recorded",
        "in_drop_file",
        "drop_not_moved",
    }
)


def _read(text: str) -> dict[str, float]:
    chances: dict[str, float] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, chance = part.partition(":")
        if name not in POINTS:
            raise ValueError(f"no failpoint {name!r}; there are {', '.join(sorted(POINTS))}")
        chances[name] = float(chance or 1)
    return chances


_CHANCES = _read(os.environ.get("FENGHUO_FAILPOINTS", ""))


def hit(name: str) -> None:
    """Die here, perhaps."""
    chance = _CHANCES.get(name)
    if chance is not None and random.random() < chance:
        os.kill(os.getpid(), signal.SIGKILL)
