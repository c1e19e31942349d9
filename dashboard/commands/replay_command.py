"""`fenghuo replay FILE --map MAP.yaml`: which incidents a stream of the past would have opened."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

import click

from complaints.identity import BlindIndex
from complaints.mapped_rows import MappedRow, RowMapper
from complaints.mapping import ComplaintMap, load_map
from complaints.tabular import TableFile
from core.settings import NEED_NOTHING, load_settings
from core.vault import Vault
from dashboard.commands.console import Lang, fault_line, faults_told, language, say
from escalation.engine import Engine
from escalation.filing import HEAD_OFFICE_CODE, plan_for
from escalation.house import House
from escalation.importing import faults_of
from escalation.plan import Plan
from escalation.plan_file import load_plan
from escalation.replaying import Replay
from escalation.scratch import embedded_scratch, server_scratch


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "map_path", type=click.Path(path_type=Path), required=True,
              help="Which column is what; see examples/maps.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True,
              help='Print only a JSON list of {"opened_at", "key", "clients"}.')  # fmt: skip
@click.option("--quiet-hours", type=click.FloatRange(0, 10_000, min_open=True), default=48.0,
              show_default=True, help="An incident ends so long after it opened.")  # fmt: skip
@click.option("--plan", "plan_name", help="A plan of plans/; default: the settings' plan.")
@click.option("--server", help="PostgreSQL to make the scratch database on (a role that may create"
              " databases and roles); default: a cluster of its own.")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path), default=Path("config.yaml"),
              show_default=True, help="The site's settings.")  # fmt: skip
@language
def replay(
    file: Path, map_path: Path, as_json: bool, quiet_hours: float, plan_name: str | None,
    server: str | None, config: Path, lang: Lang,
) -> None:  # fmt: skip
    """Run the complaints in FILE through the engine, each at its own time, and print the incidents.

    Nothing of the bank's own database is read or written.
    """
    with _orderly_end() as ending, faults_told(str(file), lang):
        found = load_map(map_path)
        table = TableFile(file)
        plan = plan_for(_plan(config, plan_name), found)
        blind = BlindIndex(os.urandom(32))
        rows = _mapped(table, found, blind)
        with server_scratch(server) if server else embedded_scratch() as scratch:
            house = House(scratch.database, plan, blind, "演练", Vault.of_chance())
            play = Replay(Engine(house), scratch.set_clock, timedelta(hours=quiet_hours))
            _play(play, rows, found, lang, ending)
    _tell_rest(rows, play, lang)
    _print(play, found, as_json, lang)


@dataclass
class _Ending:
    """Whether SIGTERM has come."""

    asked: bool = False

    def leave_if_asked(self) -> None:
        if self.asked:
            sys.exit(143)


@contextmanager
def _orderly_end() -> Iterator[_Ending]:
    """On SIGTERM leave by the ordinary way out, so that the scratch database is taken away.

    The exception may come up where Python swallows it (a module's import lock, an object's end):
    whoever works on looks at the ending again.
    """
    ending = _Ending()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ending.asked = True
        sys.exit(143)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield ending
    finally:
        signal.signal(signal.SIGTERM, before)


def _plan(config: Path, name: str | None) -> Plan:
    plans = config.parent / "plans"
    if name:
        return load_plan(name, plans)
    settings = load_settings(config, os.environ, need=NEED_NOTHING)
    return load_plan(settings.plan, plans, settings.overlays)


def _mapped(table: TableFile, found: ComplaintMap, blind: BlindIndex) -> list[MappedRow]:
    mapper = RowMapper(
        found, table.header, head_office=HEAD_OFFICE_CODE,
        digest=lambda text: blind.digest("row", text),
    )  # fmt: skip
    return [row for row in map(mapper.read, table.rows()) if row is not None]


def _play(
    play: Replay, rows: list[MappedRow], found: ComplaintMap, lang: Lang, ending: _Ending
) -> None:
    label = "回放" if lang == "zh" else "Replaying"
    length = sum(1 for row in rows if row.value is not None)
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        for _ in play.play(rows, found.level):
            bar.update(1)
            ending.leave_if_asked()


def _tell_rest(rows: list[MappedRow], play: Replay, lang: Lang) -> None:
    """How many rows were not played, by reason; stdout stays clean."""
    left: Counter[str] = Counter()
    for row in rows:
        if row.skipped is not None:
            left[fault_line(row.skipped, lang)] += 1
        left.update(fault_line(fault, lang) for fault in row.faults)
    for refused in play.refused:
        left.update(fault_line(fault, lang) for fault in faults_of(refused.error))
    for what, number in sorted(left.items()):
        say(f"{number} 行未回放 {what}" if lang == "zh" else f"{number} rows left out: {what}")


def _print(play: Replay, found: ComplaintMap, as_json: bool, lang: Lang) -> None:
    zone = found.time_zone
    opened = [(o.opened_at.astimezone(zone), o) for o in play.opened]
    if as_json:
        listed = [
            {"opened_at": at.isoformat(), "key": o.key, "clients": o.clients} for at, o in opened
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    for at, o in opened:
        clients = f"{o.clients} 名客户" if lang == "zh" else f"{o.clients} clients"
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {o.key}  {clients}")
    click.echo(f"共 {len(opened)} 起事件" if lang == "zh" else f"{len(opened)} incidents")
