"""A desk at which reports are written: drafts, signs and sends in the operator's words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from contacts.units import UnitValue, save_units
from core.errors import Conflict, InvalidInput
from core.words import Level
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_rules import Addressee, Kind
from escalation.report_signing import Signer
from escalation.reports import Reports
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

REGULATOR = "国家金融监督管理总局上海监管局"
LEADER = Signer("员工5", "branch_leader")
CONTACT = Signer("员工7", "branch_contact")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20 + b"IEND\xaeB`\x82"


class Desk:
    """A bank whose Shanghai branch knows its regulator, with one incident of ten clients."""

    def __init__(self, db: TestDatabase) -> None:
        self.scene = Scene(db)
        with_regulator = UnitValue(
            "SH", "上海分行", Level.BRANCH, parent_code="HO", regulator=REGULATOR
        )
        db.app.run(lambda c: save_units(c, [with_regulator]))
        answers = self.scene.crowd(10, product="稳盈三号", amount="120000")
        self.incident = str(answers[-1]["incident"])
        self.number = incident_number(self.incident)
        self.reports: Reports = self.scene.engine.reports

    def begin(self, kind: Kind = "first", to: Addressee = "regulator") -> dict[str, Any]:
        return self.reports.begin(self.number, Beginning(kind, to), "web:branch_contact")

    def fill(self, report: dict[str, Any], **texts: str) -> dict[str, Any]:
        wanted = {"request": "暂无。", **texts}
        return self.reports.edit(
            self.number, report["id"], report["version"], wanted, "web:branch_contact"
        )

    def sign(self, report: dict[str, Any]) -> dict[str, Any]:
        signer = CONTACT if report["addressee"] == "regulator" else LEADER
        return self.reports.sign(
            self.number, report["id"], report["version"], signer, f"web:{signer.role}"
        )

    def send(self, report: dict[str, Any], **given: Any) -> dict[str, Any]:
        value = ReceiptValue(**{
            "at": self.scene.now(), "by": "员工7", "to": "消保处", "via": "written",
            "number": "沪监收77号", **given,
        })  # fmt: skip
        return self.reports.send(self.number, report["id"], value, "web:branch_contact")

    def made(self, kind: str = "first", to: str = "regulator") -> dict[str, Any]:
        """A report that has been signed and sent."""
        return self.send(self.sign(self.fill(self.begin(kind, to))))

    def duties(self) -> dict[str, str]:
        return {d["clause"]: d["state"] for d in self.scene.incident(self.incident)["duties"]}


def refused(work: Callable[[], object]) -> set[str]:
    with pytest.raises(InvalidInput) as caught:
        work()
    assert all(f.zh and f.en and f.remedy_zh and f.remedy_en for f in caught.value.faults)
    return {fault.field for fault in caught.value.faults}


def race(works: list[Callable[[], Any]]) -> list[Any]:
    """All at once, each on a connection of its own; results or the errors raised."""
    start = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            results[place] = work()
        except (Conflict, InvalidInput) as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def field(report: dict[str, Any], name: str) -> str:
    return str({f["name"]: f for f in report["fields"]}[name]["value"])
