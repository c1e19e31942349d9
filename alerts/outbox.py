"""The outbox: a text becomes a row in the same transaction as the event that causes it.

The row is unique by its reason (`dedupe_key`), so the same thing is never told twice to the same
person; what the phone's budget does not allow is kept as `withheld`, a state that is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from database.journal import WORK_CHANNEL

#: A text that should have been told so long ago is held until all late ones are there: they are
#: made into one text a phone (`escalation.backlog`), not sent as a flood.
LATE_AFTER = timedelta(minutes=10)
#: Real seconds after which a held text leaves even if nobody comes to merge it.
HELD_SECONDS = 15
LATE = "late"


@dataclass(frozen=True)
class Draft:
    """One text to one person, before it is queued. `grave` may use the budget's reserve; `due_at`
    is when it should have been told, where that may lie far behind."""

    phone: str
    person_id: int | None
    to_role: str
    unit_id: int | None
    kind: str
    text: str
    dedupe_key: str
    grave: bool
    incident_id: int | None = None
    complaint_id: int | None = None
    code: str | None = None
    step: int | None = None
    due_at: datetime | None = None


@dataclass(frozen=True)
class PhoneBudget:
    """Texts to one phone within `window`: `most` in all, of which `reserve` for grave ones."""

    window: timedelta
    most: int
    reserve: int


@dataclass(frozen=True)
class Queued:
    """What became of a draft: its row and state; None when it had been told before."""

    message_id: int
    state: str


def allowed(sent: int, budget: PhoneBudget, *, grave: bool) -> bool:
    """Whether one more text fits. Pure."""
    return sent < (budget.most if grave else budget.most - budget.reserve)


def queue(
    connection: Connection, now: datetime, draft: Draft, budget: PhoneBudget
) -> Queued | None:
    """Put a draft into the outbox (queued or withheld); None when its reason was told already."""
    sent = connection.execute(
        sa.text(
            "SELECT count(*) FROM messages WHERE phone = :phone AND created_at > :since"
            " AND state NOT IN ('withheld', 'cancelled')"
        ),
        {"phone": draft.phone, "since": now - budget.window},
    ).scalar_one()
    fits = allowed(int(sent), budget, grave=draft.grave)
    late = draft.due_at is not None and now - draft.due_at >= LATE_AFTER
    row = connection.execute(
        _INSERT,
        {
            **vars(draft),
            "now": now,
            "state": "queued" if fits else "withheld",
            "reason": (LATE if late else None) if fits else "budget",
            "held": HELD_SECONDS if late and fits else 0,
            "channel": WORK_CHANNEL,
        },
    ).one_or_none()
    return None if row is None else Queued(row.id, row.state)


_INSERT = sa.text(
    "INSERT INTO messages (incident_id, complaint_id, person_id, to_role, unit_id, phone, kind,"
    " step, text, code, dedupe_key, state, reason, created_at, not_before_real)"
    " VALUES (:incident_id, :complaint_id, :person_id, :to_role, :unit_id, :phone, :kind,"
    " :step, :text, :code, :dedupe_key, :state, :reason, :now,"
    " clock_timestamp() + make_interval(secs => :held))"
    " ON CONFLICT (dedupe_key) DO UPDATE SET state = excluded.state, reason = excluded.reason,"
    " text = excluded.text, step = excluded.step, created_at = excluded.created_at,"
    " not_before_real = excluded.not_before_real"
    # never left for a gateway, neither itself nor in another text: not yet told
    " WHERE messages.state IN ('withheld', 'cancelled') AND messages.merged_into IS NULL"
    " RETURNING id, state, pg_notify(:channel, '')"  # senders need not wait for a tick
)


def cancel_queued(connection: Connection, incident_id: int, *, from_step: int = 0) -> int:
    """Cancel texts of an incident that no gateway has seen yet; returns how many.

    A task stays to be done when all is calm: its text leaves.
    """
    done = connection.execute(
        sa.text(
            "UPDATE messages SET state = 'cancelled', reason = 'no longer needed'"
            " WHERE incident_id = :id AND state = 'queued' AND attempts = 0"
            " AND coalesce(step, 0) >= :from_step AND kind <> 'task'"
        ),
        {"id": incident_id, "from_step": from_step},
    )
    return done.rowcount
