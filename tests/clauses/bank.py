"""What must happen for a clause, done the way the engine does it, and what proves it done."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from complaints.identity import BlindIndex
from core.clock import SHANGHAI
from core.errors import Conflict
from core.words import ROLE_LEVEL, Level, Role
from escalation import lines, my_duties, receptions, standing
from escalation.acknowledging import Acknowledgement
from escalation.clauses import Clause
from escalation.engine import Engine
from escalation.events import ByHand
from escalation.house import House
from escalation.ids import incident_number
from escalation.manual import ManualOpening
from escalation.plan import Plan
from escalation.regulator_acts import Contact, Receipt
from escalation.regulator_opening import Receiving
from escalation.regulator_store import By
from escalation.vocabulary import EVENT_KINDS
from tests.engine.scene import Scene
from tests.keys import INDEX_KEY, VAULT
from tests.postgres import TestDatabase

#: Friday before Spring Festival; see expected.yaml.
START = datetime(2026, 2, 13, 16, 5, tzinfo=SHANGHAI)
RECEIVED = datetime(2026, 2, 13, 9, 0, tzinfo=SHANGHAI)
#: The morning on which a period comes due, and the day before.
PERIODS = {
    "day": datetime(2026, 4, 1, 0, 10, tzinfo=SHANGHAI),
    "week": datetime(2026, 4, 6, 0, 10, tzinfo=SHANGHAI),
    "month": datetime(2026, 4, 1, 0, 10, tzinfo=SHANGHAI),
    "quarter": datetime(2026, 4, 1, 0, 10, tzinfo=SHANGHAI),
    "half_year": datetime(2026, 7, 1, 0, 10, tzinfo=SHANGHAI),
    "year": datetime(2026, 1, 1, 0, 10, tzinfo=SHANGHAI),
}
HEADS = {"crowd_on_site": 12, "statutory_major": 20, "incident_large": 40}
_numbers = itertools.count(1)
WRITER = By("web:branch_contact:1", "经办人")


class Bank(Scene):
    """The test bank with every role staffed at HO, SH and SH1."""

    def __init__(self, db: TestDatabase) -> None:
        super().__init__(db, start=RECEIVED)
        self.db.app.run(self._staff_the_rest)

    def _staff_the_rest(self, connection: sa.Connection) -> None:
        ids = {r.code: r.id for r in connection.execute(sa.text("SELECT id, code FROM units"))}
        places = {Level.HEAD_OFFICE: "HO", Level.BRANCH: "SH", Level.SUB_BRANCH: "SH1"}
        for role in Role:
            code = places[ROLE_LEVEL[role]]
            if (code, role) not in self.phones:
                self._staff(connection, ids[code], code, role)

    @contextmanager
    def under(self, plan: Plan) -> Iterator[None]:
        """The bank works by this plan."""
        self.house = House(self.db.app, plan, BlindIndex(INDEX_KEY), "示范银行", VAULT)
        self.engine = Engine(self.house)
        try:
            yield
        finally:
            self.db.app.run(lambda c: c.execute(_END_ALL))
            for statement in _PERIODS_AGAIN:
                self.db.owner.run(lambda c, text=statement: c.execute(text))  # type: ignore[misc]

    def tick(self) -> None:
        """The clockworks that a duty's time depends on."""
        for name, clockwork in self.engine.clockworks():
            if name in ("told duties", "duties"):
                clockwork()

    # --- what happens -----------------------------------------------------------------------

    def fire(self, clause: Clause) -> Owed:
        """Let the clause's event happen; the duty that it brought."""
        before = self._last()
        kind = EVENT_KINDS[clause.event]
        incident: int | None = None
        if kind.subject == "period":
            self._end_of_period(clause.event)
        elif kind.subject == "incident":
            incident = self._incident(clause.event)
        elif clause.event == "regulator_case":
            self._regulator_case()
        elif kind.subject == "unit":
            self.db.set_time(START)
            value = ByHand(clause.event, unit="SH1", ref=f"来文{next(_numbers)}")
            self.engine.record_event(value, "test")
        else:
            self._complaint(clause)
        born = self.db.app.read(
            lambda c: c.execute(_NEW, {"last": before, "clause": clause.id}).all()
        )
        newest = max((row.runs_from for row in born), default=None)
        mine = [row.id for row in born if row.runs_from == newest]
        assert len(mine) == 1, f"{clause.event} brought {len(mine)} duties of {clause.id}"
        return Owed(self, mine[0], incident)

    def _last(self) -> int:
        return self.db.app.read(
            lambda c: int(c.scalar(sa.text("SELECT coalesce(max(id), 0) FROM duties")))
        )

    def _complaint(self, clause: Clause) -> None:
        where, event = clause.where, clause.event
        channel = where.channels[0].value if where and where.channels else "counter"
        by_hand = EVENT_KINDS[event].by_hand
        self.db.set_time(RECEIVED if by_hand else START)
        routed: dict[str, Any] = {"home_unit": "SH1"} if event == "complaint_routed" else {}
        answer = self.complain("NJ1" if routed else "SH1", channel=channel, **routed)
        if by_hand:
            self.db.set_time(START)
            known = {c.id for _, rules in self.house.plan.rules for c in rules.classes}
            class_id = where.classes[0] if where and where.classes else min(known, default=None)
            value = ByHand(event, complaint_id=int(answer["complaint"][1:]), class_id=class_id)
            self.engine.record_event(value, "test")

    def _regulator_case(self) -> None:
        self.db.set_time(START)
        value = Receiving(f"转办{next(_numbers)}", "SH1", START, "letter", regulator="上海监管局")
        self.engine.regulator.receive(value, WRITER)

    def _incident(self, event: str) -> int:
        self.db.set_time(START)
        if event in HEADS:
            number = self.gather(HEADS[event])["incident"]
            if event == "statutory_major":
                self.db.app.run(lambda c: lines.cross(c, self.house, self.now()))
            return incident_number(number)
        opening = ManualOpening("SH1", "测试", media_exposed=event == "incident_exposed")
        incident = incident_number(self.engine.open_incident(opening, "test")["id"])
        if event == "safety_threat":
            self.complain(flags=["safety_threat"])
        if event == "incident_stood_down":
            self.engine.stand_down(incident, "已平息", "test")
        return incident

    def _end_of_period(self, event: str) -> None:
        morning = PERIODS[event]
        for now in (morning - timedelta(days=1), morning):
            self.db.set_time(now)
            self.db.app.run(lambda c, now=now: standing.come_due(c, self.house, now))  # type: ignore[misc]

    def states_of_complaint(self, complaint: int) -> dict[str, str]:
        """Each clause owed on this complaint, with its duty's state."""
        text = sa.text("SELECT clause, state FROM duties WHERE complaint_id = :id")
        rows = self.db.app.read(lambda c: c.execute(text, {"id": complaint}).all())
        return {row.clause: row.state for row in rows}

    def end(self, incident: int) -> None:
        """Make room for the next incident at this place."""
        state = self.engine.incident(incident)["state"]
        if state == "open":
            self.engine.stand_down(incident, "已平息", "test")


@dataclass
class Owed:
    """A duty under test."""

    bank: Bank
    id: int
    incident: int | None

    @property
    def row(self) -> sa.Row[Any]:
        return self.bank.db.app.read(lambda c: c.execute(_ROW, {"id": self.id}).one())

    def at(self, now: datetime) -> sa.Row[Any]:
        """The duty once the clocks have run at `now`."""
        self.bank.db.set_time(now)
        self.bank.tick()
        return self.row

    def told(self) -> int:
        """How many people a breach of it was told to."""
        return self.bank.db.app.read(lambda c: int(c.scalar(_TOLD, {"id": self.id})))

    def shown(self) -> dict[str, Any]:
        """The duty as its page has it: the incident's, or what the seat owes."""
        if self.incident is not None:
            page = self.bank.engine.incident(self.incident)
        else:
            row, house = self.row, self.bank.house
            page = self.bank.db.app.read(
                lambda c: my_duties.read(c, house, unit_id=row.unit_id, roles=[row.role], limit=200)
            )
        (mine,) = [duty for duty in page["duties"] if duty["id"] == self.id]
        return dict(mine)

    # --- what proves it ---------------------------------------------------------------------

    def prove(self, kind: str) -> None:
        """Evidence of this kind, on its real way."""
        automatic: dict[str, Callable[[], None]] = {
            "head_office_acknowledgement": lambda: self._acknowledge(Role.HO_DEPUTY),
            "acknowledgement": lambda: self._acknowledge(Role.BRANCH_LEADER),
            "branch_told": self._text_the_branch,
            "reception": self._receive,
        }
        if kind in automatic:
            automatic[kind]()
        elif self.row.event == "regulator_case":
            self._file()
        else:
            self.bank.engine.prove_duty(self.id, kind, self.evidence(), "test")

    def evidence(self) -> dict[str, Any]:
        return {
            "at": self.bank.now().isoformat(), "by": "经办人", "to": "对方",
            "number": "〔2026〕1号", "via": "电话", "note": "已说明",
        }  # fmt: skip

    def _file(self) -> None:
        """Its case, answered and filed: nothing else ends it."""
        with suppress(Conflict):
            self.bank.engine.prove_duty(self.id, "regulator_receipt", self.evidence(), "test")
            raise AssertionError("proven past the approval")
        desk, now = self.bank.engine.regulator, self.bank.now()
        case = self.bank.db.app.read(lambda c: c.scalar(
            sa.text("SELECT id FROM regulator_cases WHERE duty_id = :id"), {"id": self.id}
        ))  # fmt: skip
        assert case is not None
        desk.contact(case, Contact(now, "phone", "经办人", "对方", "已联系"), WRITER)
        desk.start(case, WRITER)
        desk.draft(case, "已办理", 0, WRITER)
        desk.approve(case, 1, By("web:branch_leader:2", "组长"))
        desk.file(case, Receipt(now, "经办人", "收文岗", "〔2026〕1号"), WRITER)

    def _acknowledge(self, role: Role) -> None:
        assert self.incident is not None
        value = Acknowledgement(by="值班领导", role=role.value, via="web")
        self.bank.engine.acknowledge(self.incident, value)

    def _text_the_branch(self) -> None:
        """The ticket's text, or the one that gathers it with an earlier ticket's."""
        for name, clockwork in self.bank.engine.clockworks():
            if name == "hotline digests":
                clockwork()
        while self.bank.sender.send_one():
            pass
        self.bank.tick()

    def _receive(self) -> None:
        """Two clients are left on site, each with a receiver and a room; one speaks for both."""
        incident, house, run = self.incident, self.bank.house, self.bank.db.app.run
        assert incident is not None
        self.bank.gather(2)
        batch = f"tap{next(_numbers)}"
        arrival = receptions.Arrival(batch, count=2)
        run(lambda c: receptions.arrive(c, house, incident, None, arrival, "test"))
        rows = self.bank.db.app.read(lambda c: c.execute(_CLIENTS, {"batch": batch}).all())
        for n, row in enumerate(rows):
            change = receptions.RowChange(
                row.version, receiver=f"接待{n}", room=f"{n}号室", representative=n == 0
            )
            run(lambda c, r=row.id, v=change: receptions.change_row(c, house, incident, r, v, "t"))  # type: ignore[misc]


_NEW = sa.text(
    "SELECT d.id, d.runs_from FROM duties d JOIN units u ON u.id = d.unit_id"
    " WHERE d.id > :last AND d.clause = :clause AND u.code IN ('SH1', 'SH', 'HO')"
)
_ROW = sa.text("SELECT d.*, u.code FROM duties d JOIN units u ON u.id = d.unit_id WHERE d.id = :id")
_TOLD = sa.text("SELECT count(*) FROM duty_notices WHERE duty_id = :id AND kind <> 'reminder'")
_CLIENTS = sa.text("SELECT id, version FROM reception_rows WHERE batch = :batch ORDER BY number")
_END_ALL = sa.text(
    "UPDATE duties SET state = 'waived', ended_at = coalesce(ended_at, now()), next_at = NULL,"
    " waived_by = 'test', waive_reason = 'end of the test' WHERE state = 'open'"
)
#: The same period may come due in the next test as well.
_PERIODS_AGAIN = (
    sa.text("DELETE FROM standing_periods"),
    sa.text("UPDATE events SET birth = 'past:' || id WHERE birth LIKE 'period:%'"),
    sa.text("UPDATE duties SET birth = 'past:' || id WHERE birth LIKE 'period:%'"),
)
