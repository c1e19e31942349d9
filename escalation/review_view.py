"""The review of an incident as page and paper read it (WP-27); so far, while it is open.

Once signed, it is what was signed: the content is kept with the signature. Lessons and tasks that
come after it are added to it, never put into it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from core.clock import iso
from core.errors import NotFound
from database.connection import business_now
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.incident_view import timeline_entry, unit_brief
from escalation.review_figures import DutyFact, Moments, figures, summary, verdict

Row = sa.Row[Any]


def read_review(connection: Connection, house: House, incident_id: int) -> dict[str, Any]:
    """The review with its lessons, tasks and signature. NotFound."""
    row = incident_row(connection, incident_id)
    signed = signature(connection, row)
    content = signed.content if signed else review_content(connection, house, row)
    return {
        **content,
        "state": row.state,
        "now": iso(business_now(connection)),
        "signed": None if signed is None else {
            "by": signed.signed_by, "role": signed.signed_role, "number": signed.number,
            "at": iso(signed.signed_at),
        },
        "lessons": _lessons(connection, incident_id, signed),
        "tasks": _tasks(connection, _tree(connection, incident_id)),
        "proves": _proves(connection, incident_id),
    }  # fmt: skip


def incident_row(connection: Connection, incident_id: int, lock: str = "") -> Row:
    """The incident; `lock` such as ``FOR SHARE``. NotFound."""
    row = connection.execute(
        sa.text(f"SELECT * FROM incidents WHERE id = :id {lock}"),  # noqa: S608  a constant of ours
        {"id": incident_id},
    ).one_or_none()
    if row is None:
        raise NotFound("incident")
    return row


def signature(connection: Connection, incident: Row) -> Row | None:
    """The signed review of this end of the incident, or None; a reopened one is open to review."""
    return connection.execute(
        sa.text("SELECT * FROM reviews WHERE incident_id = :id AND stood_down_at = :at"),
        {"id": incident.id, "at": incident.stood_down_at},
    ).one_or_none()


def review_content(connection: Connection, house: House, row: Row) -> dict[str, Any]:
    """What a signature keeps: facts, clauses, ladder, timeline; JSON values only."""
    house.tree(connection)
    now = business_now(connection)
    ids = _tree(connection, row.id)
    duties = _duties(connection, ids)
    facts = [_fact(d) for d in duties]
    verdicts = [verdict(f, now) for f in facts]
    return {
        "incident": public_incident(row.id), "as_of": iso(now), "severity": row.severity,
        "origin": row.origin, "place": unit_brief(house, connection, row.unit_id),
        "product": row.product, "clients": row.clients, "headcount": row.headcount,
        "onlookers": row.onlookers, "close_reason": row.close_reason,
        "plan": row.plan, "plan_version": row.plan_version,
        "figures": figures(_moments(connection, row, ids, duties), facts, now),
        "summary": summary(word for word, _ in verdicts),
        "clauses": [
            _clause(house, d, word, seconds)
            for d, (word, seconds) in zip(duties, verdicts, strict=True)
        ],
        "told": _told(connection, ids), "timeline": _timeline(connection, ids),
    }  # fmt: skip


def _tree(connection: Connection, incident_id: int) -> list[int]:
    """The incident and those within it."""
    return list(connection.scalars(
        sa.text("SELECT id FROM incidents WHERE id = :id OR parent_id = :id ORDER BY id"),
        {"id": incident_id},
    ))  # fmt: skip


def _duties(connection: Connection, ids: list[int]) -> list[Row]:
    return list(connection.execute(
        sa.text("SELECT * FROM duties WHERE incident_id = ANY(:ids) ORDER BY due_at, id"),
        {"ids": ids},
    ))  # fmt: skip


def _fact(row: Row) -> DutyFact:
    evidence = row.evidence or {}
    return DutyFact(
        row.clause, row.due_at, row.state, str((row.workings or {}).get("within") or ""),
        tuple(row.fulfilled_by), row.ended_at, evidence.get("kind"), _moment(evidence.get("at")),
    )  # fmt: skip


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _clause(house: House, row: Row, word: str, seconds: int) -> dict[str, Any]:
    evidence = row.evidence or {}
    return {
        "clause": row.clause, "title_zh": row.title_zh, "title_en": row.title_en,
        "source": row.rule.get("source"), "plan": row.plan,
        "unit_name": house.tree().get(row.unit_id).short_name, "role": row.role,
        "runs_from": iso(row.runs_from), "due_at": iso(row.due_at),
        "within": str((row.workings or {}).get("within") or ""),
        "ended_at": iso(row.ended_at), "verdict": word, "seconds": seconds,
        "evidence": {k: evidence[k] for k in ("kind", "at", "by", "to", "number", "role", "via")
                     if evidence.get(k)},
        "waived_by": row.waived_by, "waive_reason": row.waive_reason,
        "extensions": row.extensions,
    }  # fmt: skip


def _moments(connection: Connection, row: Row, ids: list[int], duties: list[Row]) -> Moments:
    first = connection.scalar(
        sa.text("SELECT least((SELECT min(received_at) FROM complaints WHERE incident_id ="
                " ANY(:ids)), (SELECT min(since) FROM gatherings WHERE incident_id = ANY(:ids)))"),
        {"ids": ids},
    )  # fmt: skip
    acknowledged = connection.execute(
        sa.text("SELECT min(at) AS first, min(at) FILTER (WHERE head_office) AS head"
                " FROM acknowledgements WHERE incident_id = ANY(:ids)"),
        {"ids": ids},
    ).one()  # fmt: skip
    receipts = [
        at for d in duties
        if (d.evidence or {}).get("kind") == "regulator_receipt"
        and (at := _moment(d.evidence.get("at"))) is not None
    ]  # fmt: skip
    return Moments(
        row.opened_at, first, acknowledged.first, acknowledged.head, min(receipts, default=None),
        row.stood_down_at, row.closed_at,
    )  # fmt: skip


def _told(connection: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """Everybody who was texted or acknowledged: when, how far the text came, how long it took."""
    rows = connection.execute(
        sa.text(
            "SELECT DISTINCT ON (m.phone) m.person_id, p.name, m.to_role AS role, m.phone,"
            " m.state, m.step, coalesce(m.sent_at, m.created_at) AS at, m.delivered_at"
            " FROM messages m LEFT JOIN people p ON p.id = m.person_id"
            " WHERE m.incident_id = ANY(:ids) AND m.kind <> 'all_clear' ORDER BY m.phone, m.id"
        ),
        {"ids": ids},
    ).all()
    given = connection.execute(
        sa.text("SELECT person_id, by, role, via, grade, head_office, at FROM acknowledgements"
                " WHERE incident_id = ANY(:ids) ORDER BY at, id"),
        {"ids": ids},
    ).all()  # fmt: skip
    left, found = list(given), []
    for r in sorted(rows, key=lambda r: r.at):
        mine = next((a for a in left if _same(a, r)), None)
        if mine is not None:
            left.remove(mine)
        found.append({
            "name": r.name, "role": r.role, "phone": mask_phone(r.phone), "told_at": iso(r.at),
            "text": r.state, "step": r.step, **_answer(mine),
            "seconds": int((mine.at - r.at).total_seconds()) if mine else None,
        })  # fmt: skip
    for a in left:
        found.append({"name": a.by, "role": a.role, "phone": "", "told_at": None, "text": None,
                      "step": None, **_answer(a), "seconds": None})  # fmt: skip
    return found


def _same(given: Row, told: Row) -> bool:
    if given.person_id is not None:
        return bool(given.person_id == told.person_id)
    return bool(given.by == told.name and given.role == told.role)


def _answer(given: Row | None) -> dict[str, Any]:
    if given is None:
        return {"answered_at": None, "via": None, "grade": None}
    return {"answered_at": iso(given.at), "via": given.via, "grade": given.grade}


def _timeline(connection: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """The journal without the fate of each text, which `told` shows."""
    rows = connection.execute(
        sa.text("SELECT id, at, actor, verb, subject, reason, after FROM journal"
                " WHERE incident_id = ANY(:ids) AND verb NOT LIKE 'message%'"
                " ORDER BY id LIMIT 3000"),
        {"ids": ids},
    )  # fmt: skip
    return [timeline_entry(row) for row in rows]


def _lessons(connection: Connection, incident_id: int, signed: Row | None) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT l.*, EXISTS (SELECT 1 FROM reviews r WHERE r.incident_id = l.incident_id"
            " AND r.signed_at >= l.written_at) AS kept FROM review_lessons l"
            " WHERE l.incident_id = :id ORDER BY l.id"
        ),
        {"id": incident_id},
    )
    return [
        {"id": r.id, "text": r.text, "author": r.author, "role": r.author_role,
         "at": iso(r.written_at), "edited_at": iso(r.edited_at), "version": r.version,
         "locked": signed is not None or r.kept,
         "after_signing": signed is not None and r.written_at > signed.signed_at}
        for r in rows
    ]  # fmt: skip


def _tasks(connection: Connection, ids: list[int]) -> list[dict[str, Any]]:
    """Rectification tasks to closure: what, who, by when, evidence, checked by whom."""
    rows = connection.execute(
        sa.text(
            "SELECT t.*, u.short_name FROM tasks t JOIN units u ON u.id = t.unit_id"
            " WHERE t.incident_id = ANY(:ids) AND t.kind = 'rectification' ORDER BY t.due_at, t.id"
        ),
        {"ids": ids},
    )
    return [
        {"id": r.id, "title": r.title, "detail": r.detail, "unit_name": r.short_name,
         "role": r.role, "person": r.person, "due_at": iso(r.due_at), "state": r.state,
         "done_at": iso(r.done_at), "done_by": r.done_by, "evidence": r.evidence,
         "checked_by": r.checked_by, "checked_at": iso(r.checked_at),
         "cancel_reason": r.cancel_reason}
        for r in rows
    ]  # fmt: skip


def owed(connection: Connection, incident_id: int) -> list[Row]:
    """Open duties that the end of this incident brought and a signed review proves."""
    return list(connection.execute(
        sa.text("SELECT id, clause, title_zh, title_en, unit_id, due_at FROM duties"
                " WHERE incident_id = ANY(:ids) AND event = 'incident_stood_down'"
                " AND state = 'open' AND 'record' = ANY(fulfilled_by) ORDER BY id"),
        {"ids": _tree(connection, incident_id)},
    ))  # fmt: skip


def _proves(connection: Connection, incident_id: int) -> list[dict[str, Any]]:
    return [
        {"id": r.id, "clause": r.clause, "title_zh": r.title_zh, "title_en": r.title_en,
         "due_at": iso(r.due_at)}
        for r in owed(connection, incident_id)
    ]  # fmt: skip
