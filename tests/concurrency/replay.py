"""An independent reading of what was stored, in commit order, by a plain model in Python.

A complaint's id is drawn while the locks of its keys and identities are held, so among complaints
that share one of them id order is commit order: replaying by id is a valid serial order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from tests.postgres import TestDatabase

THRESHOLD = {"unit": 10, "branch_product": 10, "product": 30}


class Union:
    """Union-find over identifiers: what is connected is one client."""

    def __init__(self) -> None:
        self.up: dict[str, str] = {}

    def root(self, item: str) -> str:
        self.up.setdefault(item, item)
        while self.up[item] != item:
            item = self.up[item]
        return item

    def join(self, items: Sequence[str]) -> str:
        first = self.root(items[0])
        for item in items[1:]:
            self.up[self.root(item)] = first
        return first


def identifiers(body: Mapping[str, Any]) -> list[str]:
    client = body["client"]
    return [f"{k}:{client[k]}" for k in ("phone", "id_number", "account") if client.get(k)]


def threshold(key: str) -> int:
    return THRESHOLD[key.split(":", 1)[0]]


def check_all(
    db: TestDatabase, bodies: Sequence[dict[str, Any]], answers: dict[str, dict[str, Any]]
) -> dict[str, int]:
    """Everything that must hold after any interleaving; returns fired key -> firing complaint."""
    by_ref = {body["source_ref"]: body for body in bodies}
    rows = _rows(db, "SELECT id, source_ref, incident_id FROM complaints ORDER BY id")
    assert len(rows) == len(by_ref), "each complaint is stored once"
    union, events, fired = Union(), {}, {}
    for row in rows:
        who = union.join(identifiers(by_ref[row.source_ref]))
        answer = answers[row.source_ref]
        for counted in answer["counted"]:
            key = counted["key"]
            events.setdefault(key, []).append((row.id, who))
            number = len({union.root(w) for _, w in events[key]})
            assert counted["clients"] == number, (row.source_ref, counted, number)
            if key not in fired and number >= threshold(key):
                fired[key] = row.id
                assert answer["incident"] is not None, "the tenth client is told the incident"
            if key in fired:
                assert counted["state"] in ("incident", "large")
                assert answer["incident"] is not None
        if answer["incident"] is not None:
            assert any(c["key"] in fired for c in answer["counted"]), "opened below the threshold"
    _check_keys(db, fired)
    _check_crowds(db, events, fired)
    _check_numbers(db, union, events)
    return fired


def _check_keys(db: TestDatabase, fired: dict[str, int]) -> None:
    rows = _rows(db, "SELECT key, incident_id FROM incident_keys WHERE open")
    assert sorted(r.key for r in rows) == sorted(fired), "exactly the keys that fired, each once"
    deep = _rows(db, "SELECT c.id FROM incidents c JOIN incidents p ON p.id = c.parent_id"
                     " WHERE p.parent_id IS NOT NULL")  # fmt: skip
    assert not deep, "a tree is never deeper than two"
    owned = _rows(db, "SELECT n.id FROM incidents n WHERE NOT EXISTS (SELECT 1 FROM incident_keys k"
                      " WHERE k.incident_id = n.id)")  # fmt: skip
    assert not owned, "no incident without a key that fired"


def _check_crowds(
    db: TestDatabase, events: dict[str, list[tuple[int, str]]], fired: dict[str, int]
) -> None:
    """The crowd behind a key, up to the client that fired it, is in that key's tree."""
    root = {
        r.id: r.root for r in _rows(db, "SELECT id, coalesce(parent_id, id) AS root FROM incidents")
    }
    keys = _rows(db, "SELECT key, incident_id FROM incident_keys WHERE open")
    owner = {r.key: root[r.incident_id] for r in keys}
    belongs = {r.id: r.incident_id
               for r in _rows(db, "SELECT id, incident_id FROM complaints")}  # fmt: skip
    for key, last in fired.items():
        for complaint, _who in events[key]:
            assert belongs[complaint] is not None, "who counts under a fired key is in an incident"
            if complaint <= last:
                assert root[belongs[complaint]] == owner[key], f"one crowd, two incidents: {key}"


def _check_numbers(
    db: TestDatabase, union: Union, events: dict[str, list[tuple[int, str]]]
) -> None:
    states = {r.key: r.clients for r in _rows(db, "SELECT key, clients FROM key_states")}
    for key, seen in events.items():
        assert states[key] == len({union.root(w) for _, w in seen}), key
    wrong = _rows(
        db,
        "WITH tree AS (SELECT id, coalesce(parent_id, id) AS root FROM incidents),"
        " members AS ("
        "  SELECT t.root, p.client_id FROM complaints c JOIN tree t ON t.id = c.incident_id"
        "  JOIN complaint_parties p ON p.complaint_id = c.id"
        "  UNION SELECT t.root, e.client_id FROM incident_keys k JOIN tree t ON t.id ="
        "  k.incident_id JOIN key_events e ON e.key = k.key),"
        " counts AS (SELECT root, count(DISTINCT client_id) AS number FROM members GROUP BY root)"
        " SELECT n.id, n.clients, c.number FROM incidents n JOIN counts c ON c.root = n.id"
        " WHERE n.clients <> c.number",
    )
    assert not wrong, [tuple(r) for r in wrong]
    wrong = _rows(db, "SELECT n.id FROM incidents n WHERE n.clients <> (SELECT count(*) FROM"
                      " incident_clients i WHERE i.incident_id = n.id)")  # fmt: skip
    assert not wrong, [tuple(r) for r in wrong]


def _rows(db: TestDatabase, query: str) -> Sequence[Any]:
    return db.app.read(lambda c: c.execute(sa.text(query)).all())
