"""A ticket's life 工单: one state machine whose steps a plan switches on or off. Pure.

A ticket's acts, in the order in which they were entered, say where it stands (`position`); whether
one more act may follow is `refusals`, which names everything that is missing. Nothing else decides
either. What an act *says* (its facts and words) is checked beside this, in `ticket_forms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Step(StrEnum):
    """The steps, in the one order in which a plan may ask for them."""

    ACCEPT = "accept"
    SCREEN = "screen"
    REGISTER = "register"
    CLASSIFY = "classify"
    CONFIRM_CLASS = "confirm_class"
    ROUTE = "route"
    CONTACT = "contact"
    INVESTIGATE = "investigate"
    ANALYSE = "analyse"
    PLAN = "plan"
    APPROVE = "approve"
    CARRY_OUT = "carry_out"
    TELL = "tell"
    ASK = "ask"
    RETURN_VISIT = "return_visit"
    ARCHIVE = "archive"


class Act(StrEnum):
    """What is done beside the steps."""

    SKIP = "skip"  #: a step that the plan asks for where needed is not needed, and why
    NOTE = "note"  #: a contact, a piece of evidence, a site visit: any time
    ON_THE_SPOT = "on_the_spot"  #: satisfied at once and will not pursue it (FC-02, FC-12)
    DISPUTE = "dispute"  #: an economic dispute: settled by nobody before its decision (FC-10)
    DECIDE = "decide"  #: the decision of one whose decision a dispute needs
    MAJOR_RISK = "major_risk"  #: likely to become major (WP-23)
    BEYOND = "beyond_authority"  #: cannot be settled at this level (WP-25)
    DISSATISFIED = "dissatisfied"  #: with the answer, before the return visit (WP-24)
    PROMISE = "promise"  #: by when an answer is promised (BO-02)
    OBJECT = "object"  #: the client objects, asks for review, or appeals (SG-03)
    ANSWER_OBJECTION = "answer_objection"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MISFILED = "misfiled"
    MERGE = "merge"


#: In the order of a life.
ORDER: tuple[Step, ...] = tuple(Step)
#: What the finding rests on is done again when a ticket is reopened; what was received stays.
_KEPT_ON_REOPENING = frozenset(ORDER[: ORDER.index(Step.CONTACT)])
#: A step done again takes these back: what rested on the old one.
_TAKES_BACK: dict[Step, frozenset[Step]] = {
    Step.SCREEN: frozenset({Step.TELL, Step.ASK}),
    Step.CLASSIFY: frozenset({Step.CONFIRM_CLASS}),
    Step.INVESTIGATE: frozenset({Step.ANALYSE, Step.PLAN, Step.APPROVE}),
    Step.ANALYSE: frozenset({Step.PLAN, Step.APPROVE}),
    Step.PLAN: frozenset({Step.APPROVE}),
    Step.TELL: frozenset({Step.ASK}),
}
#: From here on nothing before it is done again but by reopening.
_POINT_OF_NO_RETURN: dict[Step, Step] = {
    **dict.fromkeys(ORDER[: ORDER.index(Step.CARRY_OUT)], Step.CARRY_OUT),
    Step.CARRY_OUT: Step.TELL,
    Step.TELL: Step.RETURN_VISIT,
    Step.ASK: Step.RETURN_VISIT,
    Step.RETURN_VISIT: Step.ARCHIVE,
    Step.ARCHIVE: Step.ARCHIVE,
}
#: What settles, or leads to it: not before the decision where there is an economic dispute.
_SETTLING = frozenset({Step.APPROVE, Step.CARRY_OUT, Step.TELL, Step.ARCHIVE, Act.ON_THE_SPOT})
#: What a client whose claim was decided against may be told.
_AGAINST = frozenset({"refused", "explained"})
#: Not a complaint of ours: explained, with the right address, and filed (SC-03, FC-11).
_OUT_OF_SCOPE = (Step.ACCEPT, Step.SCREEN, Step.TELL, Step.ARCHIVE)
#: Settled where it was said: kept in the file, nothing further is owed (FC-02).
_ON_THE_SPOT = (Step.ACCEPT, Step.ARCHIVE)
#: Ends from which a ticket does not come back.
_FINAL = frozenset({Act.WITHDRAW, Act.MISFILED, Act.MERGE})
_END_OF: dict[str, str] = {
    Act.WITHDRAW: "withdrawn", Act.MISFILED: "misfiled", Act.MERGE: "merged",
}  # fmt: skip


@dataclass(frozen=True)
class StepRule:
    """A step that a plan asks for: always or where needed, of all its classes or of some."""

    step: Step
    needed: bool = False
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Life:
    """The steps of one plan. `deciders` are the roles whose decision an economic dispute needs."""

    steps: tuple[StepRule, ...]
    on_the_spot: bool = False
    deciders: frozenset[str] = frozenset()

    def unclassified(self) -> Life:
        """The same way where there are no classes to choose from."""
        left_out = (Step.CLASSIFY, Step.CONFIRM_CLASS)
        return replace(self, steps=tuple(r for r in self.steps if r.step not in left_out))

    def asked(self, position: Position) -> tuple[StepRule, ...]:
        """The steps that this ticket has to go through, in order."""
        if position.on_the_spot:
            return tuple(r for r in self.steps if r.step in _ON_THE_SPOT)
        if position.out_of_scope:
            asked = {r.step: r for r in self.steps}
            return tuple(asked.get(s, StepRule(s)) for s in _OUT_OF_SCOPE
                         if s in asked or s is Step.TELL)  # fmt: skip
        return tuple(r for r in self.steps if not r.classes or position.class_id in r.classes)


@dataclass(frozen=True)
class Entry:
    """One act as it stands in the file: what, in which role, with which facts, by whom."""

    act: str
    facts: dict[str, Any] = field(default_factory=dict)
    actor: str = ""
    role: str = ""


@dataclass(frozen=True)
class Position:
    """Where a ticket stands."""

    round: int = 1
    done: frozenset[Step] = frozenset()
    skipped: frozenset[Step] = frozenset()
    class_id: str | None = None
    out_of_scope: bool = False
    on_the_spot: bool = False
    held: bool = False
    decided: frozenset[str] = frozenset()  #: roles that have decided the dispute
    denied: frozenset[str] = frozenset()  #: of these, who decided against the client
    judges: frozenset[str] = frozenset()  #: who decided, by person
    objection: bool = False
    classifier: str | None = None
    drafters: frozenset[str] = frozenset()  #: who wrote the plan since it was last approved
    paying: bool = False  #: whether the plan pays the client something
    end: str | None = None

    def passed(self, step: Step) -> bool:
        return step in self.done or step in self.skipped


def position(entries: Iterable[Entry]) -> Position:
    """Where these acts have brought a ticket."""
    stands = Position()
    for entry in entries:
        stands = after(stands, entry)
    return stands


def after(stands: Position, entry: Entry) -> Position:
    """Where a ticket stands after one more act, which `refusals` has let through."""
    if entry.act in _STEPS:
        return _after_step(stands, Step(entry.act), entry)
    facts = entry.facts
    match entry.act:
        case Act.SKIP:
            return replace(stands, skipped=stands.skipped | {Step(facts["step"])})
        case Act.ON_THE_SPOT:
            return replace(stands, on_the_spot=True)
        case Act.DISPUTE:
            return _held_now(stands)
        case Act.DECIDE:
            against = facts.get("allowed") is False
            denied = stands.denied - {entry.role} | ({entry.role} if against else set())
            return replace(stands, decided=stands.decided | {entry.role}, denied=denied,
                           judges=stands.judges | {entry.actor})  # fmt: skip
        case Act.OBJECT:
            return replace(stands, objection=True)
        case Act.ANSWER_OBJECTION:
            return replace(stands, objection=False)
        case Act.REOPEN:
            return _reopened(stands)
        case Act.WITHDRAW | Act.MISFILED | Act.MERGE:
            return replace(stands, end=_END_OF[entry.act])
    return stands


def _held_now(stands: Position) -> Position:
    """An economic dispute from here on; decided anew."""
    return replace(stands, held=True, decided=frozenset(), denied=frozenset(), judges=frozenset())


def _after_step(stands: Position, step: Step, entry: Entry) -> Position:
    back = _TAKES_BACK.get(step, frozenset())
    new = replace(
        stands, done=(stands.done - back) | {step}, skipped=stands.skipped - back - {step}
    )
    match step:
        case Step.SCREEN:
            return replace(new, out_of_scope=entry.facts.get("in_scope") is False)
        case Step.CLASSIFY:
            new = replace(new, class_id=entry.facts.get("class"), classifier=entry.actor)
            disputed = "economic_dispute" in entry.facts.get("kinds", ())
            return _held_now(new) if disputed and not new.held else new
        case Step.CONFIRM_CLASS if entry.facts.get("agreed") is False:
            return replace(new, done=new.done - {Step.CLASSIFY, step})
        case Step.PLAN:
            before = frozenset[str]() if Step.APPROVE in stands.done else stands.drafters
            paying = float(entry.facts.get("compensation") or 0) > 0
            return replace(new, drafters=before | {entry.actor}, paying=paying)
        case Step.APPROVE if entry.facts.get("approved") is False:
            return replace(new, done=new.done - {Step.PLAN, step})
        case Step.ARCHIVE:
            return replace(new, end="archived")
    return new


def _reopened(stands: Position) -> Position:
    """A new round from the contact on; nothing of the earlier rounds is lost from the file."""
    kept = _KEPT_ON_REOPENING - ({Step.SCREEN} if stands.out_of_scope else set())
    return replace(
        stands, round=stands.round + 1, done=stands.done & kept, skipped=stands.skipped & kept,
        on_the_spot=False, drafters=frozenset(), paying=False, end=None, objection=False,
        out_of_scope=False,
    )  # fmt: skip


def next_step(life: Life, stands: Position) -> Step | None:
    """The step that comes next; None at the end. One that is asked for where needed is done, or
    declared not needed, in its turn: nothing is passed over in silence."""
    if stands.end is not None:
        return None
    return next((r.step for r in life.asked(stands) if not stands.passed(r.step)), None)


def stage(life: Life, stands: Position) -> str:
    """What the ticket is at: the step that comes next, or its end."""
    coming = next_step(life, stands)
    return stands.end or (coming or Step.ARCHIVE).value


#: (code, the step or role meant): what stands in an act's way. `ticket_refusals` says it in words.
Refusal = tuple[str, str]


def refusals(life: Life, stands: Position, entry: Entry) -> list[Refusal]:
    """Everything that stands in the way of one more act; empty when it may be done."""
    act = entry.act
    if act not in _STEPS and act not in _ACTS:
        return [("unknown", act)]
    if stands.end is not None:
        return _after_the_end(stands, act)
    if act in _STEPS:
        return _step_refused(life, stands, Step(act), entry)
    return _act_refused(life, stands, Act(act), entry)


def _after_the_end(stands: Position, act: str) -> list[Refusal]:
    back = act in (Act.REOPEN, Act.OBJECT) or (act == Act.ANSWER_OBJECTION and stands.objection)
    if act == Act.NOTE or (back and stands.end == "archived"):
        return []
    return [("ended", str(stands.end))]


def _step_refused(life: Life, stands: Position, step: Step, entry: Entry) -> list[Refusal]:
    asked = {rule.step: rule for rule in life.asked(stands)}
    if step not in asked:
        return [("not_asked", step.value)]
    found = _held(life, stands, step, entry)
    before = ORDER[: ORDER.index(step)]
    found += [("first", s.value) for s in before if s in asked and not stands.passed(s)]
    gone = _gone_by(stands, step)
    if step in stands.done and gone is not None:
        found.append(("too_late", gone.value))
    if step is Step.APPROVE and entry.actor in stands.drafters:
        found.append(("own_draft", step.value))
    if step is Step.CONFIRM_CLASS and entry.actor == stands.classifier:
        found.append(("own_class", step.value))
    if step is Step.ARCHIVE and stands.objection:
        found.append(("objection", step.value))
    return found


def _gone_by(stands: Position, step: Step) -> Step | None:
    """What was done since that forbids a step again: its own point of no return, or, where the
    class has no such step, that the client was told or visited."""
    points = (_POINT_OF_NO_RETURN[step], Step.TELL, Step.RETURN_VISIT)
    later = (p for p in points if ORDER.index(p) > ORDER.index(step) or p is step is Step.ARCHIVE)
    return next((p for p in later if stands.passed(p) and _forbids(p, step)), None)


def _forbids(point: Step, step: Step) -> bool:
    """Telling again and asking again are never too late before the return visit."""
    return point is not Step.TELL or step not in (Step.TELL, Step.ASK)


def _held(life: Life, stands: Position, act: str, entry: Entry) -> list[Refusal]:
    """FC-10: nothing settles before every decision, nothing settles against one."""
    if not stands.held or act not in _SETTLING:
        return []
    missing = sorted(life.deciders - stands.decided)
    if missing:
        return [("undecided", role) for role in missing]
    if not stands.denied & life.deciders:
        return []
    settles = (
        act == Act.ON_THE_SPOT
        or (act == Step.TELL and entry.facts.get("outcome") not in _AGAINST)
        or (act in (Step.APPROVE, Step.CARRY_OUT) and stands.paying)
    )
    return [("denied", role) for role in sorted(stands.denied & life.deciders)] if settles else []


def _act_refused(life: Life, stands: Position, act: Act, entry: Entry) -> list[Refusal]:
    match act:
        case Act.SKIP:
            return _skip_refused(life, stands, entry)
        case Act.ON_THE_SPOT:
            return _spot_refused(life, stands, entry)
        case Act.DISPUTE if stands.held:
            return [("held_already", "")]
        case Act.DISPUTE if not life.deciders:
            return [("no_deciders", "")]
        case Act.DECIDE if not stands.held:
            return [("nothing_held", "")]
        case Act.DECIDE if entry.role not in life.deciders:
            return [("not_decider", role) for role in sorted(life.deciders)]
        case Act.DECIDE if entry.actor in stands.judges and entry.role not in stands.decided:
            return [("own_decision", "")]
        case Act.ANSWER_OBJECTION if not stands.objection:
            return [("no_objection", "")]
        case Act.REOPEN | Act.OBJECT | Act.DISSATISFIED if not stands.passed(Step.TELL):
            return [("first", Step.TELL.value)]
    return []


def _skip_refused(life: Life, stands: Position, entry: Entry) -> list[Refusal]:
    step = str(entry.facts.get("step"))
    rule = next((r for r in life.asked(stands) if r.step == step), None)
    if rule is None:
        return [("not_asked", step)]
    if not rule.needed:
        return [("required", step)]
    if stands.passed(rule.step):
        return [("done", step)]
    coming = next_step(life, stands)
    if coming is not rule.step and coming is not None:
        return [("first", coming.value)]
    return [("paying", step)] if rule.step is Step.APPROVE and stands.paying else []


def _spot_refused(life: Life, stands: Position, entry: Entry) -> list[Refusal]:
    if not life.on_the_spot:
        return [("not_asked", Act.ON_THE_SPOT.value)]
    looked_into = ORDER[ORDER.index(Step.INVESTIGATE) :]
    if stands.out_of_scope or stands.round > 1 or any(map(stands.passed, looked_into)):
        return [("too_late", Act.ON_THE_SPOT.value)]
    found = _held(life, stands, Act.ON_THE_SPOT, entry)
    return found + ([] if stands.passed(Step.ACCEPT) else [("first", Step.ACCEPT.value)])


_STEPS = frozenset(s.value for s in Step)
_ACTS = frozenset(a.value for a in Act)


def rules_of(steps: Sequence[tuple[str, bool, Iterable[str]]]) -> tuple[StepRule, ...]:
    """Steps as a plan writes them (step, needed, classes), in the order of a life."""
    given = {Step(s): StepRule(Step(s), needed, frozenset(c)) for s, needed, c in steps}
    return tuple(given[s] for s in ORDER if s in given)
