"""The verbs on tickets: each lets its caller in, then does one thing. The engine has it as
`engine.tickets`; `complaint` is the internal number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from complaints.ticket_forms import Filled
from contacts.units import unknown_unit
from core.errors import Conflict, FenghuoError, FieldFault, InvalidInput
from database import journal
from database.connection import business_now
from escalation import (
    complaint_search,
    evidence_files,
    my_tickets,
    ticket_duties,
    ticket_ending,
    ticket_handing,
    ticket_store,
    ticket_view,
    ticket_work,
)
from escalation.about import About
from escalation.admission import Door
from escalation.evidence_files import EvidenceFile
from escalation.house import House
from escalation.my_tickets import Mine
from escalation.ticket_handing import Hand
from escalation.ticket_store import Worker
from escalation.ticket_work import Done

#: Tickets that one bulk hand-over takes.
MOST_AT_ONCE = 200


class TicketDesk:
    """A complaint's life to closure."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def do(
        self, complaint: int, filled: Filled, by: Worker, files: Sequence[bytes] = (),
        *, version: int | None = None,
    ) -> Done:  # fmt: skip
        """One act. NotFound, Conflict with everything that is missing, InvalidInput, NotAllowed."""
        number = filled.facts.get("number")  # in the clear: it may be nobody's
        self._let_in(About(complaint_id=complaint), by.name, number=number)
        self._know_units(filled)
        if filled.act in ticket_work.ENDING:
            answer = ticket_ending.end(self.house, complaint, filled, by)
            return Done(0, answer["status"])
        return self.database.run(
            lambda c: ticket_work.do(c, self.house, complaint, filled, by, files, version=version)
        )

    def _know_units(self, filled: Filled) -> None:
        """The places that bear a share are the bank's own. InvalidInput."""
        for share in filled.facts.get("shares", ()):
            if self.house.named(share["unit"]) is None:
                raise InvalidInput([unknown_unit("shares")])

    def hand_over(self, complaint: int, hand: Hand, by: Worker) -> None:
        """Offer it to somebody. NotFound, InvalidInput, Conflict."""
        self._let_in(About(complaint_id=complaint), by.name, reason=hand.reason)
        self.database.run(lambda c: ticket_handing.offer(c, self.house, complaint, hand, by))

    def hand_over_many(
        self, complaints: Sequence[int], hand: Hand, by: Worker
    ) -> list[FenghuoError | None]:
        """Offer many to one; None or the error of each, in their order. One's fault costs no other.

        InvalidInput for too many at once.
        """
        if len(complaints) > MOST_AT_ONCE:
            raise InvalidInput([FieldFault(
                "complaints", f"一次最多转办{MOST_AT_ONCE}件", "are too many at once",
                "请分批转办", f"at most {MOST_AT_ONCE}",
            )])  # fmt: skip
        results: list[FenghuoError | None] = []
        for complaint in complaints:
            try:
                self.hand_over(complaint, hand, by)
                results.append(None)
            except FenghuoError as error:
                results.append(error)
        return results

    def accept_handover(self, complaint: int, by: Worker) -> None:
        """Take what is offered. NotFound, Conflict, NotAllowed."""
        self._let_in(About(complaint_id=complaint))
        self.database.run(lambda c: ticket_handing.accept(c, self.house, complaint, by))

    def decline_handover(self, complaint: int, reason: str, by: Worker) -> None:
        """Refuse what is offered, with why. NotFound, Conflict, InvalidInput, NotAllowed."""
        self._let_in(About(complaint_id=complaint), by.name, reason=reason)
        self.database.run(lambda c: ticket_handing.decline(c, self.house, complaint, reason, by))

    def take_back(self, complaint: int, by: Worker) -> None:
        """Keep it after all. NotFound, Conflict."""
        self._let_in(About(complaint_id=complaint))
        self.database.run(lambda c: ticket_handing.take_back(c, self.house.tree(c), complaint, by))

    def link_previous(self, complaint: int, previous: int, by: Worker) -> None:
        """FC-08: this complaint is about an earlier one again. NotFound; Conflict where they are
        not of one client, or it is not the earlier one."""
        self._let_in(About(complaint_id=complaint))
        self.database.run(lambda c: _link(c, self.house, complaint, previous, by))

    def one(self, complaint: int, by: Worker | None = None) -> dict[str, Any]:
        """One ticket, masked, with what may be done now. NotFound."""
        found = self.database.read(
            lambda c: ticket_view.view(c, self.house, complaint, self.house.area, by)
        )

        def rest(connection: Connection) -> dict[str, Any]:
            """Names of who acted, and every clock of it, wherever it runs."""
            found["duties"] = ticket_view.duties_of(connection, self.house, complaint)
            return ticket_view.with_names(connection, found)

        return self.house.whole.read(rest)

    def mine(self, mine: Mine) -> dict[str, Any]:
        """What somebody has to do, by the clock that runs next."""
        found = self.database.read(lambda c: my_tickets.read(c, self.house, mine, business_now(c)))
        return self.house.whole.read(lambda c: my_tickets.with_clocks(c, found, business_now(c)))

    def file(self, complaint: int, file_id: int) -> EvidenceFile:
        """A file of a ticket. NotFound."""
        self._let_in(About(complaint_id=complaint))
        return self.database.run(
            lambda c: evidence_files.of_complaint(c, self.house.vault, complaint, file_id)
        )

    def reveal(self, complaint: int, reason: str, actor: str) -> list[dict[str, Any]]:
        """The words of every act in the clear, journalled. NotFound, InvalidInput."""
        faults = complaint_search.require_reason(reason)
        if faults:
            raise InvalidInput(faults)
        self._let_in(About(complaint_id=complaint), reason=reason)

        def work(connection: Connection) -> list[dict[str, Any]]:
            row = ticket_store.lock(connection, complaint)
            journal.write(connection, business_now(connection), journal.Entry(
                verb="client_revealed", subject=f"complaint:{complaint}", actor=actor,
                incident_id=row.incident_id, unit_id=row.unit_id, reason=reason.strip(),
                after={"fields": ["acts"]},
            ))  # fmt: skip
            acts = ticket_store.acts_of(connection, self.house.vault, complaint)
            return [{"id": act.id, "words": act.words} for act in acts]

        return self.database.run(work)


def _link(connection: Connection, house: House, complaint: int, previous: int, by: Worker) -> None:
    row = ticket_store.lock(connection, complaint)
    now = business_now(connection)
    same = ticket_store.same_client(connection, complaint, previous)
    if not same or previous >= complaint:
        raise Conflict("不是同一客户先前的投诉", "not an earlier complaint of the same client",
                       field="previous")  # fmt: skip
    if row.previous_id == previous:
        return
    ticket_store.update(connection, complaint, {"previous_id": previous})
    ticket_duties.note_event(connection, house, row, "complained_again", "", by, now, now)
    journal.write(connection, now, journal.Entry(
        verb="ticket_linked", subject=f"complaint:{complaint}", actor=by.actor,
        incident_id=row.incident_id, unit_id=row.unit_id, after={"previous": previous},
    ))  # fmt: skip
