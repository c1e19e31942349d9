"""One ticket as its page shows it: masked; its acts, clocks, files, and what may be done now."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_life import Act, Entry, Position, Step, refusals, stage
from complaints.ticket_words import said
from core.clock import iso
from core.errors import NotFound
from core.masking import ERASED
from escalation import complaint_search, ticket_store
from escalation.complaint_search import masked_text
from escalation.duty_view import duty_view
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.journal_view import account_names
from escalation.ticket_handing import is_theirs
from escalation.ticket_store import StoredAct, Worker
from escalation.ticket_work import about_them

_ROW = sa.text(
    "SELECT t.*, c.flags, c.incident_id, u.name AS person FROM tickets t"
    " JOIN complaints c ON c.id = t.complaint_id LEFT JOIN people u ON u.id = t.owner_person_id"
    " WHERE t.complaint_id = :id"
)
_HANDED = sa.text(
    "SELECT h.*, f.name AS from_name, p.name AS to_name FROM ticket_handovers h"
    " LEFT JOIN people f ON f.id = h.from_person_id LEFT JOIN people p ON p.id = h.to_person_id"
    " WHERE h.complaint_id = :id ORDER BY h.id"
)
_FILES = sa.text(
    "SELECT id, act_id, media_type, size, sha256, added_at FROM evidence_files"
    " WHERE complaint_id = :id ORDER BY id"
)
_RELATED = sa.text(
    "SELECT DISTINCT t.complaint_id, t.stage, t.received_at, t.product, t.outcome"
    " FROM complaint_parties a JOIN complaint_parties b ON b.client_id = a.client_id"
    " JOIN tickets t ON t.complaint_id = b.complaint_id WHERE a.complaint_id = :id"
    " AND b.complaint_id <> :id ORDER BY t.received_at DESC LIMIT 20"
)


def view(
    connection: Connection, house: House, complaint: int, area: str, by: Worker | None = None
) -> dict[str, Any]:
    """A ticket with everything about it, for the viewer's area. NotFound.

    `by` is who looks, to say what they may do now; None shows what anybody might.
    """
    record = complaint_search.record(connection, house, complaint, area)
    row = connection.execute(_ROW, {"id": complaint}).one()
    if by is not None and about_them(row, by):
        raise NotFound("complaint")
    stands = ticket_store.stands(connection, row)
    parties = complaint_search.opened(
        connection, house, complaint_search.row_of(connection, complaint, area)
    )[1]
    acts = ticket_store.acts_of(connection, house.vault, complaint)
    return {
        **record,
        "ticket": head(house, row, stands),
        "steps": steps_of(house, stands),
        "may": may_do(house, stands, by),
        "may_not": may_not(house, stands, by),
        "acts": [shown(act, parties) for act in acts],
        "handovers": handovers_of(connection, house, complaint, by),
        "files": files_of(connection, complaint),
        "duties": duties_of(connection, house, complaint),
        "related": [
            {"complaint": public_complaint(r.complaint_id), "stage": r.stage,
             "received_at": iso(r.received_at), "product": r.product, "outcome": r.outcome}
            for r in connection.execute(_RELATED, {"id": complaint})
        ],
    }  # fmt: skip


def head(house: House, row: sa.Row[Any], stands: Position) -> dict[str, Any]:
    """A ticket's own columns."""
    tree = house.tree()
    owner = tree.get(row.owner_unit_id) if row.owner_unit_id else None
    return {
        "complaint": public_complaint(row.complaint_id), "stage": row.stage, "round": row.round,
        "version": row.version, "unit": tree.get(row.unit_id).short_name,
        "unit_code": tree.get(row.unit_id).code, "owner_role": row.owner_role,
        "owner_unit": owner.short_name if owner else None,
        "owner_unit_code": owner.code if owner else None, "owner": row.person,
        "class": row.class_id, "class_confirmed": row.class_confirmed, "lead_role": row.lead_role,
        "priority": row.priority, "flags": row.flags, "reply_via": row.reply_via,
        "promised_at": iso(row.promised_at), "promise_lapsed_at": iso(row.promise_lapsed_at),
        "held": row.held, "undecided": sorted(house.plan.life.deciders - stands.decided)
        if stands.held else [],
        "outcome": row.outcome, "satisfaction": row.satisfaction, "handovers": row.handovers,
        "passes": row.passes, "bounced": row.passes >= 2, "major_risk": row.major_risk,
        "reopened": row.reopened, "objection": stands.objection,
        "previous": public_complaint(row.previous_id) if row.previous_id else None,
        "merged_into": public_complaint(row.merged_into) if row.merged_into else None,
        "received_at": iso(row.received_at), "first_contact_at": iso(row.first_contact_at),
        "told_at": iso(row.told_at), "closed_at": iso(row.closed_at),
        "archived_at": iso(row.archived_at),
    }  # fmt: skip


def steps_of(house: House, stands: Position) -> list[dict[str, Any]]:
    """The plan's steps for this ticket, each done, declared not needed, next or to come."""
    life = house.plan.life
    now = stage(life, stands)
    return [
        {"step": rule.step.value, "needed": rule.needed,
         "state": "done" if rule.step in stands.done else "skipped"
         if rule.step in stands.skipped else "next" if rule.step == now else "open"}
        for rule in life.asked(stands)
    ]  # fmt: skip


def may_do(house: House, stands: Position, by: Worker | None) -> list[str]:
    """The steps and acts that the state machine lets through now, whatever their forms say."""
    life = house.plan.life
    identity, role = (by.identity, by.role) if by else ("", "")
    steps = [rule.step.value for rule in life.asked(stands)]
    names = [*steps, *(a.value for a in Act if a not in (Act.SKIP, Act.PROMISE))]
    found = [n for n in names if not refusals(life, stands, Entry(n, {}, identity, role))]
    waiting = next((r for r in life.asked(stands) if not stands.passed(r.step)), None)
    entitled = house.plan.tickets.approve
    waives = by is None or not entitled or by.role in entitled
    if waiting is not None and waiting.step is Step.APPROVE and not waives:
        waiting = None  # somebody else says that no approval is needed
    if waiting is not None and waiting.needed and stands.end is None:
        found.append(Act.SKIP.value)
    if stands.end is None:
        found.append(Act.PROMISE.value)
    return found


def may_not(house: House, stands: Position, by: Worker | None) -> dict[str, dict[str, str]]:
    """What stands in the way of each other step and act: ``{"archive": {"zh", "en"}}``."""
    life = house.plan.life
    identity, role = (by.identity, by.role) if by else ("", "")
    names = [*(rule.step.value for rule in life.asked(stands)), *(a.value for a in Act)]
    found = {n: refusals(life, stands, Entry(n, {}, identity, role)) for n in names
             if n not in (Act.SKIP, Act.PROMISE)}  # fmt: skip
    return {n: {"zh": said(why, "zh"), "en": said(why, "en")} for n, why in found.items() if why}


def shown(act: StoredAct, parties: list[complaint_search.Party]) -> dict[str, Any]:
    """An act with its words masked: names and numbers of the complaint's clients are hidden."""
    words = act.words
    return {
        "id": act.id, "round": act.round, "act": act.act, "at": iso(act.at),
        "entered_at": iso(act.entered_at), "actor": act.actor, "role": act.role,
        "facts": act.facts, "erased": ERASED if words is None else None,
        "words": {n: masked_words(w, parties) for n, w in (words or {}).items()},
    }  # fmt: skip


def masked_words(word: str, parties: list[complaint_search.Party]) -> str | None:
    """A word of an act masked; in what was given as a list (measures, a team) each part by itself,
    so that it can be read as JSON still."""
    try:
        given = json.loads(word) if word[:1] == "[" else None
    except ValueError:
        given = None
    if not isinstance(given, list):
        return masked_text(word, parties)
    return json.dumps(_masked(given, parties), ensure_ascii=False)


def _masked(given: Any, parties: list[complaint_search.Party]) -> Any:
    if isinstance(given, list):
        return [_masked(one, parties) for one in given]
    if isinstance(given, dict):
        return {name: _masked(one, parties) for name, one in given.items()}
    return masked_text(given, parties) if isinstance(given, str) else given


def handovers_of(
    connection: Connection, house: House, complaint: int, by: Worker | None = None
) -> list[dict[str, Any]]:
    tree = house.tree()
    return [
        {
            "from_unit": tree.get(r.from_unit_id).short_name, "from_role": r.from_role,
            "from": r.from_name, "to_unit": tree.get(r.to_unit_id).short_name,
            "to_unit_code": tree.get(r.to_unit_id).code, "to_role": r.to_role, "to": r.to_name,
            "to_person": r.to_person_id, "reason": r.reason, "offered_at": iso(r.offered_at),
            "offered_by": r.offered_by, "state": r.state, "answered_at": iso(r.answered_at),
            "answer_reason": r.answer_reason,
            "mine": by is not None and r.state == "offered" and is_theirs(r, by, tree),
        }
        for r in connection.execute(_HANDED, {"id": complaint})
    ]  # fmt: skip


def files_of(connection: Connection, complaint: int) -> list[dict[str, Any]]:
    return [
        {"id": r.id, "act": r.act_id, "media_type": r.media_type, "size": r.size,
         "sha256": bytes(r.sha256).hex(), "added_at": iso(r.added_at)}
        for r in connection.execute(_FILES, {"id": complaint})
    ]  # fmt: skip


def duties_of(connection: Connection, house: House, complaint: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT * FROM duties WHERE complaint_id = :id ORDER BY due_at, id"),
        {"id": complaint},
    )
    return [duty_view(house, row) for row in rows]


def with_names(connection: Connection, shown_ticket: dict[str, Any]) -> dict[str, Any]:
    """The same with the names of who acted, read over the whole bank: accounts have no area."""
    actors = [*(a["actor"] for a in shown_ticket["acts"]),
              *(h["offered_by"] for h in shown_ticket["handovers"])]  # fmt: skip
    names = account_names(connection, actors)
    for act in shown_ticket["acts"]:
        act["by"] = names.get(act["actor"]) or act["facts"].pop("by", None)
    for handed in shown_ticket["handovers"]:
        handed["by"] = names.get(handed["offered_by"])
    return shown_ticket
