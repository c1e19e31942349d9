"""A database for once: a cluster in a temporary folder, or a database on a given server.

Nothing in it is worth keeping, so nothing is flushed to disk. Both are gone afterwards.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from core.errors import Unavailable
from database.clock import set_business_clock
from database.connection import Database, normalise_url
from database.embedded import EmbeddedPostgres
from database.provision import APP, OWNER, create_roles_and_database, migrate

_VOLATILE = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "autovacuum_naptime": "15s", "max_connections": "20", "shared_buffers": "128MB",
}  # fmt: skip


@dataclass(frozen=True)
class Scratch:
    """An empty, migrated database and the right to set its business clock."""

    database: Database
    set_clock: Callable[[datetime], None]


@contextlib.contextmanager
def embedded_scratch() -> Iterator[Scratch]:
    """A cluster of its own in a temporary folder, removed at the end, also after a signal."""
    with contextlib.ExitStack() as ends:
        with _undisturbed():
            folder = Path(tempfile.mkdtemp(prefix="fenghuo-replay-"))
            server = EmbeddedPostgres(folder / "pg", settings=_VOLATILE)
            ends.callback(_taken_away, server, folder)
            server.start()
        create_roles_and_database(server.url(), "replay")
        migrate(server.url(OWNER, "replay"))
        with _opened(normalise_url(server.url(APP, "replay")),
                     normalise_url(server.url(OWNER, "replay"))) as scratch:  # fmt: skip
            yield scratch


def _taken_away(server: EmbeddedPostgres, folder: Path) -> None:
    with _undisturbed():
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(server.socket_dir, ignore_errors=True)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold SIGTERM and Ctrl-C back until the block is done.

    A signal half-way through a start would leave a folder, or a server that goes on writing into
    it, that nobody knows of yet.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda which, _frame: came.append(which))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            os.kill(os.getpid(), came[0])


@contextlib.contextmanager
def server_scratch(admin_url: str) -> Iterator[Scratch]:
    """A database of a name of its own on a server, dropped at the end.

    `admin_url` is of a role that may create databases and roles; nothing else on the server is
    touched (the two roles of Fenghuo are created where they are missing). Unavailable when it is
    no PostgreSQL URL or the server lets us make no database.
    """
    name = f"fenghuo_replay_{uuid.uuid4().hex[:12]}"
    try:
        admin = normalise_url(admin_url)
        create_roles_and_database(admin, name)
    except (ValueError, sa.exc.ArgumentError) as error:
        raise Unavailable("this is no URL such as postgresql://user@host/postgres") from error
    except sa.exc.DBAPIError as error:  # its text may hold the password
        raise Unavailable("no scratch database could be made on this server") from error
    url = admin.set(database=name)
    try:
        migrate(url)
        with _opened(url, url) as scratch:
            yield scratch
    finally:
        engine = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        engine.dispose()


@contextlib.contextmanager
def _opened(app: URL, owner: URL) -> Iterator[Scratch]:
    database = Database(app, pool_size=2, name="fenghuo-replay")
    clock = Database(owner, pool_size=1, name="fenghuo-replay-clock", role=None)
    try:
        with clock.autocommit() as connection:
            yield Scratch(database, lambda now: set_business_clock(connection, now=now, rate=0))
    finally:
        database.dispose()
        clock.dispose()
