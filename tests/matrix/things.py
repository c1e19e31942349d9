"""What requests of the matrix are about: things of Shanghai, of Nanjing, and of nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from complaints.statistics_periods import parse_period
from complaints.ticket_forms import fill
from complaints.value import parse_complaint
from complaints.work_order import parse_order
from contacts.people import AbsenceValue, save_absence
from core.rights import Access
from core.words import Role
from dashboard import tokens
from dashboard.tokens import NewToken
from escalation.command import Who
from escalation.handovers import Receiver
from escalation.ids import (
    complaint_id,
    complaint_number,
    feedback_number,
    incident_id,
    media_id,
    regulator_case_id,
    regulator_case_number,
)
from escalation.manual import ManualOpening
from escalation.media_values import By as MediaBy
from escalation.regulator_acts import Contact, Receipt
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_signing import Signer
from escalation.review import Lesson
from escalation.statistics_reports import Due, make_report
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from tests.areas.story import Story
from tests.signing_in import sign_in
from tests.tickets.clerk import SAYS

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@dataclass(frozen=True)
class Things:
    """One of each kind that an address or a body may name."""

    incident: str
    incident_number: int
    into: str
    complaint: str
    client: int
    client_name: str
    duty: int
    reported: int
    proven: int
    task: int
    handover: int
    draft: int
    signed: int
    sent: int
    file: int
    media: str
    media_into: str
    sighting: int
    correction: int
    media_contact: int
    media_feed: int
    media_file: int
    row: int
    person: int
    absence: int
    lesson: int
    unit: str
    quiet: str
    key: str
    phone: str
    account: int
    session: int
    token: int
    work_order: str
    ordered: str
    feedback: str
    ticket_file: int
    offered: str
    drafted: str
    unsent: str
    received_case: str
    contacted_case: str
    working_case: str
    drafted_case: str
    approved_case: str
    filed_case: str
    filing: int
    complaint_by_regulator: str
    statistics: int
    now: str

    def swapped(self, names: Iterable[str], other: Things) -> Things:
        """These, but for `names` the other's."""
        return replace(self, **{name: getattr(other, name) for name in names})


NAMES = frozenset(field.name for field in fields(Things)) - {"now"}


class Noting:
    """Things that remember which of them were asked for."""

    def __init__(self, things: Things) -> None:
        self._things = things
        self.used: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in NAMES:
            self.used.add(name)
        return getattr(self._things, name)


def nowhere(now: str) -> Things:
    """Nothing that is; numbers as long as those that are, so that no length tells."""
    number = 999_999
    return Things(
        incident="I0999999", incident_number=number, into="I0999998", complaint="C00999999",
        client=number, client_name="无名客户0",
        duty=number, proven=number, task=number, handover=number, draft=number, signed=number,
        sent=number, file=number, media="M0999999", media_into="M0999998", sighting=number,
        correction=number, media_contact=number, media_file=number, media_feed=number,
        row=number, person=number, absence=number, lesson=number,
        unit="XX1", quiet="XX2", key="unit:XX1", phone="19900999999", account=number,
        session=number,
        ticket_file=number, offered="C00999999", drafted="C00999999",
        reported=number, token=number, work_order="WO-XX", ordered="C00999999",
        feedback="F00999999", unsent="F00999999",
        received_case="R999999", contacted_case="R999999",
        working_case="R999999", drafted_case="R999999", approved_case="R999999",
        filed_case="R999999", filing=number, complaint_by_regulator="C00999999",
        statistics=number, now=now,
    )  # fmt: skip


class Teller:
    """Makes one of each kind in a branch, by the engine's own verbs."""

    def __init__(self, story: Story, branch: str, mark: str) -> None:
        self.story, self.branch, self.mark = story, branch, mark
        self.unit = f"{branch}1"
        self.engine = story.scene.engine
        self.who = Who(f"{mark}指挥", Role.BRANCH_LEADER.value)
        (self.number,) = story.numbers(self.unit)

    def tell(self) -> Things:
        """A part of this branch: its incident with everything on it."""
        number, engine, now = self.number, self.engine, self.story.scene.now()
        person = self.story.scene.people[self.unit, Role.SUB_DEPUTY]
        absent = AbsenceValue(person, now, now + timedelta(days=1), None)
        absence = self.story.db.app.run(lambda c: save_absence(c, absent, actor="test"))
        opened = engine.open_incident(
            ManualOpening(self.branch, f"{self.mark}另案", "贵金属"), "test"
        )
        handover = engine.command.offer(number, self.who, Receiver(Role.BRANCH_DEPUTY.value))
        lesson = engine.review.write_lesson(
            number, Lesson(f"{self.mark}教训", "员工9", Role.SUB_HEAD.value), "test"
        )
        self._name_regulator()
        sent, signed = self._reports()
        account = sign_in(
            self.story.db, unit=self.unit, roles=[Access.SUB_BRANCH], name=f"{self.mark}账号"
        )
        draft = engine.reports.begin(number, Beginning("first", "regulator"), "test")["id"]
        duty, reported, proven = self._duties()
        _, feedback = self._order(f"WO-{self.branch}-1", answered=True)
        _, unsent = self._order(f"WO-{self.branch}-2", answered=True)
        ordered, _ = self._order(f"WO-{self.branch}")
        self.story.db.owner.run(lambda c: c.execute(
            sa.text("UPDATE hotline_feedback SET state = 'failed' WHERE id = :id"),
            {"id": feedback_number(unsent)},
        ))  # fmt: skip
        return Things(
            incident=incident_id(number), incident_number=number, into=opened["id"],
            client=self._client(), client_name=f"{self.mark}客户0",
            complaint=complaint_id(self._one("complaints", f"unit_id = {self._unit_id()}")),
            duty=duty, reported=reported, proven=proven,
            task=self._of_incident("tasks"), handover=handover,
            draft=draft, signed=signed, sent=sent,
            **self._media(),
            file=self._of_incident("evidence_files"), row=self._row(),
            person=person, absence=absence, lesson=lesson, unit=self.unit,
            quiet="SH2" if self.branch == "SH" else self.unit,
            key=f"unit:{self.unit}",
            phone=self.story.scene.phones[self.unit, Role.SUB_HEAD],
            **self._regulator_cases(), **self._tickets(),
            token=self._token(), account=account.viewer.id, session=account.viewer.session_id or 0,
            work_order=f"WO-{self.branch}", ordered=ordered, feedback=feedback,
            unsent=unsent, statistics=self._statistics(), now=now.isoformat(),
        )  # fmt: skip

    def _statistics(self) -> int:
        """A standing report of the branch."""
        unit = self.story.scene.house.tree().by_code(self.unit)
        assert unit is not None
        one = Due(unit, parse_period("2026-10"), (Role.SUB_HEAD,), latest=False)
        self.story.db.app.run(
            lambda c: make_report(c, self.story.scene.house, one, self.story.scene.now())
        )
        return self._one("statistic_reports", f"unit_id = {unit.id}")

    def _order(self, number: str, *, answered: bool = False) -> tuple[str, str]:
        """A work order of 95558: its complaint, and the answer."""
        order = {
            "number": number, "at": self.story.scene.now().isoformat(), "unit": self.unit,
            "client": {}, "summary": f"{self.mark}来电",
        }  # fmt: skip
        (fed,) = self.engine.hotline.feed([parse_order(order)], "test")
        assert fed.answer is not None
        complaint = str(fed.answer["complaint"])
        if not answered:
            return complaint, ""
        return complaint, self.engine.hotline.answer(
            complaint_number(complaint), "explained", f"{self.mark}已答复", f"{self.mark}员工",
            "test",
        )  # fmt: skip

    def _tickets(self) -> dict[str, Any]:
        """A file of the complaint's ticket; a ticket offered to the sub-branch's head, and one
        whose plan waits for approval."""
        desk, deputy = self.engine.tickets, Role.SUB_DEPUTY.value
        clerk = Worker(f"{self.mark}员工", deputy, "web:sub_deputy:9003")
        first, offered, drafted = self.story.db.app.read(lambda c: c.scalars(
            sa.text("SELECT id FROM complaints WHERE unit_id = :unit ORDER BY id LIMIT 3"),
            {"unit": self._unit_id()},
        ).all())  # fmt: skip
        note = fill("note", {"kind": "evidence", "said": f"{self.mark}凭证"})
        done = desk.do(first, note, clerk, (PDF + self.mark.encode(),))
        desk.hand_over(offered, Hand(self.unit, Role.SUB_HEAD, f"{self.mark}转办"), clerk)
        while (stage := desk.one(drafted, clerk)["ticket"]["stage"]) != "approve":
            asked = stage in ("analyse", "classify")
            body = {"step": stage, "reason": "无需"} if asked else SAYS[stage]
            desk.do(drafted, fill("skip" if asked else stage, body), clerk)
        return {"ticket_file": done.files[0], "offered": complaint_id(offered),
                "drafted": complaint_id(drafted)}  # fmt: skip

    def _regulator_cases(self) -> dict[str, Any]:
        """A case at each step of its life, the same regulator's."""
        desk, now, found = self.engine.regulator, self.story.scene.now(), {}
        body = {
            "source": "test", "source_ref": f"{self.unit}-regulator", "unit": self.unit,
            "channel": "regulator", "received_at": now.isoformat(),
            "client": {"name": f"{self.mark}客户90", "account": f"{self.branch}6222000090"},
        }  # fmt: skip
        taken = self.engine.take_complaint(parse_complaint(body), "test").answer
        clerk = By("web:branch_contact:9001", f"{self.mark}员工")
        leader = By("web:branch_leader:9002", f"{self.mark}组长")
        contact = Contact(now, "phone", clerk.name, f"{self.mark}处长", f"{self.mark}已说明")
        steps = {
            "received": lambda n: None,
            "contacted": lambda n: desk.contact(n, contact, clerk),
            "working": lambda n: desk.start(n, clerk),
            "drafted": lambda n: desk.draft(n, f"{self.mark}已核实", 0, clerk),
            "approved": lambda n: desk.approve(n, 1, leader),
            "filed": lambda n: desk.file(n, Receipt(
                now, clerk.name, f"{self.mark}收文岗", "7", file=PDF + self.mark.encode()), clerk),
        }  # fmt: skip
        for at, state in enumerate(steps):
            number = regulator_case_number(desk.receive(Receiving(
                f"{self.mark}转{at}", self.unit, now, "letter", about=f"{self.mark}事由",
                demands=(Wanted(f"{self.mark}要求"),) if state != "filed" else (),
            ), clerk)[0]["id"])  # fmt: skip
            for step in list(steps.values())[: at + 1]:
                step(number)
            found[f"{state}_case"] = regulator_case_id(number)
        filing = self._one("regulator_filings", f"by = '{clerk.name}'")
        return {**found, "filing": filing, "complaint_by_regulator": str(taken["complaint"])}

    def _media(self) -> dict[str, Any]:
        """The story's media case with all that is on it, its complaint linked."""
        case = self._one("media_cases", f"unit_id = {self._unit_id()}")
        complaint = self._one("complaints", f"unit_id = {self._unit_id()}")
        self.engine.media.link_complaint(
            case, complaint, MediaBy("员工9", "sub_head", "test", "person:0")
        )
        return {
            "media": media_id(case), "media_into": media_id(case + 1),
            "sighting": self._one("media_sightings", f"case_id = {case}"),
            "correction": self._one(
                "media_acts", f"case_id = {case} AND act = 'correction_asked'"
            ),
            "media_contact": self._one("media_contacts", f"unit_id = {self._unit_id()}"),
            "media_feed": self._one("media_feeds", f"unit_id = {self._unit_id()}"),
            "media_file": self._one("media_files", f"case_id = {case}"),
        }  # fmt: skip

    def _name_regulator(self) -> None:
        self.story.db.owner.run(lambda c: c.execute(
            sa.text("UPDATE units SET regulator = :name WHERE code = :code"),
            {"name": f"{self.mark}监管局", "code": self.branch},
        ))  # fmt: skip

    def _reports(self) -> tuple[int, int]:
        """The first report, sent with a file; the follow-up, signed."""
        reports, number = self.engine.reports, self.number
        first = reports.listed(number)["reports"][0]["id"]
        self._sign(first)
        reports.send(number, first, self._receipt(PDF + self.mark.encode()), "test")
        follow = reports.begin(number, Beginning("follow_up", "head_office"), "test")["id"]
        self._sign(follow)
        return first, follow

    def _sign(self, report: int) -> None:
        reports, number = self.engine.reports, self.number
        seen = reports.one(number, report)
        if seen["missing"]:
            texts = dict.fromkeys(seen["missing"], f"{self.mark}填写")
            seen = reports.edit(number, report, seen["version"], texts, "test")
        signer = Signer(f"{self.mark}签发", Role.BRANCH_LEADER.value)
        reports.sign(number, report, seen["version"], signer, "test")

    def _receipt(self, file: bytes | None) -> ReceiptValue:
        return ReceiptValue(
            at=self.story.scene.now(), by=f"{self.mark}员工", to="总行", via="written",
            number="沪7", file=file,
        )  # fmt: skip

    def _client(self) -> int:
        return self._one(
            "clients",
            "id IN (SELECT p.client_id FROM complaint_parties p JOIN complaints c"
            f" ON c.id = p.complaint_id WHERE c.unit_id = {self._unit_id()})",
        )

    def _token(self) -> int:
        value = NewToken(f"{self.mark}系统", unit=self.unit)
        self.story.db.app.run(lambda c: tokens.create(c, value, actor="test"))
        return self._one("api_tokens", f"label = '{self.mark}系统'")

    def _duties(self) -> tuple[int, int, int]:
        """Duties of the sub-branch: of its own and open, of the incident and open, proven by a
        file."""
        open_ones = f"state = 'open' AND unit_id = {self._unit_id()}"
        duty = self._one("duties", f"{open_ones} AND clause = 'WP-16'")
        reported = self._one(
            "duties", f"state = 'open' AND clause = 'WP-32' AND incident_id = {self.number}"
        )
        proven = self._one("duties", f"{open_ones} AND clause = 'WP-12'")
        evidence = {
            "at": self.story.scene.now().isoformat(), "by": f"{self.mark}员工", "to": "分行",
            "number": "7", "via": "phone", "note": f"{self.mark}已办",
        }  # fmt: skip
        file = PDF + self.mark.encode()
        self.engine.prove_duty(proven, None, evidence, "test", file=file)
        return duty, reported, proven

    def _unit_id(self) -> int:
        return self._one("units", f"code = '{self.unit}'")

    def _row(self) -> int:
        return self._one(
            "reception_rows",
            f"sheet_id IN (SELECT id FROM reception_sheets WHERE incident_id = {self.number})",
        )

    def _of_incident(self, table: str) -> int:
        return self._one(table, f"incident_id = {self.number}")

    def _one(self, table: str, where: str) -> int:
        query = sa.text(f"SELECT min(id) FROM {table} WHERE {where}")
        return int(self.story.db.app.read(lambda c: c.scalar(query)))
