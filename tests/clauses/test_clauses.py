"""Each clause on a real database: its event, its owner, its clock, its evidence, its breach."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation.clauses import Clause
from escalation.duty_changes import Longer
from escalation.vocabulary import AUTOMATIC, EVIDENCE_KINDS
from tests.clauses.bank import Bank
from tests.clauses.files import FILES, alone, clauses, expected

EXPECTED = expected()
ALL = clauses()
SECOND = timedelta(seconds=1)
each_clause = pytest.mark.parametrize(("name", "clause"), ALL, ids=[c.id for _, c in ALL])
EXTENDED = [(name, clause) for name, clause in ALL if clause.extension is not None]


@each_clause
def test_clock(bank: Bank, name: str, clause: Clause) -> None:
    """Born where and when it must be; breached at its due time, not a second before; then ended."""
    want = EXPECTED[name][clause.id]
    with bank.under(alone(name, clause)):
        owed = bank.fire(clause)
        born = owed.row
        assert (born.code, born.role) == (want.unit, want.role)
        assert born.due_at == want.due
        assert (born.plan, born.plan_version) == (name, FILES[name].version)
        assert born.rule["text"] == {"zh": clause.text.zh, "en": clause.text.en}
        assert born.workings["steps"] and not born.provisional
        assert owed.shown()["due_at"] == want.due.astimezone(SHANGHAI).isoformat()
        early = owed.at(want.due - SECOND)
        assert early.breached_at is None and early.state == "open"
        assert (early.warned_at is not None) == bool(clause.remind)
        late = owed.at(want.due)
        assert late.breached_at == want.due and late.state == "open"
        assert (owed.told() > 0) == (clause.on_breach == "tell")
        assert owed.shown()["breached"]
        if owed.incident is not None and born.event != "incident_stood_down":
            bank.end(owed.incident)


@each_clause
def test_evidence(bank: Bank, name: str, clause: Clause) -> None:
    """Each kind of evidence ends it, nothing else does, and what has ended is never breached."""
    want = EXPECTED[name][clause.id]
    with bank.under(alone(name, clause)):
        for kind in clause.fulfilled_by:
            owed = bank.fire(clause)
            bank.db.set_time(max(bank.now(), want.due - timedelta(minutes=5)))
            _refuses_what_is_no_proof(bank, owed.id, clause)
            owed.prove(kind)
            assert (owed.row.state, owed.row.evidence["kind"]) == ("fulfilled", kind)
            ended = owed.at(want.due + timedelta(days=1))
            assert ended.breached_at is None and owed.told() == 0
            if owed.incident is not None:
                bank.db.set_time(want.due)
                bank.end(owed.incident)


def _refuses_what_is_no_proof(bank: Bank, duty: int, clause: Clause) -> None:
    other = next(k for k in EVIDENCE_KINDS if k not in clause.fulfilled_by and k not in AUTOMATIC)
    with pytest.raises(Conflict):
        bank.engine.prove_duty(duty, other, {"at": "", "by": "某人"}, "test")
    whole = {"at": bank.now().isoformat(), "by": "李", "to": "监管局", "number": "7",
             "via": "电话", "note": "已办"}  # fmt: skip
    for kind in set(clause.fulfilled_by) - AUTOMATIC:
        for field in EVIDENCE_KINDS[kind].needs:
            with pytest.raises(InvalidInput) as caught:
                bank.engine.prove_duty(duty, kind, {**whole, field: ""}, "test")
            assert [fault.field for fault in caught.value.faults] == [field]


@pytest.mark.parametrize(
    ("name", "clause"),
    [(n, c) for n, c in ALL if c.extension is None],
    ids=[c.id for _, c in ALL if c.extension is None],
)
def test_no_extension(bank: Bank, name: str, clause: Clause) -> None:
    with bank.under(alone(name, clause)):
        owed = bank.fire(clause)
        value = Longer("还在核实", "2026-02-13T16:05:00+08:00", "电话", "领导", "ho_leader")
        with pytest.raises(Conflict):
            bank.engine.extend_duty(owed.id, value, "test")
        assert owed.row.due_at == EXPECTED[name][clause.id].due
        if owed.incident is not None:
            bank.end(owed.incident)


#: Clause -> the due time after each extension, in Shanghai, counted by hand.
LONGER = {
    "SC-11-C": ["2026-03-20 00:00"],  # ten working days after Thursday 5 March
    "BO-02": ["2026-02-25 00:00", "2026-02-26 00:00"],  # each the next working day
    "SG-02": ["2026-05-20 00:00"],  # thirty after 2 April: Qingming, 1-5 May off, 9 May on
    "LAW-30": ["2026-04-16 00:00"],  # thirty days after Monday 16 March
}


@pytest.mark.parametrize(("name", "clause"), EXTENDED, ids=[c.id for _, c in EXTENDED])
def test_extension(bank: Bank, name: str, clause: Clause) -> None:
    """As often and as far as the clause says, with reason, client told and approval; no further."""
    rule = clause.extension
    assert rule is not None and set(LONGER) == {c.id for _, c in EXTENDED}
    role = rule.approval.value if rule.approval else None
    good = Longer("还在核实", "2026-02-13T16:05:00+08:00", "电话", "领导", role)
    bad = [
        Longer("", good.told_at, good.told_via, "领导", role),
        Longer("核实", None, None, "领导", role),
    ]
    if rule.approval:
        wrong = next(r for r in Role if r is not rule.approval)
        bad.append(Longer("核实", good.told_at, good.told_via, "领导", wrong.value))
        bad.append(Longer("核实", good.told_at, good.told_via, None, role))
    with bank.under(alone(name, clause)):
        owed = bank.fire(clause)
        for value in bad:
            with pytest.raises(InvalidInput):
                bank.engine.extend_duty(owed.id, value, "test")
        for due in LONGER[clause.id]:
            old = owed.row.due_at
            bank.engine.extend_duty(owed.id, good, "test")
            assert owed.row.due_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") == due
            assert owed.at(old).breached_at is None
        with pytest.raises(Conflict):
            bank.engine.extend_duty(owed.id, good, "test")
        last = owed.row.due_at
        assert owed.at(last - SECOND).breached_at is None
        assert owed.at(last).breached_at == last


REPLACING = [(name, clause) for name, clause in ALL if clause.replaces]


@pytest.mark.parametrize(("name", "clause"), REPLACING, ids=[c.id for _, c in REPLACING])
def test_replaced(bank: Bank, name: str, clause: Clause) -> None:
    """The clause that takes over ends the other's duty on the same complaint."""
    with bank.under(alone(name, clause)):
        row = bank.fire(clause).row
        states = bank.states_of_complaint(row.complaint_id)
    ended = {other: "waived" for other in clause.replaces if other in states}
    assert ended and states == {**ended, clause.id: "open"}
