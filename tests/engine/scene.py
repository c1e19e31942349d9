"""A bank in a test: the real engine over a real database, spoken to in the operator's words.

Phones are the sandbox gateway's; `expect_sms` takes a text off a phone, and whatever is left on
any phone at the end of the scene fails the test.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alerts.gateways.sandbox import SandboxGateway
from alerts.sender import Sender
from complaints.identity import BlindIndex
from complaints.value import parse_complaint
from contacts.people import MemberValue, PersonValue, save_member, save_person
from contacts.units import UnitValue, save_units
from core.clock import SHANGHAI
from core.words import Level, Role
from escalation.acknowledging import Acknowledgement
from escalation.engine import Engine
from escalation.gatherings import Gathering
from escalation.house import House
from escalation.ids import incident_number
from escalation.plan import Plan
from escalation.plan_file import load_plan
from tests.keys import INDEX_KEY, VAULT
from tests.postgres import TestDatabase

PLANS = Path(__file__).parents[2] / "plans"
MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
_numbers = itertools.count(1)

#: unit code -> (name, short name, level, parent)
UNITS = (
    ("HO", "示范银行总行", "总行", Level.HEAD_OFFICE, None),
    ("SH", "上海分行", "上海分行", Level.BRANCH, "HO"),
    ("NJ", "南京分行", "南京分行", Level.BRANCH, "HO"),
    ("SH1", "上海徐汇支行", "徐汇支行", Level.SUB_BRANCH, "SH"),
    ("SH2", "上海静安支行", "静安支行", Level.SUB_BRANCH, "SH"),
    ("NJ1", "南京鼓楼支行", "鼓楼支行", Level.SUB_BRANCH, "NJ"),
)
#: role -> the level of the units that have it, in the order in which phones are numbered
ROLES = {
    Level.HEAD_OFFICE: (Role.HO_LEADER, Role.HO_DEPUTY, Role.DUTY_OFFICER, Role.PR_OFFICER),
    Level.BRANCH: (
        Role.BRANCH_LEADER, Role.BRANCH_DEPUTY, Role.BRANCH_CONTACT, Role.BRANCH_SERVICE,
    ),
    Level.SUB_BRANCH: (Role.SUB_HEAD, Role.SUB_DEPUTY),
}  # fmt: skip


@cache
def shipped_plan(*overlays: str) -> Plan:
    """The default plan with these overlays as shipped; read once (160 ms), for a plan is frozen.

    Without its standing reports: a story that goes on for days is not told of each (they have
    tests of their own, tests/statistics).
    """
    return without_reports(load_plan("maturing-wealth-product", PLANS, overlays))


def without_reports(plan: Plan) -> Plan:
    return plan.model_copy(update={"tickets": plan.tickets.model_copy(update={"reports": ()})})


@dataclass
class Scene:
    """One story. Time stands still until it is moved; `work` lets engine and sender run."""

    db: TestDatabase
    phones: dict[tuple[str, Role], str] = field(default_factory=dict)
    people: dict[tuple[str, Role], int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    start: datetime = MORNING
    built: bool = False
    plan: Plan | None = None

    def __post_init__(self) -> None:
        if self.built:
            self._find()
        else:
            self.db.set_time(self.start)
            self._build()
        self.plan = self.plan or shipped_plan()
        self.house = House(self.db.app, self.plan, BlindIndex(INDEX_KEY), "示范银行", VAULT)
        self.engine = Engine(self.house)
        self.gateway = SandboxGateway(self.db.app)
        self.sender = Sender(self.db.app, [self.gateway], "test-sender")

    @classmethod
    def over(cls, db: TestDatabase) -> Scene:
        """A scene over a database that holds one already (restored from a backup)."""
        return cls(db, built=True)

    def _find(self) -> None:
        rows = self.db.app.read(
            lambda c: c.execute(
                sa.text(
                    "SELECT u.code, t.role, p.id, p.mobile FROM team_members t"
                    " JOIN units u ON u.id = t.unit_id JOIN people p ON p.id = t.person_id"
                )
            ).all()
        )
        for row in rows:
            self.phones[row.code, Role(row.role)] = row.mobile
            self.people[row.code, Role(row.role)] = row.id

    def _build(self) -> None:
        def work(connection: sa.Connection) -> None:
            save_units(
                connection,
                [
                    UnitValue(code, name, level, parent_code=parent, short_name=short)
                    for code, name, short, level, parent in UNITS
                ],
            )
            ids = {r.code: r.id for r in connection.execute(sa.text("SELECT id, code FROM units"))}
            for code, _name, _short, level, _parent in UNITS:
                for role in ROLES[level]:
                    self._staff(connection, ids[code], code, role)

        self.db.app.run(work)

    def _staff(self, connection: sa.Connection, unit_id: int, code: str, role: Role) -> None:
        phone = f"199{len(self.phones) + 1:08d}"
        person = save_person(
            connection,
            PersonValue(name=f"员工{len(self.phones) + 1}", unit_id=unit_id, mobile=phone),
        )
        save_member(connection, MemberValue(unit_id=unit_id, role=role, person_id=person))
        self.phones[code, role] = phone
        self.people[code, role] = person

    # --- what happens ---------------------------------------------------------------------

    def now(self) -> datetime:
        return self.db.now()

    def complain(self, unit: str = "SH1", **given: Any) -> dict[str, Any]:
        """One complaint; another client each time unless `client` says who."""
        number = next(_numbers)
        body = {
            "source": "test", "source_ref": f"r{number}", "unit": unit, "channel": "counter",
            "received_at": self.now().isoformat(),
            "client": {"name": f"客户{number}", "phone": f"138{number:08d}"},
            **given,
        }  # fmt: skip
        return self.engine.take_complaint(parse_complaint(body), "test").answer

    def crowd(self, number: int, unit: str = "SH1", **given: Any) -> list[dict[str, Any]]:
        return [self.complain(unit, **given) for _ in range(number)]

    def gather(self, complainants: int, unit: str = "SH1", onlookers: int = 0) -> dict[str, Any]:
        value = Gathering(unit, complainants, onlookers, self.now(), "大堂经理")
        return self.engine.report_gathering(value, "test")

    def work(self) -> None:
        """Engine and sender do all there is to do now."""
        for _ in range(20):
            for _name, clockwork in self.engine.clockworks():
                clockwork()
            sent = 0
            while self.sender.send_one():
                sent += 1
            if not sent:
                return

    def later(self, **delta: float) -> None:
        self.db.move_time(timedelta(**delta))
        self.work()

    def reply(self, unit: str, role: Role, text: str) -> None:
        self.engine.inbound("sandbox", f"in{next(_numbers)}", self.phones[unit, role], text, {})
        self.work()

    def acknowledge(self, incident: str, by: str, role: Role, via: str = "web") -> bool:
        value = Acknowledgement(by=by, role=role.value, via=via)
        return self.engine.acknowledge(incident_number(incident), value)

    def close(self, incident: str) -> None:
        self.engine.stand_down(incident_number(incident), "已妥善处置", "test")
        self.work()

    # --- what is expected -----------------------------------------------------------------

    def incident(self, incident: str) -> dict[str, Any]:
        return self.engine.incident(incident_number(incident))

    def open_incidents(self) -> list[dict[str, Any]]:
        return self.engine.incidents(state="open")

    def expect_sms(self, unit: str, role: Role, contains: str = "") -> str:
        """The next unread text on this phone must contain these words."""
        phone = self.phones[unit, role]
        texts = [m["text"] for m in self.gateway.messages(phone)]
        at = self.seen.get(phone, 0)
        assert len(texts) > at, f"no new SMS for {unit} {role}; it has {texts}"
        self.seen[phone] = at + 1
        assert contains in texts[at], f"{texts[at]!r} does not contain {contains!r}"
        return str(texts[at])

    def expect_nothing_more(self) -> None:
        """No phone has a text that the story did not expect."""
        for (unit, role), phone in self.phones.items():
            texts = [m["text"] for m in self.gateway.messages(phone)][self.seen.get(phone, 0) :]
            assert not texts, f"unexpected SMS for {unit} {role}: {texts}"
