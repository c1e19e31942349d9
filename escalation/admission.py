"""Whether a viewer may act on what a verb is about: their area, held by the application (SG-07).

What a *role* may do is `core/rights.py`, asked at the door of the web floor. Here it is *whose*:
each verb of the engine lets its caller in before it writes, and a verb that forgot to ask cannot
write at all (`database.area.NotAdmitted`). What lies outside the area is not found: the same
answer as for what does not exist, by the same query. PostgreSQL's policies hold the same line once
more, for reading.

Two lines are drawn. *Own* is an incident whose unit lies in the area. *Touched* is one that
spans more than the area and has people of it: it may be read (its head and totals, the one listed
exception), acknowledged, and worked on at one's own places, not commanded or ended.
"""

from __future__ import annotations

from dataclasses import fields

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.units import unknown_unit
from core.errors import InvalidInput, NotAllowed, NotFound
from core.viewer import Viewer
from database.area import AreaDatabase
from escalation import privacy
from escalation.about import About
from escalation.house import House
from escalation.own_matter import refuse_own

#: subject -> the units of which one must lie in the area: of a duty, a task or a report the place
#: whose work it is, or its incident's
_UNITS = {
    "incident_id": "SELECT unit_id FROM incidents WHERE id = :id",
    "complaint_id": "SELECT unnest(ARRAY[unit_id, received_unit_id, home_unit_id])"
    " FROM complaints WHERE id = :id",
    "handover_id": "SELECT n.unit_id FROM handovers h JOIN incidents n ON n.id = h.incident_id"
    " WHERE h.id = :id",
    "duty_id": "SELECT unit_id FROM duties WHERE id = :id"
    " UNION SELECT n.unit_id FROM duties x JOIN incidents n ON n.id = x.incident_id"
    " WHERE x.id = :id",
    "task_id": "SELECT unit_id FROM tasks WHERE id = :id"
    " UNION SELECT n.unit_id FROM tasks x JOIN incidents n ON n.id = x.incident_id"
    " WHERE x.id = :id",
    "report_id": "SELECT unit_id FROM reports WHERE id = :id"
    " UNION SELECT n.unit_id FROM reports x JOIN incidents n ON n.id = x.incident_id"
    " WHERE x.id = :id",
    "row_id": "SELECT s.unit_id FROM reception_rows r JOIN reception_sheets s"
    " ON s.id = r.sheet_id WHERE r.id = :id",
    "person_id": "SELECT unit_id FROM people WHERE id = :id",
    "feedback_id": "SELECT unnest(ARRAY[c.unit_id, c.received_unit_id, c.home_unit_id])"
    " FROM hotline_feedback f JOIN complaints c ON c.id = f.complaint_id WHERE f.id = :id",
    "absence_id": "SELECT p.unit_id FROM absences a JOIN people p ON p.id = a.person_id"
    " WHERE a.id = :id",
    "regulator_case_id": "SELECT unit_id FROM regulator_cases WHERE id = :id"
    " UNION SELECT unnest(ARRAY[c.unit_id, c.received_unit_id, c.home_unit_id])"
    " FROM regulator_case_complaints l JOIN complaints c ON c.id = l.complaint_id"
    " WHERE l.case_id = :id",
    "media_case_id": "SELECT unit_id FROM media_cases WHERE id = :id",
    "media_contact_id": "SELECT unit_id FROM media_contacts WHERE id = :id",
    "media_feed_id": "SELECT unit_id FROM media_feeds WHERE id = :id",
}
#: subject -> further units that do where the verb is about what is touched
_TOUCHED = {
    "incident_id": " UNION SELECT unit_id FROM incident_places WHERE incident_id = :id",
    "media_case_id": " UNION SELECT i.unit_id FROM media_cases k JOIN incidents i"
    " ON i.id = k.incident_id WHERE k.id = :id UNION SELECT unnest(ARRAY[c.unit_id,"
    " c.received_unit_id, c.home_unit_id]) FROM media_complaints l JOIN complaints c"
    " ON c.id = l.complaint_id WHERE l.case_id = :id AND l.ended_at IS NULL",
}
_WITHIN = "SELECT EXISTS (SELECT FROM units u WHERE starts_with(u.path, :area) AND u.id IN ({0}))"
_WHOLE_BANK = "SELECT EXISTS (SELECT FROM units WHERE path = :area AND parent_id IS NULL)"
_UNIT = "SELECT EXISTS (SELECT FROM units WHERE code = :code AND starts_with(path, :area))"


class Door:
    """Stands before every verb of a desk: lets the caller in, and keeps clients out of words."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __call__(self, about: About, by: str | None = None, /, **texts: str | None) -> None:
        """NotFound outside the viewer's area; InvalidInput for a text that names a client.

        `by` is who acts: staff who share a client's name may be named (`escalation.privacy`).
        """
        admit(self._house, about)
        privacy.look_through(self._house, about, by, texts)


def admit(house: House, about: About) -> None:
    """Let the house's viewer in to `about`; the system itself is in everywhere.

    NotFound names the kind of what is not theirs; InvalidInput names a unit that is not; a verb
    about nothing concerns the whole bank, which head office alone may change (NotAllowed).
    """
    database, viewer = house.database, house.viewer
    if viewer is None or not isinstance(database, AreaDatabase):
        return
    area = viewer.area
    database.read(lambda c: _check(c, about, area, viewer))
    database.admitted = True


def admit_to_unit(house: House, code: str) -> None:
    """As `admit`, for a unit that an address names: NotFound."""
    unit = house.tree().by_code(code) or house.reload_tree().by_code(code)
    if unit is None or (house.viewer is not None and not house.viewer.sees(unit.path)):
        raise NotFound("unit")
    admit_elsewhere(house)


def admit_elsewhere(house: House) -> None:
    """For a verb that has held its caller's area by itself (an intake, an import of one's own)."""
    if isinstance(house.database, AreaDatabase):
        house.database.admitted = True


def _not_ones_own(connection: Connection, viewer: Viewer, about: About) -> None:
    """Neither a complaint nor a duty of one that is about whoever asks. NotFound."""
    complaint = about.complaint_id
    if complaint is None and about.duty_id is not None:
        complaint = connection.scalar(
            sa.text("SELECT complaint_id FROM duties WHERE id = :id"), {"id": about.duty_id}
        )
    if complaint is not None:
        refuse_own(connection, viewer, complaint)


def _check(connection: Connection, about: About, area: str, viewer: Viewer) -> None:
    asked = {f.name: getattr(about, f.name) for f in fields(about) if f.name in _UNITS}
    subjects = {name: number for name, number in asked.items() if number is not None}
    nothing = not subjects and about.unit is None
    if nothing and not connection.scalar(sa.text(_WHOLE_BANK), {"area": area}):
        raise NotAllowed("只有总行可以更改全行事项", "only head office may change this")
    _not_ones_own(connection, viewer, about)
    for name, number in subjects.items():
        units = _UNITS[name]
        if about.touched:
            units += _TOUCHED.get(name, "")
        if not connection.scalar(sa.text(_WITHIN.format(units)), {"id": number, "area": area}):
            raise NotFound(name.removesuffix("_id"))
    if about.unit is not None:
        within = connection.scalar(sa.text(_UNIT), {"code": about.unit, "area": area})
        if not within:
            raise InvalidInput([unknown_unit()])
