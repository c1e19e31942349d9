"""What stands in each part of a complaint's file, and what is missing there. Pure.

A part is *done* where its steps were taken, *waived* where they were declared not needed,
*none* where the complaint's way does not lead through them, and *missing* otherwise: a form is
complete, or says what is missing, item by item (WP-26, FC-07, BO-11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from complaints.ticket_life import ORDER, Step

State = Literal["done", "waived", "none", "missing"]
#: One act as a file has it: ``{"act", "round", "facts", "words", "at", "by", ...}``.
ActOf = Mapping[str, Any]
#: What is received once, and stays when a ticket is worked on again.
_ONCE = frozenset(s.value for s in ORDER[: ORDER.index(Step.CONTACT)])


@dataclass(frozen=True)
class Part:
    """One part of a form: the acts that fill it, in their order, or why there are none."""

    state: State
    acts: tuple[ActOf, ...] = ()


def of_round(acts: Sequence[ActOf], number: int) -> tuple[ActOf, ...]:
    """The acts that the form of one round rests on: its own, and what was received before."""
    return tuple(
        a for a in acts
        if a["round"] == number or (a["round"] < number and a["act"] in _ONCE)
    )  # fmt: skip


def part(acts: Sequence[ActOf], asked: Mapping[str, bool], *names: str) -> Part:
    """The part that these acts fill. `asked`: the steps of this complaint's way, and whether each
    may be declared not needed."""
    found = tuple(a for a in acts if a["act"] in names)
    if found:
        return Part("done", found)
    waived = tuple(a for a in acts if a["act"] == "skip" and a["facts"].get("step") in names)
    if waived:
        return Part("waived", waived)
    return Part("missing" if any(name in asked for name in names) else "none")


def said(acts: Sequence[ActOf], name: str) -> str:
    """The last words of this name, "" where nobody said any."""
    return next((a["words"][name] for a in reversed(acts) if a["words"].get(name)), "")


def last(acts: Sequence[ActOf], act: str) -> ActOf | None:
    return next((a for a in reversed(acts) if a["act"] == act), None)
