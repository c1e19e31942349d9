"""A simulation runs the real engine and leaves nothing: no row, no text, nobody waiting."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from core.clock import SHANGHAI
from core.errors import InvalidInput
from core.words import ROLE_LEVEL, Channel, Level, Role
from escalation.simulated_entries import Entry
from escalation.simulating import Occasion, simulate
from escalation.vocabulary import EVENT_KINDS, Event
from tests.engine.ladders import absent, ladder_plan, on_shift, open_crowd
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase

TABLES = (
    "incidents", "incident_keys", "key_states", "ladders", "ladder_steps", "acknowledgements",
    "events", "duties", "duty_notices", "messages", "sandbox_messages", "complaints", "journal",
    "standing_periods", "digest_items",
)  # fmt: skip
DAY = timedelta(days=1)


def _rows(scene: Scene) -> dict[str, list[Any]]:
    """Every row of every table that telling writes."""
    return scene.db.app.read(
        lambda c: {
            t: sorted(map(str, c.execute(sa.text(f"SELECT t::text FROM {t} t")).scalars()))
            for t in TABLES
        }
    )


def _of(entries: tuple[Entry, ...], kind: str) -> list[tuple[str, str]]:
    return [(f"{e.at.astimezone(SHANGHAI):%H:%M}", e.detail) for e in entries if e.kind == kind]


def test_who_would_be_told_and_when(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan(repeat={"every": "30m", "most": 1}))
    absent(scene, "SH", Role.BRANCH_CONTACT)
    absent(scene, "SH", Role.BRANCH_SERVICE)
    before = _rows(scene)
    timeline = simulate(scene.house, Occasion("incident_opened", "SH1", MORNING, headcount=12), DAY)
    assert _of(timeline.entries, "ladder") == [
        ("10:00", "ladder_told"), ("10:05", "ladder_skipped"), ("10:05", "ladder_told"),
        ("10:05", "ladder_exhausted"), ("10:35", "ladder_repeated"), ("10:45", "head_office_paged"),
    ]  # fmt: skip
    skipped = next(e for e in timeline.entries if e.detail == "ladder_skipped")
    assert "(不在岗)" in skipped.what[0] and "(away)" in skipped.what[1]
    texts = [e for e in timeline.entries if e.kind == "text"]
    assert all(e.phone and "****" in e.phone and e.name and e.role for e in texts)
    assert not any(phone in str(timeline.as_json()) for phone in scene.phones.values())
    assert _rows(scene) == before


def test_it_says_what_an_acknowledgement_would_spare(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    what = Occasion("incident_opened", "SH1", MORNING, headcount=12,
                    acknowledged_after=timedelta(minutes=7))  # fmt: skip
    timeline = simulate(scene.house, what, DAY)
    assert _of(timeline.entries, "acknowledgement") == [("10:07", "acknowledged")]
    assert _of(timeline.entries, "ladder") == [
        ("10:00", "ladder_told"), ("10:05", "ladder_told"), ("10:45", "head_office_paged"),
    ]  # fmt: skip


def test_the_end_of_a_shift_is_foreseen(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan([{"roles": ["duty_officer"]}, {"roles": ["ho_deputy"]}]))
    noon = MORNING + timedelta(hours=2)
    on_shift(scene, "HO", Role.DUTY_OFFICER, Role.DUTY_OFFICER, MORNING - DAY, noon)
    on_shift(scene, "HO", Role.DUTY_OFFICER, Role.PR_OFFICER, noon, noon + DAY)
    what = Occasion("incident_opened", "SH1", MORNING, headcount=12,
                    acknowledged_after=timedelta(minutes=1))  # fmt: skip
    timeline = simulate(scene.house, what, DAY)
    found = [(at, d) for at, d in _of(timeline.entries, "acknowledgement")]
    assert found == [("10:01", "acknowledged"), ("12:00", "acknowledgement_handed_over")]
    assert ("12:00", "handover") in _of(timeline.entries, "text")
    assert ("12:05", "ladder_told") in _of(timeline.entries, "ladder")


@pytest.mark.parametrize("event", get_args(Event))
def test_every_event_can_be_simulated(db: TestDatabase, event: Event) -> None:
    scene = Scene(db)
    before = _rows(scene)
    what = Occasion(event, "SH1", MORNING, channel=Channel.HOTLINE, class_id="x", clients=10)
    timeline = simulate(scene.house, what, timedelta(days=100))
    named = {e.detail for e in timeline.entries if e.kind == "event"}
    here = [s.clause.event for s in scene.house.plan.standing
            if ROLE_LEVEL[s.clause.who[0]] is Level.SUB_BRANCH]  # fmt: skip
    period = EVENT_KINDS[event].subject == "period"
    assert (event in named) is (event in here if period else event != "statutory_major")
    assert _rows(scene) == before


def test_an_unknown_unit_is_refused(db: TestDatabase) -> None:
    scene = Scene(db)
    with pytest.raises(InvalidInput):
        simulate(scene.house, Occasion("incident_opened", "nowhere", MORNING), DAY)


def test_it_bears_a_running_engine_and_leaves_no_trace(db: TestDatabase) -> None:
    """Open incidents, an engine that ticks, senders that send, and simulations all the time."""
    scene = Scene(db)
    incidents = [open_crowd(scene, unit) for unit in ("SH1", "SH2", "NJ1")]
    number = _rows(scene)["incidents"]
    failures: list[BaseException] = []
    stop = threading.Event()
    grave = Occasion("incident_large", "SH1", MORNING, clients=60, media=True, threat=True)

    def dream() -> None:
        try:
            while not stop.is_set():
                timeline = simulate(scene.house, grave, DAY)
                assert len(timeline.entries) > 20
        except BaseException as error:  # noqa: BLE001 - shown below
            failures.append(error)

    dreamers = [threading.Thread(target=dream) for _ in range(2)]
    for thread in dreamers:
        thread.start()
    for _ in range(30):
        scene.later(minutes=2)
    stop.set()
    for thread in dreamers:
        thread.join(60)
    assert not failures
    rows = _rows(scene)
    assert len(rows["incidents"]) == len(number) == 3
    for incident in incidents:
        ladder = scene.incident(incident)["ladder"]
        assert [d["due_at"][14:16] for d in ladder["done"]] == ["00", "05", "10"], "none was late"
        assert [d["done_at"][14:16] for d in ladder["done"]] == ["00", "06", "10"]
    assert not [m for m in rows["messages"] if "60名" in m]
    assert not [m for m in rows["sandbox_messages"] if "60名" in m]


def test_it_waits_for_nobody_and_nobody_for_it(db: TestDatabase) -> None:
    """Between its moments it holds no lock that a verb of the engine needs."""
    scene = Scene(db)
    house = scene.house
    held, go_on = threading.Event(), threading.Event()
    calendar = house.calendar

    def slow(*given: Any, **more: Any) -> Any:
        if threading.current_thread().name == "dream":
            held.set()
            assert go_on.wait(60)
        return calendar(*given, **more)

    house.calendar = slow  # type: ignore[method-assign]
    what = Occasion("incident_opened", "SH1", MORNING, clients=12)
    thread = threading.Thread(target=simulate, args=(house, what, DAY), name="dream")
    thread.start()
    assert held.wait(60), "the incident is there, its duties are just being born"
    incident = open_crowd(scene)
    assert scene.acknowledge(incident, "王五", Role.HO_DEPUTY)
    scene.later(hours=1)
    scene.close(incident)
    go_on.set()
    thread.join(60)
    assert len(_rows(scene)["incidents"]) == 1
