"""The board's snapshot: everything that the wall shows, read in one consistent transaction."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from contacts.roster import Holder, holders_at
from contacts.units import Unit
from core.clock import iso
from core.words import Level, Role, State
from database.connection import business_now
from escalation.area_sql import INCIDENT_SEEN, unit_seen
from escalation.board_feed import feed, first_moment, last_entry
from escalation.hotline_drop import HEALTH as DROP
from escalation.hotline_sender import HEALTH as CALLBACK
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.incident_view import Parts, summary, unit_brief

_MOST_INCIDENTS = 60
_ORDER = {State.LARGE: 0, State.INCIDENT: 1, State.WATCH: 2, State.QUIET: 3}


def read_board(connection: Connection, house: House, area: str = "/") -> dict[str, Any]:
    """The snapshot for an area (a unit path prefix); times as ISO 8601 text."""
    now = business_now(connection)
    house.tree(connection)  # made sure of once; what follows uses the copy in memory
    clock = connection.execute(sa.text("SELECT rate, drill FROM business_clock")).one()
    incidents = _incidents(connection, house, area)
    places = _places(connection, house, area)
    watches = _watches(connection, house, area)
    return {
        "revision": last_entry(connection, area),
        "now": iso(now),
        "rate": clock.rate,
        "drill": clock.drill,
        "bank": house.signature,
        "engine": _engine(connection),
        "gateways": _gateways(connection),
        "figures": _figures(connection, area, now),
        "incidents": incidents,
        "after": after_care(connection, house, area, now),
        "watches": watches,
        "teams": _teams(connection, house, incidents, watches, places, area, now),
        "hot": _hot(incidents, watches, places),
        "feed": feed(connection, house, area),
    }


def _engine(connection: Connection) -> dict[str, Any]:
    row = connection.execute(
        sa.text(
            "SELECT extract(epoch FROM clock_timestamp() - max(ticked_real))::float AS age,"
            " (SELECT error FROM engine_heartbeats WHERE error_real > clock_timestamp()"
            "  - interval '60 seconds' ORDER BY error_real DESC LIMIT 1) AS error"
            " FROM engine_heartbeats"
        )
    ).one()
    return {"ticked_seconds_ago": row.age, "error": row.error}


#: What leads to 95558's own system, not to a phone.
_OF_95558 = {CALLBACK: "callback", DROP: "drop"}


def _gateways(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT gateway, ok, since_real, error FROM gateway_health ORDER BY gateway")
    )
    return [{"name": r.gateway, "ok": r.ok, "since": iso(r.since_real), "error": r.error,
             "kind": _OF_95558.get(r.gateway, "sms")} for r in rows]  # fmt: skip


def _incidents(connection: Connection, house: House, area: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            f"SELECT n.* FROM incidents n WHERE n.state = 'open' AND {INCIDENT_SEEN}"  # noqa: S608
            " ORDER BY (SELECT min(d.due_at) FROM duties d"
            " WHERE d.incident_id = n.id AND d.state = 'open') NULLS LAST, n.id LIMIT :most"
        ),
        {"area": area, "most": _MOST_INCIDENTS},
    ).all()
    parts = Parts(connection, house, rows)
    wholes = _units_of(connection, [row.parent_id for row in rows if row.parent_id])
    found = []
    for row in rows:
        entry = summary(connection, house, row, parts)
        counts: dict[str, int] = {}
        for message in entry.pop("messages"):
            counts[message["state"]] = counts.get(message["state"], 0) + 1
        entry["duties"] = [_clock(duty) for duty in entry["duties"] if duty["state"] == "open"]
        found.append(
            {**entry, "unit": unit_brief(house, connection, row.unit_id), "messages": counts,
             "parent_unit": unit_brief(house, connection, wholes[row.parent_id])
             if row.parent_id in wholes else None}
        )  # fmt: skip
    return found


def _units_of(connection: Connection, incident_ids: list[int]) -> dict[int, int]:
    """The unit of each of these incidents."""
    query = sa.text("SELECT id, unit_id FROM incidents WHERE id = ANY(:ids)")
    return {r.id: r.unit_id for r in connection.execute(query, {"ids": incident_ids})}


_CLOCK = ("id", "clause", "title_zh", "title_en", "role", "unit_name", "due_at", "warn_at", "state")


def _clock(duty: dict[str, Any]) -> dict[str, Any]:
    """Of a duty, what the wall shows: texts and workings stay with the incident's page."""
    return {name: duty[name] for name in _CLOCK}


_CLOSING = sa.text(
    "SELECT n.id, n.unit_id, count(*) AS open, min(d.due_at) AS next_due FROM incidents n"
    " JOIN duties d ON d.incident_id = n.id AND d.state = 'open' JOIN units u ON u.id = n.unit_id"
    " WHERE n.state = 'stood_down' AND starts_with(u.path, :area)"
    " GROUP BY n.id, n.unit_id ORDER BY min(d.due_at), n.id"
)
_OVERDUE = sa.text(
    "SELECT d.unit_id, count(*) AS overdue FROM duties d JOIN units u ON u.id = d.unit_id"
    " WHERE d.state = 'open' AND d.due_at <= :now AND d.incident_id IS NULL"
    " AND starts_with(u.path, :area) GROUP BY d.unit_id ORDER BY count(*) DESC, d.unit_id"
)
#: How many names of each a wall can carry; the totals say the rest.
_MOST_AFTER = 4


def after_care(connection: Connection, house: House, area: str, now: Any) -> dict[str, Any]:
    """What is calm but not over: incidents stood down that still owe duties, and by unit the
    overdue duties of complaints and standing ones."""
    closing = connection.execute(_CLOSING, {"area": area}).all()
    overdue = connection.execute(_OVERDUE, {"area": area, "now": now}).all()
    tree = house.tree()
    return {
        "closing": len(closing),
        "incidents": [
            {"id": public_incident(r.id), "unit": tree.get(r.unit_id).short_name, "open": r.open,
             "next_due": iso(r.next_due)}
            for r in closing[:_MOST_AFTER]
        ],
        "overdue": sum(r.overdue for r in overdue),
        "units": [
            {"unit": tree.get(r.unit_id).code, "unit_name": tree.get(r.unit_id).short_name,
             "overdue": r.overdue}
            for r in overdue[:_MOST_AFTER]
        ],
    }  # fmt: skip


def _watches(connection: Connection, house: House, area: str) -> list[dict[str, Any]]:
    rules = {rule.kind: rule for rule in house.plan.counting.keys}
    rows = connection.execute(
        sa.text(
            "SELECT s.key, s.kind, s.unit_id, s.product,"
            " greatest(s.clients, s.headcount) AS number,"
            " s.threshold, s.since, s.refresh_at FROM key_states s LEFT JOIN units u"
            " ON u.id = s.unit_id WHERE s.state = 'watch'"
            " AND (u.id IS NULL AND :area = '/' OR starts_with(u.path, :area))"
            " ORDER BY greatest(s.clients, s.headcount)::float / s.threshold DESC, s.since LIMIT 40"
        ),
        {"area": area},
    )
    return [
        {
            "key": r.key, "kind": r.kind,
            "unit": unit_brief(house, connection, r.unit_id) if r.unit_id else None,
            "product": r.product, "clients": r.number, "threshold": r.threshold,
            "watch_from": rules[r.kind].watch if r.kind in rules else None,
            "since": iso(r.since), "until": iso(r.refresh_at),
        }
        for r in rows
    ]  # fmt: skip


def _figures(connection: Connection, area: str, now: Any) -> dict[str, Any]:
    day = connection.execute(
        sa.text(
            "SELECT count(*) FROM complaints c JOIN units u ON u.id = c.unit_id"
            " WHERE c.entered_at >= date_trunc('day', CAST(:now AS timestamptz), 'Asia/Shanghai')"
            " AND NOT c.history AND starts_with(u.path, :area)"
        ),
        {"now": now, "area": area},
    ).scalar_one()
    texts = connection.execute(
        sa.text(
            "SELECT count(*) FILTER"  # noqa: S608
            " (WHERE state IN ('queued', 'sending', 'unknown')) AS waiting,"
            " count(*) FILTER (WHERE state = 'withheld') AS withheld,"
            " count(*) FILTER (WHERE state = 'failed') AS failed FROM messages"
            " WHERE created_at > CAST(:now AS timestamptz) - interval '24 hours'"
            f" AND {unit_seen('unit_id')}"
        ),
        {"now": now, "area": area},
    ).one()
    quiet = connection.scalar(
        sa.text(f"SELECT max(stood_down_at) FROM incidents n WHERE {INCIDENT_SEEN}"),  # noqa: S608
        {"area": area},
    )
    if quiet is None:
        quiet = first_moment(connection, area)
    # Counted in the database: the list above is cut at what a wall can show.
    totals = connection.execute(
        sa.text(
            "SELECT count(*) AS open,"  # noqa: S608
            " count(*) FILTER (WHERE NOT EXISTS (SELECT 1"
            " FROM acknowledgements a WHERE a.incident_id = n.id)) AS unanswered,"
            " coalesce(sum(greatest(n.clients, n.headcount)) FILTER (WHERE n.parent_id IS NULL), 0)"
            f" AS clients FROM incidents n WHERE n.state = 'open' AND {INCIDENT_SEEN}"
        ),
        {"area": area},
    ).one()
    watching = connection.scalar(
        sa.text(
            "SELECT count(*) FROM key_states s LEFT JOIN units u ON u.id = s.unit_id"
            " WHERE s.state = 'watch'"
            " AND (u.id IS NULL AND :area = '/' OR starts_with(u.path, :area))"
        ),
        {"area": area},
    )
    return {
        "open_incidents": totals.open,
        "unacknowledged": totals.unanswered,
        "clients": int(totals.clients),
        "complaints_today": day,
        "watches": watching,
        "messages_waiting": texts.waiting,
        "messages_withheld": texts.withheld,
        "messages_failed": texts.failed,
        "quiet_since": iso(quiet) if not totals.open else None,
    }


def _places(connection: Connection, house: House, area: str) -> dict[str, list[dict[str, Any]]]:
    """The units that an open incident's keys name, with the clients of each, by incident."""
    rows = connection.execute(
        sa.text(
            "SELECT k.incident_id, s.unit_id,"  # noqa: S608
            " greatest(s.clients, s.headcount) AS number"
            " FROM incident_keys k JOIN key_states s ON s.key = k.key"
            f" WHERE k.open AND s.unit_id IS NOT NULL AND {unit_seen('s.unit_id')}"
            " ORDER BY k.incident_id, s.kind DESC, k.key"
        ),
        {"area": area},
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(public_incident(row.incident_id), []).append(
            {"unit": unit_brief(house, connection, row.unit_id), "clients": row.number}
        )
    return found


_DUTY_ROLES = {
    Level.HEAD_OFFICE: (Role.DUTY_OFFICER, Role.HO_DEPUTY),
    Level.BRANCH: (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY),
}


def _teams(
    connection: Connection, house: House, incidents: list[dict[str, Any]],
    watches: list[dict[str, Any]], places: dict[str, list[dict[str, Any]]], area: str, now: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """Head office and every branch: who is on duty there, and what they have to answer."""
    tree = house.tree()
    told, answered = _told_people(connection)
    shown = [u for u in tree.all() if u.level in _DUTY_ROLES and u.path.startswith(area)]
    held = holders_at(
        connection, [u.id for u in shown], [r for rs in _DUTY_ROLES.values() for r in rs], now
    )
    teams: list[dict[str, Any]] = []
    for unit in shown:
        mine = [i for i in incidents if unit.code in _branches(i, places)]
        state = max(
            (State(i["severity"]) for i in mine), default=State.QUIET, key=lambda s: -_ORDER[s]
        )
        if state is State.QUIET and any(
            w["unit"] and unit.code in (w["unit"]["branch_code"], w["unit"]["code"])
            for w in watches
        ):
            state = State.WATCH
        people, gaps = _on_duty(unit, held, told, answered)
        teams.append(
            {
                "unit": unit_brief(house, connection, unit.id), "state": state.value,
                "open_incidents": len(mine),
                "unacknowledged": sum(1 for i in mine if not i["acknowledgements"]),
                "on_duty": people, "gaps": gaps,
            }
        )  # fmt: skip
    teams.sort(key=lambda t: (_ORDER[State(t["state"])], t["unit"]["level"] != "head_office"))
    return teams


def _branches(incident: dict[str, Any], places: dict[str, list[dict[str, Any]]]) -> set[str]:
    """Codes of the units whose teams have to answer for an incident: its own, its places'."""
    units = [incident["unit"], *(place["unit"] for place in places.get(incident["id"], ()))]
    return {code for unit in units for code in (unit["code"], unit["branch_code"]) if code}


def _told_people(connection: Connection) -> tuple[set[int], set[int]]:
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT m.person_id, EXISTS (SELECT 1 FROM acknowledgements a"
            " WHERE a.incident_id = m.incident_id AND a.person_id = m.person_id) AS answered"
            " FROM messages m JOIN incidents n ON n.id = m.incident_id"
            " WHERE n.state = 'open' AND m.code IS NOT NULL AND m.person_id IS NOT NULL"
        )
    ).all()
    return {r.person_id for r in rows if not r.answered}, {r.person_id for r in rows if r.answered}


def _on_duty(
    unit: Unit, held: dict[tuple[int, Role], tuple[Holder, ...]], told: set[int],
    answered: set[int],
) -> tuple[list[dict[str, Any]], int]:  # fmt: skip
    people: list[dict[str, Any]] = []
    gaps = 0
    for role in _DUTY_ROLES[unit.level]:
        found = [h for h in held.get((unit.id, role), ()) if h.reachable]
        if not found:
            gaps += 1
            people.append({"role": role.value, "name": None, "phone_masked": None, "state": "gap"})
            continue
        holder = found[0]
        state = (
            "told" if holder.person_id in told
            else "acknowledged" if holder.person_id in answered
            else "ready"
        )  # fmt: skip
        people.append({"role": role.value, "name": holder.name,
                       "phone_masked": mask_phone(holder.phone), "state": state})  # fmt: skip
    return people, gaps


def _hot(
    incidents: list[dict[str, Any]], watches: list[dict[str, Any]],
    places: dict[str, list[dict[str, Any]]],
) -> list[dict[str, Any]]:  # fmt: skip
    """Where it burns: the places of open incidents, then the watches."""
    hot: dict[str, dict[str, Any]] = {}
    for watch in watches:
        if watch["unit"]:
            _heat(hot, watch["unit"], State.WATCH, watch["clients"], None)
    for incident in incidents:
        state = State(incident["severity"])
        number = max(incident["clients"], incident["headcount"])
        burning = places.get(incident["id"]) or [{"unit": incident["unit"], "clients": number}]
        for place in burning:
            _heat(hot, place["unit"], state, place["clients"], incident["id"])
    return list(hot.values())


def _heat(
    hot: dict[str, dict[str, Any]], unit: dict[str, Any], state: State, number: int,
    incident: str | None,
) -> None:  # fmt: skip
    known = hot.get(unit["code"])
    if known is None or _ORDER[state] < _ORDER[State(known["state"])]:
        hot[unit["code"]] = {
            "code": unit["code"], "state": state.value, "longitude": unit["longitude"],
            "latitude": unit["latitude"], "clients": number,
            "incident": incident,
        }  # fmt: skip
