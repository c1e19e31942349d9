"""Hand-overs of a ticket: nobody is bounced between units 推诿 (WP-17, WP-18). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

#: From the second pass on it is flagged, and only a unit above may name who has it.
FLAGGED = 2


@dataclass(frozen=True)
class Passing:
    """One hand-over: whether it goes from one unit to another, and what became of it."""

    between_units: bool
    state: Literal["offered", "accepted", "declined", "withdrawn"]


def passes(passings: Iterable[Passing]) -> int:
    """How often a client was passed on: from unit to unit, or refused where it was handed to."""
    return sum(
        (p.state == "accepted" and p.between_units) + (p.state == "declined") for p in passings
    )


def may_pass(done: int, *, between_units: bool, from_above: bool) -> bool:
    """Whether it may be handed on: after the second pass not between units but from above."""
    return done < FLAGGED or not between_units or from_above
