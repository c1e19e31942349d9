"""A plan's values: who complains together, who is told, which clocks run, what the texts say.

The names are those of the YAML; `escalation.plan_file` reads and cross-checks them. All values are
frozen; a length of time is a timedelta.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetPydanticSchema
from pydantic_core import CoreSchema, core_schema

from alerts.counting import GatheringRule, KeyRule
from core.durations import Span
from core.strict_model import Strict
from core.words import Level, Role

#: What can make a clause come due.
Event = Literal["incident_opened", "incident_large"]
#: What can fulfil one. "acknowledgement" is anybody's who was told.
Evidence = Literal["head_office_acknowledgement", "acknowledgement", "regulator_receipt"]
#: What calls the `at_once` roles without waiting for the ladder.
Grave = Literal["large", "media_exposed"]
KeyKind = Literal["unit", "branch_product", "product"]

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Roles = Annotated[tuple[Role, ...], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1, max_length=500)]
#: A plan's, a clause's or an overlay's name.
Name = Annotated[str, Field(min_length=1, max_length=60)]


class Title(Strict):
    """A name in both languages."""

    zh: Text = Field(description="in Chinese")
    en: Text = Field(description="in English")


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
    """One step of the ladder; its roles are told at the same time."""

    roles: Roles = Field(description="who is told in this step")


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


class Clause(Strict):
    """A duty with a clock that every incident of its event brings."""

    id: Name = Field(description="the clause's id, such as WP-13")
    title: Title = Field(description="{zh, en}")
    event: Event = Field(description="what makes it due")
    who: Role = Field(description="the role that owes it")
    within: Span = Field(description="how long it may take, such as 1h")
    warn: Span | None = Field(default=None, description="when to warn, before `within`")
    fulfilled_by: Evidence = Field(description="the evidence that fulfils it")


class Wording(Strict):
    """The texts; a {placeholder} is filled when the text is written (see PLACEHOLDERS)."""

    incident: Text
    gathering: Text
    manual: Text
    parent: Text
    large: Text
    escalation: Text
    head_office: Text
    all_clear: Text
    hotline: Text
    hotline_digest: Text
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
    "large": frozenset({"unit", "count", "product", "time", "code"}),
    "escalation": frozenset({"unit", "count", "product", "time", "code"}),
    "head_office": frozenset({"unit", "count", "product", "time", "minutes", "code"}),
    "all_clear": frozenset({"unit", "time"}),
    "hotline": frozenset({"unit", "ticket"}),
    "hotline_digest": frozenset({"unit", "count", "ticket"}),
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
    "escalation": "code",
    "head_office": "code",
    "which": "codes",
}


class Plan(Strict):
    """One source document as data. `version` is the YAML's, ``+`` and 8 digits of its SHA-256."""

    name: Name = Field(alias="plan", description="the file's name without .yaml")
    version: Name = Field(description="the plan's version, in quotes")
    title: Title = Field(description="{zh, en}")
    counting: Counting = Field(description="who complains together")
    ladder: LadderRule = Field(description="who is told")
    budget: Budget = Field(description="texts to one phone")
    clauses: tuple[Clause, ...] = Field(description="the duties with a clock")
    wording: Wording = Field(description="what the texts say")
