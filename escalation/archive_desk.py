"""The archive: complaints' files read, printed, sent up. The engine has it as `engine.archive`;
`complaint` is the internal number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from contacts.files import Kind
from contacts.units import unknown_unit
from core.errors import FenghuoError, FieldFault, InvalidInput
from database import journal
from database.connection import business_now
from escalation import (
    archive_file,
    archive_list,
    archive_register,
    archive_sending,
    complaint_search,
    saved_views,
    ticket_filters,
    ticket_store,
)
from escalation.about import About
from escalation.admission import Door, admit_elsewhere
from escalation.archive_list import Wanted
from escalation.archive_sending import Receiver
from escalation.client_desk import MOST_EXPORTED, ClientDesk, own_unit
from escalation.house import House
from escalation.ticket_store import Worker

#: Files that one act sends up or prints together.
MOST_AT_ONCE = 200


class ArchiveDesk:
    """What is left of a complaint when it has been worked to its end."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._files = ClientDesk(house)
        self._let_in = Door(house)

    # --- the list ---------------------------------------------------------------------------

    def page(self, wanted: Wanted) -> dict[str, Any]:
        """One page of the list; `escalation.archive_list.page`. InvalidInput."""
        return self.database.read(lambda c: archive_list.page(c, self.house, wanted))

    def count(self, wanted: Wanted) -> dict[str, Any]:
        """How many hits; `escalation.archive_list.count`. InvalidInput."""
        return self.database.read(lambda c: archive_list.count(c, self.house, wanted))

    def export(self, wanted: Wanted, reason: str, actor: str, kind: Kind = "xlsx") -> bytes:
        """What the list shows as a table whose first lines say who, when and why; clients masked.

        InvalidInput without a reason, or for a unit of another area.
        """
        faults = complaint_search.require_reason(reason)
        faults += [unknown_unit() for code in self._units(wanted) if not self._own(code)][:1]
        if faults:
            raise InvalidInput(faults)
        self._let_in_own({"reason": reason, **_free(wanted)})
        every = replace(wanted, after="", limit=MOST_EXPORTED)
        chosen = self.database.read(lambda c: archive_list.ids(c, self.house, every))
        asked: dict[str, Any] = ticket_filters.as_query(wanted.filters)
        asked |= {"text": wanted.text} if wanted.text.strip() else {}
        return self._files.export(asked, reason, actor, kind, chosen=chosen)

    @staticmethod
    def _units(wanted: Wanted) -> tuple[str, ...]:
        return (*wanted.filters.unit, *wanted.filters.at)

    def _own(self, code: str) -> bool:
        """Whether a unit lies in the area: no empty table of another one leaves the house."""
        unit = self.house.tree().by_code(code)
        return unit is not None and unit.path.startswith(self.house.area)

    def views(self, account: int) -> list[dict[str, Any]]:
        """Somebody's saved views; their own only, whatever their area."""
        return self.house.whole.read(lambda c: saved_views.listed(c, account))

    def save_view(self, account: int, name: str, wanted: Wanted) -> int:
        """Keep filters and order under a name; its id. InvalidInput, Conflict."""
        self._let_in_own({"name": name, **_free(wanted)})
        return self.database.run(
            lambda c: saved_views.save(c, account, name, wanted.filters, wanted.sort)
        )

    def remove_view(self, account: int, name: str) -> None:
        """Forget one of one's own."""
        admit_elsewhere(self.house)  # by its account
        self.database.run(lambda c: saved_views.remove(c, account, name))

    # --- one file, and many -------------------------------------------------------------------

    def file(self, complaint: int) -> dict[str, Any]:
        """A complaint's whole file, masked; `escalation.archive_file.read`. NotFound."""
        found = self.database.read(lambda c: archive_file.read(c, self.house, complaint))
        return self._named(found)

    def file_in_clear(self, complaint: int, form: str, reason: str, actor: str) -> dict[str, Any]:
        """The same with the clients' data, for one of its papers; journalled with who and why.

        NotFound, InvalidInput without a reason.
        """
        faults = complaint_search.require_reason(reason)
        if faults:
            raise InvalidInput(faults)
        self._let_in(About(complaint_id=complaint), reason=reason)
        found = self.database.read(
            lambda c: archive_file.read(c, self.house, complaint, clear=True)
        )

        def note(connection: Connection) -> None:
            row = ticket_store.lock(connection, complaint)
            journal.write(connection, business_now(connection), journal.Entry(
                verb="client_revealed", subject=f"complaint:{complaint}", actor=actor,
                incident_id=row.incident_id, unit_id=row.unit_id, reason=reason.strip(),
                after={"fields": [f"paper:{form}"],
                       "attached": [a["complaint"] for a in found["attached"]]},
            ))  # fmt: skip

        self.database.run(note)
        return self._named(found)

    def register(self, unit: str, month: str) -> dict[str, Any]:
        """The complaints of a unit and a month by time of acceptance (BO-11). InvalidInput."""
        first = archive_register.month_of(month)
        found = self.database.read(lambda c: archive_register.read(c, self.house, unit, first))
        return self.house.whole.read(lambda c: archive_register.with_names(c, found))

    def send_up(
        self, complaints: Sequence[int], to: Receiver, by: Worker
    ) -> list[FenghuoError | None]:
        """Send archived files to the branch or to head office (WP-26); None or the error of each,
        in their order. One's fault costs no other. InvalidInput for too many at once."""
        if len(complaints) > MOST_AT_ONCE:
            raise InvalidInput([FieldFault(
                "complaints", f"一次最多上报{MOST_AT_ONCE}件", "are too many at once",
                "请分批上报", f"at most {MOST_AT_ONCE}",
            )])  # fmt: skip
        results: list[FenghuoError | None] = []
        for complaint in complaints:
            try:
                self._send(complaint, to, by)
                results.append(None)
            except FenghuoError as error:
                results.append(error)
        return results

    def _let_in_own(self, texts: dict[str, str]) -> None:
        """To one's own unit, with words that are kept in the clear: nobody's name or number."""
        self._let_in(About(unit=own_unit(self.house, {})), **texts)

    def _send(self, complaint: int, to: Receiver, by: Worker) -> None:
        self._let_in(About(complaint_id=complaint))
        self.database.run(lambda c: archive_sending.send(c, self.house, complaint, to, by))

    def _named(self, file: dict[str, Any]) -> dict[str, Any]:
        return self.house.whole.read(lambda c: archive_file.with_names(c, file))


def _free(wanted: Wanted) -> dict[str, str]:
    """Filters whose values are no closed words: they are kept in the clear, so nobody's data."""
    names = ("product", "class_id", "unit", "at", "blamed")
    return {n: " ".join(v) for n in names if (v := getattr(wanted.filters, n))}
