"""What a reply by SMS means. Pure: text and what was texted to that phone in, a decision out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

CODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
_BARE = frozenset(
    {"1", "收到", "已收到", "好的", "好", "知道了", "已知悉", "知悉", "已阅", "签收", "确认",
     "明白", "ok", "yes", "y", "1收到", "收到1", "已签收", "是"}
)  # fmt: skip
#: A reply with one of these never acknowledges, whatever else it says.
_NEGATIVE = ("没", "未", "不", "无法", "无人", "别", "勿", "错", "no", "not", "stop")


class Outcome(StrEnum):
    """How a reply was read."""

    ACKNOWLEDGED = "acknowledged"
    REPEATED = "repeated"  #: the same person had acknowledged before: once is enough
    LATE = "late"  #: the incident is over: said so
    AMBIGUOUS = "ambiguous"  #: several incidents are open for this phone: the codes are listed
    NEGATIVE = "negative"  #: says that it was not received or refuses: never acknowledges
    USELESS = "useless"  #: nothing in it that we know
    UNKNOWN_PHONE = "unknown_phone"  #: nothing was ever texted there: stored, not answered


@dataclass(frozen=True)
class Texted:
    """An incident that was texted to the phone, newest text last."""

    incident_id: int
    code: str
    open: bool
    texted_at: datetime
    acknowledged: bool  #: by this very phone's person


@dataclass(frozen=True)
class Reading:
    """The decision: what it means, for which incident, and which codes to list in an answer."""

    outcome: Outcome
    incident_id: int | None = None
    codes: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """Full width to half width, without blanks, quotes and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def read_reply(
    text: str, texted: Sequence[Texted], now: datetime, bare_within: timedelta
) -> Reading:
    """Decide what a reply means.

    A code acknowledges exactly the incident that was texted to this phone under it. A bare 收到 or
    1 counts only when one open incident was texted to this phone within `bare_within`.
    """
    if not texted:
        return Reading(Outcome.UNKNOWN_PHONE)
    plain = normalise(text)
    codes = CODE.findall(unicodedata.normalize("NFKC", text))
    if any(word in plain for word in _NEGATIVE):
        return Reading(Outcome.NEGATIVE)
    named = [t for t in texted if t.code in codes]
    if codes and not named:
        return Reading(Outcome.USELESS)
    if named:
        return _one_of(named, texted)
    if plain not in _BARE:
        return Reading(Outcome.USELESS)
    recent = [t for t in texted if now - t.texted_at <= bare_within]
    return _bare(recent)


def _one_of(named: Sequence[Texted], texted: Sequence[Texted]) -> Reading:
    # Codes come round again after years: the open incident is meant, else the latest.
    last = {t.code: t for t in sorted(named, key=lambda t: t.open)}
    if len({t.incident_id for t in last.values()}) > 1:
        return Reading(Outcome.AMBIGUOUS, codes=_open_codes(texted))
    return _settle(next(iter(last.values())))


def _bare(recent: Sequence[Texted]) -> Reading:
    open_now = {t.incident_id: t for t in recent if t.open}
    if len(open_now) > 1:
        waiting = {i: t for i, t in open_now.items() if not t.acknowledged}
        if waiting:
            return Reading(Outcome.AMBIGUOUS, codes=_open_codes(list(waiting.values())))
        return Reading(Outcome.REPEATED, next(iter(open_now)))
    if open_now:
        return _settle(next(iter(open_now.values())))
    return _settle(recent[-1]) if recent else Reading(Outcome.USELESS)


def _settle(one: Texted) -> Reading:
    if not one.open:
        return Reading(Outcome.LATE, one.incident_id)
    outcome = Outcome.REPEATED if one.acknowledged else Outcome.ACKNOWLEDGED
    return Reading(outcome, one.incident_id)


def _open_codes(texted: Sequence[Texted]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.code for t in texted if t.open))
