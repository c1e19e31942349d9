"""A real PostgreSQL for the tests: one cluster a session, a database cloned from a template a test.

FENGHUO_TEST_PG keeps the cluster between runs (a folder); without it a temporary one is used.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from database.clock import set_business_clock
from database.connection import Database, business_now
from database.embedded import EmbeddedPostgres
from database.provision import APP, OWNER, create_roles_and_database, migrate

TEMPLATE = "fenghuo_template"
#: kill -9 of PostgreSQL loses nothing that the kernel has; only a crash of the machine would, and
#: no test has that. Commits stay synchronous, so what was answered is still in the kernel's hands.
_UNFLUSHED = {"fsync": "off", "full_page_writes": "off"}

_KEPT = (
    "alembic_version", "business_clock", "units", "unit_tree_version", "people", "team_members",
    "vault_state", "data_keys",
)  # fmt: skip
_HAPPENED = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(:kept)"
)


class Cluster:
    """The session's cluster with its migrated template database."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fh-test-"))
        self.server = EmbeddedPostgres(self.folder / "pg", settings=_UNFLUSHED)
        self.server.start()
        create_roles_and_database(self.server.url(), TEMPLATE)
        migrate(self.server.url(OWNER, TEMPLATE))

    def stop(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.server.socket_dir, ignore_errors=True)

    def fresh(self, template: str = TEMPLATE) -> TestDatabase:
        """A new database cloned from the template (about 50 ms)."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        self.copy(template, name)
        return TestDatabase(self, name)

    def copy(self, template: str, name: str) -> None:
        """A database of this name cloned from the template, to which nobody may be connected."""
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{OWNER}"')

    def rename(self, name: str) -> str:
        """Put a database aside as a template; its new name."""
        self._admin(f'ALTER DATABASE "{name}" RENAME TO "{name}_told"')
        return f"{name}_told"

    def as_of(self, revision: str) -> TestDatabase:
        """A new database as that version left it, whose application worked as its login (< 0009).

        `TestDatabase.bring_up` migrates it to today's version.
        """
        old = self.fresh("template0")
        migrate(old.owner_url, to=revision)
        old.app.dispose()
        old.app = Database(old.app_url, role=None)
        return old

    def drop(self, name: str) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end_connection(self, pid: int) -> None:
        """As a server does that goes away: the client learns of it at its next word."""
        self._admin(f"SELECT pg_terminate_backend({pid}, 5000)")

    def _admin(self, statement: str) -> None:
        engine = sa.create_engine(self.server.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@dataclass
class TestDatabase:
    """One test's database: `app` runs as the engine's role, `owner` may do everything."""

    __test__ = False
    cluster: Cluster
    name: str

    def __post_init__(self) -> None:
        self.app_url = self.cluster.server.url(APP, self.name)
        self.owner_url = self.cluster.server.url(OWNER, self.name)
        self.app = Database(self.app_url)
        # The owner sees no row either (policies are forced): a test's own hand is a superuser's.
        self.owner = Database(self.cluster.server.url(database=self.name), pool_size=2, role=None)

    def bring_up(self) -> None:
        """Migrate to today's version; the application starts anew."""
        migrate(self.owner_url)
        self.app.dispose()
        self.app = Database(self.app_url)

    def now(self) -> datetime:
        return self.app.read(business_now)

    def set_time(self, now: datetime, *, rate: float = 0.0) -> None:
        """Stand still at `now` (rate 0) until moved."""
        self.owner.run(lambda c: set_business_clock(c, now=now, rate=rate))

    def move_time(self, by: timedelta) -> None:
        self.set_time(self.now() + by)

    def empty(self) -> None:
        """Take away all that happened; the bank's units and people stay, and the vault's keys."""

        def work(connection: sa.Connection) -> None:
            tables = connection.scalars(sa.text(_HAPPENED), {"kept": list(_KEPT)}).all()
            connection.execute(sa.text(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"))

        self.owner.run(work)

    def close(self) -> None:
        self.app.dispose()
        self.owner.dispose()
        self.cluster.drop(self.name)
