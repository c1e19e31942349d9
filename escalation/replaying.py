"""A stream of the past through the engine of today, on a business clock of its own.

Every complaint is taken live at the moment it was received; an incident is closed when its quiet
time is over. Nothing is counted here: what opened is what the engine opened.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.mapped_rows import MappedRow
from complaints.value import ComplaintValue
from core.errors import Conflict, FenghuoError
from core.words import Level
from escalation.engine import Engine
from escalation.filing import create_units

QUIET = timedelta(hours=48)
ACTOR = "replay"


@dataclass(frozen=True)
class Opened:
    """An incident as it opened: when (aware), under which key, with how many distinct clients."""

    opened_at: datetime
    key: str
    clients: int


@dataclass(frozen=True)
class Refused:
    """A row that the engine did not take."""

    row: int
    error: FenghuoError


class Replay:
    """Plays rows through `engine`. `set_clock` makes business time stand at a moment."""

    def __init__(
        self, engine: Engine, set_clock: Callable[[datetime], None], quiet: timedelta = QUIET
    ) -> None:
        self.engine, self.quiet = engine, quiet
        self.opened: list[Opened] = []
        self.refused: list[Refused] = []
        self._set_clock = set_clock
        self._now: datetime | None = None
        self._ends: list[tuple[datetime, int]] = []
        self._newest = 0

    def play(self, rows: Iterable[MappedRow], level: Level) -> Iterable[int]:
        """Take every row in order of time; yields how many are done after each.

        Rows of the same moment keep their order. Units that are named are created first, all at
        once, at `level`. Rows without a value are passed over.
        """
        stream = sorted(
            ((row.value, row) for row in rows if row.value is not None),
            key=lambda pair: pair[0].received_at,
        )
        names = {value.unit: row.unit_name or value.unit for value, row in stream}
        create_units(self.engine.house, names, level, ACTOR)
        for done, (value, row) in enumerate(stream, start=1):
            self._end_until(value.received_at)
            self._go_to(value.received_at)
            self._take(row.number, _bare(value))
            yield done

    def _take(self, number: int, value: ComplaintValue) -> None:
        try:
            taken = self.engine.take_complaint(value, ACTOR)
        except FenghuoError as error:
            self.refused.append(Refused(number, error))
            return
        # A complaint in an incident may have opened it, or a parent above it.
        if taken.answer["incident"] is not None:
            self._note_opened()

    def _note_opened(self) -> None:
        for row in self.engine.database.read(lambda c: _newer(c, self._newest)):
            self._newest = max(self._newest, row.number)
            self.opened.append(row.opened)
            heapq.heappush(self._ends, (row.opened.opened_at + self.quiet, row.number))

    def _end_until(self, moment: datetime) -> None:
        """Close what ends up to and at `moment`, each at its own time."""
        while self._ends and self._ends[0][0] <= moment:
            at, incident = heapq.heappop(self._ends)
            self._go_to(at)
            try:
                self.engine.stand_down(incident, "静默期已过", ACTOR)
            except Conflict:
                continue  # it ended with its parent

    def _go_to(self, moment: datetime) -> None:
        if moment != self._now:
            self._set_clock(moment)
            self._now = moment


@dataclass(frozen=True)
class _Found:
    number: int
    opened: Opened


def _newer(connection: Connection, after: int) -> Sequence[_Found]:
    """Incidents opened since, each with its narrowest key and that key's clients at opening."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (n.id) n.id, n.opened_at, k.key, k.clients"
            " FROM incidents n JOIN incident_keys k ON k.incident_id = n.id"
            " WHERE n.id > :after ORDER BY n.id,"
            " array_position(ARRAY['unit','branch_product','product'], split_part(k.key, ':', 1)),"
            " k.key"
        ),
        {"after": after},
    )
    return [_Found(r.id, Opened(r.opened_at, r.key, r.clients)) for r in rows]


def _bare(value: ComplaintValue) -> ComplaintValue:
    """Without units that only the bank itself knows; they have no part in counting."""
    return value.model_copy(update={"received_unit": None, "home_unit": None})
