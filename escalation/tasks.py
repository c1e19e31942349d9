"""Tasks that somebody assigns on an incident: accepted, done with a result, or cancelled.

A rectification (整改, WP-27) is a task whose end needs evidence and a second person's check; it
may be assigned and worked on after the incident is closed. What a task says stays in its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import unknown_unit
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.words import Role
from database import journal
from escalation.command import Who, lock_incident, needed, person_of
from escalation.house import House
from escalation.notices import clock_words
from escalation.work_texts import Given, tell_given

Kind = Literal["task", "rectification"]
#: How a text calls each kind.
_WHAT: dict[Kind, str] = {"task": "任务", "rectification": "整改"}


@dataclass(frozen=True)
class NewTask:
    """What is to be done, by whom (unit code, role, a name where one person is meant), by when."""

    title: str
    unit: str
    role: str
    due_at: datetime
    detail: str | None = None
    person: str | None = None
    kind: Kind = "task"


def assign(
    connection: Connection, house: House, incident_id: int, by: Who, task: NewTask, now: datetime
) -> int:
    """Store a task and text whoever it is for; its id. InvalidInput for each field that cannot be.

    Conflict on a closed incident, except for a rectification.
    """
    incident = lock_incident(connection, incident_id, closed=task.kind == "rectification")
    unit = house.named(task.unit, connection)
    title = needed(task.title, "title", "缺少任务内容", "say what is to be done")
    faults = []
    if unit is None:
        faults.append(unknown_unit())
    if task.role not in set(Role):
        faults.append(FieldFault("role", "没有这个角色", "no such role", "请选择", "choose one"))
    if task.due_at <= now:
        faults.append(FieldFault("due_at", "完成时限已过", "is not in the future", "请重填时限",
                                 "give a time to come"))  # fmt: skip
    if faults or unit is None:
        raise InvalidInput(faults)
    person_id = person_of(connection, task.person or "", task.role)
    number = int(
        connection.execute(
            sa.text(
                "INSERT INTO tasks (incident_id, kind, title, detail, unit_id, role, person,"
                " person_id, due_at, assigned_by, assigned_role, assigned_at) VALUES (:incident,"
                " :kind, :title, :detail, :unit, :role, :person, :person_id, :due, :by, :by_role,"
                " :now) RETURNING id"
            ),
            {
                "incident": incident_id, "kind": task.kind, "title": title, "detail": task.detail,
                "unit": unit.id, "role": task.role, "person": task.person,
                "person_id": person_id,
                "due": task.due_at, "by": by.name, "by_role": by.role, "now": now,
            },
        ).scalar_one()
    )  # fmt: skip
    untold = tell_given(connection, house, Given(
        "task", number, incident_id, incident.unit_id, unit.id, Role(task.role), task.person,
        person_id, {"what": _WHAT[task.kind], "time": clock_words(task.due_at, now)},
    ), now)  # fmt: skip
    _journal(connection, number, incident_id, unit.id, "task_assigned", by, now,
             {"kind": task.kind, "role": task.role, "due": task.due_at.isoformat(),
              **({"untold": untold} if untold else {})})  # fmt: skip
    return number


def accept(connection: Connection, task_id: int, by: Who, now: datetime) -> None:
    """Whoever will do it says so. Conflict when it is not waiting for that."""
    row = _lock(connection, task_id, "assigned")
    _set(connection, task_id, "accepted", {"accepted_by": by.name, "accepted_role": by.role,
                                           "accepted_at": now})  # fmt: skip
    _journal_row(connection, row, "task_accepted", by, now)


def finish(
    connection: Connection, task_id: int, by: Who, result: str, evidence: str | None,
    now: datetime,
) -> None:  # fmt: skip
    """It is done, with its result; a rectification also names its evidence and waits for a check.

    InvalidInput for what is missing; Conflict when it has ended.
    """
    row = _lock(connection, task_id, "assigned", "accepted")
    words = needed(result, "result", "缺少办理结果", "say what came of it")
    proof = (evidence or "").strip() or None
    if row.kind == "rectification" and proof is None:
        raise InvalidInput([FieldFault("evidence", "整改须写明证明材料", "is missing",
                                       "请写明整改证明", "name what proves it")])  # fmt: skip
    _set(connection, task_id, "done", {"done_by": by.name, "done_role": by.role, "done_at": now,
                                       "result": words, "evidence": proof})  # fmt: skip
    _journal_row(connection, row, "task_done", by, now, {"late": now > row.due_at})


def check(
    connection: Connection, task_id: int, by: Who, passed: bool, note: str | None, now: datetime
) -> None:
    """A second person checks a rectification: closed, or sent back with a reason."""
    row = _lock(connection, task_id, "done")
    if row.kind != "rectification":
        raise Conflict("该任务不需复核", "this task needs no check")
    if by.name == row.done_by:
        raise Conflict("复核人不能是整改人本人", "who did it may not check it")
    if passed:
        _set(connection, task_id, "checked", {
            "checked_by": by.name, "checked_role": by.role, "checked_at": now,
            "check_note": (note or "").strip() or None,
        })  # fmt: skip
    else:
        why = needed(note, "note", "缺少退回理由", "say why it goes back")
        _set(connection, task_id, "accepted", {"check_note": why})
    _journal_row(connection, row, "task_checked" if passed else "task_returned", by, now)


def cancel(connection: Connection, task_id: int, by: Who, reason: str, now: datetime) -> None:
    """It is no longer needed, with a reason. Conflict when it has ended."""
    row = _lock(connection, task_id, "assigned", "accepted", "done")
    if row.state == "done" and row.kind == "task":
        raise Conflict("该任务已完成", "this task is done")
    why = needed(reason, "reason", "缺少取消理由", "say why")
    _set(connection, task_id, "cancelled", {
        "cancelled_by": by.name, "cancelled_role": by.role, "cancelled_at": now,
        "cancel_reason": why,
    })  # fmt: skip
    _journal_row(connection, row, "task_cancelled", by, now)


_STATE = {
    "assigned": ("待接受", "waits to be accepted"), "accepted": ("办理中", "is being done"),
    "done": ("已完成", "is done"), "checked": ("已复核", "is checked"),
    "cancelled": ("已取消", "is cancelled"),
}  # fmt: skip


def _lock(connection: Connection, task_id: int, *states: str) -> sa.Row[Any]:
    row = connection.execute(
        sa.text("SELECT * FROM tasks WHERE id = :id FOR UPDATE"), {"id": task_id}
    ).one_or_none()
    if row is None:
        raise NotFound("task")
    if row.state not in states:
        zh, en = _STATE[row.state]
        raise Conflict(f"该任务{zh}", f"this task {en}")
    return row


def _set(connection: Connection, task_id: int, state: str, values: dict[str, Any]) -> None:
    """`values` has columns of this module's own choosing, never a caller's."""
    given = ", ".join(f"{column} = :{column}" for column in values)
    connection.execute(
        sa.text(f"UPDATE tasks SET state = :state, {given} WHERE id = :id"),  # noqa: S608
        {**values, "state": state, "id": task_id},
    )


def _journal_row(
    connection: Connection, row: sa.Row[Any], verb: str, by: Who, now: datetime,
    after: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    _journal(connection, row.id, row.incident_id, row.unit_id, verb, by, now,
             {"kind": row.kind, "role": by.role, **(after or {})})  # fmt: skip


def _journal(
    connection: Connection, task_id: int, incident_id: int, unit_id: int, verb: str, by: Who,
    now: datetime, after: dict[str, Any],
) -> None:  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"task:{task_id}", actor=by.actor, incident_id=incident_id,
        unit_id=unit_id, after=after,
    ))  # fmt: skip
