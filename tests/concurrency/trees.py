"""What must hold of incidents, their keys and clients after any regrouping; and who regroups."""

from __future__ import annotations

import random
from collections import Counter

import sqlalchemy as sa

from core.errors import Conflict, InvalidInput, NotFound
from escalation.command import Who
from escalation.engine import Engine
from tests.postgres import TestDatabase

BOSS = Who("周敏", "ho_deputy", "web:ho_deputy")

#: What is wrong -> a query that finds it.
WRONG = {
    "a key's state names another incident than its key": (
        "SELECT s.key FROM key_states s FULL JOIN (SELECT * FROM incident_keys WHERE open) k"
        " ON k.key = s.key WHERE s.incident_id IS DISTINCT FROM k.incident_id"
    ),
    "an open key of an incident that is not open": (
        "SELECT k.key FROM incident_keys k JOIN incidents n ON n.id = k.incident_id"
        " WHERE k.open AND n.state <> 'open'"
    ),
    "an open incident without a key": (
        "SELECT id FROM incidents n WHERE state = 'open' AND NOT EXISTS"
        " (SELECT 1 FROM incident_keys k WHERE k.incident_id = n.id AND k.open)"
    ),
    "a tree of more than two levels": (
        "SELECT c.id FROM incidents c JOIN incidents p ON p.id = c.parent_id"
        " WHERE p.parent_id IS NOT NULL OR c.id = p.id"
    ),
    "a part open under an ended whole": (
        "SELECT c.id FROM incidents c JOIN incidents p ON p.id = c.parent_id"
        " WHERE c.state = 'open' AND p.state <> 'open'"
    ),
    "a number that is not the number of its clients": (
        "SELECT n.id FROM incidents n, LATERAL (SELECT count(*) AS every,"
        " count(*) FILTER (WHERE NOT c.identified) AS unknown FROM incident_clients i"
        " JOIN clients c ON c.id = i.client_id WHERE i.incident_id = n.id) t"
        " WHERE n.clients <> t.every OR n.unidentified <> t.unknown"
    ),
    "a client of a complaint who is not counted where it belongs, or above": (
        "SELECT c.id FROM complaints c JOIN complaint_parties p ON p.complaint_id = c.id"
        " AND p.role = 'principal' JOIN incidents n ON n.id = c.incident_id, incidents t"
        " WHERE c.status = 'open' AND n.state = 'open' AND (t.id = n.id OR t.id = n.parent_id)"
        " AND NOT EXISTS (SELECT 1 FROM incident_clients i WHERE i.incident_id = t.id"
        "  AND i.client_id = p.client_id)"
    ),
    "a client counted for no reason": (
        "SELECT i.incident_id, i.client_id FROM incident_clients i JOIN incidents n"
        " ON n.id = i.incident_id AND n.state = 'open' WHERE NOT EXISTS"
        " (SELECT 1 FROM complaint_parties p JOIN complaints c ON c.id = p.complaint_id"
        "  JOIN incidents m ON m.id = c.incident_id WHERE p.client_id = i.client_id"
        "  AND (m.id = n.id OR m.parent_id = n.id))"
        " AND NOT EXISTS (SELECT 1 FROM key_events e JOIN incident_keys k ON k.key = e.key"
        "  JOIN incidents m ON m.id = k.incident_id WHERE e.client_id = i.client_id"
        "  AND (m.id = n.id OR m.parent_id = n.id))"
    ),
    "a complaint under an owned key that is in no incident": (
        "SELECT c.id FROM complaints c JOIN key_events e ON e.complaint_id = c.id AND NOT e.spent"
        " JOIN incident_keys k ON k.key = e.key AND k.open WHERE c.incident_id IS NULL"
    ),
    "a key's count that is not the number of its clients": (
        "SELECT s.key FROM key_states s WHERE s.incident_id IS NOT NULL AND s.clients <>"
        " (SELECT count(DISTINCT e.client_id) FROM key_events e JOIN incident_clients i"
        "  ON i.client_id = e.client_id AND i.incident_id = s.incident_id JOIN complaints c"
        "  ON c.id = e.complaint_id AND c.incident_id IS NOT NULL"
        "  WHERE e.key = s.key AND NOT e.spent)"
    ),
    "a crowd at its threshold without an incident": (
        "SELECT e.key FROM key_events e WHERE NOT e.spent AND NOT EXISTS (SELECT 1 FROM"
        " incident_keys k WHERE k.key = e.key AND k.open) GROUP BY e.key HAVING"
        " count(DISTINCT e.client_id) >= CASE WHEN e.key LIKE 'product:%' THEN 30 ELSE 10 END"
    ),
}


def check_trees(db: TestDatabase) -> None:
    """AssertionError naming the first rule that does not hold, with what breaks it."""
    for rule, query in WRONG.items():
        rows = db.app.read(lambda c, q=query: c.execute(sa.text(q)).all())
        assert not rows, (rule, [tuple(r) for r in rows[:5]])


def regroup(engine: Engine, until: int, seed: int) -> dict[str, int]:
    """Merge, take out, split, stand down and reopen at random until `until` complaints are in."""
    dice, done = random.Random(seed), Counter[str]()
    while True:
        stored = engine.database.read(
            lambda c: int(c.exec_driver_sql("SELECT count(*) FROM complaints").scalar_one())
        )
        shown = engine.incidents(state=None, most=60)
        live = [i for i in shown if i["state"] == "open"]
        if live:
            what = dice.choice(["merge", "merge", "take_out", "split", "split", "end", "reopen"])
            try:
                _one(engine, dice, what, live, shown)
                done[what] += 1
            except (Conflict, InvalidInput, NotFound):
                done["refused"] += 1
        if stored >= until:
            return dict(done)


def _one(
    engine: Engine, dice: random.Random, what: str, live: list[dict[str, object]],
    shown: list[dict[str, object]],
) -> None:  # fmt: skip
    one = dice.choice(live)
    number = int(str(one["id"])[1:])
    if what == "merge":
        engine.command.merge(number, int(str(dice.choice(live)["id"])[1:]), BOSS, "同一批客户")
    elif what == "take_out":
        engine.command.take_out(number, BOSS, "各自处置")
    elif what == "split":
        keys = [str(k) for k in one["keys"]]  # type: ignore[attr-defined]
        some = dice.sample(keys, dice.randint(1, max(1, len(keys) - 1))) if keys else []
        engine.command.split(number, some, BOSS, "各自处置")
    elif what == "end":
        engine.stand_down(number, "已处置", "closer")
    else:
        engine.reopen_incident(int(str(dice.choice(shown)["id"])[1:]), "又来了", "closer")
