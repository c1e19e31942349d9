"""What the command section of an incident sends, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from complaints.value import Code, MiddleText
from core.validation import Storable
from core.words import Role
from dashboard.incident_values import MinutesAgo, Name, Needed
from dashboard.whoami import Acting
from escalation.command import Who

Number = Annotated[int, Field(ge=1, strict=True)]
Title = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[Storable, StringConstraints(min_length=1, max_length=2000)]
Count = Annotated[int, Field(ge=0, le=10_000, strict=True)]
Stamp = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]
Key = Annotated[Storable, StringConstraints(min_length=1, max_length=300)]
#: Minutes from now: a page may be drilled at 60x, so it sends no clock time of its own.
Within = Annotated[int, Field(ge=1, le=60 * 24 * 366, strict=True)]


class Act(Acting):
    """Somebody does something."""

    @property
    def who(self) -> Who:
        me = self.me
        return Who(me.name, me.role.value, me.actor)


class TakeAct(Act):
    """I command; from somebody else with a reason."""

    reason: MiddleText = None


class OfferAct(Act):
    """Somebody else shall command: a role, or one person."""

    role: Role
    name: Name | None = None
    note: MiddleText = None


class AcceptAct(Act):
    """I have read what is open (`stamp`), item by item (`read` counts them a section)."""

    handover: Number
    stamp: Stamp
    read: dict[str, Count]


class AnswerAct(Act):
    """A hand-over is declined or withdrawn."""

    handover: Number
    reason: MiddleText = None


class AssignAct(Act):
    """A task: what, who, within how many minutes."""

    title: Title
    unit: Code
    role: Role
    minutes: Within
    detail: MiddleText = None
    person: Name | None = None
    kind: Literal["task", "rectification"] = "task"


class TaskAct(Act):
    """A task goes on: `reason` says why it is cancelled or sent back."""

    task: Number
    result: MiddleText = None
    evidence: MiddleText = None
    passed: bool = True
    reason: MiddleText = None


class NoteAct(Act):
    """Free text."""

    text: Words


class SecurityAct(Act):
    """Security or 110 was called."""

    whom: Literal["110", "security"]
    minutes_ago: MinutesAgo = 0
    result: Needed


class ReasonAct(Act):
    """Something that needs a reason and nothing else."""

    reason: Needed


class MergeAct(Act):
    """This incident is part of that one."""

    into: Annotated[str, StringConstraints(pattern=r"^I\d{7,18}$")]
    reason: Needed


class SplitAct(Act):
    """These keys become an incident of their own."""

    keys: Annotated[list[Key], Field(min_length=1, max_length=50)]
    reason: Needed
