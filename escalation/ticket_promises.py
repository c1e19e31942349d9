"""The promise to a client (BO-02): by when an answer comes; agreed anew before it lapses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from core.clock import SHANGHAI
from core.errors import FieldFault, InvalidInput
from database import journal
from database.ticket_tables import OPEN
from escalation import duty_changes
from escalation.house import House
from escalation.ticket_store import Worker, open_duties


def promise(
    connection: Connection, house: House, row: sa.Row[Any], filled: Filled, by: Worker,
    now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """The ticket's columns after a promise. InvalidInput for one that cannot be given.

    A new promise over one that still runs needs that the client was told first; it moves the
    clocks that stand for the promise, none else, and never beyond one that does not move.
    """
    wanted = datetime.fromisoformat(filled.facts["promised_at"])
    faults = []
    if wanted <= now:
        faults.append(FieldFault("promised_at", "约定时间已过", "is not in the future",
                                 "请约定将来的时间", "agree on a time to come"))  # fmt: skip
    if row.promised_at is not None:
        for name, zh in (("told_at", "须先告知客户"), ("told_via", "缺少告知方式")):
            if name not in filled.facts:
                faults.append(FieldFault(name, zh, "the client is told first", "请填写",
                                         "say when and how"))  # fmt: skip
        if not filled.words.get("reason"):
            faults.append(FieldFault("reason", "缺少改约原因", "is missing", "请说明", "say why"))
    told = filled.facts.get("told_at")
    if told is not None and datetime.fromisoformat(told) > now:
        faults.append(FieldFault("told_at", "时间晚于当前时间", "is in the future", "请核对时间",
                                 "check the time"))  # fmt: skip
    duties = open_duties(connection, row.complaint_id)
    faults += _beyond(duties, wanted)
    if faults:
        raise InvalidInput(faults)
    for duty in duties:
        if duty.rule.get("promised") and duty.due_at < wanted and now < duty.due_at:
            duty_changes.move_to_promise(connection, house, duty.id, wanted, now, by.actor)
    lapsed = row.promise_lapsed_at
    if lapsed is None and row.promised_at is not None and row.promised_at <= now:
        lapsed = row.promised_at
    return {"promised_at": wanted, "promise_lapsed_at": lapsed}


def _beyond(duties: Any, wanted: datetime) -> list[FieldFault]:
    """No promise beyond the final answer's clock (BO-03): one that only telling ends, and that a
    promise does not move."""
    fixed = [d for d in duties if _final(d.rule.get("acts") or []) and not d.rule.get("promised")]
    last = min((d.due_at for d in fixed), default=None)
    if last is None or wanted <= last:
        return []
    shown = last.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
    return [FieldFault(
        "promised_at", f"晚于最终答复时限{shown}", f"is beyond the final answer's due time {shown}",
        "请约定更早的时间", "agree on an earlier time",
    )]  # fmt: skip


def _final(acts: list[str]) -> bool:
    return "tell" in acts and "contact" not in acts


_LAPSED = sa.text(
    "UPDATE tickets SET promise_lapsed_at = promised_at, version = version + 1"  # noqa: S608
    " WHERE complaint_id IN (SELECT complaint_id FROM tickets WHERE promised_at <= :now"
    f"  AND promise_lapsed_at IS NULL AND told_at IS NULL AND {OPEN}"
    "  ORDER BY promised_at LIMIT 200 FOR UPDATE SKIP LOCKED)"
    " RETURNING complaint_id, unit_id, promised_at"
)


def lapse_due(connection: Connection, now: datetime) -> bool:
    """Note each promise that was not kept; False when there is none."""
    rows = connection.execute(_LAPSED, {"now": now}).all()
    journal.write(connection, now, *(
        journal.Entry(verb="promise_lapsed", subject=f"complaint:{r.complaint_id}", actor="engine",
                      unit_id=r.unit_id, after={"promised": r.promised_at.isoformat()})
        for r in rows
    ))  # fmt: skip
    return bool(rows)
