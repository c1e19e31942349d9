"""Sends answers to 95558: claims one, commits, calls with no transaction open, records.

At least once: an engine that dies in between leaves a claim whose lease ends, and the answer is
sent again under the same id, which the receiver drops.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.sender import note_health
from alerts.signed_callback import MOST_ATTEMPTS, Callback, Reply, delay
from core.errors import Conflict
from core.failpoints import hit
from database import journal
from database.connection import business_now
from escalation.hotline_orders import feedback_of
from escalation.hotline_words import WORDS
from escalation.house import House
from escalation.ids import feedback_id

#: Its name among the gateways whose health the board shows.
HEALTH = "95558-callback"
_LEASE_SECONDS = 120

_CLAIM = sa.text(
    "UPDATE hotline_feedback f SET state = 'sending', claimed_by = :who,"
    " attempts = f.attempts + 1,"
    " claimed_until_real = clock_timestamp() + make_interval(secs => :lease)"
    " FROM (SELECT x.id FROM hotline_feedback x"
    "  JOIN hotline_orders o ON o.complaint_id = x.complaint_id"
    "  WHERE o.source = :source AND (x.state = 'waiting' AND x.not_before_real <= clock_timestamp()"
    "   OR x.state = 'sending' AND x.claimed_until_real <= clock_timestamp())"
    "  ORDER BY x.not_before_real, x.id LIMIT 1 FOR UPDATE OF x SKIP LOCKED) AS next"
    " WHERE f.id = next.id RETURNING f.id, f.attempts"
)
_READ = sa.text(
    f"SELECT {WORDS}, w.round, w.result, w.at, w.by_name, w.due_at, o.complaint_id, o.source,"  # noqa: S608
    " o.number, c.unit_id, c.home_unit_id FROM hotline_feedback w"
    " JOIN hotline_orders o ON o.complaint_id = w.complaint_id"
    " JOIN complaints c ON c.id = w.complaint_id WHERE w.id = :id"
)
_RECORD = sa.text(
    "UPDATE hotline_feedback SET state = :state, status_code = :status, error = :error,"
    " claimed_by = NULL, claimed_until_real = NULL,"
    " not_before_real = clock_timestamp() + make_interval(secs => :wait),"
    " delivered_real = CASE WHEN :arrived THEN coalesce(delivered_real, clock_timestamp())"
    "  ELSE delivered_real END"
    " WHERE id = :id AND state = 'sending' AND claimed_by = :who RETURNING complaint_id"
)


@dataclass(frozen=True)
class _Claim:
    feedback: int
    attempts: int
    body: bytes


class FeedbackSender:
    """Sends one claimed answer at a time. `clock` gives real seconds since 1970."""

    def __init__(
        self, house: House, callback: Callback, name: str, *,
        clock: Callable[[], float] = time.time, lease: float = _LEASE_SECONDS,
    ) -> None:  # fmt: skip
        self._house, self._callback, self._name = house, callback, name
        self._clock, self._lease = clock, lease

    def send_all(self) -> int:
        """Send all that is due; how many were tried. The first that fails ends the round."""
        tried = 0
        while (reply := self.send_one()) is not None:
            tried += 1
            if not reply.arrived:
                break
        return tried

    def send_one(self) -> Reply | None:
        """Send the next answer that is due; None when there is none."""
        claimed = self._house.database.run(self._claim)
        if claimed is None:
            return None
        hit("callback_claimed")
        named = {"X-Fenghuo-Feedback": feedback_id(claimed.feedback)}
        reply = self._callback.post(claimed.body, int(self._clock()), named)
        hit("callback_not_recorded")
        self._house.database.run(lambda c: self._record(c, claimed, reply))
        return reply

    def _claim(self, connection: Connection) -> _Claim | None:
        row = connection.execute(_CLAIM, {
            "who": self._name, "lease": self._lease, "source": self._house.hotline_source,
        }).one_or_none()  # fmt: skip
        if row is None:
            return None
        answer = connection.execute(_READ, {"id": row.id}).one()
        said = feedback_of(self._house, answer, answer)
        return _Claim(row.id, row.attempts, encoded(said))

    def _record(self, connection: Connection, claimed: _Claim, reply: Reply) -> None:
        over = claimed.attempts >= MOST_ATTEMPTS
        state = "delivered" if reply.arrived else "failed" if over else "waiting"
        complaint = connection.scalar(_RECORD, {
            "state": state, "status": reply.status, "error": reply.fault,
            "wait": 0 if reply.arrived else delay(claimed.attempts), "arrived": reply.arrived,
            "id": claimed.feedback, "who": self._name,
        })  # fmt: skip
        note_health(connection, HEALTH, reply.fault)
        if complaint is None:  # fetched meanwhile, or another engine has it
            return
        if state != "waiting":
            journal.write(connection, business_now(connection), journal.Entry(
                verb="hotline_delivered" if reply.arrived else "hotline_undelivered",
                subject=f"complaint:{complaint}", actor="engine",
                after={"feedback": feedback_id(claimed.feedback), "attempts": claimed.attempts,
                       "status": reply.status},
            ))  # fmt: skip
        else:
            journal.announce(connection)


def encoded(said: dict[str, Any]) -> bytes:
    """The body of a call: these very bytes are signed. Pure."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


_AGAIN = sa.text(
    "UPDATE hotline_feedback SET state = 'waiting', attempts = 0,"
    " not_before_real = clock_timestamp() WHERE id = :id AND state = 'failed'"
    " RETURNING complaint_id"
)


def send_again(connection: Connection, feedback: int, actor: str) -> None:
    """Try an answer anew that could not be delivered. Conflict for any other."""
    complaint = connection.scalar(_AGAIN, {"id": feedback})
    if complaint is None:
        raise Conflict("该反馈已送达或仍在发送", "it has been delivered, or is still being sent")
    journal.write(connection, business_now(connection), journal.Entry(
        verb="hotline_sent_again", subject=f"complaint:{complaint}", actor=actor,
        after={"feedback": feedback_id(feedback)},
    ))  # fmt: skip
