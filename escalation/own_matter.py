"""A complaint about somebody is not theirs: not shown to them, not worked on, not looked into."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import NotFound
from core.viewer import Viewer

_ABOUT = sa.text(
    "SELECT about_person_id, about_role, complained_unit_id FROM tickets WHERE complaint_id = :id"
)


def refuse_own(connection: Connection, viewer: Viewer | None, complaint: int) -> None:
    """NotFound for the leader whom a complaint is about: the person or, where nobody held the seat
    then, whoever holds it now."""
    if viewer is None or viewer.kind != "person":
        return
    row = connection.execute(_ABOUT, {"id": complaint}).one_or_none()
    if row is None or row.about_role is None:
        return
    if row.about_person_id is not None:
        own = row.about_person_id == viewer.person_id
    else:
        seats = {seat.value for seat in viewer.seats}
        own = row.about_role in seats and row.complained_unit_id == viewer.unit_id
    if own:
        raise NotFound("complaint")
