"""What people do to a duty: prove it done, waive, extend, hand it to somebody.

Only an extension that the clause allows (or a change of the calendar, `calendar_moves`) moves a
due time; both journal old and new. Handing a duty over never does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words, no_zone
from core.words import Role
from core.words import name as word
from database import journal
from escalation import duties, evidence_files
from escalation.births import moved
from escalation.clauses import Extension
from escalation.house import House
from escalation.vocabulary import AUTOMATIC, EVIDENCE_KINDS, EvidenceField, EvidenceKind
from escalation.working_time import extend

_LOCK = sa.text(
    "SELECT id, incident_id, complaint_id, unit_id, clause, title_zh, title_en, role, person_id,"
    " fulfilled_by, event, plan, state, due_at, runs_from, rule, calls, next_at, extensions,"
    " workings, provisional FROM duties WHERE id = :id FOR UPDATE"
)
KINDS: dict[str, EvidenceKind] = {str(kind): known for kind, known in EVIDENCE_KINDS.items()}
_FIELDS: dict[EvidenceField, tuple[str, str]] = {
    "at": ("缺少时间", "say when it was done"),
    "by": ("缺少经办人", "name who did it"),
    "to": ("缺少对象", "name to whom"),
    "number": ("缺少编号", "give the number under which it is filed"),
    "via": ("缺少方式", "say by which channel"),
    "note": ("缺少内容", "say what was found or agreed"),
}


def lock(connection: Connection, duty_id: int) -> sa.Row[Any]:
    """The duty's row, locked. NotFound; Conflict when it has ended."""
    row = connection.execute(_LOCK, {"id": duty_id}).one_or_none()
    if row is None:
        raise NotFound("duty")
    if row.state != "open":
        raise Conflict("该任务已办结", "this duty has ended already")
    return row


def prove(
    connection: Connection, house: House, duty_id: int, kind: str | None,
    evidence: dict[str, Any], now: datetime, actor: str, *, incident_id: int | None = None,
    file: bytes | None = None,
) -> None:  # fmt: skip
    """End a duty by evidence of a kind that its clause takes, with its file (PDF, JPG, PNG).

    `kind` None means the only kind that a person can enter. InvalidInput names each missing field;
    Conflict when the clause takes no such evidence or the duty has ended.
    """
    row = lock(connection, duty_id)
    if incident_id is not None and row.incident_id != incident_id:
        raise NotFound("duty")
    entered = [k for k in row.fulfilled_by if k not in AUTOMATIC]
    chosen = kind or (entered[0] if entered else None)
    if chosen is None or chosen not in entered:
        raise Conflict("该任务不能这样办结", "this duty is not ended this way")
    check(chosen, evidence, now)
    _refuse_before(connection, row, "at", evidence.get("at"))
    if row.event == "regulator_case":  # nothing leaves the house without its approval
        raise Conflict("须在监管转办中凭已审批的答复报备", "file the approved reply of its case")
    if file is not None:
        kept = evidence_files.keep(connection, house.vault, file, now, actor, duty_id=duty_id)
        evidence = {**evidence, "file": kept}
    duties.fulfil(connection, duties.About(duty_id=duty_id), chosen, evidence, now, actor)


def check(kind: str, evidence: dict[str, Any], now: datetime) -> None:
    """InvalidInput unless the evidence states what its kind needs, and is not of later than now."""
    faults = [
        FieldFault(name, _FIELDS[name][0], "is missing", "请填写", _FIELDS[name][1])
        for name in KINDS[kind].needs
        if not has_words(str(evidence.get(name) or ""))
    ]
    faults += _untimely("at", evidence.get("at"), now)
    if faults:
        raise InvalidInput(faults)


def _untimely(name: str, at: object, now: datetime) -> list[FieldFault]:
    """What is wrong with a time as somebody gave it: no time, no zone, later than now."""
    if not isinstance(at, str) or not has_words(at):
        return []
    try:
        given = datetime.fromisoformat(at.strip())
    except ValueError:
        return [no_zone(name)]
    if given.tzinfo is None:
        return [no_zone(name)]
    if given <= now + timedelta(minutes=1):
        return []
    return [FieldFault(name, "时间晚于当前时间", "is in the future", "请核对时间",
                       "check the time")]  # fmt: skip


_BEGAN = sa.text(
    "SELECT least(d.runs_from, e.occurred_at, c.received_at, n.window_start) FROM duties d"
    " LEFT JOIN events e ON e.id = d.event_id LEFT JOIN complaints c ON c.id = d.complaint_id"
    " LEFT JOIN incidents n ON n.id = d.incident_id WHERE d.id = :id"
)


def _refuse_before(connection: Connection, row: sa.Row[Any], name: str, at: object) -> None:
    """Nothing can have been done about a thing before it began. InvalidInput."""
    began = connection.scalar(_BEGAN, {"id": row.id})
    if (
        isinstance(at, str)
        and has_words(at)
        and began
        # a form knows minutes: what was done in the very minute in which it began is not before it
        and datetime.fromisoformat(at.strip()) < began.replace(second=0, microsecond=0)
    ):
        raise InvalidInput([FieldFault(
            name, "早于事项发生时间", "is before the matter began", "请核对时间", "check the time"
        )])  # fmt: skip


def waive(
    connection: Connection, house: House, duty_id: int, role: str, reason: str, now: datetime,
    actor: str,
) -> None:  # fmt: skip
    """End a duty without evidence: a role that the plan entitles says why. InvalidInput."""
    row = lock(connection, duty_id)
    entitled = house.plan.entitled(row.plan)
    faults = []
    if role not in {r.value for r in entitled}:
        names = "、".join(word(r) for r in entitled)
        faults.append(FieldFault(
            "role", "该角色无权免除时限任务", "may not waive a duty", f"须由{names}免除",
            f"one of {', '.join(word(r, 'en') for r in entitled)} may",
        ))  # fmt: skip
    if not has_words(reason):
        faults.append(FieldFault("reason", "缺少免除理由", "is missing", "请说明理由", "say why"))
    if faults:
        raise InvalidInput(faults)
    connection.execute(
        sa.text(
            "UPDATE duties SET state = 'waived', ended_at = :now, next_at = NULL,"
            " waived_by = :by, waive_reason = :reason WHERE id = :id"
        ),
        {"now": now, "by": actor, "reason": reason, "id": duty_id},
    )
    _journal(connection, row, "duty_waived", actor, now, reason=reason, after={"role": role})


def end_for_complaint(
    connection: Connection, complaint_id: int, reason: str, now: datetime, actor: str
) -> None:
    """A complaint withdrawn or wrongly filed owes nothing further."""
    rows = connection.execute(
        sa.text(
            "UPDATE duties SET state = 'waived', ended_at = :now, next_at = NULL,"
            " waived_by = :by, waive_reason = :reason WHERE complaint_id = :id AND state = 'open'"
            " RETURNING id, clause, title_zh, title_en, incident_id, unit_id"
        ),
        {"now": now, "by": actor, "reason": reason, "id": complaint_id},
    ).all()
    for row in rows:
        _journal(connection, row, "duty_waived", actor, now, reason=reason, after={})


@dataclass(frozen=True)
class Longer:
    """An extension: why, that the client was told (when, how), who approved it."""

    reason: str
    told_at: str | None = None
    told_via: str | None = None
    approved_by: str | None = None
    approval_role: str | None = None


def lengthen(
    connection: Connection, house: House, duty_id: int, value: Longer, now: datetime, actor: str
) -> datetime:
    """Move the due time as far as the clause allows; the new due time.

    Conflict where the clause allows none (any more); InvalidInput for what it asks beside.
    """
    row = lock(connection, duty_id)
    written = row.rule.get("extension")
    if written is None:
        raise Conflict("该条款不允许延期", "the clause allows no extension")
    rule = Extension.model_validate_json(json.dumps(written))
    if now >= row.due_at:
        raise Conflict("已超时，不能再延期", "its time is over: it can be extended no more")
    if row.extensions >= rule.most:
        raise Conflict(f"该条款最多延期{rule.most}次", f"the clause allows {rule.most} in all")
    _refuse_extension(rule, value, now)
    _refuse_before(connection, row, "told_at", value.told_at)
    new = extend(row.due_at, rule.within, house.calendar(connection))
    calls, following = moved(row.calls, row.next_at, new.at - row.due_at, now)
    workings = {**row.workings, "due": iso(new.at), "extended": [
        *row.workings.get("extended", []),
        {"from": iso(row.due_at), "to": iso(new.at), "reason": value.reason, "by": actor,
         "steps": [vars(step) for step in new.steps]},
    ]}  # fmt: skip
    connection.execute(
        sa.text(
            "UPDATE duties SET due_at = :due, calls = CAST(:calls AS jsonb), next_at = :next,"
            " extensions = extensions + 1, provisional = :provisional,"
            " workings = CAST(:workings AS jsonb) WHERE id = :id"
        ),
        {
            "due": new.at, "calls": json.dumps(calls), "next": following, "id": duty_id,
            "provisional": new.provisional, "workings": json.dumps(workings),
        },
    )  # fmt: skip
    _journal(
        connection, row, "duty_extended", actor, now, reason=value.reason,
        before={"due": iso(row.due_at)},
        after={"due": iso(new.at), "told_at": value.told_at, "approved_by": value.approved_by},
    )  # fmt: skip
    return new.at


def move_to_promise(
    connection: Connection, house: House, duty_id: int, wanted: datetime, now: datetime, actor: str
) -> None:
    """BO-02: the client was told and a new time agreed; the clock that stands for it moves."""
    row = lock(connection, duty_id)
    calls, following = moved(row.calls, row.next_at, wanted - row.due_at, now)
    workings = {**row.workings, "due": iso(wanted), "extended": [
        *row.workings.get("extended", []),
        {"from": iso(row.due_at), "to": iso(wanted), "reason": "与客户改约", "by": actor,
         "steps": []},
    ]}  # fmt: skip
    connection.execute(
        sa.text("UPDATE duties SET due_at = :due, calls = CAST(:calls AS jsonb), next_at = :next,"
                " extensions = extensions + 1, workings = CAST(:workings AS jsonb)"
                " WHERE id = :id"),
        {"due": wanted, "calls": json.dumps(calls), "next": following, "id": duty_id,
         "workings": json.dumps(workings)},
    )  # fmt: skip
    _journal(connection, row, "duty_extended", actor, now, reason="与客户改约",
             before={"due": iso(row.due_at)}, after={"due": iso(wanted)})  # fmt: skip


def _refuse_extension(rule: Extension, value: Longer, now: datetime) -> None:
    faults = []
    if not has_words(value.reason):
        faults.append(FieldFault("reason", "缺少延期理由", "is missing", "请说明理由", "say why"))
    if rule.tell_client and not (value.told_at and value.told_via):
        faults.append(FieldFault(
            "told_at", "须先告知客户延期", "the client must be told first",
            "请填写告知客户的时间和方式", "say when and how the client was told",
        ))  # fmt: skip
    faults += _untimely("told_at", value.told_at, now)
    if rule.approval is not None and value.approval_role != rule.approval.value:
        faults.append(FieldFault(
            "approval_role", f"须由{word(rule.approval)}批准", "is not the role that approves",
            "请填写批准人", f"{word(rule.approval, 'en')} must approve it",
        ))  # fmt: skip
    elif rule.approval is not None and not value.approved_by:
        faults.append(FieldFault("approved_by", "缺少批准人", "is missing", "请填写", "name who"))
    if faults:
        raise InvalidInput(faults)


def reassign(
    connection: Connection, house: House, duty_id: int, *, unit_id: int, role: str,
    person_id: int | None, reason: str, now: datetime, actor: str,
) -> None:  # fmt: skip
    """Hand a duty to another role, place or person; its clock goes on unchanged. InvalidInput."""
    row = lock(connection, duty_id)
    house.tree(connection).get(unit_id)
    faults = []
    if role not in set(Role):
        faults.append(FieldFault("role", "没有这个角色", "no such role", "请选择", "choose one"))
    if not has_words(reason):
        faults.append(FieldFault("reason", "缺少转交理由", "is missing", "请说明理由", "say why"))
    if faults:
        raise InvalidInput(faults)
    connection.execute(
        sa.text("UPDATE duties SET unit_id = :unit, role = :role, person_id = :person"
                " WHERE id = :id"),
        {"unit": unit_id, "role": role, "person": person_id, "id": duty_id},
    )  # fmt: skip
    _journal(
        connection, row, "duty_reassigned", actor, now, reason=reason,
        before={"unit": row.unit_id, "role": row.role, "person": row.person_id},
        after={"unit": unit_id, "role": role, "person": person_id},
    )  # fmt: skip


def _journal(
    connection: Connection, row: sa.Row[Any], verb: str, actor: str, now: datetime, *,
    reason: str | None = None, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"duty:{row.id}", actor=actor, incident_id=row.incident_id,
        unit_id=row.unit_id, reason=reason, before=before,
        after={"clause": row.clause, **duties.titles(row), **(after or {})},
    ))  # fmt: skip
