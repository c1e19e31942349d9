"""Gatherings reported by staff: heads on site count at once, with no tickets yet (WP-14).

Ticketed clients of the same place are matched to the head count, not added to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alerts.counting import KeyRule, state_for
from contacts.units import Unit, unknown_unit
from core.errors import FieldFault, InvalidInput
from core.words import State
from database import journal
from database.locks import take as take_locks
from escalation import events, incidents, members, receptions, recount, widening
from escalation.crowds import CrowdMove, OpenNode, decide_crowd
from escalation.house import House, hold_keys, until_locked
from escalation.ids import incident_id as public_incident


@dataclass(frozen=True)
class Gathering:
    """One report: heads of complainants and of onlookers at a unit, since when, by whom."""

    unit: str
    complainants: int
    onlookers: int
    since: datetime
    reported_by: str
    note: str | None = None


def report(house: House, value: Gathering, actor: str) -> dict[str, Any]:
    """Store a report; open, join or raise the incident of its place. Returns the API's answer."""
    unit = house.tree().by_code(value.unit) or house.reload_tree().by_code(value.unit)
    if unit is None:
        raise InvalidInput([unknown_unit("unit")])
    key = f"unit:{unit.code}"

    def work(connection: Connection, extra: frozenset[str]) -> dict[str, Any]:
        take_locks(connection, (), {key, *extra})
        return _report(connection, house, value, unit, key, actor, frozenset({key, *extra}))

    return until_locked(house, work)


def _report(
    connection: Connection, house: House, value: Gathering, unit: Unit, key: str, actor: str,
    held: frozenset[str],
) -> dict[str, Any]:  # fmt: skip
    now = connection.execute(sa.text("SELECT business_now()")).scalar_one()
    if value.since > now + house.plan.counting.late_after:
        raise InvalidInput(
            [FieldFault("since", "开始时间晚于当前时间", "is in the future", "请核对", "check it")]
        )
    number = connection.execute(
        sa.text(
            "INSERT INTO gatherings (unit_id, complainants, onlookers, since, reported_by, note,"
            " reported_at) VALUES (:unit, :complainants, :onlookers, :since, :by, :note, :now)"
            " RETURNING id"
        ),
        {
            "unit": unit.id, "complainants": value.complainants, "onlookers": value.onlookers,
            "since": value.since, "by": value.reported_by, "note": value.note, "now": now,
        },
    ).scalar_one()  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="gathering_reported", subject=f"gathering:{number}", actor=actor, unit_id=unit.id,
        after={"complainants": value.complainants, "onlookers": value.onlookers},
    ))  # fmt: skip
    incident, clients, state = _place(connection, house, value, unit, key, now, actor, held)
    if incident is not None:
        connection.execute(
            sa.text("UPDATE gatherings SET incident_id = :incident WHERE id = :id"),
            {"incident": incident, "id": number},
        )
        receptions.recounted(connection, house, incident, unit, now, actor)
    return {
        "gathering": f"G{number:07d}",
        "incident": None if incident is None else public_incident(incident),
        "counted": [
            {
                "key": key,
                "clients": max(clients, value.complainants),
                "threshold": house.plan.counting.gathering.incident,
                "state": state.value,
            }
        ],
    }


def _place(
    connection: Connection, house: House, value: Gathering, unit: Unit, key: str,
    now: datetime, actor: str, held: frozenset[str],
) -> tuple[int | None, int, State]:  # fmt: skip
    """Settle what the report means for the incident of this place."""
    rule = house.plan.counting.gathering
    reached = state_for(rule, value.complainants)
    clients, incident = _stored(connection, house, key, now)
    if incident is None and reached in (State.INCIDENT, State.LARGE):
        incident = _open(connection, house, value, unit, key, clients, now, actor, held)
    elif incident is None:
        _keep_heads(connection, house, value, unit, key, now)
        recount.recount(connection, house, (key,), now)
        reached = max(reached, state_for(_unit_rule(house), clients), key=list(State).index)
    if incident is not None:
        _update(connection, house, incident, value, now, actor)
        if reached is State.LARGE:
            incidents.make_large(connection, house, incident, now, actor)
        _keep_heads(connection, house, value, unit, key, now)
        if reached in (State.QUIET, State.WATCH):
            reached = State.INCIDENT
    return incident, clients, reached


def _stored(
    connection: Connection, house: House, key: str, now: datetime
) -> tuple[int, int | None]:
    """How many clients count under the key now, and the open incident that has it."""
    recount.recount(connection, house, (key,), now)
    row = connection.execute(
        sa.text("SELECT clients, incident_id FROM key_states WHERE key = :key"), {"key": key}
    ).one_or_none()
    return (0, None) if row is None else (row.clients, row.incident_id)


def _open(
    connection: Connection, house: House, value: Gathering, unit: Unit, key: str, clients: int,
    now: datetime, actor: str, held: frozenset[str],
) -> int:  # fmt: skip
    """Open (or widen) the incident of this place; its tickets of the window belong to it."""
    rule = _unit_rule(house)
    tickets = [c for c, _client in members.tickets_under(connection, key, now, rule.window)]
    fired = incidents.FiredKey(
        key, "unit", unit.id, None, clients, rule.incident, State.INCIDENT,
        {"gathering": {"complainants": value.complainants, "since": value.since.isoformat()}},
    )  # fmt: skip
    touched: list[OpenNode] = []

    def needed() -> set[str]:
        touched[:] = members.touched_nodes(connection, tickets)
        return members.keys_involved(connection, tickets, {n.root_id for n in touched})

    hold_keys(connection, held, needed)
    move = decide_crowd(touched)
    if move.target is not None:
        incidents.take_keys(connection, move.target, [fired], now)
        members.put_under(connection, move.target, move.children, now, actor)
        incidents.widened(connection, move.target, [fired], now, actor)
        members.add_members(connection, move.target, tickets, now)
        _update(connection, house, move.target, value, now, actor)
        widening.tell_new_places(connection, house, move.target, [fired], now, wording="gathering")
        return move.target
    over_several = move.move is CrowdMove.PARENT
    head = house.tree(connection).head_office()
    opening = incidents.Opening(
        "parent" if over_several else "gathering",
        head.id if over_several and head else unit.id, None, min(value.since, now),
        headcount=value.complainants, onlookers=value.onlookers, note=value.note,
    )  # fmt: skip
    target = incidents.create(connection, house, opening, [fired], now, actor)
    if over_several:
        members.put_under(connection, target, move.children, now, actor)
    members.add_members(connection, target, tickets, now)
    incidents.raise_alarm(connection, house, target, now)
    return target


def _update(
    connection: Connection, house: House, incident: int, value: Gathering, now: datetime, actor: str
) -> None:
    """The latest report is what is on site now."""
    members.lock_nodes(connection, [incident])
    connection.execute(
        sa.text("UPDATE incidents SET headcount = :heads, onlookers = :onlookers WHERE id = :id"),
        {"heads": value.complainants, "onlookers": value.onlookers, "id": incident},
    )
    journal.write(connection, now, journal.Entry(
        verb="gathering_updated", subject=f"incident:{incident}", actor=actor,
        incident_id=incident,
        after={"complainants": value.complainants, "onlookers": value.onlookers},
    ))  # fmt: skip
    unit = house.tree().by_code(value.unit)
    if unit is not None and value.complainants + value.onlookers:
        events.on_incident(
            connection,
            house,
            "crowd_on_site",
            incident,
            unit.id,
            now,
            occurred=min(value.since, now),
        )


def _keep_heads(
    connection: Connection, house: House, value: Gathering, unit: Unit, key: str, now: datetime
) -> None:
    """Note how many are there; the key's state is for others to work out."""
    rule = _unit_rule(house)
    connection.execute(
        sa.text(
            "INSERT INTO key_states (key, kind, unit_id, clients, threshold, state, since,"
            " headcount, headcount_at) VALUES (:key, 'unit', :unit, 0, :threshold, 'quiet', :now,"
            " :heads, :now) ON CONFLICT (key) DO UPDATE SET headcount = excluded.headcount,"
            " headcount_at = excluded.headcount_at"
        ),
        {
            "key": key, "unit": unit.id, "threshold": rule.incident, "heads": value.complainants,
            "now": now,
        },
    )  # fmt: skip


def _unit_rule(house: House) -> KeyRule:
    return next(rule for rule in house.plan.counting.keys if rule.kind == "unit")
