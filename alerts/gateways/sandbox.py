"""The sandbox: virtual phones in PostgreSQL, for the demo, for drills and for tests.

It behaves like a provider and not like a part of us: a text sent twice arrives twice, and its
delivery receipt comes by the same way as any other.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from alerts import receipts
from alerts.gateways.port import Lookup, Outcome, Sending, SendResult
from core.clock import iso
from core.errors import Unavailable
from database.connection import Database, business_now

_FAULTS = (Unavailable, SQLAlchemyError)

_PUT = sa.text(
    "INSERT INTO sandbox_messages (phone, direction, text, at, state, reference)"
    " VALUES (:phone, :direction, :text, :at, :state, :reference) RETURNING id"
)
_FIRST = sa.text(
    "SELECT id, state FROM sandbox_messages"
    " WHERE reference = :reference AND direction = 'out' ORDER BY id LIMIT 1"
)
_RECEIVED = sa.text(
    "SELECT text, at, state FROM sandbox_messages"
    " WHERE phone = :phone AND direction = 'out' ORDER BY id"
)
_KNOWN = sa.text(
    "SELECT EXISTS (SELECT FROM sandbox_messages WHERE phone = :phone)"
    " OR EXISTS (SELECT FROM people WHERE mobile = :phone AND active)"
)
# Unread is what came after the phone's own last reply; a virtual phone keeps no other mark.
_PHONES = sa.text(
    """
    WITH owners AS (
      SELECT p.mobile AS number, string_agg(DISTINCT p.name, '、') AS name,
             min(u.short_name) AS unit, min(p.unit_id) AS unit_id,
             (array_agg(t.role ORDER BY t.rank, t.id) FILTER (WHERE t.role IS NOT NULL))[1] AS role
        FROM people p JOIN units u ON u.id = p.unit_id
        LEFT JOIN team_members t ON t.person_id = p.id
       WHERE p.active AND p.mobile IS NOT NULL GROUP BY p.mobile
    ), texts AS (
      SELECT phone AS number,
             count(*) FILTER (WHERE direction = 'out' AND id > replied) AS unread
        FROM (SELECT phone, direction, id, coalesce(max(id) FILTER (WHERE direction = 'in')
                     OVER (PARTITION BY phone), 0) AS replied FROM sandbox_messages) AS marked
       GROUP BY phone HAVING bool_or(direction = 'out')
    )
    SELECT number, coalesce(name, '') AS name, role, coalesce(unit, '') AS unit,
           coalesce(unread, 0) AS unread
      FROM owners FULL JOIN texts USING (number)
     ORDER BY unit_id NULLS LAST, number
    """
)

# A virtual phone's whole conversation, for the page that plays the phones.
_BOTH = sa.text(
    "SELECT text, at, state, direction FROM sandbox_messages WHERE phone = :phone ORDER BY id"
)
_WALL = sa.text(
    """
    SELECT m.phone AS number, m.texts, m.unread, m.last_at, last.text AS last_text,
           last.direction AS last_direction,
           coalesce(o.name, '') AS name, o.role, coalesce(o.unit, '') AS unit
      FROM (SELECT phone, count(*) FILTER (WHERE direction = 'out') AS texts, max(id) AS last_id,
                   count(*) FILTER (WHERE direction = 'out' AND id > replied) AS unread,
                   max(at) AS last_at
              FROM (SELECT phone, direction, id, at, coalesce(max(id) FILTER
                           (WHERE direction = 'in') OVER (PARTITION BY phone), 0) AS replied
                      FROM sandbox_messages) AS marked
             GROUP BY phone HAVING bool_or(direction = 'out')) AS m
      JOIN sandbox_messages last ON last.id = m.last_id
      LEFT JOIN LATERAL (
            SELECT p.name, u.short_name AS unit, t.role FROM people p
              JOIN units u ON u.id = p.unit_id LEFT JOIN team_members t ON t.person_id = p.id
             WHERE p.mobile = m.phone AND p.active ORDER BY t.rank, t.id, p.id LIMIT 1) AS o ON true
     ORDER BY m.last_id DESC LIMIT :most
    """
)


@dataclass(frozen=True)
class Phone:
    """One virtual phone and whose it is; role is a code of core.words.Role or None."""

    number: str
    name: str
    role: str | None
    unit: str
    unread: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class SandboxGateway:
    """Takes every text and shows it on a virtual phone; `delay_seconds` plays a slow provider."""

    name = "sandbox"

    def __init__(self, database: Database, *, delay_seconds: float = 0) -> None:
        self._database = database
        self._delay = delay_seconds

    def send(self, sending: Sending) -> SendResult:
        """Put the text on the phone; not idempotent, as real providers are not."""
        if self._delay:
            time.sleep(self._delay)

        def take(connection: Connection) -> str:
            at = business_now(connection)
            values = {
                "phone": sending.phone,
                "direction": "out",
                "text": sending.text,
                "at": at,
                "state": "delivered",
                "reference": sending.reference,
            }
            provider_id = f"SB{connection.execute(_PUT, values).scalar_one()}"
            receipts.store(connection, self.name, provider_id, "delivered", None, {}, at)
            return provider_id

        try:
            return SendResult(Outcome.ACCEPTED, provider_id=self._database.run(take))
        except _FAULTS as error:
            return SendResult(Outcome.UNKNOWN, code="sandbox", detail=type(error).__name__)

    def lookup(self, sending: Sending) -> Lookup:
        """The first text under this reference."""
        try:
            row = self._database.read(
                lambda c: c.execute(_FIRST, {"reference": sending.reference}).first()
            )
        except _FAULTS:
            return Lookup(found=None)
        if row is None:
            return Lookup(found=False)
        return Lookup(found=True, provider_id=f"SB{row.id}", status=row.state)

    def probe(self) -> str | None:
        try:
            self._database.read(business_now)
        except _FAULTS as error:
            return f"the database does not answer ({type(error).__name__})"
        return None

    # --- the virtual phones --------------------------------------------------------------

    def list_phones(self) -> list[Phone]:
        """All active people's mobiles and every other phone that got a text, by unit."""
        rows = self._database.read(lambda c: c.execute(_PHONES).mappings().all())
        return [Phone(**row) for row in rows]

    def knows(self, phone: str) -> bool:
        """Whether the number belongs to an active person or has texted or been texted."""
        return bool(self._database.read(lambda c: c.execute(_KNOWN, {"phone": phone}).scalar()))

    def messages(self, phone: str) -> list[dict[str, str | None]]:
        """What the phone received, oldest first: text, at (ISO, Asia/Shanghai), state."""
        rows = self._database.read(lambda c: c.execute(_RECEIVED, {"phone": phone}).all())
        return [{"text": row.text, "at": iso(row.at), "state": row.state} for row in rows]

    def wall(self, most: int = 300) -> list[dict[str, Any]]:
        """Phones that got texts, the latest word first: number, name, role, unit, texts, unread
        (since the phone's own last reply), last_at (ISO), last_text, last_direction (out, in)."""
        rows = self._database.read(lambda c: c.execute(_WALL, {"most": most}).mappings().all())
        return [{**row, "last_at": iso(row["last_at"])} for row in rows]

    def conversation(self, phone: str) -> list[dict[str, str | None]]:
        """Texts received (direction out) and replies (in), oldest first."""
        rows = self._database.read(lambda c: c.execute(_BOTH, {"phone": phone}).all())
        return [{"text": r.text, "at": iso(r.at), "state": r.state, "direction": r.direction}
                for r in rows]  # fmt: skip

    def reply(self, phone: str, text: str) -> str:
        """Note that the phone's owner texted back; returns the provider's id of the reply."""

        def put(connection: Connection) -> str:
            values = {
                "phone": phone,
                "direction": "in",
                "text": text,
                "state": "received",
                "at": business_now(connection),
                "reference": f"reply:{uuid.uuid4().hex}",
            }
            return f"SBIN{connection.execute(_PUT, values).scalar_one()}"

        return self._database.run(put)
