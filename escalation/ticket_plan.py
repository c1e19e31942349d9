"""A plan's section `tickets`: which steps a complaint goes through, and who does which of them."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from complaints.ticket_life import Life, Step, rules_of
from core.strict_model import Strict, refused
from core.words import Channel, Role
from escalation.clauses import ClassId, Count, Roles, Within

Percent = Annotated[int, Field(ge=0, le=100)]


class TicketStep(Strict):
    """A step that complaints go through."""

    step: Step = Field(description="such as accept, investigate or archive")
    when: Literal["always", "needed"] = Field(
        default="always", description="always, or needed: done, or declared not needed with why"
    )
    classes: tuple[ClassId, ...] = Field(default=(), description="only of these classes")


class FirstOwner(Strict):
    """Who answers for a complaint from the first second where nobody entered it in person."""

    channels: tuple[Channel, ...] = Field(default=(), description="left out: every channel")
    roles: Roles = Field(description="the first of them that the place has")


class Weights(Strict):
    """How much each rate weighs in a score (SC-14)."""

    timeliness: Percent = 40
    satisfaction: Percent = 30
    resolution: Percent = 30
    least: Count = Field(default=5, description="closed cases below which no score is shown")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.timeliness + self.satisfaction + self.resolution != 100:
            raise refused("the weights do not add up to 100", "change them so that they do")
        return self


class StandingReport(Strict):
    """Statistics that are made by themselves and sent (BO-10, SC-15)."""

    period: Literal["day", "week", "month", "quarter", "half_year", "year"]
    roles: Roles = Field(description="who gets them")


class Tickets(Strict):
    """A complaint's way to closure."""

    steps: Annotated[tuple[TicketStep, ...], Field(min_length=2)] = Field(
        description="a list of {step, when, classes}"
    )
    owners: Annotated[tuple[FirstOwner, ...], Field(min_length=1)] = Field(
        description="a list of {channels, roles}; the first that fits"
    )
    confirm_class: tuple[Role, ...] = Field(default=(), description="who confirms a class")
    approve: tuple[Role, ...] = Field(default=(), description="who approves a plan of handling")
    deciders: tuple[Role, ...] = Field(
        default=(), description="whose decisions an economic dispute needs (FC-10)"
    )
    superiors: Roles = Field(
        default=(Role.BRANCH_LEADER, Role.HO_DEPUTY), description="who gets what goes up (WP-25)"
    )
    on_the_spot: bool = Field(default=False, description="whether it may be settled at once")
    promise: Within | None = Field(default=None, description="by when an answer is promised")
    large_amount: Count = Field(default=100_000, description="yuan from which on it comes first")
    weights: Weights = Field(default=Weights(), description="{timeliness, ...}, adding up to 100")
    form: Literal["complaint_file", "handling_form", "acceptance_register"] = Field(
        default="complaint_file", description="the form in which a complaint is filed"
    )
    keepers: Roles = Field(
        default=(Role.SUB_RECORD_KEEPER, Role.SUB_HEAD, Role.BRANCH_SERVICE, Role.BRANCH_CONTACT,
                 Role.HO_HOTLINE),
        description="who keeps the files; the first that the place has (BO-11)",
    )  # fmt: skip
    reports: tuple[StandingReport, ...] = Field(default=(), description="a list of {period, roles}")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [s.step for s in self.steps]
        for name in names:
            if names.count(name) > 1:
                raise refused(f"the step {name} stands twice", "keep one of them")
        for needed in (Step.ACCEPT, Step.TELL, Step.ARCHIVE):
            if needed not in names:
                raise refused(f"the step {needed} is missing", "every complaint has it")
        if self.owners[-1].channels:
            raise refused(
                "the last owner is of some channels only", "end with one of every channel"
            )
        return self

    @cached_property
    def life(self) -> Life:
        """The state machine of these steps."""
        return Life(
            rules_of([(s.step, s.when == "needed", s.classes) for s in self.steps]),
            self.on_the_spot, frozenset(self.deciders),
        )  # fmt: skip

    def owns_channel(self, channel: str) -> bool:
        """Whether an owner is named for this channel, whoever enters it."""
        return any(channel in owner.channels for owner in self.owners)

    def first_owners(self, channel: str) -> tuple[Role, ...]:
        """The roles of which the first that the place has answers for it."""
        return next(o.roles for o in self.owners if not o.channels or channel in o.channels)


#: A plan file from before there were tickets goes on working.
ORDINARY = Tickets(
    steps=tuple(TicketStep(step=s) for s in (
        Step.ACCEPT, Step.CONTACT, Step.INVESTIGATE, Step.TELL, Step.ARCHIVE)),
    owners=(FirstOwner(roles=(
        Role.SUB_LOBBY_MANAGER, Role.SUB_HEAD, Role.BRANCH_SERVICE, Role.HO_HOTLINE)),),
)  # fmt: skip
