"""Regulator cases under the other plans and the statutory overlay, as they are shipped."""

from __future__ import annotations

from datetime import datetime

import pytest

from escalation.manual import ManualOpening
from escalation.plan_file import load_plan
from escalation.regulator_clocks import Deadline
from tests.engine.scene import PLANS, shipped_plan
from tests.engine.test_regulator_cases import LEADER, WRITER, Desk, at, number
from tests.postgres import TestDatabase

OTHERS = ("securities-complaints", "business-office", "futures-complaints", "service-guide")


@pytest.mark.parametrize("name", OTHERS)
def test_a_case_lives_under_every_plan(db: TestDatabase, name: str) -> None:
    """None of them has a clause of its own: what the regulator names runs all the same."""
    bank = Desk(db, plan=load_plan(name, PLANS))
    case = bank.receive(deadline=Deadline("working_days", days=5), action=True, unit="SH1")
    assert datetime.fromisoformat(case["due_at"]) == at("12-01 00:00")
    case = bank.desk.file(number(bank.approved(case)), bank.receipt(), WRITER)
    assert "REG" in case["ended"] and bank.duties()["REG"].state == "fulfilled"
    assert bank.desk.close(number(case), LEADER)["state"] == "closed"
    # BO-08: a measure of the regulator is reported to headquarters within a working day.
    owed = bank.duties().get("BO-08-L")
    assert (owed is not None) == (name == "business-office")
    if owed is not None:
        assert (owed.state, owed.due_at) == ("open", at("11-25 00:00"))


def test_sc11_the_superior_regulator_is_told_by_the_same_receipt(db: TestDatabase) -> None:
    """SC-11-R: within 24 hours of the incident, proven where whoever files it says so."""
    bank = Desk(db, plan=load_plan("securities-complaints", PLANS))
    case = bank.receive(deadline=Deadline("working_days", days=3))
    bank.desk.open_incident(number(case), ManualOpening("SH1", "监管转办重大投诉"), LEADER)
    owed = bank.duties()["SC-11-R"]
    assert (owed.due_at, owed.state) == (at("11-24 10:00"), "open")
    case = bank.approved(bank.desk.one(number(case)))
    assert "SC-11-R" in {one["clause"] for one in case["provable"]}
    plain = bank.duties()["SC-11-R"].id
    case = bank.desk.file(number(case), bank.receipt(duties=(plain,)), WRITER)
    assert "SC-11-R" in case["ended"]
    assert bank.duties()["SC-11-R"].evidence["number"] == "沪收〔2026〕88号"


def test_law_a_major_complaint_is_reported_by_the_same_receipt_where_chosen(
    db: TestDatabase,
) -> None:
    """LAW-M of the overlay: it stays open unless whoever files says that the receipt proves it."""
    bank = Desk(db, plan=shipped_plan("statutory-2020-3"))
    incident = bank.scene.gather(20)["incident"]
    bank.scene.work()
    case = bank.receive()
    case = bank.desk.link_incident(number(case), int(str(incident)[1:]), LEADER)
    major = bank.duties()["LAW-M"]
    assert major.state == "open"
    case = bank.desk.file(number(bank.approved(case)), bank.receipt(), WRITER)
    assert "LAW-M" not in case["ended"] and bank.duties()["LAW-M"].state == "open"
    other = bank.receive("沪金转8")
    other = bank.desk.link_incident(number(other), int(str(incident)[1:]), LEADER)
    filed = bank.desk.file(
        number(bank.approved(other)), bank.receipt(number="收9", duties=(major.id,)), WRITER
    )
    assert "LAW-M" in filed["ended"]
