"""Beginning a report from frozen figures, editing it, freezing anew, discarding it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from contacts.units import Unit
from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput
from core.validation import has_words
from core.words import Role
from core.words import name as word
from database import journal
from database.locks import take
from escalation import privacy, report_figures, report_times, report_words
from escalation.about import About
from escalation.house import House
from escalation.report_rules import (
    FIELD_LIMIT,
    FIELD_NAMES,
    FIELDS,
    MADE,
    Addressee,
    Kind,
    refuse_order,
)
from escalation.report_store import (
    Row,
    addressee_name,
    draft_row,
    incident_row,
    owed,
    past_of,
    report_row,
    reporting_unit,
)
from escalation.telling import holder_of

#: What a later report takes over from the one before, as somebody wrote it.
_CARRIED = ("place", "cause", "contact", "contact_phone")
_LEADERS = (Role.SUB_HEAD, Role.BRANCH_LEADER)


@dataclass(frozen=True)
class Beginning:
    """Which report is begun, to whom, for which duty (whose branch then reports)."""

    kind: Kind
    addressee: Addressee
    duty_id: int | None = None


def begin(
    connection: Connection, house: House, incident_id: int, value: Beginning, now: datetime,
    actor: str,
) -> int:  # fmt: skip
    """Draft a report from the figures as they are now; its id.

    NotFound; Conflict out of order or beside an open draft; InvalidInput without an addressee.
    """
    incident = incident_row(connection, incident_id)
    house.tree(connection)
    unit = _unit(connection, house, incident, value)
    take(connection, (), [f"reports:{incident_id}:{value.addressee}:{unit.id}"])
    past = past_of(connection, incident_id, unit.id, value.addressee)
    refuse_order(value.kind, past, incident.state, incident.stood_down_at)
    to_name = addressee_name(house, value.addressee, incident.unit_id, unit)
    figures = frozen(connection, house, incident_id, now)
    base = _base(connection, incident_id, unit.id, value.addressee)
    fields = _drafted(connection, house, incident, unit, figures, base, now)
    report_id = int(connection.execute(
        sa.text(
            "INSERT INTO reports (incident_id, unit_id, kind, addressee, to_name, fields, base_id,"
            " duty_id, created_at, created_by) VALUES (:incident, :unit, :kind, :addressee, :to,"
            " CAST(:fields AS jsonb), :base, :duty, :now, :by) RETURNING id"
        ),
        {
            "incident": incident_id, "unit": unit.id, "kind": value.kind,
            "addressee": value.addressee, "to": to_name, "fields": json.dumps(fields),
            "base": base.id if base else None, "duty": value.duty_id, "now": now, "by": actor,
        },
    ).scalar_one())  # fmt: skip
    _keep_figures(connection, report_id, 1, figures, now, actor)
    report_times.begin(connection, incident_id, now)
    note(connection, "report_drafted", incident_id, unit.id, report_id, actor, now,
         kind=value.kind, addressee=value.addressee)  # fmt: skip
    return report_id


def _unit(connection: Connection, house: House, incident: Row, value: Beginning) -> Unit:
    """Who reports: the branch of the duty that is answered, else the incident's."""
    if value.duty_id is None:
        return reporting_unit(house, incident.unit_id)
    duty = next((d for d in owed(connection, house, incident) if d.id == value.duty_id), None)
    if duty is None or value.addressee not in duty.kinds:
        raise InvalidInput([FieldFault(
            "duty", "该任务不由此类报告办结", "this report does not end the duty",
            "请从待报事项中选择", "choose one of the reports that are owed",
        )])  # fmt: skip
    return reporting_unit(house, duty.unit_id)


def frozen(
    connection: Connection, house: House, incident_id: int, now: datetime
) -> report_figures.Figures:
    """The figures as of now, without a task whose title names a client."""
    figures = report_figures.freeze(connection, house, incident_id, now)
    marks = privacy.marks_of(connection, house, incident_id)
    figures["measures"] = [
        m for m in figures["measures"] if not privacy.names_a_client(m["zh"], marks)
    ]
    return figures


def _base(connection: Connection, incident_id: int, unit_id: int, addressee: str) -> Row | None:
    """The report to compare with, with its last figures: the one sent last, or before any was
    sent the one signed last."""
    return connection.execute(
        sa.text(
            "SELECT r.id, r.number_text, r.fields, f.figures, f.as_of FROM reports r"
            " JOIN LATERAL (SELECT figures, as_of FROM report_figures WHERE report_id = r.id"
            "  ORDER BY version DESC LIMIT 1) f ON true WHERE r.incident_id = :incident"
            " AND r.unit_id = :unit AND r.addressee = :addressee AND r.state = ANY(:made)"
            " ORDER BY r.state = 'signed', r.signed_at DESC, r.id DESC LIMIT 1"
        ),
        {"incident": incident_id, "unit": unit_id, "addressee": addressee, "made": list(MADE)},
    ).one_or_none()


def _drafted(
    connection: Connection, house: House, incident: Row, unit: Unit,
    figures: report_figures.Figures, base: Row | None, now: datetime,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    place = house.tree().get(incident.unit_id)
    city = place.city if place.city and place.city not in place.name else ""
    who = _who(connection, house, incident, unit, now)
    then = base.figures if base else None
    texts = report_words.prefill(figures, f"{city}{place.name}", who, then)
    fields = {name: {"value": value, "by": "system"} for name, value in texts.items()}
    carried = base.fields if base else {}
    for name in _CARRIED:
        held = carried.get(name)
        if held and held["by"] != "system":
            fields[name] = held
    return fields


def _who(
    connection: Connection, house: House, incident: Row, unit: Unit, now: datetime
) -> report_words.Who:
    """Staff who command and answer, and whom the addressee may call."""
    row = connection.execute(
        sa.text("SELECT name, role FROM incident_commands WHERE incident_id = :id"
                " AND ended_at IS NULL"),
        {"id": incident.id},
    ).one_or_none()  # fmt: skip
    leaders = []
    for role in _LEADERS:
        place = incident.unit_id if role is Role.SUB_HEAD else unit.id
        holder, _ = holder_of(connection, house, place, role, now)
        if holder is not None:
            leaders.append(f"{word(role)}{holder.name}")
    contact, _ = holder_of(connection, house, unit.id, Role.BRANCH_CONTACT, now)
    if contact is None:
        contact, _ = holder_of(connection, house, unit.id, Role.BRANCH_LEADER, now)
    if contact is None:
        contact, _ = holder_of(connection, house, unit.id, Role.HO_DEPUTY, now)
    office = connection.scalar(
        sa.text("SELECT office_phone FROM people WHERE id = :id"),
        {"id": contact.person_id if contact else None},
    )
    return report_words.Who(
        commander=f"{row.name}（{word(row.role)}）" if row else None, leaders=tuple(leaders),
        contact=contact.name if contact else "",
        contact_phone=office or (contact.phone if contact else None) or "",
    )  # fmt: skip


def _keep_figures(
    connection: Connection, report_id: int, version: int, figures: report_figures.Figures,
    now: datetime, actor: str,
) -> None:  # fmt: skip
    connection.execute(
        sa.text(
            "INSERT INTO report_figures (report_id, version, as_of, revision, figures, frozen_by)"
            " VALUES (:report, :version, :now, :revision, CAST(:figures AS jsonb), :by)"
        ),
        {
            "report": report_id, "version": version, "now": now, "by": actor,
            "revision": figures["revision"], "figures": json.dumps(figures),
        },
    )  # fmt: skip


# --- editing --------------------------------------------------------------------------------------


def edit(
    connection: Connection, house: House, incident_id: int, report_id: int, version: int,
    texts: Mapping[str, str], now: datetime, actor: str,
) -> None:  # fmt: skip
    """Change fields of a draft; frozen figures stay as they are.

    Conflict when somebody else saved since `version`. InvalidInput for an unknown or too long
    field, or one that names a client.
    """
    row = draft_row(connection, incident_id, report_id, version)
    _refuse_fields(texts)
    fields, changed = dict(row.fields), []
    for name, text in texts.items():
        held = fields.get(name, {}).get("value", "")
        value = text.strip()
        # A page shows a telephone masked: sent back as it was shown it is unchanged.
        if value == held or (name == "contact_phone" and held and value == mask_phone(held)):
            continue
        fields[name] = {"value": value, "by": actor, "at": iso(now)}
        changed.append(name)
    if not changed:
        return
    marks = privacy.marks_of(connection, house, incident_id)
    refuse_written({n: fields[n] for n in changed}, marks)
    _save(connection, row, fields)
    note(connection, "report_edited", incident_id, row.unit_id, report_id, actor, now,
         fields=sorted(changed))  # fmt: skip


def refuse_written(fields: Mapping[str, Mapping[str, Any]], marks: frozenset[str]) -> None:
    """InvalidInput for each field that a person wrote and in which a client of the incident is
    named; the system's own sentences name none."""
    privacy.refuse_texts(
        {
            rule.name: str(fields[rule.name].get("value") or "")
            for rule in FIELDS
            if fields.get(rule.name, {}).get("by", "system") != "system"
        },
        marks, labels={rule.name: (f"“{rule.zh}”", rule.en) for rule in FIELDS},
    )  # fmt: skip


def _refuse_fields(texts: Mapping[str, str]) -> None:
    faults = [
        FieldFault(name, "没有这个字段", "no such field", "请删除或改正名称", "remove it")
        for name in texts
        if name not in FIELD_NAMES
    ]
    faults += [
        FieldFault(name, f"超过{FIELD_LIMIT}字", f"is longer than {FIELD_LIMIT} characters",
                   "请缩短", "shorten it")
        for name, text in texts.items()
        if len(text) > FIELD_LIMIT
    ]  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _save(connection: Connection, row: Row, fields: Mapping[str, Any]) -> None:
    connection.execute(
        sa.text("UPDATE reports SET fields = CAST(:fields AS jsonb), version = version + 1"
                " WHERE id = :id"),
        {"fields": json.dumps(fields), "id": row.id},
    )  # fmt: skip


def refreeze(
    connection: Connection, house: House, incident_id: int, report_id: int, version: int,
    now: datetime, actor: str,
) -> None:  # fmt: skip
    """Freeze the figures anew: another version beside the old ones. What a person wrote stays; the
    system's own sentences follow the new figures, compared with what was sent last by now, as the
    paper's table is. Conflict as `edit`."""
    row = draft_row(connection, incident_id, report_id, version)
    incident = incident_row(connection, incident_id)
    house.tree(connection)
    figures = frozen(connection, house, incident_id, now)
    last = connection.scalar(
        sa.text("SELECT max(version) FROM report_figures WHERE report_id = :id"), {"id": report_id}
    )
    _keep_figures(connection, report_id, int(last or 0) + 1, figures, now, actor)
    unit = house.tree().get(row.unit_id)
    base = _base(connection, incident_id, row.unit_id, row.addressee)
    connection.execute(
        sa.text("UPDATE reports SET base_id = :base WHERE id = :id"),
        {"base": base.id if base else None, "id": report_id},
    )
    fresh = _drafted(connection, house, incident, unit, figures, base, now)
    fields = {
        name: held if held["by"] != "system" else fresh[name] for name, held in row.fields.items()
    }
    _save(connection, row, fields)
    note(connection, "report_refrozen", incident_id, row.unit_id, report_id, actor, now,
         version=int(last or 0) + 1)  # fmt: skip


def discard(
    connection: Connection, house: House, incident_id: int, report_id: int, reason: str,
    now: datetime, actor: str,
) -> None:  # fmt: skip
    """Discard a draft, or a signed report that was not sent: its number is not given again.

    InvalidInput without a reason; Conflict for a sent one, or one that a later report follows.
    """
    row = report_row(connection, incident_id, report_id, lock=True)
    if not has_words(reason):
        raise InvalidInput([FieldFault("reason", "缺少作废理由", "is missing", "请说明理由",
                                       "say why")])  # fmt: skip
    about = About(incident_id=incident_id)
    privacy.refuse_clients(connection, house, about, {"reason": reason})
    if row.state not in ("draft", "signed"):
        raise Conflict("已报送或已作废的报告不能作废", "a report that was sent or discarded stays")
    followed = connection.scalar(
        sa.text("SELECT count(*) FROM reports WHERE base_id = :id AND state <> 'discarded'"),
        {"id": report_id},
    )
    if followed:
        raise Conflict("已有后续报告，不能作废", "a later report follows it")
    connection.execute(
        sa.text("UPDATE reports SET state = 'discarded', version = version + 1,"
                " discarded_at = :now, discard_reason = :reason WHERE id = :id"),
        {"now": now, "reason": reason.strip(), "id": report_id},
    )  # fmt: skip
    note(connection, "report_discarded", incident_id, row.unit_id, report_id, actor, now,
         kind=row.kind, number=row.number_text)  # fmt: skip


def note(
    connection: Connection, verb: str, incident_id: int, unit_id: int, report_id: int, actor: str,
    now: datetime, **after: Any,
) -> None:  # fmt: skip
    """Journal what was done to a report; never a field's text."""
    journal.write(connection, now, journal.Entry(
        verb=verb, subject=f"report:{report_id}", actor=actor, incident_id=incident_id,
        unit_id=unit_id, after=after,
    ))  # fmt: skip
