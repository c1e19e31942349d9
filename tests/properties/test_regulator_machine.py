"""A regulator case under random acts: nothing is filed without approval, approved by its writer,
closed with an open demand, reset or lost (`complaints.regulator_case`, WP-20)."""

from __future__ import annotations

from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import given

from complaints import regulator_case as rules
from complaints.regulator_case import Case
from core.clock import SHANGHAI
from core.errors import Conflict
from tests.properties.profiles import both

START = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
ACTORS = [f"web:{role}:{number}" for role in ("contact", "leader") for number in (1, 2, 3)]
_ACTS = st.one_of(
    st.just(("contact",)),
    st.just(("start",)),
    st.tuples(st.sampled_from(["done", "withdrawn"]), st.integers(1, 4)),
    st.tuples(st.just("draft"), st.sampled_from(ACTORS)),
    st.tuples(st.just("approve"), st.sampled_from(ACTORS)),
    st.just(("return",)),
    st.just(("file",)),
    st.just(("supplement",)),
    st.tuples(st.just("extend"), st.integers(-3, 9)),
    st.just(("close",)),
)
#: What leads somewhere, so that the far states are met too.
_LIFE = [("contact",), ("start",), ("draft", ACTORS[0]), ("approve", ACTORS[1]), ("file",)]
_LIVES = st.lists(st.one_of(_ACTS, st.sampled_from(_LIFE)), max_size=60).map(
    lambda acts: [
        step for n, act in enumerate(acts) for step in ([act] if n % 7 else [*_LIFE, act])
    ]
)


def _after(case: Case, act: tuple[object, ...]) -> Case:
    name, *more = act
    given_ = str(more[0]) if more else ""
    if name in ("done", "withdrawn"):
        return rules.settle(case, int(given_), "done" if name == "done" else "withdrawn")
    if name == "extend":
        assert case.due_at is not None
        return rules.extend(case, case.due_at + timedelta(days=int(given_)))
    if name == "supplement":
        return rules.supplement(case, None)
    if name in ("draft", "approve"):
        return (rules.draft if name == "draft" else rules.approve)(case, given_)
    return {
        "contact": rules.contact, "start": rules.start, "return": rules.give_back,
        "file": rules.file, "close": rules.close,
    }[str(name)](case)  # fmt: skip


def _holds(old: Case, act: tuple[object, ...], new: Case) -> None:
    """What must be true of every step."""
    # Nothing is lost: what was counted, asked, written, decided or filed stays.
    assert new.contacts >= old.contacts and new.filings >= old.filings and new.round >= old.round
    assert [(d.position, d.round, d.due_at) for d in new.demands[: len(old.demands)]] == [
        (d.position, d.round, d.due_at) for d in old.demands
    ]
    assert [(a.number, a.by) for a in new.answers[: len(old.answers)]] == [
        (a.number, a.by) for a in old.answers
    ]
    for before, after in zip(old.answers, new.answers, strict=False):
        assert before.state not in ("filed", "returned", "superseded") or after == before
    for asked, now in zip(old.demands, new.demands, strict=False):
        assert asked.state == "open" or now.state == asked.state
    # No clock is reset: the deadline moves by consent alone, and only to later.
    assert new.due_at == old.due_at or (act[0] == "extend" and new.due_at > old.due_at)  # type: ignore[operator]
    # What is filed was approved, by somebody who wrote no version of it.
    for answer in new.answers:
        if answer.state in ("approved", "filed"):
            assert answer.approved_by is not None
        if answer.state == "filed":
            assert answer.number in {a.number for a in old.answers}
    if new.filings > old.filings:
        assert old.state == "approved" and old.current is not None
        assert old.current.approved_by not in rules.writers(old)
    # Once a round: whatever was filed needs a new demand before anything is filed again.
    assert new.filings <= new.round + 1
    if new.state == "closed":
        assert new.filings and all(d.state != "open" for d in new.demands)
    if new.state in ("approved", "filed", "closed"):
        assert new.contacts


def _prove(acts: list[tuple[object, ...]]) -> None:
    case = Case(due_at=START + timedelta(days=10))
    for act in acts:
        try:
            new = _after(case, act)
        except Conflict:
            continue
        _holds(case, act, new)
        case = new


test_no_life_skips_a_step_or_loses_anything = both(given(_LIVES)(_prove))


@both
@given(_LIVES, st.sampled_from(ACTORS))
def test_a_writer_never_approves_whatever_seat_they_take(
    acts: list[tuple[object, ...]], actor: str
) -> None:
    case = Case(due_at=START)
    for act in [*acts, ("draft", actor)]:
        try:
            case = _after(case, act)
        except Conflict:
            continue
    if case.state == "drafted" and rules.person_of(actor) in rules.writers(case):
        same = [a for a in ACTORS if rules.person_of(a) == rules.person_of(actor)]
        for mine in same:
            try:
                rules.approve(case, mine)
            except Conflict:
                continue
            raise AssertionError(mine)


def test_every_state_is_reached() -> None:
    """The property is not true for want of cases: the plain life passes through all of them."""
    case, seen = Case(due_at=START), ["received"]
    for act in [*_LIFE, ("close",)]:
        case = _after(case, act)
        seen.append(case.state)
    assert tuple(seen) == rules.STATES


def test_a_number_is_one_number_however_it_is_written() -> None:
    same = {
        rules.number_key(t)
        for t in ("沪金转〔2026〕7号", "沪金转[2026]7号", " 沪金转【２０２６】7 号")
    }
    assert len(same) == 1
    assert rules.level_of("国家金融监督管理总局") == "national"
    assert rules.level_of("国家金融监督管理总局上海监管局") == "bureau"
    assert rules.level_of("国家金融监督管理总局苏州监管分局") == "local"
