"""The console command `fenghuo`."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import click

from core.errors import FenghuoError, SettingsError
from core.secrets import NEED_ENGINE, NEED_MIGRATE, NEED_SERVE, Variable
from core.settings import load_settings
from dashboard.commands.audit_command import audit
from dashboard.commands.backup_command import backup, restore
from dashboard.commands.demo_command import demo
from dashboard.commands.import_command import import_group
from dashboard.commands.keys_command import keys
from dashboard.commands.plan_command import plan_group
from dashboard.commands.replay_command import replay
from dashboard.commands.token_command import token
from dashboard.commands.user_command import user
from dashboard.web_safety.log_lines import quiet

CONFIG = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("config.yaml"),
    show_default=True,
    help="The site's settings. Secrets come from the environment (see README).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def fenghuo() -> None:
    """Fenghuo 烽火 makes a bank's complaint emergency plan run.

    Start with `fenghuo demo`: it brings its own database and shows a drill in the browser.
    """


@fenghuo.command()
@CONFIG
@click.option("--port", type=click.IntRange(1, 65535), help="Another port than the settings'.")
def serve(config: Path, port: int | None) -> None:
    """Run the web process: pages, API, webhooks. Needs FENGHUO_DATABASE_URL and the keys."""
    from dashboard.bootstrap import Site
    from dashboard.web_process import serve as run

    settings = load_settings(config, os.environ, need=NEED_SERVE)
    if port is not None:
        settings = settings.model_copy(
            update={"web": settings.web.model_copy(update={"port": port})}
        )
    scheme = "https" if settings.web.tls else "http"
    click.echo(f"serving on {scheme}://{settings.web.bind}:{settings.web.port}", err=True)
    run(settings, lambda: Site(settings, config.parent / "plans", name="web"))


@fenghuo.command()
@CONFIG
def engine(config: Path) -> None:
    """Run the engine process: clocks, ladder, sender. Run two; each is the other's standby."""
    from dashboard.bootstrap import build_site
    from dashboard.engine_process import EngineProcess

    EngineProcess(build_site(config, os.environ, need=NEED_ENGINE, name="engine")).run()


@fenghuo.command()
@CONFIG
def check(config: Path) -> None:
    """Check settings, secrets and plans; report every fault with file, line and remedy."""
    from escalation.plan_file import check_all

    faults = check_all(config, os.environ, config.parent / "plans", need=NEED_SERVE)
    if faults:
        raise SettingsError(faults)
    click.echo("all settings and plans are in order")


@fenghuo.command()
@CONFIG
def migrate(config: Path) -> None:
    """Bring the database's schema to this version. Needs FENGHUO_OWNER_URL (the owner's role)."""
    from database.provision import migrate as run

    settings = load_settings(config, os.environ, need=NEED_MIGRATE)
    run(settings.secrets.text(Variable.OWNER_URL))
    click.echo("the schema is up to date")


@fenghuo.command()
def roles() -> None:
    """Print the SQL that a database administrator runs once: four roles, who may become whom."""
    from database.provision import role_statements

    for statement in role_statements():
        click.echo(f"{statement};")


for _command in (
    demo, import_group, replay, plan_group, user, token, audit, backup, restore, keys,
):  # fmt: skip
    fenghuo.add_command(_command)


def main() -> None:
    """Entry point: faults as plain lines and exit code 2, never a stack trace."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s", force=True
    )
    quiet(logging.getLogger())
    for chatty in ("apscheduler", "alembic", "twilio.http_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        fenghuo()
    except SettingsError as error:
        for fault in error.faults:
            click.echo(str(fault), err=True)
        click.echo(f"{len(error.faults)} fault(s); nothing was started", err=True)
        sys.exit(2)
    except (FenghuoError, OSError) as error:
        click.echo(f"{error}", err=True)
        sys.exit(1)
