"""Regulator cases (监管转办, WP-20) on a real database, with due times counted by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.value import parse_complaint
from contacts.units import UnitValue, save_units
from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput
from core.words import Level
from escalation import my_duties
from escalation.duty_changes import Longer
from escalation.events import ByHand
from escalation.ids import complaint_number, regulator_case_number
from escalation.manual import ManualOpening
from escalation.regulator_acts import Consent, Contact, Receipt
from escalation.regulator_clocks import Deadline
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from escalation.regulator_view import Asked
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase

BUREAU = "国家金融监督管理总局上海监管局"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
WRITER, LEADER = By("web:branch_contact:11", "联系人"), By("web:branch_leader:12", "组长")
#: The same person in another seat is the same person.
WRITER_AS_LEADER = By("web:branch_leader:11", "联系人")


def at(text: str) -> datetime:
    """A moment of Shanghai: ``11-23 10:00``."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


class Desk:
    """A bank whose Shanghai branch has a regulator; Monday 23 November 2026, 10:00."""

    def __init__(self, db: TestDatabase, **given: Any) -> None:
        self.scene = Scene(db, **given)
        branch = UnitValue("SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=BUREAU)
        db.app.run(lambda c: save_units(c, [branch]))
        self.scene.house.reload_tree()
        self.db, self.desk = db, self.scene.engine.regulator

    def receive(self, number: str = "沪金转〔2026〕7号", **given: Any) -> dict[str, Any]:
        value = Receiving(**{
            "number": number, "unit": "SH", "received_at": self.scene.now(), "via": "letter",
            **given,
        })  # fmt: skip
        return self.desk.receive(value, WRITER)[0]

    def complaint(self, unit: str = "SH1", **given: Any) -> int:
        answer = self.scene.complain(unit, channel="regulator", **given)
        return complaint_number(str(answer["complaint"]))

    def contact(self, case: dict[str, Any], **given: Any) -> dict[str, Any]:
        value = Contact(**{"at": self.scene.now(), "via": "phone", "by": "员工7",
                           "to": "陈处长", "note": "已说明情况", **given})  # fmt: skip
        return self.desk.contact(number(case), value, WRITER)

    def receipt(self, **given: Any) -> Receipt:
        return Receipt(**{"at": self.scene.now(), "by": "员工7", "to": "收文岗",
                          "number": "沪收〔2026〕88号", **given})  # fmt: skip

    def approved(self, case: dict[str, Any]) -> dict[str, Any]:
        """Contacted, worked on, drafted and approved."""
        if case["state"] == "received":
            case = self.contact(case)
        if case["state"] == "contacted":
            case = self.desk.start(number(case), WRITER)
        case = self.desk.draft(number(case), "已核实并与客户达成一致", len(case["answers"]), WRITER)
        return self.desk.approve(number(case), case["answers"][0]["version"], LEADER)

    def duties(self) -> dict[str, Any]:
        """Each clause with its duty, the newest where there are several."""
        rows = self.db.app.read(lambda c: c.execute(sa.text(
            "SELECT d.*, u.code FROM duties d JOIN units u ON u.id = d.unit_id ORDER BY d.id"
        )).all())  # fmt: skip
        return {row.clause: row for row in rows}


def number(case: dict[str, Any]) -> int:
    return regulator_case_number(case["id"])


@pytest.fixture
def bank(db: TestDatabase) -> Desk:
    return Desk(db)


def test_wp20_the_whole_life_of_a_case_about_a_complaint(bank: Desk) -> None:
    """Received, contacted, worked on, answered, approved by another, filed, closed; every clock."""
    complaint = bank.complaint()
    case = bank.receive(
        complaints=(complaint,), about="客户投诉产品到期亏损",
        demands=(Wanted("十日内书面答复"), Wanted("报送录音", at("11-27 18:00"))),
    )  # fmt: skip
    assert (case["regulator"], case["level"], case["filing_unit"]) == (BUREAU, "bureau", "SH")
    owed = bank.duties()
    # Ten working days after Monday 23 November: to the end of Monday 7 December.
    assert owed["WP-20-D"].due_at == at("12-08 00:00") == datetime.fromisoformat(case["due_at"])
    assert (owed["WP-20-D"].code, owed["WP-20-D"].role) == ("SH", "branch_contact")
    assert owed["WP-20"].due_at == at("11-23 10:15") and "WP-20-Q" not in owed
    assert datetime.fromisoformat(case["next_due"]) == at("11-27 18:00")

    mine = bank.db.app.read(lambda c: my_duties.one(c, bank.scene.house, owed["WP-20-D"].id))
    assert mine["regulator_case"] == case["id"]

    with pytest.raises(Conflict):
        bank.desk.start(number(case), WRITER)
    bank.scene.later(minutes=10)
    case = bank.contact(case)
    assert case["state"] == "contacted"
    ended = bank.duties()["WP-20"]
    assert (ended.state, ended.breached_at) == ("fulfilled", None)
    assert ended.evidence["to"] == BUREAU and "陈处长" not in str(ended.evidence)

    case = bank.desk.start(number(case), WRITER)
    case = bank.desk.draft(number(case), "已核实，退还手续费", 0, WRITER)
    for writer in (WRITER, WRITER_AS_LEADER):
        with pytest.raises(Conflict, match="writer"):
            bank.desk.approve(number(case), 1, writer)
    with pytest.raises(Conflict):
        bank.desk.file(number(case), bank.receipt(), WRITER)
    case = bank.desk.approve(number(case), 1, LEADER)

    bank.scene.engine.record_event(
        ByHand("complaint_settled", complaint_id=complaint), "test"
    )  # what the receipt must end too
    assert bank.duties()["WP-20-F"].state == "open"
    case = bank.desk.file(number(case), bank.receipt(file=PDF), WRITER)
    assert case["state"] == "filed" and set(case["ended"]) == {"WP-20-D", "WP-20-F"}
    for name in ("WP-20-D", "WP-20-F"):
        duty = bank.duties()[name]
        assert (duty.state, duty.evidence["kind"]) == ("fulfilled", "regulator_receipt")
        assert duty.evidence["number"] == "沪收〔2026〕88号"
    (filing,) = case["filings"]
    file = bank.desk.file_of(number(case), filing["id"])
    assert file.content == PDF and file.sha256 == filing["sha256"]

    with pytest.raises(Conflict) as still:
        bank.desk.close(number(case), LEADER)
    assert still.value.extra["demands"] == [1, 2]
    bank.desk.settle(number(case), 1, "已书面答复", WRITER)
    bank.desk.withdraw(number(case), 2, "监管电话取消", WRITER)
    case = bank.desk.close(number(case), LEADER)
    assert case["state"] == "closed" and case["closed_at"]
    assert not bank.desk.listed(Asked())["cases"]


def test_the_same_number_of_the_same_regulator_is_the_same_case(bank: Desk) -> None:
    first = bank.receive("沪金转[2026] 7号")
    again = bank.desk.receive(
        Receiving("沪金转〔2026〕7号", "SH1", bank.scene.now(), "system",
                  complaints=(bank.complaint(),)), WRITER,
    )  # fmt: skip
    assert (again[0]["id"], again[1]) == (first["id"], False)
    assert len(again[0]["complaints"]) == 1 and again[0]["due_at"] == first["due_at"]
    other = bank.receive(regulator="国家金融监督管理总局江苏监管局")
    assert other["id"] != first["id"]


def test_an_inquiry_without_a_complaint_has_its_own_clock(bank: Desk) -> None:
    """WP-20-Q: at once; one recorded by hand under the same number is that one."""
    case = bank.receive()
    assert bank.duties()["WP-20-Q"].due_at == at("11-23 10:15")
    events = "SELECT count(*) FROM events WHERE event = 'regulator_inquiry'"
    bank.scene.engine.record_event(
        ByHand("regulator_inquiry", unit="SH", ref="沪金转〔2026〕7号"), "test"
    )
    assert bank.db.app.read(lambda c: c.scalar(sa.text(events))) == 1
    bank.contact(case)
    assert bank.duties()["WP-20-Q"].state == "fulfilled"


def test_an_inquiry_that_was_never_talked_about_ends_with_the_receipt(db: TestDatabase) -> None:
    """A plan whose inquiry takes the receipt alone: the filing ends it."""
    bank = Desk(db, plan=made_plan(
        clause("Q", event="regulator_inquiry", within="5wd", fulfilled_by=["regulator_receipt"]),
    ))  # fmt: skip
    case = bank.approved(bank.receive(deadline=Deadline("working_days", days=3)))
    assert bank.duties()["Q"].state == "open"
    filed = bank.desk.file(number(case), bank.receipt(), WRITER)
    assert set(filed["ended"]) == {"Q", "REG"}


@pytest.mark.parametrize(
    ("deadline", "due"),
    [
        (Deadline("working_days", days=5), "12-01 00:00"),  # 24, 25, 26, 27, Monday 30
        (Deadline("calendar_days", days=5), "12-01 00:00"),  # Saturday 28: to Monday 30
        (Deadline("calendar_days", days=4), "11-28 00:00"),  # Friday 27
        (Deadline("date", at=at("11-26 17:30")), "11-26 17:30"),
    ],
)
def test_what_the_regulator_names_goes_before_the_plan(
    bank: Desk, deadline: Deadline, due: str
) -> None:
    case = bank.receive(deadline=deadline)
    duty = bank.duties()["WP-20-D"]
    assert duty.due_at == at(due) == datetime.fromisoformat(case["due_at"])
    bank.db.set_time(at(due) - timedelta(seconds=1))
    bank.scene.work()
    assert bank.duties()["WP-20-D"].breached_at is None
    bank.scene.later(seconds=1)
    assert bank.duties()["WP-20-D"].breached_at == at(due)
    (line,) = bank.desk.listed(Asked("overdue"))["cases"]
    assert line["overdue"] and (line["id"], line["regulator"]) == (case["id"], BUREAU)


def test_a_plan_without_a_clause_takes_the_regulators_word_or_asks_for_it(
    db: TestDatabase,
) -> None:
    bank = Desk(db, plan=made_plan(clause("A")))
    with pytest.raises(InvalidInput) as caught:
        bank.receive()
    assert [f.field for f in caught.value.faults] == ["deadline"]
    bank.receive(deadline=Deadline("working_days", days=2))
    assert bank.duties()["REG"].due_at == at("11-26 00:00")


def test_a_deadline_moves_by_the_regulators_consent_alone(bank: Desk) -> None:
    case = bank.receive(deadline=Deadline("date", at=at("11-26 17:30")))
    duty = bank.duties()["WP-20-D"]
    with pytest.raises(Conflict):
        bank.scene.engine.extend_duty(duty.id, Longer("还在核实"), "test")
    with pytest.raises(Conflict):
        bank.scene.engine.prove_duty(duty.id, None, {
            "at": bank.scene.now().isoformat(), "by": "员工7", "to": "局", "number": "7",
        }, "test")  # fmt: skip
    value = Consent(Deadline("working_days", days=3), "陈处长", bank.scene.now(), "phone",
                    "监管同意延期")  # fmt: skip
    bank.scene.later(hours=1)
    case = bank.desk.extend(number(case), value, LEADER)
    # Three working days after Thursday 26 November: 27, Monday 30, Tuesday 1.
    assert datetime.fromisoformat(case["due_at"]) == at("12-02 00:00")
    moved = bank.duties()["WP-20-D"]
    assert moved.due_at == at("12-02 00:00") and moved.runs_from == duty.runs_from
    assert case["extensions"][0]["by"] == "陈处长"
    earlier = Consent(
        Deadline("date", at=at("11-25 12:00")), "陈", bank.scene.now(), "phone", "提前"
    )
    with pytest.raises(Conflict):
        bank.desk.extend(number(case), earlier, LEADER)
    ahead = Consent(value.deadline, "陈", bank.scene.now() + timedelta(hours=2), "phone", "延期")
    with pytest.raises(InvalidInput):
        bank.desk.extend(number(case), ahead, LEADER)


def test_more_is_asked_for_after_the_filing(bank: Desk) -> None:
    """The old clock stays as it ended; what is asked now has its own; the old reply is filed."""
    case = bank.approved(bank.receive())
    case = bank.desk.file(number(case), bank.receipt(), WRITER)
    case = bank.desk.close(number(case), LEADER)
    first = bank.duties()["WP-20-D"]
    bank.db.set_time(at("11-25 09:00"))
    case = bank.desk.supplement(
        number(case), Wanted("补充说明赔付依据", at("11-27 12:00")), at("11-25 08:50"), WRITER
    )
    assert (case["state"], case["round"], case["closed_at"]) == ("working", 1, None)
    second = bank.duties()["WP-20-D"]
    assert second.id != first.id and second.due_at == at("11-27 12:00")
    kept = bank.db.app.read(lambda c: c.execute(
        sa.text("SELECT state, due_at, ended_at FROM duties WHERE id = :id"), {"id": first.id}
    ).one())  # fmt: skip
    assert tuple(kept) == ("fulfilled", first.due_at, first.ended_at)
    with pytest.raises(Conflict):
        bank.desk.file(number(case), bank.receipt(), WRITER)
    case = bank.approved(case)
    case = bank.desk.file(number(case), bank.receipt(number="沪收〔2026〕99号"), WRITER)
    assert len(case["filings"]) == 2 and bank.duties()["WP-20-D"].state == "fulfilled"


def test_more_asked_before_the_filing_resets_no_clock(bank: Desk) -> None:
    case = bank.approved(bank.receive())
    before = bank.duties()["WP-20-D"]
    bank.scene.later(days=1)
    case = bank.desk.supplement(number(case), Wanted("另报录音"), bank.scene.now(), WRITER)
    assert (case["state"], case["round"]) == ("working", 0)
    assert case["answers"][0]["state"] == "superseded"
    after = bank.duties()["WP-20-D"]
    assert (after.id, after.due_at, after.calls) == (before.id, before.due_at, before.calls)


def test_it_is_filed_with_the_same_level_only(bank: Desk) -> None:
    case = bank.approved(bank.receive())
    with pytest.raises(InvalidInput) as caught:
        bank.desk.file(number(case), bank.receipt(regulator="国家金融监督管理总局"), WRITER)
    assert [f.field for f in caught.value.faults] == ["level"]
    with pytest.raises(InvalidInput) as caught:
        bank.desk.file(number(case), bank.receipt(to="", number=" ", at=at("11-23 09:00")), WRITER)
    assert {f.field for f in caught.value.faults} == {"to", "number", "at"}
    assert bank.desk.one(number(case))["state"] == "approved"


def test_a_case_of_the_national_regulator_is_head_offices_to_answer(bank: Desk) -> None:
    case = bank.receive(regulator="国家金融监督管理总局", unit="SH1")
    assert (case["level"], case["filing_unit"]) == ("national", "HO")
    assert (bank.duties()["WP-20-D"].code, bank.duties()["WP-20-D"].role) == ("HO", "ho_deputy")


def test_an_incident_is_opened_for_it_and_its_duties_proven_where_chosen(bank: Desk) -> None:
    case = bank.receive(action=True)
    assert "BO-08-L" not in bank.duties()  # another plan's clause
    case = bank.desk.open_incident(number(case), ManualOpening("SH1", "监管要求启动"), LEADER)
    assert case["incident"] and bank.scene.incident(case["incident"])["origin"] == "regulator"
    reported = bank.duties()["WP-13-R"]
    case = bank.approved(case)
    case = bank.desk.file(number(case), bank.receipt(duties=(reported.id,)), WRITER)
    assert "WP-13-R" in case["ended"]
    with pytest.raises(Conflict):
        bank.desk.open_incident(number(case), ManualOpening("SH1", "再开"), LEADER)


def test_a_measure_is_reported_upwards_where_the_plan_says_so(db: TestDatabase) -> None:
    """BO-08: loss, damage to the name or a regulator's action."""
    bank = Desk(db, plan=made_plan(
        clause("BO-08-L", event="damage_or_action", who=["branch_contact"], within="1wd",
               fulfilled_by=["report_receipt"]),
    ))  # fmt: skip
    bank.receive(action=True, deadline=Deadline("working_days", days=5))
    assert bank.duties()["BO-08-L"].due_at == at("11-25 00:00")


def test_a_complaint_linked_later_is_told_by_the_contact_that_was_made(bank: Desk) -> None:
    case = bank.receive(received_at=MORNING)
    complaint = bank.complaint()
    case = bank.contact(case)
    assert bank.duties()["WP-20"].state == "open"
    bank.desk.link_complaint(number(case), complaint, WRITER)
    assert bank.duties()["WP-20"].state == "fulfilled"


def test_what_is_due_to_whom_is_listed_the_overdue_first(bank: Desk) -> None:
    bank.receive("甲1", deadline=Deadline("date", at=at("11-23 20:00")))
    bank.receive("甲2", demands=(Wanted("先报", at("11-23 12:00")),))
    bank.receive("乙1", regulator="中国人民银行", deadline=Deadline("date", at=at("11-24 09:00")))
    bank.db.set_time(at("11-23 13:00"))
    due = bank.desk.due()
    (office,) = due["regulators"]
    assert [(i["number"], i["demand"], i["overdue"]) for i in office["items"]] == [
        ("甲2", 1, True), ("甲1", None, False),
    ]  # fmt: skip
    assert [o["regulator"] for o in bank.desk.due(1)["regulators"]] == [BUREAU, "中国人民银行"]
    figures = bank.desk.listed(Asked())["figures"]
    assert (figures["open"], figures["overdue"], figures["today"]) == (3, 1, 1)
    assert [c["number"] for c in bank.desk.listed(Asked(text="甲"))["cases"]] == ["甲2", "甲1"]
    assert [c["number"] for c in bank.desk.listed(Asked(regulator="中国人民银行"))["cases"]] == [
        "乙1"
    ]


def test_words_are_sealed_and_shown_masked(bank: Desk) -> None:
    client = {"name": "欧阳雪梅", "phone": "13912345678"}
    answer = bank.scene.engine.take_complaint(parse_complaint({
        "source": "test", "source_ref": "r-seal", "unit": "SH1", "channel": "regulator",
        "received_at": bank.scene.now().isoformat(), "client": client,
    }), "test").answer  # fmt: skip
    case = bank.receive(
        complaints=(complaint_number(str(answer["complaint"])),),
        about="欧阳雪梅反映",
        demands=(Wanted("2026-11-30前答复欧阳雪梅（13912345678）"),),
    )
    case = bank.contact(case, note="欧阳雪梅一事已说明")
    said = str(case)
    assert "欧阳雪梅" not in said and "13912345678" not in said
    assert case["demands"][0]["text"].startswith("2026-11-30前答复欧阳**")
    assert case["complaints"][0]["clients"] == ["欧阳**"]
    bank.desk.start(number(case), WRITER)
    for text in ("欧阳雪梅已获赔", "已致电 139-1234-5678"):
        with pytest.raises(InvalidInput) as caught:
            bank.desk.draft(number(case), text, 0, WRITER)
        assert [f.field for f in caught.value.faults] == ["text"]
    kept = bank.db.app.read(lambda c: str([
        c.execute(sa.text(f"SELECT * FROM {table}")).all()
        for table in ("journal", "regulator_cases", "regulator_demands", "regulator_contacts",
                      "duties", "events")
    ]))  # fmt: skip
    assert "欧阳雪梅" not in kept and "13912345678" not in kept and "陈处长" not in kept


def test_words_about_an_erased_client_are_shown_no_more(bank: Desk) -> None:
    """Nobody can mask a name that is not known any more."""
    complaint = bank.complaint(client={"name": "欧阳雪梅", "phone": "13912345678"})
    case = bank.receive(complaints=(complaint,), demands=(Wanted("答复欧阳雪梅"),))
    client = bank.db.app.read(lambda c: c.scalar(sa.text(
        "SELECT client_id FROM complaint_parties WHERE complaint_id = :id"), {"id": complaint}
    ))  # fmt: skip
    bank.scene.engine.files.erase_client(client, "客户要求删除", "test")
    shown = bank.desk.one(number(case))
    assert "欧阳雪梅" not in str(shown)
    assert shown["demands"][0]["text"] == "（已删除）"
