"""`fenghuo demo`: the whole system on one machine, with a drill that unfolds on the board."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("--port", default=8050, show_default=True, type=click.IntRange(1, 65535),
              help="Where the web process listens (127.0.0.1 only).")  # fmt: skip
@click.option("--data", default=Path("var/demo"), show_default=True,
              type=click.Path(file_okay=False, path_type=Path),
              help="Folder of database, keys and logs; started again it goes on.")  # fmt: skip
@click.option("--drill/--no-drill", default=True, show_default=True,
              help="Tell a story at 60 times the speed, or stand ready in real time.")  # fmt: skip
def demo(port: int, data: Path, drill: bool) -> None:
    """Run everything on this machine: embedded PostgreSQL, web and engine, an example bank.

    With the drill, a product matures short of what clients expected: complaints come in, watches
    rise, an incident opens, phones ring on the sandbox page, and you can answer. Ctrl-C stops it
    all. FENGHUO_DEMO_TOKEN sets the API's bearer token.
    """
    from dashboard.demo import Demo

    Demo(port, data, drill=drill).run()
