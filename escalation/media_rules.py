"""What a media case may do next: the life of a statement, and what settling needs (WP-19). Pure.

A statement goes from a draft to approved to issued. Whoever wrote any version since the last one
that was issued may not approve it; an edit after the approval is a new version that needs one of
its own. Nothing is ever issued that is not approved.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from core.errors import Conflict, FieldFault, InvalidInput, NotAllowed

Verdict = Literal["wrong", "partly", "right", "not_ours"]
#: What became of a case; `same_story` only by joining it to another.
Outcome = Literal["corrected", "withdrawn", "refused", "stated", "subsided", "not_ours"]
Answer = Literal["corrected", "withdrawn", "refused", "silent"]
ReachWord = Literal["small", "regional", "national", "viral"]
Scope = Literal["regional", "national"]
StatementKind = Literal["statement", "holding"]
StatementState = Literal["none", "draft", "returned", "approved", "issued"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
SAME_STORY = "same_story"


# --- the life of a statement --------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """The latest version; `drafters` are all who wrote since the last one that was issued."""

    version: int = 0
    state: StatementState = "none"
    drafters: frozenset[str] = frozenset()


def draft(now: Statement, by: str, seen: int) -> Statement:
    """Somebody writes the next version, having seen version `seen`. Conflict when it is older."""
    _same(now, seen)
    before = frozenset() if now.state == "issued" else now.drafters
    return Statement(now.version + 1, "draft", before | {by})


def approve(now: Statement, by: str, seen: int) -> Statement:
    """Somebody else approves what they have read. Conflict; NotAllowed for who wrote of it."""
    _same(now, seen)
    if now.state != "draft":
        raise Conflict("没有待审批的稿件", "there is no draft to approve")
    if by in now.drafters:
        raise NotAllowed(
            "起草人不能审批自己的稿件，请由他人审批",
            "who drafted it may not approve it; somebody else must",
        )
    return replace(now, state="approved")


def give_back(now: Statement, seen: int) -> Statement:
    """It is not approved, or no longer: it has to be written anew. Conflict."""
    _same(now, seen)
    if now.state not in ("draft", "approved"):
        raise Conflict("没有可退回的稿件", "there is nothing to return")
    return replace(now, state="returned")


def issue(now: Statement, seen: int) -> Statement:
    """It leaves the house. Conflict unless this very version is approved."""
    _same(now, seen)
    if now.state != "approved":
        raise Conflict("未经审批不得发布", "it is not approved: it cannot be issued")
    return replace(now, state="issued")


def _same(now: Statement, seen: int) -> None:
    if now.version != seen:
        raise Conflict(
            "他人刚刚改过此稿，请核对后再办", "somebody has just changed it; read it again"
        )


# --- settling -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What stands on a case since it was opened or opened again."""

    verdict: Verdict | None
    answers: frozenset[str] = frozenset()  #: of outlets to a correction
    issued: bool = False  #: a statement has been issued
    talked: bool = False  #: with a journalist or an outlet


def refuse_settling(known: Known, outcome: Outcome, pending: Collection[str] = ()) -> None:
    """Conflict for what must come first; InvalidInput for an outcome that the finding rules out.

    `pending` are kinds of statements that are approved and not issued.
    """
    if known.verdict is None:
        raise Conflict("尚未核实，不能平息", "the facts are not checked yet: it cannot be settled")
    fits = {
        "corrected": ("wrong", "partly"), "withdrawn": ("wrong", "partly", "right"),
        "refused": ("wrong", "partly"), "stated": ("wrong", "partly", "right"),
        "subsided": ("partly", "right"), "not_ours": ("not_ours",),
    }[outcome]  # fmt: skip
    if known.verdict not in fits:
        raise InvalidInput([FieldFault(
            "outcome", "与核实结论不符", "does not fit the finding", "请按核实结论选择",
            "choose one that fits the finding",
        )])  # fmt: skip
    if outcome in ("corrected", "withdrawn", "refused") and outcome not in known.answers:
        raise Conflict("先登记媒体的答复", "note the outlet's answer first")
    if outcome == "stated" and not known.issued:
        raise Conflict("尚未发布回应", "no statement has been issued yet")
    if outcome == "subsided" and not (known.talked or known.issued):
        raise Conflict("先登记与媒体的沟通", "note a talk with the outlet first")
    if pending:
        raise Conflict(
            "有已审批未发布的稿件，请先发布或退回",
            "a statement is approved and not issued: issue or return it first",
        )
