"""Standing duties, and what a changed calendar does to clocks."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from core.clock import SHANGHAI
from escalation.calendar_days import DayChange
from tests.engine.duty_scenes import Telling, duties, proof
from tests.engine.made_plan import clause


def test_a_day_set_as_working_on_the_day_brings_its_daily_duty(telling: Telling) -> None:
    saturday = datetime(2026, 11, 28, 8, 0, tzinfo=SHANGHAI)
    scene = telling(
        clause("DAY", event="day", who=["branch_contact"], within="same day by 17:30",
               fulfilled_by=["compilation"]),
        start=saturday,
    )  # fmt: skip
    scene.work()
    assert not duties(scene)
    scene.engine.set_calendar_day(DayChange(saturday.date(), True, "加班"), "admin")
    scene.work()
    assert duties(scene)["DAY"]["due_at"].astimezone(SHANGHAI).day == 28


def test_a_changed_calendar_moves_only_open_duties_and_back_again(telling: Telling) -> None:
    scene = telling(clause("A", within="2wd"), clause("B", within="2wd"), clause("C", within="1h"))
    scene.complain()
    found = duties(scene)
    scene.engine.prove_duty(found["B"]["id"], None, proof(scene), "test")
    change = DayChange(date(2026, 11, 24), False, "防汛停业")
    assert scene.engine.set_calendar_day(change, "admin") == 1
    moved = duties(scene)
    assert moved["A"]["due_at"] - found["A"]["due_at"] == timedelta(days=1)
    assert (moved["B"]["due_at"], moved["C"]["due_at"]) == (
        found["B"]["due_at"], found["C"]["due_at"]
    )  # fmt: skip
    entry = scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT * FROM journal WHERE verb = 'duty_moved'")).one()
    )
    assert entry.before["due"] < entry.after["due"]
    assert scene.engine.clear_calendar_day(date(2026, 11, 24), "恢复营业", "admin") == 1
    assert duties(scene)["A"]["due_at"] == found["A"]["due_at"]


def test_a_day_set_as_off_counts_for_the_next_complaint(telling: Telling) -> None:
    scene = telling(clause("A", within="1wd"))
    scene.complain()
    first = duties(scene)["A"]["due_at"]
    scene.engine.set_calendar_day(DayChange(date(2026, 11, 25), False, "停业"), "admin")
    scene.later(days=1)
    scene.complain()
    assert duties(scene)["A"]["due_at"] - first == timedelta(days=2)


def test_standing_duties_come_due_by_themselves(telling: Telling) -> None:
    scene = telling(
        clause("DAY", event="day", who=["branch_contact"], within="same day by 17:30",
               fulfilled_by=["compilation"]),
        clause("WEEK", event="week", who=["branch_contact"], within="1wd",
               fulfilled_by=["compilation"]),
        clause("MONTH", event="month", who=["ho_deputy"], within="5wd",
               fulfilled_by=["compilation"]),
    )  # fmt: skip
    scene.work()

    def kept(name: str) -> list[str]:
        return list(scene.db.app.read(lambda c: c.scalars(
            sa.text("SELECT d.birth FROM duties d JOIN units u ON u.id = d.unit_id"
                    " WHERE d.clause = :c AND u.code IN ('SH', 'HO') ORDER BY d.runs_from"),
            {"c": name}).all()))  # fmt: skip

    assert [b.split(":")[3] for b in kept("DAY")] == ["2026-11-23"]
    assert not kept("WEEK") and not kept("MONTH")
    assert duties(scene)["DAY"]["due_at"].astimezone(SHANGHAI).hour == 17
    scene.later(days=9)  # a late engine: each missed working day once, the week and the month once
    days = [b.split(":")[3] for b in kept("DAY")]
    assert days == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27",
                    "2026-11-30", "2026-12-01", "2026-12-02"]  # fmt: skip
    assert [b.split(":")[3] for b in kept("WEEK")] == ["2026-W48"]
    assert [b.split(":")[3] for b in kept("MONTH")] == ["2026-11"]
    scene.work()
    assert len(kept("DAY")) == 8
