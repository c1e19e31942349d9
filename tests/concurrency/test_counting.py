"""Any number of writers in any number of processes: no tenth client missed, no two incidents."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.concurrency.bank import build_bank
from tests.concurrency.crew import Crew, Job, post, post_batches
from tests.concurrency.replay import check_all
from tests.engine.scene import MORNING
from tests.postgres import TestDatabase


def _bodies(
    seed: int, number: int, units: list[str], *, people: int, products: int, linking: bool = False
) -> list[dict[str, Any]]:
    """Random complaints; with `linking`, a client is named by phone, document or both."""
    dice = random.Random(seed)
    bodies = []
    for i in range(number):
        person = dice.randrange(people)
        client = {"phone": f"139{person:08d}"}
        if linking:
            how = dice.choice(("phone", "document", "document", "both"))
            client = {} if how == "document" else client
            if how != "phone":
                client["id_number"] = f"31010119800101{person:04d}"
        bodies.append(
            {
                "source": "race", "source_ref": f"r{i}", "received_at": MORNING.isoformat(),
                "channel": "counter", "unit": dice.choice(units), "client": client,
                "product": f"产品{dice.randrange(products)}" if dice.random() < 0.5 else None,
            }
        )  # fmt: skip
    return bodies


def _race(
    db: TestDatabase, crew: Crew, bodies: list[dict[str, Any]], *, batch: int = 0
) -> dict[str, int]:
    db.set_time(MORNING)
    jobs: list[Job] = []
    for i in range(crew.size):
        part = bodies[i :: crew.size]
        jobs.append((post_batches, (part, batch)) if batch and i % 2 else (post, (part,)))
    results = [entry for done in crew.run(db.app_url, jobs) for entry in done]
    assert all(created for _ref, _answer, created in results)
    return check_all(db, bodies, {ref: answer for ref, answer, _created in results})


@pytest.mark.parametrize("branches", [1, 6], ids=["few-groups", "many-groups"])
def test_every_key_at_the_threshold_is_one_incident(
    db: TestDatabase, crew: Crew, seed: int, branches: int
) -> None:
    units = build_bank(db.app, branches, 3 if branches == 1 else 10)
    bodies = _bodies(seed, 600, units, people=450, products=1 if branches == 1 else 12)
    fired = _race(db, crew, bodies)
    assert fired


def test_clients_are_linked_while_others_count_them(
    db: TestDatabase, crew: Crew, seed: int
) -> None:
    units = build_bank(db.app, 1, 3)
    assert _race(db, crew, _bodies(seed, 300, units, people=90, products=2, linking=True))


def test_batches_race_with_single_complaints(db: TestDatabase, crew: Crew, seed: int) -> None:
    units = build_bank(db.app, 3, 8)
    assert _race(db, crew, _bodies(seed, 600, units, people=400, products=6), batch=20)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("linking", [False, True], ids=["plain", "linking"])
@pytest.mark.parametrize("branches", [2, 40], ids=["few-groups", "many-groups"])
def test_eight_processes_two_thousand_complaints_each(
    db: TestDatabase, seed: int, branches: int, linking: bool
) -> None:
    eight = Crew(8)
    try:
        units = build_bank(db.app, branches, 4 if branches == 2 else 40)
        bodies = _bodies(
            seed, 16_000, units, people=4_000 if linking else 12_000,
            products=2 if branches == 2 else 300, linking=linking,
        )  # fmt: skip
        assert _race(db, eight, bodies, batch=20)
    finally:
        eight.stop()


def test_one_reference_posted_by_all_is_one_complaint_with_one_answer(
    db: TestDatabase, crew: Crew, seed: int
) -> None:
    units = build_bank(db.app, 1, 2)
    bodies = _bodies(seed, 60, units, people=60, products=1)
    db.set_time(MORNING)
    orders = [random.Random(seed + i).sample(bodies, len(bodies)) for i in range(crew.size)]
    results = crew.run(db.app_url, [(post, (order,)) for order in orders])
    answers: dict[str, dict[str, Any]] = {}
    created: dict[str, int] = {}
    for ref, answer, new in (entry for done in results for entry in done):
        assert answers.setdefault(ref, answer) == answer
        created[ref] = created.get(ref, 0) + new
    assert set(created.values()) == {1}
    check_all(db, bodies, answers)
