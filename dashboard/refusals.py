"""Requests refused for coming too fast: counted in a table, told by journal, board and metrics.

A refusal costs the process a count in memory; a thread writes what came together once a second, so
that a flood of refusals is no flood of writes. A process that dies loses one second of counts.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Unavailable
from dashboard.rates import Lane
from database import journal
from database.connection import Database, business_now

log = logging.getLogger("fenghuo.rates")
WRITE_SECONDS = 1.0
#: The journal tells of a token's refused intake no oftener.
TELL_SECONDS = 60
#: The board shows refusals of the last minutes.
SHOWN_MINUTES = 10


@dataclass(frozen=True)
class Refused:
    """Who was refused what: a token's id, or a session's account."""

    kind: str
    subject_id: int
    lane: Lane


class Ledger:
    """Collects one process's refusals and writes them."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._waiting: Counter[Refused] = Counter()
        self._timer: threading.Timer | None = None

    def note(self, refused: Refused) -> None:
        """Count one; written within a second. Never raises and never waits for the database."""
        with self._lock:
            self._waiting[refused] += 1
            self._arm(WRITE_SECONDS)

    def write(self) -> None:
        """Write what waits; what could not be written is tried again."""
        with self._lock:
            counts, self._waiting, self._timer = self._waiting, Counter(), None
        try:
            untold = self._database().run(lambda c: _write(c, counts))
        except Unavailable:
            with self._lock:
                self._waiting.update(counts)
                self._arm(5 * WRITE_SECONDS)
            return
        if untold:  # told within the last minute already: the rest when that is over
            with self._lock:
                self._arm(float(TELL_SECONDS))

    def _arm(self, seconds: float) -> None:
        if self._timer is None or (seconds == WRITE_SECONDS and self._late(self._timer)):
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(seconds, self._safely)
            self._timer.daemon = True
            self._timer.start()

    @staticmethod
    def _late(timer: threading.Timer) -> bool:
        return timer.interval > WRITE_SECONDS

    def _safely(self) -> None:
        try:
            self.write()
        except Exception:
            log.exception("refusals could not be written")


def _write(connection: Connection, counts: Mapping[Refused, int]) -> bool:
    """Add the counts and tell the journal of refused intake; whether something is untold yet."""
    for refused, number in sorted(counts.items(), key=lambda one: str(one[0])):
        keys = {"kind": refused.kind, "subject": refused.subject_id, "lane": refused.lane.value}
        connection.execute(_ADD, {**keys, "number": number})
    for row in connection.execute(_CLAIM, {"seconds": TELL_SECONDS}).all():
        told = connection.execute(_TELL, {"token": row.id}).scalars().all()
        entry = journal.Entry(
            "intake_refused", f"token:{row.id}", f"token:{row.label}", unit_id=row.unit_id,
            after={"refused": int(sum(told)), "lane": Lane.INTAKE.value},
        )  # fmt: skip
        journal.write(connection, business_now(connection), entry)
    return bool(connection.execute(_UNTOLD).scalar_one())


def recent(connection: Connection, area: str) -> dict[str, Any] | None:
    """``{"intake", "other", "minutes"}`` refused of late in an area (a unit's path), or None."""
    row = connection.execute(_RECENT, {"area": area, "minutes": SHOWN_MINUTES}).one()
    if not row.intake and not row.other:
        return None
    return {"intake": row.intake, "other": row.other, "minutes": SHOWN_MINUTES}


def totals(connection: Connection) -> dict[str, int]:
    """Refused since the beginning, by lane; every lane is there."""
    found = {row.lane: row.number for row in connection.execute(_TOTALS)}
    return {lane.value: int(found.get(lane.value, 0)) for lane in Lane}


_ADD = sa.text(
    "INSERT INTO rate_refusals (kind, subject_id, lane, minute_real, refused)"
    " VALUES (:kind, :subject, :lane, date_trunc('minute', clock_timestamp()), :number)"
    " ON CONFLICT (kind, subject_id, lane, minute_real)"
    " DO UPDATE SET refused = rate_refusals.refused + excluded.refused"
)
# The row's lock makes one process tell it, whichever is first.
_CLAIM = sa.text(
    "UPDATE api_tokens t SET refusal_told_real = clock_timestamp() WHERE EXISTS (SELECT FROM"
    " rate_refusals r WHERE r.kind = 'token' AND r.subject_id = t.id AND r.lane = 'intake'"
    " AND r.refused > r.told)"
    " AND (t.refusal_told_real IS NULL"
    " OR t.refusal_told_real < clock_timestamp() - make_interval(secs => :seconds))"
    " RETURNING t.id, t.label, t.unit_id"
)
_TELL = sa.text(
    "WITH untold AS (SELECT id, refused - told AS number FROM rate_refusals WHERE kind = 'token'"
    " AND subject_id = :token AND lane = 'intake' AND refused > told FOR UPDATE)"
    " UPDATE rate_refusals r SET told = r.told + u.number FROM untold u WHERE r.id = u.id"
    " RETURNING u.number"
)
_UNTOLD = sa.text(
    "SELECT EXISTS (SELECT FROM rate_refusals WHERE kind = 'token' AND lane = 'intake'"
    " AND refused > told)"
)
_RECENT = sa.text(
    "SELECT coalesce(sum(r.refused) FILTER (WHERE r.lane = 'intake'), 0)::int AS intake,"
    " coalesce(sum(r.refused) FILTER (WHERE r.lane <> 'intake'), 0)::int AS other"
    " FROM rate_refusals r"
    " LEFT JOIN api_tokens t ON r.kind = 'token' AND t.id = r.subject_id"
    " LEFT JOIN accounts a ON r.kind = 'session' AND a.id = r.subject_id"
    " JOIN units u ON u.id = coalesce(t.unit_id, a.unit_id)"
    " WHERE r.minute_real > clock_timestamp() - make_interval(mins => :minutes)"
    " AND starts_with(u.path, :area)"
)
_TOTALS = sa.text("SELECT lane, sum(refused) AS number FROM rate_refusals GROUP BY lane")
