"""One complaint's whole file: what was received, every act, evidence, clocks, sendings (SC-10).

Masked unless asked for in the clear. The three forms (attachment 3, 客户投诉处理单, a line of
客户投诉受理情况表) and the archive file are made of it, and of nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import NotFound
from core.masking import ERASED, MASKS
from escalation import archive_sending, complaint_search, ticket_store, ticket_view
from escalation.complaint_search import Party, masked_text
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.journal_view import account_names
from escalation.sealing import PARTY_FIELDS, TEXT_FIELDS, Fields
from escalation.ticket_store import StoredAct

_ROW = sa.text(
    "SELECT t.*, c.flags, c.source, c.key_id, o.name AS person, a.name AS about FROM tickets t"
    " JOIN complaints c ON c.id = t.complaint_id LEFT JOIN people o ON o.id = t.owner_person_id"
    " LEFT JOIN people a ON a.id = t.about_person_id WHERE t.complaint_id = :id"
)
#: Words that are kept as a list.
_LISTS = ("measures", "team", "people")
_REGISTERED = ("name", "contact", "matter", "demand")
#: How many earlier complaints about the same are attached to a file (FC-08).
_MOST_ATTACHED = 5


def read(
    connection: Connection, house: House, complaint: int, *, clear: bool = False
) -> dict[str, Any]:
    """A complaint's file for the viewer's area, the earlier ones that it repeats attached.

    NotFound outside the area, and for the leader whom it is about.
    """
    file = _one(connection, house, complaint, clear)
    seen, earlier = {complaint}, file["previous_id"]
    attached: list[dict[str, Any]] = []
    while earlier and earlier not in seen and len(attached) < _MOST_ATTACHED:
        seen.add(earlier)
        try:
            attached.append(_one(connection, house, earlier, clear))
        except NotFound:  # another branch's
            break
        earlier = attached[-1]["previous_id"]
    return {**file, "attached": attached}


def with_names(connection: Connection, file: dict[str, Any]) -> dict[str, Any]:
    """The same with the names of who acted, read over the whole bank: accounts have no area."""
    marked = [
        item for one in (file, *file["attached"])
        for item in (*one["acts"], *one["handovers"], *one["sent"])
    ]  # fmt: skip
    names = account_names(connection, [m["actor"] for m in marked])
    for item in marked:
        item["by"] = names.get(item["actor"]) or item.get("by")
    return file


def _one(connection: Connection, house: House, complaint: int, clear: bool) -> dict[str, Any]:
    found = complaint_search.row_of(connection, complaint, house.area)
    row = connection.execute(_ROW, {"id": complaint}).one()
    mine = house.viewer is not None and row.about_person_id == house.viewer.person_id
    if mine and row.about_person_id is not None:
        raise NotFound("complaint")
    texts, parties = complaint_search.opened(connection, house, found)
    acts = ticket_store.acts_of(connection, house.vault, complaint)
    registered = _registered(acts)
    known = _known(parties, registered)
    added: Fields = {"name": registered.get("name"), "phone": registered.get("contact")}
    words = _plain if clear else _masker([*parties, (None, "registered", added)])
    stands = ticket_store.stands(connection, row)
    return {
        **_head(house, row, found),
        "client": known if clear else {n: MASKS[n](v) for n, v in known.items()},
        "clients": len([p for p in parties if p[1] == "principal"]),
        "erased": texts is None or any(fields is None for _, _, fields in parties),
        "texts": {n: words(v) for n, v in _texts(texts, registered).items()},
        "ticket": _named(house, ticket_view.head(house, row, stands)),
        "asked": {r.step.value: r.needed for r in house.plan.life.asked(stands)},
        "acts": [_act(house, act, words) for act in acts],
        "files": ticket_view.files_of(connection, complaint),
        "handovers": _handovers(connection, house, complaint),
        "duties": ticket_view.duties_of(connection, house, complaint),
        "sent": archive_sending.of(connection, house, complaint),
        "previous_id": row.previous_id,
        "clear": clear,
    }


def _head(house: House, row: sa.Row[Any], found: Any) -> dict[str, Any]:
    tree = house.tree()
    lead = tree.get(row.lead_unit_id).short_name if row.lead_unit_id else None
    return {
        "complaint": public_complaint(row.complaint_id), "form": house.plan.tickets.form,
        "received_at": iso(row.received_at), "entered_at": iso(row.opened_at),
        "channel": row.channel, "source": row.source, "product": row.product,
        "amount": None if row.amount is None else str(row.amount), "status": found.status,
        "unit": tree.get(row.unit_id).name, "against_unit": tree.get(row.complained_unit_id).name,
        "received_unit": tree.get(row.received_unit_id).name if row.received_unit_id else None,
        "about": row.about, "about_role": row.about_role, "lead_unit": lead,
        "accepted_at": iso(row.accepted_at), "settled_at": iso(row.settled_at),
        "disposed": found.disposed_at is not None,
    }  # fmt: skip


def _registered(acts: list[StoredAct]) -> dict[str, str]:
    """What the registration added to what the complaint said of itself."""
    known: dict[str, str] = {}
    for act in acts:
        if act.act == "register":
            known |= {n: w for n, w in (act.words or {}).items() if n in _REGISTERED and w}
    return known


def _known(parties: list[Party], registered: dict[str, str]) -> Fields:
    """The first complainant's data, completed by the registration. Pure."""
    first = next((f for _, role, f in parties if role == "principal" and f), None) or {}
    known: Fields = {name: first.get(name) for name in PARTY_FIELDS}
    known["name"] = known["name"] or registered.get("name")
    contact = registered.get("contact")
    if contact and not known["phone"]:
        known["phone"] = contact
    return known


def _texts(texts: Fields | None, registered: dict[str, str]) -> Fields:
    """What the complaint says; what it left out, as it was registered (SC-04). Pure."""
    said: Fields = {name: (texts or {}).get(name) for name in TEXT_FIELDS}
    said["summary"] = said["summary"] or said["subject"] or registered.get("matter")
    said["demand"] = said["demand"] or registered.get("demand")
    return said


def _plain(text: str | None) -> str | None:
    return text


def _masker(parties: list[Party]) -> Callable[[str | None], str | None]:
    return lambda text: masked_text(text, parties)


def _named(house: House, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts with the names of units and classes: a paper has no codes."""
    tree, said = house.tree(), dict(facts)
    if "shares" in said:
        units = [(share, tree.by_code(share["unit"])) for share in said["shares"]]
        said["shares"] = [
            {**share, "unit": unit.short_name if unit else share["unit"]} for share, unit in units
        ]
    if "class" in said and (title := house.plan.class_title(said["class"])) is not None:
        said |= {"class_zh": title.zh, "class_en": title.en}
    return said


def _act(house: House, act: StoredAct, words: Callable[[str | None], str | None]) -> dict[str, Any]:
    said = act.words or {}
    return {
        "id": act.id, "round": act.round, "act": act.act, "at": iso(act.at),
        "entered_at": iso(act.entered_at), "actor": act.actor, "by": act.facts.get("by"),
        "role": act.role, "facts": _named(house, act.facts),
        "erased": ERASED if act.words is None else None,
        "words": {n: words(w) or "" for n, w in said.items() if n not in _LISTS},
        "lists": {n: [_item(i, words) for i in json.loads(w)]
                  for n, w in said.items() if n in _LISTS},
    }  # fmt: skip


def _item(item: Any, words: Callable[[str | None], str | None]) -> Any:
    """One of a list of words; of a measure what and who, its day is nobody's."""
    if isinstance(item, dict):
        return {n: v if n == "by" else words(v) for n, v in item.items()}
    return words(item)


def _handovers(connection: Connection, house: House, complaint: int) -> list[dict[str, Any]]:
    return [
        {**h, "actor": h["offered_by"], "by": None}
        for h in ticket_view.handovers_of(connection, house, complaint)
    ]
