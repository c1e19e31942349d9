"""One act on a ticket: checked by the state machine, stored, its clocks ended and begun.

Everything happens in one transaction under the ticket's row lock: two people who act at once act
one after the other, and the second is judged by what the first has done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import ticket_words
from complaints.ticket_forms import Filled
from complaints.ticket_life import Act, Entry, Position, Refusal, Step, after, refusals, stage
from core.errors import Conflict, FieldFault, InvalidInput, NotAllowed
from core.words import Role
from core.words import name as word
from database import journal
from database.connection import business_now
from escalation import evidence_files, ticket_duties, ticket_store
from escalation.house import House
from escalation.ticket_columns import columns
from escalation.ticket_feedback import tell_hotline
from escalation.ticket_gaps import gaps
from escalation.ticket_handing import drop_offer
from escalation.ticket_promises import promise
from escalation.ticket_store import Worker
from escalation.ticket_up import send_up

#: Acts that end a ticket and change what counts: `ticket_ending` does them.
ENDING = frozenset({Act.WITHDRAW, Act.MISFILED, Act.MERGE})


@dataclass(frozen=True)
class Done:
    """What an act came to: its number, where the ticket stands now, the numbers of its files."""

    act_id: int
    stage: str
    files: tuple[int, ...] = ()


def do(
    connection: Connection, house: House, complaint: int, filled: Filled, by: Worker,
    files: Sequence[bytes] = (), *, version: int | None = None,
) -> Done:  # fmt: skip
    """One act with its files. Conflict names what is missing; InvalidInput what is wrong.

    `version` is the ticket as its reader saw it: Conflict where somebody has acted since.
    """
    row = ticket_store.lock(connection, complaint)
    now = business_now(connection)
    before = ticket_store.stands(connection, row)
    if version is not None and version != row.version:
        raise Conflict("他人刚办理过此工单，请刷新后再办理", "somebody has acted on it since",
                       field="version")  # fmt: skip
    at = _moment(row, filled.at, now)
    refuse(house, row, before, filled, by)
    if filled.act in (Step.REGISTER, Step.CARRY_OUT, Step.ARCHIVE):
        missing = gaps(connection, house, row, filled)
        if missing:
            raise InvalidInput(missing)
    done = _enter(connection, house, row, before, filled, by, files, at, now)
    if filled.act == Step.RETURN_VISIT and filled.facts["satisfaction"] == "dissatisfied":
        return _again(connection, house, complaint, by, now, done, "return_visit")
    if filled.act == Act.ANSWER_OBJECTION and filled.facts["upheld"]:
        return _again(connection, house, complaint, by, now, done, "objection")
    return done


def refuse(
    house: House, row: sa.Row[Any], before: Position, filled: Filled, by: Worker
) -> None:  # fmt: skip
    """Conflict with everything that stands in an act's way; NotAllowed for whose act it is not."""
    found: list[Refusal] = refusals(
        house.plan.life, before, Entry(filled.act, filled.facts, by.identity, by.role)
    )
    if about_them(row, by):
        found.insert(0, ("own_matter", ""))
    if found:
        raise ticket_words.refused(found)
    tickets = house.plan.tickets
    whose: dict[str, tuple[Role, ...]] = {
        Step.APPROVE: tickets.approve, Step.CONFIRM_CLASS: tickets.confirm_class,
    }  # fmt: skip
    step = filled.facts["step"] if filled.act == Act.SKIP else filled.act
    entitled = whose.get(step, ())  # who may not approve may not do without an approval either
    if entitled and by.role not in entitled:
        zh, en = ("、".join(map(word, entitled)), ", ".join(word(r, "en") for r in entitled))
        raise NotAllowed(f"此步骤须由{zh}办理", f"for {en}")
    known = {c.id for _, rules in house.plan.rules for c in rules.classes}
    if filled.act == Step.CLASSIFY and filled.facts["class"] not in known:
        raise InvalidInput([FieldFault(
            "class", "预案中没有此分类", "is no class of the plan", "请从预案的分类中选择",
            f"one of {', '.join(sorted(known))}",
        )])  # fmt: skip


def about_them(row: sa.Row[Any], by: Worker) -> bool:
    """Whether the complaint is about whoever acts."""
    if row.about_person_id is not None and by.person_id is not None:
        return bool(row.about_person_id == by.person_id)
    return row.about_role is not None and row.about_role == by.role


def _moment(row: sa.Row[Any], at: datetime | None, now: datetime) -> datetime:
    """When it was done: not before the complaint, not later than now."""
    if at is None:
        return now
    if at > now + timedelta(minutes=1) or at < row.received_at.replace(second=0, microsecond=0):
        raise InvalidInput([FieldFault(
            "at", "时间晚于当前时间或早于收到投诉的时间",
            "is in the future, or before the complaint", "请核对时间", "check the time",
        )])  # fmt: skip
    return at


def _enter(
    connection: Connection, house: House, row: sa.Row[Any], before: Position, filled: Filled,
    by: Worker, files: Sequence[bytes], at: datetime, now: datetime,
) -> Done:  # fmt: skip
    """Store an act that may be done, with everything that follows from it."""
    entry = Entry(filled.act, filled.facts, by.identity, by.role)
    stands = after(before, entry)
    number = ticket_store.add_act(connection, house.vault, row, filled, by, stands.round, at, now)
    kept = tuple(
        evidence_files.keep(connection, house.vault, content, now, by.actor,
                            complaint_id=row.complaint_id, act_id=number)
        for content in files
    )  # fmt: skip
    came_to = stage(house.plan.life, stands)
    new = columns(house, row, before, stands, filled, at)
    if filled.act == Act.PROMISE:
        new |= promise(connection, house, row, filled, by, now)
    ticket_store.update(connection, row.complaint_id, new)
    for event, mark in ticket_duties.events_of(house, filled, before, stands):
        ticket_duties.note_event(connection, house, row, event, mark, by, at, now)
    if ticket_duties.proves(filled):
        ticket_duties.end_by(
            connection, row.complaint_id, ticket_duties.names_of(filled, by), by, at, now,
            act_id=number, via=filled.facts.get("via"),
            to="客户" if "via" in filled.facts else None,
        )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=f"ticket_{filled.act}", subject=f"complaint:{row.complaint_id}", actor=by.actor,
        incident_id=row.incident_id, unit_id=row.unit_id, before={"stage": row.stage},
        after={"stage": came_to, "act": number, "role": by.role, **shown_facts(filled)},
    ))  # fmt: skip
    tell_hotline(connection, house, row, filled, by, now)
    if stands.end is not None:
        drop_offer(connection, row.complaint_id, by.actor, now)
    if filled.act in (Act.MAJOR_RISK, Act.BEYOND):
        send_up(connection, house, row, filled.act, by, now)
    return Done(number, came_to, kept)


def shown_facts(filled: Filled) -> dict[str, Any]:
    """The coded facts of an act that the journal keeps: small ones."""
    return {k: v for k, v in filled.facts.items() if isinstance(v, str | bool | int)}


def _again(
    connection: Connection, house: House, complaint: int, by: Worker, now: datetime, done: Done,
    why: str,
) -> Done:  # fmt: skip
    """SC-13: who is dissatisfied at the return visit, or was right to object, is heard again."""
    row = ticket_store.lock(connection, complaint)
    before = ticket_store.stands(connection, row)
    reopened = _enter(connection, house, row, before, Filled(Act.REOPEN, now, {"why": why}), by,
                      (), now, now)  # fmt: skip
    return Done(done.act_id, reopened.stage, done.files)
