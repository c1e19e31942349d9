"""Signing reports: who may, numbers without a gap, and what happens at the same moment."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_signing import Signer
from tests.engine.report_desk import CONTACT, Desk, race, refused
from tests.engine.scene import Scene
from tests.postgres import TestDatabase


def test_only_the_designated_role_signs(desk: Desk) -> None:
    report = desk.fill(desk.begin(to="head_office"))
    assert report["sign_roles"] == ["branch_leader", "ho_deputy", "ho_leader"]
    stranger = Signer("员工13", "sub_head")

    def sign(signer: Signer) -> dict[str, Any]:
        return desk.reports.sign(desk.number, report["id"], report["version"], signer, "web:x")

    assert refused(lambda: sign(stranger)) == {"role"}
    assert sign(Signer("员工2", "ho_deputy"))["signer"] == "员工2"


def test_numbers_run_by_addressee_and_year_without_a_gap(desk: Desk) -> None:
    assert desk.made()["number"] == "示范银行上海分行〔2026〕投诉急报（监）第1号"
    assert desk.made(to="head_office")["number"] == "示范银行上海分行〔2026〕投诉急报第1号"
    spoiled = desk.sign(desk.fill(desk.begin("follow_up")))
    desk.reports.discard(desk.number, spoiled["id"], "内容有误", "web:branch_contact")
    assert desk.made("follow_up")["number"].endswith("第3号")  # 2 stays discarded, for all to see
    desk.scene.db.set_time(datetime.fromisoformat("2027-01-01T00:05:00+08:00"))
    assert "〔2027〕" in desk.made("follow_up")["number"]


def test_two_who_sign_at_once_draw_one_number(desk: Desk) -> None:
    report = desk.fill(desk.begin())
    results = race([lambda: desk.sign(report)] * 6)
    signed = [r for r in results if isinstance(r, dict)]
    lost = [r for r in results if isinstance(r, Conflict)]
    assert (len(signed), len(lost)) == (1, 5), results
    assert {error.extra["number"] for error in lost} == {signed[0]["number"]}
    last = desk.scene.db.app.read(lambda c: c.scalar(sa.text("SELECT last FROM report_numbers")))
    assert last == 1


def test_parallel_signing_leaves_no_gap_and_no_double(db: TestDatabase) -> None:
    """Eight incidents' reports of one branch, signed by eight writers at once, some refused."""
    desk = Desk(db)
    drafts = []
    for number in range(8):
        value_unit = "SH1" if number % 2 else "SH2"
        incident = _opened(desk.scene, value_unit, number)
        report = desk.reports.begin(incident, Beginning("first", "regulator"), "web:x")
        wanted = {"request": "" if number in (2, 5) else "暂无。"}
        drafts.append((incident, desk.reports.edit(
            incident, report["id"], report["version"], wanted, "web:x")))  # fmt: skip
    results = race([
        partial(desk.reports.sign, i, r["id"], r["version"], CONTACT, "web:x")
        for i, r in drafts
    ])  # fmt: skip
    numbers = sorted(r["number"] for r in results if isinstance(r, dict))
    assert sum(isinstance(r, InvalidInput) for r in results) == 2
    assert numbers == sorted(f"示范银行上海分行〔2026〕投诉急报（监）第{n}号" for n in range(1, 7))


def _opened(scene: Scene, unit: str, number: int) -> int:
    """An incident of its own: the one before at this place has stood down."""
    for held in scene.open_incidents():
        if held["unit"] == unit:
            scene.engine.stand_down(incident_number(held["id"]), f"第{number}次", "test")
    answers = scene.crowd(10, unit=unit)
    return incident_number(str(answers[-1]["incident"]))


def test_two_who_draft_at_once_make_one(desk: Desk) -> None:
    results = race([lambda: desk.begin()] * 5)
    assert sum(isinstance(r, dict) for r in results) == 1
    assert sum(isinstance(r, Conflict) for r in results) == 4, results
