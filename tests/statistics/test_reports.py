"""Standing reports: made by themselves, once, frozen, told to whom the plan says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.clock import SHANGHAI
from core.errors import NotFound
from core.rights import Access, rights_of
from core.viewer import Viewer
from core.words import Role
from database.connection import Database
from escalation.plan_file import load_plan
from escalation.statistics_reports import READY, ended, make_next, make_some
from tests.engine.scene import PLANS, Scene
from tests.postgres import TestDatabase

PLAN = load_plan("maturing-wealth-product", PLANS)
SUNDAY = datetime(2026, 11, 29, 12, 0, tzinfo=SHANGHAI)
FIRST_OF_DECEMBER = date(2026, 12, 1)


@pytest.fixture
def scene(db: TestDatabase) -> Iterator[Scene]:
    story = Scene(db, start=SUNDAY, plan=PLAN)
    story.work()
    yield story
    story.work()
    story.expect_nothing_more()


def reports(scene: Scene) -> dict[tuple[str, str], dict[str, Any]]:
    return {(r["unit_code"], r["period"]): r for r in scene.engine.statistics.reports()}


def morning(scene: Scene, day: date) -> None:
    scene.db.set_time(datetime.combine(day, READY, SHANGHAI))
    many_ticks(scene)


def many_ticks(scene: Scene) -> None:
    """One tick makes a few reports only."""
    while make_some(scene.house, scene.now()):
        pass
    scene.work()


def expect_report(scene: Scene, unit: str, role: Role, *words: str) -> None:
    text = scene.expect_sms(unit, role, "投诉统计报表")
    assert any(word in text for word in words), text


def test_a_period_is_ready_at_eight_on_the_day_after_its_end() -> None:
    def names(kind: str, *at: int) -> list[str]:
        return [p.name for p in ended(kind, date(2026, 11, 20), datetime(*at, tzinfo=SHANGHAI))]  # type: ignore[arg-type]

    assert names("day", 2026, 11, 22, 7, 59) == ["2026-11-20"]
    assert names("day", 2026, 11, 22, 8, 0) == ["2026-11-21", "2026-11-20"]
    assert names("week", 2026, 11, 23, 8, 0) == ["2026-W47"]
    assert names("month", 2026, 11, 30, 23, 0) == []
    assert names("month", 2026, 12, 1, 8, 0) == ["2026-11"]
    assert len(ended("day", date(2020, 1, 1), SUNDAY)) == 31


def test_nothing_is_made_of_the_time_before_the_system_ran(scene: Scene) -> None:
    assert reports(scene) == {}


def test_the_morning_after_brings_each_units_report_and_one_text_a_person(scene: Scene) -> None:
    scene.complain("SH1")
    monday = SUNDAY.date() + timedelta(days=1)
    scene.db.set_time(datetime.combine(monday, READY, SHANGHAI) - timedelta(minutes=1))
    scene.work()
    assert reports(scene) == {}
    morning(scene, monday)
    found = reports(scene)
    assert set(found) == {(u, p) for u in ("HO", "SH", "NJ") for p in ("2026-11-29", "2026-W48")}
    of_shanghai = scene.engine.statistics.report(found["SH", "2026-11-29"]["id"])
    figures = {f["key"]: f["value"] for f in of_shanghai["content"]["figures"]}
    assert figures["received"] == 1
    assert of_shanghai["whole"]
    for unit in ("SH", "NJ"):
        expect_report(scene, unit, Role.BRANCH_CONTACT, "11月29日", f"{unit}")
        expect_report(scene, unit, Role.BRANCH_LEADER, "第48周")
    for _ in range(2):
        expect_report(scene, "HO", Role.HO_DEPUTY, "11月29日", "第48周")
    for unit, role in list(scene.phones):
        skip_complaint_texts(scene, unit, role)


def skip_complaint_texts(scene: Scene, unit: str, role: Role) -> None:
    """Duties of the complaint itself are not this story's."""
    phone = scene.phones[unit, role]
    for message in scene.gateway.messages(phone)[scene.seen.get(phone, 0) :]:
        assert "统计" not in message["text"]
        scene.seen[phone] = scene.seen.get(phone, 0) + 1


def test_after_an_outage_every_report_is_there_and_only_the_latest_is_told(scene: Scene) -> None:
    morning(scene, SUNDAY.date() + timedelta(days=9))  # 8 December
    found = reports(scene)
    days = {period for unit, period in found if unit == "SH" and len(period) == 10}
    assert days == {f"{SUNDAY.date() + timedelta(days=n)}" for n in range(9)}
    assert {("SH", "2026-11"), ("SH", "2026-W48"), ("SH", "2026-W49")} <= set(found)
    for unit in ("SH", "NJ"):
        expect_report(scene, unit, Role.BRANCH_CONTACT, "12月7日")
        for _ in range(2):
            expect_report(scene, unit, Role.BRANCH_LEADER, "第49周", "11月投诉")
    for _ in range(3):
        expect_report(scene, "HO", Role.HO_DEPUTY, "12月7日", "第49周", "11月投诉")
    before = len(reports(scene))
    for minutes in (1, 60, 600):
        scene.later(minutes=minutes)
    assert len(reports(scene)) == before


def test_two_engines_make_each_report_once(scene: Scene, db: TestDatabase) -> None:
    db.set_time(datetime.combine(FIRST_OF_DECEMBER, READY, SHANGHAI))
    faults: list[BaseException] = []

    def engine() -> None:
        own = Database(db.app_url)
        house = Scene(db, built=True, plan=PLAN).house
        try:
            for _ in range(60):
                own.run(lambda c: make_next(c, house, db.now()))
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)
        finally:
            own.dispose()

    rivals = [threading.Thread(target=engine) for _ in range(3)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    assert faults == []
    found = reports(scene)
    assert len(found) == 3 * (2 + 1 + 1)  # two days, a week and a month of three units
    texts = db.app.read(lambda c: c.scalars(sa.text(
        "SELECT to_role FROM messages WHERE kind = 'statistics'")).all())  # fmt: skip
    # the day to contacts and deputy, the week and the month to leaders and deputy
    assert sorted(texts) == ["branch_contact"] * 2 + ["branch_leader"] * 4 + ["ho_deputy"] * 3
    scene.work()
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))


def test_what_was_cut_short_is_made_afterwards(scene: Scene, db: TestDatabase) -> None:
    """As a kill -9 leaves it: nothing of a transaction that did not commit."""
    db.set_time(datetime.combine(FIRST_OF_DECEMBER, READY, SHANGHAI))

    def cut(connection: sa.Connection) -> None:
        assert make_next(connection, scene.house, db.now())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        db.app.run(cut)
    assert reports(scene) == {}
    many_ticks(scene)
    assert len(reports(scene)) == 12
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))


@pytest.fixture
def seen_by(scene: Scene, db: TestDatabase) -> Iterator[Callable[[str, int], Any]]:
    """The engine as the leader of a unit sees it."""
    logins = Database(db.app_url, role=None)

    def engine(code: str, account: int) -> Any:
        unit = scene.house.tree().by_code(code)
        assert unit is not None
        viewer = Viewer("person", account, f"负责人{account}", unit.id, unit.path,
                        rights_of([Access.BRANCH]))  # fmt: skip
        return scene.engine.for_viewer(viewer, logins), viewer

    yield engine
    logins.dispose()


def test_a_report_is_its_areas_and_says_who_opened_it(
    scene: Scene, seen_by: Callable[[str, int], Any]
) -> None:
    morning(scene, SUNDAY.date() + timedelta(days=1))
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
    shanghai, leader = seen_by("SH", 7)
    nanjing, other = seen_by("NJ", 8)
    mine = shanghai.statistics.reports()
    assert {r["unit_code"] for r in mine} == {"SH"}
    one = mine[0]["id"]
    assert mine[0]["opened"] == []
    with pytest.raises(NotFound):
        nanjing.statistics.open_report(one, other)
    first = shanghai.statistics.open_report(one, leader)
    scene.later(hours=1)
    second = shanghai.statistics.open_report(one, leader)
    assert [o["name"] for o in second["opened"]] == ["负责人7"]
    assert first["opened"] == second["opened"]
    assert first["content"] == second["content"]


def test_a_frozen_report_stays_as_it_was(scene: Scene, db: TestDatabase) -> None:
    morning(scene, SUNDAY.date() + timedelta(days=1))
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
    one = reports(scene)["SH", "2026-11-29"]["id"]
    before = scene.engine.statistics.report(one)
    scene.complain("SH1", received_at=SUNDAY.isoformat())
    assert scene.engine.statistics.read("2026-11-29", "SH")["figures"][0]["value"] == 1
    assert scene.engine.statistics.report(one) == before
    for statement in ("UPDATE statistic_reports SET period = 'x'", "DELETE FROM statistic_reports"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            db.app.run(lambda c, s=statement: c.execute(sa.text(s)))  # type: ignore[misc]
    db.owner.run(lambda c: c.execute(sa.text(
        "UPDATE statistic_reports SET content = jsonb_set(content, '{made_at}', '\"x\"')"
    )))  # fmt: skip
    assert not scene.engine.statistics.report(one)["whole"]
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
