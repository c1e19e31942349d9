"""Delivery receipts: stored raw first, applied later, and only ever forward.

They come late, repeated, out of order, and sometimes before we have noted the provider's id of
the message that they speak of; such a receipt waits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.gateways.twilio_codes import TWILIO
from alerts.gateways.verdicts import PLAIN, Next, ProviderTable
from database import journal

_TABLES: Mapping[str, ProviderTable] = {"twilio": TWILIO}

#: A receipt that still fits no message after this long (business time) is put aside: it speaks of
#: a duplicate whose id we never kept. The row itself stays.
WAIT = timedelta(hours=24)
_BATCH = 500

#: From which states a final word moves a message. A delivery is believed even while another
#: attempt waits; a failure is not, since the attempt that waits is the answer to it. A message
#: just being sent is left alone until its sender has written down what became of it.
_FROM: Mapping[str, frozenset[str]] = {
    "delivered": frozenset({"queued", "unknown", "accepted"}),
    "failed": frozenset({"unknown", "accepted"}),
}


@dataclass(frozen=True)
class Failed:
    """A text that the provider took and could not deliver, and where to turn now.

    `next` is "person" (the next one at once), "gateway" (the same person by another gateway) or
    "retry" (the same way once more; advised only after the first attempt).
    """

    message_id: int
    incident_id: int | None
    code: str | None
    next: Literal["person", "gateway", "retry"]
    gateway: str
    attempts: int


@dataclass(frozen=True)
class _Pending:
    """One receipt beside the message that it speaks of."""

    receipt_id: int
    gateway: str
    status: str
    code: str | None
    received_at: datetime
    message_id: int
    incident_id: int | None
    state: str
    attempts: int


_STORE = sa.text(
    "INSERT INTO receipts (gateway, provider_id, status, error_code, raw, received_at)"
    " VALUES (:gateway, :provider_id, :status, :code, CAST(:raw AS jsonb), :at)"
    " ON CONFLICT (gateway, provider_id, status) DO NOTHING RETURNING id"
)
_WAKE = sa.text(f"SELECT pg_notify('{journal.WORK_CHANNEL}', '')")


def store(
    connection: Connection,
    gateway: str,
    provider_id: str,
    status: str,
    error_code: str | None,
    raw: Mapping[str, str],
    at: datetime,
) -> bool:
    """Keep one receipt as it came; False when it is a repetition.

    `status` and `error_code` in the provider's words; `raw` without phone and text.
    """
    row = connection.execute(
        _STORE,
        {
            "gateway": gateway,
            "provider_id": provider_id,
            "status": status,
            "code": error_code,
            "raw": json.dumps(dict(raw)),
            "at": at,
        },
    ).first()
    if row is not None:
        connection.execute(_WAKE)
    return row is not None


# A row that somebody else has locked is somebody else's work or will be ours at the next tick.
_READ = sa.text(
    "SELECT r.id AS receipt_id, r.gateway, r.status, r.error_code AS code, r.received_at,"
    "       m.id AS message_id, m.incident_id, m.state, m.attempts"
    "  FROM receipts r JOIN messages m USING (gateway, provider_id)"
    " WHERE NOT r.applied AND m.state <> 'sending'"
    " ORDER BY m.id, r.id LIMIT :most FOR UPDATE SKIP LOCKED"
)
_MOVE = sa.text(
    "UPDATE messages SET state = :state, error_code = :code, reason = :reason,"
    " delivered_at = :delivered_at WHERE id = :id"
)
_BLOCK = sa.text(
    "INSERT INTO blocked_phones (phone, reason, since)"
    " SELECT phone, :code, :at FROM messages WHERE id = :id ON CONFLICT (phone) DO NOTHING"
)
_DONE = sa.text("UPDATE receipts SET applied = true WHERE id = ANY(:ids)")
_PUT_ASIDE = sa.text(
    "UPDATE receipts SET applied = true WHERE id IN (SELECT id FROM receipts"
    " WHERE NOT applied AND received_at < :before FOR UPDATE SKIP LOCKED)"
)


def apply_pending(connection: Connection, at: datetime, *, most: int = _BATCH) -> list[Failed]:
    """Apply up to `most` waiting receipts in the caller's transaction; returns what failed.

    Messages only move forward; each move is journalled. A phone that the provider declares
    unusable for good is blocked here. Safe to run in any number of processes at once.
    """
    rows = connection.execute(_READ, {"most": most}).mappings().all()
    states: dict[int, str] = {}
    failed: list[Failed] = []
    for pending in (_Pending(**row) for row in rows):
        state = states.get(pending.message_id, pending.state)
        final = _table(pending.gateway).final.get(pending.status)
        if final is None or state not in _FROM[final]:
            continue
        states[pending.message_id] = final
        _move(connection, pending, final, state, at)
        if final == "failed":
            failed.append(_failed(pending))
    if rows:
        connection.execute(_DONE, {"ids": [row["receipt_id"] for row in rows]})
    connection.execute(_PUT_ASIDE, {"before": at - WAIT})
    return failed


def _table(gateway: str) -> ProviderTable:
    return _TABLES.get(gateway, PLAIN)


def _move(connection: Connection, pending: _Pending, final: str, state: str, at: datetime) -> None:
    table, lost = _table(pending.gateway), final == "failed"
    code = pending.code if lost else None
    verdict = table.codes.get(code or "")
    reason = (verdict.why if verdict else "not delivered") if lost else None
    connection.execute(
        _MOVE,
        {
            "id": pending.message_id,
            "state": final,
            "code": code,
            "reason": reason,
            "delivered_at": None if lost else pending.received_at,
        },
    )
    after: dict[str, str | bool | None] = {"state": final, "gateway": pending.gateway}
    if lost:
        after["code"] = code
        if table.blocks(code):
            connection.execute(_BLOCK, {"id": pending.message_id, "code": code, "at": at})
            after["phone_blocked"] = True
    journal.write(
        connection,
        at,
        journal.Entry(
            verb=f"message_{final}",
            subject=f"message:{pending.message_id}",
            actor=f"gateway:{pending.gateway}",
            incident_id=pending.incident_id,
            reason=reason,
            before={"state": state},
            after=after,
        ),
    )


def _failed(pending: _Pending) -> Failed:
    advised: Next = _table(pending.gateway).after_failure(pending.code, pending.attempts)
    return Failed(
        message_id=pending.message_id,
        incident_id=pending.incident_id,
        code=pending.code,
        next=advised.value,
        gateway=pending.gateway,
        attempts=pending.attempts,
    )
