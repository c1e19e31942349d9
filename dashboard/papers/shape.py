"""What the three renderers share: column shares, the sheet's measures, the few words they add."""

from __future__ import annotations

import unicodedata

from core.paper import Fields, Grid, PaperLang, Signature

MM = 72 / 25.4
SHEET_WIDTH, SHEET_HEIGHT = 210 * MM, 297 * MM
# The margins of a Chinese official document (GB/T 9704), in points like all measures here.
TOP, BOTTOM, LEFT, RIGHT = 37 * MM, 35 * MM, 28 * MM, 26 * MM
TEXT_WIDTH = SHEET_WIDTH - LEFT - RIGHT

TITLE_SIZE = 22  # 二号
BODY_SIZE = 16  # 三号
FORM_SIZE = 12  # 小四
GRID_SIZE = 10.5  # 五号
FOOT_SIZE = 9  # 小五

BLANK = "＿" * 8
_WORDS = {
    "zh": {"page": "第 {page} 页 共 {pages} 页", "colon": "：", "date": "日期"},
    "en": {"page": "Page {page} of {pages}", "colon": ": ", "date": "Date"},
}


def word(key: str, lang: PaperLang) -> str:
    """One of the renderers' own words; ``page`` has the places {page} and {pages}."""
    return _WORDS[lang][key]


def signature_lines(block: Signature, lang: PaperLang) -> tuple[str, str]:
    """The signer's line and the date's line, with a ruled blank for what is still to be written."""
    colon = word("colon", lang)
    return (
        f"{block.label}{colon}{block.name or BLANK}",
        f"{word('date', lang)}{colon}{block.date or BLANK}",
    )


def label_share(form: Fields) -> float:
    """The label column's share of a form's width: room for the longest label in one line, within
    reason, so that forms under each other look alike."""
    longest = max((ems(label) for label, _ in form.rows), default=0)
    return min(max((longest + 2) * FORM_SIZE / TEXT_WIDTH, 0.2), 0.36)


def column_shares(grid: Grid) -> tuple[float, ...]:
    """Each column's share of a grid's width; they add up to 1.

    Without given widths every column gets what its longest line needs, and where that is too much
    only the widest give way: a telephone number stays in one line beside a long remark.
    """
    widths = grid.widths or _fair(_needed(grid), TEXT_WIDTH / GRID_SIZE)
    total = sum(widths)
    return tuple(width / total for width in widths)


def _needed(grid: Grid) -> list[float]:
    return [max(map(ems, column)) + 1.5 for column in zip(grid.header, *grid.rows, strict=True)]


def _fair(needed: list[float], room: float) -> list[float]:
    """`needed`, cut at the level at which it fills `room`."""
    left, open_columns = room, len(needed)
    for width in sorted(needed):
        if width * open_columns >= left:
            return [min(width, left / open_columns) for width in needed]
        left -= width
        open_columns -= 1
    return needed


def ems(text: str) -> float:
    """About how wide the longest line of `text` is, in ems: a full-width character is one."""
    return max(sum(1 if wide(char) else 0.55 for char in line) for line in text.split("\n"))


def wide(char: str) -> bool:
    """Whether a character takes a whole em in Chinese text (ambiguous ones such as “ do)."""
    return unicodedata.east_asian_width(char) in "WFA"


def centred_columns(grid: Grid) -> tuple[bool, ...]:
    """A column of short cells (numbers, times, names) is centred, one of sentences is not."""
    return tuple(
        all(ems(row[column]) <= 8 for row in grid.rows) for column in range(len(grid.header))
    )
