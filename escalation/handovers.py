"""Handing command over: offered with what is open, read by the receiver, and only then passed.

Until the receiver has read what is open now, the old commander commands. Whatever changed since
the offer (or since it was read) must be read before it can be accepted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.words import Role
from core.words import name as word
from database import journal
from escalation import open_items
from escalation.command import Command, Who, begin, current, lock_incident, needed, person_of
from escalation.house import House
from escalation.work_texts import Given, tell_given


@dataclass(frozen=True)
class Receiver:
    """To whom command is offered: a role, and a name where one person is meant."""

    role: str
    name: str | None = None


def offer(
    connection: Connection, house: House, incident_id: int, by: Who, to: Receiver,
    note: str | None, now: datetime,
) -> int:  # fmt: skip
    """The commander offers command, with what is open frozen into the offer; its id. The receiver
    gets a text.

    Conflict unless `by` commands, or while another offer stands; InvalidInput for a receiver that
    cannot be.
    """
    row = lock_incident(connection, incident_id)
    mine = _commanding(connection, incident_id, by)
    if to.role not in set(Role):
        raise InvalidInput([FieldFault("role", "没有这个角色", "no such role", "请选择", "choose")])
    if by.same(to.name or "", to.role):
        raise InvalidInput([FieldFault(
            "name", "不能移交给自己", "is yourself", "请选择接手的人", "choose who takes over",
        )])  # fmt: skip
    if _offered(connection, incident_id) is not None:
        raise Conflict(
            "已有一份移交待接收，请先撤回", "a hand-over is offered already; withdraw it"
        )
    frozen = open_items.read(connection, incident_id)
    number = connection.execute(
        sa.text(
            "INSERT INTO handovers (incident_id, command_id, to_name, to_role, note, frozen,"
            " offered_at) VALUES (:incident, :command, :name, :role, :note,"
            " CAST(:frozen AS jsonb), :now) RETURNING id"
        ),
        {
            "incident": incident_id, "command": mine.id, "name": to.name, "role": to.role,
            "note": note, "frozen": json.dumps(frozen), "now": now,
        },
    ).scalar_one()  # fmt: skip
    untold = tell_given(connection, house, Given(
        "command_offer", int(number), incident_id, row.unit_id, row.unit_id, Role(to.role),
        to.name, person_of(connection, to.name or "", to.role),
    ), now)  # fmt: skip
    _note(connection, int(number), incident_id, row.unit_id, "handover_offered", by, now,
          {"to": to.role, "open": open_items.counts(frozen),
           **({"untold": untold} if untold else {})})  # fmt: skip
    return int(number)


def accept(
    connection: Connection, handover_id: int, by: Who, stamp: str, read: Mapping[str, int],
    now: datetime,
) -> None:  # fmt: skip
    """The receiver has read what is open (`stamp` names the reading, `read` counts it a section)
    and commands from now on.

    Conflict when it is not theirs, has ended, or when something moved since they read it;
    InvalidInput naming each section that was not read through.
    """
    row, unit_id = _lock(connection, handover_id)
    _for_me(row, by)
    holding = open_items.read(connection, row.incident_id)
    if stamp != open_items.stamp(holding):
        raise Conflict(
            "未办事项在您阅读后有变化，请重新阅读后再接收",
            "what is open has changed since you read it; read it again",
            changes=open_items.compare(row.frozen, holding),
        )
    number = open_items.counts(holding)
    unread = [s for s in open_items.SECTIONS if read.get(s) != number[s]]
    if unread:
        raise InvalidInput([
            FieldFault(f"read.{s}", f"{_SECTION[s]}尚未逐项确认", "was not read item by item",
                       "请逐项确认", "confirm each item")
            for s in unread
        ])  # fmt: skip
    taken = {"items": holding, "since_offer": open_items.compare(row.frozen, holding)}
    _end(connection, handover_id, "accepted", by, None, now, taken=taken)
    command = begin(connection, row.incident_id, by, "handed_over", now)
    _note(connection, handover_id, row.incident_id, unit_id, "handover_accepted", by, now,
          {"command": command, "role": by.role, "from": row.from_role, "read": number})  # fmt: skip


def decline(
    connection: Connection, handover_id: int, by: Who, reason: str | None, now: datetime
) -> None:
    """The receiver refuses, with a reason; the old commander goes on commanding."""
    row, unit_id = _lock(connection, handover_id)
    _for_me(row, by)
    why = needed(reason, "reason", "缺少拒收理由", "say why you do not take it")
    _end(connection, handover_id, "declined", by, why, now)
    _note(connection, handover_id, row.incident_id, unit_id, "handover_declined", by, now,
          {"role": by.role}, why)  # fmt: skip


def withdraw(
    connection: Connection, handover_id: int, by: Who, reason: str | None, now: datetime
) -> None:
    """Who offered it takes it back."""
    row, unit_id = _lock(connection, handover_id)
    if not by.same(row.from_name, row.from_role):
        raise Conflict("只有移交人可以撤回", "only who offered it may withdraw it")
    _end(connection, handover_id, "withdrawn", by, (reason or "").strip() or None, now)
    _note(connection, handover_id, row.incident_id, unit_id, "handover_withdrawn", by, now,
          {"role": by.role}, reason)  # fmt: skip


_SECTION = {
    "duties": "时限任务", "reports": "待报报告", "papers": "未报出的报告", "tasks": "交办任务",
    "ladder": "升级状态", "heads": "现场人数", "notes": "记录",
}  # fmt: skip
_ENDED = {
    "accepted": ("已接收", "accepted"), "declined": ("已拒收", "declined"),
    "withdrawn": ("已撤回", "withdrawn"), "overtaken": ("已被直接接管取代", "overtaken"),
}  # fmt: skip


def _commanding(connection: Connection, incident_id: int, by: Who) -> Command:
    mine = current(connection, incident_id)
    if mine is None:
        raise Conflict("尚无人指挥，请直接接管", "nobody commands it; take command")
    if not by.same(mine.name, mine.role):
        raise Conflict(
            f"现由{mine.name}（{word(mine.role)}）指挥，只有指挥人可以移交",
            f"{mine.name} commands it; only the commander hands over",
        )
    return mine


def _offered(connection: Connection, incident_id: int) -> int | None:
    value = connection.scalar(
        sa.text("SELECT id FROM handovers WHERE incident_id = :id AND state = 'offered'"),
        {"id": incident_id},
    )
    return None if value is None else int(value)


def _lock(connection: Connection, handover_id: int) -> tuple[sa.Row[Any], int]:
    """The offer with who offered it, and the incident's unit. The incident's row comes first."""
    incident = connection.scalar(
        sa.text("SELECT incident_id FROM handovers WHERE id = :id"), {"id": handover_id}
    )
    if incident is None:
        raise NotFound("handover")
    unit_id = int(lock_incident(connection, incident).unit_id)
    row = connection.execute(
        sa.text("SELECT h.*, c.name AS from_name, c.role AS from_role FROM handovers h"
                " JOIN incident_commands c ON c.id = h.command_id WHERE h.id = :id"
                " FOR UPDATE OF h"),
        {"id": handover_id},
    ).one()  # fmt: skip
    if row.state != "offered":
        zh, en = _ENDED[row.state]
        raise Conflict(f"这份移交{zh}", f"this hand-over was {en}")
    return row, unit_id


def _for_me(row: sa.Row[Any], by: Who) -> None:
    if by.role != row.to_role or (row.to_name and by.name != row.to_name):
        to = f"{row.to_name}({word(row.to_role)})" if row.to_name else word(row.to_role)
        raise Conflict(
            f"这份移交是给{to}的",
            f"this hand-over is for {row.to_name or word(row.to_role, 'en')}",
        )
    if by.same(row.from_name, row.from_role):
        raise Conflict("不能接收自己的移交", "you cannot accept your own hand-over")


def _end(
    connection: Connection, handover_id: int, state: str, by: Who, reason: str | None,
    now: datetime, *, taken: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    connection.execute(
        sa.text(
            "UPDATE handovers SET state = :state, ended_at = :now, ended_by = :by,"
            " ended_role = :role, reason = :reason, taken = CAST(:taken AS jsonb) WHERE id = :id"
        ),
        {
            "state": state, "now": now, "by": by.name, "role": by.role, "reason": reason,
            "taken": json.dumps(taken) if taken else None, "id": handover_id,
        },
    )  # fmt: skip


def _note(
    connection: Connection, handover_id: int, incident_id: int, unit_id: int, verb: str, by: Who,
    now: datetime, after: dict[str, Any], reason: str | None = None,
) -> None:  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"handover:{handover_id}", actor=by.actor, incident_id=incident_id,
        unit_id=unit_id, reason=reason, after=after,
    ))  # fmt: skip
