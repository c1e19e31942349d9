"""`fenghuo keys`: which keys rows are under, a new version of a key, what is still in the clear."""

from __future__ import annotations

import os
from pathlib import Path

import click

from complaints.identity import BlindIndex
from core.secrets import VAULT_VARIABLES, Variable
from core.settings import load_settings
from core.vault import Vault
from database.connection import Database
from escalation import rotating, seal_clear
from escalation.house import House
from escalation.plan_file import load_plan

ACTOR = "keys"
_NEED = VAULT_VARIABLES | {Variable.DATABASE_URL}
_CONFIG = click.option("--config", type=click.Path(path_type=Path), default=Path("config.yaml"),
                       show_default=True, help="The site's settings.")  # fmt: skip


@click.group()
def keys() -> None:
    """Keys of clients' data, which are in the environment and never in the database.

    A new one: put it first (FENGHUO_DATA_KEYS=2:NEW,1:OLD), restart every process, then
    `fenghuo keys rotate`; it says when the old one may go.
    """


@keys.command()
@_CONFIG
def status(config: Path) -> None:
    """Say which versions there are, which rows need, and what is left to encrypt."""
    house = _house(config)
    found = house.whole.read(lambda c: rotating.status(c, house))
    for name, variable in (("data", Variable.DATA_KEYS), ("index", Variable.BLIND_INDEX_KEY)):
        ring = found[name]
        click.echo(f"{variable}: given {_versions(ring['given'])}; writes {ring['writes']}")
        for what in ("rows", "words"):
            for version, number in sorted(ring.get(what, {}).items()):
                click.echo(f"  version {version}: {number} {_WHAT[name, what]}")
    click.echo(f"destroyed keys (erased clients, disposed complaints): {found['erased']}")
    for table, number in found["clear"].items():
        if number:
            click.echo(f"in the clear: {number} of {table}; run `fenghuo keys encrypt`")
    for fault in house.whole.read(lambda c: rotating.missing(c, house)):
        click.echo(str(fault), err=True)


_WHAT = {
    ("data", "rows"): "data keys", ("index", "rows"): "clients", ("index", "words"): "complaints",
}  # fmt: skip


@keys.command()
@_CONFIG
def encrypt(config: Path) -> None:
    """Encrypt what was stored before there were keys; safe to stop and to repeat."""
    house = _house(config)
    while house.whole.run(lambda c: seal_clear.seal_some(c, house)):
        left = house.whole.read(seal_clear.clear_rows)
        click.echo("left: " + ", ".join(f"{n} {table}" for table, n in left.items()), err=True)
    click.echo("nothing is in the clear")


@keys.command()
@_CONFIG
def rotate(config: Path) -> None:
    """Bring every row to the first key of each ring while the system runs.

    Safe to stop, kill and repeat. Restart every process with the new ring first: one that lacks
    the new key takes no complaints from the moment this begins.
    """
    house = _house(config)
    done = rotating.rotate(house, ACTOR, lambda what, n: click.echo(f"{what}: {n}", err=True))
    click.echo(
        f"{done.keys} data keys, {done.clients} clients, {done.complaints} complaints done anew"
    )
    for variable, old in ((Variable.DATA_KEYS, done.old_data),
                          (Variable.BLIND_INDEX_KEY, done.old_index)):  # fmt: skip
        if old:
            click.echo(f"version {_versions(old)} may now be taken out of {variable}")
    if done.old_data:
        click.echo("backups from before need the old key: keep it with them, and only there")


def _versions(versions: tuple[int, ...] | list[int]) -> str:
    return ", ".join(map(str, versions))


def _house(config: Path) -> House:
    settings = load_settings(config, os.environ, need=_NEED)
    return House(
        Database(settings.secrets.text(Variable.DATABASE_URL), pool_size=2, name="fenghuo-keys"),
        load_plan(settings.plan, config.parent / "plans", settings.overlays),
        BlindIndex(settings.secrets.index_ring()),
        settings.bank.sms_signature,
        Vault(settings.secrets.data_ring(), settings.vault.cipher),
    )
