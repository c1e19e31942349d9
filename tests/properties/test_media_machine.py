"""A statement under every order of acts: nothing is issued that another has not approved.

The machine is asked to do anything by anybody; what it allows is held against what has to be true.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, InvalidInput, NotAllowed
from escalation import media_rules as rules
from escalation.media_rules import OUTCOMES, VERDICTS, Known, Statement, refuse_settling

PEOPLE = ("林公关", "王联系", "陈组长")
ACTS = ("draft", "approve", "return", "issue")
_moves = st.lists(
    st.tuples(st.sampled_from(ACTS), st.sampled_from(PEOPLE), st.sampled_from((0, 0, 0, -1, 1))),
    max_size=40,
)


@dataclass
class Course:
    """What has happened to a statement, told beside the machine: by plain bookkeeping."""

    now: Statement = field(default_factory=Statement)
    wrote: list[tuple[int, str]] = field(default_factory=list)
    approved: dict[int, str] = field(default_factory=dict)
    returned: set[int] = field(default_factory=set)
    issued: list[int] = field(default_factory=list)

    def do(self, act: str, by: str, off: int) -> None:
        """Try it as somebody who saw a version; the machine may refuse."""
        seen = self.now.version + off
        if act == "draft":
            self.now = rules.draft(self.now, by, seen)
            self.wrote.append((self.now.version, by))
        elif act == "approve":
            self.now = rules.approve(self.now, by, seen)
            self.approved[seen] = by
        elif act == "return":
            self.now = rules.give_back(self.now, seen)
            self.returned.add(seen)
        else:
            self.now = rules.issue(self.now, seen)
            self.issued.append(seen)
        assert off == 0, "an act on a version that was not the latest"

    def drafters(self, version: int) -> set[str]:
        """Who wrote of it: since the last version that was issued before."""
        last = max((n for n in self.issued if n < version), default=0)
        return {who for n, who in self.wrote if last < n <= version}


@given(_moves)
def test_whatever_is_tried_only_what_another_approved_is_issued(
    moves: list[tuple[str, str, int]],
) -> None:
    course = Course()
    for act, by, off in moves:
        before = course.now
        try:
            course.do(act, by, off)
        except (Conflict, NotAllowed):
            assert course.now == before
        for version in course.issued:
            assert course.approved[version] not in course.drafters(version)
            assert version not in course.returned
        if course.now.state == "approved":
            assert course.approved[course.now.version] not in course.drafters(course.now.version)
    assert [n for n, _ in course.wrote] == list(range(1, len(course.wrote) + 1))
    assert len(course.issued) == len(set(course.issued))


@given(_moves, st.sampled_from(PEOPLE))
def test_an_edit_after_the_approval_asks_for_a_new_one(
    moves: list[tuple[str, str, int]], editor: str
) -> None:
    course = Course()
    for act, by, off in moves:
        try:
            course.do(act, by, off)
        except (Conflict, NotAllowed):
            continue
    course.do("draft", editor, 0)
    with pytest.raises(Conflict):
        rules.issue(course.now, course.now.version)
    with pytest.raises(NotAllowed):
        rules.approve(course.now, editor, course.now.version)


@given(_moves)
def test_it_can_always_go_on_to_be_issued(moves: list[tuple[str, str, int]]) -> None:
    """No order of acts leads to where nothing more can be said, as long as one person has not
    written of it."""
    course = Course()
    for act, by, off in moves:
        try:
            course.do(act, by, off)
        except (Conflict, NotAllowed):
            continue
    course.do("draft", PEOPLE[0], 0)
    course.do("approve", "从未起草的人", 0)
    course.do("issue", PEOPLE[0], 0)
    assert course.now.state == "issued"


_answers = st.frozensets(st.sampled_from(("corrected", "withdrawn", "refused", "silent")))


@given(
    st.sampled_from((None, *VERDICTS)), _answers, st.booleans(), st.booleans(),
    st.sampled_from(OUTCOMES), st.lists(st.sampled_from(("statement", "holding")), max_size=2),
)  # fmt: skip
def test_settling_rests_on_what_was_done(
    verdict: rules.Verdict | None, answers: frozenset[str], issued: bool, talked: bool,
    outcome: rules.Outcome, pending: list[str],
) -> None:  # fmt: skip
    known = Known(verdict, answers, issued, talked)
    try:
        refuse_settling(known, outcome, pending)
    except (Conflict, InvalidInput):
        return
    assert verdict is not None and not pending
    assert (outcome == "not_ours") == (verdict == "not_ours")
    if outcome in ("corrected", "refused"):
        assert verdict in ("wrong", "partly") and outcome in answers
    if outcome == "withdrawn":
        assert outcome in answers
    if outcome == "stated":
        assert issued
    if outcome == "subsided":
        assert verdict in ("right", "partly") and (talked or issued)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_finding_can_be_settled_somehow(verdict: rules.Verdict) -> None:
    done = Known(verdict, frozenset({"corrected", "withdrawn", "refused"}), True, True)
    settled = 0
    for outcome in OUTCOMES:
        try:
            refuse_settling(done, outcome)
        except InvalidInput:
            continue
        settled += 1
    assert settled
