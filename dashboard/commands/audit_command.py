"""`fenghuo audit`: the journal's sealed chain."""

from __future__ import annotations

import sys

import click

from dashboard.commands.token_command import open_database
from database import journal


@click.group()
def audit() -> None:
    """Check the journal, in which every change of state is written."""


@audit.command()
@click.option("--head", help="A chain head noted earlier; it must still be part of the chain.")
def verify(head: str | None) -> None:
    """Recompute the whole chain; exit code 1 when an entry was changed or is missing."""
    result = open_database().read(lambda c: journal.verify(c, head=head))
    click.echo(f"sealed entries: {result.sealed}")
    click.echo(f"unsealed tail:  {result.unsealed}")
    click.echo(f"chain head:     {result.head or '-'}")
    if result.broken_at is not None:
        click.echo(f"BROKEN at entry {result.broken_at}: {result.why}", err=True)
        sys.exit(1)
    click.echo("the chain is whole")
