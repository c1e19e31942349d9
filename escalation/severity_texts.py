"""Texts about an incident's severity when it goes up and down: each change once a person.

The first raising is told by `incidents`; here is the lowering, and a raising after it.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from escalation.house import House
from escalation.telling import Case, budget_of, case_words, compose


def last_text(connection: Connection, incident_id: int) -> int:
    """The newest text about the incident: what `tell_raised_again` takes as told before."""
    query = sa.text("SELECT coalesce(max(id), 0) FROM messages WHERE incident_id = :id")
    return int(connection.execute(query, {"id": incident_id}).scalar_one())


def tell_lowered(connection: Connection, house: House, case: Case, now: datetime) -> None:
    """Everybody told of it learns that it is large no longer (journal the lowering first)."""
    _tell(connection, house, case, "lowered", _lowered(connection, case.id), now)


def tell_raised_again(
    connection: Connection, house: House, case: Case, before: int, now: datetime
) -> None:
    """After a lowering it is large again: who was told so long ago is told once more.

    `before` is `last_text` from before the raising, so that nobody gets two texts of one raising.
    """
    times = _lowered(connection, case.id)
    if times:
        _tell(connection, house, case, "large", times, now, before=before)


def _lowered(connection: Connection, incident_id: int) -> int:
    return int(
        connection.execute(
            sa.text("SELECT count(*) FROM journal WHERE incident_id = :id"
                    " AND verb = 'severity_lowered'"),
            {"id": incident_id},
        ).scalar_one()
    )  # fmt: skip


_PEOPLE = sa.text(
    "SELECT DISTINCT ON (phone) person_id, phone, to_role, unit_id FROM messages m"
    " WHERE incident_id = :id AND kind NOT IN ('all_clear', 'answer', 'lowered')"
    " AND state NOT IN ('withheld', 'failed', 'cancelled')"
    " AND NOT EXISTS (SELECT 1 FROM messages t WHERE t.incident_id = :id AND t.phone = m.phone"
    "  AND t.kind = 'large' AND CAST(:before AS bigint) IS NOT NULL"
    "  AND (t.id > :before OR (t.state = 'queued' AND t.attempts = 0)))"
    " ORDER BY phone, id"
)


def _tell(
    connection: Connection, house: House, case: Case, wording: str, times: int, now: datetime, *,
    before: int | None = None,
) -> None:  # fmt: skip
    """One text a person whom a text about this incident has reached, or is about to reach."""
    people = connection.execute(_PEOPLE, {"id": case.id, "before": before}).all()
    text = compose(connection, house, wording, case_words(connection, house, case, now))
    asks = wording == "large"
    for one in people:
        queue(connection, now, Draft(
            phone=one.phone, person_id=one.person_id, to_role=one.to_role, unit_id=one.unit_id,
            kind=wording, text=text, grave=asks, incident_id=case.id,
            code=case.code if asks else None,
            dedupe_key=f"incident:{case.id}:{wording}.{times}:{one.person_id or one.phone}",
        ), budget_of(house))  # fmt: skip
