"""Times and spans as papers write them; pages have theirs in assets/fenghuo.js."""

from __future__ import annotations

import re
from datetime import datetime

from core.clock import SHANGHAI


def moment(iso: str | None, *, seconds: bool = False) -> str:
    """``2026-11-23 10:05`` in Shanghai; "" for None."""
    if not iso:
        return ""
    form = "%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M"
    return datetime.fromisoformat(iso).astimezone(SHANGHAI).strftime(form)


def clock(iso: str | None) -> str:
    """``11-23 10:05`` in Shanghai; "" for None."""
    return moment(iso)[5:]


def span(seconds: int | None, lang: str) -> str:
    """A span in words, two units at most: 1小时5分; "" for None."""
    if seconds is None:
        return ""
    names = (("天", "d"), ("小时", "h"), ("分", "min"), ("秒", "s"))
    parts = (seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60, seconds % 60)
    side = 0 if lang == "zh" else 1
    shown = [(n, name[side]) for n, name in zip(parts, names, strict=True) if n][:2]
    if not shown:
        return "0" + names[3][side]
    return ("" if lang == "zh" else " ").join(
        f"{n}{name}" if lang == "zh" else f"{n} {name}" for n, name in shown
    )


_UNITS = {
    "s": ("秒", " s"), "m": ("分钟", " min"), "h": ("小时", " h"), "d": ("天", " d"),
    "wd": ("个工作日", " working days"), "cd": ("个自然日", " calendar days"),
}  # fmt: skip


def within_words(within: str, lang: str) -> str:
    """What a clause allows, as the plan writes it (15m, 5wd, at once), in words."""
    side = 0 if lang == "zh" else 1
    if within == "at once":
        return ("立即", "at once")[side]
    by = re.fullmatch(r"same day by (\d\d:\d\d)", within)
    if by:
        return (f"当日{by[1]}前", f"same day by {by[1]}")[side]
    return re.sub(r"(\d+)(wd|cd|[smhd])", lambda m: m[1] + _UNITS[m[2]][side], within)
