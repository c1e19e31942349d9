"""Incidents as others read them: the API's shape, with what the page needs beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from contacts.units import Unit
from core.clock import iso
from core.errors import NotFound
from core.words import Level
from database.connection import business_now
from escalation.area_sql import COMPLAINT_SEEN, INCIDENT_SEEN, unit_seen
from escalation.command_view import read_command
from escalation.duty_view import duty_view
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.ids import media_id
from escalation.incident_words import sentence
from escalation.ladder_view import acknowledgement_view, ladder_view
from escalation.telling import people_told

Row = sa.Row[Any]


def unit_brief(house: House, connection: Connection, unit_id: int) -> dict[str, Any]:
    """A unit as pages show it: names, level, its branch, where it is."""
    tree = house.tree()
    unit: Unit = tree.get(unit_id)
    branch = tree.ancestor(unit.id, Level.BRANCH)
    return {
        "code": unit.code, "name": unit.name, "short_name": unit.short_name,
        "level": unit.level.value, "branch": branch.short_name if branch else None,
        "branch_code": branch.code if branch else None, "city": unit.city,
        "longitude": unit.longitude, "latitude": unit.latitude, "regulator": unit.regulator,
    }  # fmt: skip


class Parts:
    """Everything that belongs to a set of incidents, read with one query a kind.

    Of an incident that is not the viewer's own (it spans more than their area) only what is of a
    unit of theirs, and how its ladder stands (`escalation.admission`).
    """

    def __init__(self, connection: Connection, house: House, rows: Sequence[Row]) -> None:
        self._connection, self._ids = connection, [row.id for row in rows]
        self._tree, self._area = house.tree(), house.area
        self.own = {row.id for row in rows if self._seen(row.unit_id)}
        self.keys = self._by_incident(
            "SELECT k.incident_id, k.key, k.fired_at, k.clients, k.reason, s.kind, s.unit_id,"
            " s.product, s.threshold FROM incident_keys k LEFT JOIN key_states s ON s.key = k.key"
            " WHERE k.incident_id = ANY(:ids) ORDER BY k.fired_at, k.key"
        )
        self.acknowledgements = self._by_incident(
            "SELECT a.incident_id, a.by, a.role, a.head_office, a.via, a.grade, a.entered_by,"
            " a.note, a.at, a.shift_ends_at, a.handed_at, p.unit_id FROM acknowledgements a"
            " LEFT JOIN people p ON p.id = a.person_id WHERE a.incident_id = ANY(:ids)"
            " ORDER BY a.id"
        )
        self.messages = self._by_incident(
            "SELECT m.incident_id, m.id, m.kind, m.step, m.to_role, m.phone, m.state, m.reason,"
            " m.sent_at, m.delivered_at, m.created_at, m.possible_duplicate, m.person_id,"
            " m.unit_id, p.name FROM messages m LEFT JOIN people p ON p.id = m.person_id"
            " WHERE m.incident_id = ANY(:ids) ORDER BY m.id"
        )
        self.duties = self._by_incident(
            "SELECT incident_id, id, clause, title_zh, title_en, role, fulfilled_by, workings,"
            " plan_version, warn_at, warned_at, due_at, breached_at, state, ended_at, evidence,"
            " unit_id, person_id, plan, rule, event, runs_from, provisional, calls, next_at,"
            " extensions, waived_by, waive_reason, complaint_id"
            " FROM duties WHERE incident_id = ANY(:ids) ORDER BY due_at, id"
        )
        self.ladders = self._by_incident(
            "SELECT incident_id, steps, next_step, turn, due_at, state, page_at, paged_at, why,"
            " repeats, repeat_at FROM ladders WHERE incident_id = ANY(:ids)",
            everybodys=True,
        )
        self.steps = self._by_incident(
            "SELECT incident_id, round, step, turn, due_at, done_at, outcome, detail"
            " FROM ladder_steps WHERE incident_id = ANY(:ids) ORDER BY round, step, turn"
        )
        self.children = self._by_incident(
            "SELECT parent_id AS incident_id, id, unit_id FROM incidents"
            " WHERE parent_id = ANY(:ids) ORDER BY id"
        )

    def _by_incident(self, query: str, *, everybodys: bool = False) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in self._connection.execute(sa.text(query), {"ids": self._ids}):
            own = row.incident_id in self.own
            if own or everybodys or self._seen(row._mapping.get("unit_id")):
                found.setdefault(row.incident_id, []).append(row)
        return found

    def _seen(self, unit_id: int | None) -> bool:
        """Whether a unit lies in the viewer's area; one that is not known lies in nobody's."""
        if self._area == "/":
            return True
        return unit_id is not None and self._tree.get(unit_id).path.startswith(self._area)


def summary(connection: Connection, house: House, row: Row, parts: Parts) -> dict[str, Any]:
    """An incident without its timeline: what lists and the board show."""
    number = row.id
    return {
        "id": public_incident(number),
        "code": row.code,
        "state": row.state,
        "severity": row.severity,
        "origin": row.origin,
        "keys": [k.key for k in parts.keys.get(number, ())],
        "clients": row.clients,
        "unidentified": row.unidentified,
        "headcount": row.headcount,
        "onlookers": row.onlookers,
        "media_exposed": row.media_exposed,
        "safety_threat": row.safety_threat,
        "opened_at": iso(row.opened_at),
        "stood_down_at": iso(row.stood_down_at),
        "closed_at": iso(row.closed_at),
        "unit": house.tree().get(row.unit_id).code,
        "product": row.product,
        "parent": public_incident(row.parent_id) if row.parent_id else None,
        "previous": public_incident(row.previous_id) if row.previous_id else None,
        "children": [public_incident(c.id) for c in parts.children.get(number, ())],
        "acknowledgements": [
            acknowledgement_view(a) for a in parts.acknowledgements.get(number, ())
        ],
        "messages": [_message(m) for m in parts.messages.get(number, ())],
        "duties": [duty_view(house, d) for d in parts.duties.get(number, ())],
        "ladder": _ladder(number, parts),
    }  # fmt: skip


def read_incident(
    connection: Connection, house: House, incident_id: int, area: str = "/"
) -> dict[str, Any]:
    """One incident with its timeline and who counts; NotFound outside the viewer's area."""
    row = connection.execute(
        sa.text(
            f"SELECT n.* FROM incidents n WHERE n.id = :id AND {INCIDENT_SEEN}"  # noqa: S608
        ),
        {"id": incident_id, "area": area},
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    house.tree(connection)  # made sure of once; what follows uses the copy in memory
    parts = Parts(connection, house, [row])
    own = incident_id in parts.own
    return {
        **summary(connection, house, row, parts),
        "own": own,
        "note": row.note if own else None,
        "close_reason": row.close_reason if own else None,
        "plan": row.plan,
        "plan_version": row.plan_version,
        "place": unit_brief(house, connection, row.unit_id),
        "lines": _lines(house),
        "page_roles": [role.value for role in house.plan.ladder.head_office_page.roles],
        "now": iso(business_now(connection)),
        "counting": counting(connection, house, incident_id, parts),
        "related": _related(connection, house, row, parts),
        "media": _media(connection, incident_id, area),
        "all_clear_to": _all_clear_to(connection, row, parts) if own else [],
        "on_site": _on_site(connection, row, parts, area),
        "gatherings": _gatherings(connection, incident_id, "/" if own else area),
        "timeline": _timeline(connection, incident_id, "/" if own else area),
        "command": read_command(connection, house, row, own=own),
    }


def list_incidents(
    connection: Connection, house: House, *, state: str | None, most: int, area: str = "/"
) -> list[dict[str, Any]]:
    """Incidents of an area, newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT n.* FROM incidents n"  # noqa: S608
            " WHERE (CAST(:state AS text) IS NULL OR n.state = :state)"
            f" AND {INCIDENT_SEEN} ORDER BY n.opened_at DESC, n.id DESC LIMIT :most"
        ),
        {"state": state, "area": area, "most": most},
    ).all()
    house.tree(connection)
    parts = Parts(connection, house, rows)
    lines = _timelines(connection, [row.id for row in rows if row.id in parts.own])
    return [
        {**summary(connection, house, row, parts),
         "place": unit_brief(house, connection, row.unit_id), "timeline": lines.get(row.id, [])}
        for row in rows
    ]  # fmt: skip


def _lines(house: House) -> dict[str, int]:
    """The head counts at which a gathering is an incident, and large."""
    rule = house.plan.counting.gathering
    return {"headcount_incident": rule.incident, "headcount_large": rule.large}


def _media(connection: Connection, incident_id: int, area: str) -> list[str]:
    """The media cases about the incident that are worked on in the area."""
    found = connection.scalars(
        sa.text("SELECT m.id FROM media_cases m JOIN units u ON u.id = m.unit_id"
                " JOIN incidents n ON n.id = m.incident_id JOIN units nu ON nu.id = n.unit_id"
                " WHERE m.incident_id = :id AND (:area = '/' OR starts_with(u.path, :area)"
                " OR starts_with(nu.path, :area)) ORDER BY m.id"),
        {"id": incident_id, "area": area},
    )  # fmt: skip
    return [media_id(number) for number in found]


def _related(connection: Connection, house: House, row: Row, parts: Parts) -> list[dict[str, Any]]:
    """Parent, children and the wave before, as links need them."""
    kin = {row.parent_id: "parent", row.previous_id: "previous"}
    kin |= {c.id: "child" for c in parts.children.get(row.id, ())}
    kin.pop(None, None)
    rows = connection.execute(
        sa.text(
            "SELECT n.id, n.state, n.severity, n.unit_id, n.clients, n.headcount,"  # noqa: S608
            f" n.opened_at FROM incidents n WHERE n.id = ANY(:ids) AND {INCIDENT_SEEN}"
            " ORDER BY n.id"
        ),
        {"ids": list(kin), "area": house.area},
    )
    return [
        {"id": public_incident(r.id), "kin": kin[r.id], "state": r.state, "severity": r.severity,
         "unit": house.tree().get(r.unit_id).short_name,
         "level": house.tree().get(r.unit_id).level.value,
         "clients": max(r.clients, r.headcount), "opened_at": iso(r.opened_at)}
        for r in rows
    ]  # fmt: skip


def _all_clear_to(connection: Connection, row: Row, parts: Parts) -> list[dict[str, Any]]:
    """Whom closing would tell: role and name of everybody whom a text has reached so far."""
    if row.state != "open":
        return []
    people = people_told(connection, [row.id, *(c.id for c in parts.children.get(row.id, ()))])
    names = connection.execute(
        sa.text("SELECT id, name FROM people WHERE id = ANY(:ids)"),
        {"ids": [person for person, *_ in people if person is not None]},
    )
    known = {r.id: r.name for r in names}
    return [{"role": role, "name": known.get(person)} for person, _phone, role, _unit in people]


def _on_site(connection: Connection, row: Row, parts: Parts, area: str) -> int:
    """How many clients its reception sheets, and those of its parts, still have on site."""
    ids = [row.id, *(c.id for c in parts.children.get(row.id, ()))]
    query = sa.text(
        "SELECT count(*) FROM reception_rows r"  # noqa: S608
        " JOIN reception_sheets s ON s.id = r.sheet_id"
        " WHERE s.incident_id = ANY(:ids) AND r.left_at IS NULL AND NOT r.removed"
        f" AND {unit_seen('s.unit_id')}"
    )
    return int(connection.execute(query, {"ids": ids, "area": area}).scalar_one())


def counting(
    connection: Connection, house: House, incident_id: int, parts: Parts
) -> dict[str, Any]:
    """Who counted and why, who did not and why not (ids and times, no personal data)."""
    rows = connection.execute(
        sa.text(
            "SELECT c.id, c.received_at, c.channel, c.status, p.client_id, p.role,"  # noqa: S608
            " l.identified,"
            " i.complaint_id AS first FROM complaints c JOIN complaint_parties p"
            " ON p.complaint_id = c.id LEFT JOIN clients l ON l.id = p.client_id"
            " LEFT JOIN incident_clients i ON i.incident_id = :id AND i.client_id = p.client_id"
            f" WHERE c.incident_id = :id AND {COMPLAINT_SEEN}"
            " ORDER BY c.received_at, c.id, p.position LIMIT 1000"
        ),
        {"id": incident_id, "area": house.area},
    ).all()
    counted: list[dict[str, Any]] = []
    not_counted: list[dict[str, Any]] = []
    for row in rows:
        entry = {
            "complaint": public_complaint(row.id), "client": row.client_id,
            "received_at": iso(row.received_at), "channel": row.channel,
        }  # fmt: skip
        if row.role == "proxy":
            not_counted.append({**entry, "reason": "proxy"})
        elif row.first is None:
            not_counted.append({**entry, "reason": row.status})
        elif row.first == row.id:
            counted.append({**entry, "identified": row.identified})
        else:
            not_counted.append(
                {**entry, "reason": "same_client", "as": public_complaint(row.first)}
            )
    keys = [
        {"key": k.key, "fired_at": iso(k.fired_at), "clients": k.clients, "reason": k.reason,
         "kind": k.kind, "threshold": k.threshold, "product": k.product,
         "unit": house.tree().get(k.unit_id).short_name if k.unit_id else None}
        for k in parts.keys.get(incident_id, ())
    ]  # fmt: skip
    return {"keys": keys, "counted": counted, "not_counted": not_counted}


def _message(row: Row) -> dict[str, Any]:
    return {
        "to_role": row.to_role, "name": row.name, "phone_masked": mask_phone(row.phone),
        "kind": row.kind, "state": row.state, "reason": row.reason, "sent_at": iso(row.sent_at),
        "delivered_at": iso(row.delivered_at), "queued_at": iso(row.created_at),
        "possible_duplicate": row.possible_duplicate, "step": row.step,
    }  # fmt: skip


def _ladder(number: int, parts: Parts) -> dict[str, Any] | None:
    found = parts.ladders.get(number)
    if not found:
        return None
    done, acknowledgements = parts.steps.get(number, []), parts.acknowledgements.get(number, [])
    return ladder_view(found[0], done, acknowledgements)


def _gatherings(connection: Connection, incident_id: int, area: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT complainants, onlookers, since, reported_by, note, reported_at"  # noqa: S608
            f" FROM gatherings WHERE incident_id = :id AND {unit_seen('unit_id')} ORDER BY id"
        ),
        {"id": incident_id, "area": area},
    )
    return [
        {"complainants": r.complainants, "onlookers": r.onlookers, "since": iso(r.since),
         "reported_by": r.reported_by, "note": r.note, "reported_at": iso(r.reported_at)}
        for r in rows
    ]  # fmt: skip


def _timeline(connection: Connection, incident_id: int, area: str) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT id, at, actor, verb, subject, reason, after FROM journal"  # noqa: S608
            f" WHERE incident_id = :id AND {unit_seen('unit_id')} ORDER BY id DESC LIMIT 500"
        ),
        {"id": incident_id, "area": area},
    ).all()
    people = _handover_people(connection, incident_id)
    return [timeline_entry(row, people.get(row.subject)) for row in reversed(rows)]


def _handover_people(connection: Connection, incident_id: int) -> dict[str, dict[str, str | None]]:
    """Who hands over to whom, by the journal's subject: the journal itself has only roles."""
    rows = connection.execute(
        sa.text(
            "SELECT h.id, h.to_name, h.ended_by, c.name AS from_name, c.role AS from_role"
            " FROM handovers h JOIN incident_commands c ON c.id = h.command_id"
            " WHERE h.incident_id = :id"
        ),
        {"id": incident_id},
    )
    return {
        f"handover:{r.id}": {
            "to_name": r.to_name, "by_name": r.ended_by,
            "from_name": r.from_name, "from_role": r.from_role,
        }
        for r in rows
    }  # fmt: skip


def _timelines(connection: Connection, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The latest entries of many incidents, for a list; one incident's page has them all."""
    rows = connection.execute(
        sa.text(
            "SELECT j.* FROM unnest(CAST(:ids AS bigint[])) AS n(id), LATERAL ("
            " SELECT id, at, actor, verb, subject, reason, after, incident_id FROM journal"
            " WHERE incident_id = n.id ORDER BY id DESC LIMIT 20) AS j ORDER BY j.id"
        ),
        {"ids": list(ids)},
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.incident_id, []).append(timeline_entry(row))
    return found


def timeline_entry(row: Row, people: dict[str, str | None] | None = None) -> dict[str, Any]:
    """A journal entry in words; `people` are names that its subject's own table has."""
    at: datetime = row.at
    zh, en = sentence(row.verb, {**(row.after or {}), **(people or {})}, row.reason)
    return {
        "seq": row.id, "at": iso(at), "by": row.actor, "verb": row.verb, "subject": row.subject,
        "zh": zh, "en": en,
    }  # fmt: skip
