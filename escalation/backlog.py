"""After an outage nobody gets a flood: what waits for one phone becomes one text.

Texts wait when engine or gateways were away: old ones, and those that a late tick writes (held
back for this by `alerts.outbox`). What no longer serves is cancelled; the rest of a phone is merged
into one text that names the gravest incident and as many reply codes as fit. A merged text counts
as told once the one text has left, and its code acknowledges; should the one text fail, it is taken
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import LATE, LATE_AFTER, Draft, queue
from alerts.wording import segments
from database import journal
from escalation.house import House
from escalation.telling import budget_of, compose

KIND = "backlog"

#: Waiting for long, and of no use any more: the incident ended, enough have acknowledged (or this
#: very person has), head office is there already, every duty that it is about has ended.
_MOOT = sa.text(
    "UPDATE messages SET state = 'cancelled', reason = 'no longer needed' WHERE id IN ("
    " SELECT m.id FROM messages m LEFT JOIN incidents n ON n.id = m.incident_id"
    " WHERE m.state = 'queued' AND (m.reason = :late OR m.created_at <= :old)"
    " AND (m.code IS NOT NULL AND ("
    "   n.state <> 'open'"
    "   OR m.step > 0 AND EXISTS (SELECT 1 FROM ladders l WHERE l.incident_id = n.id"
    "    AND l.state = 'stopped')"
    "   OR m.kind = 'head_office' AND EXISTS (SELECT 1 FROM acknowledgements a"
    "    WHERE a.incident_id = n.id AND a.head_office)"
    "   OR EXISTS (SELECT 1 FROM acknowledgements a WHERE a.incident_id = n.id"
    "    AND a.person_id = m.person_id AND a.handed_at IS NULL))"
    "  OR m.kind LIKE 'duty\\_%' AND NOT EXISTS (SELECT 1 FROM duty_notices w"
    "   JOIN duties d ON d.id = w.duty_id WHERE w.message_id = m.id AND d.state = 'open')"
    "  OR m.kind = :kind AND NOT EXISTS (SELECT 1 FROM messages o LEFT JOIN incidents i"
    "   ON i.id = o.incident_id WHERE o.merged_into = m.id"
    "   AND (o.code IS NULL OR i.state = 'open')))"
    " FOR UPDATE OF m SKIP LOCKED)"
)

_PHONES = sa.text(
    "SELECT phone FROM messages WHERE state = 'queued' GROUP BY phone"
    " HAVING bool_or(reason = :late) OR (count(*) > 1 AND min(created_at) <= :old)"
    " ORDER BY phone LIMIT 50"
)
_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('backlog ' || :phone, 0))")
_COLUMNS = (
    "m.id, m.kind, m.code, m.incident_id, m.complaint_id, m.person_id, m.to_role, m.unit_id,"
    " m.reason, m.merged_into, n.unit_id AS place, n.severity, n.safety_threat, n.media_exposed,"
    " greatest(n.clients, n.headcount) AS people, n.opened_at"
)
_WAITING = sa.text(
    f"SELECT {_COLUMNS} FROM messages m LEFT JOIN incidents n ON n.id = m.incident_id"  # noqa: S608
    " WHERE m.state = 'queued' AND m.phone = :phone ORDER BY m.id FOR UPDATE OF m SKIP LOCKED"
)
_MERGED = sa.text(
    f"SELECT {_COLUMNS} FROM messages m LEFT JOIN incidents n ON n.id = m.incident_id"  # noqa: S608
    " WHERE m.merged_into = ANY(:ids) AND (m.code IS NULL OR n.state = 'open') ORDER BY m.id"
)


def cancel_moot(connection: Connection, now: datetime) -> int:
    """Cancel waiting texts that no longer serve; returns how many."""
    values = {"late": LATE, "old": now - LATE_AFTER, "kind": KIND}
    return connection.execute(_MOOT, values).rowcount


def merge_next(connection: Connection, house: House, now: datetime) -> bool:
    """Make one text of what waits for one phone; False when no phone has a backlog."""
    values = {"late": LATE, "old": now - LATE_AFTER}
    for phone in connection.scalars(_PHONES, values).all():
        # Two engines at one phone: each would see the other's half locked, and its own as alone.
        connection.execute(_ONE_AT_A_TIME, {"phone": phone})
        rows = connection.execute(_WAITING, {"phone": phone}).all()
        if len(rows) > 1:
            _merge(connection, house, phone, rows, now)
            return True
        if rows and rows[0].reason == LATE:
            _release(connection, rows[0].id)
            return True
    return False


def _release(connection: Connection, message: int) -> None:
    """A late text that is the only one of its phone leaves as it is, now."""
    connection.execute(
        sa.text("UPDATE messages SET reason = NULL, not_before_real = clock_timestamp()"
                " WHERE id = :id"),
        {"id": message},
    )  # fmt: skip


def _merge(
    connection: Connection, house: House, phone: str, waiting: Sequence[sa.Row[Any]], now: datetime
) -> None:
    """Cancel what waits as merged, into its one text."""
    # What waits may itself have taken others in: they come along.
    inside = connection.execute(_MERGED, {"ids": [row.id for row in waiting]}).all()
    rows = sorted((r for r in (*waiting, *inside) if r.kind != KIND), key=gravest_first)
    every = [row.id for row in (*waiting, *inside)]
    if len({_subject(row) for row in rows}) == 1:
        kept = rows[0].id  # all say the same: the gravest of them says it
        connection.execute(
            sa.text("UPDATE messages SET state = 'queued', merged_into = NULL WHERE id = :id"),
            {"id": kept},
        )
        _release(connection, kept)
        _point(connection, [n for n in every if n != kept], kept)
        return
    _point(connection, every, None)
    first, text = rows[0], _write(connection, house, rows)
    queued = queue(connection, now, Draft(
        phone=phone, person_id=first.person_id, to_role=first.to_role, unit_id=first.unit_id,
        kind=KIND, text=text, dedupe_key=f"backlog:{min(every)}:{max(every)}", grave=True,
    ), budget_of(house))  # fmt: skip
    assert queued is not None, "merged texts are waiting no more"
    _point(connection, every, queued.message_id)
    journal.write(connection, now, journal.Entry(
        verb="texts_merged", subject=f"message:{queued.message_id}", actor="engine",
        incident_id=first.incident_id,
        after={"texts": len(rows), "incidents": len(_incidents(rows))},
    ))  # fmt: skip


def _point(connection: Connection, ids: Sequence[int], into: int | None) -> None:
    connection.execute(
        sa.text("UPDATE messages SET state = 'cancelled', reason = 'merged', merged_into = :into"
                " WHERE id = ANY(:ids)"),
        {"ids": list(ids), "into": into},
    )  # fmt: skip


def _subject(row: Any) -> str:
    """What a text is about: two about the same need no list."""
    if row.kind in ("task", "command_offer"):  # each is another thing to do
        return f"message:{row.id}"
    return f"incident:{row.incident_id}" if row.code else f"{row.kind.split('_')[0]}"


#: Of several texts on one incident, the one that says the gravest thing.
_GRAVITY = ("safety", "large", "media", "head_office", "escalation")


def gravest_first(row: Any) -> tuple[Any, ...]:
    """Incidents before other things; among them large, threatened, in the media, many people."""
    if row.code is None:
        return (1, 0, row.id)
    kind = _GRAVITY.index(row.kind) if row.kind in _GRAVITY else len(_GRAVITY)
    return (
        0, row.severity != "large", not row.safety_threat, not row.media_exposed, -row.people,
        row.opened_at, row.incident_id, kind, row.id,
    )  # fmt: skip


@dataclass(frozen=True)
class _Incident:
    code: str
    place: int


def _incidents(rows: Sequence[sa.Row[Any]]) -> list[_Incident]:
    """The incidents that want a reply, each once, gravest first."""
    return list(dict.fromkeys(_Incident(r.code, r.place) for r in rows if r.code is not None))


_OTHERS = (
    ("command", "指挥移交"), ("task", "交办任务"), ("duty", "时限任务"), ("hotline", "热线工单"),
    ("all", "事件解除"),
)  # fmt: skip


def _write(connection: Connection, house: House, rows: Sequence[sa.Row[Any]]) -> str:
    """The one text, with as many reply codes as fit one segment (the gravest one always)."""
    kinds = [row.kind.split("_")[0] for row in rows if row.code is None]
    named = "、".join(name for kind, name in _OTHERS if kind in kinds) or "其他通知"
    found = _incidents(rows)
    if not found:
        return compose(connection, house, "merged_plain", {"tasks": named})
    place = house.tree(connection).get(found[0].place)
    values = {
        "count": str(len(found)), "unit": place.short_name,
        "tasks": f"；另有{named}" if kinds else "",
    }  # fmt: skip
    text = ""
    for most in range(len(found), 0, -1):
        rest = f"等{len(found)}个事件" if most < len(found) else ""
        codes = "、".join(one.code for one in found[:most]) + rest
        text = compose(connection, house, "merged", {**values, "codes": codes})
        if segments(text) == 1:
            break
    return text


def take_apart(connection: Connection) -> int:
    """A merged text that failed for good: what was in it failed, and is followed up one by one."""
    return connection.execute(
        sa.text(
            "WITH dead AS (UPDATE messages SET reason = 'passed on' WHERE kind = :kind"
            " AND state = 'failed' AND reason IS DISTINCT FROM 'passed on' RETURNING id)"
            " UPDATE messages m SET state = 'failed', reason = NULL, merged_into = NULL FROM dead"
            " WHERE m.merged_into = dead.id"
        ),
        {"kind": KIND},
    ).rowcount
