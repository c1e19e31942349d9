"""The sender: claims a text, commits, calls the gateway with no transaction open, records.

At least once, never silently none. A claim carries a lease: a sender that dies leaves a text whose
fate is unknown, which is looked up at the provider before it is sent again and then marked as a
possible duplicate. Unknown is its own state, seen on the board.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.gateways.port import Gateway, Lookup, Outcome, Sending, SendResult
from core.failpoints import hit
from database import journal
from database.connection import Database, business_now

LEASE_SECONDS = 30


@dataclass(frozen=True)
class Claim:
    """A text that this sender alone may send until its lease ends."""

    message_id: int
    phone: str
    text: str
    reference: str
    attempts: int
    doubtful: bool
    gateway: str | None
    avoid_gateway: str | None
    age_seconds: float
    incident_id: int | None

    @property
    def sending(self) -> Sending:
        return Sending(self.phone, self.text, self.reference, self.age_seconds)


_CLAIM = sa.text(
    "UPDATE messages m SET state = 'sending', claimed_by = :who, attempts = m.attempts + 1,"
    " claimed_until_real = clock_timestamp() + make_interval(secs => :lease)"
    " FROM (SELECT id, state FROM messages"
    "  WHERE (state IN ('queued', 'unknown') AND not_before_real <= clock_timestamp())"
    "  OR (state = 'sending' AND claimed_until_real <= clock_timestamp()"
    "      AND not_before_real <= clock_timestamp())"
    "  ORDER BY not_before_real LIMIT 1 FOR UPDATE SKIP LOCKED) AS next"
    " WHERE m.id = next.id RETURNING m.id, m.phone, m.text, m.attempts, next.state AS before,"
    " m.gateway, m.avoid_gateway, m.incident_id,"
    " extract(epoch FROM clock_timestamp() - m.created_real_at)::float AS age"
)


def claim(connection: Connection, who: str, lease: float = LEASE_SECONDS) -> Claim | None:
    """Claim the next text that is due, or None."""
    row = connection.execute(_CLAIM, {"who": who, "lease": lease}).one_or_none()
    if row is None:
        return None
    return Claim(
        row.id, row.phone, row.text, f"fh-{row.id}", row.attempts,
        row.before in ("sending", "unknown"), row.gateway, row.avoid_gateway, row.age,
        row.incident_id,
    )  # fmt: skip


class Sender:
    """Sends one claimed text at a time over the first gateway that will take it."""

    def __init__(
        self,
        database: Database,
        gateways: Sequence[Gateway],
        name: str,
        *,
        lease: float = LEASE_SECONDS,
    ) -> None:
        self._database, self._name, self._lease = database, name, lease
        self._gateways: Mapping[str, Gateway] = {g.name: g for g in gateways}

    def send_one(self) -> bool:
        """Send the next due text; False when there is none."""
        taken = self._database.run(lambda c: claim(c, self._name, self._lease))
        if taken is None:
            return False
        hit("after_claim")
        name, result, duplicate = self._deliver(taken)
        hit("accepted_not_recorded")
        self._database.run(lambda c: record(c, taken, name, result, self._name, duplicate))
        return True

    def _deliver(self, taken: Claim) -> tuple[str, SendResult, bool]:
        """Call the gateways in order; the name, what came of it, whether it may be a duplicate."""
        if taken.doubtful and taken.gateway is not None and taken.gateway in self._gateways:
            found = self._look_up(taken, taken.gateway)
            if found is not None:
                return taken.gateway, found, False
        elif taken.doubtful:
            for name in self._gateways:  # the claim was lost before the gateway was noted
                found = self._look_up(taken, name)
                if found is not None:
                    return name, found, False
        result = SendResult(Outcome.RETRY, code="no_gateway", detail="no gateway is set up")
        name = taken.gateway or ""
        if taken.avoid_gateway and set(self._gateways) <= {taken.avoid_gateway}:
            return name, SendResult(Outcome.REFUSED, code="no_other_gateway"), False
        for name, gateway in self._gateways.items():
            if name == taken.avoid_gateway:
                continue
            self._database.run(lambda c, chosen=name: _note_gateway(c, taken, chosen))  # type: ignore[misc]
            result = gateway.send(taken.sending)
            if result.outcome is not Outcome.OTHER_GATEWAY:
                break
        return name, result, taken.doubtful and result.outcome is Outcome.ACCEPTED

    def _look_up(self, taken: Claim, gateway: str) -> SendResult | None:
        """Ask the provider about a doubtful text; None when it surely does not have it."""
        seen: Lookup = self._gateways[gateway].lookup(taken.sending)
        if seen.found:
            return SendResult(Outcome.ACCEPTED, seen.provider_id, detail="found at the provider")
        # Better twice than never: after a few fruitless look-ups the text is sent again.
        if seen.found is None and taken.attempts <= 3:
            return SendResult(Outcome.UNKNOWN, code="lookup", detail="the provider does not answer")
        return None


def _note_gateway(connection: Connection, taken: Claim, name: str) -> None:
    if taken.gateway != name:
        connection.execute(
            sa.text("UPDATE messages SET gateway = :name WHERE id = :id"),
            {"name": name, "id": taken.message_id},
        )


def retry_delay(attempts: int, asked: float | None) -> float:
    """Seconds until the next try: what the provider asks, else 1, 2, 4 … 60 with jitter."""
    if asked is not None:
        return max(0.5, min(asked, 300.0))
    return float(min(60.0, 2.0 ** min(attempts - 1, 6)) * random.uniform(0.8, 1.2))


def state_after(result: SendResult) -> str:
    """The text's state after an attempt. Pure."""
    if result.outcome is Outcome.ACCEPTED:
        return "accepted"
    if result.outcome is Outcome.REFUSED:
        return "failed"
    if result.outcome is Outcome.UNKNOWN:
        return "unknown"
    return "queued"  # surely not taken: it stays due, however long the provider is away


def record(
    connection: Connection, taken: Claim, gateway: str, result: SendResult, who: str,
    duplicate: bool,
) -> None:  # fmt: skip
    """Write what came of an attempt. A claim that another sender took over is left alone."""
    now = business_now(connection)
    state = state_after(result)
    changed = connection.execute(
        sa.text(
            "UPDATE messages SET state = :state, gateway = :gateway,"
            " provider_id = coalesce(:provider_id, provider_id), error_code = :code,"
            " reason = CASE WHEN CAST(:state AS text) = 'accepted' THEN NULL ELSE :detail END,"
            " possible_duplicate = possible_duplicate OR :duplicate,"
            " sent_at = CASE WHEN CAST(:state AS text) = 'accepted' THEN :now ELSE sent_at END,"
            " sent_real_at = CASE WHEN CAST(:state AS text) = 'accepted' THEN clock_timestamp()"
            "   ELSE sent_real_at END,"
            " not_before_real = clock_timestamp() + make_interval(secs => :delay),"
            " claimed_until_real = NULL WHERE id = :id AND state = 'sending' AND claimed_by = :who"
        ),
        {
            "state": state,
            "gateway": gateway,
            "provider_id": result.provider_id,
            "code": result.code,
            "detail": result.detail,
            "duplicate": duplicate,
            "now": now,
            "delay": retry_delay(taken.attempts, result.retry_after_seconds),
            "id": taken.message_id,
            "who": who,
        },
    ).rowcount
    if result.block_phone:
        connection.execute(
            sa.text("INSERT INTO blocked_phones (phone, reason) VALUES (:phone, :reason)"
                    " ON CONFLICT DO NOTHING"),
            {"phone": taken.phone, "reason": result.code or "refused"},
        )  # fmt: skip
    if changed:
        _journal(connection, taken, gateway, result, state, duplicate, now)
    if gateway:
        note_health(connection, gateway, None if _healthy(result) else result.code or "no answer")


def _journal(
    connection: Connection, taken: Claim, gateway: str, result: SendResult, state: str,
    duplicate: bool, now: Any,
) -> None:  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=f"message_{state}", subject=f"message:{taken.message_id}", actor="sender",
        incident_id=taken.incident_id,
        after={"gateway": gateway, "code": result.code, "attempts": taken.attempts,
               "possible_duplicate": duplicate},
    ))  # fmt: skip


def _healthy(result: SendResult) -> bool:
    """Whether the provider itself answered sensibly, whatever it said of this phone."""
    busy = result.outcome is Outcome.RETRY and result.retry_after_seconds is not None
    return busy or result.outcome in (Outcome.ACCEPTED, Outcome.REFUSED)


def note_health(connection: Connection, gateway: str, error: str | None) -> None:
    """Keep how a gateway does; `since` is when it last changed."""
    connection.execute(
        sa.text(
            "INSERT INTO gateway_health (gateway, ok, since_real, checked_real, error)"
            " VALUES (:gateway, :ok, clock_timestamp(), clock_timestamp(), :error)"
            " ON CONFLICT (gateway) DO UPDATE SET since_real = CASE WHEN gateway_health.ok = :ok"
            " THEN gateway_health.since_real ELSE clock_timestamp() END, ok = :ok,"
            " checked_real = clock_timestamp(), error = :error"
            " WHERE gateway_health.ok <> :ok OR gateway_health.error IS DISTINCT FROM :error"
            " OR gateway_health.checked_real < clock_timestamp() - interval '5 seconds'"
        ),
        {"gateway": gateway, "ok": error is None, "error": error},
    )
