"""The only place that opens connections and commits.

Everything that changes state goes through `Database.run(work)`: one transaction, committed here,
repeated from the start when PostgreSQL reports a deadlock or a serialisation failure.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import psycopg2
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from core.errors import Unavailable
from core.failpoints import hit
from database.announcing import Announcer

T = TypeVar("T")

#: SQLSTATEs after which the same work may be tried again in a new transaction.
RETRYABLE = frozenset({"40001", "40P01", "55P03"})
_TRIES = 12
#: Who listens here learns that there is something new to read.
REVISION_CHANNEL = "fenghuo_revision"
#: The role as which the engine and admitted verbs work; nobody logs in as it (docs/adr/0010).
SYSTEM = "fenghuo_system"
_NOW = sa.text("SELECT business_now()")


def normalise_url(url: str) -> URL:
    """Read a PostgreSQL URL as a user writes it and pin the driver to psycopg2.

    Raises ValueError for a URL of any other database.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ValueError(f"only PostgreSQL is supported, not {parsed.get_backend_name()}")
    return parsed.set(drivername="postgresql+psycopg2")


def sqlstate(error: DBAPIError) -> str | None:
    """The five-character SQLSTATE behind a driver error, or None."""
    return getattr(error.orig, "pgcode", None)


class Database:
    """A pool of connections that see the whole bank: the engine's, and those of admitted verbs.

    `role` is what each connection becomes when it opens; None stays what it logged in as.
    """

    def __init__(
        self, url: str | URL, *, pool_size: int = 8, name: str = "fenghuo",
        role: str | None = SYSTEM,
    ) -> None:  # fmt: skip
        self.url = normalise_url(url) if isinstance(url, str) else url
        become = f" -c role={role}" if role else ""
        self.engine: Engine = sa.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_timeout=20,
            hide_parameters=True,  # an error's text goes to a log, a row's values do not
            pool_use_lifo=True,  # the session used last has its plans and pages at hand
            connect_args={
                "application_name": name,
                "connect_timeout": 5,
                "options": "-c lock_timeout=20s -c idle_in_transaction_session_timeout=60s"
                + become,
            },
        )
        #: Hints to boards after a commit, outside its transaction.
        self.announcer = Announcer(self.engine, REVISION_CHANNEL)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction and commit; repeat it on deadlock or serialisation failure.

        `work` must be safe to repeat: it may not call out of the process. A connection that turns
        out dead before anything was committed is replaced once; after that Unavailable is raised.
        """
        for attempt in range(_TRIES):
            try:
                with self.engine.begin() as connection:
                    result = work(connection)
                    hit("before_commit")
                hit("after_commit")
                return result
            except sa.exc.TimeoutError as error:
                raise Unavailable("all database connections are busy") from error
            except DBAPIError as error:
                last = attempt == _TRIES - 1
                if sqlstate(error) in RETRYABLE and not last:
                    time.sleep(random.uniform(0, 0.01 * (attempt + 1)))  # spread the rivals
                    continue
                if _connection_lost(error):
                    if attempt == 0 and not _during_commit(error):
                        continue
                    raise Unavailable("the database does not answer") from error
                raise
        raise AssertionError("unreachable")

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a read in one REPEATABLE READ, read-only transaction, so that its parts agree."""
        for attempt in range(2):
            try:
                with self.engine.connect() as connection:
                    connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                    with connection.begin():
                        return work(connection)
            except DBAPIError as error:
                if _connection_lost(error):
                    if attempt == 0:
                        continue
                    raise Unavailable("the database does not answer") from error
                raise
        raise AssertionError("unreachable")

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection outside any transaction, for LISTEN and maintenance."""
        with self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    def dispose(self) -> None:
        self.engine.dispose()


def business_now(connection: Connection) -> datetime:
    """The one business time (aware), from the database's clock with its offset and rate."""
    value = connection.execute(_NOW).scalar_one()
    assert isinstance(value, datetime)
    return value


def _connection_lost(error: DBAPIError) -> bool:
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = sqlstate(error)
    if state is None and isinstance(error.orig, psycopg2.DatabaseError):
        return True  # libpq lost the server in mid-answer and has no SQLSTATE to give
    return isinstance(error, OperationalError) and (
        state is None or state.startswith("08") or state in ("57P01", "57P02", "57P03")
    )


def _during_commit(error: DBAPIError) -> bool:
    """True when the loss came at COMMIT: the outcome is unknown, only the caller may repeat."""
    return error.statement is None
