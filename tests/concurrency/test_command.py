"""Command under rivals: real processes merge, split, end and reopen while complaints come in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from escalation.command import Who
from escalation.engine import Engine
from escalation.handovers import Receiver
from tests.concurrency.bank import build_bank, open_house
from tests.concurrency.crew import Crew, close_whatever_is_open, post, tick
from tests.concurrency.trees import check_trees, regroup
from tests.engine.scene import MORNING
from tests.postgres import TestDatabase


def _bodies(seed: int, number: int, units: Sequence[str], products: int) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [
        {
            "source": "race", "source_ref": f"r{i}", "received_at": MORNING.isoformat(),
            "channel": "counter", "unit": dice.choice(units),
            "product": dice.choice([None, *(f"产品{n}" for n in range(products))]),
            "client": {"phone": f"139{dice.randrange(number):08d}"},
        }
        for i in range(number)
    ]  # fmt: skip


def _race(db: TestDatabase, crew: Crew, seed: int, number: int, *, closing: bool) -> None:
    units = build_bank(db.app, 2, 3)
    db.set_time(MORNING, rate=1.0)  # no two ends at one moment
    bodies = _bodies(seed, number, units, 2)
    last: tuple[Any, tuple[Any, ...]] = (
        (close_whatever_is_open, (number,)) if closing else (regroup, (number, seed + 1))
    )
    results = crew.run(db.app_url, [
        (post, (bodies[0::2],)), (post, (bodies[1::2],)), (regroup, (number, seed)), last,
    ])  # fmt: skip
    assert sum(len(done) for done in results[:2]) == number, "no complaint is lost"
    acts = sum(n for what, n in results[2].items() if what != "refused")
    # Who ends whatever is open may leave the other one nothing to regroup in a short race.
    assert acts + (results[3] if closing else 0) > 0, "they did race"
    stored = db.app.read(lambda c: c.scalar(sa.text("SELECT count(*) FROM complaints")))
    assert stored == number
    check_trees(db)


def test_regrouping_races_with_complaints_and_with_itself(
    db: TestDatabase, crew: Crew, seed: int
) -> None:
    _race(db, crew, seed, 240, closing=False)


def test_regrouping_races_with_standing_down(db: TestDatabase, crew: Crew, seed: int) -> None:
    _race(db, crew, seed, 160, closing=True)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("turn", range(10))
def test_regrouping_races_for_long(db: TestDatabase, crew: Crew, seed: int, turn: int) -> None:
    _race(db, crew, seed + turn, 2_000, closing=bool(turn % 2))


# --- one commander ------------------------------------------------------------------------------


def take_all(engine: Engine, incidents: Sequence[int], name: str) -> list[str]:
    """Try to take command of each as the first."""
    done = []
    for incident in incidents:
        try:
            engine.command.take(incident, Who(name, "branch_leader"))
            done.append("taken")
        except InvalidInput as error:
            done.append(type(error).__name__)
    return done


def test_two_take_command_and_one_has_it(db: TestDatabase, crew: Crew) -> None:
    units = build_bank(db.app, 2, 4)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    incidents = [_crowd(engine, unit, 100 * i) for i, unit in enumerate(units)]
    results = crew.run(db.app_url, [(take_all, (incidents, f"指挥{n}")) for n in range(crew.size)])
    for came_of in zip(*results, strict=True):
        assert sorted(came_of) == ["InvalidInput"] * (crew.size - 1) + ["taken"], came_of
    query = "SELECT incident_id, count(*) AS n FROM incident_commands GROUP BY 1"
    held = db.app.read(lambda c: c.execute(sa.text(query)).all())
    assert {row.n for row in held} == {1} and len(held) == len(incidents)
    engine.database.dispose()


def accept_or_overtake(engine: Engine, offers: Sequence[tuple[int, int]], how: str) -> list[str]:
    done = []
    for incident, offer in offers:
        try:
            if how == "accept":
                shown = engine.incident(incident)["command"]["handover"]
                if shown is None:
                    done.append("late")
                    continue
                by = Who("接手", "branch_deputy")
                engine.command.accept(offer, by, shown["stamp"], shown["counts"])
            else:
                engine.command.take(incident, Who("强行", "ho_deputy"), "紧急")
            done.append("won")
        except Conflict:
            done.append("late")
    return done


def test_a_handover_is_accepted_or_overtaken_never_both(db: TestDatabase, crew: Crew) -> None:
    units = build_bank(db.app, 2, 4)
    db.set_time(MORNING)
    engine, old = open_house(db.app_url), Who("原任", "branch_leader")
    offers = []
    for i, unit in enumerate(units):
        incident = _crowd(engine, unit, 100 * i)
        engine.command.take(incident, old)
        offers.append((incident, engine.command.offer(incident, old, Receiver("branch_deputy"))))
    back = offers[::-1]
    accepted, taken, *_ = crew.run(db.app_url, [
        (accept_or_overtake, (offers, "accept")), (accept_or_overtake, (back, "overtake")),
        (tick, (1,)), (tick, (1,)),
    ])  # fmt: skip
    assert set(taken) == {"won"}
    for (incident, offer), came_of in zip(offers, accepted, strict=True):
        state = db.app.read(lambda c, o=offer: c.scalar(
            sa.text("SELECT state FROM handovers WHERE id = :id"), {"id": o}))  # fmt: skip
        assert state == ("accepted" if came_of == "won" else "overtaken"), incident
    held = db.app.read(lambda c: c.execute(sa.text(
        "SELECT name FROM incident_commands WHERE ended_at IS NULL")).scalars().all())  # fmt: skip
    assert held == ["强行"] * len(offers)
    engine.database.dispose()


def _crowd(engine: Engine, unit: str, start: int) -> int:
    bodies = [
        {"source": "race", "source_ref": f"c{i}", "received_at": MORNING.isoformat(),
         "channel": "counter", "unit": unit, "client": {"phone": f"137{i:08d}"}}
        for i in range(start, start + 10)
    ]  # fmt: skip
    return int(str(post(engine, bodies)[-1][1]["incident"])[1:])
