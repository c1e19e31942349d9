"""What each act on a ticket says: its form, checked field by field. Pure.

*Facts* are coded and nobody's data: they are counted, shown in lists, kept in the clear. *Words*
are free text, in which clients are named: they are sealed under the complaint's key.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
)

from complaints.ticket_life import Act, Step
from complaints.value import Moment, Reference
from core.errors import FieldFault, InvalidInput
from core.validation import Storable, field_faults, require_object
from core.words import Channel, Role

#: How a client, an outlet or a department is reached.
Via = Literal["phone", "visit", "counter", "letter", "email", "sms", "web", "fax", "hotline"]
Outcome = Literal["settled", "partly", "refused", "explained"]
Satisfaction = Literal["satisfied", "neutral", "dissatisfied"]
Finding = Literal["substantiated", "partly", "unsubstantiated"]
Cause = Literal[
    "product", "sales", "service", "process", "system", "staff", "communication", "client",
    "external", "other",
]  # fmt: skip
Impact = Literal["low", "medium", "high"]
#: What a complaint turns out to be beside its class: each is an event of the plan's clauses.
Kind = Literal[
    "economic_dispute", "staff_breach", "wrong_order", "system_failure", "coordination_failure",
    "company_matter",
]  # fmt: skip
NoteKind = Literal["contact", "progress", "evidence", "site_visit", "fixed", "note"]
ObjectionKind = Literal["objection", "review", "appeal"]

OUTCOMES: tuple[str, ...] = get_args(Outcome)
CAUSES: tuple[str, ...] = get_args(Cause)
KINDS: tuple[str, ...] = get_args(Kind)

Said = Annotated[
    Storable, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)
]
MaybeSaid = Annotated[
    Annotated[Storable, StringConstraints(max_length=20_000, strip_whitespace=True)] | None,
    BeforeValidator(lambda v: v or None),
]
Yes = Annotated[bool, Strict()]


class Form(BaseModel):
    """An act's body. `at` is when it was done; left out, now."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    #: fields that are words; every other but `at` is a fact
    WORDS: ClassVar[frozenset[str]] = frozenset({"note"})

    at: Moment | None = Field(default=None, description="when it was done; left out: now")
    note: MaybeSaid = Field(default=None, description="remarks")

    def faults(self) -> list[FieldFault]:
        """What is wrong between fields."""
        return []


class Accept(Form):
    """Somebody takes it on, in the first second of its life."""


class Screen(Form):
    """In scope or not (SC-03, FC-11)."""

    WORDS = frozenset({"note", "reason", "address"})
    in_scope: Yes = Field(description="whether it is ours to settle")
    reason: MaybeSaid = Field(default=None, description="why it is not")
    address: MaybeSaid = Field(default=None, description="whose it is, and how to reach them")

    def faults(self) -> list[FieldFault]:
        if self.in_scope:
            return []
        return [*_missing(self, "reason"), *_missing(self, "address")]


class Register(Form):
    """What the complaint itself left out of name, contact, matter and demand (SC-04)."""

    WORDS = frozenset({"note", "name", "contact", "matter", "demand"})
    name: MaybeSaid = Field(default=None, description="the client's name, if not given yet")
    contact: MaybeSaid = Field(default=None, description="how the client is reached")
    matter: MaybeSaid = Field(default=None, description="what it is about")
    demand: MaybeSaid = Field(default=None, description="what the client demands")
    reply_via: Via | None = Field(default=None, description="how the client wants the answer")


class Classify(Form):
    """A class of the plan's own; what else it turns out to be."""

    WORDS = frozenset({"note", "reason"})
    class_id: str = Field(alias="class", min_length=1, max_length=20)
    kinds: tuple[Kind, ...] = Field(default=(), description="what it turns out to be beside")
    reason: MaybeSaid = None


class ConfirmClass(Form):
    """Confirmed a second time by the department responsible (SG-01)."""

    agreed: Yes

    def faults(self) -> list[FieldFault]:
        return [] if self.agreed else _missing(self, "note")


class Route(Form):
    """The departments that work on it, and which leads (SC-05, FC-04)."""

    lead: Role
    departments: tuple[Role, ...] = Field(default=(), max_length=12)


class Contact(Form):
    """The client spoken with."""

    WORDS = frozenset({"note", "said"})
    via: Via
    said: Said = Field(description="what was said on both sides")


class Investigate(Form):
    """Team, evidence, site visit, finding (SC-06)."""

    WORDS = frozenset({"note", "team", "finding"})
    result: Finding
    finding: Said
    team: tuple[Said, ...] = Field(default=(), max_length=20, description="who looked into it")
    site_visit: Yes = False


class Share(BaseModel):
    """Part of the responsibility."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: Annotated[Storable, StringConstraints(min_length=1, max_length=64)]
    role: Role | None = None
    person: MaybeSaid = None
    percent: Annotated[int, Strict(), Field(ge=1, le=100)]


class Analyse(Form):
    """Cause, shares of responsibility, impact (SC-07)."""

    WORDS = frozenset({"note", "analysis", "people"})
    cause: Cause
    analysis: Said
    shares: tuple[Share, ...] = Field(min_length=1, max_length=20)
    impact: Impact

    def faults(self) -> list[FieldFault]:
        total = sum(share.percent for share in self.shares)
        if total == 100:
            return []
        return [FieldFault(
            "shares", f"责任比例合计{total}%，应为100%", f"the shares add up to {total} %",
            "请调整各方比例，使合计为100%", "change them so that they add up to 100 %",
        )]  # fmt: skip


class Measure(BaseModel):
    """One measure of the plan of handling."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: Said
    who: Said
    by: date


class MakePlan(Form):
    """The plan of handling: measures with dates, persons; compensation by rule (SC-08, SC-16)."""

    WORDS = frozenset({"note", "measures", "basis"})
    measures: tuple[Measure, ...] = Field(min_length=1, max_length=50)
    compensation: Annotated[Decimal, Field(ge=0, le=10**12, decimal_places=2)] | None = None
    basis: MaybeSaid = Field(default=None, description="the rule that the compensation rests on")

    def faults(self) -> list[FieldFault]:
        return _missing(self, "basis") if self.compensation else []


class Approve(Form):
    """A superior's review of the plan (SC-08); sent back with a reason."""

    approved: Yes
    number: Reference | None = Field(default=None, description="the number of the approval")

    def faults(self) -> list[FieldFault]:
        return [] if self.approved else _missing(self, "note")


class CarryOut(Form):
    """What was done of the plan; toward the department and the person responsible (FC-06)."""

    WORDS = frozenset({"note", "done", "toward_department", "toward_person"})
    done: Said
    toward_department: MaybeSaid = Field(default=None, description="such as none, or notified")
    toward_person: MaybeSaid = None


class Tell(Form):
    """The outcome told to the client, by the channel that the client chose (SC-09, SG-03)."""

    WORDS = frozenset({"note", "said"})
    via: Via
    outcome: Outcome
    said: Said
    rights_told: Yes = Field(default=False, description="told how to object (SG-03)")


class Ask(Form):
    """Satisfaction (SC-09)."""

    satisfaction: Satisfaction


class ReturnVisit(Form):
    """The return visit 回访 (SC-13, FC-07, BO-09)."""

    WORDS = frozenset({"note", "said"})
    via: Via
    satisfaction: Satisfaction
    said: MaybeSaid = None


class Archive(Form):
    """The complaint's file is complete and kept (WP-26, FC-07, BO-11)."""

    number: Reference | None = Field(default=None, description="the file's number")


class Skip(Form):
    """A step that the plan asks for where needed is not needed here."""

    WORDS = frozenset({"note", "reason"})
    step: Step
    reason: Said


class Note(Form):
    """A contact, progress told, evidence, a site visit: at any time."""

    WORDS = frozenset({"note", "said"})
    kind: NoteKind = "note"
    via: Via | None = None
    said: Said


class Because(Form):
    """An act whose form is its reason."""

    WORDS = frozenset({"note", "reason"})
    reason: Said


class Decide(Form):
    """The decision of one whose decision an economic dispute needs (FC-10)."""

    WORDS = frozenset({"note", "decision"})
    allowed: Yes
    decision: Said


class Promise(Form):
    """By when an answer is promised; anew before it lapses, the client told first (BO-02)."""

    WORDS = frozenset({"note", "reason"})
    promised_at: Moment
    told_at: Moment | None = None
    told_via: Via | None = None
    reason: MaybeSaid = None


class Object(Form):
    """An objection 异议, a review 复核 or an appeal 申诉 (SG-03)."""

    WORDS = frozenset({"note", "said"})
    kind: ObjectionKind = "objection"
    said: Said


class AnswerObjection(Form):
    """What became of it; upheld, the ticket is worked on again."""

    WORDS = frozenset({"note", "reply"})
    upheld: Yes
    via: Via
    reply: Said


class Merge(Form):
    """The same complaint made twice."""

    WORDS = frozenset({"note", "reason"})
    into: Annotated[str, StringConstraints(pattern=r"^C\d{1,18}$")]
    reason: Said


FORMS: dict[str, type[Form]] = {
    Step.ACCEPT: Accept, Step.SCREEN: Screen, Step.REGISTER: Register, Step.CLASSIFY: Classify,
    Step.CONFIRM_CLASS: ConfirmClass, Step.ROUTE: Route, Step.CONTACT: Contact,
    Step.INVESTIGATE: Investigate, Step.ANALYSE: Analyse, Step.PLAN: MakePlan,
    Step.APPROVE: Approve, Step.CARRY_OUT: CarryOut, Step.TELL: Tell, Step.ASK: Ask,
    Step.RETURN_VISIT: ReturnVisit, Step.ARCHIVE: Archive, Act.SKIP: Skip, Act.NOTE: Note,
    Act.ON_THE_SPOT: Because, Act.DISPUTE: Because, Act.DECIDE: Decide, Act.MAJOR_RISK: Because,
    Act.BEYOND: Because, Act.DISSATISFIED: Because, Act.PROMISE: Promise, Act.OBJECT: Object,
    Act.ANSWER_OBJECTION: AnswerObjection, Act.REOPEN: Because, Act.WITHDRAW: Because,
    Act.MISFILED: Because, Act.MERGE: Merge,
}  # fmt: skip


#: Acts by which somebody answers for another's work: a right of their own.
DECISIONS: tuple[str, ...] = (Step.APPROVE, Step.CONFIRM_CLASS, Act.DECIDE)


@dataclass(frozen=True)
class Filled:
    """An act's form, filled in: facts are JSON as it is kept, words are text to be sealed."""

    act: str
    at: datetime | None
    facts: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)


def fill(act: str, body: Any) -> Filled:
    """Check one act's body. InvalidInput names every wrong field; an unknown act is one."""
    form = FORMS.get(act)
    if form is None:
        raise InvalidInput([FieldFault(
            "act", "没有这个办理步骤", "is no act on a ticket", "请从列表中选择",
            f"one of {', '.join(FORMS)}",
        )])  # fmt: skip
    try:
        given = form.model_validate(require_object(body))
    except ValidationError as error:
        raise InvalidInput(field_faults(error)) from None
    faults = given.faults()
    if faults:
        raise InvalidInput(faults)
    return _filled(act, given)


def _filled(act: str, given: Form) -> Filled:
    plain = given.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"at"})
    words = {n: _text(v) for n, v in plain.items() if n in given.WORDS and v}
    facts = {n: v for n, v in plain.items() if n not in given.WORDS}
    if isinstance(given, Analyse):  # who is staff's name: not a fact that lists may show
        people = [share.person for share in given.shares]
        facts["shares"] = [{k: v for k, v in s.items() if k != "person"} for s in facts["shares"]]
        words["people"] = json.dumps(people, ensure_ascii=False)
    return Filled(act, given.at, facts, words)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _missing(form: Form, name: str) -> list[FieldFault]:
    if getattr(form, name):
        return []
    return [FieldFault(name, "此项必填", "is missing", "请填写", "fill it in")]


#: The channels of a complaint as ways to answer it.
VIA_OF_CHANNEL: dict[Channel, str] = {
    Channel.HOTLINE: "phone", Channel.PHONE: "phone", Channel.COUNTER: "counter",
    Channel.VISIT: "visit", Channel.LETTER: "letter", Channel.EMAIL: "email",
    Channel.FAX: "fax", Channel.WEB: "web",
}  # fmt: skip
