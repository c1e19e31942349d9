"""The tenth client's commit to the text being accepted by the gateway, at 200 complaints a second.

The load is open: a complaint is sent when it is due, whether or not earlier ones are answered. One
in three belongs to a crowd of ten at one outlet, so that incidents open all the time. A text's
clock starts when its row is written, just before the commit, and ends when the gateway has it.
"""

from __future__ import annotations

import random
from typing import Any

import sqlalchemy as sa

from bench.bodies import Bodies
from bench.ground import Ground
from bench.load import Load
from bench.report import Line, median, percentile, say
from bench.single import COMPLAINTS
from tests.postgres import TestDatabase
from tests.system.running import eventually

RATE, CROWD = 200, 10


def run(ground: Ground, quick: bool) -> list[Line]:
    """Median and p99 of the way from outbox to gateway, in bare POSTs and in milliseconds."""
    seconds = 6 if quick else 40
    db, units = ground.database()
    with ground.system(db, "web", "engine") as system, ground.bare(db) as bare, Load() as load:
        bodies = Bodies(units)
        yardstick = median(load.run(bare, "/rows", bodies.spread(300)).latencies)
        load.run(system.port, COMPLAINTS, bodies.spread(400), connections=16)
        story = _story(bodies, units, RATE * seconds)
        result = load.run(system.port, COMPLAINTS, story, connections=64, rate=RATE)
        eventually(lambda: _waiting(db) == 0, 60)
    ways = _ways(db)
    posts = result.latencies
    say(f"tenth client: {len(ways)} texts, {result.rate:.0f} complaints a second")
    return [
        _line("commit to accepted, median", median(ways), yardstick, f"{len(ways)} texts"),
        _line("commit to accepted, p99", percentile(ways, 0.99), yardstick, ""),
        _line("the POST itself under this load, median", median(posts), yardstick,
              f"{result.rate:.0f} a second kept up"),
        _line("the POST itself under this load, p99", percentile(posts, 0.99), yardstick, ""),
    ]  # fmt: skip


def _story(bodies: Bodies, units: list[str], number: int) -> list[dict[str, Any]]:
    """A shuffled stream: crowds at outlets of their own among complaints that are none."""
    dice = random.Random(10)
    crowds = [u for u in units if u[-2:] < "40"][: number // 3 // CROWD]
    rest = Bodies([u for u in units if u not in set(crowds)], first=10_000_000)
    story = rest.spread(number - len(crowds) * CROWD)
    for unit in crowds:
        story.extend(bodies.crowd(CROWD, unit))
    dice.shuffle(story)
    return story


def _waiting(db: TestDatabase) -> int:
    query = sa.text("SELECT count(*) FROM messages WHERE state IN ('queued','sending','unknown')")
    return int(db.app.read(lambda c: c.scalar(query) or 0))


def _ways(db: TestDatabase) -> list[float]:
    """Seconds of every first text about an incident."""
    query = sa.text(
        "SELECT extract(epoch FROM sent_real_at - created_real_at)::float FROM messages"
        " WHERE kind = 'incident' AND sent_real_at IS NOT NULL"
    )
    return [float(v) for v in db.app.read(lambda c: c.scalars(query).all())]


def _line(what: str, seconds: float, yardstick: float, note: str) -> Line:
    rest = f"{seconds * 1000:.0f} ms" + (f", {note}" if note else "")
    return Line(what, f"{seconds / yardstick:.1f} × one bare POST", "", rest)
