"""What the incident pages send, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from complaints.value import Code, MiddleText, Moment, ShortText
from core.validation import Storable
from core.words import Role
from dashboard.whoami import Acting

Name = Annotated[Storable, StringConstraints(min_length=1, max_length=40)]
Needed = Annotated[Storable, StringConstraints(min_length=1, max_length=500)]
Heads = Annotated[int, Field(ge=0, le=100_000, strict=True)]
#: Whole minutes back from now; a page may be drilled at 60x, so it sends no clock time of its own.
MinutesAgo = Annotated[int, Field(ge=0, le=1440, strict=True)]


class AcknowledgeAct(Acting):
    """I take this incident on."""


class OnBehalfAct(Acting):
    """Somebody was reached: who, in which role, how, how long ago, and what they said."""

    by: Name
    role: Role
    how: Literal["phone", "in_person", "chat"]
    minutes_ago: MinutesAgo = 0
    note: MiddleText = None


class ReceiptAct(Acting):
    """Evidence of a report: who reported, when, to whom, under which number."""

    by: Name
    at: Moment
    to: Needed
    number: Needed
    note: MiddleText = None


class CloseAct(Acting):
    """It is over, and why."""

    reason: Needed


class OpenAct(Acting):
    """An incident opened by hand."""

    unit: Code
    note: Needed
    product: ShortText = None
    large: bool = False
    media_exposed: bool = False


class GatheringAct(Acting):
    """People at a place: complainants, onlookers, since how many minutes."""

    unit: Code
    complainants: Heads
    onlookers: Heads = 0
    minutes_ago: MinutesAgo = 0
    note: MiddleText = None
