"""A ticket that ends before its time: withdrawn, wrongly filed, or the same complaint made twice.

Each is a correction of the complaint with its effect on the counts (`correcting`): what is taken
out of every count does not count, and one client who complained twice of one thing counts by the
complaint that stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from complaints.ticket_life import Act
from core.errors import Conflict, FieldFault, InvalidInput
from escalation import correcting, ticket_store, ticket_work
from escalation.house import House
from escalation.ids import complaint_number
from escalation.ticket_handing import drop_offer
from escalation.ticket_store import Worker

_KIND = {Act.WITHDRAW: "withdrawn", Act.MISFILED: "misfiled", Act.MERGE: "merged"}


def end(house: House, complaint: int, filled: Filled, by: Worker) -> dict[str, Any]:
    """End a ticket by one of these acts. Conflict, InvalidInput, NotFound."""
    into = complaint_number(filled.facts["into"]) if filled.act == Act.MERGE else None
    reason = _reason(filled.act)
    if into == complaint:
        raise _no_target()

    def also(connection: Connection, now: datetime) -> None:
        if into is not None:  # the earlier first: two that merge into each other meet here
            _check_target(connection, complaint, into)
        row = ticket_store.lock(connection, complaint)
        before = ticket_store.stands(connection, row)
        ticket_work.refuse(house, row, before, filled, by)
        ticket_store.add_act(
            connection, house.vault, row, filled, by, before.round, filled.at or now, now
        )
        ticket_store.update(connection, complaint, {
            "stage": _KIND[Act(filled.act)], "outcome": _KIND[Act(filled.act)],
            "closed_at": now, "merged_into": into,
        })  # fmt: skip
        drop_offer(connection, complaint, by.actor, now)

    return correcting.correct(house, complaint, _KIND[Act(filled.act)], reason, by.actor, also)


def _reason(act: str) -> str:
    """What the journal says: never the words of the act, which may name a client."""
    return {Act.WITHDRAW: "客户撤诉", Act.MISFILED: "误登记", Act.MERGE: "与另一投诉重复"}[Act(act)]


def _check_target(connection: Connection, complaint: int, into: int) -> None:
    """The complaint that stays is the earlier one, whose clocks go on, open or archived, and of
    the same client."""
    target = connection.execute(
        sa.text("SELECT stage FROM tickets WHERE complaint_id = :id FOR UPDATE"), {"id": into}
    ).one_or_none()
    if target is None:
        raise _no_target()
    if into > complaint:
        raise Conflict(
            "应合并到先收到的一件，时限从它算起", "merge into the earlier one: its clocks go on",
            field="into",
        )  # fmt: skip
    if target.stage in ("withdrawn", "misfiled", "merged", "history"):
        raise Conflict(
            "目标投诉已撤销、合并或为历史记录", "the complaint that should stay has ended"
        )
    if not ticket_store.same_client(connection, complaint, into):
        raise Conflict("两件投诉不是同一客户，不能合并", "they are not of the same client")


def _no_target() -> InvalidInput:
    return InvalidInput([FieldFault(
        "into", "没有这件投诉", "is no other complaint", "请填写保留的那件投诉编号（C 开头）",
        "give the number of the complaint that stays, C…",
    )])  # fmt: skip
