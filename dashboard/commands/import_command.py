"""`fenghuo import complaints FILE --map MAP.yaml`: a table of complaints into the system."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from complaints.identity import BlindIndex
from complaints.mapping import load_map
from complaints.tabular import TableFile
from core.secrets import VAULT_VARIABLES, Variable
from core.settings import load_settings
from core.vault import Vault
from dashboard.commands.console import SOME_FAILED, Lang, fault_line, faults_told, language, say
from database.connection import Database
from escalation.engine import Engine
from escalation.house import House
from escalation.importing import Import, Report, RowFault, Wishes
from escalation.plan_file import load_plan

ACTOR = "import"
_NEED = VAULT_VARIABLES | {Variable.DATABASE_URL}
_HEADER = ("row", "outcome", "column", "reason", "remedy")
#: So many failed rows are told one by one on the screen; all are in the --faults file.
_MOST_TOLD = 50


@click.group("import")
def import_group() -> None:
    """Bring tables in."""


@import_group.command("complaints")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "map_path", type=click.Path(path_type=Path), required=True,
              help="Which column is what; see examples/maps.")  # fmt: skip
@click.option("--live", is_flag=True,
              help="Count them and tell people. Default: history, telling nobody.")  # fmt: skip
@click.option("--create-units", is_flag=True,
              help="Create the units that the map's unit_from names.")  # fmt: skip
@click.option("--faults", "faults_path", type=click.Path(path_type=Path, dir_okay=False),
              help="Write every fault and remark to this CSV.")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path), default=Path("config.yaml"),
              show_default=True, help="The site's settings.")  # fmt: skip
@language
def complaints(
    file: Path, map_path: Path, live: bool, create_units: bool, faults_path: Path | None,
    config: Path, lang: Lang,
) -> None:  # fmt: skip
    """Import the complaints in FILE (CSV or XLSX, also .gz).

    Sent twice it is one complaint; a run that broke off goes on where it stopped.
    Exit code: 0 all kept, 1 some rows failed, 2 a fault of the file, the map or the settings.
    """
    wishes = Wishes(live=live, create_units=create_units)
    with faults_told(str(file), lang):
        found = load_map(map_path)
        table = TableFile(file)
        work = Import(
            _engine(config), table, found, wishes, map_bytes=map_path.read_bytes(), actor=ACTOR
        )
        report = _run(work, table, faults_path, lang)
    _summary(report, lang)
    sys.exit(0 if report.all_kept else SOME_FAILED)


def _engine(config: Path) -> Engine:
    """The site's engine, with no more secrets than an import needs."""
    settings = load_settings(config, os.environ, need=_NEED)
    house = House(
        Database(settings.secrets.text(Variable.DATABASE_URL), pool_size=2, name="fenghuo-import"),
        load_plan(settings.plan, config.parent / "plans", settings.overlays),
        BlindIndex(settings.secrets.index_ring()),
        settings.bank.sms_signature,
        Vault(settings.secrets.data_ring(), settings.vault.cipher),
    )
    return Engine(house)


def _run(work: Import, table: TableFile, faults_path: Path | None, lang: Lang) -> Report:
    length = table.length
    last = work.start()
    if last:
        resumed = work.report.resumed_after
        say(f"从第 {last} 行之后继续（已处理 {resumed} 行）" if lang == "zh"
            else f"going on after row {last} ({resumed} rows were dealt with)")  # fmt: skip
    sink = FaultSink(faults_path, last, lang)
    label = "导入" if lang == "zh" else "Importing"
    try:
        with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
            report = work.run(sink.take, _mover(bar))
    finally:
        sink.close()
    sink.tell()
    return report


def _mover(bar: "click._termui_impl.ProgressBar[int]") -> Callable[[int], None]:  # noqa: UP037
    def move(done: int) -> None:
        bar.update(done - bar.pos)

    return move


class FaultSink:
    """Faults as they come: to the file at once, to the screen at the end (not into the bar).

    A file left by the run that is gone on with is kept up to the last row that run had done.
    """

    def __init__(self, path: Path | None, last: int, lang: Lang) -> None:
        self.lang = lang
        self._told: list[str] = []
        self._more = 0
        earlier = _rows_until(path, last) if path and last and path.exists() else []
        self._file = path.open("w", newline="", encoding="utf-8-sig") if path else None
        self._writer = csv.writer(self._file) if self._file else None
        if self._writer:
            self._writer.writerows([_HEADER, *earlier])

    def take(self, found: RowFault) -> None:
        fault = found.fault
        if self._writer and self._file:
            self._writer.writerow((
                found.row, found.outcome, fault.field, fault.message(self.lang),
                fault.remedy(self.lang),
            ))  # fmt: skip
            self._file.flush()
        if found.outcome != "failed":
            return
        if len(self._told) < _MOST_TOLD:
            where = f"第 {found.row} 行 " if self.lang == "zh" else f"row {found.row}: "
            self._told.append(where + fault_line(fault, self.lang))
        else:
            self._more += 1

    def tell(self) -> None:
        for line in self._told:
            say(line)
        if self._more:
            say(f"……另有 {self._more} 处，用 --faults 文件可看全部" if self.lang == "zh"
                else f"... and {self._more} more; --faults FILE has them all")  # fmt: skip

    def close(self) -> None:
        if self._file:
            self._file.close()


def _rows_until(path: Path, last: int) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file))[1:]
    return [row for row in rows if row and row[0].isdigit() and int(row[0]) <= last]


def _summary(report: Report, lang: Lang) -> None:
    zh = lang == "zh"
    for remark, number in report.remarks.items():
        what = f"{remark.field}: {remark.message(lang)}"
        say(f"{number} 行 {what}" if zh else f"{number} rows, {what}")
    failed = report.failed + report.failed_before
    say(
        f"新登记 {report.new}，已有 {report.known}，跳过 {report.skipped}，未登记 {failed}"
        if zh
        else f"{report.new} new, {report.known} known already, {report.skipped} passed over,"
        f" {failed} not kept"
    )
