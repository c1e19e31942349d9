"""LISTEN on a connection of its own: wake-ups are hints, never the truth.

The listener reconnects by itself and reports every reconnect as a wake-up, because a notification
may have been missed while it was away.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Callable

import psycopg2
from sqlalchemy.engine import URL

_HEARTBEAT_SECONDS = 5.0


class Listener(threading.Thread):
    """Calls `on_wake()` for each batch of notifications and `on_state(connected)` on changes."""

    def __init__(
        self,
        url: URL,
        channel: str,
        on_wake: Callable[[], None],
        on_state: Callable[[bool], None] = lambda _connected: None,
    ) -> None:
        super().__init__(name=f"listen-{channel}", daemon=True)
        self._dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._channel, self._on_wake, self._on_state = channel, on_wake, on_state
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg2.Error:
                self._on_state(False)
                self._stopping.wait(0.5)

    def stop(self) -> None:
        self._stopping.set()

    def _listen(self) -> None:
        connection = psycopg2.connect(
            self._dsn, connect_timeout=3, application_name=f"fenghuo-listen-{self._channel}"
        )
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f'LISTEN "{self._channel}"')
            self._on_state(True)
            self._on_wake()
            while not self._stopping.is_set():
                ready, _, _ = select.select([connection], [], [], _HEARTBEAT_SECONDS)
                if not ready:  # a dead peer shows itself only when spoken to
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                    continue
                connection.poll()
                if connection.notifies:
                    connection.notifies.clear()
                    self._on_wake()
        finally:
            connection.close()
