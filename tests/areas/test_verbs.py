"""A verb on what lies in another branch is answered as if there were nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.ticket_forms import fill
from complaints.value import parse_complaint
from complaints.work_order import parse_list, parse_order
from contacts.people import AbsenceValue, save_absence
from core.errors import Conflict, FenghuoError, InvalidInput, NotAllowed, NotFound
from core.words import Role
from database.area import NotAdmitted
from escalation.acknowledging import Acknowledgement
from escalation.calendar_days import DayChange
from escalation.call_tree import CallResult
from escalation.command import Who
from escalation.duty_changes import Longer
from escalation.engine import Engine
from escalation.events import ByHand
from escalation.gatherings import Gathering
from escalation.handovers import Receiver
from escalation.hotline_desk import Said
from escalation.ids import complaint_number
from escalation.manual import ManualOpening
from escalation.receptions import Arrival, RowChange, SheetChange
from escalation.regulator_acts import Consent, Contact, Receipt
from escalation.regulator_clocks import Deadline
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_signing import Signer
from escalation.review import Lesson, Signing
from escalation.security_calls import SecurityCall
from escalation.tasks import NewTask
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from tests.areas.media_verbs import MEDIA_VERBS
from tests.areas.story import Story

ME = Who("王行长", Role.BRANCH_LEADER.value)
OFFICER = By("web:branch_contact:9", "员工9")
DAY = date(2026, 12, 5)
WHY = "已妥善处置"


@dataclass
class Theirs:
    """Things of Nanjing, by their numbers; `there` says that they are Nanjing's, else nobody's."""

    story: Story
    there: bool

    def _id(self, table: str, where: str) -> int:
        query = sa.text(f"SELECT min(t.id) FROM {table} t WHERE {where}")
        return int(self.story.db.app.read(lambda c: c.scalar(query))) if self.there else 999_999

    @cached_property
    def incident(self) -> int:
        return self._id("incidents", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def complaint(self) -> int:
        return self._id("complaints", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def duty(self) -> int:
        return self._of_incident("duties")

    @cached_property
    def task(self) -> int:
        return self._of_incident("tasks")

    @cached_property
    def report(self) -> int:
        return self._of_incident("reports")

    @cached_property
    def handover(self) -> int:
        return self._of_incident("handovers")

    @cached_property
    def row(self) -> int:
        return self._id("reception_rows", "sheet_id IN (SELECT s.id FROM reception_sheets s JOIN"
                        " units u ON u.id = s.unit_id WHERE u.code LIKE 'NJ%')")  # fmt: skip

    @cached_property
    def person(self) -> int:
        return self._id("people", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def absence(self) -> int:
        return self._id("absences", "true")

    @cached_property
    def regulator_case(self) -> int:
        return self._id(
            "regulator_cases", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')"
        )

    @cached_property
    def media(self) -> int:
        return self._id("media_cases", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def sighting(self) -> int:
        return self._id("media_sightings", f"case_id = {self.media}")

    @cached_property
    def correction(self) -> int:
        return self._id("media_acts", f"case_id = {self.media} AND act = 'correction_asked'")

    @cached_property
    def feed(self) -> int:
        return self._id("media_feeds", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def contact(self) -> int:
        return self._id("media_contacts", "unit_id IN (SELECT id FROM units WHERE code LIKE 'NJ%')")

    @cached_property
    def statistics(self) -> int:
        return int(self.story.db.owner.run(lambda c: c.scalar(sa.text(
            "INSERT INTO statistic_reports (unit_id, kind, period, since, until, roles, content,"
            " digest, plan, plan_version, made_at) SELECT id, 'day', '2026-11-01', '2026-11-01',"
            " '2026-11-01', '{}', '{}', '', 'p', '1', now() FROM units WHERE code = 'NJ'"
            " ON CONFLICT (unit_id, period) DO UPDATE SET kind = 'day' RETURNING id"
        )))) if self.there else 999_999  # fmt: skip

    def _of_incident(self, table: str) -> int:
        return self._id(table, "incident_id IN (SELECT n.id FROM incidents n JOIN units u"
                        " ON u.id = n.unit_id WHERE u.code LIKE 'NJ%')")  # fmt: skip

    @cached_property
    def ordered(self) -> int:
        return int(self.story.db.app.read(lambda c: c.scalar(sa.text(
            "SELECT min(complaint_id) FROM hotline_orders"
        )))) if self.there else 999_999  # fmt: skip

    @cached_property
    def answered(self) -> int:
        return self._id("hotline_feedback", "state = 'failed'")

    @property
    def order(self) -> str:
        return "WO-NJ" if self.there else "WO-XX"

    @property
    def unit(self) -> str:
        return "NJ1" if self.there else "NOPE"

    @property
    def now(self) -> Any:
        return self.story.scene.now()


def _receipt(t: Theirs) -> ReceiptValue:
    return ReceiptValue(at=t.now, by="员工9", to="总行", via="phone", number="7")


def _body(t: Theirs) -> Any:
    return parse_complaint({
        "source": "test", "source_ref": "r-foreign", "unit": t.unit, "channel": "counter",
        "received_at": t.now.isoformat(),
    })  # fmt: skip


def _urging(t: Theirs) -> Any:
    return parse_order({
        "type": "urge", "number": t.order, "update": "U-1", "at": t.now.isoformat(),
    })  # fmt: skip


CLERK = Worker("王行长", Role.SUB_DEPUTY.value, "web:sub_deputy:1")


def _first(results: list[FenghuoError | None]) -> None:
    """The error of the first of many, raised."""
    if results[0] is not None:
        raise results[0]


Verb = Callable[[Engine, Theirs], object]
#: desk.verb -> the verb on something of Nanjing
VERBS: dict[str, Verb] = {
    "engine.correct_complaint": lambda e, t: e.correct_complaint(
        t.complaint, "withdrawn", WHY, "x"),
    "tickets.do": lambda e, t: e.tickets.do(t.complaint, fill("accept", {}), CLERK),
    "tickets.hand_over": lambda e, t: e.tickets.hand_over(
        t.complaint, Hand(t.unit, Role.SUB_DEPUTY, WHY), CLERK),
    "tickets.hand_over_many": lambda e, t: _first(e.tickets.hand_over_many(
        [t.complaint], Hand(t.unit, Role.SUB_DEPUTY, WHY), CLERK)),
    "tickets.accept_handover": lambda e, t: e.tickets.accept_handover(t.complaint, CLERK),
    "tickets.decline_handover": lambda e, t: e.tickets.decline_handover(t.complaint, WHY, CLERK),
    "tickets.take_back": lambda e, t: e.tickets.take_back(t.complaint, CLERK),
    "tickets.link_previous": lambda e, t: e.tickets.link_previous(t.complaint, 1, CLERK),
    "tickets.file": lambda e, t: e.tickets.file(t.complaint, 1),
    "tickets.one": lambda e, t: e.tickets.one(t.complaint),
    "archive.file": lambda e, t: e.archive.file(t.complaint),
    "archive.file_in_clear": lambda e, t: e.archive.file_in_clear(t.complaint, "own", WHY, "x"),
    "archive.send_up": lambda e, t: _first(e.archive.send_up([t.complaint], "branch", CLERK)),
    "archive.register": lambda e, t: e.archive.register(t.unit, "2026-11"),
    "tickets.reveal": lambda e, t: e.tickets.reveal(t.complaint, WHY, "x"),
    "engine.report_gathering": lambda e, t: e.report_gathering(
        Gathering(t.unit, 12, 0, t.now, "大堂经理"), "x"),
    "engine.open_incident": lambda e, t: e.open_incident(ManualOpening(t.unit, WHY), "x"),
    "engine.acknowledge": lambda e, t: e.acknowledge(t.incident, Acknowledgement(
        "王行长", Role.BRANCH_LEADER.value, "web")),
    "engine.stand_down": lambda e, t: e.stand_down(t.incident, WHY, "x"),
    "engine.close_incident": lambda e, t: e.close_incident(t.incident, WHY, "x"),
    "engine.reopen_incident": lambda e, t: e.reopen_incident(t.incident, WHY, "x"),
    "engine.fulfil_duty": lambda e, t: e.fulfil_duty(t.incident, t.duty, {}, "x"),
    "engine.prove_duty": lambda e, t: e.prove_duty(t.duty, None, {}, "x"),
    "engine.waive_duty": lambda e, t: e.waive_duty(t.duty, "branch_leader", WHY, "x"),
    "engine.extend_duty": lambda e, t: e.extend_duty(t.duty, Longer(WHY), "x"),
    "engine.reassign_duty": lambda e, t: e.reassign_duty(
        t.duty, unit_id=1, role="ho_deputy", person_id=None, reason=WHY, actor="x"),
    "engine.duty_callees": lambda e, t: e.duty_callees(t.duty, "x"),
    "engine.duty_file": lambda e, t: e.duty_file(t.duty),
    "engine.record_event": lambda e, t: e.record_event(ByHand("emergency", unit=t.unit), "x"),
    "engine.set_calendar_day": lambda e, t: e.set_calendar_day(DayChange(DAY, True, WHY), "x"),
    "engine.clear_calendar_day": lambda e, t: e.clear_calendar_day(DAY, WHY, "x"),
    "engine.take_complaint": lambda e, t: e.take_complaint(_body(t), "x"),
    "engine.take_batch": lambda e, t: _raised(e.take_batch([_body(t)], "x")[0].error),
    "engine.inbound": lambda e, t: e.inbound("sandbox", "p1", "19900000000", "1", {}),
    "engine.receipt": lambda e, t: e.receipt("sandbox", "p1", "delivered", None, {}),
    "engine.read_replies": lambda e, t: e.read_replies(),
    "engine.apply_receipts": lambda e, t: e.apply_receipts(),
    "command.take": lambda e, t: e.command.take(t.incident, ME, WHY),
    "command.offer": lambda e, t: e.command.offer(t.incident, ME, Receiver("branch_leader")),
    "command.accept": lambda e, t: e.command.accept(t.handover, ME, "0" * 16, {}),
    "command.decline": lambda e, t: e.command.decline(t.handover, ME, WHY),
    "command.withdraw": lambda e, t: e.command.withdraw(t.handover, ME),
    "command.assign_task": lambda e, t: e.command.assign_task(
        t.incident, ME, NewTask("任务", "SH", "branch_service", t.now + timedelta(hours=1))),
    "command.accept_task": lambda e, t: e.command.accept_task(t.task, ME),
    "command.finish_task": lambda e, t: e.command.finish_task(t.task, ME, "已办"),
    "command.check_task": lambda e, t: e.command.check_task(t.task, ME, True),
    "command.cancel_task": lambda e, t: e.command.cancel_task(t.task, ME, WHY),
    "command.write_note": lambda e, t: e.command.write_note(t.incident, ME, "记录"),
    "command.note_security_call": lambda e, t: e.command.note_security_call(
        t.incident, ME, SecurityCall("110", t.now, WHY)),
    "command.raise_threat": lambda e, t: e.command.raise_threat(t.incident, ME),
    "command.raise_to_large": lambda e, t: e.command.raise_to_large(t.incident, ME, WHY),
    "command.lower": lambda e, t: e.command.lower(t.incident, ME, WHY),
    "command.merge": lambda e, t: e.command.merge(t.incident, t.incident, ME, WHY),
    "command.take_out": lambda e, t: e.command.take_out(t.incident, ME, WHY),
    "command.split": lambda e, t: e.command.split(t.incident, ["unit:NJ1"], ME, WHY),
    "reception.arrive": lambda e, t: e.reception.arrive(t.incident, None, Arrival("tap-1", 1), "x"),
    "reception.change_row": lambda e, t: e.reception.change_row(
        t.incident, t.row, RowChange(1, room="二号"), "x"),
    "reception.change_sheet": lambda e, t: e.reception.change_sheet(
        t.incident, None, SheetChange(1, guide="员工9"), "x"),
    "reception.count_onlookers": lambda e, t: e.reception.count_onlookers(
        t.incident, None, 3, "员工9", "x"),
    "calls.reveal_people": lambda e, t: e.calls.reveal_people(t.incident, "x"),
    "calls.reveal_tree": lambda e, t: e.calls.reveal_tree(t.incident, "x", "screen"),
    "calls.reveal_unit_tree": lambda e, t: e.calls.reveal_unit_tree(t.unit, "x", "screen"),
    "calls.note": lambda e, t: e.calls.note(
        t.incident, CallResult(1, "sub_head", True, t.now, "员工9"), "x"),
    "review.write_lesson": lambda e, t: e.review.write_lesson(
        t.incident, Lesson("教训", "员工9", "sub_head"), "x"),
    "review.edit_lesson": lambda e, t: e.review.edit_lesson(t.incident, 1, 1, "教训", "x"),
    "review.sign": lambda e, t: e.review.sign(t.incident, Signing("员工9", "sub_head", "7"), "x"),
    "reports.begin": lambda e, t: e.reports.begin(
        t.incident, Beginning("first", "head_office"), "x"),
    "reports.edit": lambda e, t: e.reports.edit(t.incident, t.report, 1, {}, "x"),
    "reports.refreeze": lambda e, t: e.reports.refreeze(t.incident, t.report, 1, "x"),
    "reports.discard": lambda e, t: e.reports.discard(t.incident, t.report, WHY, "x"),
    "reports.sign": lambda e, t: e.reports.sign(
        t.incident, t.report, 1, Signer("员工9", "sub_head"), "x"),
    "reports.phone": lambda e, t: e.reports.phone(t.incident, t.report, _receipt(t), "x"),
    "reports.send": lambda e, t: e.reports.send(t.incident, t.report, _receipt(t), "x"),
    "reports.receive": lambda e, t: e.reports.receive(t.incident, t.report, _receipt(t), "x"),
    "reports.correct_time": lambda e, t: e.reports.correct_time(
        t.incident, t.report, "aware", t.now, WHY, "x"),
    "reports.export": lambda e, t: e.reports.export(
        t.incident, t.report, "pdf", lambda *_: b"", "x", "x"),
    "reports.paper": lambda e, t: e.reports.paper(t.incident, t.report),
    "reports.file": lambda e, t: e.reports.file(t.incident, 1),
    "hotline.feed": lambda e, t: _raised(e.hotline.feed([_urging(t)], "x")[0].error),
    "hotline.answer": lambda e, t: e.hotline.answer(t.ordered, "settled", "已答复", "员工9", "x"),
    "hotline.compare": lambda e, t: e.hotline.compare(
        parse_list({"day": "2026-11-20", "orders": []}), "x"),
    "hotline.one": lambda e, t: e.hotline.one(t.ordered),
    "hotline.say": lambda e, t: e.hotline.say(t.ordered, Said("urge", "desk-1"), "x"),
    "hotline.send_again": lambda e, t: e.hotline.send_again(t.answered, "x"),
    "hotline.order": lambda e, t: e.hotline.order(t.ordered),
    "hotline.order_of": lambda e, t: e.hotline.order_of(t.order),
    "regulator.receive": lambda e, t: e.regulator.receive(
        Receiving("转办9", t.unit, t.now, "letter", regulator="江苏监管局"), OFFICER),
    "regulator.one": lambda e, t: e.regulator.one(t.regulator_case),
    "regulator.file_of": lambda e, t: e.regulator.file_of(t.regulator_case, 1),
    "regulator.link_complaint": lambda e, t: e.regulator.link_complaint(
        t.regulator_case, t.complaint, OFFICER),
    "regulator.link_incident": lambda e, t: e.regulator.link_incident(
        t.regulator_case, t.incident, OFFICER),
    "regulator.open_incident": lambda e, t: e.regulator.open_incident(
        t.regulator_case, ManualOpening(t.unit, WHY), OFFICER),
    "regulator.contact": lambda e, t: e.regulator.contact(
        t.regulator_case, Contact(t.now, "phone", "员工9", "陈处长", WHY), OFFICER),
    "regulator.start": lambda e, t: e.regulator.start(t.regulator_case, OFFICER),
    "regulator.settle": lambda e, t: e.regulator.settle(t.regulator_case, 1, WHY, OFFICER),
    "regulator.withdraw": lambda e, t: e.regulator.withdraw(t.regulator_case, 1, WHY, OFFICER),
    "regulator.supplement": lambda e, t: e.regulator.supplement(
        t.regulator_case, Wanted("另报"), None, OFFICER),
    "regulator.extend": lambda e, t: e.regulator.extend(t.regulator_case, Consent(
        Deadline("working_days", days=2), "陈处长", t.now, "phone", WHY), OFFICER),
    "regulator.draft": lambda e, t: e.regulator.draft(t.regulator_case, "已核实", 0, OFFICER),
    "regulator.approve": lambda e, t: e.regulator.approve(t.regulator_case, 1, OFFICER),
    "regulator.give_back": lambda e, t: e.regulator.give_back(t.regulator_case, 1, WHY, OFFICER),
    "regulator.file": lambda e, t: e.regulator.file(
        t.regulator_case, Receipt(t.now, "员工9", "收文岗", "7"), OFFICER),
    "regulator.close": lambda e, t: e.regulator.close(t.regulator_case, OFFICER),
    "regulator.printed": lambda e, t: e.regulator.printed(t.regulator_case, "pdf", OFFICER),
    "files.complaint": lambda e, t: e.files.complaint(t.complaint),
    "files.reveal": lambda e, t: e.files.reveal(t.complaint, ["name"], WHY, "x"),
    "files.access_log": lambda e, t: e.files.access_log(t.complaint),
    "files.export": lambda e, t: e.files.export({"unit": t.unit}, WHY, "x"),
    "files.decide_disposal": lambda e, t: e.files.decide_disposal([t.complaint], WHY, "x"),
    "files.erase_client": lambda e, t: e.files.erase_client(1, WHY, "x"),
    **MEDIA_VERBS,
    "statistics.read": lambda e, t: e.statistics.read(None, t.unit),
    "statistics.report": lambda e, t: e.statistics.report(t.statistics),
    "statistics.open_report": lambda e, t: e.statistics.open_report(
        t.statistics, t.story.viewers["shanghai"]),
    "contacts.reveal": lambda e, t: e.contacts.reveal(t.person, "x"),
    "contacts.away": lambda e, t: e.contacts.away(
        AbsenceValue(t.person, t.now, t.now + timedelta(days=1), None), "x"),
    "contacts.back": lambda e, t: e.contacts.back(t.absence, "x"),
    "contacts.take_file": lambda e, t: e.contacts.take_file("team", b"x", "x"),
    "contacts.export": lambda e, t: e.contacts.export(t.unit, "team", "csv", "x"),
    "contacts.unit": lambda e, t: e.contacts.unit(t.unit),
}  # fmt: skip
#: Read by `test_reading`, or not a viewer's.
READING = {
    "engine.board", "engine.incident", "engine.incidents", "engine.clockworks", "engine.for_viewer",
    "reception.sheet", "calls.people", "calls.tree", "calls.unit_tree", "review.read",
    "hotline.feedback_after", "hotline.source", "hotline.compared", "hotline.listed",
    "hotline.fetched",  # only of one's own: tests/hotline/test_areas.py
    "reports.listed", "reports.one", "audit.search", "audit.verify",
    "regulator.listed", "regulator.due", "regulator.of_complaint",  # test_regulator_areas
    "media.cases", "media.media_list", "media.feeds", "media.daily",
    "files.search", "files.disposal_list",  # tests/vault/test_client_files.py
    "tickets.mine", "archive.page", "archive.count", "archive.export",  # tests/archive
    "archive.views", "archive.save_view", "archive.remove_view",  # one's own account's
    "statistics.count", "statistics.reports",  # tests/statistics
}  # fmt: skip
#: What an outsider is told: nothing is there, or there is no such unit, or head office alone may.
OUTSIDE = (NotFound, InvalidInput, NotAllowed, NotAdmitted)


def _raised(error: BaseException | None) -> None:
    if error is not None:
        raise error


def test_no_verb_is_forgotten(story: Story) -> None:
    engine = story.engine("shanghai")
    desks = {"engine": engine, **{
        name: desk for name, desk in vars(engine).items()
        if type(desk).__module__.startswith("escalation") and hasattr(desk, "house")
    }}  # fmt: skip
    verbs = {
        f"{name}.{verb}" for name, desk in desks.items()
        for verb, _ in inspect.getmembers(desk, inspect.ismethod) if not verb.startswith("_")
    }  # fmt: skip
    assert verbs == set(VERBS) | READING


@pytest.fixture(scope="module")
def complete(story: Story) -> Story:
    """With an offer of command, an absence and a work order in Nanjing, so that every kind of
    thing is there."""
    theirs = Theirs(story, there=True)
    order = {"number": "WO-NJ", "at": theirs.now.isoformat(), "unit": "NJ1", "client": {}}
    other = {**order, "number": "WO-NJ-2"}
    hotline = story.scene.engine.hotline
    _, answered = hotline.feed([parse_order(order), parse_order(other)], "test")
    assert answered.answer is not None
    number = complaint_number(answered.answer["complaint"])
    hotline.answer(number, "settled", "已答复", "员工9", "test")
    story.db.owner.run(lambda c: c.execute(sa.text("UPDATE hotline_feedback SET state = 'failed'")))
    story.scene.engine.command.offer(
        theirs.incident, Who("南京秘密指挥", Role.BRANCH_LEADER.value), Receiver("branch_deputy")
    )
    story.scene.engine.regulator.receive(
        Receiving("秘密1", "NJ1", theirs.now, "letter", regulator="江苏监管局",
                  demands=(Wanted("南京秘密要求"),)), OFFICER,
    )  # fmt: skip
    value = AbsenceValue(theirs.person, theirs.now, theirs.now + timedelta(days=1), None)
    story.db.app.run(lambda c: save_absence(c, value, actor="test"))
    return story


def _outcome(verb: Verb, engine: Engine, theirs: Theirs) -> tuple[str, str]:
    with pytest.raises(OUTSIDE) as refused:
        verb(engine, theirs)
    error = refused.value
    said = [vars(f) for f in error.faults] if isinstance(error, InvalidInput) else str(error)
    return type(error).__name__, str(said)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_on_another_branch_finds_nothing(complete: Story, name: str) -> None:
    """As on what does not exist: the same answer, and not a row changed."""
    before = _rows(complete)
    there = _outcome(VERBS[name], complete.engine("shanghai"), Theirs(complete, there=True))
    nowhere = _outcome(VERBS[name], complete.engine("shanghai"), Theirs(complete, there=False))
    assert there == nowhere
    assert _rows(complete) == before


def _rows(story: Story) -> Any:
    """Something that any change changes: the journal's end, and what reads leave no entry of."""
    return story.db.app.read(lambda c: tuple(c.execute(sa.text(
        "SELECT (SELECT max(id) FROM journal), (SELECT count(*) FROM complaints),"
        " (SELECT count(*) FROM messages), (SELECT count(*) FROM inbound_messages),"
        " (SELECT count(*) FROM receipts), (SELECT count(*) FROM reception_rows)"
    )).one()))  # fmt: skip


def test_a_verb_that_asks_nobody_in_cannot_write(story: Story) -> None:
    with pytest.raises(NotAdmitted):
        story.engine("head_office").database.run(lambda c: c.execute(sa.text("SELECT 1")))


#: A viewer's verbs never: the engine's own, and what head office alone may.
NOT_A_BRANCHS = {
    "engine.inbound", "engine.receipt", "engine.read_replies", "engine.apply_receipts",
    "engine.set_calendar_day", "engine.clear_calendar_day", "contacts.take_file",
    "files.erase_client", "hotline.compare",
}  # fmt: skip


def test_the_same_verbs_reach_what_is_ones_own(complete: Story) -> None:
    """The door opens: Nanjing's own head is refused by the verb's own rules only, or not at all."""
    theirs, shut = Theirs(complete, there=True), set()
    for name, verb in VERBS.items():
        try:
            verb(complete.engine("nanjing"), theirs)
        except (NotAdmitted, NotAllowed):
            shut.add(name)
        except NotFound as error:
            known = ("reports.file", "review.edit_lesson", "engine.duty_file", "tickets.file",
                     "regulator.file_of", "media.case_file")  # fmt: skip
            assert name in known, (name, error)
        except (Conflict, InvalidInput, PermissionError):
            pass
    assert shut == NOT_A_BRANCHS
