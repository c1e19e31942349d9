"""Over 100,000 tickets: each page of the list, a search, a ticket, a paper under 300 ms."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa

from bench import bulk, ticket_stock
from bench.ground import Ground
from bench.report import Line, say
from bench.tickets import by_hand, engine_of, line_of, statements, timed
from complaints.identity import BlindIndex
from core.key_rings import parse_ring
from core.vault import Vault
from core.words import Level
from dashboard.archive_papers import complaint_file_paper
from dashboard.papers import to_html
from database.connection import Database
from escalation.archive_list import Wanted
from escalation.complaint_words import bigrams, hashed, number_word
from escalation.engine import Engine
from escalation.my_tickets import Mine
from escalation.ticket_filters import parse
from tests.keys import INDEX_KEY
from tests.postgres import TestDatabase
from tests.system.running import KEYS

#: what -> what the list is asked for
CASES: dict[str, Wanted] = {
    "newest first": Wanted(),
    "by next clock": Wanted(sort="clock"),
    "last closed first": Wanted(sort="-closed"),
    "by unit": Wanted(sort="unit"),
    "by stage": Wanted(sort="stage"),
    "open ones": Wanted(parse({"stage": ["open"]})),
    "by cause": Wanted(parse({"cause": ["system"]})),
    "dissatisfied": Wanted(parse({"satisfaction": ["dissatisfied"]})),
    "search: in every complaint": Wanted(text="书面说明"),
    "search: in few": Wanted(text="客户777"),
    "search and filter": Wanted(parse({"stage": ["open"]}), text="客户777"),
    "search: a whole number": Wanted(text="13800054321"),
}


def run(ground: Ground, quick: bool) -> list[Line]:
    """For head office and for a branch, each beside the same queries by hand in SQL."""
    rows, rounds = (10_000, 3) if quick else (100_000, 9)
    db, _ = ground.database()
    bulk.fill(db, rows)
    _live(db, rows)
    vault = Vault(parse_ring("data", KEYS["FENGHUO_DATA_KEYS"]))
    logins = Database(db.app_url, role=None)
    try:
        lines = []
        for code in ("HO", "B03"):
            engine = engine_of(db, logins, code, vault)
            newest = int(engine.archive.page(Wanted())["rows"][0]["complaint"][1:])
            works: dict[str, Callable[[], Any]] = {
                **{what: _asked(engine, wanted) for what, wanted in CASES.items()},
                "count of hits": partial(engine.archive.count, Wanted()),
                "a paper": partial(_paper, engine, newest),
                "a ticket's page": partial(engine.tickets.one, newest),
                "my tickets": partial(engine.tickets.mine, _of_sub_branch(engine)),
            }  # fmt: skip
            for what, work in works.items():
                lines.append(
                    _measured(db, logins, f"{rows:,} tickets, {code}: {what}", work, rounds)
                )
        return lines
    finally:
        logins.dispose()


def _paper(engine: Engine, complaint: int) -> object:
    return to_html(complaint_file_paper(engine.archive.file(complaint), "zh"))


def _of_sub_branch(engine: Engine) -> Mine:
    """Somebody at the first sub-branch of the engine's area whose seats nobody else holds."""
    house = engine.house
    unit = next(u for u in house.tree().all()
                if u.level is Level.SUB_BRANCH and u.path.startswith(house.area))  # fmt: skip
    return Mine(None, ("sub_head",), unit.id, unit.path)


def _asked(engine: Engine, wanted: Wanted) -> Callable[[], Any]:
    return lambda: engine.archive.page(wanted)


def _measured(
    db: TestDatabase, logins: Database, what: str, work: Callable[[], Any], rounds: int
) -> Line:
    sent = statements(logins, work)
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(timed(work))
        bare.append(by_hand(db, sent))
    line = line_of(what, ours, bare)
    say(f"{line.what}: {line.rest}")
    return line


def _live(db: TestDatabase, rows: int) -> None:
    """Give the stored tickets a life, and make their words findable."""
    admin = Database(db.cluster.server.url("postgres", db.name), pool_size=1, role=None)
    try:
        admin.run(lambda c: _words(c, rows))
        admin.run(ticket_stock.work_all)
        with admin.autocommit() as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    finally:
        admin.dispose()


def _words(connection: sa.Connection, rows: int) -> None:
    blind = BlindIndex(INDEX_KEY)
    same = hashed(blind, bigrams(bulk.SUBJECT) | bigrams(bulk.SUMMARY), 1)
    lines = io.StringIO()
    for n in range(1, rows + 1):
        own = hashed(blind, {*bigrams(f"客户{n}"), number_word(f"138{n:08d}")}, 1)
        lines.write(f"{n}\t1\t{{{','.join(map(str, {*same, *own}))}}}\n")
    lines.seek(0)
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    connection.execute(sa.text("TRUNCATE complaint_words"))
    raw = connection.connection.cursor()
    raw.copy_expert("COPY complaint_words FROM STDIN", lines)
