"""A4 sheets being filled from top to bottom with marks: texts and rules.

Measures are points; y grows downwards from the sheet's upper edge and is a text's baseline.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from dashboard.papers.shape import BOTTOM, LEFT, SHEET_HEIGHT, TOP

Face = Literal["song", "hei"]
Width = Callable[[str, Face, float], float]
"""How wide a text is in a face at a size."""

PAGE_HEIGHT = SHEET_HEIGHT - TOP - BOTTOM


@dataclass(frozen=True)
class Text:
    """A run of text; `spread` is added after each character, `heavy` thickens the strokes, `red`
    says that something is missing."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    spread: float = 0
    heavy: bool = False
    red: bool = False


@dataclass(frozen=True)
class Rule:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float


Mark = Text | Rule


class Sheets:
    """The pages so far, and where on the last one the next thing goes (`y`)."""

    def __init__(self, width: Width) -> None:
        self.width = width
        self.pages: list[list[Mark]] = [[]]
        self.y = TOP

    @property
    def room(self) -> float:
        """The height left on this sheet."""
        return SHEET_HEIGHT - BOTTOM - self.y

    @property
    def at_top(self) -> bool:
        return not self.pages[-1]

    def turn(self) -> None:
        """Begin a new sheet."""
        self.pages.append([])
        self.y = TOP

    def need(self, height: float) -> None:
        """Turn the sheet when `height` is not left on one that has been begun."""
        if height > self.room and not self.at_top:
            self.turn()

    def skip(self, height: float) -> None:
        """White space, but none at the top of a sheet."""
        if not self.at_top:
            self.y += height

    def line(
        self,
        text: str,
        size: float,
        leading: float,
        *,
        x: float = LEFT,
        face: Face = "song",
        spread: float = 0,
        heavy: bool = False,
        red: bool = False,
    ) -> None:
        """One line of text at `x`; `leading` is the height that it takes."""
        self.need(leading)
        self.put(text, x, self.y, size, leading, face, spread=spread, heavy=heavy, red=red)
        self.y += leading

    def put(
        self,
        text: str,
        x: float,
        top: float,
        size: float,
        leading: float,
        face: Face,
        *,
        spread: float = 0,
        heavy: bool = False,
        red: bool = False,
    ) -> None:
        """Text in a line's box from `top` down; the cursor stays. A Chinese character's middle is
        0.38 em above its baseline."""
        if text:
            y = top + leading / 2 + 0.38 * size
            self.pages[-1].append(Text(x, y, text, face, size, spread, heavy, red))

    def rule(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.pages[-1].append(Rule(x1, y1, x2, y2))
