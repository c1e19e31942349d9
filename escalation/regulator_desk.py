"""The engine's verbs on regulator cases (监管转办, WP-20); the engine has it as `engine.regulator`.

What clients are called may stand in what the regulator asks and says: that is sealed. The reply,
and whatever the journal or a duty keeps, is looked through and may name nobody.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, NotFound
from database.connection import business_now
from escalation import (
    evidence_files,
    manual,
    privacy,
    regulator_acts,
    regulator_opening,
    regulator_view,
)
from escalation.about import About
from escalation.admission import Door
from escalation.house import House
from escalation.manual import ManualOpening
from escalation.regulator_acts import Consent, Contact, Receipt
from escalation.regulator_opening import Receiving, Wanted
from escalation.regulator_store import By, note, row_of
from escalation.regulator_view import Asked


class RegulatorDesk:
    """Cases by their internal number; what lies outside the viewer's area is NotFound."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    # --- reading ------------------------------------------------------------------------------

    def listed(self, asked: Asked) -> dict[str, Any]:
        """Cases, the overdue first (`regulator_view.listed`)."""
        return self.database.read(lambda c: regulator_view.listed(c, self.house, asked))

    def due(self, days: int = 0) -> dict[str, Any]:
        """What is due to which regulator until tonight, or so many days later."""
        return self.database.read(lambda c: regulator_view.due(c, self.house, days))

    def one(self, case: int) -> dict[str, Any]:
        """One case, clients masked. NotFound."""
        parties = self.house.whole.read(
            lambda c: regulator_view.parties_of(c, self.house, case)
        )  # another branch's client may stand in the words, and is as little shown
        return self.database.read(lambda c: regulator_view.one(c, self.house, case, parties))

    def of_complaint(self, complaint: int) -> list[dict[str, Any]]:
        """The cases that are about a complaint."""
        return self.database.read(lambda c: regulator_view.of_complaint(c, complaint))

    def file_of(self, case: int, filing: int) -> evidence_files.EvidenceFile:
        """The receipt's file of a filing. NotFound."""

        def work(connection: Connection) -> evidence_files.EvidenceFile:
            row = connection.execute(
                sa.text("SELECT e.duty_id FROM regulator_filings f JOIN evidence_files e"
                        " ON e.id = f.file_id WHERE f.id = :filing AND f.case_id = :case"),
                {"filing": filing, "case": case},
            ).one_or_none()  # fmt: skip
            if row is None:
                raise NotFound("file")
            return evidence_files.of_duty(connection, self.house.vault, row.duty_id)

        return self.database.read(work)

    # --- taking in ----------------------------------------------------------------------------

    def receive(self, value: Receiving, by: By) -> tuple[dict[str, Any], bool]:
        """Take a case in; the case, and whether it is new (the same number is the same case).

        InvalidInput; Conflict where another branch has it.
        """
        self._let_in(About(unit=value.unit), number=value.number, regulator=value.regulator)
        about = [About(complaint_id=complaint) for complaint in value.complaints]
        if value.incident is not None:
            about.append(About(incident_id=value.incident, touched=True))
        for one in about:
            self._let_in(one, number=value.number, regulator=value.regulator)
        try:
            number, new = self._receive(value, by)
        except regulator_opening.Taken:  # whoever was faster has made it the known one
            number, new = self._receive(value, by)
        return self.one(number), new

    def _receive(self, value: Receiving, by: By) -> tuple[int, bool]:
        known = self.house.whole.read(lambda c: regulator_opening.find(c, self.house, value))
        if known is not None:
            self._own(known)
        return self.database.run(
            lambda c: regulator_opening.receive(c, self.house, value, by, business_now(c), known)
        )

    def _own(self, case: int) -> None:
        try:
            self._let_in(About(regulator_case_id=case))
        except NotFound:
            raise Conflict(
                "该文号已由其他机构登记，请联系总行关联",
                "another unit has registered this number; head office can link yours",
            ) from None

    def link_complaint(self, case: int, complaint: int, by: By) -> dict[str, Any]:
        """The case is about this complaint too. InvalidInput."""
        self._let_in(About(regulator_case_id=case, complaint_id=complaint))
        self.database.run(lambda c: regulator_opening.link_complaint(
            c, self.house, case, complaint, by, business_now(c)))  # fmt: skip
        return self.one(case)

    def link_incident(self, case: int, incident: int, by: By) -> dict[str, Any]:
        """The case belongs to an open incident. Conflict where it belongs to another."""
        self._let_in(About(regulator_case_id=case))
        self._let_in(About(incident_id=incident, touched=True))
        self.database.run(
            lambda c: regulator_opening.link_incident(c, case, incident, by, business_now(c))
        )
        return self.one(case)

    def open_incident(self, case: int, value: ManualOpening, by: By) -> dict[str, Any]:
        """Open an incident for it by hand, without ten clients. Conflict where its place has one:
        that one can be joined."""
        self._let_in(About(regulator_case_id=case))
        self._let_in(About(unit=value.unit), note=value.note)
        if self.database.run(lambda c: row_of(c, case)).incident_id is not None:
            raise Conflict("已关联事件", "it belongs to an incident already")
        opening = replace(value, origin="regulator")
        number = manual.open_by_hand(self.house, opening, by.actor)
        self.database.run(
            lambda c: regulator_opening.link_incident(c, case, number, by, business_now(c))
        )
        return self.one(case)

    # --- working on it ------------------------------------------------------------------------

    def contact(self, case: int, value: Contact, by: By) -> dict[str, Any]:
        """Log a contact with the regulator; it ends what asks for one (WP-20)."""
        self._open_to(case, value.by, by=value.by)
        self.database.run(
            lambda c: regulator_acts.contact(c, self.house, case, value, by, business_now(c))
        )
        return self.one(case)

    def start(self, case: int, by: By) -> dict[str, Any]:
        """Work on it begins. Conflict before the first contact."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.start(c, case, by, business_now(c)))
        return self.one(case)

    def settle(self, case: int, demand: int, outcome: str, by: By) -> dict[str, Any]:
        """A demand is met."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.settle(
            c, self.house, case, demand, "done", outcome, by, business_now(c)))  # fmt: skip
        return self.one(case)

    def withdraw(self, case: int, demand: int, outcome: str, by: By) -> dict[str, Any]:
        """The regulator has taken a demand back."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.settle(
            c, self.house, case, demand, "withdrawn", outcome, by, business_now(c)))  # fmt: skip
        return self.one(case)

    def supplement(self, case: int, value: Wanted, asked_at: Any, by: By) -> dict[str, Any]:
        """The regulator asks for more; a filed or closed case is worked on again."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.supplement(
            c, self.house, case, value, asked_at or business_now(c), by, business_now(c)
        ))  # fmt: skip
        return self.one(case)

    def extend(self, case: int, value: Consent, by: By) -> dict[str, Any]:
        """A later deadline, by the regulator's consent."""
        self._open_to(case, None, reason=value.reason)
        self.database.run(
            lambda c: regulator_acts.extend(c, self.house, case, value, by, business_now(c))
        )
        return self.one(case)

    # --- the reply ----------------------------------------------------------------------------

    def draft(self, case: int, text: str, seen: int, by: By) -> dict[str, Any]:
        """A new version of the reply, over the one that was `seen` (0: none)."""
        self._open_to(case, None, text=text)
        self.database.run(
            lambda c: regulator_acts.draft(c, self.house, case, text, seen, by, business_now(c))
        )
        return self.one(case)

    def approve(self, case: int, version: int, by: By) -> dict[str, Any]:
        """Approve a version of the reply that somebody else has written."""
        self._open_to(case, None)
        for answer in self.one(case)["answers"]:  # a complaint may have been linked since
            if answer["version"] == version:
                self._open_to(case, None, text=answer["text"])
        self.database.run(lambda c: regulator_acts.decide(
            c, self.house, case, version, True, None, by, business_now(c)))  # fmt: skip
        return self.one(case)

    def give_back(self, case: int, version: int, remark: str, by: By) -> dict[str, Any]:
        """Give a version of the reply back, with the reason."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.decide(
            c, self.house, case, version, False, remark, by, business_now(c)))  # fmt: skip
        return self.one(case)

    def file(self, case: int, value: Receipt, by: By) -> dict[str, Any]:
        """The approved reply is filed, by the regulator's receipt; `ended` are the clauses that
        this ended."""
        self._open_to(case, value.by, by=value.by, to=value.to, number=value.number,
                      regulator=value.regulator)  # fmt: skip

        def work(connection: Connection) -> list[str]:
            now = business_now(connection)
            ids = regulator_acts.file(connection, self.house, case, value, by, now)
            return list(connection.scalars(
                sa.text("SELECT clause FROM duties WHERE id = ANY(:ids) ORDER BY id"),
                {"ids": ids},
            ))  # fmt: skip

        ended = self.database.run(work)
        return {**self.one(case), "ended": ended}

    def close(self, case: int, by: By) -> dict[str, Any]:
        """It is over. Conflict before the filing, or while a demand is open."""
        self._open_to(case, None)
        self.database.run(lambda c: regulator_acts.close(c, case, by, business_now(c)))
        return self.one(case)

    def printed(self, case: int, kind: str, by: By) -> dict[str, Any]:
        """The case for a paper that leaves the house; the journal says who took it."""
        self._open_to(case, None)
        self.database.run(lambda c: note(
            c, "regulator_paper_taken", row_of(c, case), by.actor, business_now(c), kind=kind
        ))  # fmt: skip
        return self.one(case)

    def _open_to(self, case: int, who: str | None, /, **texts: str | None) -> None:
        """Let the caller in, and keep the clients of the case's complaints out of its words."""
        self._let_in(About(regulator_case_id=case))
        if not any((text or "").strip() for text in texts.values()):
            return
        privacy.refuse_numbers({n: t for n, t in texts.items() if n != "by"})
        linked = self.house.whole.read(lambda c: list(c.scalars(
            sa.text("SELECT complaint_id FROM regulator_case_complaints WHERE case_id = :id"),
            {"id": case},
        )))  # fmt: skip
        for complaint in linked:
            privacy.look_through(self.house, About(complaint_id=complaint), who, texts)
