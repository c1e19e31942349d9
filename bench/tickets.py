"""A month's statistics over 100,000 tickets: under 300 ms, and beside the same queries by hand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg2
import sqlalchemy as sa

from bench.ground import Ground
from bench.report import Line, median, say
from bench.ticket_stock import fill
from complaints.identity import BlindIndex
from complaints.statistics_periods import before, period_of
from core.clock import SHANGHAI
from core.rights import Access, rights_of
from core.vault import Vault
from core.viewer import Viewer
from dashboard.statistics_charts import charts
from dashboard.statistics_shown import figure_rows, sections
from database.connection import Database
from escalation.engine import Engine
from escalation.house import House
from tests.engine.scene import shipped_plan
from tests.keys import INDEX_KEY, VAULT
from tests.postgres import TestDatabase

DAYS = 730
GOAL = "under 300 ms"


def run(ground: Ground, quick: bool) -> list[Line]:
    """The whole of last month's page (every figure, table, chart) for head office and a branch."""
    rows, rounds = (10_000, 5) if quick else (100_000, 15)
    db, _ = ground.database()
    fill(db, rows, DAYS)
    logins = Database(db.app_url, role=None)
    try:
        lines = []
        for code in ("HO", "B03"):
            engine = engine_of(db, logins, code)
            month = before(period_of("month", db.now().astimezone(SHANGHAI).date())).name
            sent = statements(logins, partial(engine.statistics.read, month))
            ours, bare = [], []
            for _ in range(rounds):
                ours.append(timed(partial(_page, engine, month)))
                bare.append(by_hand(db, sent))
            line = line_of(f"{rows:,} tickets, a month's statistics, {code}", ours, bare)
            say(f"{line.what}: {line.rest}")
            lines.append(line)
        return lines
    finally:
        logins.dispose()


def engine_of(db: TestDatabase, logins: Database, code: str, vault: Vault = VAULT) -> Engine:
    """The engine as somebody of this unit has it."""
    house = House(db.app, shipped_plan(), BlindIndex(INDEX_KEY), "bench", vault)
    unit = house.tree().by_code(code)
    assert unit is not None
    access = Access.HEAD_OFFICE if unit.parent_id is None else Access.BRANCH
    viewer = Viewer("person", 1, "bench", unit.id, unit.path, rights_of([access]))
    return Engine(house).for_viewer(viewer, logins)


def _page(engine: Engine, month: str) -> int:
    """What the server does for the page, from the viewer's rows to the bytes of its answer."""
    found = engine.statistics.read(month)
    body = {
        "figures": figure_rows(found, "zh"), "charts": charts(found, "zh"),
        "sections": [[[vars(c) for c in row] for row in s.rows] for s in sections(found, "zh")],
    }  # fmt: skip
    return len(json.dumps(body, ensure_ascii=False))


def statements(logins: Database, work: Callable[[], Any]) -> list[tuple[str, Any]]:
    """The statements over tickets that `work` sends, as the driver gets them."""
    sent: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, given: Any, *_rest: Any) -> None:
        if " tickets " in statement:
            sent.append((statement, given))

    sa.event.listen(logins.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        sa.event.remove(logins.engine, "before_cursor_execute", note)
    return sent


def by_hand(db: TestDatabase, sent: list[tuple[str, Any]]) -> float:
    """The same queries by a bare driver as superuser: no row is held back from it."""
    address = db.cluster.server.url(database=db.name).replace("+psycopg2", "")
    connection = psycopg2.connect(address)
    cursor = connection.cursor()
    cursor.execute("SET jit = off")

    def ask() -> None:
        for statement, given in sent:
            cursor.execute(statement, given)
            cursor.fetchall()

    try:
        return timed(ask)
    finally:
        connection.close()


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def line_of(what: str, ours: list[float], bare: list[float]) -> Line:
    ratio = median([a / b for a, b in zip(ours, bare, strict=True)])
    rest = f"{median(ours):.0f} ms (worst {max(ours):.0f}); by hand in SQL {median(bare):.0f} ms"
    return Line(what, f"{ratio:.2f}×", GOAL, rest)
