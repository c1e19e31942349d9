"""The five times of a report: occurred, aware, decided, sent, received. Written once, never edited.

A correction is another entry with its reason and author; the latest counts and all are shown. When
it happened and when the unit learned of it belong to the incident, the others to one report. The
application has no right to change or remove an entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import FieldFault, InvalidInput
from database import journal

TimeKind = Literal["occurred", "aware", "decided", "sent", "received"]
TIME_KINDS: tuple[TimeKind, ...] = get_args(TimeKind)
OF_INCIDENT = ("occurred", "aware")
NAMES: dict[str, tuple[str, str]] = {
    "occurred": ("发生时间", "Occurred"),
    "aware": ("知悉时间", "Learned of"),
    "decided": ("决定时间", "Decided"),
    "sent": ("报送时间", "Sent"),
    "received": ("收悉时间", "Received"),
}
#: An earlier year is a slip of the finger.
_OLDEST = timedelta(days=730)


@dataclass(frozen=True)
class TimeEntry:
    """One entry as it was written; `counts` while no later one corrects it."""

    id: int
    kind: str
    at: datetime
    reason: str | None
    entered_by: str
    entered_at: datetime
    counts: bool

    def view(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "at": iso(self.at), "reason": self.reason, "by": self.entered_by,
            "entered_at": iso(self.entered_at), "counts": self.counts,
        }  # fmt: skip


def _minute(at: datetime) -> datetime:
    """People enter whole minutes: what happens within one is no contradiction."""
    return at.replace(second=0, microsecond=0)


def faults_of(
    kind: str, at: datetime, known: Mapping[str, datetime], now: datetime
) -> list[FieldFault]:
    """Why a time cannot be: in the future, years ago, or out of order with the others. Pure."""
    faults = []
    zh, en = NAMES[kind]
    if at > now:
        faults.append(FieldFault("at", f"{zh}晚于当前时间", f"{en} is in the future",
                                 "请核对时间", "check the time"))  # fmt: skip
    if at < now - _OLDEST:
        faults.append(FieldFault("at", f"{zh}早于两年前", f"{en} is more than two years ago",
                                 "请核对年份", "check the year"))  # fmt: skip
    place = TIME_KINDS.index(kind)
    for number, other in enumerate(TIME_KINDS):
        if other not in known or number == place:
            continue
        early = number > place
        first, second = (at, known[other]) if early else (known[other], at)
        if _minute(first) > _minute(second):
            other_zh, other_en = NAMES[other]
            faults.append(FieldFault(
                "at", f"{zh}{'晚于' if early else '早于'}{other_zh}",
                f"{en} is {'later' if early else 'earlier'} than {other_en.lower()}",
                f"请核对，或先更正{other_zh}", f"check it, or correct {other_en.lower()} first",
            ))  # fmt: skip
    return faults


def read(connection: Connection, incident_id: int, report_id: int | None) -> list[TimeEntry]:
    """The incident's entries and those of one report, in the order of the five, then of entry."""
    rows = connection.execute(
        sa.text(
            "SELECT id, kind, at, reason, entered_by, entered_at FROM report_times"
            " WHERE incident_id = :incident AND (report_id IS NULL OR report_id = :report)"
            " ORDER BY id"
        ),
        {"incident": incident_id, "report": report_id},
    ).all()
    last = {r.kind: r.id for r in rows}
    found = [
        TimeEntry(r.id, r.kind, r.at, r.reason, r.entered_by, r.entered_at, last[r.kind] == r.id)
        for r in rows
    ]
    return sorted(found, key=lambda e: (TIME_KINDS.index(e.kind), e.id))


def latest(entries: Sequence[TimeEntry]) -> dict[str, datetime]:
    """The time that counts, by kind."""
    return {e.kind: e.at for e in entries if e.counts}


def enter(
    connection: Connection, incident_id: int, report_id: int | None, kind: TimeKind, at: datetime,
    now: datetime, actor: str, *, reason: str | None = None,
) -> None:  # fmt: skip
    """Append an entry. InvalidInput for a time that cannot be, or a correction without reason."""
    if kind in OF_INCIDENT:  # two who correct one time at once go one after the other
        connection.execute(
            sa.text("SELECT 1 FROM incidents WHERE id = :id FOR NO KEY UPDATE"),
            {"id": incident_id},
        )
    known = latest(read(connection, incident_id, report_id))
    faults = faults_of(kind, at, {k: v for k, v in known.items() if k != kind}, now)
    if kind in known and not (reason or "").strip():
        faults.append(FieldFault("reason", "缺少更正理由", "is missing", "请说明为何更正",
                                 "say why it is corrected"))  # fmt: skip
    if faults:
        raise InvalidInput(faults)
    _append(connection, incident_id, None if kind in OF_INCIDENT else report_id, kind, at, now,
            actor, reason)  # fmt: skip
    if kind in known:
        journal.write(connection, now, journal.Entry(
            verb="report_time_corrected", subject=f"incident:{incident_id}", actor=actor,
            incident_id=incident_id, before={"kind": kind, "at": iso(known[kind])},
            after={"kind": kind, "at": iso(at), "report": report_id},
        ))  # fmt: skip


def _append(
    connection: Connection, incident_id: int, report_id: int | None, kind: str, at: datetime,
    now: datetime, actor: str, reason: str | None,
) -> None:  # fmt: skip
    connection.execute(
        sa.text(
            "INSERT INTO report_times (incident_id, report_id, kind, at, reason, entered_by,"
            " entered_at) VALUES (:incident, :report, :kind, :at, :reason, :by, :now)"
        ),
        {
            "incident": incident_id, "report": report_id, "kind": kind, "at": at,
            "reason": (reason or "").strip() or None, "by": actor, "now": now,
        },
    )  # fmt: skip


def begin(connection: Connection, incident_id: int, now: datetime) -> None:
    """Note from what is known when it happened and when the unit learned of it, if nobody has."""
    known = latest(read(connection, incident_id, None))
    row = connection.execute(
        sa.text(
            "SELECT n.opened_at, e.aware_at, least(e.occurred_at,"
            " (SELECT min(since) FROM gatherings g WHERE g.incident_id = n.id),"
            " (SELECT min(c.received_at) FROM incident_clients i"
            "   JOIN complaints c ON c.id = i.complaint_id WHERE i.incident_id = n.id)) AS first"
            " FROM incidents n LEFT JOIN LATERAL (SELECT aware_at, occurred_at FROM events"
            "  WHERE incident_id = n.id AND event = 'incident_opened' ORDER BY id LIMIT 1) e"
            "  ON true"
            " WHERE n.id = :id"
        ),
        {"id": incident_id},
    ).one()
    aware = min(row.aware_at or row.opened_at, now)
    for kind, at in (("occurred", min(row.first or aware, aware)), ("aware", aware)):
        if kind not in known:
            _append(connection, incident_id, None, kind, at, now, "system", None)
