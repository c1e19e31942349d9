"""Bring a table of complaints in: in batches, resumable, and twice is once.

How far a run has come is kept under a digest of file and map. A batch is committed before the
mark moves, so a run that is killed does its last batch again, and there every complaint is known
already. A run that had ended starts over: what was refused then may be welcome now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.mapped_rows import MappedRow, RowMapper
from complaints.mapping import ComplaintMap
from complaints.tabular import Line, TableFile
from core.errors import Conflict, FenghuoError, FieldFault, InvalidInput
from database.connection import Database
from escalation.engine import CHUNK, Engine
from escalation.filing import create_units, head_office_code, house_for, make_head_office


@dataclass(frozen=True)
class RowFault:
    """Something about one row (counted as a spreadsheet does); `fault.field` is its column.

    `outcome` is ``failed`` (not kept), ``kept`` (a remark) or ``skipped`` (as the map says).
    """

    row: int
    outcome: str
    fault: FieldFault


@dataclass(frozen=True)
class Wishes:
    """How to import: `live` counts and tells as if each came in now; else it is history."""

    live: bool = False
    create_units: bool = False


@dataclass
class Report:
    """What became of the rows of one call. `resumed_after` rows had been dealt with before."""

    resumed_after: int = 0
    failed_before: int = 0
    new: int = 0
    known: int = 0
    failed: int = 0
    skipped: int = 0
    remarks: dict[FieldFault, int] = field(default_factory=dict)

    @property
    def all_kept(self) -> bool:
        return not (self.failed or self.failed_before)


OnFault = Callable[[RowFault], None]
OnProgress = Callable[[int], None]


class Import:
    """One import of one table by one map. SettingsError or InvalidInput when it cannot start."""

    def __init__(
        self, engine: Engine, table: TableFile, found: ComplaintMap, wishes: Wishes, *,
        map_bytes: bytes, actor: str,
    ) -> None:  # fmt: skip
        self.engine = Engine(house_for(engine.house, found)) if wishes.live else engine
        self.table, self.map, self.wishes, self.actor = table, found, wishes, actor
        self.digest = run_digest(table.digest, map_bytes, wishes)
        house = self.engine.house
        if wishes.create_units and found.unit_from:
            head: str | None = make_head_office(house, actor)
        else:
            head = head_office_code(house)
        self.mapper = RowMapper(
            found, table.header, head_office=head,
            digest=lambda text: house.digest("row", text),
        )  # fmt: skip
        self.report = Report()
        self._lines, self._done = table.rows(), 0

    def start(self) -> int:
        """Find the place to go on from; the last row (as a spreadsheet counts) dealt with, or 0.

        Leaves the table's rows open at the next one; call it once, before `run`.
        """
        self._done, failed = start_run(self.engine.house.whole, self.digest, self.map.source)
        self.report = Report(resumed_after=self._done, failed_before=failed)
        last = 0
        for line in islice(self._lines, self._done):
            self.mapper.pass_by(line)
            last = line.number
        return last

    def run(self, on_fault: OnFault, on_progress: OnProgress) -> Report:
        """Do it, or go on with it. `on_progress` gets the number of rows dealt with so far.

        InvalidInput (field ``file``) when the file turns out damaged, Unavailable when the
        database does not answer; what was kept until then is kept, and the next run goes on there.
        """
        database, done, report = self.engine.house.whole, self._done, self.report
        on_progress(done)
        while batch := list(islice(self._lines, CHUNK)):
            before = report.failed
            for fault in self._take(batch, report):
                on_fault(fault)
            done += len(batch)
            mark_run(database, self.digest, done, failed=report.failed - before)
            on_progress(done)
        mark_run(database, self.digest, done, finished=True)
        return report

    def _take(self, batch: Sequence[Line], report: Report) -> list[RowFault]:
        rows = [row for row in map(self.mapper.read, batch) if row is not None]
        ready = [row for row in rows if row.value is not None]
        if self.wishes.create_units and self.map.unit_from:
            names = {r.value.unit: r.unit_name for r in ready if r.value and r.unit_name}
            create_units(self.engine.house, names, self.map.level, self.actor)
        values = [row.value for row in ready if row.value is not None]
        results = self.engine.take_batch(values, self.actor, history=not self.wishes.live)
        found = [fault for row in rows if row.value is None for fault in _of_row(row)]
        for row, result in zip(ready, results, strict=True):
            if result.error is not None:
                found += self._refused(row, result.error)
                continue
            assert result.taken is not None
            report.new += result.taken.created
            report.known += not result.taken.created
            found += _of_row(row)
        _tell(report, found)
        return sorted(found, key=lambda fault: fault.row)

    def _refused(self, row: MappedRow, error: FenghuoError) -> Iterator[RowFault]:
        for fault in faults_of(error):
            if fault.field == "unit" and self.map.unit_from:
                fault = replace(
                    fault, remedy_zh="请先录入该机构，或加 --create-units",
                    remedy_en="enter the unit first, or add --create-units",
                )  # fmt: skip
            yield RowFault(
                row.number, "failed", replace(fault, field=self.mapper.column_of(fault.field))
            )


def faults_of(error: FenghuoError) -> tuple[FieldFault, ...]:
    """What an engine's refusal says, field by field."""
    if isinstance(error, InvalidInput):
        return error.faults
    if isinstance(error, Conflict):
        return (FieldFault("source_ref", error.zh, error.en),)
    return (FieldFault("", "未能登记", "could not be entered"),)


def _of_row(row: MappedRow) -> Iterator[RowFault]:
    yield from (RowFault(row.number, "failed", fault) for fault in row.faults)
    yield from (RowFault(row.number, "kept", note) for note in row.notes)
    if row.skipped is not None:
        yield RowFault(row.number, "skipped", row.skipped)


def _tell(report: Report, found: Sequence[RowFault]) -> None:
    report.failed += len({fault.row for fault in found if fault.outcome == "failed"})
    report.skipped += sum(1 for fault in found if fault.outcome == "skipped")
    for fault in found:
        if fault.outcome != "failed":
            report.remarks[fault.fault] = report.remarks.get(fault.fault, 0) + 1


def run_digest(file: bytes, map_bytes: bytes, wishes: Wishes) -> bytes:
    """What a run is known by: the same file, map and wishes go on where they stopped."""
    mark = f"{wishes.live}\0{wishes.create_units}\0".encode()
    return hashlib.sha256(mark + file + hashlib.sha256(map_bytes).digest()).digest()


def start_run(database: Database, digest: bytes, source: str) -> tuple[int, int]:
    """Rows dealt with and rows failed so far; zero for a new run and for one that had ended."""

    def work(connection: Connection) -> tuple[int, int]:
        row = connection.execute(
            sa.text(
                "INSERT INTO import_runs AS r (digest, source) VALUES (:digest, :source)"
                " ON CONFLICT (digest) DO UPDATE SET finished = false, updated_real = now(),"
                " rows_done = CASE WHEN r.finished THEN 0 ELSE r.rows_done END,"
                " rows_failed = CASE WHEN r.finished THEN 0 ELSE r.rows_failed END"
                " RETURNING rows_done, rows_failed"
            ),
            {"digest": digest, "source": source},
        ).one()
        return row.rows_done, row.rows_failed

    return database.run(work)


def mark_run(
    database: Database, digest: bytes, done: int, *, failed: int = 0, finished: bool = False
) -> None:
    """Move a run's mark forward; two runs of one file at once never move it back."""

    def work(connection: Connection) -> None:
        connection.execute(
            sa.text(
                "UPDATE import_runs SET rows_done = greatest(rows_done, :done),"
                " rows_failed = rows_failed + :failed, finished = finished OR :finished,"
                " updated_real = now() WHERE digest = :digest"
            ),
            {"digest": digest, "done": done, "failed": failed, "finished": finished},
        )

    database.run(work)
