"""`fenghuo user`: accounts from the machine itself; this is how the first administrator is made."""

from __future__ import annotations

import click
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import UnitValue, save_units
from core.rights import Access
from core.words import Level
from dashboard.commands.console import Lang, faults_told, language
from dashboard.commands.token_command import open_database
from dashboard.signin import accounts
from dashboard.signin.passwords import ONE_TIME_DAYS, Passwords, one_time_password

_ACTOR = "cli"
_ROLE = click.Choice([role.value for role in Access])


@click.group()
def user() -> None:
    """Add, list, disable and reset the accounts of people who sign in."""


@user.command()
@click.argument("login")
@click.option("--name", required=True, help="The person's name, as others see it.")
@click.option("--unit", required=True, help="Code of the unit; it and all below it is the area.")
@click.option("--role", "roles", multiple=True, required=True, type=_ROLE,
              help="What they may do (repeatable).")  # fmt: skip
@click.option("--person", type=int, help="Id of the person in the contacts: gives team seats.")
@language
def add(
    login: str, name: str, unit: str, roles: tuple[str, ...], person: int | None, lang: Lang
) -> None:
    """Make an account and print its one-time password, once.

    It must be changed at the first sign-in, within seven days. In a database that has no unit yet,
    --unit becomes the code of the head office, whose other units are imported at /contacts.
    """
    value = accounts.NewAccount(login, name, unit, tuple(Access(r) for r in roles), person)
    password = one_time_password()
    hashed = Passwords().hash(password)
    with faults_told(login, lang):
        open_database().run(lambda c: _create(c, value, hashed))
    click.echo(password)
    click.echo(f"one-time password of {login}; valid {ONE_TIME_DAYS} days", err=True)


def _create(connection: Connection, value: accounts.NewAccount, hashed: str) -> None:
    """The account, and in an empty bank the head office that it is of."""
    if not connection.scalar(sa.text("SELECT EXISTS (SELECT FROM units)")):
        save_units(connection, [UnitValue(value.unit, "总行", Level.HEAD_OFFICE)], actor=_ACTOR)
    accounts.create(connection, value, hashed, actor=_ACTOR)


@user.command("list")
def listed() -> None:
    """List accounts: login, unit, roles, state, last use."""
    for one in open_database().read(accounts.listed):
        state = "disabled" if one.disabled else "one-time" if one.must_change else "active"
        factor = "second factor" if one.second_factor else "no second factor"
        seen = one.seen.isoformat(timespec="minutes") if one.seen else "never"
        click.echo(f"{one.login}\t{one.unit}\t{','.join(one.roles)}\t{state}\t{factor}\t{seen}")


@user.command()
@click.argument("login")
@language
def disable(login: str, lang: Lang) -> None:
    """Let nobody sign in with it any more; its sessions end within seconds."""

    def work(connection: Connection) -> None:
        accounts.disable(connection, accounts.by_login(connection, login), actor=_ACTOR)

    with faults_told(login, lang):
        open_database().run(work)
    click.echo("disabled")


@user.command()
@click.argument("login")
@click.option("--factor", is_flag=True, help="Also forget the second factor (telephone lost).")
@language
def reset(login: str, factor: bool, lang: Lang) -> None:
    """Print a one-time password in place of a lost one; its sessions end within seconds."""
    password = one_time_password()
    hashed = Passwords().hash(password)

    def work(connection: Connection) -> None:
        account = accounts.by_login(connection, login)
        accounts.reset(connection, account, hashed, factor=factor, actor=_ACTOR)

    with faults_told(login, lang):
        open_database().run(work)
    click.echo(password)
