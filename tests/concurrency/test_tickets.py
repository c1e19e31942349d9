"""Two people at one ticket: every step is done once, it is handed over once, it ends once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.ticket_forms import fill
from complaints.ticket_life import position, stage
from complaints.value import parse_complaint
from core.errors import FenghuoError
from core.words import Role
from escalation import ticket_store
from escalation.engine import Engine
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from tests.concurrency.bank import build_bank, open_house
from tests.concurrency.crew import Crew
from tests.engine.scene import MORNING
from tests.postgres import TestDatabase
from tests.tickets.clerk import SAYS

_SKIPPED = ("analyse", "approve", "return_visit")


def work_all(
    engine: Engine, complaints: Sequence[int], name: str, unit: int, seed: int
) -> Counter[str]:
    """Take each ticket on as far as it goes, in an order of one's own; what was done."""
    dice, done = random.Random(seed), Counter[str]()
    me = Worker(name, Role.SUB_HEAD.value, f"web:sub_head:{name}", unit)
    for _ in range(14):
        for complaint in dice.sample(list(complaints), len(complaints)):
            row = engine.database.read(lambda c, n=complaint: c.execute(
                sa.text("SELECT stage, version FROM tickets WHERE complaint_id = :id"), {"id": n}
            ).one())  # fmt: skip
            at = row.stage
            act, body = (("skip", {"step": at, "reason": "无需"}) if at in _SKIPPED
                         else (str(at), SAYS.get(str(at), {})))  # fmt: skip
            if act not in SAYS and act != "skip":
                continue
            if dice.random() < 0.05:
                act, body = "withdraw", {"reason": "撤诉"}
            try:
                engine.tickets.do(complaint, fill(act, body), me, version=row.version)
                done[act] += 1
            except FenghuoError:
                done["refused"] += 1
    return done


def take_all(engine: Engine, complaints: Sequence[int], name: str, unit: int) -> list[int]:
    """Accept whatever is offered; which."""
    taken = []
    me = Worker(name, Role.SUB_HEAD.value, f"web:sub_head:{name}", unit)
    for complaint in complaints:
        try:
            engine.tickets.accept_handover(complaint, me)
            taken.append(complaint)
        except FenghuoError:
            continue
    return taken


def _bank(db: TestDatabase, number: int) -> tuple[Engine, list[int], int, Sequence[str]]:
    units = build_bank(db.app, 1, 2)
    db.set_time(MORNING)
    engine = open_house(db.app_url)
    house = engine.house
    body: dict[str, Any] = {
        "source": "race", "unit": units[0], "channel": "counter", "summary": "收益低",
        "demand": "说明", "received_at": MORNING.isoformat(),
    }  # fmt: skip
    for n in range(number):
        engine.take_complaint(parse_complaint({
            **body, "source_ref": f"r{n}", "client": {"name": "客户", "phone": f"138{n % 5:08d}"},
        }), "test")  # fmt: skip
    ids = db.app.read(lambda c: list(c.scalars(sa.text("SELECT id FROM complaints ORDER BY id"))))
    unit = house.tree().by_code(units[0])
    assert unit is not None
    return engine, ids, unit.id, units


def _race(db: TestDatabase, crew: Crew, seed: int, number: int) -> None:
    engine, ids, unit, _units = _bank(db, number)
    found: list[Counter[str]] = crew.run(
        db.app_url, [(work_all, (ids, f"p{n}", unit, seed + n)) for n in range(4)]
    )
    assert sum(f["refused"] for f in found) > 0, "they did race"
    total = sum((Counter(f) for f in found), Counter[str]())
    for complaint in ids:
        entries = db.app.read(lambda c, n=complaint: ticket_store.entries_of(c, n))
        acts = Counter(e.act for e in entries)
        for step in SAYS:
            assert acts[step] <= 1, (complaint, acts)
        row = db.app.read(lambda c, n=complaint: c.execute(
            sa.text("SELECT t.stage, c.status FROM tickets t JOIN complaints c"
                    " ON c.id = t.complaint_id WHERE c.id = :id"), {"id": n}).one())  # fmt: skip
        assert row.stage == stage(engine.house.plan.life, position(entries))
        assert (row.stage == "withdrawn") == (row.status == "withdrawn")
    stored = db.app.read(lambda c: c.scalar(sa.text("SELECT count(*) FROM ticket_acts")))
    assert stored == sum(n for act, n in total.items() if act != "refused")


def test_every_step_is_done_once(db: TestDatabase, crew: Crew, seed: int) -> None:
    _race(db, crew, seed, 12)


def test_what_is_offered_is_taken_once(db: TestDatabase, crew: Crew) -> None:
    engine, ids, unit, units = _bank(db, 20)
    giver = Worker("甲", Role.SUB_DEPUTY.value, "web:sub_deputy:1", unit)
    for complaint in ids:
        engine.tickets.hand_over(complaint, Hand(units[0], Role.SUB_HEAD, "请办理"), giver)
    found: list[list[int]] = crew.run(
        db.app_url, [(take_all, (ids, f"p{n}", unit)) for n in range(4)]
    )
    assert sorted(n for taken in found for n in taken) == ids
    handed = db.app.read(lambda c: set(c.scalars(sa.text("SELECT handovers FROM tickets"))))
    assert handed == {1}


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("turn", range(10))
def test_every_step_is_done_once_for_long(
    db: TestDatabase, crew: Crew, seed: int, turn: int
) -> None:
    _race(db, crew, seed + turn, 120)
