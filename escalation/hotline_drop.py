"""Reads 95558's files out of its drop folder, one at a time (docs/hotline.md, section 8)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.sender import note_health
from complaints.work_order_table import Kind, kind_of, list_of, orders_of, table_of
from core.clock import SHANGHAI
from core.errors import Conflict, FenghuoError, FieldFault, InvalidInput, NotAllowed
from core.failpoints import hit
from database import journal
from database.connection import business_now
from escalation.hotline_desk import Entry, Fed, HotlineDesk
from escalation.hotline_files import DropFolder, Found

#: Its name among the gateways whose health the board shows.
HEALTH = "95558-drop"
#: As the journal names it.
ACTOR = "drop:95558"
CHUNK = 100
_LEASE_SECONDS = 60
#: More faults than anybody reads are counted, not listed.
_MOST_FAULTS = 1000

_CLAIM = sa.text(
    "INSERT INTO hotline_files AS f (digest, state, claimed_by, claimed_until_real, began_at)"
    " VALUES (:digest, 'reading', :who, clock_timestamp() + make_interval(secs => :lease), :now)"
    " ON CONFLICT (digest) DO UPDATE SET claimed_by = :who,"
    "  claimed_until_real = clock_timestamp() + make_interval(secs => :lease)"
    "  WHERE f.state = 'reading' AND f.claimed_until_real <= clock_timestamp()"
    " RETURNING f.id"
)
_KNOWN = sa.text("SELECT state, ended_at, faults FROM hotline_files WHERE digest = :digest")
_RENEW = sa.text(
    "UPDATE hotline_files SET claimed_until_real = clock_timestamp()"
    " + make_interval(secs => :lease), rows = :rows WHERE id = :id AND claimed_by = :who"
    " AND state = 'reading'"
)
_END = sa.text(
    "UPDATE hotline_files SET state = :state, kind = :kind, ended_at = :now, rows = :rows,"
    " taken = :taken, known = :known, refused = :refused, faults = CAST(:faults AS jsonb),"
    " claimed_by = NULL, claimed_until_real = NULL"
    " WHERE id = :id AND claimed_by = :who AND state = 'reading'"
)


@dataclass
class _Count:
    """What has become of a file so far."""

    kind: Kind | None = None
    rows: int = 0
    taken: int = 0
    known: int = 0
    refused: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, fed: Fed) -> None:
        self.rows += 1
        if fed.error is not None:
            self.refuse(row, fed.error)
        elif fed.created:
            self.taken += 1
        else:
            self.known += 1

    def refuse(self, row: int, error: FenghuoError) -> None:
        self.refused += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults += [{"row": row, **vars(fault)} for fault in _faults(error)]


class _Lost(Exception):
    """Another engine has taken the file over: this one was away for longer than its lease."""


class DropReader:
    """One engine's reader of the folder. `clock` gives real seconds since 1970."""

    def __init__(
        self, desk: HotlineDesk, folder: DropFolder, name: str, *,
        clock: Callable[[], float] = time.time, lease: float = _LEASE_SECONDS,
    ) -> None:  # fmt: skip
        self._desk, self._folder, self._name = desk, folder, name
        self._clock, self._lease = clock, lease
        self._database = desk.database

    def read_all(self) -> int:
        """Read every whole file; how many. A folder that cannot be used is shown on the board."""
        try:
            read = self._read_all()
        except OSError as error:  # its text names a path
            problem: str | None = type(error).__name__
            read = 0
        else:
            problem = None
        self._database.run(lambda c: note_health(c, HEALTH, problem))
        return read

    def _read_all(self) -> int:
        read = 0
        for path in self._folder.whole(self._clock()):
            with suppress(FileNotFoundError):  # another engine has just put it away
                read += self._read(self._folder.read(path))
        return read

    def _read(self, found: Found) -> bool:
        """Read one file, or put it away when that was done before. False while another does."""
        number = self._database.run(lambda c: self._claim(c, found))
        if number is not None:
            try:
                count = self._take(number, found)
            except _Lost:
                return False
            self._database.run(lambda c: self._end(c, number, count))
            hit("drop_not_moved")
        row = self._database.run(lambda c: c.execute(_KNOWN, {"digest": found.digest}).one())
        if row.state == "reading":
            return False
        self._folder.put_away(
            found, row.ended_at.astimezone(SHANGHAI), row.state == "failed", row.faults
        )
        return True

    def _claim(self, connection: Connection, found: Found) -> int | None:
        number = connection.scalar(_CLAIM, {
            "digest": found.digest, "who": self._name, "lease": self._lease,
            "now": business_now(connection),
        })  # fmt: skip
        return None if number is None else int(number)

    def _take(self, number: int, found: Found) -> _Count:
        count = _Count()
        try:
            if found.content is None:
                raise _too_large()
            table = table_of(found.content)
            count.kind = kind_of(table)
            if count.kind == "list":
                value = list_of(table)
                count.rows = len(value.orders)
                self._desk.compare(value, ACTOR)
                count.taken = count.rows
            else:
                self._orders(number, count, orders_of(table))
        except InvalidInput as error:
            count.refuse(0, error)
        return count

    def _orders(
        self, number: int, count: _Count, rows: Iterator[tuple[int, Entry]]
    ) -> None:  # fmt: skip
        while chunk := list(islice(rows, CHUNK)):
            fed = self._desk.feed([entry for _, entry in chunk], ACTOR)
            for (row, _), one in zip(chunk, fed, strict=True):
                count.add(row, one)
            hit("in_drop_file")
            self._database.run(lambda c: self._renew(c, number, count.rows))

    def _renew(self, connection: Connection, number: int, rows: int) -> None:
        given = {"id": number, "who": self._name, "lease": self._lease, "rows": rows}
        if not connection.execute(_RENEW, given).rowcount:
            raise _Lost

    def _end(self, connection: Connection, number: int, count: _Count) -> None:
        now = business_now(connection)
        state = "failed" if count.refused else "done"
        ended = connection.execute(_END, {
            "id": number, "who": self._name, "state": state, "kind": count.kind, "now": now,
            "rows": count.rows, "taken": count.taken, "known": count.known,
            "refused": count.refused, "faults": json.dumps(count.faults),
        })  # fmt: skip
        if ended.rowcount:
            journal.write(connection, now, journal.Entry(
                verb="hotline_file_read", subject=f"hotline_file:{number}", actor=ACTOR,
                after={"kind": count.kind, "rows": count.rows, "taken": count.taken,
                       "known": count.known, "refused": count.refused},
            ))  # fmt: skip


def _too_large() -> InvalidInput:
    return InvalidInput([FieldFault(
        "file", "文件超过50 MB", "is larger than 50 MB", "请分成几个文件", "make several of it",
    )])  # fmt: skip


def _faults(error: FenghuoError) -> list[FieldFault]:
    """An error as faults of a row; none of them repeats what the row says."""
    if isinstance(error, InvalidInput):
        return list(error.faults)
    if isinstance(error, Conflict | NotAllowed):
        return [FieldFault(str(getattr(error, "extra", {}).get("field", "")), error.zh, error.en)]
    return [FieldFault("number", "没有这个工单", "there is no such work order",
                       "请先报送新增", "send it as new first")]  # fmt: skip
