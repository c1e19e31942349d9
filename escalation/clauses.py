"""A clause of a plan as data: what makes it due, who owes it, by when, what proves it, what then.

The names are those of the YAML. All values are frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from core.durations import Span
from core.strict_model import Strict, refused
from core.words import Channel, Flag, Role
from escalation.vocabulary import Event, Evidence
from escalation.working_time import Allowance, format_allowance, parse_allowance

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
#: A plan's, a clause's, a class's or a ladder's name.
Name = Annotated[str, Field(min_length=1, max_length=60)]
ClassId = Annotated[str, Field(min_length=1, max_length=20)]


class Title(Strict):
    """A name in both languages."""

    zh: Text = Field(description="in Chinese")
    en: Text = Field(description="in English")


def _allowance(value: object) -> object:
    if isinstance(value, Allowance):
        return value
    remedy = "write 15m, 1h, 1wd, 15cd, `same day by 15:30` or `at once`"
    if not isinstance(value, str):
        raise refused("must be a time allowed", remedy)
    try:
        return parse_allowance(value)
    except ValueError as fault:
        raise refused(str(fault), remedy) from None


Within = Annotated[
    Allowance,
    BeforeValidator(_allowance),
    PlainSerializer(format_allowance, return_type=str, when_used="json"),
]


class Where(Strict):
    """Which of its events make a clause due; what is left out does not matter."""

    channels: tuple[Channel, ...] = Field(default=(), description="the complaint's channel")
    classes: tuple[ClassId, ...] = Field(default=(), description="the plan's own classes")
    flags: tuple[Flag, ...] = Field(default=(), description="one of these flags")
    face_to_face: bool | None = Field(default=None, description="said face to face, or not")

    def fits(self, facts: dict[str, Any]) -> bool:
        """Whether an event with these facts (channel, class, flags, face_to_face) is meant."""
        return (
            (not self.channels or facts.get("channel") in self.channels)
            and (not self.classes or facts.get("class") in self.classes)
            and (not self.flags or bool(set(self.flags) & set(facts.get("flags") or ())))
            and (self.face_to_face is None or bool(facts.get("face_to_face")) is self.face_to_face)
        )


class Extension(Strict):
    """What may move a due time, and on which conditions."""

    within: Within = Field(description="how much longer, counted from the old due time")
    most: Annotated[int, Field(ge=1, le=12)] = Field(default=1, description="how many times")
    approval: Role | None = Field(default=None, description="the role that must approve it")
    tell_client: bool = Field(default=True, description="whether the client must be told")


class LadderCall(Strict):
    """Who is told of a breach, and how long after it."""

    after: Span | None = Field(default=None, description="after the due time; left out: at it")
    roles: Roles = Field(description="who is told")


class ClassOf(Strict):
    """One of the plan's own classes of complaints."""

    id: ClassId = Field(description="such as general or A")
    title: Title = Field(description="{zh, en}")
    lead: Role | None = Field(default=None, description="the role that leads on it")


class Line(Strict):
    """A statutory line that an open incident may cross."""

    event: Event = Field(description="what crossing it means")
    face_to_face: Count = Field(description="distinct clients face to face, or heads on site")


class Clause(Strict):
    """A duty with a clock that an event brings."""

    id: Name = Field(description="the clause's id, such as WP-13")
    title: Title = Field(description="{zh, en}: a few words")
    text: Title = Field(description="{zh, en}: what the clause asks, in our words")
    source: Text = Field(description="document and article that it comes from")
    event: Event = Field(description="what makes it due")
    where: Where | None = Field(default=None, description="{channels, classes, flags}")
    who: Roles = Field(
        description="a list: the role that owes it; of several the first that the place has"
    )
    within: Within = Field(description="15m, 1wd, 15cd, same day by 15:30, or at once")
    runs_from: Literal["aware", "occurred", "received"] = Field(
        default="aware", description="the moment that the clock runs from"
    )
    fulfilled_by: Annotated[tuple[Evidence, ...], Field(min_length=1)] = Field(
        description="a list: the evidence that fulfils it, any one"
    )
    acts: tuple[Name, ...] = Field(
        default=(), description="a list: acts on the complaint's ticket that fulfil it"
    )
    promised: bool = Field(
        default=False, description="whether a promise to the client moves it (BO-02)"
    )
    remind: tuple[Span, ...] = Field(default=(), description="how long before it is due, a list")
    remind_by: Literal["sms", "page"] = Field(default="page", description="sms or page")
    on_breach: Literal["note", "tell"] = Field(
        default="note", description="note, or tell the ladder"
    )
    ladder: Name | None = Field(default=None, description="one of duty_ladders")
    extension: Extension | None = Field(default=None, description="{within, most, approval}")
    replaces: tuple[Name, ...] = Field(
        default=(), description="a list: clauses whose open duties it ends"
    )


@dataclass(frozen=True)
class Standing:
    """A clause in force: as it stands in which plan or overlay, and in which version of it."""

    clause: Clause
    plan: str
    version: str
