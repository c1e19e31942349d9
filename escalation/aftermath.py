"""The engine's verbs on site and after: reception sheet, telephone tree, review."""

from __future__ import annotations

from typing import Any

from database.connection import Database
from escalation import call_tree, privacy, reception_view, receptions, review, review_view
from escalation.call_tree import CallResult
from escalation.house import House
from escalation.review import Lesson, Signing


class Aftermath:
    """Verbs that `Engine` has; each answers with what its page shows afterwards."""

    house: House
    database: Database

    def _keep_out(self, about: privacy.About, by: str | None = None, **texts: str | None) -> None:
        """The journal keeps what is typed here: no client's name or number. InvalidInput."""
        privacy.refuse_before(self.database, about, texts, by)

    # --- reception (WP-29) ------------------------------------------------------------------

    def reception(self, incident_id: int, unit: str | None = None) -> dict[str, Any]:
        """The reception sheet of an incident at a place. NotFound."""
        return self.database.read(
            lambda c: reception_view.read_sheet(c, self.house, incident_id, unit)
        )

    def arrive(
        self, incident_id: int, unit: str | None, value: receptions.Arrival, actor: str
    ) -> dict[str, Any]:
        """Add clients who came. InvalidInput, Conflict when the incident is closed."""
        self.database.run(
            lambda c: receptions.arrive(c, self.house, incident_id, unit, value, actor)
        )
        return self.reception(incident_id, unit)

    def change_reception_row(
        self, incident_id: int, row: int, value: receptions.RowChange, actor: str
    ) -> None:
        """Change one row. NotFound, `receptions.RowChanged` when another was faster."""
        self._keep_out(privacy.About(incident_id=incident_id), room=value.room)
        self.database.run(
            lambda c: receptions.change_row(c, self.house, incident_id, row, value, actor)
        )

    def change_reception(
        self, incident_id: int, unit: str | None, value: receptions.SheetChange, actor: str
    ) -> dict[str, Any]:
        """Name the separate room or who leads onlookers away. `receptions.RowChanged`."""
        about = privacy.About(incident_id=incident_id)
        self._keep_out(about, separate_room=value.separate_room)
        self.database.run(
            lambda c: receptions.change_sheet(c, self.house, incident_id, unit, value, actor)
        )
        return self.reception(incident_id, unit)

    def count_onlookers(
        self, incident_id: int, unit: str | None, onlookers: int, counted_by: str, actor: str
    ) -> dict[str, Any]:
        """Note how many look on."""
        self.database.run(
            lambda c: receptions.count_onlookers(
                c, self.house, incident_id, unit, onlookers, counted_by, actor
            )
        )
        return self.reception(incident_id, unit)

    # --- telephone tree ----------------------------------------------------------------------

    def call_list(self, incident_id: int) -> list[dict[str, Any]]:
        """Whom to telephone, numbers in full: for masking; to show them use `reveal_call_list`."""
        return self.database.read(lambda c: call_tree.call_list(c, self.house, incident_id))

    def reveal_call_list(self, incident_id: int, actor: str) -> list[dict[str, Any]]:
        """The same for somebody who calls now; journalled."""
        return self.database.run(lambda c: call_tree.reveal_list(c, self.house, incident_id, actor))

    def call_tree(self, incident_id: int) -> dict[str, Any]:
        """Who calls whom about an incident, numbers masked. NotFound."""
        return self.database.read(lambda c: call_tree.incident_tree(c, self.house, incident_id))

    def reveal_call_tree(self, incident_id: int, actor: str, how: str) -> dict[str, Any]:
        """The same with numbers in full; journalled with `how` (screen, print)."""
        return self.database.run(lambda c: call_tree.reveal(c, self.house, incident_id, actor, how))

    def unit_call_tree(self, unit: str) -> dict[str, Any]:
        """The tree of a unit and all below it, numbers masked. NotFound, Conflict."""
        return self.database.read(lambda c: call_tree.unit_tree(c, self.house, unit))

    def reveal_unit_call_tree(self, unit: str, actor: str, how: str) -> dict[str, Any]:
        """The same with numbers in full; journalled."""
        return self.database.run(lambda c: call_tree.reveal_unit(c, self.house, unit, actor, how))

    def note_call(self, incident_id: int, value: CallResult, actor: str) -> None:
        """Note whether somebody was reached by telephone. NotFound, InvalidInput."""
        self.database.run(lambda c: call_tree.note_call(c, incident_id, value, actor))

    # --- review (WP-27) ----------------------------------------------------------------------

    def review(self, incident_id: int) -> dict[str, Any]:
        """The review of an incident; as it was signed, once it is. NotFound."""
        return self.database.read(lambda c: review_view.read_review(c, self.house, incident_id))

    def write_lesson(self, incident_id: int, value: Lesson, actor: str) -> int:
        """Add a lesson; its id."""
        return self.database.run(lambda c: review.write_lesson(c, incident_id, value, actor))

    def edit_lesson(
        self, incident_id: int, lesson: int, version: int, text: str, actor: str
    ) -> None:
        """Put a lesson otherwise. Conflict once the review is signed."""
        self.database.run(
            lambda c: review.edit_lesson(c, incident_id, lesson, version, text, actor)
        )

    def sign_review(self, incident_id: int, value: Signing, actor: str) -> int:
        """Sign the review; how many duties it proved. Conflict, InvalidInput."""
        return self.database.run(lambda c: review.sign(c, self.house, incident_id, value, actor))
