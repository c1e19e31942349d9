"""What people do to a review (WP-27): write lessons, sign it.

A lesson may be edited until the review is signed; after that there are only new ones. Signing
keeps the content as it stood and proves the duties that the incident's end brought.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from database import journal
from database.connection import business_now
from escalation import duty_changes
from escalation.house import House
from escalation.review_view import incident_row, owed, review_content, signature


@dataclass(frozen=True)
class Lesson:
    """A lesson: its text, who wrote it in which role."""

    text: str
    author: str
    role: str


@dataclass(frozen=True)
class Signing:
    """Who signs a review, in which role, under which number it is filed.

    `duties` are those of the incident's end that it proves; None means all of them. One that
    follows rectification to its end is left out while that is not at its end.
    """

    by: str
    role: str
    number: str
    duties: tuple[int, ...] | None = None


def write_lesson(connection: Connection, incident_id: int, value: Lesson, actor: str) -> int:
    """Add a lesson; its id. InvalidInput for an empty one."""
    row = incident_row(connection, incident_id, "FOR SHARE")
    _refuse_empty(value.text)
    now = business_now(connection)
    number = connection.execute(
        sa.text("INSERT INTO review_lessons (incident_id, text, author, author_role, written_at)"
                " VALUES (:i, :text, :by, :role, :now) RETURNING id"),
        {"i": incident_id, "text": value.text.strip(), "by": value.author, "role": value.role,
         "now": now},
    ).scalar_one()  # fmt: skip
    _journal(connection, row, "lesson_written", f"lesson:{number}", actor)
    return int(number)


def edit_lesson(
    connection: Connection, incident_id: int, lesson_id: int, version: int, text: str, actor: str
) -> None:
    """Put a lesson otherwise. NotFound; Conflict once it is signed or when somebody was faster."""
    row = incident_row(connection, incident_id, "FOR SHARE")
    _refuse_empty(text)
    held = connection.execute(
        sa.text("SELECT version, written_at FROM review_lessons WHERE id = :id"
                " AND incident_id = :i FOR UPDATE"),
        {"id": lesson_id, "i": incident_id},
    ).one_or_none()  # fmt: skip
    if held is None:
        raise NotFound("lesson")
    signed = connection.scalar(
        sa.text("SELECT 1 FROM reviews WHERE incident_id = :i AND (signed_at >= :at"
                " OR stood_down_at = :end)"),
        {"i": incident_id, "at": held.written_at, "end": row.stood_down_at},
    )  # fmt: skip
    if signed:
        raise Conflict("复盘已签署，请另写一条补充", "the review is signed; write a new entry")
    if held.version != version:
        raise Conflict("他人刚刚改过此条，请刷新后再改", "somebody has just changed it")
    connection.execute(
        sa.text("UPDATE review_lessons SET text = :text, edited_at = :now,"
                " version = version + 1 WHERE id = :id"),
        {"text": text.strip(), "now": business_now(connection), "id": lesson_id},
    )  # fmt: skip
    _journal(connection, row, "lesson_edited", f"lesson:{lesson_id}", actor)


def sign(connection: Connection, house: House, incident_id: int, value: Signing, actor: str) -> int:
    """Sign the review; returns how many duties it proved.

    Conflict while the incident is open or when it is signed already; InvalidInput without a
    number or a lesson.
    """
    row = incident_row(connection, incident_id, "FOR NO KEY UPDATE")
    if row.state == "open":
        raise Conflict("事件尚未平息，不能签署复盘", "the incident is open: stand it down first")
    if signature(connection, row) is not None:
        raise Conflict("复盘已签署", "the review is signed already")
    _refuse_signing(connection, incident_id, value)
    now = business_now(connection)
    proved = [
        duty for duty in owed(connection, incident_id)
        if value.duties is None or duty.id in value.duties
    ]  # fmt: skip
    evidence = {"at": iso(now), "by": value.by, "number": value.number.strip(), "note": "复盘报告"}
    for duty in proved:
        duty_changes.prove(connection, house, duty.id, "record", evidence, now, actor)
    _journal(connection, row, "review_signed", f"incident:{incident_id}", actor,
             number=value.number.strip(), duties=len(proved))  # fmt: skip
    content = review_content(connection, house, row)
    connection.execute(
        sa.text(
            "INSERT INTO reviews (incident_id, stood_down_at, signed_by, signed_role, number,"
            " signed_at, content) VALUES (:i, :end, :by, :role, :number, :now,"
            " CAST(:content AS jsonb))"
        ),
        {"i": incident_id, "end": row.stood_down_at, "by": value.by, "role": value.role,
         "number": value.number.strip(), "now": now, "content": json.dumps(content)},
    )  # fmt: skip
    return len(proved)


def _refuse_signing(connection: Connection, incident_id: int, value: Signing) -> None:
    faults = []
    if not value.number.strip():
        faults.append(FieldFault("number", "缺少文号", "is missing", "请填写归档文号",
                                 "give the number under which it is filed"))  # fmt: skip
    lessons = connection.scalar(
        sa.text("SELECT count(*) FROM review_lessons WHERE incident_id = :i"), {"i": incident_id}
    )
    if not lessons:
        faults.append(FieldFault("lessons", "还没有经验教训", "there is no lesson yet",
                                 "请至少写一条", "write one at least"))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise InvalidInput([FieldFault("text", "缺少内容", "is missing", "请填写", "write it")])


def _journal(
    connection: Connection, row: sa.Row[Any], verb: str, subject: str, actor: str, **after: Any
) -> None:
    journal.write(connection, business_now(connection), journal.Entry(
        verb=verb, subject=subject, actor=actor, incident_id=row.id, unit_id=row.unit_id,
        after=after or None,
    ))  # fmt: skip
