"""`fenghuo backup` and `fenghuo restore`: one file holds the whole system (SG-09)."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection

from core.errors import FenghuoError, SettingsError
from core.secrets import NEED_MIGRATE, Variable, read_secrets
from database import journal
from database.connection import SYSTEM, Database, business_now, normalise_url
from database.embedded import default_bin_dir
from database.provision import give_functions


def _owner_url() -> URL:
    secrets, faults = read_secrets(os.environ, NEED_MIGRATE)
    if secrets is None or faults:
        raise SettingsError(faults)
    return normalise_url(secrets.text(Variable.OWNER_URL))


def _run(program: str, *arguments: str, url: URL) -> None:
    """Run one of PostgreSQL's own tools; the password goes by the environment, never by argv."""
    target = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run(
        [str(default_bin_dir() / program), *arguments, "--dbname", target],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise FenghuoError(f"{program} failed: {done.stderr.strip().splitlines()[-1]}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database to FILE while the system runs. Needs FENGHUO_OWNER_URL.

    Clients' data is in it encrypted. The keys in the environment are not in it: without
    FENGHUO_DATA_KEYS nobody can read a restored client, without FENGHUO_BLIND_INDEX_KEY none is
    recognised. Keep them, and elsewhere.
    """
    started = time.monotonic()
    partial = file.with_name(file.name + ".partial")
    partial.touch(mode=0o600)
    # The owner sees no row of a forced policy; the role that sees all is one that it may become.
    seeing = (f"--role={SYSTEM}", "--enable-row-security")
    _run("pg_dump", "--format=custom", *seeing, "--file", str(partial), url=_owner_url())
    partial.replace(file)
    size = file.stat().st_size / 1e6
    click.echo(f"{file}: {size:.1f} MB in {time.monotonic() - started:.1f} s")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(file: Path) -> None:
    """Restore FILE into the empty database of FENGHUO_OWNER_URL; its clocks go on.

    Stop web and engine first. A deadline that passed meanwhile is due at the engine's first tick.
    """
    url = _owner_url()
    started = time.monotonic()
    owner = Database(url, name="fenghuo-restore", pool_size=1, role=None)
    if owner.read(lambda c: c.scalar(sa.text("SELECT to_regclass('public.journal')"))) is not None:
        raise click.ClickException("the database is not empty; create a new one for the restore")
    _run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(file), url=url)

    def settle(connection: Connection) -> None:
        # Transaction numbers start anew on another server: what the old one left unsealed is
        # sealed now, while nobody else writes.
        journal.write(connection, business_now(connection), journal.Entry(
            verb="restored", subject="system:database", actor="administrator",
            after={"file": file.name},
        ))  # fmt: skip
        while journal.seal(connection, everything=True):
            pass

    owner.run(lambda c: c.execute(sa.text("ANALYZE")))
    owner.run(give_functions)
    Database(url, name="fenghuo-restore", pool_size=1).run(settle)
    click.echo(f"restored in {time.monotonic() - started:.1f} s; start web and engine now")
