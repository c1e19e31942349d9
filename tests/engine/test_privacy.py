"""No client's name or number gets into what is kept for good by what somebody typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.ticket_forms import fill
from core.errors import Conflict, InvalidInput, NotFound
from core.rights import Access
from core.words import Role
from escalation.acknowledging import Acknowledgement
from escalation.archive_list import Wanted
from escalation.calendar_days import DayChange
from escalation.call_tree import CallResult
from escalation.command import Who
from escalation.duty_changes import Longer
from escalation.events import ByHand
from escalation.gatherings import Gathering
from escalation.handovers import Receiver
from escalation.ids import complaint_number, incident_number, regulator_case_number
from escalation.manual import ManualOpening
from escalation.media_values import By as MediaBy
from escalation.media_values import (
    Correction,
    Finding,
    Found,
    OutletAnswer,
    Reach,
    Report,
    Settling,
    Talk,
)
from escalation.privacy import has_number, names_a_client
from escalation.receptions import Arrival, RowChange, SheetChange
from escalation.regulator_acts import Consent, Contact, Receipt
from escalation.regulator_clocks import Deadline
from escalation.regulator_opening import Receiving
from escalation.regulator_store import By
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.review import Lesson, Signing
from escalation.security_calls import SecurityCall
from escalation.tasks import NewTask
from escalation.ticket_filters import Filters
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in

NAME, PHONE, DOCUMENT = "欧阳雪梅", "13912345678", "310101197001011234"
CLIENT = {"name": NAME, "phone": PHONE, "id_number": DOCUMENT, "account": "6222020200112233"}
BY = MediaBy("员工9", "pr_officer", "web:pr_officer", "person:9")
#: What somebody might type; every way of writing a number is the number.
NAMING = f"客户{NAME}称亏损"
DIALLED = f"已拨 {PHONE[:3]}-{PHONE[3:7]} {PHONE[7:]}"
CLERK = Worker("员工9", "sub_head", "web:sub_head")
DAYS = Deadline("working_days", days=2)
OFFICER = By("web:branch_contact:9", "员工9")
HEAD, OTHER = Who("员工9", "sub_head", "web:sub_head"), Who("员工5", "branch_leader", "web:x")


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    """A crowd of ten, one of them known, with duties of the incident, a complaint and a unit."""
    return Scene(db, plan=made_plan(
        clause("OF-COMPLAINT", extension={"within": "1h"}),
        clause("OF-INCIDENT", event="incident_opened", who=["sub_head"]),
        clause("OF-UNIT", event="emergency", who=["sub_head"]),
    ))  # fmt: skip


class Case:
    """The incident and complaint of a scene."""

    def __init__(self, scene: Scene) -> None:
        self.engine = scene.engine
        self.now = scene.now()
        self.account = sign_in(scene.db, unit="HO", roles=(Access.HEAD_OFFICE,)).viewer.id
        scene.crowd(9)
        answer = scene.complain(client=CLIENT)
        self.complaint = complaint_number(str(answer["complaint"]))
        self.incident = incident_number(str(answer["incident"]))
        self.engine.record_event(ByHand("emergency", unit="SH1"), "test")
        self.duties = dict(scene.db.app.read(lambda c: [
            tuple(r) for r in c.execute(sa.text("SELECT clause, id FROM duties ORDER BY id"))
        ]))  # fmt: skip
        self.engine.command.take(self.incident, HEAD)

    def prove(self, clause: str, **given: str) -> None:
        evidence = {"at": self.now.isoformat(), "by": "员工9", "number": "2026-7", **given}
        self.engine.prove_duty(self.duties[clause], "record", evidence, "test")

    def story(self, outlet: str) -> Report:
        return Report(outlet, "标题", Reach("small"), self.now, "https://news.example/1")

    def media(self) -> int:
        """A media case about the incident and the complaint; the same each time."""
        desk = self.engine.media
        number, new = desk.find(Found("SH1", "regional", self.story("晨报")), BY)
        if new:
            desk.link_incident(number, self.incident, BY)
            desk.link_complaint(number, self.complaint, BY)
        return int(number)

    def row(self) -> tuple[int, int]:
        if not self.engine.reception.sheet(self.incident)["rows"]:
            self.engine.reception.arrive(self.incident, None, Arrival("one-tap", 1), "test")
        row = self.engine.reception.sheet(self.incident)["rows"][0]
        return row["id"], row["version"]

    def place(self, **given: Any) -> None:
        row, version = self.row()
        change = RowChange(version, **given)
        self.engine.reception.change_row(self.incident, row, change, "test")

    def guide(self, text: str) -> None:
        sheet = self.engine.reception.sheet(self.incident)
        change = SheetChange(sheet["version"], guide=text)
        self.engine.reception.change_sheet(self.incident, None, change, "test")

    def task(self, **given: Any) -> int:
        due = self.now + timedelta(hours=1)
        new = NewTask(**{"title": "开放会议室", "unit": "SH1", "role": "sub_head",
                         "due_at": due, **given})  # fmt: skip
        return self.engine.command.assign_task(self.incident, HEAD, new)

    def report(self) -> int:
        listed = self.engine.reports.listed(self.incident)["reports"]
        if listed:
            return int(listed[0]["id"])
        begun = self.engine.reports.begin(self.incident, Beginning("first", "head_office"), "test")
        return int(begun["id"])

    def edit_report(self, text: str) -> None:
        held = self.engine.reports.one(self.incident, self.report())
        self.engine.reports.edit(
            self.incident, held["id"], held["version"], {"request": text}, "test"
        )

    def receipt(self, **given: Any) -> None:
        value = ReceiptValue(
            **{"at": self.now, "by": "员工9", "to": "总行", "via": "phone", **given}
        )
        for verb in (self.engine.reports.send, self.engine.reports.receive):
            with suppress(Conflict):  # what stands before the words: it is not signed yet
                verb(self.incident, self.report(), value, "test")
        self.engine.reports.phone(self.incident, self.report(), value, "test")

    def regulator_case(self) -> int:
        value = Receiving("转办7", "SH1", self.now, "letter", regulator="上海监管局",
                          complaints=(self.complaint,), deadline=DAYS)  # fmt: skip
        case, _new = self.engine.regulator.receive(value, OFFICER)
        return regulator_case_number(case["id"])

    def separate(self, text: str) -> None:
        sheet = self.engine.reception.sheet(self.incident)
        change = SheetChange(sheet["version"], separate_room=text)
        self.engine.reception.change_sheet(self.incident, None, change, "test")

    def room(self, text: str) -> None:
        row, version = self.row()
        change = RowChange(version, room=text)
        self.engine.reception.change_row(self.incident, row, change, "test")

    def end_offer(self, text: str) -> None:
        number = self.engine.command.offer(self.incident, HEAD, Receiver(OTHER.role))
        try:
            self.engine.command.decline(number, OTHER, text)
        finally:
            self.engine.command.withdraw(number, HEAD)

    def reassign(self, clause: str, text: str) -> None:
        self.engine.reassign_duty(self.duties[clause], unit_id=1, role="ho_deputy", person_id=None,
                                  reason=text, actor="test")  # fmt: skip


#: name of the field -> verbs that keep it, each about the incident or the complaint
KNOWING: list[tuple[str, Callable[[Case, str], object]]] = [
    ("number", lambda c, t: c.prove("OF-COMPLAINT", number=t)),
    ("via", lambda c, t: c.prove("OF-COMPLAINT", via=t)),
    ("number", lambda c, t: c.prove("OF-INCIDENT", number=t)),
    ("reason", lambda c, t: c.engine.waive_duty(c.duties["OF-INCIDENT"], "ho_leader", t, "test")),
    ("reason", lambda c, t: c.engine.extend_duty(c.duties["OF-COMPLAINT"], Longer(t), "test")),
    ("reason", lambda c, t: c.reassign("OF-COMPLAINT", t)),
    ("reason", lambda c, t: c.engine.correct_complaint(c.complaint, "withdrawn", t, "test")),
    ("reason", lambda c, t: c.engine.command.take(c.incident, OTHER, t)),
    ("note", lambda c, t: c.engine.command.offer(c.incident, HEAD, Receiver("branch_leader"), t)),
    ("reason", lambda c, t: c.end_offer(t)),
    ("reason", lambda c, t: c.engine.command.raise_to_large(c.incident, HEAD, t)),
    ("reason", lambda c, t: c.engine.command.lower(c.incident, HEAD, t)),
    ("reason", lambda c, t: c.engine.command.merge(c.incident, c.incident, HEAD, t)),
    ("reason", lambda c, t: c.engine.command.take_out(c.incident, HEAD, t)),
    ("reason", lambda c, t: c.engine.command.split(c.incident, ["unit:SH1"], HEAD, t)),
    ("reason", lambda c, t: c.engine.stand_down(c.incident, t, "test")),
    ("reason", lambda c, t: c.engine.close_incident(c.incident, t, "test")),
    ("reason", lambda c, t: c.engine.reopen_incident(c.incident, t, "test")),
    ("reason", lambda c, t: c.engine.tickets.hand_over(
        c.complaint, Hand("SH2", Role.SUB_HEAD, t), CLERK)),
    ("reason", lambda c, t: c.engine.tickets.decline_handover(c.complaint, t, CLERK)),
    ("number", lambda c, t: c.engine.tickets.do(
        c.complaint, fill("approve", {"approved": True, "number": t}), CLERK)),
    ("reason", lambda c, t: c.engine.tickets.reveal(c.complaint, t, "test")),
    ("reason", lambda c, t: c.engine.archive.file_in_clear(c.complaint, "own", t, "test")),
    ("note", lambda c, t: c.engine.acknowledge(c.incident, Acknowledgement(
        "员工5", Role.BRANCH_LEADER.value, "desk", note=t))),
    ("separate_room", lambda c, t: c.separate(t)),
    ("room", lambda c, t: c.room(t)),
    ("note", lambda c, t: c.engine.record_event(
        ByHand("objection", complaint_id=c.complaint, note=t), "test")),
    ("ref", lambda c, t: c.engine.record_event(
        ByHand("objection", complaint_id=c.complaint, ref=t), "test")),
]  # fmt: skip
#: Words of tables that the journal does not keep: read by many all the same.
KNOWING += [
    ("note", lambda c, t: c.prove("OF-COMPLAINT", note=t)),
    ("to", lambda c, t: c.prove("OF-COMPLAINT", to=t)),
    ("by", lambda c, t: c.prove("OF-COMPLAINT", by=t)),
    ("note", lambda c, t: c.prove("OF-INCIDENT", note=t)),
    ("to", lambda c, t: c.receipt(to=t)),
    ("text", lambda c, t: c.engine.command.write_note(c.incident, HEAD, t)),
    ("title", lambda c, t: c.task(title=t)),
    ("detail", lambda c, t: c.task(detail=t)),
    ("person", lambda c, t: c.task(person=t)),
    ("result", lambda c, t: c.engine.command.finish_task(c.task(), HEAD, t)),
    ("evidence", lambda c, t: c.engine.command.finish_task(c.task(), HEAD, "已办", t)),
    ("note", lambda c, t: c.engine.command.check_task(c.task(), OTHER, False, t)),
    ("reason", lambda c, t: c.engine.command.cancel_task(c.task(), HEAD, t)),
    ("to", lambda c, t: c.engine.command.offer(
        c.incident, HEAD, Receiver("branch_leader", t))),
    ("result", lambda c, t: c.engine.command.note_security_call(
        c.incident, HEAD, SecurityCall("110", c.now, t))),
    ("receiver", lambda c, t: c.place(receiver=t)),
    ("outcome", lambda c, t: c.place(outcome=t)),
    ("guide", lambda c, t: c.guide(t)),
    ("note", lambda c, t: c.engine.calls.note(c.incident, CallResult(
        1, "sub_head", True, c.now, "员工9", t), "test")),
    ("text", lambda c, t: c.engine.review.write_lesson(
        c.incident, Lesson(t, "员工9", "sub_head"), "test")),
    ("text", lambda c, t: c.engine.review.edit_lesson(c.incident, 1, 1, t, "test")),
    ("number", lambda c, t: c.engine.review.sign(
        c.incident, Signing("员工9", "sub_head", t), "test")),
    ("reason", lambda c, t: c.engine.reports.discard(c.incident, c.report(), t, "test")),
    ("reason", lambda c, t: c.engine.reports.correct_time(
        c.incident, c.report(), "drafted", c.now, t, "test")),
    ("request", lambda c, t: c.edit_report(t)),
    ("note", lambda c, t: c.engine.report_gathering(
        Gathering("SH1", 12, 0, c.now, "大堂经理", t), "test")),
    ("reported_by", lambda c, t: c.engine.report_gathering(
        Gathering("SH1", 12, 0, c.now, t), "test")),
    ("note", lambda c, t: c.engine.open_incident(ManualOpening("SH1", t), "test")),
    ("note", lambda c, t: c.engine.record_event(ByHand("emergency", unit="SH1", note=t), "test")),
]  # fmt: skip
#: A regulator case about the complaint; what is sealed may name its client.
KNOWING += [
    ("number", lambda c, t: c.engine.regulator.receive(
        Receiving(t, "SH1", c.now, "letter", regulator="上海监管局", complaints=(c.complaint,),
                  deadline=DAYS), OFFICER)),
    ("regulator", lambda c, t: c.engine.regulator.receive(
        Receiving("转9", "SH1", c.now, "letter", regulator=t, complaints=(c.complaint,),
                  deadline=DAYS), OFFICER)),
    ("by", lambda c, t: c.engine.regulator.contact(
        c.regulator_case(), Contact(c.now, "phone", t, "陈处长", "已说明"), OFFICER)),
    ("text", lambda c, t: c.engine.regulator.draft(c.regulator_case(), t, 0, OFFICER)),
    ("reason", lambda c, t: c.engine.regulator.extend(c.regulator_case(), Consent(
        DAYS, "陈处长", c.now, "phone", t), OFFICER)),
    ("to", lambda c, t: c.engine.regulator.file(
        c.regulator_case(), Receipt(c.now, "员工9", t, "7"), OFFICER)),
    ("number", lambda c, t: c.engine.regulator.file(
        c.regulator_case(), Receipt(c.now, "员工9", "收文岗", t), OFFICER)),
    ("note", lambda c, t: c.engine.regulator.open_incident(
        c.regulator_case(), ManualOpening("SH1", t), OFFICER)),
]  # fmt: skip
#: Of a media case about the incident and the complaint: what leaves the house, or is read by many.
KNOWING += [
    ("outlet", lambda c, t: c.engine.media.find(Found("SH1", "regional", c.story(t)), BY)),
    ("outlet", lambda c, t: c.engine.media.see_again(c.media(), c.story(t), BY)),
    ("note", lambda c, t: c.engine.media.record_finding(
        c.media(), Finding("wrong", c.now, t, "流水"), BY)),
    ("evidence", lambda c, t: c.engine.media.record_finding(
        c.media(), Finding("wrong", c.now, "事实", t), BY)),
    ("text", lambda c, t: c.engine.media.ask_correction(
        c.media(), Correction(1, c.now, t, "流水"), BY)),
    ("evidence", lambda c, t: c.engine.media.ask_correction(
        c.media(), Correction(1, c.now, "不实", t), BY)),
    ("note", lambda c, t: c.engine.media.note_answer(
        c.media(), OutletAnswer(1, c.now, "refused", t), BY)),
    ("outlet", lambda c, t: c.engine.media.log_talk(
        c.media(), Talk(c.now, "phone", "说明", outlet=t), BY)),
    ("text", lambda c, t: c.engine.media.draft_statement(c.media(), "statement", 0, t, BY)),
    ("via", lambda c, t: c.engine.media.issue_statement(c.media(), "statement", 1, t, BY)),
    ("note", lambda c, t: c.engine.media.settle(c.media(), Settling("stated", t), BY)),
    ("note", lambda c, t: c.engine.media.open_again(c.media(), t, BY)),
]  # fmt: skip
#: Verbs that take no words of a person about clients, or keep them elsewhere, and why.
ELSEWHERE = {
    "measure": "a figure", "keep_copy": "a file, sealed", "approve_statement": "no words",
    "return_statement": "sealed", "unlink_complaint": "sealed", "give_to": "sealed",
    "join": "sealed",
    "name_spokesperson": "staff, as who acts; a number is refused", "open_exposed": "a product",
    "save_contact": "journalists, sealed", "note_contact": "sealed",
    "save_feed": "keywords; any person's number is refused",
    "take_complaint": "the client's own data, in a table of their own",
    "take_batch": "as take_complaint",
    "inbound": "a text message that has come already: stored as it was sent",
    "receipt": "a gateway's delivery receipt",
    "fulfil_duty": "is prove_duty",
    "hand_over_many": "is hand_over", "accept_handover": "no words", "take_back": "no words",
    "link_previous": "no words", "send_up": "no words", "remove_view": "keeps no words",
    "accept": "no words", "accept_task": "no words", "raise_threat": "no words",
    "arrive": "numbers only", "count_onlookers": "numbers, and who counted",
    "settle": "sealed", "withdraw": "sealed", "supplement": "sealed", "give_back": "sealed",
    "start": "no words", "close": "no words", "printed": "no words", "link_complaint": "no words",
    "link_incident": "no words", "approve": "the reply, which was looked through, and is again",
    "reveal_people": "no words", "reveal_tree": "no words", "reveal_unit_tree": "no words",
    "begin": "the system's own sentences", "refreeze": "the system's own sentences",
    "sign": "the signer, who is staff; the fields were looked through when edited, and are again",
    "export": "a paper that was signed", "read_replies": "no words", "apply_receipts": "no words",
}  # fmt: skip
ELSEWHERE |= {
    "feed": "the client's own data and what is said of it, sealed",
    "answer": "the words are sealed; who answers is tried in tests/hotline",
    "say": "what is said is sealed", "compare": "numbers and states", "fetched": "no words",
    "send_again": "no words", "feedback_after": "no words: it numbers what it reads",
    "open_report": "no words",
}  # fmt: skip
#: They change nothing.
READING = {
    "cases", "case", "case_file", "media_list", "feeds", "daily",
    "order", "order_of", "source", "compared", "register", "page", "views",
    "for_viewer", "duty_callees",
    "board", "incident", "incidents", "clockworks", "sheet", "people", "tree", "unit_tree", "read",
    "listed", "one", "mine", "paper", "file", "duty_file", "due", "of_complaint", "file_of",
    "count", "reports", "report",
}  # fmt: skip
DAY = date(2026, 12, 5)
#: verbs that know no client: any person's number is refused
UNKNOWING: list[tuple[str, Callable[[Case, str], object]]] = [
    ("number", lambda c, t: c.prove("OF-UNIT", number=t)),
    ("reason", lambda c, t: c.engine.waive_duty(c.duties["OF-UNIT"], "ho_leader", t, "test")),
    ("reason", lambda c, t: c.reassign("OF-UNIT", t)),
    ("reason", lambda c, t: c.engine.set_calendar_day(DayChange(DAY, True, t), "test")),
    ("reason", lambda c, t: c.engine.clear_calendar_day(DAY, t, "test")),
    ("note", lambda c, t: c.engine.open_incident(ManualOpening("SH2", t), "test")),
    ("note", lambda c, t: c.engine.record_event(ByHand("emergency", unit="SH2", note=t), "test")),
    ("ref", lambda c, t: c.engine.record_event(ByHand("emergency", unit="SH2", ref=t), "test")),
    ("name", lambda c, t: c.engine.archive.save_view(c.account, t, Wanted())),
    ("product", lambda c, t: c.engine.archive.save_view(
        c.account, "视图", Wanted(Filters(product=(t,))))),
    ("reason", lambda c, t: c.engine.archive.export(Wanted(), t, "test")),
    ("note", lambda c, t: c.engine.report_gathering(
        Gathering("NJ1", 12, 0, c.now, "大堂经理", t), "test")),
]  # fmt: skip


def test_no_verb_is_forgotten(scene: Scene) -> None:
    """Every verb of every desk is tried below, or says above why it need not be."""
    engine = scene.engine
    desks = (engine, engine.command, engine.reception, engine.calls, engine.review, engine.reports,
             engine.hotline, engine.tickets, engine.regulator, engine.statistics,
             engine.archive, engine.media)  # fmt: skip
    verbs = {
        name for desk in desks for name, _ in inspect.getmembers(desk, inspect.ismethod)
        if not name.startswith("_")
    }  # fmt: skip
    works = [verb for _field, verb in KNOWING + UNKNOWING]
    works += [work for _name, work in inspect.getmembers(Case, inspect.isfunction)]
    tried = {name for work in works for name in work.__code__.co_names}
    assert verbs - tried <= set(ELSEWHERE) | READING
    assert (set(ELSEWHERE) | READING) <= verbs


def _refused(work: Callable[[], object]) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        work()
    assert all("客户" in f.remedy_zh and NAME not in str(vars(f)) for f in caught.value.faults)
    return [f.field for f in caught.value.faults]


def test_every_verb_that_keeps_words_refuses_a_clients(scene: Scene) -> None:
    case = Case(scene)
    for field, verb in KNOWING:
        for text in (NAMING, DIALLED, DOCUMENT):
            assert _refused(partial(verb, case, text)) == [field]
    for field, verb in UNKNOWING:
        for text in (DIALLED, f"证件{DOCUMENT}", "账号6222 0202 0011 2233"):
            assert _refused(partial(verb, case, text)) == [field]
    kept = scene.db.app.read(lambda c: str(c.execute(
        sa.text("SELECT reason, before, after FROM journal")).all()))  # fmt: skip
    for private in (NAME, PHONE, DOCUMENT, DIALLED, "6222 0202"):
        assert private not in kept


def test_other_words_are_taken(scene: Scene) -> None:
    case = Case(scene)
    for _field, verb in (
        KNOWING[:1] + KNOWING[7:8] + KNOWING[10:11] + KNOWING[18:20] + KNOWING[23:] + UNKNOWING
    ):
        with suppress(Conflict, NotFound):  # one verb may rule out the next; no word is refused
            verb(case, "按2026-11-22会议纪要〔2026〕12号办理，现场共12人")


def test_who_acts_may_share_a_clients_name(scene: Scene) -> None:
    case = Case(scene)
    scene.complain(client={"name": "王芳", "phone": "13700001111"})
    with pytest.raises(InvalidInput):
        case.engine.command.take(case.incident, OTHER, "王芳要求")
    namesake = Who("王芳", "branch_leader", "web:branch_leader")
    assert case.engine.command.take(case.incident, namesake, "王芳接管") > 0
    case.prove("OF-INCIDENT", by="王芳", via="王芳当面")
    case.place(receiver="王芳")
    case.task(person="王芳")


def test_staff_of_the_roster_and_offices_may_be_named_as_who_was_told(scene: Scene) -> None:
    case = Case(scene)
    scene.complain(client={"name": "员工5", "phone": "13700001111"})
    case.engine.command.write_note(case.incident, HEAD, "员工5已到现场")
    with pytest.raises(InvalidInput):
        case.prove("OF-INCIDENT", to="员工5 13700001111")
    case.prove("OF-INCIDENT", to="员工5", note="上海监管局消保处已知悉")
    case.prove("OF-COMPLAINT", to="客户", note="电话联系客户，客户同意")


def test_a_gathering_is_told_without_the_names_of_whoever_counts_there_already(
    scene: Scene,
) -> None:
    """Before the crowd is an incident: one client is known at the place, and has no number here."""
    scene.complain("NJ1", client=CLIENT)
    told = Gathering("NJ1", 3, 0, scene.now(), "大堂经理", NAMING)
    assert _refused(lambda: scene.engine.report_gathering(told, "test")) == ["note"]
    elsewhere = Gathering("SH2", 3, 0, scene.now(), "大堂经理", NAMING)
    scene.engine.report_gathering(elsewhere, "test")


def test_another_crowds_clients_are_not_looked_for(scene: Scene) -> None:
    case = Case(scene)
    elsewhere = scene.crowd(10, unit="NJ1")[-1]["incident"]
    case.engine.stand_down(incident_number(elsewhere), NAMING, "test")


@pytest.mark.parametrize(
    ("text", "found"),
    [("张 三来电", True), ("张\u200b三", True), ("张王三", False), ("John Smith rang", True),
     ("JOHN  SMITH", True), ("Johnsmithson", False), ("outlines", False), ("Mr Li", True),
     ("１３９ 1234 5678", True), ("账户001-122-33", True), ("", False)],
)  # fmt: skip
def test_a_mark_is_found_however_it_is_written(text: str, found: bool) -> None:
    marks = frozenset({"张三", "John Smith", "Li", "13912345678", "00112233"})
    assert names_a_client(text, marks) is found


@pytest.mark.parametrize(
    ("text", "found"),
    [("+86 139 1234 5678", True), ("8613912345678", True), ("电话13912345678。", True),
     ("31010119700101123x", True), ("6222020200112233", True), ("6222-0202-0011-2233", True),
     ("021-63211234", False), ("〔2026〕12号", False), ("202611220001", False),
     ("2026-11-22至2026-11-30", False), ("2026-11-22 2026-11-23", False), ("约20000000元", False)],
)  # fmt: skip
def test_numbers_of_persons_are_told_from_others(text: str, found: bool) -> None:
    assert has_number(text) is found
