"""The verbs of media cases, one transaction each; the engine has them as `engine.media`.

A case of one's own area is worked on; one that is seen for a complaint or an incident of one's own
(`touched`) may be checked and added to, for the unit of the facts is asked for them. Words that
leave the house (by the daily summary too), and those kept in the clear, name no client; all words
are sealed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from core.errors import Conflict
from database.connection import business_now
from escalation import (
    manual,
    media_cases,
    media_contacts,
    media_daily,
    media_feeds,
    media_links,
    media_statements,
    media_view,
    media_work,
)
from escalation import media_values as values
from escalation.about import About
from escalation.admission import Door
from escalation.evidence_files import EvidenceFile
from escalation.house import House
from escalation.ids import media_id as public_media
from escalation.media_rules import StatementKind

T = TypeVar("T")


class MediaDesk:
    """Every verb of media cases over one `House`. Conflict, InvalidInput, NotFound as they say."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def _run(self, work: Callable[[Connection, datetime], T]) -> T:
        return self.database.run(lambda c: work(c, business_now(c)))

    # --- reading ---------------------------------------------------------------------------

    def cases(
        self, *, show: str = "open", text: str | None = None, limit: int = media_view.USUAL
    ) -> dict[str, Any]:
        """The list with its figures (`media_view.read_list`)."""
        return self.database.read(
            lambda c: media_view.read_list(c, self.house, show=show, text=text, limit=limit)
        )

    def case(self, case_id: int) -> dict[str, Any]:
        """One case in full. NotFound outside the area."""
        return self.database.read(lambda c: media_view.read_case(c, self.house, case_id))

    def case_file(self, case_id: int, file_id: int) -> EvidenceFile:
        """A file of the case. NotFound."""
        return self.database.read(lambda c: media_cases.read_file(c, self.house, case_id, file_id))

    def media_list(self) -> list[dict[str, Any]]:
        """Journalists and outlets of the area, each with the log of talks (WP-31)."""
        return self.database.read(lambda c: media_contacts.read_list(c, self.house))

    def daily(self, day: date | None = None) -> dict[str, Any]:
        """舆情日报 of a day (`media_daily.read`), today's without one. InvalidInput."""
        return self.database.read(lambda c: media_daily.read(c, self.house, day))

    def feeds(self) -> list[dict[str, Any]]:
        """The feeds of the area that are watched, and how each is."""
        return self.database.read(lambda c: media_feeds.read(c, self.house))

    # --- found -----------------------------------------------------------------------------

    def find(self, value: values.Found, by: values.By) -> tuple[int, bool]:
        """A report found: a new case, or the one that has its link; whether it is new.

        Conflict where the link is in a case that the viewer does not see.
        """
        self._let_in(About(unit=value.unit), outlet=value.report.outlet)
        number, new = self._run(lambda c, now: media_cases.find(c, self.house, value, by, now))
        if not new and not self.database.read(
            lambda c: media_view.seen_case(c, self.house, number)
        ):
            raise Conflict("该报道已由其他机构登记，请联系总行公关",
                           "another unit has this report already; ask head office")  # fmt: skip
        return number, new

    def see_again(self, case_id: int, report: values.Report, by: values.By) -> None:
        """Another report of the same story. A settled case is open again by it."""
        self._let_in(_touched(case_id), outlet=report.outlet)
        self._run(lambda c, now: media_cases.see_again(c, self.house, case_id, report, by, now))

    def measure(self, case_id: int, sighting: int, reach: values.Reach, by: values.By) -> None:
        """A later reading of how far a report has gone."""
        self._let_in(_touched(case_id))
        self._run(
            lambda c, now: media_cases.measure(c, self.house, case_id, sighting, reach, by, now)
        )

    def keep_copy(self, case_id: int, sighting: int | None, content: bytes, by: values.By) -> int:
        """Keep a copy of a report (PDF, JPG, PNG); its id."""
        self._let_in(_touched(case_id))
        return self._run(
            lambda c, now: media_cases.keep_copy(c, self.house, case_id, sighting, content, by, now)
        )

    # --- worked on -------------------------------------------------------------------------

    def record_finding(
        self, case_id: int, value: values.Finding, by: values.By, file: bytes | None = None
    ) -> None:
        """What the unit found when it checked the facts."""
        self._let_in(_touched(case_id), note=value.note, evidence=value.evidence)
        self._run(
            lambda c, now: media_work.record_finding(c, self.house, case_id, value, file, by, now)
        )

    def ask_correction(
        self, case_id: int, value: values.Correction, by: values.By, file: bytes | None = None
    ) -> None:
        """Ask an outlet to correct, with evidence. What is sent names no client."""
        self._let_in(_own(case_id), text=value.text, evidence=value.evidence)
        self._run(
            lambda c, now: media_work.ask_correction(c, self.house, case_id, value, file, by, now)
        )

    def note_answer(
        self, case_id: int, value: values.OutletAnswer, by: values.By, file: bytes | None = None
    ) -> None:
        """What an outlet answered to a correction."""
        self._let_in(_own(case_id), note=value.note)
        self._run(
            lambda c, now: media_work.note_answer(c, self.house, case_id, value, file, by, now)
        )

    def log_talk(self, case_id: int, value: values.Talk, by: values.By) -> None:
        """A talk with a journalist about the case."""
        self._let_in(_own(case_id), outlet=value.outlet)
        if value.contact is not None:
            self._let_in(About(media_contact_id=value.contact))
        self._run(lambda c, now: media_work.log_talk(c, self.house, case_id, value, by, now))

    def name_spokesperson(self, case_id: int, name: str, by: values.By) -> None:
        """Who alone speaks for the bank about it."""
        self._let_in(_own(case_id), name, name=name)
        self._run(lambda c, now: media_work.set_spokesperson(c, self.house, case_id, name, by, now))

    # --- statements ------------------------------------------------------------------------

    def draft_statement(
        self, case_id: int, kind: StatementKind, seen: int, text: str, by: values.By
    ) -> None:
        """Write the next version, having seen version `seen`. It names no client."""
        self._let_in(_own(case_id), text=text)
        self._run(
            lambda c, now: media_statements.draft(c, self.house, case_id, kind, seen, text, by, now)
        )

    def approve_statement(
        self, case_id: int, kind: StatementKind, seen: int, by: values.By
    ) -> None:
        """Approve what somebody else drafted. NotAllowed for who wrote of it."""
        self._let_in(_own(case_id))
        self._run(
            lambda c, now: media_statements.approve(c, self.house, case_id, kind, seen, by, now)
        )

    def return_statement(
        self, case_id: int, kind: StatementKind, seen: int, reason: str, by: values.By
    ) -> None:
        """Send a draft back, or take an approval back, with the reason."""
        self._let_in(_own(case_id))
        self._run(
            lambda c, now: media_statements.give_back(
                c, self.house, case_id, kind, seen, reason, by, now
            )
        )

    def issue_statement(
        self, case_id: int, kind: StatementKind, seen: int, via: str, by: values.By
    ) -> None:
        """Issue the approved version. Conflict for any other."""
        self._let_in(_own(case_id), via=via)
        self._run(
            lambda c, now: media_statements.issue(c, self.house, case_id, kind, seen, via, by, now)
        )

    # --- linked ----------------------------------------------------------------------------

    def link_complaint(self, case_id: int, complaint_id: int, by: values.By) -> None:
        """The report is about this complaint."""
        self._let_in(_own(case_id))
        self._let_in(About(complaint_id=complaint_id))
        self._run(
            lambda c, now: media_links.link_complaint(c, self.house, case_id, complaint_id, by, now)
        )

    def unlink_complaint(self, case_id: int, complaint_id: int, reason: str, by: values.By) -> None:
        """It was linked by mistake."""
        self._let_in(_own(case_id))
        self._let_in(About(complaint_id=complaint_id))
        self._run(
            lambda c, now: media_links.unlink_complaint(
                c, self.house, case_id, complaint_id, reason, by, now
            )
        )

    def link_incident(self, case_id: int, incident_id: int, by: values.By) -> None:
        """The report is about this incident: it is media-exposed from now on."""
        self._let_in(_own(case_id))
        self._let_in(About(incident_id=incident_id))
        self._run(
            lambda c, now: media_links.link_incident(c, self.house, case_id, incident_id, by, now)
        )

    def open_exposed(self, case_id: int, unit: str, product: str | None, by: values.By) -> int:
        """Open a media-exposed incident by hand for the case; its id.

        Conflict when its place has an open one already (link to that), or the case has one.
        """
        self._let_in(_own(case_id))
        self._let_in(About(unit=unit), product=product)
        self._run(lambda c, now: media_links.refuse_second(c, case_id))
        note = f"媒体事件 {public_media(case_id)}"
        opening = manual.ManualOpening(unit, note, product, origin="media", media_exposed=True)
        number = manual.open_by_hand(self.house, opening, by.actor)
        self._run(lambda c, now: media_links.link_incident(c, self.house, case_id, number, by, now))
        return number

    # --- its place and its end -------------------------------------------------------------

    def give_to(self, case_id: int, unit: str, note: str, by: values.By) -> None:
        """Another unit works on it from now on."""
        self._let_in(_own(case_id))
        self._let_in(About(unit=unit))
        self._run(lambda c, now: media_cases.hand_over(c, self.house, case_id, unit, note, by, now))

    def join(self, case_id: int, into_id: int, note: str, by: values.By) -> None:
        """It is the same story as another case."""
        self._let_in(_own(case_id))
        self._let_in(_own(into_id))
        self._run(lambda c, now: media_cases.join(c, self.house, case_id, into_id, note, by, now))

    def settle(self, case_id: int, value: values.Settling, by: values.By) -> None:
        """It is over, and how."""
        self._let_in(_own(case_id), note=value.note)
        self._run(lambda c, now: media_work.settle(c, self.house, case_id, value, by, now))

    def open_again(self, case_id: int, note: str, by: values.By) -> None:
        """It is not over."""
        self._let_in(_own(case_id), note=note)
        self._run(lambda c, now: media_work.reopen_by_hand(c, self.house, case_id, note, by, now))

    # --- the media list (WP-31) ------------------------------------------------------------

    def save_contact(self, contact_id: int | None, value: values.Contact, by: values.By) -> int:
        """A journalist or outlet of the list, new or changed; the id."""
        self._let_in(About(unit=value.unit), outlet=value.outlet)
        if contact_id is not None:
            self._let_in(About(media_contact_id=contact_id))
        return self._run(
            lambda c, now: media_contacts.save(c, self.house, contact_id, value, by, now)
        )

    def note_contact(self, contact_id: int, value: values.Talk, by: values.By) -> None:
        """A talk in advance with somebody of the list."""
        self._let_in(About(media_contact_id=contact_id))
        self._run(
            lambda c, now: media_contacts.note_talk(c, self.house, contact_id, value, by, now)
        )

    def save_feed(self, feed_id: int | None, value: values.Feed, by: values.By) -> int:
        """A feed to watch, new or changed; the id."""
        said = " ".join(value.keywords)
        self._let_in(About(unit=value.unit), name=value.name, keywords=said, url=value.url)
        if feed_id is not None:
            self._let_in(About(media_feed_id=feed_id))
        return self._run(lambda c, now: media_feeds.save(c, self.house, feed_id, value, by, now))


def _own(case_id: int) -> About:
    return About(media_case_id=case_id)


def _touched(case_id: int) -> About:
    return About(media_case_id=case_id, touched=True)
