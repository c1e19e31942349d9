"""A simulated timeline as aligned text; Chinese characters take two columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import SHANGHAI
from core.words import name
from escalation.simulated_entries import Entry
from escalation.simulating import Timeline
from escalation.vocabulary import EVENT_KINDS

_KINDS = {
    "event": ("事项", "event"), "duty": ("时限", "duty"), "ladder": ("升级", "ladder"),
    "call": ("提醒", "call"), "acknowledgement": ("签收", "answer"), "done": ("办结", "done"),
    "text": ("短信", "text"),
}  # fmt: skip
_DAYS = (
    ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)


def lines_of(timeline: Timeline, lang: str) -> list[str]:
    """A heading, a line an entry with its reason, and a count at the end."""
    side = 0 if lang == "zh" else 1
    occasion = timeline.occasion
    kind = EVENT_KINDS[occasion.event]
    rows = [_row(entry, occasion.at, side) for entry in timeline.entries]
    widths = [max((width(row[n]) for row in rows), default=0) for n in range(2)]
    texts = sum(entry.kind == "text" for entry in timeline.entries)
    people = len({entry.phone for entry in timeline.entries if entry.kind == "text"})
    return [
        f"{(kind.zh, kind.en)[side]} ({occasion.event}) {occasion.unit}"
        f" {_moment(occasion.at, side)} {timeline.plan}",
        *(f"{padded(row[:2], widths)}  {row[2]}".rstrip() for row in rows),
        (f"{len(rows)}行，{texts}条短信，{people}部手机；只是推演，未发送任何短信",
         f"{len(rows)} lines, {texts} texts to {people} phones; a simulation, nothing was sent",
         )[side],
    ]  # fmt: skip


def _row(entry: Entry, start: datetime, side: int) -> tuple[str, str, str]:
    what = entry.what[side]
    if entry.kind == "text":
        seat = f"{entry.unit or ''} {name(entry.role or '', ('zh', 'en')[side])}".strip()
        what = f"{seat} {entry.name or ''} {entry.phone} {what}"
    elif entry.kind == "duty":
        what = f"{what} ({entry.unit} {name(entry.role or '', ('zh', 'en')[side])})"
    reason = entry.reason[side]
    return (
        f"{_moment(entry.at, side)} {_passed(entry.at - start)}", _KINDS[entry.kind][side],
        f"{what}  // {reason}" if reason else what,
    )  # fmt: skip


def _moment(at: datetime, side: int) -> str:
    local = at.astimezone(SHANGHAI)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{local:%Y-%m-%d} {_DAYS[side][local.weekday()]} {clock}"


def _passed(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, rest = divmod(minutes, 1440)
    sign = "+" if minutes >= 0 else ""
    return f"{sign}{days}d{rest // 60:02d}:{rest % 60:02d}" if days else (
        f"+{rest // 60:02d}:{rest % 60:02d}"
    )  # fmt: skip


def width(text: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(row: Sequence[str], widths: Sequence[int]) -> str:
    """The first columns of a row, each as wide as the widest of its kind."""
    return "  ".join(
        text + " " * (wide - width(text)) for text, wide in zip(row, widths, strict=True)
    )
