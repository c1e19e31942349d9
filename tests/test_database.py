"""Schema, rights, journal: what every later part relies on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import ProgrammingError

from core.errors import SettingsError
from database import journal
from database.connection import Database, business_now, normalise_url
from database.provision import check_ready, migrate, role_statements
from database.tables import metadata
from tests.postgres import TestDatabase


def _entry(verb: str = "test") -> journal.Entry:
    return journal.Entry(verb=verb, subject="x:1", actor="tester", after={"词": "苗头", "n": 1})


def test_migrations_and_schema_agree(db: TestDatabase) -> None:
    with db.owner.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_application_role_owns_nothing_and_is_no_superuser(db: TestDatabase) -> None:
    db.app.read(check_ready)
    with pytest.raises(SettingsError, match="superuser"):
        db.owner.read(check_ready)


def test_a_login_that_is_too_mighty_is_refused(db: TestDatabase) -> None:
    """Whatever it becomes afterwards: an owner or a superuser would see past the areas."""
    for url in (db.owner_url, db.cluster.server.url(database=db.name)):
        mighty = Database(url, pool_size=1)
        with pytest.raises(SettingsError, match="superuser"):
            mighty.read(check_ready)
        mighty.dispose()


def test_a_login_that_inherits_the_systems_rights_is_refused(db: TestDatabase) -> None:
    """As a DBA might make it by hand; what `fenghuo roles` prints mends it."""
    heir = f"heir_{db.name}"
    db.owner.run(lambda c: c.execute(sa.text(
        f"CREATE ROLE {heir} LOGIN INHERIT; GRANT fenghuo_system TO {heir}"
    )))  # fmt: skip
    login = Database(normalise_url(db.app_url).set(username=heir), pool_size=1)
    try:
        with pytest.raises(SettingsError, match="inherits the rights"):
            login.read(check_ready)
    finally:
        login.dispose()
        db.owner.run(lambda c: c.execute(sa.text(f"DROP ROLE {heir}")))


def test_a_migration_without_the_roles_says_who_makes_them(db: TestDatabase) -> None:
    lone = f"lone_{db.name}"
    db.owner.run(lambda c: c.execute(sa.text(f"CREATE ROLE {lone} LOGIN")))
    try:
        with pytest.raises(SettingsError, match="fenghuo roles"):
            migrate(normalise_url(db.owner_url).set(username=lone))
    finally:
        db.owner.run(lambda c: c.execute(sa.text(f"DROP ROLE {lone}")))


def test_the_roles_statements_are_repeatable_and_keep_them_apart(db: TestDatabase) -> None:
    db.owner.run(lambda c: [c.execute(sa.text(s)) for s in role_statements()])
    db.app.read(check_ready)
    apart = sa.text(
        "SELECT pg_has_role('fenghuo_app', 'fenghuo_system', 'USAGE'),"
        " pg_has_role('fenghuo_owner', 'fenghuo_counter', 'USAGE'),"
        " pg_has_role('fenghuo_app', 'fenghuo_counter', 'MEMBER')"
    )
    assert tuple(db.owner.read(lambda c: c.execute(apart).one())) == (False, False, False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'x'",
        "DELETE FROM journal",
        "UPDATE business_clock SET rate = 2",
        "DELETE FROM complaints",
        "DELETE FROM messages",
        "DROP TABLE journal",
        "INSERT INTO journal (at, actor, verb, subject, seal) VALUES (now(), 'a', 'b', 'c', 1)",
    ],
)
def test_application_role_cannot(db: TestDatabase, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        db.app.run(lambda c: c.execute(sa.text(statement)))


def test_journal_chain_holds_and_names_the_unsealed_tail(db: TestDatabase) -> None:
    db.app.run(lambda c: journal.write(c, business_now(c), _entry(), _entry()))
    assert db.app.run(journal.seal) == 2
    db.app.run(lambda c: journal.write(c, business_now(c), _entry()))
    result = db.app.read(journal.verify)
    assert (result.sealed, result.unsealed, result.broken_at) == (2, 1, None)


def test_journal_names_a_changed_and_a_missing_entry(db: TestDatabase) -> None:
    for _ in range(3):
        db.app.run(lambda c: journal.write(c, business_now(c), _entry()))
    db.app.run(journal.seal)
    db.owner.run(lambda c: c.execute(sa.text("UPDATE journal SET actor = 'x' WHERE seal = 2")))
    assert db.app.read(journal.verify).broken_at == 2
    db.owner.run(lambda c: c.execute(sa.text("DELETE FROM journal WHERE seal = 2")))
    assert db.app.read(journal.verify).why == "an entry is missing"


def test_a_row_older_than_a_running_transaction_waits_for_its_seal(db: TestDatabase) -> None:
    with db.app.engine.begin() as slow:
        journal.write(slow, business_now(slow), _entry("slow"))
        db.app.run(lambda c: journal.write(c, business_now(c), _entry("quick")))
        assert db.app.run(journal.seal) == 0
    assert db.app.run(journal.seal) == 2


def test_only_postgresql_urls_are_taken() -> None:
    assert normalise_url("postgres://u@h/d").drivername == "postgresql+psycopg2"
    assert normalise_url("postgresql://u@h/d").drivername == "postgresql+psycopg2"
    with pytest.raises(ValueError, match="only PostgreSQL"):
        normalise_url("sqlite:///x.db")
