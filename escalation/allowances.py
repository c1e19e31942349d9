"""How long a clause allows, as it is written in a plan: ``1h``, ``3wd``, ``15cd``, ``at once``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Literal

from core.durations import format_span, parse_span

#: The five ways in which a clause counts time; nothing is added to them.
ClockKind = Literal["elapsed", "working_days", "calendar_days", "same_day", "at_once"]

#: 立即 has no figure in the sources; a plan may set another.
AT_ONCE = timedelta(minutes=15)
MOST_DAYS = 999
_DAYS = re.compile(r"([1-9][0-9]{0,2})(wd|cd)")
_SAME_DAY = re.compile(r"same day by ([01][0-9]|2[0-3]):([0-5][0-9])")
_SPAN = re.compile(r"[0-9]+[hms][0-9hms]*")
REMEDY = (
    "write 15m or 24h (time that passes), 3wd (working days), 15cd (calendar days), "
    "'same day by 15:30' or 'at once'"
)
#: Which of span, days and by an allowance of each kind has; it has that one only.
_FIGURE: dict[ClockKind, str] = {
    "elapsed": "span",
    "working_days": "days",
    "calendar_days": "days",
    "same_day": "by",
    "at_once": "span",
}


@dataclass(frozen=True)
class Allowance:
    """The time that a clause allows.

    `span` (above zero) belongs to elapsed and at_once, `days` (1 to 999) to working_days and
    calendar_days, `by` (a minute of Shanghai's day) to same_day; the others are None. ValueError
    otherwise.
    """

    kind: ClockKind
    span: timedelta | None = None
    days: int | None = None
    by: time | None = None

    def __post_init__(self) -> None:
        figures = {"span": self.span, "days": self.days, "by": self.by}
        given = [name for name, value in figures.items() if value is not None]
        if given != [_FIGURE[self.kind]]:
            raise ValueError(f"{self.kind} goes with {_FIGURE[self.kind]} alone, not with {given}")
        if self.span is not None and self.span <= timedelta(0):
            raise ValueError("a length of time must be above zero")
        if self.days is not None and not 1 <= self.days <= MOST_DAYS:
            raise ValueError(f"days must be from 1 to {MOST_DAYS}")
        if self.by is not None and (self.by.tzinfo or self.by.second or self.by.microsecond):
            raise ValueError("by must be a whole minute without a zone")


def parse_allowance(text: str, *, at_once: timedelta = AT_ONCE) -> Allowance:
    """What `text` allows; `at_once` is the plan's figure for 立即.

    ValueError, with what to write instead, for anything else. A bare ``d`` is refused: it would
    leave open whether 24 hours, working days or calendar days are meant.
    """
    if text == "at once":
        return Allowance("at_once", span=at_once)
    if match := _DAYS.fullmatch(text):
        kind: ClockKind = "working_days" if match[2] == "wd" else "calendar_days"
        return Allowance(kind, days=int(match[1]))
    if match := _SAME_DAY.fullmatch(text):
        return Allowance("same_day", by=time(int(match[1]), int(match[2])))
    if not _SPAN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no time allowed: {REMEDY}")
    try:
        return Allowance("elapsed", span=parse_span(text))
    except ValueError as fault:
        raise ValueError(f"{fault}: {REMEDY}") from None


def format_allowance(allowance: Allowance) -> str:
    """As it is written in a plan; parse_allowance reads it back."""
    if allowance.kind == "at_once":
        return "at once"
    if allowance.days is not None:
        return f"{allowance.days}{'wd' if allowance.kind == 'working_days' else 'cd'}"
    if allowance.by is not None:
        return f"same day by {allowance.by:%H:%M}"
    assert allowance.span is not None
    hours, rest = divmod(allowance.span, timedelta(hours=1))
    return (f"{hours}h" if hours else "") + (format_span(rest) if rest else "")


def allowance_words(allowance: Allowance) -> tuple[str, str]:
    """The allowance for people, in Chinese and English: 3个工作日, 3 working days."""
    if allowance.days is not None:
        s = "" if allowance.days == 1 else "s"
        if allowance.kind == "working_days":
            return f"{allowance.days}个工作日", f"{allowance.days} working day{s}"
        return f"{allowance.days}个自然日", f"{allowance.days} calendar day{s}"
    if allowance.by is not None:
        return f"当日{allowance.by:%H:%M}前", f"by {allowance.by:%H:%M} the same day"
    assert allowance.span is not None
    zh, en = span_words(allowance.span)
    return (f"立即（{zh}）", f"at once ({en})") if allowance.kind == "at_once" else (zh, en)


def span_words(span: timedelta) -> tuple[str, str]:
    """A length of time for people; hours are not turned into days: 24小时, 24 hours."""
    seconds = int(span.total_seconds())
    parts = (
        (seconds // 3600, "小时", "hour"),
        (seconds // 60 % 60, "分钟", "minute"),
        (seconds % 60, "秒", "second"),
    )
    named = [(n, zh, en) for n, zh, en in parts if n]
    return (
        "".join(f"{n}{zh}" for n, zh, _ in named),
        " ".join(f"{n} {en}{'' if n == 1 else 's'}" for n, _, en in named),
    )
