"""客户投诉受理情况表: the complaints of a unit and a month by time of acceptance, one line each
(BO-11); who keeps it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.roster import first_reachable, holders
from contacts.units import Unit, unknown_unit
from core.clock import iso
from core.errors import FieldFault, InvalidInput
from core.masking import mask_name, mask_phone
from database.connection import business_now
from escalation.complaint_search import Party, masked_text
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.journal_view import account_names
from escalation.sealing import PARTY, TEXTS, Fields, open_party, open_texts
from escalation.ticket_filters import start_of
from escalation.ticket_store import act_place

#: Lines of one paper.
MOST = 3_000
_ROWS = sa.text(
    f"SELECT {TEXTS}, t.complaint_id, t.received_at, t.channel, t.unit_id, t.product, t.stage,"  # noqa: S608
    " t.outcome, t.satisfaction, t.told_at, t.owner_role, o.name AS owner, t.round"
    " FROM tickets t JOIN complaints c ON c.id = t.complaint_id"
    " LEFT JOIN people o ON o.id = t.owner_person_id"
    " WHERE t.received_at >= :since AND t.received_at < :until"
    " AND t.unit_id IN (SELECT id FROM units WHERE starts_with(path, :path))"
    " AND (CAST(:me AS bigint) IS NULL OR t.about_person_id IS DISTINCT FROM :me)"
    " ORDER BY t.received_at, t.complaint_id LIMIT :most"
)
_PARTIES = sa.text(
    f"SELECT {PARTY} FROM complaint_parties p WHERE p.complaint_id = ANY(:ids)"  # noqa: S608
    " AND p.role = 'principal' ORDER BY p.complaint_id, p.position"
)
_ACTS = sa.text(
    "SELECT id, complaint_id, act, actor, role, key_id, sealed, data_key(key_id) AS wrapped"
    " FROM ticket_acts WHERE complaint_id = ANY(:ids)"
    " AND act IN ('accept', 'register', 'carry_out', 'on_the_spot') ORDER BY id"
)


def month_of(text: str) -> date:
    """The first day of ``2026-11``. InvalidInput."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError:
        raise InvalidInput([FieldFault(
            "month", "月份格式不对", "is no month", "如2026-11", "such as 2026-11"
        )]) from None  # fmt: skip


def read(connection: Connection, house: House, unit: str, month: date) -> dict[str, Any]:
    """``{"unit", "month", "keeper", "rows"}``; clients masked. InvalidInput for a unit that is not
    the viewer's, or with more complaints than one paper takes."""
    found = house.named(unit, connection)
    if found is None or not found.path.startswith(house.area):
        raise InvalidInput([unknown_unit()])
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    rows = connection.execute(_ROWS, {
        "since": start_of(month), "until": start_of(after), "path": found.path, "most": MOST + 1,
        "me": house.viewer.person_id if house.viewer else None,
    }).all()  # fmt: skip
    if len(rows) > MOST:
        raise InvalidInput([FieldFault(
            "unit", f"当月超过{MOST}件", "has too many complaints", "请选下级机构",
            "choose one below it",
        )])  # fmt: skip
    ids = [r.complaint_id for r in rows]
    names = _names(connection, house, ids)
    said = _said(connection, house, ids)
    return {
        "unit": found.name, "unit_code": found.code, "month": f"{month:%Y-%m}",
        "keeper": keeper(connection, house, found, business_now(connection)),
        "rows": [_line(house, row, names.get(row.complaint_id), said) for row in rows],
    }  # fmt: skip


def with_names(connection: Connection, register: dict[str, Any]) -> dict[str, Any]:
    """The same with the receivers' names, read over the whole bank: accounts have no area."""
    names = account_names(connection, [r["receiver"] for r in register["rows"] if r["receiver"]])
    for row in register["rows"]:
        row["receiver"] = names.get(row["receiver"]) or row["owner"] or ""
    return register


def keeper(connection: Connection, house: House, unit: Unit, now: datetime) -> dict[str, str]:
    """Who keeps the files there: the first role of the plan that the place has, and who has it."""
    for role in house.plan.tickets.keepers:
        seat = house.tree().seat(unit.id, role)
        found = holders(connection, seat.id, role, now) if seat and seat.id == unit.id else ()
        if found:
            first = first_reachable(found) or found[0]
            return {"role": role.value, "name": first.name}
    return {"role": house.plan.tickets.keepers[0].value, "name": ""}


def _names(connection: Connection, house: House, ids: list[int]) -> dict[int, Fields | None]:
    """complaint -> its first complainant, None where erased."""
    found: dict[int, Fields | None] = {}
    for row in connection.execute(_PARTIES, {"ids": ids}):
        if row.complaint_id not in found:
            found[row.complaint_id] = open_party(house.vault, row)
    return found


def _said(connection: Connection, house: House, ids: list[int]) -> dict[tuple[int, str], Any]:
    """(complaint, act) -> the last such act's words, with its actor."""
    found: dict[tuple[int, str], Any] = {}
    for row in connection.execute(_ACTS, {"ids": ids}):
        words: dict[str, Any] = {"actor": row.actor, "role": row.role}
        if row.sealed is not None and row.wrapped is not None:
            key = house.vault.unwrap(row.key_id, bytes(row.wrapped))
            words |= house.vault.open_fields(key, act_place(row.id), bytes(row.sealed))
        held = found.get((row.complaint_id, row.act), {})
        found[row.complaint_id, row.act] = {**held, **words}
    return found


def _line(
    house: House, row: sa.Row[Any], party: Fields | None, said: dict[tuple[int, str], Any]
) -> dict[str, Any]:
    def of(act: str) -> dict[str, Any]:
        return dict(said.get((row.complaint_id, act), {}))

    registered = of("register")
    name = (party or {}).get("name") or registered.get("name")
    phone = (party or {}).get("phone") or registered.get("contact")
    added: Fields = {"name": registered.get("name"), "phone": registered.get("contact")}
    texts = open_texts(house.vault, row)
    held = texts or {}
    matter = held.get("summary") or held.get("subject") or registered.get("matter")
    done = of("on_the_spot").get("reason") or of("carry_out").get("done")
    parties: list[Party] = [(None, "principal", party or {}), (None, "registered", added)]
    return {
        "complaint": public_complaint(row.complaint_id), "received_at": iso(row.received_at),
        "channel": row.channel, "unit": house.tree().get(row.unit_id).short_name,
        "product": row.product, "client": mask_name(name), "phone": mask_phone(phone),
        "matter": masked_text(matter, parties), "done": masked_text(done, parties),
        "told_at": iso(row.told_at), "outcome": row.outcome, "satisfaction": row.satisfaction,
        "stage": row.stage, "receiver": of("accept").get("actor"),
        "receiver_role": of("accept").get("role"), "owner": row.owner,
        "owner_role": row.owner_role, "erased": texts is None,
    }  # fmt: skip
