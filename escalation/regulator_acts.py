"""What is done on a regulator case, each act asked of its pure life (`complaints.regulator_case`).

Rows of contacts, replies and filings are only ever added to; a decision on a reply is written once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints import regulator_case as rules
from core.errors import Conflict, FieldFault, InvalidInput, NotAllowed
from core.validation import has_words
from core.words import name as word
from escalation import duty_changes, evidence_files, regulator_clocks
from escalation.house import House
from escalation.regulator_clocks import Deadline
from escalation.regulator_opening import Via, Wanted, add_demand, contact_evidence, demand_faults
from escalation.regulator_store import (
    By,
    Row,
    case_of,
    keep_state,
    key_of,
    lock,
    next_id,
    note,
    place,
    seal,
)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Contact:
    """We spoke with the regulator: when, how, who of ours, with whom, what was said."""

    at: datetime
    via: Via
    by: str
    to: str
    note: str
    direction: Literal["out", "in"] = "out"


@dataclass(frozen=True)
class Receipt:
    """The regulator's receipt of the filed reply: number, who received it, when, how, its file.

    `regulator` and `level` are the office that took it in (None: the case's own); `duties` are
    those of the linked incident that the receipt proves as well.
    """

    at: datetime
    by: str
    to: str
    number: str
    via: Via = "letter"
    regulator: str | None = None
    level: rules.RegulatorLevel | None = None
    duties: Sequence[int] = ()
    file: bytes | None = None


@dataclass(frozen=True)
class Consent:
    """The regulator agrees to a later deadline: who there, when, how, under which number."""

    deadline: Deadline
    by: str
    at: datetime
    via: Via
    reason: str
    number: str | None = None


def contact(
    connection: Connection, house: House, case_id: int, value: Contact, by: By, now: datetime
) -> None:
    """Log it; the first one is the contact at once that WP-20 asks for. InvalidInput."""
    row = lock(connection, case_id)
    faults = _timely("at", value.at, row.received_at, now)
    faults += _needed(value, by=("联系人", "who of ours"), to=("对方", "with whom"),
                      note=("内容", "what was said"))  # fmt: skip
    _raise(faults)
    new = rules.contact(case_of(connection, row))
    number = next_id(connection, "regulator_contacts")
    words = {"to": value.to.strip(), "note": value.note.strip()}
    connection.execute(
        sa.text(
            "INSERT INTO regulator_contacts (id, case_id, at, via, direction, by, sealed,"
            " entered_by, entered_at) OVERRIDING SYSTEM VALUE VALUES (:id, :case, :at, :via,"
            " :direction, :by, :sealed, :actor, :now)"
        ),
        {
            "id": number, "case": case_id, "at": value.at, "via": value.via,
            "direction": value.direction, "by": value.by.strip(), "actor": by.actor, "now": now,
            "sealed": seal(house, key_of(house, row), place("regulator_contacts", number), words),
        },
    )  # fmt: skip
    keep_state(connection, case_id, new, now)
    note(connection, "regulator_contacted", row, by.actor, now, via=value.via, contact=number)
    evidence = contact_evidence(row, value.at, value.via, value.by.strip())
    regulator_clocks.end_by_contact(connection, case_id, evidence, now, by.actor)


def start(connection: Connection, case_id: int, by: By, now: datetime) -> None:
    """Work on it begins. Conflict before the first contact."""
    row = lock(connection, case_id)
    keep_state(connection, case_id, rules.start(case_of(connection, row)), now)
    note(connection, "regulator_case_started", row, by.actor, now)


def settle(
    connection: Connection, house: House, case_id: int, position: int,
    state: Literal["done", "withdrawn"], outcome: str, by: By, now: datetime,
) -> None:  # fmt: skip
    """A demand is met, or taken back by the regulator, with what came of it. Conflict."""
    row = lock(connection, case_id)
    new = rules.settle(case_of(connection, row), position, state)
    if not has_words(outcome):
        raise InvalidInput([FieldFault("outcome", "缺少办理结果", "is missing", "请说明结果",
                                       "say what came of it")])  # fmt: skip
    found = connection.execute(
        sa.text("SELECT id FROM regulator_demands WHERE case_id = :case AND position = :position"),
        {"case": case_id, "position": position},
    ).scalar_one()
    where = place("regulator_demands", found, "ended_sealed")
    connection.execute(
        sa.text("UPDATE regulator_demands SET state = :state, ended_by = :by, ended_at = :now,"
                " ended_sealed = :sealed WHERE id = :id"),
        {"state": state, "by": by.actor, "now": now, "id": found,
         "sealed": seal(house, key_of(house, row), where, {"outcome": outcome.strip()})},
    )  # fmt: skip
    keep_state(connection, case_id, new, now)
    note(connection, "regulator_demand_ended", row, by.actor, now, demand=position, state=state)


def supplement(
    connection: Connection, house: House, case_id: int, wanted: Wanted, asked_at: datetime,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """The regulator asks for more (补充要求): no clock is reset; after a filing a new one starts.

    InvalidInput where after a filing no time is named and the plan names none either.
    """
    row = lock(connection, case_id)
    _raise(demand_faults(wanted, asked_at) + _timely("asked_at", asked_at, row.received_at, now))
    old = case_of(connection, row)
    new = rules.supplement(old, wanted.due_at)
    add_demand(connection, house, case_id, key_of(house, row), new.demands[-1], wanted.text, by,
               now)  # fmt: skip
    keep_state(connection, case_id, new, now)
    reopened = new.round > old.round
    note(connection, "regulator_case_supplemented", row, by.actor, now,
         demand=new.demands[-1].position, reopened=reopened,
         due=wanted.due_at.isoformat() if wanted.due_at else None)  # fmt: skip
    if reopened:
        _next_round(connection, house, row, new.round, wanted.due_at, asked_at, by, now)


def _next_round(
    connection: Connection, house: House, row: Row, round_: int, due_at: datetime | None,
    asked_at: datetime, by: By, now: datetime,
) -> None:  # fmt: skip
    """What was answered is answered; what is asked after that has a clock of its own."""
    deadline = Deadline("date", at=due_at) if due_at is not None else Deadline()
    duty, due = regulator_clocks.begin(
        connection, house, row.id, round_, row.filing_unit_id, asked_at, deadline, now, by.actor
    )
    connection.execute(
        sa.text("UPDATE regulator_cases SET duty_id = :duty, due_at = :due, basis = :basis"
                " WHERE id = :id"),
        {"duty": duty, "due": due, "basis": deadline.basis, "id": row.id},
    )  # fmt: skip


# --- the reply ------------------------------------------------------------------------------------


def draft(
    connection: Connection, house: House, case_id: int, text: str, seen: int, by: By, now: datetime
) -> int:
    """A new version of the reply; its number. `seen` is the version that it was written over
    (0: none): Conflict where there is a newer one, so that nobody's text is lost unseen."""
    row = lock(connection, case_id)
    old = case_of(connection, row)
    new = rules.draft(old, by.actor)
    if not has_words(text):
        raise InvalidInput([FieldFault("text", "缺少答复内容", "is missing", "请填写办理情况",
                                       "say what was done")])  # fmt: skip
    if len(old.answers) != seen:
        raise Conflict("他人已改动答复，请核对两份内容", "somebody changed the reply meanwhile",
                       version=len(old.answers))  # fmt: skip
    keep_state(connection, case_id, new, now)
    made, number = new.answers[-1], next_id(connection, "regulator_answers")
    where = place("regulator_answers", number)
    connection.execute(
        sa.text(
            "INSERT INTO regulator_answers (id, case_id, number, round, state, sealed, drafted_by,"
            " drafted_name, drafted_at) OVERRIDING SYSTEM VALUE VALUES (:id, :case, :number,"
            " :round, 'drafted', :sealed, :by, :name, :now)"
        ),
        {
            "id": number, "case": case_id, "number": made.number, "round": made.round,
            "sealed": seal(house, key_of(house, row), where, {"text": text.strip()}),
            "by": by.actor, "name": by.name, "now": now,
        },
    )  # fmt: skip
    note(connection, "regulator_reply_drafted", row, by.actor, now, version=made.number)
    return made.number


def decide(
    connection: Connection, house: House, case_id: int, version: int, passed: bool,
    remark: str | None, by: By, now: datetime,
) -> None:  # fmt: skip
    """Approve this version, or give it back with a reason. Conflict for its writer, or where
    another version stands there now; NotAllowed below the level that faces the regulator."""
    row = lock(connection, case_id)
    refuse_below(house, row)
    old = case_of(connection, row)
    new = rules.approve(old, by.actor) if passed else rules.give_back(old)
    current = old.current
    if current is None or current.number != version:
        raise Conflict("答复已有新版本，请先阅读", "there is a newer version; read it first")
    if not passed and not has_words(remark):
        raise InvalidInput([FieldFault("remark", "缺少退回理由", "is missing", "请说明理由",
                                       "say why")])  # fmt: skip
    keep_state(connection, case_id, new, now)
    number = connection.execute(
        sa.text("UPDATE regulator_answers SET decided_by = :by, decided_name = :name,"
                " decided_at = :now WHERE case_id = :case AND number = :number RETURNING id"),
        {"by": by.actor, "name": by.name, "now": now, "case": case_id, "number": version},
    ).scalar_one()  # fmt: skip
    if has_words(remark):
        where = place("regulator_answers", number, "remark_sealed")
        connection.execute(
            sa.text("UPDATE regulator_answers SET remark_sealed = :sealed WHERE id = :id"),
            {"id": number,
             "sealed": seal(house, key_of(house, row), where, {"remark": str(remark).strip()})},
        )  # fmt: skip
    verb = "regulator_reply_approved" if passed else "regulator_reply_returned"
    note(connection, verb, row, by.actor, now, version=version)


def file(
    connection: Connection, house: House, case_id: int, value: Receipt, by: By, now: datetime
) -> list[int]:
    """The approved reply is filed with the regulator of the same level, by its receipt; the ids
    of the duties that this ends. Conflict before the approval; InvalidInput; NotAllowed."""
    row = lock(connection, case_id)
    refuse_below(house, row)
    old = case_of(connection, row)
    new = rules.file(old)
    office, level = (value.regulator or row.regulator).strip(), value.level
    if level is None:
        level = rules.level_of(office) if value.regulator else row.level
    faults = _needed(value, by=("报备人", "who handed it over"), to=("接收人", "who received it"),
                     number=("回执编号", "the receipt's number"))  # fmt: skip
    if level != row.level:
        zh, en = rules.LEVEL_NAMES[row.level]
        faults.append(FieldFault("level", "不是同级监管机构", "is not of the same level",
                                 f"须报{zh}备案", f"file it at the {en} level"))  # fmt: skip
    approved = _approved_at(connection, case_id)
    faults += _timely("at", value.at, approved or row.received_at, now)
    _raise(faults)
    file_id = None
    if value.file is not None:
        file_id = evidence_files.keep(
            connection, house.vault, value.file, now, by.actor, duty_id=row.duty_id
        )
    answer = old.current
    assert answer is not None
    connection.execute(
        sa.text(
            "INSERT INTO regulator_filings (case_id, answer_id, regulator, level, number, by,"
            ' "to", via, at, file_id, entered_by, entered_at) SELECT :case, a.id, :office, :level,'
            " :number, :by, :to, :via, :at, :file, :actor, :now FROM regulator_answers a"
            " WHERE a.case_id = :case AND a.number = :answer"
        ),
        {
            "case": case_id, "office": office, "level": level, "number": value.number.strip(),
            "by": value.by.strip(), "to": value.to.strip(), "via": value.via, "at": value.at,
            "file": file_id, "actor": by.actor, "now": now, "answer": answer.number,
        },
    )  # fmt: skip
    keep_state(connection, case_id, new, now)
    note(connection, "regulator_case_filed", row, by.actor, now, receipt=value.number.strip(),
         late=now > row.due_at, level=level)  # fmt: skip
    evidence: dict[str, Any] = {
        "at": value.at.isoformat(), "by": value.by.strip(), "to": f"{office} {value.to.strip()}",
        "number": value.number.strip(), "via": value.via, "regulator_case": case_id,
        **({"file": file_id} if file_id else {}),
    }  # fmt: skip
    duty_changes.check("regulator_receipt", evidence, now)
    return regulator_clocks.end_by_receipt(
        connection, case_id, row.incident_id, value.duties, evidence, now, by.actor
    )


def _approved_at(connection: Connection, case_id: int) -> datetime | None:
    """When the reply that stands there was approved: nothing left the house before."""
    found: datetime | None = connection.scalar(
        sa.text("SELECT decided_at FROM regulator_answers WHERE case_id = :id"
                " AND state = 'approved'"), {"id": case_id},
    )  # fmt: skip
    return found


def refuse_below(house: House, row: Row) -> None:
    """The unit that faces the regulator answers it (同级): nobody below that unit does."""
    filing = house.tree().get(row.filing_unit_id)
    if house.viewer is not None and not house.viewer.sees(filing.path):
        zh, en = word(filing.level.value), word(filing.level.value, "en")
        raise NotAllowed(
            f"须由{zh}（{filing.short_name}）向同级监管机构答复",
            f"the {en} answers the regulator of its level",
        )


def extend(
    connection: Connection, house: House, case_id: int, value: Consent, by: By, now: datetime
) -> datetime:
    """Move the deadline, with the regulator's consent on record; the new one. Conflict once it is
    filed or where it would not be later; InvalidInput."""
    row = lock(connection, case_id)
    faults = _timely("at", value.at, row.received_at, now)
    faults += _needed(value, by=("同意人", "who there agreed"), reason=("延期理由", "why"))
    _raise(faults)
    new_at = regulator_clocks.longer(house, connection, row.due_at, value.deadline)
    rules.extend(case_of(connection, row), new_at)
    regulator_clocks.push(connection, row.duty_id, new_at, value.reason.strip(), now, by.actor)
    number = next_id(connection, "regulator_extensions")
    words = {"by": value.by.strip(), "number": value.number, "reason": value.reason.strip()}
    connection.execute(
        sa.text(
            "INSERT INTO regulator_extensions (id, case_id, old_due_at, new_due_at, consent_at,"
            " consent_via, sealed, entered_by, entered_at) OVERRIDING SYSTEM VALUE VALUES (:id,"
            " :case, :old, :new, :at, :via, :sealed, :actor, :now)"
        ),
        {
            "id": number, "case": case_id, "old": row.due_at, "new": new_at, "at": value.at,
            "via": value.via, "actor": by.actor, "now": now,
            "sealed": seal(house, key_of(house, row), place("regulator_extensions", number), words),
        },
    )  # fmt: skip
    note(connection, "regulator_deadline_extended", row, by.actor, now,
         before={"due": row.due_at.isoformat()}, due=new_at.isoformat())  # fmt: skip
    return new_at


def close(connection: Connection, case_id: int, by: By, now: datetime) -> None:
    """It is over. Conflict before the filing or while a demand is open."""
    row = lock(connection, case_id)
    keep_state(connection, case_id, rules.close(case_of(connection, row)), now)
    note(connection, "regulator_case_closed", row, by.actor, now)


# --- what is wrong --------------------------------------------------------------------------------


def _timely(name: str, at: datetime, earliest: datetime, now: datetime) -> list[FieldFault]:
    """A moment between `earliest` (a form knows minutes) and now."""
    if at > now + _MINUTE:
        return [FieldFault(name, "时间晚于当前时间", "is in the future", "请核对时间",
                           "check the time")]  # fmt: skip
    if at < earliest.replace(second=0, microsecond=0):
        return [FieldFault(name, "早于事项发生时间", "is before the matter began", "请核对时间",
                           "check the time")]  # fmt: skip
    return []


def _needed(value: object, **names: tuple[str, str]) -> list[FieldFault]:
    """A fault for each of these fields that says nothing."""
    return [
        FieldFault(name, f"缺少{zh}", "is missing", f"请填写{zh}", f"say {en}")
        for name, (zh, en) in names.items() if not has_words(getattr(value, name))
    ]  # fmt: skip


def _raise(faults: list[FieldFault]) -> None:
    if faults:
        raise InvalidInput(faults)
