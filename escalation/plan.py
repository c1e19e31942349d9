"""A plan's values: who complains together, who is told, which clocks run, what the texts say.

The names are those of the YAML; `escalation.plan_file` reads and cross-checks them. All values are
frozen; a length of time is a timedelta.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

from alerts.counting import GatheringRule, KeyRule
from complaints.ticket_life import Life
from core.durations import Span
from core.strict_model import Strict
from core.words import Level, Role
from escalation.clauses import (
    ClassOf,
    Clause,
    Count,
    LadderCall,
    Line,
    Name,
    Roles,
    Standing,
    Text,
    Title,
)
from escalation.ticket_plan import ORDINARY, Tickets
from escalation.working_time import Allowance

#: What calls the `at_once` roles without waiting for the ladder.
Grave = Literal["large", "media_exposed"]
KeyKind = Literal["unit", "branch_product", "product"]


class _KeyEntry(Strict):
    """A key as the YAML has it; the counting takes it as a KeyRule."""

    kind: KeyKind = Field(description="unit, branch_product or product")
    levels: tuple[Level, ...] = Field(default=(), description="only with kind: unit")
    window: Span = Field(description="the rolling window, such as 24h")
    watch: Count = Field(description="distinct clients from which on it is shown as a watch")
    incident: Count = Field(description="distinct clients that open an incident")
    large: Count = Field(description="distinct clients from which on it is large")

    def rule(self) -> KeyRule:
        return KeyRule(
            kind=self.kind,
            window=self.window,
            watch=self.watch,
            incident=self.incident,
            large=self.large,
            levels=self.levels,
        )


class _GatheringEntry(Strict):
    """Head counts as the YAML has them."""

    watch: Count = Field(description="head count shown as a watch")
    incident: Count = Field(description="head count that opens an incident")
    large: Count = Field(description="head count from which on it is large")

    def rule(self) -> GatheringRule:
        return GatheringRule(watch=self.watch, incident=self.incident, large=self.large)


def _written_as(entry: type[_KeyEntry] | type[_GatheringEntry]) -> GetPydanticSchema:
    """In a file, written as `entry` and kept as its rule; in code, the rule itself."""

    def schema(rule: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.json_or_python_schema(
            json_schema=core_schema.no_info_after_validator_function(
                lambda written: written.rule(), handler.generate_schema(entry)
            ),
            python_schema=core_schema.is_instance_schema(rule),
        )

    return GetPydanticSchema(schema)


class Counting(Strict):
    """Who complains together (WP-13, WP-14)."""

    late_after: Span = Field(description="how far ahead of now received_at may be, such as 5m")
    keys: Annotated[tuple[Annotated[KeyRule, _written_as(_KeyEntry)], ...], Field(min_length=1)] = (
        Field(description="a list of {kind, window, watch, incident, large}")
    )
    gathering: Annotated[GatheringRule, _written_as(_GatheringEntry)] = Field(
        description="{watch, incident, large} head counts on site"
    )


class Step(Strict):
    """One step of the ladder: its roles are told together, or one after another."""

    roles: Roles = Field(description="who is told in this step")
    mode: Literal["together", "in_turn"] = Field(
        default="together", description="together, or in_turn"
    )
    each: Span | None = Field(
        default=None, description="with mode in_turn: how long each one has, such as 2m"
    )
    quorum: Annotated[int, Field(ge=1, le=9)] = Field(
        default=1, description="how many people must acknowledge before the ladder stops here"
    )


class Repeat(Strict):
    """Quiet repeats to people who were told and have not acknowledged, after the last step."""

    every: Span = Field(description="how long from one repeat to the next, such as 30m")
    most: Annotated[int, Field(ge=1, le=20)] = Field(description="how many repeats")


class AtOnce(Strict):
    """Who is told at once, and in which grave cases."""

    when: Annotated[tuple[Grave, ...], Field(min_length=1)] = Field(
        description="large, media_exposed or both"
    )
    roles: Roles = Field(description="who is told at once")


class HeadOfficePage(Strict):
    """Who is called when nobody at head office has acknowledged for so long."""

    after: Span = Field(description="how long after the incident opened, such as 45m")
    roles: Roles = Field(description="head-office roles")


class HotlineTelling(Strict):
    """Who learns of a hotline ticket (WP-09), and over how long later ones are gathered."""

    roles: Roles = Field(description="who is told of a hotline ticket")
    digest: Span = Field(description="how long tickets are gathered into one text, such as 15m")


class MediaTelling(Strict):
    """Who learns of a media case."""

    roles: Roles = Field(description="who is told of a media case")


class SafetyTelling(Strict):
    """Who learns of a threat to anybody's safety: security (保卫), who calls 110."""

    roles: Roles = Field(description="who is told of a threat to safety")


class LadderRule(Strict):
    """Who is told, in which order, and how long each step may take."""

    step: Span = Field(description="how long one step may take, such as 5m")
    steps: Annotated[tuple[Step, ...], Field(min_length=1)] = Field(
        description="a list of {roles: [...]}, in order"
    )
    at_once: AtOnce = Field(description="{when, roles}")
    head_office_page: HeadOfficePage = Field(description="{after, roles}")
    hotline: HotlineTelling = Field(description="{roles, digest}")
    media: MediaTelling = Field(description="{roles}")
    safety: SafetyTelling | None = Field(default=None, description="{roles}")
    repeat: Repeat | None = Field(default=None, description="{every, most}")
    duty_digest: Span = Field(description="one text on duties to a person within it, such as 15m")
    bare_reply_within: Span = Field(description="how long a reply without a code counts, e.g. 72h")


class Budget(Strict):
    """Texts to one phone in a rolling window; `reserve` is kept for a new or graver incident."""

    window: Span = Field(description="the rolling window, such as 24h")
    most: Count = Field(description="texts to one phone within the window")
    reserve: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        description="of these, kept for a new or graver incident"
    )
    useless_replies: Annotated[int, Field(ge=0, le=1_000)] = Field(
        description="unreadable replies of one phone that are answered"
    )


class Wording(Strict):
    """The texts; a {placeholder} is filled when the text is written (see PLACEHOLDERS)."""

    incident: Text
    gathering: Text
    manual: Text
    parent: Text
    large: Text
    safety: Text
    escalation: Text
    head_office: Text
    all_clear: Text
    media: Text = "媒体关注：{unit}{what}{product}，{time}，请即核实应对。回复{code}签收"
    reopened: Text = "{unit}{time}事件重新启动，请即处置。回复{code}签收"
    lowered: Text = "{unit}{time}投诉事件已降为一般事件，请继续按职责处置"
    split: Text = "{unit}{time}投诉事件已单独立案处置。回复{code}签收"
    repeat: Text = "{unit}投诉事件启动已{minutes}分钟，您尚未签收，请即处置。回复{code}签收"
    handover: Text = "{unit}{time}启动的投诉事件由您接班跟进。回复{code}签收"
    task: Text = "{unit}事件{incident}向您交办一项{what}，须于{time}前完成，请登录办理"
    command_offer: Text = "{unit}事件{incident}的指挥待您接手，请登录阅读未办事项后接收"
    merged: Text = "您有{count}个事件待处置，最急{unit}{tasks}。回复代码签收：{codes}"
    merged_plain: Text = "中断期间积压的通知：{tasks}，请登录办理"
    ticket_up: Text = "{unit}投诉工单{ticket}{what}，请即登录接手"
    statistics: Text = "{unit}{period}投诉统计报表{number}已生成，请登录“统计”页面查阅"
    hotline: Text
    hotline_digest: Text
    duty_reminder: Text
    duty_overdue: Text
    duty_digest: Text
    which: Text
    late: Text
    unknown_reply: Text
    drill_mark: Text


#: What each text may name, and thus what whoever writes it must supply.
PLACEHOLDERS: dict[str, frozenset[str]] = {
    "incident": frozenset({"unit", "count", "product", "time", "code"}),
    "gathering": frozenset({"unit", "count", "time", "code"}),
    "manual": frozenset({"unit", "product", "time", "code"}),
    "parent": frozenset({"unit", "count", "product", "time", "code"}),
    "large": frozenset({"unit", "what", "count", "product", "time", "code"}),
    "safety": frozenset({"unit", "time", "code"}),
    "media": frozenset({"unit", "what", "count", "product", "time", "code"}),
    "escalation": frozenset({"unit", "what", "count", "product", "time", "code"}),
    "head_office": frozenset({"unit", "what", "count", "product", "time", "minutes", "code"}),
    "all_clear": frozenset({"unit", "time"}),
    "reopened": frozenset({"unit", "time", "code"}),
    "repeat": frozenset({"unit", "time", "minutes", "code"}),
    "handover": frozenset({"unit", "time", "code"}),
    "task": frozenset({"unit", "incident", "what", "time"}),
    "command_offer": frozenset({"unit", "incident"}),
    "merged": frozenset({"count", "unit", "tasks", "codes"}),
    "merged_plain": frozenset({"tasks"}),
    "lowered": frozenset({"unit", "time"}),
    "split": frozenset({"unit", "time", "code"}),
    "statistics": frozenset({"unit", "period", "number"}),
    "hotline": frozenset({"unit", "ticket"}),
    "hotline_digest": frozenset({"unit", "count", "ticket"}),
    "ticket_up": frozenset({"unit", "ticket", "what"}),
    "duty_reminder": frozenset({"unit", "duty", "time"}),
    "duty_overdue": frozenset({"unit", "duty", "time"}),
    "duty_digest": frozenset({"count", "overdue", "duty", "time"}),
    "which": frozenset({"codes"}),
    "late": frozenset({"unit", "time"}),
    "unknown_reply": frozenset(),
    "drill_mark": frozenset(),
}

#: What a text must name, because it asks for a reply.
REPLY_PLACEHOLDER: dict[str, str] = {
    "incident": "code",
    "gathering": "code",
    "manual": "code",
    "parent": "code",
    "large": "code",
    "safety": "code",
    "media": "code",
    "escalation": "code",
    "head_office": "code",
    "split": "code",
    "repeat": "code",
    "handover": "code",
    "merged": "codes",
    "which": "codes",
}


class Rules(Strict):
    """What a plan and an overlay both have: clauses, and whom their breaches are told to."""

    version: Name = Field(description="the file's version, in quotes")
    title: Title = Field(description="{zh, en}")
    at_once: Span = Field(default=timedelta(minutes=15), description="what `at once` allows")
    waived_by: Roles = Field(description="roles that may waive a duty, with a reason")
    duty_ladders: dict[Name, Annotated[tuple[LadderCall, ...], Field(min_length=1)]] = Field(
        default={}, description="name: a list of {after, roles}"
    )
    classes: tuple[ClassOf, ...] = Field(default=(), description="kinds of complaints")
    lines: tuple[Line, ...] = Field(
        default=(), description="statutory lines: {event, face_to_face}"
    )
    clauses: tuple[Clause, ...] = Field(description="the duties with a clock")

    def allows(self, clause: Clause) -> Allowance:
        """The time that a clause allows, with this file's meaning of `at once`."""
        if clause.within.kind != "at_once":
            return clause.within
        return replace(clause.within, span=self.at_once)


class Overlay(Rules):
    """Clauses that run beside a plan's own, each with its legal basis."""

    overlay: Name = Field(description="the file's name without .yaml")
    basis: Text = Field(description="the legal basis, and who has to confirm it")


class Plan(Rules):
    """One source document as data. `version` is the YAML's, ``+`` and 8 digits of its SHA-256."""

    name: Name = Field(alias="plan", description="the file's name without .yaml")
    like: Name | None = Field(
        default=None, description="a plan whose sections stand where this one has none"
    )
    script: Title = Field(description="{zh, en}: 统一话术 shown to whoever receives a client")
    representatives: Count = Field(
        default=5, description="how many representatives a crowd may send"
    )
    separate_room_from: Count = Field(
        default=3, description="clients on site from which on a separate room is asked for"
    )
    counting: Counting = Field(description="who complains together")
    ladder: LadderRule = Field(description="who is told")
    budget: Budget = Field(description="texts to one phone")
    wording: Wording = Field(description="what the texts say")
    tickets: Tickets = Field(default=ORDINARY, description="a complaint's way to closure")
    overlays: tuple[Overlay, ...] = Field(default=(), exclude=True, description="leave it out")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy; it works out for itself which clauses stand in it."""
        copy = super().model_copy(update=update, deep=deep)
        for worked_out in ("standing", "life"):
            copy.__dict__.pop(worked_out, None)
        return copy

    @property
    def rules(self) -> tuple[tuple[str, Rules], ...]:
        """The plan and its overlays, each with its name."""
        return ((self.name, self), *((o.overlay, o) for o in self.overlays))

    @cached_property
    def standing(self) -> tuple[Standing, ...]:
        """Every clause in force, the plan's own first; `at once` has its time filled in."""
        return tuple(
            Standing(
                clause.model_copy(update={"within": rules.allows(clause)}), name, rules.version
            )
            for name, rules in self.rules
            for clause in rules.clauses
        )

    @cached_property
    def life(self) -> Life:
        """The way of its tickets; nothing is classified where neither it nor an overlay has
        classes."""
        life = self.tickets.life
        if any(rules.classes for _, rules in self.rules):
            return life
        return life.unclassified()

    def class_title(self, class_id: str) -> Title | None:
        """A class's name, of the plan's own or of an overlay's."""
        classes = (c for _, rules in self.rules for c in rules.classes)
        return next((c.title for c in classes if c.id == class_id), None)

    def duty_ladder(self, plan: str, name: str | None) -> tuple[LadderCall, ...]:
        """The calls of a ladder of this plan or overlay; none without a name."""
        rules = dict(self.rules).get(plan)
        return rules.duty_ladders.get(name, ()) if rules is not None and name else ()

    def entitled(self, plan: str) -> tuple[Role, ...]:
        """Who may waive a duty that comes from this plan or overlay."""
        return dict(self.rules).get(plan, self).waived_by
