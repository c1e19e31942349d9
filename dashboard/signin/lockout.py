"""How long a sign-in must wait after failures, so that guessing is slow and nobody is locked out.

Pure. Failures are counted by who is tried from where, never by the login alone: a stranger who
guesses at a login from elsewhere does not make its holder wait. A browser from which the holder
has signed in before is counted for itself alone, so not even a stranger at the same address does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Counted(StrEnum):
    """What failures are counted by."""

    PAIR = "pair"  #: a login tried from an address
    ADDRESS = "address"  #: any login tried from an address
    DEVICE = "device"  #: a login tried in a browser that it has signed in from before
    CODE = "code"  #: a second factor's code tried by somebody who gave the right password


@dataclass(frozen=True)
class Pace:
    """`free` failures cost nothing; then the wait is `first` and doubles up to `most`.

    After `forget` without a failure all is forgotten.
    """

    free: int
    first: timedelta
    most: timedelta
    forget: timedelta


_HOURS = timedelta(hours=24)
PACES: dict[Counted, Pace] = {
    Counted.PAIR: Pace(5, timedelta(seconds=15), timedelta(minutes=15), _HOURS),
    # A branch shares one address: many may mistype there on one morning.
    Counted.ADDRESS: Pace(30, timedelta(seconds=5), timedelta(minutes=5), timedelta(hours=1)),
    Counted.DEVICE: Pace(10, timedelta(seconds=15), timedelta(minutes=5), _HOURS),
    Counted.CODE: Pace(5, timedelta(seconds=30), timedelta(minutes=15), _HOURS),
}


@dataclass(frozen=True)
class Failures:
    """How often something failed, and when last (aware)."""

    number: int
    last: datetime


def wait_after(number: int, pace: Pace) -> timedelta:
    """The wait after that many failures in a row."""
    over = number - pace.free
    if over < 0 or number <= 0:
        return timedelta(0)
    doublings = min(over, 30)  # a timedelta holds no more
    return min(pace.first * (1 << doublings), pace.most)


def counts_for(*, known_device: bool, code: bool = False) -> tuple[Counted, ...]:
    """What an attempt is judged and counted by."""
    if known_device:
        return (Counted.DEVICE,)
    return (Counted.CODE,) if code else (Counted.PAIR, Counted.ADDRESS)


def standing(kind: Counted, failures: Failures | None, now: datetime) -> int:
    """How many failures still count."""
    if failures is None or now - failures.last >= PACES[kind].forget:
        return 0
    return failures.number


def allowed_at(failures: Mapping[Counted, Failures], now: datetime) -> datetime:
    """When the next attempt may be made: `now`, or later. Whatever waits longest decides."""
    moments = [now]
    for kind, failed in failures.items():
        number = standing(kind, failed, now)
        if number:
            moments.append(failed.last + wait_after(number, PACES[kind]))
    return max(moments)
