"""Signing a report off: it gets its number and its paper, both for good; its exports are kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import SHANGHAI
from core.errors import Conflict
from core.paper import Paper
from core.words import Level
from core.words import name as word
from escalation import privacy, report_figures, report_paper, report_rules, report_times
from escalation.house import House
from escalation.report_drafting import note, refuse_written
from escalation.report_store import (
    Row,
    draft_row,
    incident_row,
    owed,
    report_row,
)
from escalation.report_words import change_rows, long_time

Format = Literal["docx", "pdf"]
#: Renders a paper: (paper, bank's name, date of the document) -> bytes, the same for the same.
Render = Callable[[Paper, str, datetime], bytes]


@dataclass(frozen=True)
class Signer:
    """Who signs: name and role, as they said themselves."""

    name: str
    role: str


def roles_for(connection: Connection, house: House, incident: Row, report: Row) -> tuple[str, ...]:
    """Who may sign this report (see `report_rules.signing_roles`)."""
    unit = house.tree().get(report.unit_id)
    duties = owed(connection, house, incident, unit)
    roles = [d.role for d in duties if report.addressee in d.kinds]
    return report_rules.signing_roles(report.addressee, roles)


def sign(
    connection: Connection, house: House, incident_id: int, report_id: int, version: int,
    signer: Signer, now: datetime, actor: str,
) -> str:  # fmt: skip
    """Sign the draft as the signer has seen it; its number.

    Of two who sign at once one gets the Conflict, with the number that the other drew. InvalidInput
    names each empty field, a field that names a client, or a role that may not sign.
    """
    row = draft_row(connection, incident_id, report_id, version)
    incident = incident_row(connection, incident_id)
    house.tree(connection)
    report_rules.refuse_signer(signer.role, roles_for(connection, house, incident, row))
    report_rules.refuse_missing(row.fields, signer=signer.name)
    refuse_written(row.fields, privacy.marks_of(connection, house, incident_id))
    year, number = _draw(connection, row, now)
    unit = house.tree().get(row.unit_id)
    text = report_rules.number_text(house.signature, unit.name, row.addressee, year, number)
    held = report_paper.to_json(_paper(connection, house, incident, row, text, signer, now))
    connection.execute(
        sa.text(
            "UPDATE reports SET state = 'signed', version = version + 1, year = :year,"
            " number = :number, number_text = :text, signed_at = :now, signed_by = :by,"
            " signer = :signer, signer_role = :role, paper = CAST(:paper AS jsonb),"
            " paper_sha256 = :sha WHERE id = :id"
        ),
        {
            "year": year, "number": number, "text": text, "now": now, "by": actor,
            "signer": signer.name, "role": signer.role, "paper": json.dumps(held),
            "sha": report_paper.digest(held), "id": report_id,
        },
    )  # fmt: skip
    report_times.enter(connection, incident_id, report_id, "decided", now, now, actor)
    note(connection, "report_signed", incident_id, row.unit_id, report_id, actor, now,
         number=text, kind=row.kind, addressee=row.addressee)  # fmt: skip
    return text


def _draw(connection: Connection, row: Row, now: datetime) -> tuple[int, int]:
    """The next number of this unit, addressee and year. The row is locked until the commit: a
    signing that fails gives its number back, and no two get the same."""
    year = now.astimezone(SHANGHAI).year
    number = connection.execute(
        sa.text(
            "INSERT INTO report_numbers AS n (unit_id, addressee, year, last)"
            " VALUES (:unit, :addressee, :year, 1) ON CONFLICT (unit_id, addressee, year)"
            " DO UPDATE SET last = n.last + 1 RETURNING last"
        ),
        {"unit": row.unit_id, "addressee": row.addressee, "year": year},
    ).scalar_one()
    return year, int(number)


def _paper(
    connection: Connection, house: House, incident: Row, row: Row, number: str, signer: Signer,
    now: datetime,
) -> Paper:  # fmt: skip
    figures = last_figures(connection, row.id)
    base = base_of(connection, row)
    place = house.tree().get(incident.unit_id)
    return report_paper.make_paper(report_paper.Draft(
        kind=row.kind, ordinal=_ordinal(connection, row), number=number, to_name=row.to_name,
        unit_name=issuer(house, row.unit_id),
        place_name="全行" if place.level == Level.HEAD_OFFICE else place.short_name,
        texts={name: held["value"] for name, held in row.fields.items()}, figures=figures,
        times=report_times.latest(report_times.read(connection, incident.id, row.id)),
        phoned=_phoned(connection, row),
        changed=change_rows(report_figures.changes(base.figures, figures)) if base else [],
        previous=(base.number_text or "") if base else "",
        previous_as_of=base.figures["as_of"] if base else "",
        signer=f"{signer.name}（{word(signer.role)}）", signed_at=now,
    ))  # fmt: skip


def issuer(house: House, unit_id: int) -> str:
    """The reporting unit as it signs: with the bank's name."""
    name = house.tree().get(unit_id).name
    return name if house.signature in name else f"{house.signature}{name}"


def last_figures(connection: Connection, report_id: int) -> dict[str, Any]:
    """The figures that the report rests on: those frozen last."""
    found: dict[str, Any] = connection.execute(
        sa.text("SELECT figures FROM report_figures WHERE report_id = :id"
                " ORDER BY version DESC LIMIT 1"),
        {"id": report_id},
    ).scalar_one()  # fmt: skip
    return found


def base_of(connection: Connection, row: Row) -> Row | None:
    """The report that this one is compared with: its number and figures."""
    if row.base_id is None:
        return None
    return connection.execute(
        sa.text(
            "SELECT r.id, r.number_text, f.figures FROM reports r JOIN report_figures f"
            " ON f.report_id = r.id WHERE r.id = :id ORDER BY f.version DESC LIMIT 1"
        ),
        {"id": row.base_id},
    ).one()


def _ordinal(connection: Connection, row: Row) -> int:
    """Which of the follow-ups to this addressee it is, from 1."""
    return 1 + int(connection.scalar(
        sa.text(
            "SELECT count(*) FROM reports WHERE incident_id = :incident AND unit_id = :unit"
            " AND addressee = :addressee AND kind = :kind AND id < :id AND state <> 'discarded'"
        ),
        {"incident": row.incident_id, "unit": row.unit_id, "addressee": row.addressee,
         "kind": row.kind, "id": row.id},
    ) or 0)  # fmt: skip


def _phoned(connection: Connection, row: Row) -> str:
    """The oral report that came first, in a sentence; empty without one."""
    said = connection.execute(
        sa.text('SELECT at, by, "to" FROM report_receipts WHERE report_id = :id'
                " AND kind = 'phoned' ORDER BY id LIMIT 1"),
        {"id": row.id},
    ).one_or_none()  # fmt: skip
    return f"{long_time(said.at)}由{said.by}电话报告{said.to}" if said else ""


# --- the paper of a signed report ---------------------------------------------------------


def paper_of(connection: Connection, incident_id: int, report_id: int) -> tuple[Paper, datetime]:
    """The frozen paper and when it was signed. InvalidInput for a draft, naming what is missing;
    Conflict for one discarded before it was signed."""
    row = report_row(connection, incident_id, report_id)
    if row.state == "draft":
        report_rules.refuse_missing(row.fields, signer=None)
    if row.paper is None:
        raise Conflict("草稿已作废", "the draft was discarded")
    return report_paper.from_json(row.paper), row.signed_at


def kept_export(connection: Connection, report_id: int, format_: Format) -> bytes | None:
    """The bytes as they were exported first, or None."""
    held = connection.scalar(
        sa.text("SELECT content FROM report_exports WHERE report_id = :id AND format = :format"),
        {"id": report_id, "format": format_},
    )
    return None if held is None else bytes(held)


def keep_export(
    connection: Connection, incident_id: int, report_id: int, format_: Format, content: bytes,
    now: datetime, actor: str,
) -> bytes:  # fmt: skip
    """Keep an export with its hash and note who took it; of two at once the first stays, and both
    get its bytes."""
    row = report_row(connection, incident_id, report_id)
    sha = hashlib.sha256(content).digest()
    connection.execute(
        sa.text(
            "INSERT INTO report_exports (report_id, format, sha256, content, made_at)"
            " VALUES (:id, :format, :sha, :content, :now) ON CONFLICT DO NOTHING"
        ),
        {"id": report_id, "format": format_, "sha": sha, "content": content, "now": now},
    )
    held = kept_export(connection, report_id, format_) or content
    sha = hashlib.sha256(held).digest()
    note(connection, "report_exported", incident_id, row.unit_id, report_id, actor, now,
         format=format_, sha256=sha.hex(), number=row.number_text)  # fmt: skip
    return held
