"""Bring a PostgreSQL database to the state this version needs: roles, database, migrations.

Roles: an administrator (only here); `fenghuo_owner` owns the tables; `fenghuo_app` is what web and
engine log in as, and by itself it reads one area and writes nothing. `fenghuo_system` and
`fenghuo_counter` log in never: the first is what the engine and admitted verbs work as, the second
owns the functions that tell an area something of the whole bank (docs/adr/0010).
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import URL, Connection

from core.errors import SettingFault, SettingsError
from database.connection import SYSTEM, normalise_url

OWNER, APP = "fenghuo_owner", "fenghuo_app"
COUNTER = "fenghuo_counter"
#: The functions that work with COUNTER's rights, whoever calls them.
COUNTERS_OWN = (
    "seal_journal(integer, boolean)", "data_key(bigint)", "seal_evidence(bigint, bigint, bytea)",
)  # fmt: skip
_OLDEST, _NEWEST = 150000, 190000


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def create_roles_and_database(admin_url: str | URL, database: str) -> None:
    """Create the owner and application roles and the database where they are missing."""
    engine = sa.create_engine(_url(admin_url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in role_statements():
            connection.execute(sa.text(statement))
        if not connection.scalar(
            sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": database}
        ):
            connection.execute(sa.text(f'CREATE DATABASE "{database}" OWNER "{OWNER}"'))
    engine.dispose()


def role_statements() -> list[str]:
    """What an administrator runs once a server, repeatable: the four roles and who may become whom.

    NOINHERIT matters: a role that inherited from `fenghuo_system` would see past the areas.
    """
    made = []
    for role, login in (
        (OWNER, "LOGIN"),
        (APP, "LOGIN"),
        (SYSTEM, "NOLOGIN"),
        (COUNTER, "NOLOGIN"),
    ):
        made.append(
            f"DO $$ BEGIN CREATE ROLE {role} {login} NOSUPERUSER NOINHERIT;"
            " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        made.append(f"ALTER ROLE {role} NOINHERIT")
    made += [_may_become(held, member) for held, member in _MAY_BECOME]
    # An administrator who is no superuser may migrate, too.
    return [*made, f"GRANT {SYSTEM} TO CURRENT_USER", f"GRANT {COUNTER} TO CURRENT_USER"]


def _may_become(held: str, member: str) -> str:
    """Since PostgreSQL 16 a grant itself says whether it is inherited, and keeps what it said."""
    return (
        "DO $$ BEGIN IF current_setting('server_version_num')::int >= 160000 THEN"
        f" EXECUTE 'GRANT {held} TO {member} WITH INHERIT FALSE, SET TRUE';"
        f" ELSE GRANT {held} TO {member}; END IF; END $$"
    )


#: (role, who may become it)
_MAY_BECOME = ((SYSTEM, APP), (SYSTEM, OWNER), (COUNTER, OWNER))


def migrate(owner_url: str | URL, *, to: str = "head") -> None:
    """Run the migrations as the owner; safe to repeat and to race (one waits for the other)."""
    engine = sa.create_engine(_url(owner_url))
    with engine.begin() as connection:
        _need_roles(connection)
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(4607182)"))
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
    engine.dispose()


def _need_roles(connection: Connection) -> None:
    """SettingsError while a role of 0009 is missing, or the owner may not become it."""
    may = sa.text("SELECT count(*) FROM pg_roles r WHERE r.rolname = ANY(:names)"
                  " AND pg_has_role(current_user, r.oid, 'MEMBER')")  # fmt: skip
    if connection.scalar(may, {"names": [SYSTEM, COUNTER]}) != 2:
        what = f"the owner may not become {SYSTEM} and {COUNTER}, or they are missing"
        raise SettingsError([_fault(what, "let a DBA run what `fenghuo roles` prints, then again")])


def give_functions(connection: Connection) -> None:
    """Give `COUNTER` its functions, as the owner: a restored dump has all of them the owner's."""
    connection.execute(sa.text(f"GRANT CREATE ON SCHEMA public TO {COUNTER}"))
    for function in COUNTERS_OWN:
        connection.execute(sa.text(f"ALTER FUNCTION {function} OWNER TO {COUNTER}"))
    connection.execute(sa.text(f"REVOKE CREATE ON SCHEMA public FROM {COUNTER}"))


def check_ready(connection: Connection) -> None:
    """Refuse to run on a wrong server version, an unmigrated schema or a too mighty role."""
    faults: list[SettingFault] = []
    version = int(connection.scalar(sa.text("SHOW server_version_num")) or 0)
    if not _OLDEST <= version < _NEWEST:
        faults.append(_fault(f"PostgreSQL {version // 10000} is not supported", "use 15 to 18"))
    mighty = connection.execute(
        sa.text(
            "SELECT bool_or(r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls"
            " OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid))"
            " FROM pg_roles r WHERE r.rolname IN (session_user, current_user)"
        )
    ).scalar_one()
    if mighty:
        faults.append(
            _fault(
                "the application's role is a superuser, may create roles, or owns tables",
                f"connect as {APP}; run `fenghuo migrate` with FENGHUO_OWNER_URL first",
            )
        )
    if connection.scalar(sa.text("SELECT pg_has_role(session_user, :system, 'USAGE')"),
                         {"system": SYSTEM}):  # fmt: skip
        faults.append(
            _fault(
                f"{APP} inherits the rights of {SYSTEM}: it would see past the areas",
                "run what `fenghuo roles` prints, as an administrator",
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
