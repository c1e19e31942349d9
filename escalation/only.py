"""Clockworks may be held to one incident or event: a simulation touches no other rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Only:
    """The duties of one incident, of one complaint, or of events that are neither's."""

    incident_id: int | None = None
    complaint_id: int | None = None
    event_ids: tuple[int, ...] = ()


#: Of duties `d`: those that are meant; all without an `Only`.
OF_DUTIES = (
    "(CAST(:only_incident AS bigint) IS NULL OR d.incident_id = :only_incident)"
    " AND (CAST(:only_complaint AS bigint) IS NULL OR d.complaint_id = :only_complaint)"
    " AND (CAST(:only_events AS bigint[]) IS NULL OR d.event_id = ANY(:only_events))"
)


def bound(only: Only | None) -> dict[str, int | list[int] | None]:
    """The parameters of OF_DUTIES."""
    if only is None:
        return {"only_incident": None, "only_complaint": None, "only_events": None}
    named = only.incident_id is not None or only.complaint_id is not None
    return {
        "only_incident": only.incident_id, "only_complaint": only.complaint_id,
        "only_events": None if named else list(only.event_ids),
    }  # fmt: skip
