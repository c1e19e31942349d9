"""Batch intake against `execute_values` of the same number of plain rows, 100 a transaction."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from bench.bodies import Bodies
from bench.ground import Ground
from bench.load import Load
from bench.report import Line, median, say, spread
from tests.postgres import TestDatabase

BATCH, ROWS, CHUNK = "/api/v1/complaints/batch", 1000, 100


def run(ground: Ground, quick: bool) -> list[Line]:
    """Rows a second of both, one after the other, a thousand rows at a time."""
    rounds = 2 if quick else 8
    db, units = ground.database()
    bodies = Bodies(units)
    ratios, ours, plain = [], [], []
    with ground.system(db, "web", "engine") as system, Load() as load:
        load.run(system.port, BATCH, [bodies.spread(200)], expect=200)
        for _ in range(rounds):
            result = load.run(system.port, BATCH, [bodies.spread(ROWS)], expect=200)
            ours.append(ROWS / result.seconds)
            plain.append(ROWS / _plain(db, bodies.spread(ROWS)))
            ratios.append(ours[-1] / plain[-1])
    line = Line(f"{ROWS} rows a batch, committed in chunks of {CHUNK}", spread(ratios, 3), "",
                f"{median(ours):.0f} against {median(plain):.0f} rows a second")  # fmt: skip
    say(f"batch: {line.ratio}, {line.rest}")
    return [line]


def _plain(db: TestDatabase, rows: Sequence[dict[str, Any]]) -> float:
    """Seconds that psycopg2 takes for as many rows with no thought behind them."""
    connection = psycopg2.connect(
        host=str(db.cluster.server.socket_dir), user="fenghuo_app", dbname=db.name
    )
    try:
        began = time.perf_counter()
        for start in range(0, len(rows), CHUNK):
            values = [
                (row["source_ref"], row["unit"], row["received_at"], json.dumps(row))
                for row in rows[start : start + CHUNK]
            ]
            with connection, connection.cursor() as cursor:
                execute_values(
                    cursor,
                    "INSERT INTO bench_bare (source_ref, unit, received_at, body) VALUES %s",
                    values,
                    page_size=CHUNK,
                )
        return time.perf_counter() - began
    finally:
        connection.close()
