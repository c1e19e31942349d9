"""`fenghuo token`: API tokens."""

from __future__ import annotations

import os

import click
from sqlalchemy.engine import Connection

from core.errors import SettingsError
from core.secrets import NEED_NOTHING, Variable, read_secrets
from dashboard import tokens
from database.connection import Database


def open_database() -> Database:
    """The database of FENGHUO_DATABASE_URL; SettingsError where it is not set."""
    secrets, faults = read_secrets(os.environ, NEED_NOTHING | {Variable.DATABASE_URL})
    if secrets is None or faults:
        raise SettingsError(faults)
    return Database(secrets.text(Variable.DATABASE_URL), name="fenghuo-cli", pool_size=2)


@click.group()
def token() -> None:
    """Create, list and revoke the bearer tokens of the API."""


@token.command()
@click.argument("label")
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="A source that this token may write (repeatable). Without it: any source.",
)
def create(label: str, sources: tuple[str, ...]) -> None:
    """Create a token and print it once; it is stored hashed and cannot be shown again."""

    def work(connection: Connection) -> str:
        return tokens.create(connection, label, frozenset(sources or ("*",)))

    click.echo(open_database().run(work))


@token.command("list")
def listed() -> None:
    """List tokens: label, sources, last use."""
    for row in open_database().read(tokens.listed):
        sources = ",".join(str(s) for s in row["sources"])  # type: ignore[attr-defined]
        state = "revoked" if row["revoked_real"] else "active"
        click.echo(f"{row['label']}\t{sources}\t{state}\tlast used {row['used_real'] or 'never'}")


@token.command()
@click.argument("label")
def revoke(label: str) -> None:
    """Revoke a token; web processes refuse it within ten seconds."""
    if not open_database().run(lambda c: tokens.revoke(c, label)):
        raise click.ClickException(f"no active token is labelled {label}")
    click.echo("revoked")
