"""Ruled tables over as many sheets as they need, the header repeated on each.

A row stays on one sheet when it is short; a tall one is divided between lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.papers.lines import break_lines
from dashboard.papers.shape import LEFT, TEXT_WIDTH
from dashboard.papers.sheets import PAGE_HEIGHT, Face, Sheets

_SHORT = PAGE_HEIGHT / 3
_PAD_X, _PAD_Y = 5.0, 4.0


@dataclass(frozen=True)
class Look:
    """How a column's cells are set."""

    face: Face = "song"
    centred: bool = False
    red: bool = False


class Ruled:
    """A table being drawn; `shares` are the columns' shares of the text's width."""

    def __init__(self, sheets: Sheets, shares: Sequence[float], size: float) -> None:
        self._sheets = sheets
        self._widths = [share * TEXT_WIDTH for share in shares]
        self._size = size
        self._leading = size * 1.5
        self._header: list[list[str]] = []
        self._fresh = sheets.at_top

    def header(self, cells: Sequence[str]) -> None:
        """The header; it comes again on every sheet unless it would eat the sheet up."""
        looks = [_HEADER] * len(cells)
        self.row(cells, looks)
        lines = self._lines(cells, looks)
        if self._height(lines) <= _SHORT:
            self._header = lines

    def row(self, cells: Sequence[str], looks: Sequence[Look]) -> None:
        """One row; each cell may hold line ends."""
        lines = self._lines(cells, looks)
        while (fits := self._fits()) < max(map(len, lines)):
            if not self._fresh and (self._height(lines) <= _SHORT or fits < 2):
                self._turn()
                continue
            self._box([cell[:fits] for cell in lines], looks, divided=True)
            lines = [cell[fits:] for cell in lines]
            self._turn()
        self._box(lines, looks)

    def _fits(self) -> int:
        return int((self._sheets.room - 2 * _PAD_Y + 0.01) // self._leading)

    def _height(self, lines: list[list[str]]) -> float:
        return max(map(len, lines)) * self._leading + 2 * _PAD_Y

    def _turn(self) -> None:
        self._sheets.turn()
        if self._header:
            self._box(self._header, [_HEADER] * len(self._header))
        self._fresh = True

    def _lines(self, cells: Sequence[str], looks: Sequence[Look]) -> list[list[str]]:
        return [
            [
                line
                for part in cell.split("\n")
                for line in self._broken(part, look.face, width - 2 * _PAD_X)
            ]
            for cell, look, width in zip(cells, looks, self._widths, strict=True)
        ]

    def _broken(self, text: str, face: Face, width: float) -> list[str]:
        return break_lines(text, width, lambda part: self._sheets.width(part, face, self._size))

    def _box(self, lines: list[list[str]], looks: Sequence[Look], *, divided: bool = False) -> None:
        """Draw one row's box: texts cell by cell, then the lines around them."""
        sheets, height = self._sheets, self._height(lines)
        top, x = sheets.y, LEFT
        for cell, look, width in zip(lines, looks, self._widths, strict=True):
            spare = 0 if divided else height - 2 * _PAD_Y - len(cell) * self._leading
            y = top + _PAD_Y + spare / 2
            for line in cell:
                slack = width - sheets.width(line, look.face, self._size)
                inset = slack / 2 if look.centred else _PAD_X
                sheets.put(line, x + inset, y, self._size, self._leading, look.face, red=look.red)
                y += self._leading
            sheets.rule(x, top, x, top + height)
            x += width
        sheets.rule(x, top, x, top + height)
        sheets.rule(LEFT, top, x, top)
        sheets.rule(LEFT, top + height, x, top + height)
        sheets.y = top + height
        self._fresh = False


_HEADER = Look("hei", centred=True)
