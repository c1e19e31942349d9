"""The life of a case that a regulator has passed on (监管转办, WP-20). Pure.

``received → contacted → working → drafted → approved → filed → closed``. A supplementary demand
(补充要求) takes a case back to working and moves no clock; what was drafted before it was asked
counts no more. Every function takes the case as it stands and gives the case as it will stand, or
raises Conflict with what is missing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from core.errors import Conflict
from core.words import Level

State = Literal["received", "contacted", "working", "drafted", "approved", "filed", "closed"]
STATES: tuple[State, ...] = get_args(State)
DemandState = Literal["open", "done", "withdrawn"]
#: 总局, 监管局, 监管分局或支局: the level of a regulator's office.
RegulatorLevel = Literal["national", "bureau", "local"]
LEVELS: tuple[RegulatorLevel, ...] = get_args(RegulatorLevel)
LEVEL_NAMES: dict[RegulatorLevel, tuple[str, str]] = {
    "national": ("总局", "national"),
    "bureau": ("监管局", "bureau"),
    "local": ("监管分局", "local office"),
}
#: The level of ours that faces each of theirs (同级, WP-20), the right one first.
FACING: dict[RegulatorLevel, tuple[Level, ...]] = {
    "national": (Level.HEAD_OFFICE,),
    "bureau": (Level.BRANCH, Level.HEAD_OFFICE),
    "local": (Level.SUB_BRANCH, Level.BRANCH, Level.HEAD_OFFICE),
}

Act = Literal[
    "contact", "start", "settle", "withdraw", "draft", "return", "approve", "file", "supplement",
    "extend", "close",
]  # fmt: skip
_ANY: frozenset[State] = frozenset(STATES)
_WORKED: frozenset[State] = frozenset({"working", "drafted", "approved", "filed"})
_UNFILED: frozenset[State] = _ANY - {"filed", "closed"}
#: In which states each act may be done.
ALLOWED: dict[Act, frozenset[State]] = {
    "contact": _ANY,
    "start": frozenset({"contacted"}),
    "settle": _WORKED,
    "withdraw": _ANY - {"closed"},
    "draft": _WORKED - {"filed"},
    "return": frozenset({"drafted"}),
    "approve": frozenset({"drafted"}),
    "file": frozenset({"approved"}),
    "supplement": _ANY,
    "extend": _UNFILED,
    "close": frozenset({"filed"}),
}
#: Why an act must wait, by the state that the case is in.
_WAITS: dict[State, tuple[str, str]] = {
    "received": ("须先与监管机构联系", "contact the regulator first"),
    "contacted": ("须先开始办理", "start working on it first"),
    "working": ("须先拟写答复", "draft the reply first"),
    "drafted": ("答复须先审批", "the reply must be approved first"),
    "approved": ("答复已审批，须先报备", "the approved reply must be filed first"),
    "filed": ("已报备", "it is filed already"),
    "closed": ("已办结，有补充要求时先登记补充要求", "it is closed; only a new demand reopens it"),
}


@dataclass(frozen=True)
class Demand:
    """One thing that the regulator asks for: of which round, until when, how it stands."""

    position: int
    round: int
    state: DemandState = "open"
    due_at: datetime | None = None


@dataclass(frozen=True)
class Answer:
    """A version of the reply: who wrote it, whether it was approved, by whom, whether filed."""

    number: int
    round: int
    by: str
    state: Literal["drafted", "returned", "superseded", "approved", "filed"] = "drafted"
    approved_by: str | None = None


@dataclass(frozen=True)
class Case:
    """A case with everything that its life depends on."""

    state: State = "received"
    round: int = 0
    due_at: datetime | None = None
    demands: tuple[Demand, ...] = ()
    answers: tuple[Answer, ...] = ()
    contacts: int = 0
    filings: int = 0

    @property
    def current(self) -> Answer | None:
        """The reply that is drafted or approved now."""
        live = [a for a in self.answers if a.state in ("drafted", "approved")]
        return live[-1] if live else None


def person_of(actor: str) -> str:
    """Who an actor is whatever seat they act in: ``web:ROLE:ID`` is ``web:ID``."""
    parts = actor.split(":")
    return f"web:{parts[2]}" if len(parts) == 3 and parts[0] == "web" else actor


def number_key(text: str) -> str:
    """A number or an office's name as it is compared: widths, case and blanks make no other."""
    wide = unicodedata.normalize("NFKC", text)
    return "".join(c for c in wide if not c.isspace()).upper().translate(_BRACKETS)


_BRACKETS = str.maketrans("[]【】{}（）", "〔〕〔〕〔〕()")


def level_of(name: str) -> RegulatorLevel:
    """The level of an office by its name: 分局 and 支局 are local, 总局 itself is national."""
    if name.rstrip().endswith(("分局", "支局", "监管组")):
        return "local"
    return "national" if name.rstrip().endswith(("总局", "委员会", "人民银行")) else "bureau"


def may(case: Case, act: Act) -> bool:
    """Whether the state of the case lets this be done."""
    return case.state in ALLOWED[act]


def contact(case: Case) -> Case:
    """We have spoken with the regulator. The first contact is what WP-20 asks for at once."""
    state: State = "contacted" if case.state == "received" else case.state
    return replace(case, state=state, contacts=case.contacts + 1)


def start(case: Case) -> Case:
    """Work on what was asked begins."""
    _let(case, "start")
    return replace(case, state="working")


def settle(case: Case, position: int, state: Literal["done", "withdrawn"]) -> Case:
    """One demand is met, or taken back by the regulator. Conflict unless it is open."""
    _let(case, "settle" if state == "done" else "withdraw")
    found = [d for d in case.demands if d.position == position]
    if not found or found[0].state != "open":
        raise Conflict("该项要求已办结", "this demand has ended already")
    demands = tuple(replace(d, state=state) if d.position == position else d for d in case.demands)
    return replace(case, demands=demands)


def draft(case: Case, actor: str) -> Case:
    """A new version of the reply; an approval of the one before falls with it."""
    _let(case, "draft")
    answers = (*_superseded(case), Answer(len(case.answers) + 1, case.round, person_of(actor)))
    return replace(case, state="drafted", answers=answers)


def give_back(case: Case) -> Case:
    """The reply is not good enough: back to whoever works on it."""
    _let(case, "return")
    return replace(case, state="working", answers=_marked(case, state="returned"))


def approve(case: Case, actor: str) -> Case:
    """Somebody who wrote no version of this reply says that it may leave the house."""
    _let(case, "approve")
    mine = person_of(actor)
    if mine in writers(case):
        raise Conflict("拟稿人不得审批本人拟写的答复", "its writer may not approve a reply")
    return replace(
        case, state="approved", answers=_marked(case, state="approved", approved_by=mine)
    )


def writers(case: Case) -> frozenset[str]:
    """Who had a hand in the reply as it stands: every version since the last filing."""
    filed = max((a.number for a in case.answers if a.state == "filed"), default=0)
    return frozenset(a.by for a in case.answers if a.number > filed)


def file(case: Case) -> Case:
    """The approved reply is with the regulator, by its receipt."""
    _let(case, "file")
    return replace(
        case, state="filed", filings=case.filings + 1, answers=_marked(case, state="filed")
    )


def supplement(case: Case, due_at: datetime | None) -> Case:
    """The regulator asks for more. No clock is reset: the case's deadline stays where it is."""
    again = case.state in ("filed", "closed")
    round_ = case.round + 1 if again else case.round
    position = max((d.position for d in case.demands), default=0) + 1
    demands = (*case.demands, Demand(position, round_, "open", due_at))
    worked = case.state in _WORKED or again
    return replace(
        case, state="working" if worked else case.state, round=round_, demands=demands,
        answers=_superseded(case),
    )  # fmt: skip


def extend(case: Case, due_at: datetime) -> Case:
    """The regulator has agreed to a later deadline."""
    _let(case, "extend")
    if case.due_at is None or due_at <= case.due_at:
        raise Conflict("新期限须晚于原期限", "the new deadline must be later than the old one")
    return replace(case, due_at=due_at)


def close(case: Case) -> Case:
    """It is over: the reply is filed and nothing that was asked is open."""
    _let(case, "close")
    still = [d.position for d in case.demands if d.state == "open"]
    if still:
        shown = "、".join(str(n) for n in still)
        raise Conflict(
            f"第{shown}项要求尚未办结", f"demand {', '.join(map(str, still))} is still open",
            demands=still,
        )  # fmt: skip
    return replace(case, state="closed")


def _let(case: Case, act: Act) -> None:
    if not may(case, act):
        raise Conflict(*_WAITS[case.state], state=case.state)


def _superseded(case: Case) -> tuple[Answer, ...]:
    return _marked(case, state="superseded")


def _marked(case: Case, **change: str) -> tuple[Answer, ...]:
    """The answers with the current one changed; those that are settled stay as they are."""
    now = case.current
    return tuple(replace(a, **change) if a is now else a for a in case.answers)  # type: ignore[arg-type]
