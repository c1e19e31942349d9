"""Reports as pages and the API show them; telephones masked, times as ISO 8601 text."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.phones import mask_phone
from core.clock import iso
from database.connection import business_now
from escalation import report_figures, report_rules, report_times
from escalation.house import House
from escalation.ids import incident_id as public_incident
from escalation.report_signing import base_of, issuer, roles_for
from escalation.report_store import (
    Owed,
    Row,
    incident_row,
    owed,
    past_of,
    regulator_of,
    report_row,
    report_rows,
    reporting_unit,
)
from escalation.report_words import change_rows


def list_view(connection: Connection, house: House, incident_id: int) -> dict[str, Any]:
    """Every report of an incident, what is owed, and what may be begun now. NotFound."""
    incident = incident_row(connection, incident_id)
    house.tree(connection)
    unit = reporting_unit(house, incident.unit_id)
    place = house.tree().get(incident.unit_id)
    return {
        "incident": public_incident(incident_id), "code": incident.code, "state": incident.state,
        "severity": incident.severity, "now": iso(business_now(connection)),
        "place": place.short_name, "unit": unit.code, "unit_name": unit.short_name,
        "regulator": regulator_of(house, incident.unit_id, unit),
        "owed": [_owed(connection, house, incident, d) for d in owed(connection, house, incident)],
        "next": _next(connection, house, incident),
        "times": _times(connection, incident_id, None),
        "reports": [_brief(house, r) for r in report_rows(connection, incident_id)],
    }  # fmt: skip


def _owed(connection: Connection, house: House, incident: Row, duty: Owed) -> dict[str, Any]:
    """An open duty that a report answers, and which report that would be now."""
    unit = reporting_unit(house, duty.unit_id)
    answers = []
    for addressee in duty.kinds:
        past = past_of(connection, incident.id, unit.id, addressee)
        standing = [p for p in past if p.state != "discarded"]
        answers.append({
            "addressee": addressee,
            "report": next((p.id for p in reversed(standing) if p.state in ("draft", "signed")),
                           None),
            "kind": "follow_up" if any(p.state in report_rules.MADE for p in standing) else "first",
        })  # fmt: skip
    return {
        "duty": duty.id, "clause": duty.clause, "title_zh": duty.title_zh,
        "title_en": duty.title_en, "role": duty.role, "unit": unit.code,
        "unit_name": unit.short_name, "due_at": iso(duty.due_at), "warn_at": iso(duty.warn_at),
        "answers": answers,
    }  # fmt: skip


def _next(connection: Connection, house: House, incident: Row) -> list[dict[str, Any]]:
    """For each addressee of the incident's own unit, which kinds may be begun, or why not."""
    unit = reporting_unit(house, incident.unit_id)
    found = []
    for addressee in report_rules.ADDRESSEES:
        past = past_of(connection, incident.id, unit.id, addressee)
        kinds = report_rules.next_kinds(past, incident.state, incident.stood_down_at)
        found.append({
            "addressee": addressee,
            "kinds": [
                {"kind": kind, "open": why is None, "zh": why[0] if why else None,
                 "en": why[1] if why else None}
                for kind, why in kinds.items()
            ],
        })  # fmt: skip
    return found


def _brief(house: House, row: Row) -> dict[str, Any]:
    """A report in a list."""
    return {
        "id": row.id, "incident": public_incident(row.incident_id), "kind": row.kind,
        "addressee": row.addressee, "to": row.to_name, "state": row.state,
        "version": row.version, "number": row.number_text,
        "unit": house.tree().get(row.unit_id).code,
        "unit_name": house.tree().get(row.unit_id).short_name,
        "issuer": issuer(house, row.unit_id), "duty": row.duty_id,
        "created_at": iso(row.created_at), "created_by": row.created_by,
        "signed_at": iso(row.signed_at), "signer": row.signer, "signer_role": row.signer_role,
        "discarded_at": iso(row.discarded_at), "discard_reason": row.discard_reason,
        "missing": [rule.name for rule in report_rules.missing(row.fields)],
    }  # fmt: skip


def report_view(
    connection: Connection, house: House, incident_id: int, report_id: int
) -> dict[str, Any]:
    """One report with its figures, fields, what changed, times, receipts, exports. NotFound."""
    incident = incident_row(connection, incident_id)
    row = report_row(connection, incident_id, report_id)
    house.tree(connection)
    versions = _figures(connection, report_id)
    base = base_of(connection, row)
    figures = versions[-1]["figures"]
    changed = report_figures.changes(base.figures, figures) if base else []
    return {
        **_brief(house, row),
        "incident_state": incident.state,
        "place": house.tree().get(incident.unit_id).short_name,
        "now": iso(business_now(connection)),
        "figures": {**figures, "version": versions[-1]["version"]},
        "figure_versions": [
            {k: v for k, v in version.items() if k != "figures"} for version in versions
        ],
        "fields": [_field(rule, row.fields) for rule in report_rules.FIELDS],
        "since": {"report": base.id, "number": base.number_text, "as_of": base.figures["as_of"]}
        if base else None,
        "changes": change_rows(changed),
        "new_measures": report_figures.new_measures(base.figures, figures) if base else [],
        "sign_roles": list(roles_for(connection, house, incident, row)),
        "times": _times(connection, incident_id, report_id),
        "receipts": _receipts(connection, report_id),
        "exports": _exports(connection, report_id),
        "paper_sha256": bytes(row.paper_sha256).hex() if row.paper_sha256 else None,
    }  # fmt: skip


def shown_fields(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """Stored fields as a page shows them."""
    return [_field(rule, fields) for rule in report_rules.FIELDS]


def _field(rule: report_rules.FieldRule, fields: dict[str, Any]) -> dict[str, Any]:
    held = fields.get(rule.name, {})
    value = str(held.get("value") or "")
    return {
        "name": rule.name, "zh": rule.zh, "en": rule.en, "long": rule.long,
        "value": mask_phone(value) if rule.name == "contact_phone" else value,
        "by": held.get("by", "system"), "at": held.get("at"), "empty": not value.strip(),
    }  # fmt: skip


def _figures(connection: Connection, report_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            "SELECT version, as_of, revision, frozen_by, figures FROM report_figures"
            " WHERE report_id = :id ORDER BY version"
        ),
        {"id": report_id},
    )
    return [
        {"version": r.version, "as_of": iso(r.as_of), "revision": r.revision, "by": r.frozen_by,
         "figures": r.figures}
        for r in rows
    ]  # fmt: skip


def _times(connection: Connection, incident_id: int, report_id: int | None) -> list[dict[str, Any]]:
    return [entry.view() for entry in report_times.read(connection, incident_id, report_id)]


def _receipts(connection: Connection, report_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text(
            'SELECT r.kind, r.at, r.by, r."to", r.number, r.via, r.note, r.file_id, r.entered_by,'
            " r.entered_at, f.sha256, f.media_type FROM report_receipts r"
            " LEFT JOIN evidence_files f ON f.id = r.file_id WHERE r.report_id = :id ORDER BY r.id"
        ),
        {"id": report_id},
    )
    return [
        {"kind": r.kind, "at": iso(r.at), "by": r.by, "to": r.to, "number": r.number,
         "via": r.via, "note": r.note, "file": r.file_id, "media_type": r.media_type,
         "sha256": bytes(r.sha256).hex() if r.sha256 else None,
         "entered_by": r.entered_by, "entered_at": iso(r.entered_at)}
        for r in rows
    ]  # fmt: skip


def _exports(connection: Connection, report_id: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        sa.text("SELECT format, sha256, made_at FROM report_exports WHERE report_id = :id"
                " ORDER BY format"),
        {"id": report_id},
    )  # fmt: skip
    return [
        {"format": r.format, "sha256": bytes(r.sha256).hex(), "made_at": iso(r.made_at)}
        for r in rows
    ]
