"""The ground of one run: a durable PostgreSQL, a wide bank, web and engine as real processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitValue, save_units
from core.words import Level, Role
from dashboard import tokens
from database.embedded import EmbeddedPostgres
from database.provision import APP, OWNER, create_roles_and_database, migrate
from tests.postgres import TEMPLATE, Cluster, TestDatabase
from tests.system.running import KEYS, ROOT, TOKEN, System, free_port

BRANCHES, OUTLETS = 20, 100

#: Who is told first, at each level; one person a role and unit.
_TEAM = {
    Level.HEAD_OFFICE: (Role.HO_LEADER, Role.HO_DEPUTY, Role.DUTY_OFFICER),
    Level.BRANCH: (
        Role.BRANCH_LEADER, Role.BRANCH_DEPUTY, Role.BRANCH_CONTACT, Role.BRANCH_SERVICE,
    ),
    Level.SUB_BRANCH: (Role.SUB_HEAD,),
}  # fmt: skip


class DurableCluster(Cluster):
    """The tests' cluster with the product's own settings: commits reach the disk."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fh-bench-"))
        self.server = EmbeddedPostgres(self.folder / "pg")
        self.server.start()
        create_roles_and_database(self.server.url(), TEMPLATE)
        migrate(self.server.url(OWNER, TEMPLATE))


class Ground:
    """The cluster and everything started over it; `close` ends all of it."""

    def __init__(self) -> None:
        self.cluster = DurableCluster()
        self.folder = self.cluster.folder
        self._opened: list[TestDatabase] = []
        self._systems: list[System] = []
        self._children: list[subprocess.Popen[bytes]] = []

    def database(self) -> tuple[TestDatabase, list[str]]:
        """A fresh database with the wide bank, a token and the bare table; the outlets' codes."""
        db = self.cluster.fresh()
        self._opened.append(db)
        codes = db.app.run(build_wide_bank)
        db.app.run(lambda c: tokens.replace(c, "bench", frozenset({"*"}), TOKEN))
        db.owner.run(_bare_table)
        return db, codes

    @contextlib.contextmanager
    def system(self, db: TestDatabase, *names: str) -> Iterator[System]:
        """Web and whatever else is named, on a database; stopped at the end."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        running = System(db, folder)
        self._systems.append(running)
        try:
            running.start(*names)
            yield running
        finally:
            running.stop()

    @contextlib.contextmanager
    def bare(self, db: TestDatabase) -> Iterator[int]:
        """The bare endpoint under the same gunicorn set-up; yields its port."""
        port = free_port()
        with (self.folder / "bare.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "bench.bare", str(port)],
                env={**os.environ, **KEYS, "FENGHUO_DATABASE_URL": db.app_url},
                cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._children.append(child)
        try:
            _wait_for(port)
            yield port
        finally:
            end(child)

    def facts(self) -> list[str]:
        """What the figures depend on, as lines."""
        db = self.cluster.fresh()
        try:
            names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
            shown = {
                n: db.app.read(lambda c, n=n: c.scalar(sa.text(f"SHOW {n}")))  # type: ignore[misc]
                for n in names
            }
        finally:
            db.close()
        settings = ", ".join(f"{k} {v}" for k, v in shown.items())
        return [
            f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores,"
            f" Python {sys.version.split()[0]}, load average {os.getloadavg()[0]:.1f}",
            f"PostgreSQL {settings}",
        ]

    def close(self) -> None:
        for system in self._systems:
            system.stop()
        for child in self._children:
            end(child)
        for db in self._opened:
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                db.close()
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def end(child: subprocess.Popen[Any]) -> None:
    """End a process of ours and its children."""
    for sign, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        if child.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)


def build_wide_bank(connection: Connection) -> list[str]:
    """20 branches of 100 outlets, so that complaints can be many and yet be no crowd."""
    units = [UnitValue("HO", "总行", Level.HEAD_OFFICE, short_name="总行")]
    codes = []
    for b in range(BRANCHES):
        branch, name = f"B{b:02d}", f"第{b}分行"
        units.append(UnitValue(branch, name, Level.BRANCH, parent_code="HO", short_name=name))
        for o in range(OUTLETS):
            codes.append(f"{branch}-{o:02d}")
            outlet = f"第{b}-{o}支行"
            units.append(UnitValue(codes[-1], outlet, Level.SUB_BRANCH, branch, outlet))
    save_units(connection, units)
    for level, roles in _TEAM.items():
        for place, role in enumerate(roles):
            connection.execute(
                sa.text(
                    "WITH staff AS (INSERT INTO people (name, unit_id, mobile)"
                    " SELECT '员工' || id || '-' || :place, id,"
                    " '199' || lpad((id * 10 + :place)::text, 8, '0')"
                    " FROM units WHERE level = :level RETURNING id, unit_id)"
                    " INSERT INTO team_members (unit_id, role, person_id)"
                    " SELECT unit_id, :role, id FROM staff"
                ),
                {"place": place, "level": level.value, "role": role.value},
            )
    return codes


def _bare_table(connection: Connection) -> None:
    connection.execute(
        sa.text(
            "CREATE TABLE bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " source_ref text NOT NULL, unit text NOT NULL, received_at timestamptz NOT NULL,"
            " entered_at timestamptz NOT NULL DEFAULT now(), body jsonb NOT NULL)"
        )
    )
    connection.execute(sa.text(f"GRANT SELECT, INSERT ON bench_bare TO {APP}"))


def _wait_for(port: int) -> None:
    import http.client

    deadline = time.monotonic() + 30
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
