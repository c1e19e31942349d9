"""Hand-overs of a ticket (WP-17, WP-18, WP-30): offered with a reason, accepted or refused.

Whoever has it keeps it until the other accepts: at no moment does a ticket belong to nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_passing import FLAGGED, Passing, may_pass, passes
from complaints.ticket_words import refused
from contacts.people import role_fits
from contacts.roster import holders
from contacts.units import Unit, UnitTree, unknown_unit
from core.errors import Conflict, FieldFault, InvalidInput, NotAllowed
from core.validation import has_words
from core.words import Role
from database import journal
from database.connection import business_now
from database.ticket_tables import ENDS
from escalation import ticket_duties, ticket_store
from escalation.house import House
from escalation.ticket_store import Worker


@dataclass(frozen=True)
class Hand:
    """To whom a ticket is handed, and why: a unit's code, a role there, a person where one is
    meant."""

    unit: str
    role: Role
    reason: str
    person_id: int | None = None


def offer(connection: Connection, house: House, complaint: int, hand: Hand, by: Worker) -> None:
    """Offer a ticket to somebody of one's area or above it. InvalidInput; Conflict where it waits
    for an answer already, has ended, is theirs, is about them, or has been passed on twice and not
    by the unit above."""
    row = ticket_store.lock(connection, complaint)
    now = business_now(connection)
    unit = house.named(hand.unit, connection)
    faults = [] if unit else [unknown_unit()]
    if unit is not None and not role_fits(hand.role, unit.level):
        faults.append(FieldFault("role", "该机构没有这个角色", "the unit has no such role",
                                 "请选择该机构的角色", "choose a role of that unit"))  # fmt: skip
    if not has_words(hand.reason):
        faults.append(FieldFault("reason", "缺少转办理由", "is missing", "请说明理由", "say why"))
    if faults or unit is None:
        raise InvalidInput(faults)
    _refuse(connection, house, row, unit, hand, by)
    store_offer(connection, house, row, unit, hand, by, now)


def _refuse(
    connection: Connection, house: House, row: sa.Row[Any], unit: Unit, hand: Hand, by: Worker
) -> None:
    if row.stage in ENDS:
        raise refused([("ended", row.stage)])
    if open_offer(connection, row.complaint_id) is not None:
        raise Conflict("已提出转办，尚待对方接收", "it is offered to somebody already")
    if (row.owner_unit_id, row.owner_role, row.owner_person_id) == (
        unit.id, hand.role.value, hand.person_id
    ):  # fmt: skip
        raise Conflict("对方就是现在的承办人", "they have it already")
    _not_about(connection, row, unit, hand)
    known = hand.person_id is None or connection.scalar(
        sa.text("SELECT EXISTS (SELECT FROM people WHERE id = :id AND active AND unit_id = :unit)"),
        {"id": hand.person_id, "unit": unit.id},
    )
    if not known:
        raise InvalidInput([FieldFault(
            "person", "该机构没有这位员工", "is nobody of this unit", "请从该机构人员中选择",
            "choose one of the unit",
        )])  # fmt: skip
    apart, above = unit.id != row.unit_id, _above(house.tree(connection), by, row.unit_id)
    if not may_pass(row.passes, between_units=apart, from_above=above):
        raise Conflict(
            "该投诉已两次转手，不得再推；须由上级机构指定责任人",
            "it has been passed on twice: only the unit above names who has it",
        )


def _above(tree: UnitTree, by: Worker, unit_id: int) -> bool:
    """Whether whoever acts belongs to a unit above the one that handles it."""
    if by.unit_id is None or by.unit_id == unit_id:
        return False
    return tree.get(unit_id).path.startswith(tree.get(by.unit_id).path)


def _not_about(connection: Connection, row: sa.Row[Any], unit: Unit, hand: Hand) -> None:
    """A complaint about a leader is never handed to that leader."""
    if row.about_role is None:
        return
    there = unit.id == row.complained_unit_id and hand.role == row.about_role
    person = hand.person_id
    if person is None and row.about_person_id is not None:
        found = holders(connection, unit.id, hand.role, business_now(connection))
        person = found[0].person_id if found else None
    if there or (person is not None and person == row.about_person_id):
        raise Conflict("该投诉涉及对方本人，不能转给他", "it is about them: not handed to them")


def store_offer(
    connection: Connection, house: House, row: sa.Row[Any], unit: Unit, hand: Hand, by: Worker,
    now: datetime,
) -> None:  # fmt: skip
    """Store an offer of a locked ticket; a unit that doesn't see it yet becomes its home unit."""
    home = _sees_not(connection, row, unit)
    connection.execute(
        sa.text(
            "INSERT INTO ticket_handovers (complaint_id, from_unit_id, from_role, from_person_id,"
            " to_unit_id, to_role, to_person_id, reason, offered_by, offered_at, home_before)"
            " VALUES (:id, :from_unit, :from_role, :from_person, :unit, :role, :person, :reason,"
            " :by, :now, :home)"
        ),
        {
            "id": row.complaint_id, "from_unit": row.owner_unit_id or row.unit_id,
            "from_role": row.owner_role, "from_person": row.owner_person_id, "unit": unit.id,
            "role": hand.role.value, "person": hand.person_id, "reason": hand.reason.strip(),
            "by": by.actor, "now": now, "home": row.home_unit_id if home else None,
        },
    )  # fmt: skip
    if home:
        _set_home(connection, row.complaint_id, unit.id)
    ticket_store.update(connection, row.complaint_id, {})
    _journal(connection, row, "ticket_offered", by, now, hand.reason,
             {"unit": unit.id, "role": hand.role.value})  # fmt: skip


def accept(connection: Connection, house: House, complaint: int, by: Worker) -> None:
    """Whoever it is offered to takes it: owner, handling unit and open clocks go to them.

    Conflict where nothing is offered; NotAllowed for anybody else.
    """
    row = ticket_store.lock(connection, complaint)
    if row.stage in ENDS:
        raise refused([("ended", row.stage)])
    now = business_now(connection)
    waiting = _waiting(connection, row)
    _theirs(waiting, by, house.tree(connection))
    if row.about_person_id is not None and row.about_person_id == by.person_id:
        raise refused([("own_matter", "")])
    _answer(connection, waiting.id, "accepted", by, now)
    moved_unit = waiting.to_unit_id != row.unit_id
    count = passes(_passings(connection, complaint))
    ticket_store.update(connection, complaint, {
        "owner_unit_id": waiting.to_unit_id, "owner_role": waiting.to_role,
        "owner_person_id": waiting.to_person_id or by.person_id, "unit_id": waiting.to_unit_id,
        "handovers": row.handovers + 1, "passes": count,
    })  # fmt: skip
    if moved_unit:
        _move_duties(connection, house, row, waiting.to_unit_id, by, now)
    names = ["handed_over"]
    tree = house.tree(connection)
    if moved_unit and tree.get(row.unit_id).path.startswith(tree.get(waiting.to_unit_id).path):
        names.append("handed_over:up")
    ticket_duties.end_by(connection, complaint, names, by, now, now, to=by.name)
    _journal(connection, row, "ticket_handed_over", by, now, None,
             {"unit": waiting.to_unit_id, "role": waiting.to_role, "passes": count})  # fmt: skip
    _flag(connection, house, row, count, by, now)


def decline(connection: Connection, house: House, complaint: int, reason: str, by: Worker) -> None:
    """They refuse it, and say why: a client who is refused was passed on (WP-18)."""
    row = ticket_store.lock(connection, complaint)
    now = business_now(connection)
    waiting = _waiting(connection, row)
    _theirs(waiting, by, house.tree(connection))
    _need_reason(reason)
    _answer(connection, waiting.id, "declined", by, now, reason)
    _back_home(connection, row, waiting)
    count = passes(_passings(connection, complaint))
    ticket_store.update(connection, complaint, {"passes": count})
    _journal(connection, row, "ticket_declined", by, now, reason, {"passes": count})
    _flag(connection, house, row, count, by, now)


def take_back(connection: Connection, tree: UnitTree, complaint: int, by: Worker) -> None:
    """Whoever has it keeps it after all. Conflict; NotAllowed for the side it is offered to."""
    row = ticket_store.lock(connection, complaint)
    now = business_now(connection)
    waiting = _waiting(connection, row)
    _givers(waiting, by, tree)
    _answer(connection, waiting.id, "withdrawn", by, now)
    _back_home(connection, row, waiting)
    ticket_store.update(connection, complaint, {})
    _journal(connection, row, "ticket_taken_back", by, now, None, {})


def drop_offer(connection: Connection, complaint: int, actor: str, now: datetime) -> None:
    """A ticket that has ended is offered to nobody any more."""
    connection.execute(
        sa.text("UPDATE ticket_handovers SET state = 'withdrawn', answered_by = :by,"
                " answered_at = :now WHERE complaint_id = :id AND state = 'offered'"),
        {"by": actor, "now": now, "id": complaint},
    )  # fmt: skip


def _givers(waiting: sa.Row[Any], by: Worker, tree: UnitTree) -> None:
    """Who offered it, or somebody of the unit that gives it or above; whoever it is offered to
    refuses it with a reason instead: a refusal counts (WP-18)."""
    if ticket_store.identity_of(waiting.offered_by, by.name) == by.identity:
        return
    mine = by.unit_id is None or tree.get(waiting.from_unit_id).path.startswith(
        tree.get(by.unit_id).path
    )
    if not mine or is_theirs(waiting, by, tree):
        raise NotAllowed(
            "只有提出转办的一方可以收回；不接收请写明理由拒收",
            "only the giving side takes it back: refuse it with a reason",
        )


def open_offer(connection: Connection, complaint: int) -> sa.Row[Any] | None:
    """The offer that waits for an answer."""
    return connection.execute(
        sa.text("SELECT * FROM ticket_handovers WHERE complaint_id = :id AND state = 'offered'"),
        {"id": complaint},
    ).one_or_none()


def _waiting(connection: Connection, row: sa.Row[Any]) -> sa.Row[Any]:
    found = open_offer(connection, row.complaint_id)
    if found is None:
        raise Conflict("没有待接收的转办", "nothing is offered")
    return found


def is_theirs(waiting: sa.Row[Any], by: Worker, tree: UnitTree) -> bool:
    """A person where one was meant; else whoever acts in that role there, or above it."""
    if waiting.to_person_id is not None:
        return bool(by.person_id == waiting.to_person_id)
    unit, mine = tree.get(waiting.to_unit_id), by.unit_id
    inside = mine is None or unit.path.startswith(tree.get(mine).path)
    return bool(by.role == waiting.to_role and inside)


def _theirs(waiting: sa.Row[Any], by: Worker, tree: UnitTree) -> None:
    if not is_theirs(waiting, by, tree):
        raise NotAllowed("该工单不是转给您的", "it is not offered to you")


def _need_reason(reason: str) -> None:
    if not has_words(reason):
        raise InvalidInput([
            FieldFault("reason", "缺少拒收理由", "is missing", "请说明理由", "say why")
        ])  # fmt: skip


def _answer(
    connection: Connection, number: int, state: str, by: Worker, now: datetime,
    reason: str | None = None,
) -> None:  # fmt: skip
    connection.execute(
        sa.text("UPDATE ticket_handovers SET state = :state, answered_by = :by,"
                " answered_at = :now, answer_reason = :reason WHERE id = :id"),
        {"state": state, "by": by.actor, "now": now, "reason": reason, "id": number},
    )  # fmt: skip


def _passings(connection: Connection, complaint: int) -> list[Passing]:
    rows = connection.execute(
        sa.text("SELECT from_unit_id <> to_unit_id AS apart, state FROM ticket_handovers"
                " WHERE complaint_id = :id"),
        {"id": complaint},
    )  # fmt: skip
    return [Passing(r.apart, r.state) for r in rows]


def _flag(
    connection: Connection, house: House, row: sa.Row[Any], count: int, by: Worker, now: datetime
) -> None:
    """WP-18: the second time a client is passed on is an event of the plan."""
    if count == FLAGGED and row.passes < FLAGGED:
        ticket_duties.note_event(connection, house, row, "bounced", "", by, now, now)
        _journal(connection, row, "ticket_bounced", by, now, None, {"passes": count})


def _sees_not(connection: Connection, row: sa.Row[Any], unit: Unit) -> bool:
    """Whether the complaint lies outside a unit's area until it becomes its home unit (WP-30)."""
    return not connection.scalar(
        sa.text("SELECT EXISTS (SELECT FROM complaints c JOIN units u ON u.id IN (c.unit_id,"
                " c.received_unit_id, c.home_unit_id) WHERE c.id = :id"
                " AND starts_with(u.path, :area))"),
        {"id": row.complaint_id, "area": unit.path},
    )  # fmt: skip


def _set_home(connection: Connection, complaint: int, unit_id: int | None) -> None:
    connection.execute(
        sa.text("UPDATE complaints SET home_unit_id = :unit WHERE id = :id"),
        {"unit": unit_id, "id": complaint},
    )


def _back_home(connection: Connection, row: sa.Row[Any], waiting: sa.Row[Any]) -> None:
    """Not taken: where it was routed to does not see it any longer."""
    if row.home_unit_id == waiting.to_unit_id and waiting.to_unit_id not in (
        row.unit_id, row.complained_unit_id, waiting.home_before
    ):  # fmt: skip
        _set_home(connection, row.complaint_id, waiting.home_before)


def _move_duties(
    connection: Connection, house: House, row: sa.Row[Any], unit_id: int, by: Worker,
    now: datetime,
) -> None:  # fmt: skip
    """The complaint's open clocks go where it is handled now; none is reset."""
    tree = house.tree(connection)
    for duty in ticket_store.open_duties(connection, row.complaint_id):
        seat = tree.seat(unit_id, Role(duty.role))
        if seat is None or seat.id == duty.unit_id:
            continue
        connection.execute(
            sa.text("UPDATE duties SET unit_id = :unit, person_id = NULL WHERE id = :id"),
            {"unit": seat.id, "id": duty.id},
        )
        journal.write(connection, now, journal.Entry(
            verb="duty_reassigned", subject=f"duty:{duty.id}", actor=by.actor, unit_id=seat.id,
            reason="工单转办", before={"unit": duty.unit_id, "role": duty.role},
            after={"unit": seat.id, "role": duty.role, "clause": duty.clause,
                   "title_zh": duty.title_zh, "title_en": duty.title_en},
        ))  # fmt: skip


def _journal(
    connection: Connection, row: sa.Row[Any], verb: str, by: Worker, now: datetime,
    reason: str | None, after: dict[str, Any],
) -> None:  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"complaint:{row.complaint_id}", actor=by.actor,
        incident_id=row.incident_id, unit_id=row.unit_id, reason=reason, after=after,
    ))  # fmt: skip
