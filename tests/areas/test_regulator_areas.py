"""Whose a regulator case is: the unit's that it came to, and that of each complaint it is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from core.errors import Conflict, NotAllowed, NotFound
from escalation.ids import complaint_number, regulator_case_number
from escalation.regulator_acts import Contact, Receipt
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from escalation.regulator_view import Asked
from tests.areas.story import SECRET, Story, told
from tests.postgres import Cluster

NATIONAL = "国家金融监督管理总局"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
CLERK, LEADER = By("web:duty_officer:1", "总行员工"), By("web:ho_deputy:2", "副组长")


@pytest.fixture(scope="module")
def bank(cluster: Cluster) -> Iterator[Story]:
    """Own story: what is registered here would show in other files' counts."""
    db = cluster.fresh()
    story = Story(db)
    yield story
    story.close()
    db.close()


def _complaint(story: Story, unit: str) -> int:
    query = sa.text(
        "SELECT min(c.id) FROM complaints c JOIN units u ON u.id = c.unit_id WHERE u.code = :unit"
    )
    return int(story.db.app.read(lambda c: c.scalar(query, {"unit": unit})))


def _receive(story: Story, number: str, unit: str, *complaints: int) -> int:
    value = Receiving(
        number, unit, story.scene.now(), "letter", regulator=NATIONAL, complaints=complaints,
        about="两地客户反映", demands=(Wanted(f"核实{SECRET}客户0与上海客户0的投诉"),),
    )  # fmt: skip
    case, _new = story.scene.engine.regulator.receive(value, CLERK)
    return regulator_case_number(case["id"])


def test_a_case_about_a_branchs_complaint_is_seen_by_both(bank: Story) -> None:
    """Head office has it from the national regulator; each branch sees its own complaint of it,
    and no word of the other's client."""
    ours, theirs = _complaint(bank, "SH1"), _complaint(bank, "NJ1")
    case = _receive(bank, "金总转1", "HO", ours, theirs)
    whole = bank.engine("head_office").regulator.one(case)
    assert len(whole["complaints"]) == 2
    for who, number in (("shanghai", ours), ("xuhui", ours), ("nanjing", theirs)):
        desk = bank.engine(who).regulator
        seen = desk.one(case)
        assert [complaint_number(c["complaint"]) for c in seen["complaints"]] == [number]
        assert [c["id"] for c in desk.listed(Asked())["cases"]] == [seen["id"]]
        assert desk.due(31)["regulators"]
    assert f"{SECRET}客户0" not in told(bank.engine("shanghai").regulator.one(case))
    assert "上海客户0" not in told(bank.engine("nanjing").regulator.one(case))


def test_a_case_of_one_branch_is_nobody_elses(bank: Story) -> None:
    case = _receive(bank, "金总转2", "NJ", _complaint(bank, "NJ1"))
    assert bank.engine("nanjing").regulator.one(case)["number"] == "金总转2"
    desk = bank.engine("shanghai").regulator
    with pytest.raises(NotFound):
        desk.one(case)
    assert "金总转2" not in told(desk.listed(Asked(state="all"))) + told(desk.due(31))
    # The number is taken all the same, and no word of whose it is.
    value = Receiving("金总转2", "SH", bank.scene.now(), "letter", regulator=NATIONAL)
    with pytest.raises(Conflict) as taken:
        desk.receive(value, CLERK)
    assert "南京" not in str(vars(taken.value))


def test_the_unit_that_faces_the_regulator_answers_it(bank: Story) -> None:
    """A branch works on the national regulator's case; head office approves and files it."""
    case = _receive(bank, "金总转3", "SH", _complaint(bank, "SH1"))
    branch, head = bank.engine("shanghai").regulator, bank.engine("head_office").regulator
    now = bank.scene.now()
    branch.contact(case, Contact(now, "phone", "员工5", "陈处长", "已说明"), CLERK)
    branch.start(case, CLERK)
    branch.draft(case, "已核实", 0, CLERK)
    assert branch.one(case)["answers_here"] is False
    for verb in (
        lambda: branch.approve(case, 1, LEADER),
        lambda: branch.file(case, Receipt(now, "员工5", "收文岗", "7"), CLERK),
    ):
        with pytest.raises(NotAllowed):
            verb()
    head.approve(case, 1, LEADER)
    filed = head.file(case, Receipt(now, "员工1", "收文岗", "7", file=PDF), LEADER)
    assert filed["ended"]
    # The receipt's file is seen where the case is, though head office owes the duty it proves.
    (filing,) = branch.one(case)["filings"]
    assert branch.file_of(case, filing["id"]).content == PDF
    with pytest.raises(NotFound):
        bank.engine("nanjing").regulator.file_of(case, filing["id"])
