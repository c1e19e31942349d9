"""Bring a PostgreSQL database to the state this version needs: roles, database, migrations.

Three roles: an administrator (only here), `fenghuo_owner` who owns the tables, and `fenghuo_app`
under which the system runs; the last owns nothing and is no superuser.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection

from core.errors import SettingFault, SettingsError
from database.connection import normalise_url

OWNER, APP = "fenghuo_owner", "fenghuo_app"
_OLDEST, _NEWEST = 150000, 190000


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def create_roles_and_database(admin_url: str | URL, database: str) -> None:
    """Create the owner and application roles and the database where they are missing."""
    engine = sa.create_engine(_url(admin_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for role in (OWNER, APP):
            if not connection.scalar(
                sa.text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}
            ):
                connection.execute(sa.text(f'CREATE ROLE "{role}" LOGIN NOSUPERUSER'))
        if not connection.scalar(
            sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}
        ):
            connection.execute(sa.text(f'CREATE DATABASE "{database}" OWNER "{OWNER}"'))
    engine.dispose()


def migrate(owner_url: str | URL, *, to: str = "head") -> None:
    """Run the migrations as the owner; safe to repeat and to race (one waits for the other)."""
    engine = sa.create_engine(_url(owner_url))
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(4607182)"))
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    engine.dispose()


def check_ready(connection: Connection) -> None:
    """Refuse to run on a wrong server version, an unmigrated schema or a too mighty role."""
    faults: list[SettingFault] = []
    version = int(connection.scalar(sa.text("SHOW server_version_num")) or 0)
    if not _OLDEST <= version < _NEWEST:
        faults.append(_fault(f"PostgreSQL {version // 10000} is not supported", "use 15 to 18"))
    mighty = connection.execute(
        sa.text(
            "SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR EXISTS ("
            " SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)"
            " FROM pg_roles r WHERE r.rolname = current_user"
        )
    ).scalar_one()
    if mighty:
        faults.append(
            _fault(
                "the application's role is a superuser, may create roles, or owns tables",
                f"connect as {APP}; run `fenghuo migrate` with FENGHUO_OWNER_URL first",
            )
        )
    heads = ScriptDirectory.from_config(alembic_config()).get_current_head()
    try:
        with connection.begin_nested():
            at = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    except sa.exc.ProgrammingError:
        at = None
    if at != heads:
        faults.append(_fault(f"schema is at {at}, this version needs {heads}", "fenghuo migrate"))
    if faults:
        raise SettingsError(faults)


def _fault(what: str, remedy: str) -> SettingFault:
    return SettingFault("database", 0, what, remedy)


def _url(url: str | URL) -> URL:
    return normalise_url(url) if isinstance(url, str) else url
