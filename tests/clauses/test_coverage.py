"""Every requirement of the five documents is a clause, or stands on the list of what is not."""

from __future__ import annotations

import re

import pytest

from core.words import ROLE_LEVEL, Level
from escalation.plan_file import load_plan
from escalation.vocabulary import EVENT_KINDS
from tests.clauses.files import (
    DEFAULT,
    FILES,
    HERE,
    OVERLAY_FILES,
    PLAN_FILES,
    PLANS,
    clauses,
    expected,
)

IDS = (HERE / "clause_ids.txt").read_text(encoding="utf-8").split()
_PREPARATION = "what is prepared before maturity; no clock of an incident or complaint"
_SYSTEM = "what the system itself must be"
_TICKET = "a field of the ticket; no clock, owner or evidence of its own"
#: Nothing is added to this list.
EXEMPT = {
    **dict.fromkeys(
        ["WP-01", "WP-02", "WP-03", "WP-04", "WP-05", "WP-06", "WP-07", "WP-08", "WP-10", "WP-11",
         "WP-15", "WP-31"], _PREPARATION),
    **dict.fromkeys(["SG-06", "SG-07", "SG-08", "SG-09", "SG-10", "SG-13"], _SYSTEM),
    "SC-01": f"{_TICKET}: the complaint's kind",
    "SC-04": f"{_TICKET}: what registration asks for",
    "FC-01": f"{_TICKET}: the channel",
}  # fmt: skip
WRITTEN = {clause.id for _, clause in clauses()}


def _covered(name: str) -> bool:
    return any(re.fullmatch(rf"{name}(-[A-Z0-9]+)?", written) for written in WRITTEN)


@pytest.mark.parametrize("name", IDS)
def test_a_requirement_is_a_clause_or_exempt(name: str) -> None:
    assert _covered(name) != (name in EXEMPT)


def test_the_list_of_ids_is_whole_and_the_exemptions_are_on_it() -> None:
    assert len(IDS) == len(set(IDS)) == 87
    assert set(EXEMPT) <= set(IDS)


def test_every_clause_belongs_to_a_requirement_of_its_own_document() -> None:
    """Beside the sources' own there are two promises of ours and the overlays'."""
    marks = {
        "maturing-wealth-product": "WP", "securities-complaints": "SC", "business-office": "BO",
        "futures-complaints": "FC", "service-guide": "SG",
    }  # fmt: skip
    for name, mark in marks.items():
        for clause in FILES[name].clauses:
            number = "-".join(clause.id.split("-")[:2])
            assert number in IDS or clause.id in ("HO-ACK", "SAFETY-110")
            assert clause.id.startswith(mark) or clause.id in ("HO-ACK", "SAFETY-110")


def test_every_clause_has_its_expectation_and_no_other_has() -> None:
    """Without a line in expected.yaml nothing would check its due time."""
    assert {n: set(found) for n, found in expected().items()} == {
        n: {c.id for c in rules.clauses} for n, rules in FILES.items()
    }


def test_every_event_makes_something_due() -> None:
    assert set(EVENT_KINDS) == {clause.event for _, clause in clauses()}


def test_a_text_is_sent_for_grave_clauses_only() -> None:
    """A text costs attention: who adds one does it here too."""
    told = {c.id for n, c in clauses() if c.on_breach == "tell" and n == "maturing-wealth-product"}
    assert told == {"WP-13-R", "WP-14", "WP-20-D", "WP-22"}
    assert all(clause.remind_by == "page" for _, clause in clauses())


@pytest.mark.parametrize("name", PLAN_FILES)
def test_every_plan_stands_with_every_overlay(name: str) -> None:
    plan = load_plan(name, PLANS, tuple(OVERLAY_FILES))
    wanted = sum(len(FILES[each].clauses) for each in (name, *OVERLAY_FILES))
    assert len(plan.standing) == len({s.clause.id for s in plan.standing}) == wanted


@pytest.mark.parametrize("name", [DEFAULT, *OVERLAY_FILES])
def test_a_complaint_filed_at_head_office_has_an_owner_too(name: str) -> None:
    """Of the roles of each clause that a complaint brings, the last is found wherever it is."""
    for clause in FILES[name].clauses:
        if clause.event == "complaint_received":
            assert ROLE_LEVEL[clause.who[-1]] is Level.HEAD_OFFICE, clause.id
