"""WP-09: a complaint that came by 95558 is told to the branch's team leaders by SMS.

The first ticket goes out at once; later ones to the same phone are gathered and sent as one text
per digest period, so that a storm of tickets does not drown the incident's own alert.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from contacts.roster import Holder, holders
from contacts.units import Unit
from core.words import Role
from database import journal
from database.locks import lock_number
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.telling import budget_of, compose, holder_of


def tell(
    connection: Connection, house: House, complaint: int, unit: Unit, now: datetime,
    but: Role | None = None,
) -> None:  # fmt: skip
    """Tell (or gather for) the branch leaders of the unit that the client belongs to (WP-30),
    `but` never the leader whom it is about."""
    reached = concerned(connection, house, unit, now, but)
    if not reached:
        journal.write(connection, now, journal.Entry(
            verb="hotline_untold", subject=f"complaint:{complaint}", actor="engine",
            unit_id=unit.id,
        ))  # fmt: skip
    for holder in reached:
        # Whoever texts this phone first at this moment has the lock; the others don't wait for
        # him, they leave their tickets for the digest.
        alone = connection.scalar(
            sa.text("SELECT pg_try_advisory_xact_lock(:lock)"),
            {"lock": lock_number(f"hotline:{holder.phone}")},
        )
        last = connection.scalar(
            sa.text(
                "SELECT max(created_at) FROM messages WHERE phone = :phone"
                " AND kind IN ('hotline', 'hotline_digest') AND created_at > :since"
            ),
            {"phone": holder.phone, "since": now - house.plan.ladder.hotline.digest},
        )
        if last is None and alone:
            _send(connection, house, holder, complaint, unit, now)
        else:
            connection.execute(
                sa.text(
                    "INSERT INTO digest_items (person_id, phone, to_role, complaint_id, due_at)"
                    " VALUES (:person, :phone, :role, :complaint, :due)"
                ),
                {
                    "person": holder.person_id,
                    "phone": holder.phone,
                    "role": holder.role.value,
                    "complaint": complaint,
                    "due": (last or now) + house.plan.ladder.hotline.digest,
                },
            )


def tell_again(
    connection: Connection, house: House, complaint: int, unit: Unit, now: datetime,
    but: Role | None = None,
) -> None:  # fmt: skip
    """95558 urges: the same people are told with the next digest, once a digest."""
    for holder in concerned(connection, house, unit, now, but):
        connection.execute(
            sa.text(
                "INSERT INTO digest_items (person_id, phone, to_role, complaint_id, due_at)"
                " SELECT :person, :phone, :role, :complaint, :now WHERE NOT EXISTS ("
                " SELECT FROM digest_items d LEFT JOIN messages m ON m.id = d.message_id"
                " WHERE d.phone = :phone AND d.complaint_id = :complaint"
                " AND (d.message_id IS NULL OR m.created_at > :since))"
            ),
            {
                "person": holder.person_id, "phone": holder.phone, "role": holder.role.value,
                "complaint": complaint, "now": now,
                "since": now - house.plan.ladder.hotline.digest,
            },
        )  # fmt: skip


def concerned(
    connection: Connection, house: House, unit: Unit, now: datetime, but: Role | None = None
) -> list[Holder]:
    """Who is told of a ticket: the plan's roles, or else whoever the ladder would go on to."""
    about = {h.person_id for h in reachable(connection, house, unit, [but] if but else [], now)}
    roles = [role for role in house.plan.ladder.hotline.roles if role is not but]
    found = reachable(connection, house, unit, roles, now)
    later = [role for step in house.plan.ladder.steps[1:] for role in step.roles]
    others = [h for h in found if h.person_id not in about]
    if others:
        return others
    found = reachable(connection, house, unit, [role for role in later if role is not but], now)
    return [h for h in found if h.person_id not in about][:1]


def reachable(
    connection: Connection, house: House, unit: Unit, roles: Iterable[Role], now: datetime
) -> list[Holder]:
    """The holders of these roles for this unit who have a phone, each person once."""
    found: dict[int, Holder] = {}
    for role in roles:
        holder, _why = holder_of(connection, house, unit.id, role, now)
        if holder is not None and holder.phone is not None:
            found.setdefault(holder.person_id, holder)
    return list(found.values())


def _send(
    connection: Connection, house: House, holder: Holder, complaint: int, unit: Unit, now: datetime
) -> None:
    text = compose(
        connection,
        house,
        "hotline",
        {"unit": unit.short_name, "ticket": public_complaint(complaint)},
    )
    queue(
        connection,
        now,
        Draft(
            phone=str(holder.phone),
            person_id=holder.person_id,
            to_role=holder.role.value,
            unit_id=holder.unit_id,
            kind="hotline",
            text=text,
            dedupe_key=f"complaint:{complaint}:hotline:{holder.person_id}",
            grave=False,
            complaint_id=complaint,
        ),
        budget_of(house),
    )


_DUE = (
    "SELECT d.id, d.person_id, d.phone, d.to_role, d.complaint_id, d.due_at, c.unit_id,"
    " c.home_unit_id"
    " FROM digest_items d"
    " JOIN complaints c ON c.id = d.complaint_id WHERE d.message_id IS NULL AND d.phone ="
    " (SELECT phone FROM digest_items WHERE message_id IS NULL AND due_at <= :now"
    "  ORDER BY due_at LIMIT 1) ORDER BY d.id FOR UPDATE OF d SKIP LOCKED"
)


def send_digest(connection: Connection, house: House, now: datetime) -> bool:
    """Send one phone's due digest; False when none is due."""
    items = connection.execute(sa.text(_DUE), {"now": now}).all()
    if not items:
        return False
    last = items[-1]
    unit = house.tree(connection).get(last.home_unit_id or last.unit_id)
    values = {
        "count": str(len(items)),
        "unit": unit.short_name,
        "ticket": public_complaint(last.complaint_id),
    }
    wording = "hotline" if len(items) == 1 else "hotline_digest"
    queued = queue(
        connection,
        now,
        Draft(
            phone=last.phone,
            person_id=last.person_id,
            to_role=last.to_role,
            unit_id=unit.id,
            kind="hotline_digest",
            text=compose(connection, house, wording, values),
            dedupe_key=f"digest:{items[0].id}",
            grave=False,
            complaint_id=last.complaint_id,
            due_at=items[0].due_at,
        ),
        budget_of(house),
    )
    if queued is not None:
        connection.execute(
            sa.text("UPDATE digest_items SET message_id = :message WHERE id = ANY(:ids)"),
            {"message": queued.message_id, "ids": [item.id for item in items]},
        )
    return True


def pass_on_failed(connection: Connection, house: House, now: datetime) -> int:
    """A ticket's text that failed for good goes to the next person; returns how many did."""
    rows = connection.execute(
        sa.text(
            "SELECT id, complaint_id, unit_id, to_role, kind, text FROM messages"
            " WHERE state = 'failed' AND kind IN ('hotline', 'hotline_digest')"
            " AND reason IS DISTINCT FROM 'passed on' ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED"
        )
    ).all()
    for row in rows:
        connection.execute(
            sa.text("UPDATE messages SET reason = 'passed on' WHERE id = :id"), {"id": row.id}
        )
        _pass_on(connection, house, row, now)
    return len(rows)


def _pass_on(connection: Connection, house: House, row: sa.Row[Any], now: datetime) -> None:
    """The role's next holder, else whoever the ladder would go on to, who has not had it yet."""
    told = set(
        connection.scalars(
            sa.text("SELECT person_id FROM messages WHERE complaint_id = :id"),
            {"id": row.complaint_id},
        )
    )
    unit = house.tree(connection).get(row.unit_id)
    later = [role for step in house.plan.ladder.steps[1:] for role in step.roles]
    others = [
        *(h for h in holders(connection, unit.id, Role(row.to_role), now) if h.reachable),
        *reachable(connection, house, unit, later, now),
    ]
    chosen = next((h for h in others if h.phone and h.person_id not in told), None)
    if chosen is None:
        journal.write(connection, now, journal.Entry(
            verb="hotline_untold", subject=f"complaint:{row.complaint_id}", actor="engine",
            unit_id=unit.id,
        ))  # fmt: skip
        return
    draft = Draft(
        phone=str(chosen.phone), person_id=chosen.person_id, to_role=chosen.role.value,
        unit_id=chosen.unit_id, kind=row.kind, text=row.text,
        dedupe_key=f"instead:{row.id}:{chosen.person_id}", grave=False,
        complaint_id=row.complaint_id,
    )  # fmt: skip
    queue(connection, now, draft, budget_of(house))
