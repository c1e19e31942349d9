"""The media list and its log (WP-31): regional media are the branch's, national ones head office's.

Names, telephones and what was said are sealed; a contact who has gone is marked so, not removed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words
from database import journal
from escalation.house import House
from escalation.ids import media_id as public_media
from escalation.media_values import By, Contact, Talk
from escalation.media_words import SEALED, key_of, new_key, next_id, opened, sealed

#: A list shows so many talks of each contact.
_TALKS = 20


def save(
    connection: Connection, house: House, contact_id: int | None, value: Contact, by: By,
    now: datetime,
) -> int:  # fmt: skip
    """A new contact, or one changed who was seen at `version`; the id. NotFound, Conflict."""
    unit = house.named(value.unit, connection)
    if unit is None:
        raise NotFound("unit")
    words = {"name": value.name, "phone": value.phone, "email": value.email, "beat": value.beat}
    held = {"outlet": value.outlet, "active": value.active, "unit": unit.id}
    if contact_id is None:
        number, key = next_id(connection, "media_contacts"), new_key(connection, house)
        connection.execute(
            sa.text("INSERT INTO media_contacts (id, unit_id, outlet, key_id, sealed, active)"
                    " OVERRIDING SYSTEM VALUE"
                    " VALUES (:id, :unit, :outlet, :key, :sealed, :active)"),
            {"id": number, "key": key.id, **held,
             "sealed": sealed(house.vault, key, "media_contacts", number, words)},
        )  # fmt: skip
    else:
        number = contact_id
        row = connection.execute(
            sa.text("SELECT version, key_id FROM media_contacts WHERE id = :id FOR UPDATE"),
            {"id": number},
        ).one_or_none()
        if row is None:
            raise NotFound("media_contact")
        if row.version != value.version:
            raise Conflict("他人刚刚改过此处，请核对后再保存", "somebody has just changed this")
        key = key_of(connection, house, row.key_id)
        connection.execute(
            sa.text("UPDATE media_contacts SET unit_id = :unit, outlet = :outlet, active = :active,"
                    " sealed = :sealed, version = version + 1 WHERE id = :id"),
            {"id": number, **held,
             "sealed": sealed(house.vault, key, "media_contacts", number, words)},
        )  # fmt: skip
    journal.write(connection, now, journal.Entry(
        verb="media_contact_saved", subject=f"media_contact:{number}", actor=by.actor,
        unit_id=unit.id, after={"outlet": value.outlet, "active": value.active},
    ))  # fmt: skip
    return number


def note_talk(
    connection: Connection, house: House, contact_id: int, value: Talk, by: By, now: datetime
) -> None:
    """A talk with somebody of the list, about no case (WP-31: in advance). NotFound."""
    if not has_words(value.said):
        raise InvalidInput([FieldFault("said", "缺少此项", "is missing", "请填写", "provide it")])
    if value.at > now:
        raise InvalidInput([FieldFault("at", "时间晚于当前时间", "is in the future", "请核对时间",
                                       "check the time")])  # fmt: skip
    talk = Talk(value.at, value.via, value.said, contact_id)
    number, _outlet = store_talk(connection, house, talk, by, now)
    journal.write(connection, now, journal.Entry(
        verb="media_talk", subject=f"media_contact:{contact_id}", actor=by.actor,
        after={"talk": number, "via": value.via},
    ))  # fmt: skip


def store_talk(
    connection: Connection, house: House, value: Talk, by: By, now: datetime, *,
    case_id: int | None = None, case_unit: int | None = None,
) -> tuple[int, str]:  # fmt: skip
    """The talk's row; its id and the outlet. NotFound for an unknown contact; InvalidInput."""
    outlet, journalist, unit_id = value.outlet, value.journalist, case_unit
    if value.contact is not None:
        row = connection.execute(
            sa.text(f"SELECT {SEALED}, r.outlet, r.unit_id FROM media_contacts r"  # noqa: S608
                    " WHERE r.id = :id"),
            {"id": value.contact},
        ).one_or_none()  # fmt: skip
        if row is None:
            raise NotFound("media_contact")
        outlet, unit_id = row.outlet, case_unit or row.unit_id
        journalist = opened(house.vault, "media_contacts", row).get("name")
    if not has_words(outlet):
        raise InvalidInput([FieldFault("outlet", "缺少此项", "is missing", "请填写媒体名称",
                                       "name the outlet")])  # fmt: skip
    number, key = next_id(connection, "media_talks"), new_key(connection, house)
    words = {"journalist": journalist, "said": value.said}
    connection.execute(
        sa.text(
            "INSERT INTO media_talks (id, case_id, contact_id, unit_id, outlet, via, at, key_id,"
            " sealed, noted_at, noted_by, noted_role, noted_actor) OVERRIDING SYSTEM VALUE"
            " VALUES (:id, :case, :contact, :unit, :outlet, :via, :at, :key, :sealed, :now,"
            " :noted_by, :noted_role, :noted_actor)"
        ),
        {
            "id": number, "case": case_id, "contact": value.contact, "unit": unit_id,
            "outlet": outlet, "via": value.via, "at": value.at, "key": key.id, "now": now,
            "sealed": sealed(house.vault, key, "media_talks", number, words),
            **by.columns("noted"),
        },
    )  # fmt: skip
    return number, str(outlet)


# --- reading --------------------------------------------------------------------------------------


def read_list(connection: Connection, house: House) -> list[dict[str, Any]]:
    """The media list of the area with each one's latest talks; who is no longer there last."""
    tree = house.tree(connection)
    rows = connection.execute(
        sa.text(f"SELECT {SEALED}, r.unit_id, r.outlet, r.active, r.version"  # noqa: S608
                " FROM media_contacts r ORDER BY NOT r.active, r.outlet, r.id LIMIT 1000")
    ).all()  # fmt: skip
    talks = _talks(connection, house, "r.contact_id IS NOT NULL")
    found = []
    for row in rows:
        if not tree.get(row.unit_id).path.startswith(house.area):
            continue
        unit = tree.get(row.unit_id)
        words = opened(house.vault, "media_contacts", row)
        found.append({
            "id": row.id, "unit": unit.code, "unit_name": unit.short_name,
            "level": unit.level.value, "outlet": row.outlet, "active": row.active,
            "version": row.version,
            **{name: words.get(name) for name in ("name", "phone", "email", "beat")},
            "talks": [one for one in talks if one["contact"] == row.id][:_TALKS],
        })  # fmt: skip
    return found


def of_case(connection: Connection, house: House, case_id: int) -> list[dict[str, Any]]:
    """The talks about a case (and about those joined to it), the latest first."""
    return _talks(
        connection, house,
        "r.case_id IN (SELECT m.id FROM media_cases m WHERE m.id = :of OR m.joined_id = :of)",
        of=case_id,
    )  # fmt: skip


def _talks(connection: Connection, house: House, where: str, **given: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            f"SELECT {SEALED}, r.case_id, r.contact_id, r.outlet, r.via, r.at, r.noted_by,"  # noqa: S608
            f" r.noted_role FROM media_talks r WHERE {where} ORDER BY r.at DESC, r.id DESC"
            " LIMIT 5000"
        ),
        given,
    )
    found = []
    for row in rows:
        words = opened(house.vault, "media_talks", row)
        found.append({
            "id": row.id, "contact": row.contact_id, "outlet": row.outlet, "via": row.via,
            "case": public_media(row.case_id) if row.case_id else None, "at": iso(row.at),
            "by": row.noted_by, "role": row.noted_role,
            "journalist": words.get("journalist"), "said": words.get("said"),
        })  # fmt: skip
    return found
