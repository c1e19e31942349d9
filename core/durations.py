"""Lengths of time as people write them: ``30s``, ``5m``, ``24h``, ``2d``, ``1h30m``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer
from pydantic_core import PydanticCustomError

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHAPE = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_LONGEST = timedelta(days=3_660)
REMEDY = "write a number and a unit, such as 30s, 5m, 24h or 2d"


def parse_span(text: str) -> timedelta:
    """The length that `text` names, above zero and at most ten years; ValueError otherwise."""
    match = _SHAPE.fullmatch(text)
    if match is None or text == "":
        raise ValueError(f"{text[:40]!r} is not a length of time")
    seconds = sum(
        int(number) * unit
        for number, unit in zip(match.groups(), _UNITS.values(), strict=True)
        if number is not None
    )
    if seconds == 0:
        raise ValueError(f"{text[:40]!r} is no time at all")
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{text[:40]!r} is longer than ten years")
    return timedelta(seconds=seconds)


def format_span(span: timedelta) -> str:
    """`span` in the largest units that fit; ValueError unless it is whole seconds above zero."""
    if span <= timedelta(0) or span.microseconds:
        raise ValueError("only whole seconds above zero can be written")
    left, parts = span.days * 86_400 + span.seconds, []
    for unit, seconds in _UNITS.items():
        number, left = divmod(left, seconds)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts)


def _read(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        try:
            return parse_span(value)
        except ValueError as fault:
            raise PydanticCustomError(
                "refused", "{what}", {"what": str(fault), "remedy": REMEDY}
            ) from None
    what = "must be a length of time with its unit"
    raise PydanticCustomError("refused", "{what}", {"what": what, "remedy": REMEDY})


#: A length of time in a strict model: written as text in YAML, held as a timedelta.
Span = Annotated[
    timedelta,
    BeforeValidator(_read),
    PlainSerializer(format_span, return_type=str, when_used="json"),
]
