"""Breaks Chinese and mixed text into lines: a Latin word or a figure stays whole, a closing mark
never begins a line, an opening one never ends it. Pure: measured by the function it is given."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from dashboard.papers.shape import wide

Measure = Callable[[str], float]
_CLOSING = frozenset("，。、；：？！）〕】》〉」』”’…—～·％‰℃,.;:?!)]}%")
_OPENING = frozenset("（〔【《〈「『“‘([{￥¥$#№")


def break_lines(text: str, width: float, measure: Measure, first: float = 0) -> list[str]:
    """`text` (without line ends) as lines no wider than `width`; at least one line, maybe empty.

    The first line is `first` narrower (an indent). Only a single character wider than the line
    makes a line too wide. Blanks at a break are dropped.
    """
    lines: list[str] = []
    line, room = "", width - first
    for unit in _fitting(_units(text), room, measure):
        if line and measure((line + unit).rstrip()) > room:
            lines.append(line.rstrip())
            line, room = "", width
        line += unit if line else unit.lstrip() if lines else unit
    return [*lines, line.rstrip()]


def _fitting(units: Iterator[str], width: float, measure: Measure) -> Iterator[str]:
    """The units, those wider than a line taken apart."""
    for unit in units:
        if measure(unit) > width:
            yield from unit
        else:
            yield unit


def _units(text: str) -> Iterator[str]:
    """What must stay together, blanks with the unit before them."""
    unit = ""
    for char in text:
        if unit and _may_break(unit[-1], char):
            yield unit
            unit = ""
        unit += char
    if unit:
        yield unit


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _CLOSING or unicodedata.category(after).startswith("M"):
        return False
    if before == " ":
        return True
    return before not in _OPENING and (wide(before) or wide(after))
