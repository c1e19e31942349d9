"""Hints sent after a commit, folded: however many ask, one NOTIFY a few milliseconds.

PostgreSQL lets transactions that NOTIFY commit one after the other, flush included: done inside
each complaint's transaction it would be a lock over the whole bank. So the hot path says it here,
after its commit. A process that dies in between costs a hint and no more: boards poll as well.
"""

from __future__ import annotations

import threading
import time

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import Engine

#: The least time from one NOTIFY to the next; the first one after a quiet time goes out at once.
PAUSE_SECONDS = 0.02
#: A hint that cannot be sent is tried so often, then let go: there is no server to be heard.
TRIES = 3
#: A thread with nothing to say for this long ends; the next hint starts another.
IDLE_SECONDS = 5.0


class Announcer:
    """Sends hints on a channel from a thread of its own, which lives only while it is needed."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._engine = engine
        # Nothing is written, so nothing needs the disk: a flush would hold up real commits.
        self._notify = sa.text(
            "SELECT set_config('synchronous_commit', 'off', true), pg_notify(:channel, '')"
        ).bindparams(channel=channel)
        self._wanted = threading.Condition()
        self._pending = False
        self._runs = False

    def announce(self) -> None:
        """Ask for a hint; returns at once."""
        with self._wanted:
            self._pending = True
            if self._runs:
                self._wanted.notify()
            else:
                self._runs = True
                threading.Thread(target=self._run, name="announcer", daemon=True).start()

    def _run(self) -> None:
        failed = 0
        while self._next():
            failed = 0 if self._sent() else failed + 1
            if 0 < failed < TRIES:  # the pool's connection was dead: the next one is a new one
                with self._wanted:
                    self._pending = True
            time.sleep(PAUSE_SECONDS)

    def _sent(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(self._notify)
        except (sa.exc.SQLAlchemyError, psycopg2.Error):
            # The driver's own error comes through where the server goes while the connection is
            # handed back. It was a hint only: readers poll as well.
            return False
        return True

    def _next(self) -> bool:
        """Wait for a hint to send; False, with the thread taken off the list, after idling."""
        with self._wanted:
            if not self._pending:
                self._wanted.wait(IDLE_SECONDS)
            if not self._pending:
                self._runs = False
                return False
            self._pending = False
            return True
