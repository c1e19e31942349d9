"""Weighted scores of departments and people (SC-14), each with its working-out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: The rates that a score is made of, in the order in which they are shown.
RATES = ("timeliness", "satisfaction", "resolution")


@dataclass(frozen=True)
class Part:
    """One rate's part in a score: `hits` of `cases`, weighing `weight` percent of the whole."""

    rate: str
    hits: int
    cases: int
    weight: float

    @property
    def share(self) -> float:
        """0 to 1; 0 where there was no case."""
        return self.hits / self.cases if self.cases else 0.0

    @property
    def points(self) -> float:
        return self.share * self.weight


@dataclass(frozen=True)
class Score:
    """0 to 100, or None below the least number of cases; the parts add up to it."""

    cases: int
    parts: tuple[Part, ...]
    value: float | None


def score(
    cases: int, rates: Mapping[str, tuple[int, int]], weights: Mapping[str, int], least: int
) -> Score:
    """`rates` are (hits, cases) by name, `weights` percent by name adding up to 100.

    A rate that nothing is known of (nobody was asked) has no weight, and the others weigh more in
    their proportion, so that nobody is marked down for a question that was not put. No value with
    less than `least` cases: chance alone would decide it.
    """
    known = {n: rates[n] for n in RATES if rates.get(n, (0, 0))[1] > 0 and weights.get(n, 0) > 0}
    whole = sum(weights[n] for n in known)
    parts = tuple(
        Part(n, *rates.get(n, (0, 0)), weights[n] * 100 / whole if n in known else 0.0)
        for n in RATES
    )
    enough = cases >= least and bool(known)
    return Score(cases, parts, round(sum(p.points for p in parts), 1) if enough else None)
