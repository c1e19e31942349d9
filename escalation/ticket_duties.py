"""What an act on a ticket does to the complaint's clocks: it ends duties, and brings new ones.

A clause names the acts that prove it (`acts`): an act ends the open duties of its complaint whose
clause, as it stood when the duty was born, names it. Nothing here moves a due time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from complaints.ticket_life import Act, Position, Step, stage
from core.clock import iso
from escalation import duties
from escalation.births import Moments
from escalation.events import Happening, happened
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ticket_store import Worker
from escalation.vocabulary import AUTOMATIC, Event


def names_of(filled: Filled, by: Worker) -> list[str]:
    """What clauses may call this act: its own name, with its kind, with the role that did it."""
    names = [filled.act, f"{filled.act}:{by.role}"]
    if "kind" in filled.facts:
        names.append(f"{filled.act}:{filled.facts['kind']}")
    return names


def proves(filled: Filled) -> bool:
    """A plan sent back is not approved, a class that is not agreed on is not confirmed."""
    return all(filled.facts.get(name, True) for name in ("approved", "agreed"))


def end_by(
    connection: Connection, complaint: int, names: Iterable[str], by: Worker, at: datetime,
    now: datetime, *, act_id: int | None = None, via: str | None = None, to: str | None = None,
) -> int:  # fmt: skip
    """End the open duties that an act of these names proves; how many."""
    found = connection.execute(
        sa.text(
            "SELECT id, fulfilled_by FROM duties WHERE complaint_id = :id AND state = 'open'"
            " AND rule -> 'acts' ?| CAST(:names AS text[]) ORDER BY id FOR UPDATE"
        ),
        {"id": complaint, "names": list(names)},
    ).all()
    number = public_complaint(complaint) + (f"-{act_id}" if act_id else "")
    for row in found:
        kind = next((k for k in row.fulfilled_by if k not in AUTOMATIC), None)
        if kind is not None:
            said = {"at": iso(at), "by": by.name, "number": number, "via": via, "to": to}
            duties.fulfil(
                connection, duties.About(duty_id=row.id), kind,
                {name: value for name, value in said.items() if value}, now, by.actor,
            )  # fmt: skip
    return len(found)


#: step or act -> the event of the plan's clauses that it is
_EVENT_OF: dict[str, Event] = {
    Step.ACCEPT: "complaint_accepted", Step.REGISTER: "form_received",
    Step.ROUTE: "complaint_forwarded", Step.CLASSIFY: "complaint_classified",
    Act.DISPUTE: "economic_dispute", Act.MAJOR_RISK: "major_risk",
    Act.BEYOND: "beyond_authority", Act.DISSATISFIED: "client_dissatisfied",
    Act.OBJECT: "objection",
}  # fmt: skip


def events_of(
    house: House, filled: Filled, before: Position, after: Position
) -> list[tuple[Event, str]]:
    """The events that an act is, each with its mark: the same mark again is the same event."""
    again = f":{after.round}" if after.round > 1 else ""
    found: list[tuple[Event, str]] = []
    if filled.act in _EVENT_OF:
        found.append((_EVENT_OF[filled.act], filled.facts.get("class", "") + again))
    found += [(kind, again) for kind in filled.facts.get("kinds", ())]
    unhappy = filled.facts.get("satisfaction") == "dissatisfied"
    if filled.act == Step.ASK and unhappy:
        found.append(("client_dissatisfied", again))
    if filled.act == Step.RETURN_VISIT and unhappy:
        found.append(("return_visit_bad", again))
    if filled.act == Step.SCREEN and after.out_of_scope:
        found.append(("out_of_scope", again))
    was, now = stage(house.plan.life, before), stage(house.plan.life, after)
    if was != now and now == Step.TELL and not after.out_of_scope:
        found.append(("complaint_settled", again))
    if _closed(now) and not _closed(was):
        found.append(("complaint_closed", again))
    return found


def _closed(at: str) -> bool:
    return at in (Step.RETURN_VISIT, Step.ARCHIVE, "archived")


def note_event(
    connection: Connection, house: House, row: sa.Row[Any], event: Event, mark: str,
    by: Worker, at: datetime, now: datetime,
) -> None:  # fmt: skip
    """One event of a locked ticket, and the duties that it makes."""
    facts = {
        "channel": row.channel, "flags": row.flags, "face_to_face": row.face_to_face,
        "class": mark.split(":")[0] or row.class_id, "against": row.about_role,
    }  # fmt: skip
    happened(connection, house, Happening(
        event=event, unit_id=row.unit_id, actor=by.actor, complaint_id=row.complaint_id,
        birth=f"complaint:{row.complaint_id}:{event}:{mark}",
        moments=Moments(at, None, row.received_at), facts=facts,
    ), now)  # fmt: skip
