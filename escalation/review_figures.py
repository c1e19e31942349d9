"""What a review says of an incident's clocks: each clause met or missed, the key figures. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core.clock import iso

Verdict = Literal["met", "entered_late", "missed", "overdue", "open", "waived"]


@dataclass(frozen=True)
class DutyFact:
    """A duty as the review judges it. `done_at` is what its evidence states; `within` as in the
    plan; `kinds` what would prove it, `kind` what did."""

    clause: str
    due_at: datetime
    state: str
    within: str
    kinds: tuple[str, ...]
    ended_at: datetime | None = None
    kind: str | None = None
    done_at: datetime | None = None


def verdict(duty: DutyFact, now: datetime) -> tuple[Verdict, int]:
    """How a duty stands, and by how many seconds it is late (or, while open, has left).

    Done in time but entered after the due time is told apart: the evidence says when it was done,
    and nobody but who entered it says so.
    """
    if duty.state == "waived":
        return "waived", 0
    if duty.state == "open":
        left = int((duty.due_at - now).total_seconds())
        return ("open", left) if left >= 0 else ("overdue", -left)
    ended = duty.ended_at or now
    late = int((ended - duty.due_at).total_seconds())
    if late <= 0:
        return "met", 0
    if duty.done_at is not None and duty.done_at <= duty.due_at:
        return "entered_late", late
    return "missed", late


@dataclass(frozen=True)
class Moments:
    """When the things happened that the key figures are made of; None: not (yet)."""

    opened: datetime
    first_complaint: datetime | None = None
    first_acknowledgement: datetime | None = None
    head_office: datetime | None = None
    regulator: datetime | None = None
    stood_down: datetime | None = None
    closed: datetime | None = None


#: figure -> the kind of evidence whose duties are its clock
_CLOCKS = {
    "first_acknowledgement": "acknowledgement",
    "head_office": "head_office_acknowledgement",
    "regulator": "regulator_receipt",
}


def figures(moments: Moments, duties: Iterable[DutyFact], now: datetime) -> list[dict[str, Any]]:
    """The key figures in order: key, when, seconds since what, and the clocks that ran for it.

    The alarm is measured from the first complaint, everything after it from the alarm.
    """
    known = list(duties)
    order: Sequence[tuple[str, datetime | None, datetime | None]] = (
        ("first_complaint", moments.first_complaint, None),
        ("alarm", moments.opened, moments.first_complaint),
        ("first_acknowledgement", moments.first_acknowledgement, moments.opened),
        ("head_office", moments.head_office, moments.opened),
        ("regulator", moments.regulator, moments.opened),
        ("stood_down", moments.stood_down, moments.opened),
        ("closed", moments.closed, moments.opened),
    )
    return [
        {
            "key": key, "at": iso(at),
            "seconds": int((at - since).total_seconds()) if at and since else None,
            "clocks": _clocks(key, known, now),
        }
        for key, at, since in order
    ]  # fmt: skip


def _clocks(key: str, duties: Iterable[DutyFact], now: datetime) -> list[dict[str, Any]]:
    """The duties that this figure's evidence proves; each clause once, the worst of its places."""
    kind = _CLOCKS.get(key)
    found: dict[str, dict[str, Any]] = {}
    for duty in duties:
        if kind is None or kind not in duty.kinds:
            continue
        word, seconds = verdict(duty, now)
        held = found.get(duty.clause)
        if held is None or _RANK.index(word) > _RANK.index(held["verdict"]):
            found[duty.clause] = {"clause": duty.clause, "within": duty.within, "verdict": word,
                                  "seconds": seconds}  # fmt: skip
    return list(found.values())


_RANK: tuple[Verdict, ...] = ("waived", "met", "entered_late", "open", "missed", "overdue")


def summary(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many clauses stand how: every verdict, also those that are none."""
    given = list(verdicts)
    return {word: given.count(word) for word in _RANK}
