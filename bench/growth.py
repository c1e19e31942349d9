"""What one complaint costs with few and with a million stored (goal: at most 1.2 times as much)."""

from __future__ import annotations

import time
from contextlib import ExitStack

from bench.bodies import Bodies
from bench.bulk import PRODUCTS, fill
from bench.ground import Ground
from bench.load import Load
from bench.report import Line, median, say, spread
from bench.single import COMPLAINTS
from complaints.value import parse_complaint
from escalation.engine import Engine
from tests.concurrency.bank import open_house

GOAL = "1.2 or less"


def run(ground: Ground, quick: bool) -> list[Line]:
    """Medians with many stored over medians with few, at the engine and through HTTP."""
    few, many = (10_000, 100_000) if quick else (10_000, 1_000_000)
    rounds, number = (4, 60) if quick else (14, 150)
    sides = []
    for rows in (few, many):
        db, units = ground.database()
        began = time.monotonic()
        fill(db, rows)
        say(f"{rows:,} complaints stored in {time.monotonic() - began:.0f} s")
        sides.append((db, Bodies(units, first=20_000_000, products=PRODUCTS)))
    lines = []
    engines = [(open_house(db.app_url, database=db.app), bodies) for db, bodies in sides]
    for engine, bodies in engines:
        _take(engine, bodies, 100)
    small, large = [], []
    for _ in range(rounds):
        small.append(_take(*engines[0], number))
        large.append(_take(*engines[1], number))
    lines.append(_line(f"engine.take_complaint, {many:,} over {few:,} stored", small, large))
    with ExitStack() as stack:
        load = stack.enter_context(Load())
        ports = [stack.enter_context(ground.system(db, "web")).port for db, _ in sides]
        streams = [bodies for _, bodies in sides]
        for port, some in zip(ports, streams, strict=True):
            load.run(port, COMPLAINTS, some.spread(200), connections=4)
        small, large = [], []
        for _ in range(rounds):
            for port, some, found in zip(ports, streams, (small, large), strict=True):
                found.append(median(load.run(port, COMPLAINTS, some.spread(number)).latencies))
    lines.append(_line(f"POST over HTTP, {many:,} over {few:,} stored", small, large))
    return lines


def _take(engine: Engine, bodies: Bodies, number: int) -> float:
    """Median seconds of one complaint, in this process."""
    values = [parse_complaint(body) for body in bodies.spread(number)]
    found = []
    for value in values:
        began = time.perf_counter()
        engine.take_complaint(value, "bench")
        found.append(time.perf_counter() - began)
    return median(found)


def _line(what: str, small: list[float], large: list[float]) -> Line:
    ratios = [b / a for a, b in zip(small, large, strict=True)]
    rest = f"{median(large) * 1000:.2f} against {median(small) * 1000:.2f} ms"
    line = Line(what, spread(ratios), GOAL, rest)
    say(f"{what}: {line.ratio}, {rest}")
    return line
