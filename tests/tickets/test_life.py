"""The state machine: no path skips a required step, loses evidence, or settles a held dispute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.ticket_life import (
    ORDER,
    Act,
    Entry,
    Life,
    Position,
    Step,
    after,
    next_step,
    position,
    refusals,
    rules_of,
    stage,
)  # fmt: skip
from complaints.ticket_words import said
from escalation.plan_file import load_plan

PLANS = {
    name: load_plan(name, Path("plans")).life
    for name in ("maturing-wealth-product", "futures-complaints", "business-office",
                 "securities-complaints", "service-guide")
}  # fmt: skip
PEOPLE = ("ann", "bob")
ROLES = ("ho_executive", "ho_risk_officer", "sub_head")


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A plan's own way, or any other that has the three steps that every complaint has."""
    if draw(st.booleans()):
        return PLANS[draw(st.sampled_from(sorted(PLANS)))]
    always = {Step.ACCEPT, Step.TELL, Step.ARCHIVE}
    steps = [s for s in ORDER if s in always or draw(st.booleans())]
    return Life(
        rules_of([
            (s, s not in always and draw(st.booleans()),
             draw(st.sampled_from([(), ("A",)])) if s not in always else ())
            for s in steps
        ]),
        draw(st.booleans()), frozenset(draw(st.sets(st.sampled_from(ROLES[:2])))),
    )  # fmt: skip


@st.composite
def acts(draw: st.DrawFn) -> Entry:
    act = draw(st.sampled_from([*(s.value for s in Step), *(a.value for a in Act)]))
    facts: dict[str, Any] = {}
    if act == Step.SCREEN:
        facts["in_scope"] = draw(st.booleans())
    elif act == Step.CLASSIFY:
        facts["class"] = draw(st.sampled_from(["A", "B"]))
    elif act == Step.CONFIRM_CLASS:
        facts["agreed"] = draw(st.booleans())
    elif act == Step.APPROVE:
        facts["approved"] = draw(st.booleans())
    elif act == Act.SKIP:
        facts["step"] = draw(st.sampled_from([s.value for s in Step]))
    return Entry(act, facts, draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(ROLES)))


def walk(life: Life, tried: list[Entry]) -> list[Entry]:
    """The acts that were let through."""
    stands, file = Position(), []
    for entry in tried:
        if not refusals(life, stands, entry):
            stands = after(stands, entry)
            file.append(entry)
    return file


@st.composite
def walks(draw: st.DrawFn) -> tuple[Life, list[Entry]]:
    """A life, and acts of which many follow its steps, so that ends are reached."""
    life = draw(lives())
    stands, file = Position(), []
    for _ in range(draw(st.integers(0, 60))):
        entry = draw(acts())
        coming = next_step(life, stands)
        if coming is not None and draw(st.integers(0, 3)):
            facts = {"in_scope": True, "class": "A", "agreed": True, "approved": True}
            entry = Entry(coming.value, facts, draw(st.sampled_from(PEOPLE)),
                          draw(st.sampled_from(ROLES)))  # fmt: skip
        if not refusals(life, stands, entry):
            stands = after(stands, entry)
            file.append(entry)
    return life, file


@given(walks())
@settings(max_examples=400, deadline=None)
def test_nothing_is_archived_with_a_required_step_undone(walked: tuple[Life, list[Entry]]) -> None:
    life, file = walked
    for number, entry in enumerate(file):
        if entry.act != Step.ARCHIVE:
            continue
        before = position(file[:number])
        for rule in life.asked(before):
            if rule.step is Step.ARCHIVE:
                continue
            assert rule.step in before.done or (rule.needed and rule.step in before.skipped), rule


@given(walks())
@settings(max_examples=400, deadline=None)
def test_a_step_comes_after_every_step_before_it(walked: tuple[Life, list[Entry]]) -> None:
    life, file = walked
    for number, entry in enumerate(file):
        if entry.act not in set(Step):
            continue
        before = position(file[:number])
        asked = [r.step for r in life.asked(before)]
        assert entry.act in asked
        assert all(before.passed(s) for s in asked[: asked.index(Step(entry.act))])


@given(walks())
@settings(max_examples=400, deadline=None)
def test_a_dispute_is_settled_by_nobody_before_its_decision(
    walked: tuple[Life, list[Entry]],
) -> None:
    life, file = walked
    for number, entry in enumerate(file):
        before = position(file[:number])
        if before.held and entry.act in (Step.APPROVE, Step.CARRY_OUT, Step.TELL, Act.ON_THE_SPOT):
            decided = {e.role for e in file[:number] if e.act == Act.DECIDE}
            assert life.deciders <= decided


@given(walks())
@settings(max_examples=400, deadline=None)
def test_a_plan_is_carried_out_only_as_somebody_else_approved_it(
    walked: tuple[Life, list[Entry]],
) -> None:
    life, file = walked
    asks = {r.step for r in life.steps if not r.needed and not r.classes}
    if not {Step.PLAN, Step.APPROVE, Step.CARRY_OUT} <= asks:
        return
    for number, entry in enumerate(file):
        if entry.act != Step.CARRY_OUT:
            continue
        before = file[:number]
        last = max(n for n, e in enumerate(before) if e.act == Step.PLAN)
        approvals = [e for e in before[last:] if e.act == Step.APPROVE and e.facts["approved"]]
        assert any(e.actor != before[last].actor for e in approvals)


@given(walks(), acts())
@settings(max_examples=400, deadline=None)
def test_rounds_only_grow_and_an_end_is_an_end(
    walked: tuple[Life, list[Entry]], more: Entry
) -> None:
    life, file = walked
    stands = position(file)
    again = after(stands, more) if not refusals(life, stands, more) else stands
    assert again.round in (stands.round, stands.round + 1)
    assert (again.round > stands.round) == (again is not stands and more.act == Act.REOPEN)
    if stands.end in ("withdrawn", "misfiled", "merged"):
        assert again is stands or more.act == Act.NOTE
    assert stage(life, stands) in {*(s.value for s in Step), "archived", "withdrawn", "misfiled",
                                   "merged"}  # fmt: skip


@given(walks(), acts())
@settings(max_examples=200, deadline=None)
def test_every_refusal_is_said_in_both_languages(
    walked: tuple[Life, list[Entry]], more: Entry
) -> None:
    life, file = walked
    found = refusals(life, position(file), more)
    if found:
        assert said(found, "zh") and said(found, "en").isascii()


@given(walks())
@settings(max_examples=300, deadline=None)
def test_the_next_step_may_always_be_taken(walked: tuple[Life, list[Entry]]) -> None:
    """Nobody is stuck: the step that is shown as the next one is not refused to somebody."""
    life, file = walked
    stands = position(file)
    coming = next_step(life, stands)
    if coming is None or stands.held or stands.objection:
        return
    facts = {"in_scope": True, "class": "A", "agreed": True, "approved": True}
    tried = [Entry(coming.value, facts, person, "sub_head") for person in (*PEOPLE, "eve")]
    assert any(not refusals(life, stands, e) for e in tried), (coming, stands)


@pytest.mark.parametrize("plan", sorted(PLANS))
def test_every_plan_can_be_walked_to_its_archive(plan: str) -> None:
    life = PLANS[plan]
    stands, number = Position(), 0
    while (coming := next_step(life, stands)) is not None:
        facts = {"in_scope": True, "class": "A", "agreed": True, "approved": True}
        entry = Entry(coming.value, facts, PEOPLE[number % 2], "sub_head")
        assert not refusals(life, stands, entry)
        stands, number = after(stands, entry), number + 1
    assert stands.end == "archived"
