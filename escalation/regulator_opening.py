"""A case that a regulator passes on is taken in: once a number, with its demands and its clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import regulator_case as rules
from contacts.units import Unit, unknown_unit
from core.errors import Conflict, FieldFault, InvalidInput
from core.validation import has_words
from core.vault import DataKey
from escalation import events, regulator_clocks
from escalation.births import Moments
from escalation.house import House
from escalation.regulator_clocks import Deadline
from escalation.regulator_store import By, next_id, note, place, row_of, seal
from escalation.vault_state import draw_keys


class Taken(Conflict):
    """Somebody has registered the number since it was looked for."""


Via = Literal["letter", "system", "email", "phone", "fax", "in_person"]
_LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Wanted:
    """One thing that the regulator asks for, and until when if it said so."""

    text: str
    due_at: datetime | None = None


@dataclass(frozen=True)
class Receiving:
    """What came from which regulator, when and how, to which unit of ours.

    `regulator` None is the unit's local one (`units.regulator`); `level` None is read off its
    name. `action`: it brings a supervisory measure (BO-08).
    """

    number: str
    unit: str
    received_at: datetime
    via: Via
    regulator: str | None = None
    level: rules.RegulatorLevel | None = None
    about: str | None = None
    demands: tuple[Wanted, ...] = ()
    deadline: Deadline = field(default_factory=Deadline)
    complaints: tuple[int, ...] = ()
    incident: int | None = None
    action: bool = False


@dataclass(frozen=True)
class Addressed:
    """Who asked whom: the office with its level, our unit, and the one that faces the office."""

    regulator: str
    level: rules.RegulatorLevel
    unit: Unit
    filing: Unit


def addressed(house: House, connection: Connection, value: Receiving) -> Addressed:
    """Read who asked whom off the value. InvalidInput for an unknown unit, or no regulator."""
    tree = house.tree(connection)
    unit = tree.by_code(value.unit)
    if unit is None:
        raise InvalidInput([unknown_unit()])
    own = next((u.regulator for u in reversed(tree.lineage(unit.id)) if u.regulator), None)
    name = (value.regulator or own or "").strip()
    if not has_words(name):
        raise InvalidInput([FieldFault(
            "regulator", f"{unit.short_name}未登记当地监管机构",
            "the unit has no regulator on file", "请填写监管机构名称", "name the regulator",
        )])  # fmt: skip
    level = value.level or rules.level_of(name)
    facing = (tree.ancestor(unit.id, one) for one in rules.FACING[level])
    return Addressed(name, level, unit, next((u for u in facing if u is not None), unit))


def find(connection: Connection, house: House, value: Receiving) -> int | None:
    """The case that has this number of this regulator already."""
    given = addressed(house, connection, value)
    found: int | None = connection.scalar(
        sa.text("SELECT id FROM regulator_cases WHERE regulator_key = :office"
                " AND number_key = :number"),
        {"office": rules.number_key(given.regulator), "number": rules.number_key(value.number)},
    )  # fmt: skip
    return found


def receive(
    connection: Connection, house: House, value: Receiving, by: By, now: datetime,
    known: int | None,
) -> tuple[int, bool]:  # fmt: skip
    """Store it with its demands and start its clock; its id, and whether it is new.

    `known` is the case that its caller has found under the number and may see: it gets the
    complaints, and nothing else of it changes. InvalidInput; Conflict when somebody was faster.
    """
    given = addressed(house, connection, value)
    _refuse(value, now)
    number = known if known is not None else _insert(connection, house, value, given, by, now)
    for complaint in value.complaints:
        link_complaint(connection, house, number, complaint, by, now)
    if value.incident is not None and known is None:
        link_incident(connection, number, value.incident, by, now)
    if known is None:
        _clocks(connection, house, number, value, given, by, now)
    return number, known is None


def _refuse(value: Receiving, now: datetime) -> None:
    faults = value.deadline.faults(value.received_at)
    if not has_words(value.number):
        faults.append(FieldFault("number", "缺少文号或转办单号", "is missing",
                                 "请填写监管编号", "give the regulator's number"))  # fmt: skip
    if value.received_at > now + _LATE:
        faults.append(FieldFault("received_at", "时间晚于当前时间", "is in the future",
                                 "请核对时间", "check the time"))  # fmt: skip
    for at, wanted in enumerate(value.demands):
        faults += demand_faults(wanted, value.received_at, f"demands.{at}.")
    if faults:
        raise InvalidInput(faults)


def demand_faults(wanted: Wanted, after: datetime, prefix: str = "") -> list[FieldFault]:
    """What is wrong with a demand: it says nothing, or its time was over before it came."""
    faults = []
    if not has_words(wanted.text):
        faults.append(FieldFault(f"{prefix}text", "缺少要求内容", "is missing", "请填写监管要求",
                                 "say what is asked for"))  # fmt: skip
    if wanted.due_at is not None and wanted.due_at <= after:
        faults.append(FieldFault(f"{prefix}due_at", "期限不晚于收到时间", "is before the receipt",
                                 "请核对期限", "check the time"))  # fmt: skip
    return faults


def _insert(
    connection: Connection, house: House, value: Receiving, given: Addressed, by: By, now: datetime
) -> int:
    number = next_id(connection, "regulator_cases")
    (key,) = draw_keys(connection, house.vault, 1)
    sealed = seal(house, key, place("regulator_cases", number), {"about": value.about})
    stored = connection.execute(
        sa.text(
            "INSERT INTO regulator_cases (id, regulator, regulator_key, level, number, number_key,"
            " unit_id, filing_unit_id, received_at, received_via, due_at, basis, key_id, sealed,"
            " entered_by, entered_name, entered_at) OVERRIDING SYSTEM VALUE VALUES (:id, :office,"
            " :office_key, :level, :number, :number_key, :unit, :filing, :received, :via,"
            " :received, :basis, :key, :sealed, :by, :name, :now)"
            " ON CONFLICT (regulator_key, number_key) DO NOTHING RETURNING id"
        ),
        {
            "id": number, "office": given.regulator, "level": given.level,
            "office_key": rules.number_key(given.regulator), "number": value.number.strip(),
            "number_key": rules.number_key(value.number), "unit": given.unit.id,
            "filing": given.filing.id, "received": value.received_at, "via": value.via,
            "basis": value.deadline.basis, "key": key.id, "sealed": sealed, "by": by.actor,
            "name": by.name, "now": now,
        },
    ).scalar()  # fmt: skip
    if stored is None:
        raise Taken("该文号刚由他人登记，请重新提交", "this number was just taken; send it again")
    case = rules.Case()
    for wanted in value.demands:
        case = rules.supplement(case, wanted.due_at)
        add_demand(connection, house, number, key, case.demands[-1], wanted.text, by, now)
    return number


def add_demand(
    connection: Connection, house: House, case_id: int, key: DataKey, demand: rules.Demand,
    text: str, by: By, now: datetime,
) -> None:  # fmt: skip
    """Store one demand, its words sealed under the case's key."""
    number = next_id(connection, "regulator_demands")
    connection.execute(
        sa.text(
            "INSERT INTO regulator_demands (id, case_id, position, round, due_at, sealed, added_by,"
            " added_at) OVERRIDING SYSTEM VALUE VALUES (:id, :case, :position, :round, :due,"
            " :sealed, :by, :now)"
        ),
        {
            "id": number, "case": case_id, "position": demand.position, "round": demand.round,
            "due": demand.due_at, "by": by.actor, "now": now,
            "sealed": seal(house, key, place("regulator_demands", number), {"text": text.strip()}),
        },
    )  # fmt: skip


def _clocks(
    connection: Connection, house: House, number: int, value: Receiving, given: Addressed, by: By,
    now: datetime,
) -> None:  # fmt: skip
    """The deadline's clock; an inquiry's where no complaint came through the regulator; a
    measure's (BO-08)."""
    duty, due_at = regulator_clocks.begin(
        connection, house, number, 0, given.filing.id, value.received_at, value.deadline, now,
        by.actor,
    )  # fmt: skip
    connection.execute(
        sa.text("UPDATE regulator_cases SET duty_id = :duty, due_at = :due WHERE id = :id"),
        {"duty": duty, "due": due_at, "id": number},
    )
    by_regulator = connection.scalar(
        sa.text("SELECT EXISTS (SELECT FROM complaints WHERE id = ANY(:ids)"
                " AND channel = 'regulator')"), {"ids": list(value.complaints)},
    )  # fmt: skip
    if not by_regulator:
        regulator_clocks.inquire(connection, house, number, given.unit.id, value.number.strip(),
                                 value.received_at, now, by.actor)  # fmt: skip
    if value.action:
        events.happened(connection, house, events.Happening(
            event="damage_or_action", unit_id=given.unit.id, actor=by.actor,
            birth=f"unit:{given.unit.id}:damage_or_action:regulator_case:{number}",
            moments=Moments(value.received_at),
        ), now)  # fmt: skip
    note(connection, "regulator_case_received", row_of(connection, number), by.actor, now,
         level=given.level, due=due_at.isoformat(), demands=len(value.demands),
         filing_unit=given.filing.id)  # fmt: skip


def link_complaint(
    connection: Connection, house: House, case_id: int, complaint: int, by: By, now: datetime
) -> None:
    """The case is about this complaint too; twice is once. InvalidInput for no complaint.

    What was said with the regulator since it was received is said about it as well.
    """
    if not connection.scalar(
        sa.text("SELECT true FROM complaints WHERE id = :id"), {"id": complaint}
    ):
        raise events.unknown_complaint(given=True)
    new = connection.execute(
        sa.text("INSERT INTO regulator_case_complaints (case_id, complaint_id, linked_by,"
                " linked_at) VALUES (:case, :complaint, :by, :now) ON CONFLICT DO NOTHING"),
        {"case": case_id, "complaint": complaint, "by": by.actor, "now": now},
    ).rowcount  # fmt: skip
    if not new:
        return
    row = row_of(connection, case_id)
    note(connection, "regulator_case_linked", row, by.actor, now, complaint=complaint)
    last = connection.execute(
        sa.text("SELECT at, via, by FROM regulator_contacts WHERE case_id = :id"
                " ORDER BY at DESC, id DESC LIMIT 1"), {"id": case_id},
    ).one_or_none()  # fmt: skip
    if last is not None:
        regulator_clocks.end_by_contact(
            connection, case_id, contact_evidence(row, last.at, last.via, last.by), now, by.actor
        )


def contact_evidence(row: sa.Row[Any], at: datetime, via: str, by: str) -> dict[str, Any]:
    """What a duty keeps of a contact: no word of it, only where the words are."""
    return {"at": at.isoformat(), "by": by, "to": row.regulator, "via": via, "number": row.number,
            "note": "见监管转办联系记录", "regulator_case": row.id}  # fmt: skip


def link_incident(
    connection: Connection, case_id: int, incident: int, by: By, now: datetime
) -> None:
    """The case belongs to this incident. InvalidInput for no incident; Conflict for a second."""
    row = row_of(connection, case_id)
    if row.incident_id == incident:
        return
    if row.incident_id is not None:
        raise Conflict("已关联另一事件", "it belongs to another incident already")
    if not connection.scalar(sa.text("SELECT true FROM incidents WHERE id = :id"),
                             {"id": incident}):  # fmt: skip
        raise InvalidInput([FieldFault("incident", "没有这个事件", "is no incident",
                                       "请核对事件编号", "check its number")])  # fmt: skip
    connection.execute(
        sa.text("UPDATE regulator_cases SET incident_id = :incident WHERE id = :id"),
        {"incident": incident, "id": case_id},
    )
    note(connection, "regulator_case_joined", row_of(connection, case_id), by.actor, now,
         incident=incident)  # fmt: skip
