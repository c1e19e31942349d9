"""The words of a text: signature first, one segment where it can be, never a client's name."""

from __future__ import annotations

import re
from collections.abc import Mapping

SEGMENT = 70  #: UCS-2 characters in a single text, the signature included
_PLACE = re.compile(r"\{(\w+)\}")


def render(
    template: str,
    values: Mapping[str, str],
    *,
    signature: str,
    drill_mark: str = "",
) -> str:
    """The finished text. `product` is put in brackets, or left out when there is none.

    Where the text would take a second segment the product is shortened, then dropped, then the
    unit's name is shortened; the code and the instruction are never cut.
    """
    filled = dict(values)
    head = f"{drill_mark}【{signature}】"
    product = filled.get("product", "")
    for attempt in (product, _short(product, 8), ""):
        filled["product"] = f"（{attempt}）" if attempt else ""
        text = head + _fill(template, filled)
        if _length(text) <= SEGMENT:
            return text
    over = _length(text) - SEGMENT
    unit = filled.get("unit", "")
    if len(unit) > over + 2:
        filled["unit"] = _short(unit, len(unit) - over)
        text = head + _fill(template, filled)
    return text


def segments(text: str) -> int:
    """How many segments a UCS-2 text takes (70 characters, or 67 a part)."""
    return 1 if _length(text) <= SEGMENT else -(-_length(text) // 67)


def _length(text: str) -> int:
    """As a text message counts: a rare character takes two places."""
    return len(text.encode("utf-16-le")) // 2


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _fill(template: str, values: Mapping[str, str]) -> str:
    """One pass, so that a product called {code} stays what it is; a missing value is an error."""
    return _PLACE.sub(lambda found: values[found.group(1)], template)
