"""The engine's verbs on site and after: reception sheet, telephone tree, review."""

from __future__ import annotations

from typing import Any

from escalation import call_tree, reception_view, receptions, review, review_view
from escalation.about import About
from escalation.admission import Door, admit_to_unit
from escalation.call_tree import CallResult
from escalation.house import House
from escalation.review import Lesson, Signing


class ReceptionDesk:
    """Clients on site (WP-29); the engine has it as `engine.reception`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def sheet(self, incident_id: int, unit: str | None = None) -> dict[str, Any]:
        """The reception sheet of an incident at a place. NotFound."""
        return self.database.read(
            lambda c: reception_view.read_sheet(c, self.house, incident_id, unit)
        )

    def arrive(
        self, incident_id: int, unit: str | None, value: receptions.Arrival, actor: str
    ) -> dict[str, Any]:
        """Add clients who came. InvalidInput, Conflict when the incident is closed."""
        self._let_in(_at(incident_id, unit))
        self.database.run(
            lambda c: receptions.arrive(c, self.house, incident_id, unit, value, actor)
        )
        return self.sheet(incident_id, unit)

    def change_row(
        self, incident_id: int, row: int, value: receptions.RowChange, actor: str
    ) -> None:
        """Change one row. NotFound, `receptions.RowChanged` when another was faster."""
        self._let_in(About(row_id=row))
        about = About(incident_id=incident_id, touched=True)
        self._let_in(about, room=value.room, outcome=value.outcome)
        self._let_in(about, value.receiver, receiver=value.receiver)
        self.database.run(
            lambda c: receptions.change_row(c, self.house, incident_id, row, value, actor)
        )

    def change_sheet(
        self, incident_id: int, unit: str | None, value: receptions.SheetChange, actor: str
    ) -> dict[str, Any]:
        """Name the separate room or who leads onlookers away. `receptions.RowChanged`."""
        about = _at(incident_id, unit)
        self._let_in(about, separate_room=value.separate_room)
        self._let_in(about, value.guide, guide=value.guide)
        self.database.run(
            lambda c: receptions.change_sheet(c, self.house, incident_id, unit, value, actor)
        )
        return self.sheet(incident_id, unit)

    def count_onlookers(
        self, incident_id: int, unit: str | None, onlookers: int, counted_by: str, actor: str
    ) -> dict[str, Any]:
        """Note how many look on."""
        self._let_in(_at(incident_id, unit))
        self.database.run(
            lambda c: receptions.count_onlookers(
                c, self.house, incident_id, unit, onlookers, counted_by, actor
            )
        )
        return self.sheet(incident_id, unit)


def _at(incident_id: int, unit: str | None) -> About:
    """A place of an incident: one's own place of one that spans more, else the incident's."""
    return About(incident_id=incident_id, unit=unit, touched=unit is not None)


class CallDesk:
    """Whom to telephone; the engine has it as `engine.calls`. Revealing numbers is journalled."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def people(self, incident_id: int) -> list[dict[str, Any]]:
        """Whom to telephone, numbers in full: for masking; to show them use `reveal_people`."""
        return self.database.read(lambda c: call_tree.call_list(c, self.house, incident_id))

    def reveal_people(self, incident_id: int, actor: str) -> list[dict[str, Any]]:
        """The same for somebody who calls now."""
        self._let_in(About(incident_id=incident_id, touched=True))
        found = self.people(incident_id)
        self._note_reveal(incident_id, actor, "list", len(found))
        return found

    def tree(self, incident_id: int) -> dict[str, Any]:
        """Who calls whom about an incident, numbers masked. NotFound."""
        return self.database.read(lambda c: call_tree.incident_tree(c, self.house, incident_id))

    def reveal_tree(self, incident_id: int, actor: str, how: str) -> dict[str, Any]:
        """The same with numbers in full; `how` is screen or print."""
        self._let_in(About(incident_id=incident_id, touched=True))
        found = self.database.read(
            lambda c: call_tree.incident_tree(c, self.house, incident_id, full=True)
        )
        people = sum(len(call["people"]) for call in found["calls"])
        self._note_reveal(incident_id, actor, how, people)
        return found

    def _note_reveal(self, incident_id: int, actor: str, how: str, people: int) -> None:
        """The journal says who asked for numbers; read in their area, written for the bank."""
        self.database.run(lambda c: call_tree.note_reveal(c, incident_id, actor, how, people))

    def unit_tree(self, unit: str) -> dict[str, Any]:
        """The tree of a unit and all below it, numbers masked. NotFound, Conflict."""
        admit_to_unit(self.house, unit)
        return self.database.read(lambda c: call_tree.unit_tree(c, self.house, unit))

    def reveal_unit_tree(self, unit: str, actor: str, how: str) -> dict[str, Any]:
        """The same with numbers in full."""
        admit_to_unit(self.house, unit)
        return self.database.run(lambda c: call_tree.reveal_unit(c, self.house, unit, actor, how))

    def note(self, incident_id: int, value: CallResult, actor: str) -> None:
        """Note whether somebody was reached by telephone. NotFound, InvalidInput."""
        about = About(incident_id=incident_id, touched=True)
        self._let_in(about, value.noted_by, note=value.note)
        self.database.read(lambda c: call_tree.refuse_stranger(c, value))
        self.database.run(lambda c: call_tree.note_call(c, incident_id, value, actor))


class ReviewDesk:
    """The review of an incident (WP-27); the engine has it as `engine.review`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def read(self, incident_id: int) -> dict[str, Any]:
        """The review of an incident; as it was signed, once it is. NotFound."""
        return self.database.read(lambda c: review_view.read_review(c, self.house, incident_id))

    def write_lesson(self, incident_id: int, value: Lesson, actor: str) -> int:
        """Add a lesson; its id."""
        self._let_in(About(incident_id=incident_id), value.author, text=value.text)
        return self.database.run(lambda c: review.write_lesson(c, incident_id, value, actor))

    def edit_lesson(
        self, incident_id: int, lesson: int, version: int, text: str, actor: str
    ) -> None:
        """Put a lesson otherwise. Conflict once the review is signed."""
        self._let_in(About(incident_id=incident_id), text=text)
        self.database.run(
            lambda c: review.edit_lesson(c, incident_id, lesson, version, text, actor)
        )

    def sign(self, incident_id: int, value: Signing, actor: str) -> int:
        """Sign the review; how many duties it proved. Conflict, InvalidInput."""
        self._let_in(About(incident_id=incident_id), value.by, number=value.number)
        return self.database.run(lambda c: review.sign(c, self.house, incident_id, value, actor))
