"""A work order's life and the day's comparison, whatever happens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from complaints.hotline_rules import OVER, OWED, Order, Step, after, differences, shown

steps = st.lists(st.sampled_from(Step), max_size=30)
lists = st.dictionaries(
    st.text("abc123", min_size=1, max_size=3), st.sampled_from([s.value for s in Order])
)


def _walk(taken: list[Step]) -> list[tuple[Order, Step, Order]]:
    state, path = Order.OPEN, []
    for step in taken:
        reached = after(state, step)
        if reached is not None:
            path.append((state, step, reached))
            state = reached
    return path


@given(steps)
def test_it_ends_only_by_95558_and_never_goes_on(taken: list[Step]) -> None:
    path = _walk(taken)
    for state, step, reached in path:
        assert state not in OVER
        if reached in OVER:
            assert step in (Step.ACCEPT, Step.WITHDRAW)
        if step is Step.ACCEPT:
            assert state is Order.ANSWERED


@given(steps)
def test_it_is_accepted_only_after_an_answer_that_stands(taken: list[Step]) -> None:
    answered = False
    for _state, step, _reached in _walk(taken):
        if step in (Step.ACCEPT, Step.RETURN):
            assert answered
        if step is Step.ANSWER:
            assert not answered
        answered = step is Step.ANSWER or (answered and step in (Step.SUPPLEMENT, Step.URGE))


@given(steps)
def test_an_answer_is_owed_just_when_none_stands(taken: list[Step]) -> None:
    path = _walk(taken)
    state = path[-1][2] if path else Order.OPEN
    assert (after(state, Step.ANSWER) is not None) == (state in OWED)


@given(st.sampled_from(Order), st.booleans())
def test_what_95558_is_shown_is_one_of_six(state: Order, told: bool) -> None:
    assert shown(state, told) in {
        "received", "told", "answered", "returned", "closed", "withdrawn"
    }  # fmt: skip


@given(lists, lists)
def test_differences_make_one_list_of_the_other(
    theirs: dict[str, str], ours: dict[str, str]
) -> None:
    mended = dict(ours)
    for one in differences(theirs, ours):
        assert mended.get(one.number) == one.ours and theirs.get(one.number) == one.theirs
        if one.theirs is None:
            del mended[one.number]
        else:
            mended[one.number] = one.theirs
        assert (one.kind == "missing_here") == (one.ours is None)
        assert (one.kind == "missing_there") == (one.theirs is None)
    assert mended == theirs


@given(lists, lists)
def test_differences_are_the_same_from_both_sides(
    theirs: dict[str, str], ours: dict[str, str]
) -> None:
    here = {d.number for d in differences(theirs, ours)}
    assert here == {d.number for d in differences(ours, theirs)}
    assert differences(theirs, theirs) == []
