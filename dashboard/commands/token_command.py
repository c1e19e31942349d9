"""`fenghuo token`: API tokens."""

from __future__ import annotations

import os
from datetime import datetime

import click
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI
from core.errors import SettingsError
from core.rights import TOKEN_SCOPES, Right
from core.secrets import NEED_NOTHING, Variable, read_secrets
from dashboard import tokens
from database.connection import Database

ACTOR = "cli"


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
@click.option("--source", "sources", multiple=True,
              help="A source that it may write (repeatable). Without: any source.")  # fmt: skip
@click.option("--scope", "scopes", multiple=True,
              type=click.Choice(sorted(right.value for right in TOKEN_SCOPES)),
              help="What it may do (repeatable). Without: all that a token may.")  # fmt: skip
@click.option("--unit", help="Code of the unit that it sees, with all below. Without: head office.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
              help="When it ends, Shanghai time. Without: when it is revoked.")  # fmt: skip
def create(
    label: str,
    sources: tuple[str, ...],
    scopes: tuple[str, ...],
    unit: str | None,
    expires: datetime | None,
) -> None:
    """Create a token and print it once; it is stored hashed and cannot be shown again."""
    value = tokens.NewToken(
        label,
        frozenset(sources) or tokens.ANY_SOURCE,
        frozenset(Right(scope) for scope in scopes) or TOKEN_SCOPES,
        unit,
        expires.replace(tzinfo=SHANGHAI) if expires else None,
    )

    def work(connection: Connection) -> str:
        return tokens.create(connection, value, actor=ACTOR)

    click.echo(open_database().run(work))


@token.command("list")
def listed() -> None:
    """List tokens: label, unit, sources, scopes, state, last use."""
    for row in open_database().read(tokens.listed):
        scopes = "all" if set(row["scopes"]) == set(TOKEN_SCOPES) else ",".join(row["scopes"])
        used = f"{row['used']} from {row['used_from']}" if row["used"] else "never"
        click.echo(
            f"{row['label']}\t{row['unit'] or '-'}\t{','.join(row['sources'])}\t{scopes}"
            f"\t{row['state']}\tlast used {used}"
        )


@token.command()
@click.argument("label")
def revoke(label: str) -> None:
    """Revoke a token; web processes refuse it within three seconds."""
    if not open_database().run(lambda c: tokens.revoke(c, label, actor=ACTOR)):
        raise click.ClickException(f"no active token is labelled {label}")
    click.echo("revoked")
