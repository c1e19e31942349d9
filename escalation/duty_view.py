"""A duty as pages and the API show it: what, who, due, why this time, what would prove it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from core.clock import iso
from escalation.house import House
from escalation.ids import complaint_id as public_complaint
from escalation.ids import incident_id as public_incident
from escalation.vocabulary import AUTOMATIC, EVIDENCE_KINDS

Row = sa.Row[Any]


def duty_view(house: House, row: Row) -> dict[str, Any]:
    """One duty; times as ISO 8601 text. `row` has every column of duties."""
    rule = row.rule
    unit = house.tree().get(row.unit_id)
    return {
        "id": row.id, "clause": row.clause, "title_zh": row.title_zh, "title_en": row.title_en,
        "text_zh": rule.get("text", {}).get("zh"), "text_en": rule.get("text", {}).get("en"),
        "source": rule.get("source"), "plan": row.plan, "plan_version": row.plan_version,
        "role": row.role, "unit": unit.code, "unit_name": unit.short_name,
        "person": row.person_id, "event": row.event,
        "incident": public_incident(row.incident_id) if row.incident_id else None,
        "complaint": public_complaint(row.complaint_id) if row.complaint_id else None,
        "fulfilled_by": row.fulfilled_by[0], "proofs": proofs(row.fulfilled_by),
        "workings": row.workings, "runs_from": iso(row.runs_from),
        "provisional": row.provisional, "warn_at": iso(row.warn_at), "due_at": iso(row.due_at),
        "state": row.state, "breached": row.breached_at is not None,
        "ended_at": iso(row.ended_at), "evidence": row.evidence,
        "extension": rule.get("extension"), "extensions": row.extensions,
        "waived_by": row.waived_by, "waive_reason": row.waive_reason,
        "waivers": [role.value for role in house.plan.entitled(row.plan)],
        "calls": row.calls, "next_at": iso(row.next_at),
    }  # fmt: skip


def proofs(kinds: list[str]) -> list[dict[str, Any]]:
    """The evidence that a person can enter, each kind with the fields that it must state."""
    return [
        {"kind": kind, "needs": list(known.needs), "zh": known.zh, "en": known.en}
        for kind, known in EVIDENCE_KINDS.items()
        if kind in kinds and kind not in AUTOMATIC
    ]
