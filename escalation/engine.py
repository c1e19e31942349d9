"""The verbs of the whole system, and the clockwork that runs by itself.

Web processes call the verbs; engine processes call `tick`. Both may run any number of times on
any number of machines: all state is in PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from alerts import inbound, receipts
from complaints.value import ComplaintValue
from core.clock import SHANGHAI
from core.errors import Conflict, FenghuoError, InvalidInput, NotFound
from core.viewer import Viewer
from database import journal
from database.connection import Database, business_now
from escalation import (
    acknowledging,
    answering,
    backlog,
    calendar_days,
    calendar_moves,
    closing,
    complaint_words,
    correcting,
    duties,
    duty_changes,
    duty_desk,
    events,
    evidence_files,
    failed_texts,
    gatherings,
    head_office,
    hotline,
    hotline_lists,
    incident_view,
    intake,
    ladder,
    ladder_repeats,
    lines,
    manual,
    notices,
    recount,
    seal_clear,
    shift_ends,
    standing,
    statistics_reports,
    ticket_promises,
    told,
    told_duties,
)
from escalation.about import About
from escalation.admission import Door, admit_elsewhere
from escalation.after_desks import CallDesk, ReceptionDesk, ReviewDesk
from escalation.archive_desk import ArchiveDesk
from escalation.audit_desk import AuditDesk
from escalation.board import read_board
from escalation.client_desk import ClientDesk
from escalation.command_desk import CommandDesk
from escalation.contact_desk import ContactDesk
from escalation.hotline_desk import HotlineDesk
from escalation.house import House
from escalation.media_desk import MediaDesk
from escalation.prepared import Prepared, prepare
from escalation.regulator_desk import RegulatorDesk
from escalation.reports import Reports
from escalation.statistics_desk import StatisticsDesk
from escalation.ticket_desk import TicketDesk

CHUNK = 100
#: Rounds of one clockwork within one tick: bounds the tick, the next one goes on.
_MOST_ROUNDS = 500
#: What evidence says in words; `by` is staff, as `privacy` has it.
_SAID = ("by", "to", "number", "via", "note")


@dataclass(frozen=True)
class RowResult:
    """The result of one row of a batch: the answer, or the error that concerns this row only."""

    taken: intake.Taken | None = None
    error: FenghuoError | None = None


class Engine:
    """Every verb of the system over one `House`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self.reports = Reports(house)
        self.command = CommandDesk(house)
        self.reception = ReceptionDesk(house)
        self.calls = CallDesk(house)
        self.review = ReviewDesk(house)
        self.files = ClientDesk(house)
        self.contacts = ContactDesk(house)
        self.audit = AuditDesk(house)
        self.hotline = HotlineDesk(house, self.take_batch)
        self.tickets = TicketDesk(house)
        self.archive = ArchiveDesk(house)
        self.regulator = RegulatorDesk(house)
        self.media = MediaDesk(house)
        self.statistics = StatisticsDesk(house)
        self._let_in = Door(house)

    def for_viewer(self, viewer: Viewer, logins: Database) -> Engine:
        """The engine as somebody sees it: their area to read, a door before every verb."""
        return Engine(self.house.seen_by(viewer, logins))

    # --- intake ---------------------------------------------------------------------------

    def take_complaint(
        self, value: ComplaintValue, actor: str, *, history: bool = False
    ) -> intake.Taken:
        """Enter one complaint. InvalidInput, Conflict; sent twice it gets the first answer."""
        one = prepare(self.house, value, history=history)
        admit_elsewhere(self.house)  # `prepare` has held the area
        return told.to_viewer(self.house, intake.take(self.house, [one], actor)[0])

    def take_batch(
        self, values: Sequence[ComplaintValue | FenghuoError], actor: str, *, history: bool = False
    ) -> list[RowResult]:
        """Enter many, committed in chunks; one row's fault does not cost another row."""
        results: list[RowResult] = []
        for start in range(0, len(values), CHUNK):
            results.extend(self._take_chunk(values[start : start + CHUNK], actor, history))
        return results

    def _take_chunk(
        self, values: Sequence[ComplaintValue | FenghuoError], actor: str, history: bool
    ) -> list[RowResult]:
        ready: list[Prepared | FenghuoError] = []
        for value in values:
            if isinstance(value, FenghuoError):
                ready.append(value)
                continue
            try:
                ready.append(prepare(self.house, value, history=history))
            except InvalidInput as error:
                ready.append(error)
        good = [row for row in ready if isinstance(row, Prepared)]
        try:
            admit_elsewhere(self.house)  # `prepare` has held the area
            taken = iter(intake.take(self.house, good, actor) if good else [])
            return [
                RowResult(error=row)
                if isinstance(row, FenghuoError)
                else RowResult(told.to_viewer(self.house, next(taken)))
                for row in ready
            ]
        except (InvalidInput, Conflict):
            return [self._take_row(row, actor) for row in ready]

    def _take_row(self, row: Prepared | FenghuoError, actor: str) -> RowResult:
        if isinstance(row, FenghuoError):
            return RowResult(error=row)
        try:
            return RowResult(told.to_viewer(self.house, intake.take(self.house, [row], actor)[0]))
        except (InvalidInput, Conflict) as error:
            return RowResult(error=error)

    def correct_complaint(
        self, complaint: int, kind: str, reason: str, actor: str
    ) -> dict[str, Any]:
        """Withdrawn or wrongly filed: taken out of the counts by a new entry."""
        self._let_in(About(complaint_id=complaint), reason=reason)
        return correcting.correct(self.house, complaint, kind, reason, actor)

    def report_gathering(self, value: gatherings.Gathering, actor: str) -> dict[str, Any]:
        """Store a reported gathering and open or update its place's incident."""
        self._let_in(About(unit=value.unit), note=value.note)
        self._let_in(About(unit=value.unit), value.reported_by, reported_by=value.reported_by)
        return gatherings.report(self.house, value, actor)

    def open_incident(self, value: manual.ManualOpening, actor: str) -> dict[str, Any]:
        """Open an incident by hand. Conflict when its place has an open one already."""
        self._let_in(About(unit=value.unit), note=value.note)
        return self.incident(manual.open_by_hand(self.house, value, actor))

    # --- on an incident -------------------------------------------------------------------

    def acknowledge(self, incident_id: int, value: acknowledging.Acknowledgement) -> bool:
        """Acknowledge; False when this person had already. Conflict when the incident is over."""
        about = About(incident_id=incident_id, touched=True)
        self._let_in(about, value.by, note=value.note)
        return self.database.run(
            lambda c: acknowledging.acknowledge(c, incident_id, value, business_now(c))
        )

    def stand_down(self, incident_id: int, reason: str, actor: str) -> None:
        """End what is acute: free its keys, spend its complaints, send the all-clear."""
        self._let_in(About(incident_id=incident_id), reason=reason)
        closing.stand_down(self.house, incident_id, reason, actor)

    def close_incident(self, incident_id: int, reason: str, actor: str) -> None:
        """End the paperwork. Conflict while it is not stood down or a duty is open."""
        self._let_in(About(incident_id=incident_id), reason=reason)
        self.database.run(lambda c: closing.close(c, incident_id, reason, actor))

    def reopen_incident(self, incident_id: int, reason: str, actor: str) -> None:
        """Open an ended incident again; every clock goes on where it was."""
        self._let_in(About(incident_id=incident_id), reason=reason)
        closing.reopen(self.house, incident_id, reason, actor)

    def fulfil_duty(
        self, incident_id: int, duty_id: int, evidence: dict[str, Any], actor: str
    ) -> None:
        """End a duty by its receipt (who, when, to whom, number). NotFound, Conflict.

        InvalidInput for a receipt dated later than now.
        """

        self.prove_duty(duty_id, None, evidence, actor, incident_id=incident_id)

    def prove_duty(
        self, duty_id: int, kind: str | None, evidence: dict[str, Any], actor: str, *,
        incident_id: int | None = None, file: bytes | None = None,
    ) -> None:  # fmt: skip
        """End a duty by evidence of a kind that its clause takes. NotFound, Conflict, InvalidInput.

        `evidence` has at (ISO 8601), by, to, number, via, note, file: what the kind asks for.
        """
        said = {name: str(evidence[name]) for name in _SAID if evidence.get(name)}
        self._let_in(About(duty_id=duty_id), said.get("by"), **said)
        self.database.run(
            lambda c: duty_changes.prove(
                c,
                self.house,
                duty_id,
                kind,
                evidence,
                business_now(c),
                actor,
                incident_id=incident_id,
                file=file,
            )
        )

    def duty_file(self, duty_id: int) -> evidence_files.EvidenceFile:
        """The file that proves a duty. NotFound where it was proven without one."""
        return self.database.read(lambda c: evidence_files.of_duty(c, self.house.vault, duty_id))

    def waive_duty(self, duty_id: int, role: str, reason: str, actor: str) -> None:
        """End a duty without evidence; only by a role that its plan entitles."""
        self._let_in(About(duty_id=duty_id), reason=reason)
        self.database.run(
            lambda c: duty_changes.waive(
                c, self.house, duty_id, role, reason, business_now(c), actor
            )
        )

    def extend_duty(self, duty_id: int, value: duty_changes.Longer, actor: str) -> datetime:
        """Give a duty the extension that its clause allows; the new due time."""
        self._let_in(
            About(duty_id=duty_id), value.approved_by, reason=value.reason,
            told_via=value.told_via, approved_by=value.approved_by,
        )  # fmt: skip
        return self.database.run(
            lambda c: duty_changes.lengthen(c, self.house, duty_id, value, business_now(c), actor)
        )

    def reassign_duty(
        self, duty_id: int, *, unit_id: int, role: str, person_id: int | None, reason: str,
        actor: str,
    ) -> None:  # fmt: skip
        """Hand a duty to another role, place or person; its clock goes on."""
        self._let_in(About(duty_id=duty_id), reason=reason)
        self.database.run(
            lambda c: duty_changes.reassign(
                c, self.house, duty_id, unit_id=unit_id, role=role, person_id=person_id,
                reason=reason, now=business_now(c), actor=actor,
            )
        )  # fmt: skip

    def duty_callees(self, duty_id: int, actor: str) -> list[dict[str, Any]]:
        """Whom to telephone about a duty, numbers in full. Journalled; NotFound."""
        self._let_in(About(duty_id=duty_id))
        found = self.database.read(lambda c: duty_desk.callees(c, self.house, duty_id))
        self.database.run(lambda c: duty_desk.note_callees(c, duty_id, actor))
        return found

    # --- what happens beside complaints ---------------------------------------------------

    def record_event(self, value: events.ByHand, actor: str) -> int:
        """Record an event that no part of the software notices by itself; its id."""
        about = About(complaint_id=value.complaint_id, unit=value.unit)
        try:
            self._let_in(about, ref=value.ref, note=value.note)
        except NotFound:
            raise events.unknown_complaint(given=True) from None
        return self.database.run(lambda c: events.record_by_hand(c, self.house, value, actor))

    def set_calendar_day(self, change: calendar_days.DayChange, actor: str) -> int:
        """Set a day as working or off; open duties that rest on it move. Returns how many did."""
        self._let_in(About(), reason=change.reason)

        def work(connection: Connection) -> int:
            now = business_now(connection)
            calendar_days.set_day(connection, change.day, change.working, change.reason, actor, now)
            standing.look_again(connection, self.house, now.astimezone(SHANGHAI).date())
            return calendar_moves.rework(connection, self.house, now, actor)

        return self.database.run(work)

    def clear_calendar_day(self, day: date, reason: str, actor: str) -> int:
        """Take an override away; open duties that rest on it move back. Returns how many did."""
        self._let_in(About(), reason=reason)

        def work(connection: Connection) -> int:
            now = business_now(connection)
            calendar_days.clear_day(connection, day, reason, actor, now)
            standing.look_again(connection, self.house, now.astimezone(SHANGHAI).date())
            return calendar_moves.rework(connection, self.house, now, actor)

        return self.database.run(work)

    # --- replies and receipts -------------------------------------------------------------

    def inbound(
        self, gateway: str, provider_id: str, phone: str, text: str, raw: Mapping[str, str]
    ) -> bool:
        """Store a reply raw, then read it. False when it had been stored before."""

        def store(connection: Connection) -> bool:
            now = business_now(connection)
            new = inbound.store(connection, gateway, provider_id, phone, text, raw, now)
            if new:
                journal.announce(connection)
            return new

        new = self.database.run(store)
        self.read_replies()
        return new

    def receipt(
        self, gateway: str, provider_id: str, status: str, error_code: str | None,
        raw: Mapping[str, str],
    ) -> None:  # fmt: skip
        """Store a delivery receipt raw; the engine applies it."""

        def store(connection: Connection) -> None:
            receipts.store(
                connection, gateway, provider_id, status, error_code, raw, business_now(connection)
            )
            journal.announce(connection)

        self.database.run(store)
        self.apply_receipts()

    def read_replies(self) -> int:
        """Read every unread reply, one transaction each; returns how many."""
        return self._repeat(lambda c: answering.read_next(c, self.house, business_now(c)))

    def apply_receipts(self) -> None:
        """Apply pending receipts and go on to the next person where a text failed for good."""

        def work(connection: Connection) -> None:
            now = business_now(connection)
            failed = receipts.apply_pending(connection, now)
            failed_texts.after_receipts(connection, self.house, failed, now)

        self.database.run(work)

    # --- reading --------------------------------------------------------------------------

    def board(self) -> dict[str, Any]:
        """What the board shows."""
        return self.database.read(lambda c: read_board(c, self.house, self.house.area))

    def incident(self, incident_id: int) -> dict[str, Any]:
        """One incident with everything about it. NotFound outside the area."""
        area = self.house.area
        return self.database.read(
            lambda c: incident_view.read_incident(c, self.house, incident_id, area)
        )

    def incidents(self, *, state: str | None, most: int = 10_000) -> list[dict[str, Any]]:
        """Incidents, newest first."""
        area = self.house.area
        return self.database.read(
            lambda c: incident_view.list_incidents(c, self.house, state=state, most=most, area=area)
        )

    # --- the clockwork --------------------------------------------------------------------

    def clockworks(self) -> Sequence[tuple[str, Callable[[], object]]]:
        """What one tick runs, in this order; an error in one does not stop the others."""
        house = self.house
        return (
            ("replies", self.read_replies),
            ("receipts", self.apply_receipts),
            ("failed texts", lambda: self.database.run(
                lambda c: failed_texts.sweep(c, house, business_now(c)))),
            ("ladder", lambda: self._repeat(
                lambda c: ladder.climb_due(c, house, business_now(c)))),
            ("head office", lambda: self._repeat(
                lambda c: head_office.page(c, house, business_now(c)))),
            ("ladder repeats", lambda: self._repeat(
                lambda c: ladder_repeats.repeat_due(c, house, business_now(c)))),
            ("ends of shifts", lambda: self._repeat(
                lambda c: shift_ends.hand_over_due(c, house, business_now(c)))),
            ("standing duties", lambda: self.database.run(
                lambda c: standing.come_due(c, house, business_now(c)))),
            ("statutory lines", lambda: self.database.run(
                lambda c: lines.cross(c, house, business_now(c)))),
            ("told duties", lambda: self.database.run(
                lambda c: told_duties.fulfil_told(c, business_now(c)))),
            ("duties", lambda: self._repeat(
                lambda c: duties.run_clocks(c, house, business_now(c)))),
            ("notices", lambda: self._repeat(
                lambda c: notices.send_next(c, house, business_now(c)))),
            ("promises", lambda: self._repeat(
                lambda c: ticket_promises.lapse_due(c, business_now(c)))),
            ("hotline digests", lambda: self._repeat(
                lambda c: hotline.send_digest(c, house, business_now(c)))),
            ("lists of the hotline", lambda: self.database.run(
                lambda c: hotline_lists.note_missing(c, house, business_now(c)))),
            ("failed hotline texts", lambda: self.database.run(
                lambda c: hotline.pass_on_failed(c, house, business_now(c)))),
            # Last: what this tick wrote too late is one text a phone before a sender sees it.
            ("texts of no use", lambda: self.database.run(
                lambda c: backlog.cancel_moot(c, business_now(c)))),
            ("backlog", lambda: self._repeat(
                lambda c: backlog.merge_next(c, house, business_now(c)))),
            ("words to search", lambda: self._repeat(
                lambda c: bool(complaint_words.index_some(c, house)))),
            ("clear rows", lambda: self._repeat(
                lambda c: seal_clear.seal_some(c, house))),
            ("statistics", lambda: statistics_reports.make_some(
                house, self.database.read(business_now))),
            ("watches", lambda: self.database.run(
                lambda c: recount.roll_watches(c, house, business_now(c)))),
        )  # fmt: skip

    def _repeat(self, work: Callable[[Connection], bool]) -> int:
        for done in range(_MOST_ROUNDS):
            if not self.database.run(work):
                return done
        return _MOST_ROUNDS


def now_of(engine: Engine) -> datetime:
    """Business time as the database has it."""
    return engine.database.read(business_now)
