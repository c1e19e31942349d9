"""The life of a 95558 work order, and what its daily list and ours differ in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Order(StrEnum):
    """A work order's state. Who must act: the branch at OPEN and RETURNED, 95558 at ANSWERED."""

    OPEN = "open"
    ANSWERED = "answered"
    RETURNED = "returned"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What happens to a work order: `ANSWER` is the branch's, the others are 95558's."""

    SUPPLEMENT = "supplement"
    URGE = "urge"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    ACCEPT = "accept"
    RETURN = "return"


#: The branch owes an answer.
OWED = frozenset({Order.OPEN, Order.RETURNED})
#: Nothing more happens to it.
OVER = frozenset({Order.CLOSED, Order.WITHDRAWN})

#: What follows; a step that is not here is refused. No way leads back from the end.
NEXT: dict[tuple[Order, Step], Order] = {
    **{(state, step): state for state in Order if state not in OVER
       for step in (Step.SUPPLEMENT, Step.URGE)},
    **{(state, Step.WITHDRAW): Order.WITHDRAWN for state in Order if state not in OVER},
    **{(state, Step.ANSWER): Order.ANSWERED for state in OWED},
    (Order.ANSWERED, Step.ACCEPT): Order.CLOSED,
    (Order.ANSWERED, Step.RETURN): Order.RETURNED,
}  # fmt: skip


def after(state: Order, step: Step) -> Order | None:
    """The state after a step, or None where the step is refused."""
    return NEXT.get((state, step))


def shown(state: Order, told: bool) -> str:
    """The state as 95558 is told it: an open order is `received`, then `told`."""
    return ("told" if told else "received") if state is Order.OPEN else state.value


class Result(StrEnum):
    """What came of it, as the branch tells 95558."""

    SETTLED = "settled"
    EXPLAINED = "explained"
    IN_PROGRESS = "in_progress"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    OUT_OF_SCOPE = "out_of_scope"


#: result -> its Chinese and English names
RESULTS: dict[Result, tuple[str, str]] = {
    Result.SETTLED: ("已解决，客户认可", "Settled, the client agrees"),
    Result.EXPLAINED: ("已答复解释", "Answered and explained"),
    Result.IN_PROGRESS: ("处理中，已告知客户", "In hand, the client has been told"),
    Result.REFUSED: ("客户不接受", "The client does not accept"),
    Result.UNREACHABLE: ("未能联系上客户", "The client could not be reached"),
    Result.OUT_OF_SCOPE: ("不属受理范围，已告知", "Out of scope, the client has been told"),
}


#: Told on the way: 95558 waits for the result still, and its clock runs on (WP-22).
INTERIM = frozenset({Result.IN_PROGRESS, Result.UNREACHABLE})


@dataclass(frozen=True)
class Difference:
    """A number that the two lists disagree about; a side that lacks it is None."""

    number: str
    kind: str  #: missing_here, missing_there, state
    theirs: str | None
    ours: str | None


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[Difference]:
    """Everything in which 95558's list of a day and ours differ, by number."""
    found = []
    for number in sorted(theirs.keys() | ours.keys()):
        there, here = theirs.get(number), ours.get(number)
        if there == here:
            continue
        kind = "missing_here" if here is None else "missing_there" if there is None else "state"
        found.append(Difference(number, kind, there, here))
    return found
