"""Figures and the table they are printed in: the ratio first, absolute figures after it."""

from __future__ import annotations

import math
import statistics
import sys
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

_STARTED = time.monotonic()


@dataclass(frozen=True)
class Line:
    """One measured thing: `ratio` and `goal` are texts ("0.52", "0.5 or more"), `rest` absolute."""

    what: str
    ratio: str
    goal: str = ""
    rest: str = ""


@dataclass
class Report:
    """The table of one run."""

    facts: list[str]
    lines: list[tuple[str, list[Line]]] = field(default_factory=list)

    def add(self, title: str, lines: Sequence[Line]) -> None:
        self.lines.append((title, list(lines)))

    def text(self) -> str:
        rows = [line for _, lines in self.lines for line in lines]
        wide = max((_width(r.what) for r in rows), default=10)
        high = max((_width(r.ratio) for r in rows), default=6)
        goal = max((_width(r.goal) for r in rows), default=4)
        out = ["", *self.facts, ""]
        for title, lines in self.lines:
            out.append(title)
            out.extend(
                f"  {_padded(r.ratio, high)}  {_padded(r.goal, goal)}  {_padded(r.what, wide)}"
                f"  {r.rest}".rstrip()
                for r in lines
            )
            out.append("")
        out.append("Only the ratios (left) carry over to another machine; the rest is this one's.")
        return "\n".join(out)


def say(text: str) -> None:
    """Progress, on standard error with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:5.0f} s] {text}", file=sys.stderr, flush=True)


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0–1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median with the range in which the middle half of the rounds lay."""
    if len(values) < 4:
        return f"{median(values):.{digits}f}"
    low, _, high = statistics.quantiles(values, n=4)
    return f"{median(values):.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
