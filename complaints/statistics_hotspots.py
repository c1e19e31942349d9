"""Hot spots: what has more complaints now than its own past explains. Pure, and explained.

Complaints that come independently at a steady rate are Poisson distributed. Of the last periods the
mean is taken; 99 times in 100 chance alone brings no more than `bound` in a period like it. What
lies above that, and is no single case or two, is worth a look: an alarm that is false once in a
hundred, not a proof.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: How sure: chance alone exceeds the bound in less than one of a hundred periods.
CONFIDENCE = 0.99
#: Fewer complaints than these are no hot spot, however quiet the past.
LEAST = 3
#: How many periods of the past are looked at.
PAST = 12
#: With fewer there is no past to speak of.
LEAST_PAST = 3


@dataclass(frozen=True)
class Hotness:
    """`now` complaints against `expected` (the past's mean) and the most that chance brings."""

    now: int
    past: int
    expected: float
    bound: int

    @property
    def hot(self) -> bool:
        return self.now >= LEAST and self.now > self.bound

    @property
    def times(self) -> float | None:
        """How many times the expected; None where nothing was expected."""
        return self.now / self.expected if self.expected else None


def hotness(now: int, past: int, periods: int, elapsed: float = 1.0) -> Hotness:
    """`past` complaints over `periods` full periods; `elapsed` is the part of this one (0 to 1]
    that has gone by."""
    expected = past / periods * elapsed if periods else 0.0
    return Hotness(now, past, expected, poisson_bound(expected))


def poisson_bound(mean: float, confidence: float = CONFIDENCE) -> int:
    """The least whole number that a Poisson variable of this mean does not exceed with this
    confidence. Sums from twelve deviations below the mean, so that a large mean is no matter."""
    if mean <= 0:
        return 0
    number = max(0, math.floor(mean - 12 * math.sqrt(mean)))
    total = 0.0
    while True:
        total += math.exp(number * math.log(mean) - mean - math.lgamma(number + 1))
        if total >= confidence:
            return number
        number += 1
