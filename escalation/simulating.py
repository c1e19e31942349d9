"""Who would be told, and when? The engine's own code, in a transaction that is always rolled back.

It creates what happens (an incident, a complaint's event, an event recorded by hand, a period) and
then goes from due time to due time with a `now` of its own, held to its own rows (`Only`). Nobody
else's row is changed or locked: an incident without counting keys is made, rows that it refers to
(units, people) are only held against deletion, which does not keep anybody from changing them, and
advisory locks are not taken. Nothing is committed, so no text can leave and no board is told;
sequences go on by a few numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.outbox import Draft, queue
from contacts.units import Unit, unknown_unit
from core.clock import SHANGHAI, iso
from core.errors import InvalidInput
from core.words import ROLE_LEVEL, Channel
from escalation import (
    duties,
    events,
    head_office,
    hotline,
    incidents,
    ladder,
    ladder_repeats,
    lines,
    notices,
    shift_ends,
    standing,
)
from escalation.acknowledging import Acknowledgement, acknowledge
from escalation.births import Moments
from escalation.house import House
from escalation.only import OF_DUTIES, Only, bound
from escalation.simulated_entries import After, Entry, read_entries
from escalation.telling import budget_of, compose
from escalation.vocabulary import EVENT_KINDS, Event

ACTOR = "simulation"
#: Due times that one simulation goes through at most.
MOST_MOMENTS = 5_000


@dataclass(frozen=True)
class Occasion:
    """What happens, where (a unit's code) and when; the rest as far as it matters.

    An incident with clients is one of complaints, with heads a gathering, else opened by hand.
    `acknowledged_after`: the first person told acknowledges then; left out, nobody ever does.
    """

    event: Event
    unit: str
    at: datetime
    clients: int = 0
    headcount: int = 0
    product: str | None = None
    channel: Channel = Channel.COUNTER
    class_id: str | None = None
    large: bool = False
    media: bool = False
    threat: bool = False
    face_to_face: bool = False
    acknowledged_after: timedelta | None = None


@dataclass(frozen=True)
class Timeline:
    """What would happen, in order, under which edition of which plan."""

    occasion: Occasion
    plan: str
    version: str
    entries: tuple[Entry, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain values; times as ISO 8601 text in Asia/Shanghai."""
        return {
            "event": self.occasion.event, "unit": self.occasion.unit, "at": iso(self.occasion.at),
            "plan": self.plan, "plan_version": self.version,
            "entries": [entry.as_json() for entry in self.entries],
        }  # fmt: skip


def simulate(house: House, occasion: Occasion, until: timedelta) -> Timeline:
    """What the engine would do for so long after the occasion. InvalidInput for an unknown unit."""
    with house.whole.engine.connect() as connection:
        transaction = connection.begin()
        try:
            connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            return _play(connection, house, occasion, until)
        finally:
            transaction.rollback()


def _play(connection: Connection, house: House, occasion: Occasion, until: timedelta) -> Timeline:
    after = After.now(connection)
    only = _happen(connection, house, occasion)
    end = occasion.at + until
    waiting = occasion.at + occasion.acknowledged_after if occasion.acknowledged_after else None
    now: datetime | None = occasion.at
    for _ in range(MOST_MOMENTS):
        if now is None or now > end:
            break
        _tick(connection, house, only, now)
        if waiting is not None and waiting <= now:
            _acknowledge(connection, only, now)
            _tick(connection, house, only, now)
            waiting = None
        now = _next(connection, house, only, now, waiting)
    found = read_entries(connection, house, only, after)
    return Timeline(occasion, house.plan.name, house.plan.version, tuple(found))


# --- what happens -------------------------------------------------------------------------------


def _happen(connection: Connection, house: House, occasion: Occasion) -> Only:
    unit = house.tree(connection).by_code(occasion.unit)
    if unit is None:
        raise InvalidInput([unknown_unit("unit")])
    subject = EVENT_KINDS[occasion.event].subject
    if subject == "incident":
        return Only(incident_id=_open(connection, house, occasion, unit))
    if subject == "period":
        return Only(event_ids=_periods(connection, house, occasion, unit))
    facts: dict[str, Any] = {
        "channel": occasion.channel.value, "class": occasion.class_id, "flags": [],
        "face_to_face": occasion.face_to_face,
    }  # fmt: skip
    what = events.Happening(
        event=occasion.event, unit_id=unit.id, birth=f"{ACTOR}:{connection.scalar(_UNIQUE)}",
        moments=Moments(occasion.at, occasion.at, occasion.at), actor=ACTOR, facts=facts,
    )  # fmt: skip
    number = events.happened(connection, house, what, occasion.at)
    only = Only(event_ids=(number,) if number is not None else ())
    if occasion.event == "complaint_received" and occasion.channel is Channel.HOTLINE:
        _tell_branch(connection, house, only, unit, occasion.at)
    return only


def _tell_branch(
    connection: Connection, house: House, only: Only, unit: Unit, now: datetime
) -> None:
    """WP-09, as `hotline.tell` does it, but without its lock and for a ticket of no number."""
    words = {"unit": unit.short_name, "ticket": "C********"}
    told = hotline.concerned(connection, house, unit, now)
    for holder in told:
        queue(connection, now, Draft(
            phone=str(holder.phone), person_id=holder.person_id, to_role=holder.role.value,
            unit_id=holder.unit_id, kind="hotline",
            text=compose(connection, house, "hotline", words),
            dedupe_key=f"{ACTOR}:{connection.scalar(_UNIQUE)}:{holder.person_id}", grave=False,
        ), budget_of(house))  # fmt: skip
    if told:
        owed = connection.scalars(
            sa.text("SELECT id FROM duties WHERE event_id = ANY(:ids)"),
            {"ids": list(only.event_ids)},
        ).all()
        for number in owed:
            about = duties.About(duty_id=number)
            duties.fulfil(connection, about, "branch_told", {"at": iso(now)}, now, ACTOR)


def _periods(
    connection: Connection, house: House, occasion: Occasion, unit: Unit
) -> tuple[int, ...]:
    """What this unit owes for the first such period that comes due from then on."""
    calendar, local = house.calendar(connection), occasion.at.astimezone(SHANGHAI)
    after = local.date() - _DAY if local.time() == time(0) else local.date()
    due, period = next(standing.periods(occasion.event, after, after + 400 * _DAY, calendar))
    found = [
        standing.begin(connection, house, each, (unit.id, each.clause.who[0]), due, period,
                       f"{ACTOR}:{connection.scalar(_UNIQUE)}")
        for each in house.plan.standing
        if each.clause.event == occasion.event and ROLE_LEVEL[each.clause.who[0]] == unit.level
    ]  # fmt: skip
    return tuple(number for number in found if number is not None)


_DAY = timedelta(days=1)
_UNIQUE = sa.text("SELECT pg_current_xact_id()::text")


def _open(connection: Connection, house: House, occasion: Occasion, unit: Unit) -> int:
    """An incident without counting keys, alarmed as the engine alarms it."""
    origin, heads = _origin(house, occasion)
    opening = incidents.Opening(
        origin, unit.id, occasion.product, occasion.at, headcount=heads,
        severity="large" if occasion.large and not heads else "incident",
        media_exposed=occasion.media or occasion.event == "incident_exposed",
        safety_threat=occasion.threat or occasion.event == "safety_threat",
    )  # fmt: skip
    number = incidents.create(connection, house, opening, (), occasion.at, ACTOR)
    connection.execute(
        sa.text("UPDATE incidents SET clients = :clients WHERE id = :id"),
        {"clients": occasion.clients, "id": number},
    )
    if occasion.event == "incident_stood_down":
        _end(connection, house, number, unit, occasion.at)
        return number
    incidents.raise_alarm(connection, house, number, occasion.at)
    if _large(house, occasion, heads):
        incidents.make_large(connection, house, number, occasion.at, ACTOR)
    return number


def _end(connection: Connection, house: House, number: int, unit: Unit, now: datetime) -> None:
    """What is owed once it is calm: nobody was told of this one, so nobody needs an all-clear."""
    connection.execute(
        sa.text("UPDATE incidents SET state = 'stood_down', stood_down_at = :now WHERE id = :id"),
        {"now": now, "id": number},
    )
    events.on_incident(connection, house, "incident_stood_down", number, unit.id, now)


def _origin(house: House, occasion: Occasion) -> tuple[str, int]:
    """What kind of incident it is, and how many heads are there."""
    heads = occasion.headcount
    if not heads and occasion.event == "crowd_on_site":
        heads = house.plan.counting.gathering.incident
    if not heads and occasion.event == "statutory_major":
        found = [n.face_to_face for _name, r in house.plan.rules for n in r.lines]
        heads = max(found, default=house.plan.counting.gathering.incident)
    return ("gathering" if heads else "clients" if occasion.clients else "manual"), heads


def _large(house: House, occasion: Occasion, heads: int) -> bool:
    rule = house.plan.counting
    return (
        occasion.event == "incident_large"
        or (occasion.large and heads > 0)
        or heads >= rule.gathering.large
        or occasion.clients >= min(key.large for key in rule.keys)
    )


# --- the clockworks, on own rows ----------------------------------------------------------------


def _tick(connection: Connection, house: House, only: Only, now: datetime) -> None:
    """What one tick of the engine does for these rows, until there is nothing left to do now."""
    incident = only.incident_id
    for _ in range(100):
        busy = False
        if incident is not None:
            busy = ladder.climb_due(connection, house, now, incident)
            busy |= head_office.page(connection, house, now, incident)
            busy |= ladder_repeats.repeat_due(connection, house, now, incident)
            busy |= shift_ends.hand_over_due(connection, house, now, incident)
            busy |= lines.cross(connection, house, now, incident) > 0
        busy |= duties.run_clocks(connection, house, now, only)
        busy |= notices.send_next(connection, house, now, only)
        _deliver(connection, only, now)
        if not busy:
            return


_DELIVER = sa.text(
    "UPDATE messages SET state = 'delivered', reason = NULL, sent_at = :now, delivered_at = :now"  # noqa: S608
    " WHERE state = 'queued' AND (incident_id = :only_incident"
    "  OR starts_with(dedupe_key, 'simulation:') OR id IN (SELECT w.message_id"
    f"  FROM duty_notices w JOIN duties d ON d.id = w.duty_id WHERE {OF_DUTIES}"
    " ))"
)


def _deliver(connection: Connection, only: Only, now: datetime) -> None:
    """As if a sender had been there and every phone were on."""
    connection.execute(_DELIVER, {"now": now, **bound(only)})


_NEXT = sa.text(
    "SELECT min(at) FROM ("  # noqa: S608
    " SELECT due_at AS at FROM ladders WHERE incident_id = :only_incident AND state = 'running'"
    " UNION ALL SELECT page_at FROM ladders WHERE incident_id = :only_incident AND paged_at IS NULL"
    " UNION ALL SELECT repeat_at FROM ladders WHERE incident_id = :only_incident"
    "  AND state = 'exhausted'"
    " UNION ALL SELECT shift_ends_at FROM acknowledgements WHERE incident_id = :only_incident"
    "  AND handed_at IS NULL"
    f" UNION ALL SELECT d.next_at FROM duties d WHERE d.state = 'open' AND {OF_DUTIES}"
    " UNION ALL SELECT m.created_at + CAST(:digest AS interval) FROM messages m WHERE m.kind IN"
    "  ('duty_reminder', 'duty_overdue', 'duty_digest') AND m.created_at > :now - CAST(:digest AS"
    "  interval) AND m.phone IN (SELECT w.phone FROM duty_notices w JOIN duties d ON d.id ="
    f"  w.duty_id WHERE w.state = 'pending' AND {OF_DUTIES})) AS due WHERE at > :now"
)


def _next(
    connection: Connection, house: House, only: Only, now: datetime, waiting: datetime | None
) -> datetime | None:
    """The next moment at which something is due; None when nothing ever is."""
    values = {"now": now, "digest": house.plan.ladder.duty_digest, **bound(only)}
    found = connection.scalar(_NEXT, values)
    times = [at for at in (found, waiting) if at is not None]
    return min(times, default=None)


def _acknowledge(connection: Connection, only: Only, now: datetime) -> None:
    """The first person told acknowledges by SMS."""
    row = connection.execute(
        sa.text(
            "SELECT m.person_id, m.to_role, p.name FROM messages m JOIN people p"
            " ON p.id = m.person_id WHERE m.incident_id = :id AND m.code IS NOT NULL"
            " AND m.state = 'delivered' ORDER BY m.id LIMIT 1"
        ),
        {"id": only.incident_id},
    ).one_or_none()
    if row is not None and only.incident_id is not None:
        value = Acknowledgement(row.name, row.to_role, "sms", row.person_id)
        acknowledge(connection, only.incident_id, value, now)
