"""Incidents in the database: opened, joined, widened, put under a parent, made large.

Called with the counting locks of all keys involved held; rows of incidents are locked in id order.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.words import ROLE_LEVEL, Level, Role, State
from database import journal
from escalation import events, ladder, severity_texts
from escalation.house import House
from escalation.ids import reply_code
from escalation.telling import Case, case_words, compose, people_told, tell_people, tell_roles


@dataclass(frozen=True)
class Opening:
    """What a new incident is born with."""

    origin: str
    unit_id: int
    product: str | None
    window_start: datetime
    severity: str = "incident"
    headcount: int = 0
    onlookers: int = 0
    media_exposed: bool = False
    safety_threat: bool = False
    note: str | None = None


@dataclass(frozen=True)
class FiredKey:
    """A key that reached its threshold, with the count and the reason to keep."""

    key: str
    kind: str
    unit_id: int | None
    product: str | None
    clients: int
    threshold: int
    state: State
    reason: dict[str, Any]


_OPEN = sa.text(
    "INSERT INTO incidents (id, code, state, severity, origin, unit_id, product, previous_id,"
    " headcount, onlookers, media_exposed, safety_threat, note, opened_at, window_start, plan,"
    " plan_version) OVERRIDING SYSTEM VALUE"
    " VALUES (:id, :code, 'open', :severity, :origin, :unit_id, :product, :previous_id,"
    " :headcount, :onlookers, :media_exposed, :safety_threat, :note, :now, :window_start, :plan,"
    " :plan_version)"
)


def create(
    connection: Connection, house: House, opening: Opening, keys: Sequence[FiredKey],
    now: datetime, actor: str,
) -> int:  # fmt: skip
    """Insert an incident with its keys; nobody is told yet (see `raise_alarm`)."""
    number, code = _draw_code(connection)
    connection.execute(
        _OPEN,
        {
            **vars(opening),
            "id": number,
            "code": code,
            "now": now,
            "previous_id": _previous(connection, [k.key for k in keys]),
            "plan": house.plan.name,
            "plan_version": house.plan.version,
        },
    )
    take_keys(connection, number, keys, now)
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="incident_opened",
            subject=f"incident:{number}",
            actor=actor,
            incident_id=number,
            unit_id=opening.unit_id,
            reason=opening.note,
            after={
                "origin": opening.origin,
                "keys": [k.key for k in keys],
                "clients": max((k.clients for k in keys), default=0),
                "headcount": opening.headcount,
                "product": opening.product,
            },
        ),
    )
    return number


def take_keys(
    connection: Connection, incident_id: int, keys: Sequence[FiredKey], now: datetime
) -> None:
    """Map fired keys to their open incident; the unique index refuses a second one."""
    for key in keys:
        connection.execute(
            sa.text(
                "INSERT INTO incident_keys (incident_id, key, fired_at, clients, reason)"
                " VALUES (:incident, :key, :now, :clients, CAST(:reason AS jsonb))"
                " ON CONFLICT (incident_id, key) DO UPDATE SET open = true"
            ),
            {
                "incident": incident_id,
                "key": key.key,
                "now": now,
                "clients": key.clients,
                "reason": json.dumps(key.reason),
            },
        )
        connection.execute(
            sa.text(
                "INSERT INTO key_states (key, kind, unit_id, product, clients, threshold, state,"
                " incident_id, since) VALUES (:key, :kind, :unit_id, :product, :clients,"
                " :threshold, :state, :incident, :now)"
                " ON CONFLICT (key) DO UPDATE SET clients = excluded.clients,"
                " state = excluded.state, incident_id = excluded.incident_id,"
                " since = excluded.since, refresh_at = NULL"
            ),
            {
                "key": key.key,
                "kind": key.kind,
                "unit_id": key.unit_id,
                "product": key.product,
                "clients": key.clients,
                "threshold": key.threshold,
                "state": key.state.value,
                "incident": incident_id,
                "now": now,
            },
        )


def raise_alarm(connection: Connection, house: House, incident_id: int, now: datetime) -> None:
    """Start duties and ladder of a new incident and put the first texts into the outbox."""
    case, row = case_of(connection, incident_id)
    events.on_incident(connection, house, "incident_opened", case.id, case.unit_id, now)
    ladder.start(connection, house, case, now)
    ladder.climb(connection, house, incident_id, now)
    called: tuple[Role, ...] = ()
    if row.media_exposed:
        events.on_incident(connection, house, "incident_exposed", case.id, case.unit_id, now)
        called = expose(connection, house, case, now)
    if row.safety_threat:
        alarm_security(connection, house, case, now)
    if row.headcount:
        events.on_incident(connection, house, "crowd_on_site", case.id, case.unit_id, now)
    if row.severity == "large":
        events.on_incident(connection, house, "incident_large", case.id, case.unit_id, now)
        roles = house.plan.ladder.at_once.roles if "large" in house.plan.ladder.at_once.when else ()
        left = [role for role in roles if role not in called]
        tell_roles(connection, house, case, left, wording="manual", now=now)


def expose(
    connection: Connection, house: House, case: Case, now: datetime
) -> tuple[Role, ...]:  # fmt: skip
    """A media-exposed incident: PR officer and, where the plan says so, the HO leader at once.

    Everybody called learns that the media are in it, also who has the first alert; returns whom.
    """
    rule = house.plan.ladder
    roles = rule.media.roles
    if "media_exposed" in rule.at_once.when:
        roles = (*roles, *rule.at_once.roles)
    tell_roles(connection, house, case, roles, wording="media", now=now)
    return roles


def alarm_security(connection: Connection, house: House, case: Case, now: datetime) -> None:
    """A threat to somebody's safety: its clocks, and security (保卫) at once."""
    events.on_incident(connection, house, "safety_threat", case.id, case.unit_id, now)
    if house.plan.ladder.safety is not None:
        roles = house.plan.ladder.safety.roles
        tell_roles(connection, house, case, roles, wording="safety", now=now)


def make_large(
    connection: Connection, house: House, incident_id: int, now: datetime, actor: str
) -> None:
    """Raise the severity once (WP-14): new clock, the plan's grave roles and all told so far."""
    changed = connection.execute(
        sa.text("UPDATE incidents SET severity = 'large' WHERE id = :id AND severity <> 'large'"),
        {"id": incident_id},
    ).rowcount
    if not changed:
        return
    told = severity_texts.last_text(connection, incident_id)
    case, _ = case_of(connection, incident_id)
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="incident_large",
            subject=f"incident:{incident_id}",
            actor=actor,
            incident_id=incident_id,
            unit_id=case.unit_id,
            before={"severity": "incident"},
            after={"severity": "large", "clients": case.clients, "headcount": case.headcount},
        ),
    )
    for unit_id in {case.unit_id, *places_of(connection, incident_id)}:
        events.on_incident(connection, house, "incident_large", case.id, unit_id, now)
    _tell_of_large(connection, house, case, now)
    severity_texts.tell_raised_again(connection, house, case, told, now)


def places_of(connection: Connection, incident_id: int) -> list[int]:
    """Units that the incident's keys name."""
    return list(
        connection.scalars(
            sa.text(
                "SELECT DISTINCT s.unit_id FROM incident_keys k JOIN key_states s ON s.key = k.key"
                " WHERE k.incident_id = :id AND s.unit_id IS NOT NULL"
            ),
            {"id": incident_id},
        )
    )


def _tell_of_large(connection: Connection, house: House, case: Case, now: datetime) -> None:
    """A text that no gateway has seen yet says the graver thing itself; others get a second."""
    words = case_words(connection, house, case, now)
    rewritten = connection.scalars(
        sa.text(
            "UPDATE messages SET text = :text, kind = 'large' WHERE incident_id = :id"
            " AND state = 'queued' AND attempts = 0 AND code IS NOT NULL RETURNING phone"
        ),
        {"id": case.id, "text": compose(connection, house, "large", words)},
    ).all()
    again = [p for p in people_told(connection, [case.id]) if p[1] not in rewritten]
    tell_people(connection, house, case, again, wording="large", now=now, with_code=True)
    if "large" in house.plan.ladder.at_once.when:
        tell_roles(
            connection, house, case, house.plan.ladder.at_once.roles, wording="large", now=now
        )


def case_of(connection: Connection, incident_id: int) -> tuple[Case, sa.Row[Any]]:
    row = connection.execute(
        sa.text("SELECT * FROM incidents WHERE id = :id"), {"id": incident_id}
    ).one()
    case = Case(
        row.id, row.code, row.unit_id, row.product, row.clients, row.headcount, row.opened_at
    )
    return case, row


def is_head_office_role(role: str) -> bool:
    return role in set(Role) and ROLE_LEVEL[Role(role)] is Level.HEAD_OFFICE


def _draw_code(connection: Connection) -> tuple[int, str]:
    """A new incident number whose code no open incident has."""
    while True:
        number = int(connection.execute(sa.text("SELECT nextval('incidents_id_seq')")).scalar_one())
        code = reply_code(number)
        taken = connection.scalar(
            sa.text(
                "SELECT EXISTS (SELECT 1 FROM incidents WHERE code = :code AND state = 'open')"
            ),
            {"code": code},
        )
        if not taken:
            return number, code


def _previous(connection: Connection, keys: Sequence[str]) -> int | None:
    """The latest closed incident of one of these keys: a new wave is linked to the old one."""
    value = connection.scalar(
        sa.text("SELECT max(incident_id) FROM incident_keys WHERE key = ANY(:keys) AND NOT open"),
        {"keys": list(keys)},
    )
    return None if value is None else int(value)


def widened(
    connection: Connection, incident_id: int, keys: Sequence[FiredKey], now: datetime, actor: str
) -> None:
    """Note that an open incident took further keys."""
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="incident_widened",
            subject=f"incident:{incident_id}",
            actor=actor,
            incident_id=incident_id,
            unit_id=next((k.unit_id for k in keys if k.unit_id is not None), None),
            after={"keys": [k.key for k in keys], "clients": max(k.clients for k in keys)},
        ),
    )


def mark_exposed(
    connection: Connection, house: House, incident_id: int, now: datetime, actor: str,
    *, media: bool, threat: bool,
) -> None:  # fmt: skip
    """Media on site or a threat to safety: shown at once; media also calls the plan's roles."""
    before = connection.execute(
        sa.text(
            "SELECT media_exposed, safety_threat FROM incidents WHERE id = :id FOR NO KEY UPDATE"
        ),
        {"id": incident_id},
    ).one()
    new_media, new_threat = media and not before.media_exposed, threat and not before.safety_threat
    if not (new_media or new_threat):
        return
    connection.execute(
        sa.text(
            "UPDATE incidents SET media_exposed = media_exposed OR :media,"
            " safety_threat = safety_threat OR :threat WHERE id = :id"
        ),
        {"media": media, "threat": threat, "id": incident_id},
    )
    journal.write(
        connection,
        now,
        journal.Entry(
            verb="incident_exposed",
            subject=f"incident:{incident_id}",
            actor=actor,
            incident_id=incident_id,
            before=dict(before._mapping),
            after={"media_exposed": media or before.media_exposed,
                   "safety_threat": threat or before.safety_threat},
        ),
    )  # fmt: skip
    case, _ = case_of(connection, incident_id)
    if new_media:
        events.on_incident(connection, house, "incident_exposed", case.id, case.unit_id, now)
        expose(connection, house, case, now)
    if new_threat:
        alarm_security(connection, house, case, now)
