"""What a complaint's file still lacks: name, contact, matter, demand (SC-04, WP-26, FC-07)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from complaints.ticket_life import Step
from core.errors import FieldFault
from escalation.house import House
from escalation.sealing import PARTY, TEXTS, open_party, open_texts
from escalation.ticket_store import acts_of

#: field -> how it is called, zh and en
_NEEDED = {
    "name": ("客户姓名", "the client's name"),
    "contact": ("联系方式", "how to reach the client"),
    "matter": ("投诉事项", "what it is about"),
    "demand": ("投诉要求", "what the client demands"),
}
#: FC-06: what the form 客户投诉处理单 has beside the measures
_TOWARD = {
    "toward_department": ("对责任部门的处理", "measures toward the department"),
    "toward_person": ("对责任人的处理", "measures toward the person"),
}


def known_of(connection: Connection, house: House, complaint: int) -> dict[str, str]:
    """Name, contact, matter and demand as the complaint and its acts have them; "" where not."""
    texts = connection.execute(
        sa.text(f"SELECT {TEXTS} FROM complaints c WHERE c.id = :id"),  # noqa: S608
        {"id": complaint},
    ).one()
    parties = connection.execute(
        sa.text(f"SELECT {PARTY} FROM complaint_parties p WHERE p.complaint_id = :id"  # noqa: S608
                " AND p.role = 'principal' ORDER BY p.position"),
        {"id": complaint},
    ).all()  # fmt: skip
    said = open_texts(house.vault, texts) or {}
    first = (open_party(house.vault, parties[0]) if parties else None) or {}
    known: dict[str, str] = {
        "name": first.get("name") or "",
        "contact": first.get("phone") or first.get("address") or "",
        "matter": said.get("summary") or said.get("subject") or "",
        "demand": said.get("demand") or "",
    }
    for act in acts_of(connection, house.vault, complaint):
        if act.act == Step.REGISTER:
            known |= {n: w for n, w in (act.words or {}).items() if n in _NEEDED and w}
    return known


def gaps(
    connection: Connection, house: House, row: sa.Row[Any], filled: Filled
) -> list[FieldFault]:
    """A fault for each of the four that neither the complaint nor its file has; FC-06: for what the
    handling form asks of whoever carries it out."""
    if filled.act == Step.CARRY_OUT:
        asked = _TOWARD if house.plan.tickets.form == "handling_form" else {}
        return [
            FieldFault(name, f"缺少{zh}", f"is missing: {en}", "请填写，没有的写“无”",
                       "fill it in; write “none” where there is none")
            for name, (zh, en) in asked.items() if not filled.words.get(name)
        ]  # fmt: skip
    if filled.act == Step.ARCHIVE and not any(
        r.step is Step.REGISTER for r in house.plan.life.steps
    ):
        needed: tuple[str, ...] = ("name", "contact", "matter")
    else:
        needed = tuple(_NEEDED)
    if filled.act == Step.ARCHIVE and row.outcome in ("out_of_scope", "on_the_spot"):
        needed = ("matter",)
    known = known_of(connection, house, row.complaint_id)
    return [
        FieldFault(name, f"缺少{_NEEDED[name][0]}", f"is missing: {_NEEDED[name][1]}",
                   "请补充登记", "add it")
        for name in needed if not (filled.words.get(name) or known[name])
    ]  # fmt: skip
