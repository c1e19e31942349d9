"""The engine's verbs on the bank's people (WP-28): numbers, absences, files in and out."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts import absences, desk, outlet_layout, team_layout
from contacts.files import ImportResult, Kind
from contacts.people import AbsenceValue, save_absence
from contacts.units import load_tree
from core.errors import NotFound
from database.connection import business_now
from escalation.about import About
from escalation.admission import admit, admit_elsewhere, admit_to_unit
from escalation.house import House

Layout = Literal["team", "outlets"]
_IMPORTS = {"team": team_layout.import_team, "outlets": outlet_layout.import_outlets}
_EXPORTS = {"team": team_layout.export_team, "outlets": outlet_layout.export_outlets}


class ContactDesk:
    """People and units; the engine has it as `engine.contacts`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database

    def reveal(self, person_id: int, actor: str) -> dict[str, str | None]:
        """A person's numbers in full: of one's area, or above it. Journalled; NotFound."""
        known = sa.text("SELECT EXISTS (SELECT FROM people WHERE id = :id)")
        if not self.database.read(lambda c: c.scalar(known, {"id": person_id})):
            raise NotFound("person")
        admit_elsewhere(self.house)
        return self.database.run(lambda c: desk.reveal(c, person_id, actor))

    def away(self, value: AbsenceValue, actor: str) -> int:
        """Somebody will be away; the absence's id. InvalidInput, NotFound."""
        admit(self.house, About(person_id=value.person_id))
        return self.database.run(lambda c: save_absence(c, value, actor=actor))

    def back(self, absence_id: int, actor: str) -> None:
        """An absence ends now. NotFound."""
        admit(self.house, About(absence_id=absence_id))
        self.database.run(lambda c: absences.end_absence(c, absence_id, actor))

    def take_file(self, layout: Layout, data: bytes, actor: str) -> ImportResult:
        """Read people or outlets from a file; its rows may be of any unit, so head office only."""
        admit(self.house, About())
        return self.database.run(lambda c: _IMPORTS[layout](c, data, actor=actor))

    def export(self, code: str, layout: Layout, kind: Kind, actor: str) -> bytes:
        """A unit and all below it as a file, numbers in full. Journalled; NotFound."""
        admit_to_unit(self.house, code)

        def work(connection: Connection) -> bytes:
            unit = load_tree(connection).by_code(code)
            if unit is None:
                raise NotFound("unit")
            desk.note_export(connection, unit, layout, actor)
            return _EXPORTS[layout](connection, unit.path, kind)

        return self.database.run(work)

    def unit(self, code: str) -> dict[str, Any]:
        """One unit's team, absences and gaps, numbers masked; see `contacts.desk`. NotFound."""
        admit_to_unit(self.house, code)

        def work(connection: Connection) -> dict[str, Any]:
            tree = load_tree(connection)
            unit = tree.by_code(code)
            if unit is None:
                raise NotFound("unit")
            return desk.unit_desk(connection, tree, unit, business_now(connection))

        return self.database.read(work)
