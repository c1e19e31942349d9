"""Something has happened: it is noted once, and the plan's clauses that it makes due are born.

Called in the transaction of whatever noticed it. `record_by_hand` is for events that no part of
the software notices by itself (a client is dissatisfied, a regulator asks).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import unknown_unit
from core.errors import FieldFault, InvalidInput
from database import journal
from database.connection import business_now
from escalation.births import Birth, Moments, births
from escalation.house import House
from escalation.vocabulary import EVENT_KINDS, Event


@dataclass(frozen=True)
class Happening:
    """An event: what, about which incident or complaint, at which unit, known since when.

    `birth` names it: the same name again is the same event. `facts` decide which clauses are
    meant (channel, class, flags, face_to_face); they hold no personal data.
    """

    event: Event
    unit_id: int
    birth: str
    moments: Moments
    actor: str
    incident_id: int | None = None
    complaint_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    note: str | None = None
    time: int = 0


_EVENT = sa.text(
    "INSERT INTO events (event, birth, incident_id, complaint_id, unit_id, occurred_at, aware_at,"
    " recorded_at, actor, facts, note) VALUES (:event, :birth, :incident_id, :complaint_id,"
    " :unit_id, :occurred, :aware, :now, :actor, CAST(:facts AS jsonb), :note)"
    " ON CONFLICT (birth) DO NOTHING RETURNING id"
)


def noted(connection: Connection, what: Happening, now: datetime) -> int | None:
    """Note the event alone; its id, or None when it had been noted before."""
    number = connection.execute(
        _EVENT,
        {
            "event": what.event, "birth": what.birth, "incident_id": what.incident_id,
            "complaint_id": what.complaint_id, "unit_id": what.unit_id,
            "occurred": what.moments.occurred, "aware": what.moments.aware, "now": now,
            "actor": what.actor, "facts": json.dumps(what.facts), "note": what.note,
        },
    ).scalar()  # fmt: skip
    return None if number is None else int(number)


def happened(connection: Connection, house: House, what: Happening, now: datetime) -> int | None:
    """Note the event and start its clocks; its id, or None when it had been noted before."""
    number = noted(connection, what, now)
    if number is None:
        return None
    found = births(
        house.plan, house.tree(connection), house.calendar(connection), what.event, what.unit_id,
        what.moments, what.facts,
    )  # fmt: skip
    store(connection, what, number, found, now)
    return number


def on_incident(
    connection: Connection, house: House, event: Event, incident_id: int, unit_id: int,
    now: datetime, *, actor: str = "engine", occurred: datetime | None = None, time: int = 0,
    aware: datetime | None = None,
) -> None:  # fmt: skip
    """An event of an incident, once for each unit that it concerns; known since `aware`, or now.

    `time` counts how often it has come about before (an incident may end twice).
    """
    happened(connection, house, Happening(
        event=event, unit_id=unit_id, actor=actor, incident_id=incident_id, time=time,
        birth=f"incident:{incident_id}:{event}:{unit_id}" + (f":{time}" if time else ""),
        moments=Moments(aware or now, occurred),
    ), now)  # fmt: skip


#: In one tree of incidents a clause is owed once by a unit, whichever node it came from first.
_DUTIES = sa.text(
    "INSERT INTO duties (incident_id, complaint_id, event_id, clause, title_zh, title_en, role,"
    " unit_id, fulfilled_by, workings, plan, plan_version, warn_at, due_at, birth, event, rule,"
    " runs_from, provisional, calls, next_at)"
    " SELECT :incident, :complaint, :number, n.clause, n.title_zh, n.title_en, n.role, n.unit_id,"
    " n.fulfilled_by, n.workings, n.plan, n.plan_version, n.warn_at, n.due_at, n.birth, n.event,"
    " n.rule, n.runs_from, n.provisional, n.calls, n.next_at"
    " FROM jsonb_populate_recordset(NULL\\:\\:duties, CAST(:rows AS jsonb)) AS n"
    " WHERE CAST(:incident AS bigint) IS NULL OR NOT EXISTS (SELECT 1 FROM duties d"
    "  JOIN incidents i ON i.id = d.incident_id JOIN incidents me ON me.id = :incident"
    "  WHERE d.clause = n.clause AND d.unit_id = n.unit_id AND i.state <> 'closed'"
    "  AND (d.state = 'open' OR :time = 0)"  # what came about again is owed again
    "  AND coalesce(i.parent_id, i.id) = coalesce(me.parent_id, me.id))"
    " ON CONFLICT (birth) DO NOTHING"
    " RETURNING id, clause, title_zh, title_en, unit_id, due_at"
)


def store(
    connection: Connection, what: Happening, number: int, found: Sequence[Birth], now: datetime
) -> None:
    """Insert the duties of an event and journal which began."""
    if not found:
        return
    rows = [b.row(birth_of(what, b)) for b in found]
    stored = connection.execute(
        _DUTIES,
        {
            "incident": what.incident_id, "complaint": what.complaint_id, "number": number,
            "rows": json.dumps(rows), "time": what.time,
        },
    ).all()  # fmt: skip
    _replace(connection, what, found, now)
    if stored:
        journal.write(connection, now, journal.Entry(
            verb="duties_born", subject=f"event:{number}", actor=what.actor,
            incident_id=what.incident_id, unit_id=what.unit_id,
            after={"event": what.event, "duties": [
                {"clause": r.clause, "title_zh": r.title_zh, "title_en": r.title_en,
                 "unit": r.unit_id, "due": r.due_at.isoformat()}
                for r in stored]},
        ))  # fmt: skip


def birth_of(what: Happening, birth: Birth) -> str:
    """What makes a duty one of a kind: an incident owes a clause once a unit, other things once
    an event."""
    subject = f"incident:{what.incident_id}" if what.incident_id is not None else what.birth
    if what.incident_id is not None and what.time:
        subject += f":{what.time}"
    return f"{subject}:{birth.standing.clause.id}:{birth.unit_id}"


def _replace(
    connection: Connection, what: Happening, found: Sequence[Birth], now: datetime
) -> None:
    """A clause that replaces another ends the other's open duty on the same complaint."""
    replaced = [name for b in found for name in b.standing.clause.replaces]
    if not replaced or what.complaint_id is None:
        return
    ended = connection.execute(
        sa.text(
            "UPDATE duties SET state = 'waived', ended_at = :now, waived_by = 'plan',"
            " waive_reason = :reason WHERE complaint_id = :complaint AND clause = ANY(:clauses)"
            " AND state = 'open' RETURNING id, clause, unit_id"
        ),
        {
            "now": now, "reason": EVENT_KINDS[what.event].zh, "complaint": what.complaint_id,
            "clauses": replaced,
        },
    ).all()  # fmt: skip
    journal.write(connection, now, *(
        journal.Entry(verb="duty_replaced", subject=f"duty:{r.id}", actor=what.actor,
                      unit_id=r.unit_id, reason=what.event, after={"clause": r.clause})
        for r in ended
    ))  # fmt: skip


@dataclass(frozen=True)
class ByHand:
    """What somebody records: an event, about a complaint or at a unit, since when it is known.

    `ref` tells two events of one kind about one complaint apart (such as a regulator's number).
    """

    event: Event
    unit: str | None = None
    complaint_id: int | None = None
    aware_at: datetime | None = None
    occurred_at: datetime | None = None
    class_id: str | None = None
    ref: str | None = None
    note: str | None = None


def record_by_hand(connection: Connection, house: House, value: ByHand, actor: str) -> int:
    """Store it with its duties; the event's id, also when it had been recorded before.

    InvalidInput for an event that is not recorded by hand, a missing or unknown complaint, an
    unknown unit or class, or times that cannot be.
    """
    now = business_now(connection)
    kind = EVENT_KINDS.get(value.event)
    _refuse(_faults(house, value, now), kind is not None and kind.by_hand)
    assert kind is not None
    unit_id, received, facts = _place(connection, house, value, kind.subject)
    _not_long_ago(value.aware_at, received or now - _LONGEST_UNKNOWN)
    if value.class_id:
        facts["class"] = value.class_id
    subject = f"complaint:{value.complaint_id}" if value.complaint_id else f"unit:{unit_id}"
    mark = value.ref or (value.class_id if value.complaint_id else None)
    mark = mark or ("" if value.complaint_id else (value.occurred_at or now).isoformat())
    birth = f"{subject}:{value.event}:{mark}"
    what = Happening(
        event=value.event, unit_id=unit_id, birth=birth, actor=actor,
        moments=Moments(value.aware_at or now, value.occurred_at, received),
        complaint_id=value.complaint_id, facts=facts, note=value.note,
    )  # fmt: skip
    number = happened(connection, house, what, now)
    if number is None:
        return int(connection.scalar(
            sa.text("SELECT id FROM events WHERE birth = :birth"), {"birth": birth}
        ) or 0)  # fmt: skip
    return number


#: How long ago somebody may have learned of what is recorded only now.
_LONGEST_UNKNOWN = timedelta(days=731)


def _not_long_ago(aware_at: datetime | None, earliest: datetime) -> None:
    if aware_at is not None and aware_at < earliest:
        raise InvalidInput([FieldFault(
            "aware_at", "早于收到投诉的时间或过于久远", "is before the complaint, or too long ago",
            "请核对时间", "check the time",
        )])  # fmt: skip


def unknown_complaint(*, given: bool) -> InvalidInput:
    """The refusal of an event about a complaint that is not named, or that does not exist."""
    zh, en = ("没有这件投诉", "is no complaint") if given else ("缺少投诉编号", "is missing")
    return InvalidInput([FieldFault(
        "complaint", zh, en, "请填写该投诉的编号（C 开头）", "give the complaint's number, C…",
    )])  # fmt: skip


def _refuse(faults: list[FieldFault], known: bool) -> None:
    if not known:
        faults = [FieldFault(
            "event", "该事项由系统自动识别，不能手工登记", "is noticed by the system itself",
            "请选择可登记的事项", "choose an event that is recorded by hand",
        )]  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _faults(house: House, value: ByHand, now: datetime) -> list[FieldFault]:
    faults = []
    late = now + timedelta(minutes=5)
    for name, at in (("aware_at", value.aware_at), ("occurred_at", value.occurred_at)):
        if at is not None and at > late:
            faults.append(FieldFault(name, "时间晚于当前时间", "is in the future",
                                     "请核对时间", "check the time"))  # fmt: skip
    if value.aware_at and value.occurred_at and value.occurred_at > value.aware_at:
        faults.append(FieldFault("occurred_at", "发生时间晚于知悉时间", "is later than aware_at",
                                 "请核对两个时间", "check both times"))  # fmt: skip
    known = {c.id for _, rules in house.plan.rules for c in rules.classes}
    if value.class_id is not None and value.class_id not in known:
        faults.append(FieldFault("class", "预案中没有此分类", "is no class of the plan",
                                 "请从预案的分类中选择",
                                 f"choose one of {', '.join(sorted(known))}"))  # fmt: skip
    if value.event == "complaint_classified" and value.class_id is None:
        faults.append(FieldFault("class", "缺少分类", "is missing", "请选择分类", "name a class"))
    return faults


def _place(
    connection: Connection, house: House, value: ByHand, subject: str
) -> tuple[int, datetime | None, dict[str, Any]]:
    """The unit that it concerns, when the complaint was received, and what is known of it."""
    if subject == "complaint":
        row = connection.execute(
            sa.text("SELECT c.unit_id, c.home_unit_id, c.received_at, c.channel, c.flags,"
                    " c.face_to_face, t.about_role FROM complaints c"
                    " LEFT JOIN tickets t ON t.complaint_id = c.id WHERE c.id = :id"),
            {"id": value.complaint_id},
        ).one_or_none()  # fmt: skip
        if row is None:
            raise unknown_complaint(given=value.complaint_id is not None)
        facts = {"channel": row.channel, "flags": row.flags, "face_to_face": row.face_to_face,
                 "against": row.about_role}  # fmt: skip
        return row.home_unit_id or row.unit_id, row.received_at, facts
    unit = house.tree(connection).by_code(value.unit or "")
    if unit is None:
        raise InvalidInput([unknown_unit()])
    return unit.id, None, {}
