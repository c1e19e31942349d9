"""Replies by SMS, read one by one in the order in which they came, each exactly once."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from alerts.replies import Outcome, Reading, Texted, read_reply
from core.clock import hour_minute
from core.errors import Conflict
from database import journal
from escalation.acknowledging import Acknowledgement, acknowledge
from escalation.house import House
from escalation.telling import budget_of, compose

_NEXT = (
    "SELECT id, phone, text, received_at FROM inbound_messages WHERE outcome IS NULL"
    " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
)


def read_next(connection: Connection, house: House, now: datetime) -> bool:
    """Read the oldest unread reply; False when there is none."""
    row = connection.execute(sa.text(_NEXT)).one_or_none()
    if row is None:
        return False
    texted = _texted(connection, row.phone)
    reading = read_reply(row.text, texted, now, house.plan.ladder.bare_reply_within)
    if reading.outcome is Outcome.ACKNOWLEDGED and reading.incident_id is not None:
        reading = _acknowledge(connection, reading.incident_id, row.phone, now)
    connection.execute(
        sa.text("UPDATE inbound_messages SET outcome = :outcome, incident_id = :incident"
                " WHERE id = :id"),
        {"outcome": reading.outcome.value, "incident": reading.incident_id, "id": row.id},
    )  # fmt: skip
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="reply_read",
            subject=f"inbound:{row.id}",
            actor="engine",
            incident_id=reading.incident_id,
            after={"outcome": reading.outcome.value},
        ),
    )
    _answer(connection, house, reading, row.id, row.phone, now)
    return True


def _texted(connection: Connection, phone: str) -> list[Texted]:
    rows = connection.execute(
        sa.text(
            "SELECT m.incident_id, m.code, n.state, max(m.created_at) AS at, EXISTS ("
            "  SELECT 1 FROM acknowledgements a WHERE a.incident_id = m.incident_id"
            "  AND a.person_id = m.person_id AND a.handed_at IS NULL) AS acknowledged"
            " FROM messages m JOIN incidents n ON n.id = m.incident_id"
            " LEFT JOIN messages i ON m.state = 'cancelled' AND i.id = m.merged_into"
            " WHERE m.phone = :phone AND m.code IS NOT NULL AND coalesce(i.state, m.state)"
            " IN ('sending', 'unknown', 'accepted', 'delivered', 'failed')"
            " GROUP BY m.incident_id, m.code, n.state, m.person_id ORDER BY max(m.created_at)"
            " DESC LIMIT 200"
        ),
        {"phone": phone},
    ).all()
    return [
        Texted(r.incident_id, r.code, r.state == "open", r.at, r.acknowledged)
        for r in reversed(rows)
    ]


def _acknowledge(connection: Connection, incident: int, phone: str, now: datetime) -> Reading:
    who = connection.execute(
        sa.text(
            "SELECT m.person_id, m.to_role, p.name FROM messages m"
            " LEFT JOIN people p ON p.id = m.person_id"
            " WHERE m.incident_id = :incident AND m.phone = :phone AND m.code IS NOT NULL"
            " ORDER BY m.id LIMIT 1"
        ),
        {"incident": incident, "phone": phone},
    ).one()
    value = Acknowledgement(
        by=who.name or who.to_role, role=who.to_role, via="sms", person_id=who.person_id
    )
    try:
        first = acknowledge(connection, incident, value, now)
    except Conflict:  # closed while we read
        return Reading(Outcome.LATE, incident)
    return Reading(Outcome.ACKNOWLEDGED if first else Outcome.REPEATED, incident)


def _answer(
    connection: Connection, house: House, reading: Reading, inbound: int, phone: str, now: datetime
) -> None:
    """Answer what needs one: list the codes, say that it is over, or not understood."""
    if reading.outcome is Outcome.LATE and reading.incident_id is not None:
        row = connection.execute(
            sa.text("SELECT unit_id, stood_down_at FROM incidents WHERE id = :id"),
            {"id": reading.incident_id},
        ).one()
        unit = house.tree(connection).get(row.unit_id)
        words = {"unit": unit.short_name, "time": hour_minute(row.stood_down_at or now)}
        text = compose(connection, house, "late", words)
    elif reading.outcome is Outcome.AMBIGUOUS:
        text = compose(connection, house, "which", {"codes": "、".join(reading.codes[:8])})
    elif reading.outcome in (Outcome.USELESS, Outcome.NEGATIVE):
        text = compose(connection, house, "unknown_reply", {})
    else:
        return
    if _answered(connection, phone, now) >= house.plan.budget.useless_replies:
        return
    queue(
        connection,
        now,
        Draft(
            phone=phone,
            person_id=None,
            to_role="reply",
            unit_id=None,
            kind="answer",
            text=text,
            dedupe_key=f"answer:{inbound}",
            grave=False,
        ),
        budget_of(house),
    )


def _answered(connection: Connection, phone: str, now: datetime) -> int:
    return int(
        connection.execute(
            sa.text(
                "SELECT count(*) FROM messages WHERE phone = :phone AND kind = 'answer'"
                " AND created_at > :since"
            ),
            {"phone": phone, "since": now - timedelta(hours=24)},
        ).scalar_one()
    )
