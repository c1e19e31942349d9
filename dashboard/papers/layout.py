"""Lays a paper out on A4 sheets, as a Chinese official document is set. Pure; `pdf.py` draws."""

from __future__ import annotations

from typing import assert_never

from core.paper import (
    Block,
    Bullets,
    Fields,
    Grid,
    Heading,
    PageBreak,
    Paper,
    PaperLang,
    Paragraph,
    Signature,
)
from dashboard.papers import shape
from dashboard.papers.lines import break_lines
from dashboard.papers.shape import BODY_SIZE, FOOT_SIZE, LEFT, TEXT_WIDTH
from dashboard.papers.sheets import Face, Mark, Sheets, Text, Width
from dashboard.papers.table import Look, Ruled

_LEADING = 28.0
_INDENT = 2.0 * BODY_SIZE


def lay_out(paper: Paper, width: Width, note: str = "") -> list[list[Mark]]:
    """The marks of each page. `note`: a small remark under the last line."""
    sheets = Sheets(width)
    _head(sheets, paper)
    for block in paper.blocks:
        _block(sheets, block, paper.lang)
    _signed(sheets, paper.signed)
    if note:
        sheets.skip(10)
        for line in _broken(sheets, note, FOOT_SIZE, TEXT_WIDTH):
            sheets.line(line, FOOT_SIZE, FOOT_SIZE * 1.5)
    _feet(sheets, paper)
    return sheets.pages


def _block(sheets: Sheets, block: Block, lang: PaperLang) -> None:
    match block:
        case Heading():
            _heading(sheets, block)
        case Paragraph():
            for part in block.parts():
                _paragraph(sheets, part)
        case Fields():
            _fields(sheets, block)
        case Grid():
            _grid(sheets, block)
        case Bullets():
            _bullets(sheets, block)
        case Signature():
            _signature(sheets, block, lang)
        case PageBreak():
            if not sheets.at_top:
                sheets.turn()
        case _:
            assert_never(block)


def _broken(
    sheets: Sheets, text: str, size: float, width: float, face: Face = "song", first: float = 0
) -> list[str]:
    def measure(part: str) -> float:
        return sheets.width(part, face, size)

    return [line for part in text.split("\n") for line in break_lines(part, width, measure, first)]


def _centred(
    sheets: Sheets, text: str, size: float, leading: float, *, heavy: bool = False
) -> None:
    for line in _broken(sheets, text, size, TEXT_WIDTH) if text else ():
        x = LEFT + (TEXT_WIDTH - sheets.width(line, "song", size)) / 2
        sheets.line(line, size, leading, x=x, heavy=heavy)


def _head(sheets: Sheets, paper: Paper) -> None:
    _centred(sheets, paper.title, shape.TITLE_SIZE, 34, heavy=True)
    _centred(sheets, paper.subtitle, BODY_SIZE, _LEADING)
    _centred(sheets, paper.number, BODY_SIZE, _LEADING)
    sheets.skip(16)


def _heading(sheets: Sheets, block: Heading) -> None:
    face: Face = "hei" if block.level == 1 else "song"
    lines = _broken(sheets, block.text, BODY_SIZE, TEXT_WIDTH - _INDENT, face)
    sheets.skip(8)
    sheets.need(len(lines) * _LEADING + 3 * _LEADING + 6)  # what follows begins beside it
    for line in lines:
        sheets.line(line, BODY_SIZE, _LEADING, x=LEFT + _INDENT, face=face, heavy=block.level == 2)
    sheets.skip(2)


def _paragraph(sheets: Sheets, text: str) -> None:
    lines = _broken(sheets, text, BODY_SIZE, TEXT_WIDTH, first=_INDENT)
    sheets.need(min(len(lines), 2) * _LEADING)
    for index, line in enumerate(lines):
        indent = 0 if index else _INDENT
        last = index == len(lines) - 1
        spread = 0 if last else _spread(sheets, line, TEXT_WIDTH - indent)
        sheets.line(line, BODY_SIZE, _LEADING, x=LEFT + indent, spread=spread)


def _spread(sheets: Sheets, line: str, width: float) -> float:
    """What each character of a full line gets so that the line ends at the margin."""
    slack = width - sheets.width(line, "song", BODY_SIZE)
    return slack / (len(line) - 1) if len(line) > 1 and slack < 3 * BODY_SIZE else 0


def _fields(sheets: Sheets, block: Fields) -> None:
    if not block.rows:
        return
    share = shape.label_share(block)
    sheets.skip(4)
    table = Ruled(sheets, (share, 1 - share), shape.FORM_SIZE)
    for number, row in enumerate(block.rows):
        table.row(row, (Look("hei", centred=True), Look(red=number in block.lacking)))
    sheets.skip(10)


def _grid(sheets: Sheets, block: Grid) -> None:
    sheets.skip(4)
    sheets.need(3 * _LEADING)
    table = Ruled(sheets, shape.column_shares(block), shape.GRID_SIZE)
    table.header(block.header)
    centred = shape.centred_columns(block)
    for number, row in enumerate(block.rows):
        table.row(row, [
            Look(centred=middle, red=(number, column) in block.lacking)
            for column, middle in enumerate(centred)
        ])  # fmt: skip
    sheets.skip(10)


def _bullets(sheets: Sheets, block: Bullets) -> None:
    for item in block.items:
        lines = _broken(sheets, item, BODY_SIZE, TEXT_WIDTH - _INDENT)
        sheets.need(min(len(lines), 2) * _LEADING)
        sheets.put("●", LEFT + BODY_SIZE + 3, sheets.y, 6, _LEADING, "hei")
        for line in lines:
            sheets.line(line, BODY_SIZE, _LEADING, x=LEFT + _INDENT, red=block.lacking)


def _signature(sheets: Sheets, block: Signature, lang: PaperLang) -> None:
    lines = [
        line
        for text in shape.signature_lines(block, lang)
        for line in _broken(sheets, text, BODY_SIZE, TEXT_WIDTH / 2)
    ]
    sheets.skip(14)
    sheets.need(min(len(lines), 6) * _LEADING)
    for line in lines:
        sheets.line(line, BODY_SIZE, _LEADING, x=LEFT + TEXT_WIDTH / 2)


def _signed(sheets: Sheets, signed: tuple[str, ...]) -> None:
    width = TEXT_WIDTH - _INDENT
    lines = [line for text in signed for line in _broken(sheets, text, BODY_SIZE, width)]
    if not lines:
        return
    sheets.skip(20)
    sheets.need(min(len(lines), 6) * _LEADING)
    for line in lines:
        x = LEFT + width - sheets.width(line, "song", BODY_SIZE)
        sheets.line(line, BODY_SIZE, _LEADING, x=x)


def _feet(sheets: Sheets, paper: Paper) -> None:
    """The page number at the foot of every sheet, the footer's text under it."""
    y = shape.SHEET_HEIGHT - shape.BOTTOM + 32
    foot = _broken(sheets, paper.footer, FOOT_SIZE, TEXT_WIDTH) if paper.footer else []
    label = shape.word("page", paper.lang)
    for number, page in enumerate(sheets.pages, start=1):
        text = label.format(page=number, pages=len(sheets.pages))
        rows = [(text, shape.FORM_SIZE - 1.5, y)]
        rows += [(line, FOOT_SIZE, y + 17 + 12 * i) for i, line in enumerate(foot)]
        for line, size, baseline in rows:
            x = LEFT + (TEXT_WIDTH - sheets.width(line, "song", size)) / 2
            page.append(Text(x, baseline, line, "song", size))
