"""Hints to boards outlive a server that goes at the worst moment."""

from __future__ import annotations

import select
import threading
import time
from typing import Any

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database.announcing import Announcer
from tests.postgres import TestDatabase


def _heard(listening: psycopg2.extensions.connection, seconds: float = 10) -> bool:
    """Whether a hint came within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([listening], [], [], 0.2)[0]:
            listening.poll()
            if listening.notifies:
                listening.notifies.clear()
                return True
    return False


def test_a_connection_that_dies_costs_no_later_hint(db: TestDatabase) -> None:
    listening = psycopg2.connect(str(db.app_url).replace("+psycopg2", ""))
    listening.autocommit = True
    listening.cursor().execute("LISTEN hints")
    killed = threading.Event()

    def kill(connection: Connection, _cursor: object, statement: str, *_given: object) -> None:
        if "pg_notify" in statement and not killed.is_set():
            driver: Any = connection.connection.dbapi_connection
            db.cluster.end_connection(driver.info.backend_pid)
            killed.set()

    sa.event.listen(db.app.engine, "after_cursor_execute", kill)
    announcer = Announcer(db.app.engine, "hints")
    announcer.announce()
    assert _heard(listening) and killed.wait(10), "the hint went out, then the server went"
    announcer.announce()
    assert _heard(listening), "the thread goes on to the next one"
    listening.close()
