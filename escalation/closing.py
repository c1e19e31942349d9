"""Ending an incident in two phases (ADR 0007).

Stand down ends what is acute: its keys are freed, its complaints are spent, everyone told is told.
It takes the counting locks of every key under which its complaints count, so that a complaint that
races either belongs to the incident or starts the next count, never both. Close ends the
paperwork, and is refused while a duty or a task of the tree is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import cancel_queued
from core.clock import hour_minute, iso
from core.errors import Conflict, NotFound
from core.words import name
from database import journal
from database.connection import business_now
from database.locks import take as take_locks
from escalation import events, ladder, recount
from escalation.house import House, hold_keys, until_locked
from escalation.ids import incident_id as public_incident
from escalation.incidents import case_of, places_of
from escalation.members import add_members, owner_of, tickets_under
from escalation.telling import people_told, tell_people


def stand_down(house: House, incident_id: int, reason: str, actor: str) -> None:
    """End the acute phase of an incident and everything below it. Conflict when it has ended."""

    def work(connection: Connection, held: frozenset[str]) -> None:
        take_locks(connection, (), held)
        _stand_down(connection, house, incident_id, reason, actor, held)

    until_locked(house, work)


def _stand_down(
    connection: Connection, house: House, incident_id: int, reason: str, actor: str,
    held: frozenset[str],
) -> None:  # fmt: skip
    rows = _tree(connection, incident_id)
    top = rows[0]
    if top.state != "open":
        at = iso(top.stood_down_at or top.closed_at)
        raise Conflict(f"事件已于 {at} 结束", f"the incident ended at {at}")
    ids = sorted(r.id for r in rows if r.state == "open")
    needed = hold_keys(connection, held, lambda: _keys(connection, ids))
    now = business_now(connection)
    _end(connection, ids, reason, now)
    recount.recount(connection, house, needed, now)
    for number in ids:
        cancel_queued(connection, number)
        journal.write(connection, now, journal.Entry(
            verb="incident_stood_down", subject=f"incident:{number}", actor=actor,
            incident_id=number, reason=reason, before={"state": "open"},
            after={"state": "stood_down"},
        ))  # fmt: skip
    case, _ = case_of(connection, incident_id)
    for unit_id in sorted({case.unit_id, *places_of(connection, incident_id)}):
        events.on_incident(
            connection, house, "incident_stood_down", incident_id, unit_id, now,
            time=_reopened(connection, incident_id),
        )  # fmt: skip
    tell_people(
        connection, house, case, people_told(connection, ids),
        wording="all_clear", now=now, with_code=False, time=_reopened(connection, incident_id),
    )  # fmt: skip


def _tree(connection: Connection, incident_id: int) -> list[sa.Row[Any]]:
    """The incident and everything below it, locked in id order, itself first. NotFound."""
    rows = connection.execute(
        sa.text(
            "SELECT id, state, stood_down_at, closed_at, parent_id, severity FROM incidents"
            " WHERE id = :id OR parent_id = :id ORDER BY id FOR NO KEY UPDATE"
        ),
        {"id": incident_id},
    ).all()
    if not any(r.id == incident_id for r in rows):
        raise NotFound("incident")
    return sorted(rows, key=lambda r: r.id != incident_id)


def close(connection: Connection, incident_id: int, reason: str, actor: str) -> None:
    """End the paperwork of an incident that is stood down, and of everything below it.

    Conflict while it is open, or while a duty or a task of it is: the answer lists them.
    """
    rows = _tree(connection, incident_id)
    if rows[0].state == "open":
        raise Conflict("请先宣布平息，再结案", "stand the incident down before you close it")
    if rows[0].state == "closed":
        at = iso(rows[0].closed_at)
        raise Conflict(f"事件已于 {at} 结案", f"the incident was closed at {at}")
    ids = [r.id for r in rows if r.state != "closed"]
    owed = connection.execute(
        sa.text("SELECT id, clause, title_zh FROM duties WHERE incident_id = ANY(:ids)"
                " AND state = 'open' ORDER BY due_at, id"),
        {"ids": ids},
    ).all()  # fmt: skip
    if owed:
        raise Conflict(
            f"还有{len(owed)}项时限任务未办结：{'、'.join(r.title_zh for r in owed[:5])}",
            f"{len(owed)} duties are still open: {', '.join(r.clause for r in owed[:5])}",
            duties=[r.id for r in owed],
        )
    _refuse_over_tasks(connection, ids)
    now = business_now(connection)
    connection.execute(
        sa.text("UPDATE incidents SET state = 'closed', closed_at = :now WHERE id = ANY(:ids)"),
        {"now": now, "ids": ids},
    )
    for number in ids:
        journal.write(connection, now, journal.Entry(
            verb="incident_closed", subject=f"incident:{number}", actor=actor,
            incident_id=number, reason=reason, before={"state": "stood_down"},
            after={"state": "closed"},
        ))  # fmt: skip


def _refuse_over_tasks(connection: Connection, ids: Sequence[int]) -> None:
    """Tasks end before the paperwork does; a rectification may go on (see `tasks`).

    They are named by role and time: what a task says stays in its table.
    """
    left = connection.execute(
        sa.text("SELECT id, role, due_at FROM tasks WHERE incident_id = ANY(:ids)"
                " AND kind = 'task' AND state IN ('assigned', 'accepted') ORDER BY due_at, id"),
        {"ids": list(ids)},
    ).all()  # fmt: skip
    if left:
        zh = "、".join(f"{name(r.role)}（{hour_minute(r.due_at)}）" for r in left[:5])
        en = ", ".join(f"{name(r.role, 'en')} ({hour_minute(r.due_at)})" for r in left[:5])
        raise Conflict(
            f"还有{len(left)}项交办任务未完成：{zh}", f"{len(left)} tasks are not done: {en}",
            tasks=[r.id for r in left],
        )  # fmt: skip


def reopen(house: House, incident_id: int, reason: str, actor: str) -> None:
    """Make an ended incident open again with what ended with it; no clock starts anew.

    Conflict when it is open, when what it is part of has ended, or when another open incident
    has one of its keys by now.
    """

    def work(connection: Connection, held: frozenset[str]) -> None:
        take_locks(connection, (), held)
        _reopen(connection, house, incident_id, reason, actor, held)

    until_locked(house, work)


def _reopen(
    connection: Connection, house: House, incident_id: int, reason: str, actor: str,
    held: frozenset[str],
) -> None:  # fmt: skip
    rows = _tree(connection, incident_id)
    top = rows[0]
    if top.state == "open":
        raise Conflict("事件进行中", "the incident is open")
    _refuse_under_ended(connection, top.parent_id)
    ids = [r.id for r in rows if r.stood_down_at == top.stood_down_at and r.state == top.state]
    needed = hold_keys(connection, held, lambda: _keys_again(connection, ids))
    theirs = sorted(_their_keys(connection, ids))
    for key in theirs:
        owner = owner_of(connection, key)
        if owner is not None:
            raise Conflict(
                f"该处已有进行中的事件 {public_incident(owner)}",
                f"incident {public_incident(owner)} is open there by now",
                incident=public_incident(owner),
            )
    now = business_now(connection)
    _run_each(connection, _AGAIN, {"ids": ids, "now": now})
    for number in ids:
        ladder.go_on(connection, number, now)
    _join_meanwhile(connection, house, theirs, now)
    recount.recount(connection, house, needed, now)
    for number in ids:
        journal.write(connection, now, journal.Entry(
            verb="incident_reopened", subject=f"incident:{number}", actor=actor,
            incident_id=number, reason=reason, before={"state": top.state},
            after={"state": "open"},
        ))  # fmt: skip
    case, _ = case_of(connection, incident_id)
    tell_people(
        connection, house, case, people_told(connection, ids),
        wording="reopened", now=now, with_code=True, time=_reopened(connection, incident_id),
    )  # fmt: skip


def _refuse_under_ended(connection: Connection, parent: int | None) -> None:
    """A part is not open while its whole has ended: its row is locked, so that it stays so."""
    if parent is None:
        return
    state = connection.execute(
        sa.text("SELECT state FROM incidents WHERE id = :id FOR NO KEY UPDATE"), {"id": parent}
    ).scalar_one()
    if state != "open":
        raise Conflict(
            f"上级事件 {public_incident(parent)} 已结束，请先重新启动它",
            f"{public_incident(parent)}, of which it is a part, has ended; reopen that first",
            incident=public_incident(parent),
        )


def _reopened(connection: Connection, incident_id: int) -> int:
    """How often the incident has been opened again."""
    return int(
        connection.scalar(
            sa.text(
                "SELECT count(*) FROM journal WHERE incident_id = :id"
                " AND verb = 'incident_reopened'"
            ),
            {"id": incident_id},
        )
        or 0
    )


def _their_keys(connection: Connection, ids: Sequence[int]) -> set[str]:
    return set(
        connection.scalars(
            sa.text("SELECT key FROM incident_keys WHERE incident_id = ANY(:ids)"),
            {"ids": list(ids)},
        )
    )


#: Complaints that came while it was over, below the threshold of a new one.
_MEANWHILE = (
    "SELECT e.complaint_id FROM key_events e JOIN complaints c ON c.id = e.complaint_id"
    " AND c.incident_id IS NULL AND c.status = 'open' WHERE e.key = ANY(:keys) AND NOT e.spent"
)


def _keys_again(connection: Connection, ids: Sequence[int]) -> set[str]:
    """Its keys, and every key under which complaints count that will join it by them."""
    keys = _their_keys(connection, ids)
    query = f"SELECT key FROM key_events WHERE NOT spent AND complaint_id IN ({_MEANWHILE})"  # noqa: S608
    return keys | set(connection.scalars(sa.text(query), {"keys": sorted(keys)}))


def _join_meanwhile(
    connection: Connection, house: House, keys: Sequence[str], now: datetime
) -> None:
    """Who complained under its keys while it was over, within their window, belongs to it."""
    windows = {rule.kind: rule.window for rule in house.plan.counting.keys}
    for key in keys:
        owner = owner_of(connection, key)
        window = windows.get(key.split(":", 1)[0])
        loose = set(connection.scalars(sa.text(_MEANWHILE), {"keys": [key]}))
        if owner is None or window is None:
            continue
        inside = {complaint for complaint, _ in tickets_under(connection, key, now, window)}
        add_members(connection, owner, loose & inside, now)


_AGAIN = (
    "UPDATE incident_keys SET open = true WHERE incident_id = ANY(:ids)",
    "UPDATE key_states s SET incident_id = k.incident_id, state = CASE n.severity"
    " WHEN 'large' THEN 'large' ELSE 'incident' END, refresh_at = NULL"
    " FROM incident_keys k JOIN incidents n ON n.id = k.incident_id"
    " WHERE k.incident_id = ANY(:ids) AND s.key = k.key",
    "UPDATE key_events e SET spent = false FROM complaints c WHERE c.incident_id = ANY(:ids)"
    " AND c.status = 'open' AND e.complaint_id = c.id AND e.key IN"
    " (SELECT key FROM incident_keys WHERE incident_id = ANY(:ids))",
    # Head office's call waited while it was over.
    "UPDATE ladders l SET page_at = l.page_at + (:now - n.stood_down_at) FROM incidents n"
    " WHERE n.id = l.incident_id AND n.id = ANY(:ids) AND l.paged_at IS NULL",
    "UPDATE incidents SET state = 'open', stood_down_at = NULL, closed_at = NULL,"
    " close_reason = NULL WHERE id = ANY(:ids)",
)


def _keys(connection: Connection, ids: Sequence[int]) -> set[str]:
    return set(
        connection.scalars(
            sa.text(
                "SELECT key FROM incident_keys WHERE incident_id = ANY(:ids)"
                " UNION SELECT e.key FROM complaints c JOIN key_events e ON e.complaint_id = c.id"
                " WHERE c.incident_id = ANY(:ids) AND NOT e.spent"
            ),
            {"ids": list(ids)},
        )
    )


_END = (
    "UPDATE key_events SET spent = true WHERE NOT spent AND complaint_id IN"
    " (SELECT id FROM complaints WHERE incident_id = ANY(:ids))",
    # Who counts under a key of this incident but belongs to another one was counted here as well.
    "UPDATE key_events e SET spent = true FROM incident_keys k, complaints c"
    " WHERE k.incident_id = ANY(:ids) AND k.open AND e.key = k.key AND NOT e.spent"
    " AND c.id = e.complaint_id AND c.incident_id IS NOT NULL",
    "UPDATE key_states SET incident_id = NULL, state = 'quiet', clients = 0, since = :now,"
    " headcount = 0, headcount_at = NULL"
    " WHERE incident_id = ANY(:ids)",
    "UPDATE incident_keys SET open = false WHERE incident_id = ANY(:ids)",
    "UPDATE ladders SET state = 'stopped', due_at = NULL, repeat_at = NULL"
    " WHERE incident_id = ANY(:ids)",
    "UPDATE incidents SET state = 'stood_down', stood_down_at = :now, close_reason = :reason"
    " WHERE id = ANY(:ids)",
)


def _end(connection: Connection, ids: Sequence[int], reason: str, now: datetime) -> None:
    _run_each(connection, _END, {"ids": list(ids), "now": now, "reason": reason})


def _run_each(connection: Connection, statements: Sequence[str], wanted: dict[str, Any]) -> None:
    for statement in statements:
        names = {name: wanted[name] for name in wanted if f":{name}" in statement}
        connection.execute(sa.text(statement), names)
