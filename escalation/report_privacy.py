"""No client's name, telephone, document or account number in a report: what was typed is looked
through for those of the incident's own clients. The words found are never repeated in a fault."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import normalise_phone
from core.errors import FieldFault, InvalidInput
from escalation.report_rules import FIELDS

#: Shorter numbers say nothing about anybody.
_SHORTEST_NUMBER = 6
#: Two characters at least; what has a figure in it is no person's name.
_NAME = re.compile(r"[^\d]{2,}")
_BLANKS = re.compile(r"[\s\-]+")


def marks_of(connection: Connection, ids: Sequence[int]) -> frozenset[str]:
    """Names and numbers of the clients of these incidents; staff of the same name are staff."""
    rows = connection.execute(
        sa.text(
            "SELECT p.name, p.phone, p.id_number, p.account FROM complaint_parties p"
            " JOIN complaints c ON c.id = p.complaint_id WHERE c.incident_id = ANY(:ids)"
        ),
        {"ids": list(ids)},
    ).all()
    names = {r.name.strip() for r in rows if r.name and _NAME.fullmatch(r.name.strip())}
    staff = set(connection.scalars(
        sa.text("SELECT name FROM people WHERE name = ANY(:names)"), {"names": sorted(names)}
    ))  # fmt: skip
    numbers = {
        normalise_phone(number)
        for r in rows
        for number in (r.phone, r.id_number, r.account)
        if number and len(normalise_phone(number)) >= _SHORTEST_NUMBER
    }
    return frozenset((names - staff) | numbers)


def names_a_client(text: str, marks: frozenset[str]) -> bool:
    """Whether one of the marks is in the text, numbers with blanks or dashes included. Pure."""
    packed = _BLANKS.sub("", text).upper()
    return any(mark in text or mark.upper() in packed for mark in marks)


def refuse_clients(fields: Mapping[str, Mapping[str, Any]], marks: frozenset[str]) -> None:
    """InvalidInput for each field that a person wrote and in which a client of the incident is
    named; the system's own sentences name none."""
    refuse_texts(
        {
            rule.name: str(fields[rule.name].get("value") or "")
            for rule in FIELDS
            if fields.get(rule.name, {}).get("by", "system") != "system"
        },
        marks,
    )


def refuse_texts(texts: Mapping[str, str | None], marks: frozenset[str]) -> None:
    """InvalidInput for each text, by the name of its field, in which a client is named."""
    labels = {rule.name: (f"“{rule.zh}”", rule.en) for rule in FIELDS}
    faults = []
    for name, text in texts.items():
        if text and names_a_client(text, marks):
            zh, en = labels.get(name, ("此项", "this text"))
            faults.append(FieldFault(
                name, f"{zh}含有客户的姓名或号码", f"{en} names a client",
                "报告不得写入客户个人信息，请改用“客户”“投诉人”等称谓",
                "reports carry no client's data: write “a client” instead",
            ))  # fmt: skip
    if faults:
        raise InvalidInput(faults)
