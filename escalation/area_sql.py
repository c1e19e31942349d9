"""The application's own filter by area, as conditions of its queries (SG-07).

`:area` is a unit's path, "/" the whole bank; `:area` selects by prefix. PostgreSQL's policies
(migration 0009) hold the same line for every query, also for one that forgot this.
"""

from __future__ import annotations

#: Of an incident `n`: its unit lies in the area, or some of its people, duties or tasks do.
INCIDENT_SEEN = (
    "(:area = '/' OR EXISTS (SELECT FROM units nu WHERE nu.id = n.unit_id"
    " AND starts_with(nu.path, :area)) OR EXISTS (SELECT FROM incident_places np JOIN units nu"
    " ON nu.id = np.unit_id WHERE np.incident_id = n.id AND starts_with(nu.path, :area)))"
)
#: Of a complaint `c`: where it belongs, where it was received, whose client it is.
COMPLAINT_SEEN = (
    "(:area = '/' OR EXISTS (SELECT FROM units cu WHERE cu.id IN (c.unit_id, c.received_unit_id,"
    " c.home_unit_id) AND starts_with(cu.path, :area)))"
)


def unit_seen(column: str) -> str:
    """Of a row with a unit: it lies in the area; one without belongs to the whole bank. Pure."""
    return (
        f"(:area = '/' OR EXISTS (SELECT FROM units su WHERE su.id = {column}"
        " AND starts_with(su.path, :area)))"
    )
