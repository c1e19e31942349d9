"""Clockworks may be held to one incident or event: a simulation touches no other rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Only:
    """The duties of one incident, or of events that are no incident's."""

    incident_id: int | None = None
    event_ids: tuple[int, ...] = ()


#: Of duties `d`: those that are meant; all without an `Only`.
OF_DUTIES = (
    "(CAST(:only_incident AS bigint) IS NULL OR d.incident_id = :only_incident)"
    " AND (CAST(:only_events AS bigint[]) IS NULL OR d.event_id = ANY(:only_events))"
)


def bound(only: Only | None) -> dict[str, int | list[int] | None]:
    """The parameters of OF_DUTIES."""
    return {
        "only_incident": only.incident_id if only else None,
        "only_events": list(only.event_ids) if only and only.incident_id is None else None,
    }
