"""A bank with something of everything in two branches, and people who look at it.

Shanghai has a crowd of its own, Nanjing another; both hold one product, so that head office has
one incident over both. What lies in Nanjing bears words that stand nowhere else: whoever is not of
Nanjing must never be given one of them.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from complaints.value import parse_complaint
from core.clock import SHANGHAI
from core.rights import Access
from core.viewer import Viewer
from core.words import Role
from database.connection import Database
from escalation.command import Who
from escalation.engine import Engine
from escalation.ids import incident_number
from escalation.receptions import Arrival
from escalation.report_drafting import Beginning
from escalation.tasks import NewTask
from tests.areas.media import tell_media
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in

PRODUCT = "稳健增利3号"
#: Words of Nanjing's own: a client's, a note's, a summary's, a reporter's …
SECRET = "南京秘密"


class Story:
    """The bank as it stands, and each viewer's engine over it."""

    def __init__(self, db: TestDatabase) -> None:
        self.db = db
        self.scene = Scene(db)
        self._mark_staff()
        self._happen()
        self.logins = Database(db.app_url, pool_size=4, role=None)
        self.viewers = {
            "head_office": self._viewer("HO", Access.HEAD_OFFICE, Role.DUTY_OFFICER),
            "shanghai": self._viewer("SH", Access.BRANCH, Role.BRANCH_LEADER),
            "nanjing": self._viewer("NJ", Access.BRANCH, Role.BRANCH_LEADER),
            "xuhui": self._viewer("SH1", Access.SUB_BRANCH, Role.SUB_HEAD),
            "gulou": self._viewer("NJ1", Access.SUB_BRANCH, Role.SUB_HEAD),
        }

    def close(self) -> None:
        self.logins.dispose()

    def engine(self, who: str) -> Engine:
        return self.scene.engine.for_viewer(self.viewers[who], self.logins)

    def seen_by(self, who: str, query: str, **given: Any) -> list[Any]:
        """What a query without any filter shows to somebody's area."""
        area = self.viewers[who].area
        with self.logins.engine.connect() as connection, connection.begin():
            connection.execute(
                sa.text("SELECT set_config('fenghuo.area', :area, true)"), {"area": area}
            )
            return list(connection.execute(sa.text(query), given).mappings())

    def numbers(self, where: str) -> list[int]:
        """Numbers of the incidents whose unit has this code."""
        query = sa.text(
            "SELECT n.id FROM incidents n JOIN units u ON u.id = n.unit_id WHERE u.code = :code"
        )
        return list(self.db.app.read(lambda c: c.scalars(query, {"code": where}).all()))

    def _viewer(self, unit: str, access: Access, seat: Role) -> Viewer:
        person = self.scene.people[unit, seat]
        return sign_in(
            self.db, unit=unit, roles=[access], name=f"{unit}用户", person_id=person
        ).viewer

    def _mark_staff(self) -> None:
        """Nanjing's staff have names and numbers that nobody else has."""
        self.db.owner.run(lambda c: c.execute(sa.text(
            "UPDATE people SET name = :secret || '员工' || p.id, email = 'njsecret@bank.example'"
            " FROM people p JOIN units u ON u.id = p.unit_id"
            " WHERE people.id = p.id AND u.code LIKE 'NJ%'"
        ), {"secret": SECRET}))  # fmt: skip

    def _complain(self, unit: str, number: int, mark: str) -> None:
        body = {
            "source": "test", "source_ref": f"{unit}-{mark}-{number}", "unit": unit,
            "channel": "counter", "received_at": self.scene.now().isoformat(), "product": PRODUCT,
            "summary": f"{mark}情况{number}",
            "client": {"name": f"{mark}客户{number}", "account": f"{unit}6222{number:08d}"},
        }  # fmt: skip
        self.scene.engine.take_complaint(parse_complaint(body), "test")

    def _happen(self) -> None:
        scene = self.scene
        for number in range(16):
            self._complain("SH1", number, "上海")
        for number in range(16):
            self._complain("NJ1", number, SECRET)
        scene.gather(12, "NJ1")
        scene.work()
        for unit, mark in (("SH1", "上海"), ("NJ1", SECRET)):
            self._work_on(unit, mark)
        scene.work()

    def _work_on(self, unit: str, mark: str) -> None:
        """Command, a task, a note, a report, a sheet at each branch's own incident."""
        engine, branch = self.scene.engine, unit[:2]
        for number in self._open_at(unit):
            who = Who(f"{mark}指挥", Role.BRANCH_LEADER.value)
            engine.command.take(number, who)
            due = self.scene.now().astimezone(SHANGHAI) + timedelta(hours=1)
            engine.command.assign_task(
                number, who, NewTask(f"{mark}任务", branch, Role.BRANCH_SERVICE.value, due)
            )
            engine.command.write_note(number, who, f"{mark}记录")
            engine.reception.arrive(number, unit, Arrival(f"batch-{mark}", 3), "test")
            engine.reports.begin(number, Beginning("first", "head_office"), "test")
        tell_media(engine, unit, mark, self.scene.now())

    def _open_at(self, unit: str) -> list[int]:
        found = [i for i in self.scene.open_incidents() if i["unit"].startswith(unit[:2])]
        return [incident_number(i["id"]) for i in found]


def told(answer: Any) -> str:
    """An answer as its reader gets it."""
    return json.dumps(answer, ensure_ascii=False, default=str)
