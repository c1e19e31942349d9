"""kill -9 of web, engine and PostgreSQL under load: nothing that was answered is lost.

Every complaint that a client saw answered 2xx is there, every incident's texts reached the phones
at least once, and duplicates are counted and marked.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from database import journal
from tests.postgres import Cluster
from tests.system.running import System, complaint, eventually

FAILPOINTS = (
    "after_claim:0.2", "accepted_not_recorded:0.2", "before_commit:0.01", "after_commit:0.01",
    "while_sealing:0.3",
)  # fmt: skip


class Load:
    """Clients that post complaints and repeat what was not answered, as real sources do."""

    def __init__(self, system: System, units: list[str], run: str, most: int) -> None:
        self.system, self.units, self.run, self.most = system, units, run, most
        self.answered: dict[str, dict[str, Any]] = {}
        self._next = iter(range(most))
        self._lock = threading.Lock()
        self.stopping = threading.Event()

    def start(self, writers: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._write, daemon=True) for _ in range(writers)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self) -> None:
        while True:
            with self._lock:
                number = next(self._next, None)
            if number is None:
                return
            self._post(f"{self.run}-{number}", self.units[number % len(self.units)])

    def _post(self, ref: str, unit: str) -> None:
        body = complaint(ref, unit)
        while not self.stopping.is_set():
            try:
                answer = self.system.post("/api/v1/complaints", body)
            except (OSError, http.client.HTTPException):  # died before, or in, its answer
                time.sleep(0.05)
                continue
            if answer.status in (200, 201):
                self.answered[body["source_ref"]] = answer.body
                return
            assert answer.status in (502, 503, 500), (answer.status, answer.body)
            time.sleep(0.05)


def _round(system: System, cluster: Cluster, number: int, rng: random.Random) -> None:
    """One round: load, one death at a random moment, recovery."""
    units = [u["code"] for u in system.outlets()]
    mine = rng.sample(units, 4)
    load = Load(system, mine, f"r{number}", 60)
    victim = rng.choice(["web", "engine", "postgres", "failpoint"])
    if victim == "failpoint":
        system.kill("engine")
        system.environ["FENGHUO_FAILPOINTS"] = rng.choice(FAILPOINTS)
        system.start("engine")
    threads = load.start(4)
    time.sleep(rng.uniform(0.05, 0.5))
    if victim == "postgres":
        cluster.server.kill()
        cluster.server.start()
    elif victim in ("web", "engine"):
        system.kill(victim)
        system.start(victim)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the load did not get through"
    if victim == "failpoint":
        time.sleep(0.5)
        system.environ.pop("FENGHUO_FAILPOINTS")
        system.kill("engine")
        system.start("engine")
    _all_is_there(system, load)


def _all_is_there(system: System, load: Load) -> None:
    refs = list(load.answered)
    assert len(refs) == load.most

    def stored(connection: sa.Connection) -> dict[str, Any]:
        rows = connection.execute(
            sa.text("SELECT source_ref, answer FROM complaints WHERE source_ref = ANY(:refs)"),
            {"refs": refs},
        )
        return {row.source_ref: row.answer for row in rows}

    kept = system.db.app.read(stored)
    assert kept == load.answered


def _everybody_was_told(system: System) -> Counter[str]:
    """Every incident's texts are on the phones; a text there twice is marked as such."""

    def settled() -> bool:
        waiting = system.db.app.read(
            lambda c: c.execute(
                sa.text(
                    "SELECT id, state, attempts, error_code, claimed_by, claimed_until_real,"
                    " not_before_real, clock_timestamp() FROM messages"
                    " WHERE state IN ('queued', 'sending', 'unknown')"
                )
            ).all()
        )
        assert not waiting, waiting
        return True

    eventually(settled, 90)

    def read(connection: sa.Connection) -> tuple[list[Any], list[Any], int]:
        texts = connection.execute(
            sa.text(
                "SELECT m.id, m.state, m.possible_duplicate, (SELECT count(*) FROM sandbox_messages"
                " s WHERE s.reference = 'fh-' || m.id AND s.direction = 'out') AS copies"
                " FROM messages m WHERE m.state NOT IN ('withheld', 'cancelled')"
            )
        ).all()
        untold = connection.execute(
            sa.text(
                "SELECT n.id FROM incidents n WHERE NOT EXISTS (SELECT 1 FROM messages m"
                " WHERE m.incident_id = n.id AND m.state IN ('accepted', 'delivered'))"
            )
        ).all()
        twice = connection.execute(
            sa.text(
                "SELECT count(*) FROM (SELECT key FROM incident_keys WHERE open GROUP BY key"
                " HAVING count(*) > 1) AS t"
            )
        ).scalar_one()
        return list(texts), list(untold), int(twice)

    texts, untold, twice = system.db.app.read(read)
    assert texts and not untold and not twice
    assert all(text.copies >= 1 for text in texts), "a text was recorded but never sent"
    unmarked = [t.id for t in texts if t.copies > 1 and not t.possible_duplicate]
    assert not unmarked, f"sent twice without a mark: {unmarked}"
    return Counter({"texts": len(texts), "twice": sum(1 for t in texts if t.copies > 1)})


def _crash(cluster: Cluster, folder: Path, rounds: int, seed: int) -> None:
    print(f"seed {seed}")  # noqa: T201
    rng = random.Random(seed)
    db = cluster.fresh()
    system = System(db, folder)
    try:
        system.prepare()
        system.start("web", "engine")
        for number in range(rounds):
            _round(system, cluster, number, rng)
        told = _everybody_was_told(system)
        print(dict(told))  # noqa: T201
        eventually(lambda: db.app.read(lambda c: journal.verify(c)).unsealed == 0, 30)
        assert db.app.read(journal.verify).broken_at is None
    finally:
        system.stop()
        db.close()


@pytest.fixture
def own_cluster() -> Any:
    """A cluster that may be killed without taking other tests with it."""
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.mark.timeout(300)
def test_a_few_deaths(own_cluster: Cluster, tmp_path: Path) -> None:
    _crash(own_cluster, tmp_path, 5, random.randrange(10**6))


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_fifty_deaths(own_cluster: Cluster, tmp_path: Path) -> None:
    _crash(own_cluster, tmp_path, 50, random.randrange(10**6))
