"""FC-10 and scope, by the state machine alone: no way past a decision, no step passed over."""

from __future__ import annotations

import pytest

from complaints.ticket_life import Act, Entry, Life, Position, Step, after, refusals, stage
from tests.tickets.test_life import PLANS

FC = PLANS["futures-complaints"]
EXECUTIVE = Entry(Act.DECIDE, {"allowed": True}, "ann", "ho_executive")
OFFICER = Entry(Act.DECIDE, {"allowed": True}, "bob", "ho_risk_officer")


def go(life: Life, *entries: Entry) -> Position:
    """Where these acts lead; none of them is refused."""
    stands = Position()
    for entry in entries:
        assert not refusals(life, stands, entry), entry
        stands = after(stands, entry)
    return stands


def to(step: Step, **facts: object) -> list[Entry]:
    """A life of a future's complaint up to before a step."""
    said = {"in_scope": True, "class": "service", "approved": True, "outcome": "settled", **facts}
    return [Entry(s.value, said, "eve") for s in (
        Step.ACCEPT, Step.SCREEN, Step.REGISTER, Step.CLASSIFY, Step.ROUTE, Step.CONTACT,
        Step.INVESTIGATE, Step.PLAN) if list(Step).index(s) < list(Step).index(step)]  # fmt: skip


def _codes(life: Life, stands: Position, entry: Entry) -> set[str]:
    return {code for code, _what in refusals(life, stands, entry)}


def test_a_dispute_named_at_classification_holds() -> None:
    stands = go(FC, *to(Step.APPROVE, kinds=["economic_dispute"]))
    assert stands.held
    assert "undecided" in _codes(FC, stands, Entry(Step.APPROVE, {"approved": True}, "bob"))


def test_one_person_does_not_give_both_decisions() -> None:
    stands = go(FC, *to(Step.APPROVE), Entry(Act.DISPUTE), EXECUTIVE)
    twice = Entry(Act.DECIDE, {"allowed": True}, "ann", "ho_risk_officer")
    assert _codes(FC, stands, twice) == {"own_decision"}
    assert not refusals(FC, stands, OFFICER)


def test_a_decision_against_settles_nothing_and_lets_it_be_explained() -> None:
    against = Entry(Act.DECIDE, {"allowed": False}, "bob", "ho_risk_officer")
    stands = go(FC, *to(Step.APPROVE, compensation="100"), Entry(Act.DISPUTE), EXECUTIVE, against)
    assert "denied" in _codes(FC, stands, Entry(Step.APPROVE, {"approved": True}, "bob"))
    stands = go(FC, *to(Step.APPROVE), Entry(Act.DISPUTE), EXECUTIVE, against,
                Entry(Act.SKIP, {"step": "approve"}), Entry(Step.CARRY_OUT))  # fmt: skip
    assert _codes(FC, stands, Entry(Step.TELL, {"outcome": "settled"})) == {"denied"}
    assert not refusals(FC, stands, Entry(Step.TELL, {"outcome": "refused"}))


def test_settled_on_the_spot_and_then_disputed_is_not_filed_undecided() -> None:
    stands = go(FC, *to(Step.SCREEN), Entry(Act.ON_THE_SPOT), Entry(Act.DISPUTE))
    assert "undecided" in _codes(FC, stands, Entry(Step.ARCHIVE))


def test_screened_in_again_the_client_is_told_the_result() -> None:
    out = [*to(Step.SCREEN), Entry(Step.SCREEN, {"in_scope": False}), Entry(Step.TELL)]
    stands = go(FC, *out)
    again = Entry(Step.SCREEN, {"in_scope": True})
    assert _codes(FC, stands, again) == {"too_late"}
    stands = after(stands, Entry(Act.REOPEN))
    assert stage(FC, stands) == Step.SCREEN and not stands.out_of_scope


@pytest.mark.parametrize("step", [Step.CLASSIFY, Step.INVESTIGATE])
def test_what_the_client_was_told_stands_where_the_class_has_no_plan(step: Step) -> None:
    """BO class E: no step between the finding and the answer."""
    life = PLANS["business-office"]
    stands = go(life, *(Entry(s.value, {"class": "E"}, "eve") for s in (
        Step.ACCEPT, Step.REGISTER, Step.CLASSIFY, Step.CONTACT, Step.INVESTIGATE,
        Step.TELL)))  # fmt: skip
    assert "too_late" in _codes(life, stands, Entry(step, {"class": "D"}))


def test_whoever_classified_does_not_confirm() -> None:
    life = PLANS["service-guide"]
    stands = go(life, Entry(Step.ACCEPT), Entry(Step.CLASSIFY, {"class": "product"}, "ann"))
    agreed = {"agreed": True}
    assert _codes(life, stands, Entry(Step.CONFIRM_CLASS, agreed, "ann")) == {"own_class"}
    assert not refusals(life, stands, Entry(Step.CONFIRM_CLASS, agreed, "bob"))
