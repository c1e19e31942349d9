"""The verbs on reports (首报/续报/终报), each one transaction. `Engine.reports` has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from core.errors import Conflict
from core.paper import Paper
from database.connection import business_now
from escalation import (
    evidence_files,
    privacy,
    report_drafting,
    report_receipts,
    report_signing,
    report_times,
    report_view,
)
from escalation.about import About
from escalation.admission import Door
from escalation.house import House
from escalation.report_drafting import Beginning
from escalation.report_receipts import ReceiptValue
from escalation.report_signing import Format, Render, Signer
from escalation.report_store import incident_row, report_row


class Reports:
    """Reports of incidents: numbers are internal ids; answers are views (see `report_view`)."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    # --- reading ----------------------------------------------------------------------------

    def listed(self, incident_id: int) -> dict[str, Any]:
        """Every report of an incident, what is owed, what may be begun. NotFound."""
        return self.database.read(lambda c: report_view.list_view(c, self.house, incident_id))

    def one(self, incident_id: int, report_id: int) -> dict[str, Any]:
        """One report in full. NotFound."""
        return self.database.read(
            lambda c: report_view.report_view(c, self.house, incident_id, report_id)
        )

    # --- writing ----------------------------------------------------------------------------

    def begin(self, incident_id: int, value: Beginning, actor: str) -> dict[str, Any]:
        """Draft a report from the figures as they are now. NotFound, Conflict, InvalidInput."""
        self._let_in(
            About(incident_id=incident_id, duty_id=value.duty_id, touched=value.duty_id is not None)
        )
        number = self.database.run(
            lambda c: report_drafting.begin(
                c, self.house, incident_id, value, business_now(c), actor
            )
        )
        return self.one(incident_id, number)

    def edit(
        self, incident_id: int, report_id: int, version: int, texts: Mapping[str, str], actor: str
    ) -> dict[str, Any]:
        """Change fields of a draft seen at `version`.

        Conflict, with the fields as they are now, when somebody else saved meanwhile.
        """
        self._let_in(About(report_id=report_id))
        try:
            self.database.run(
                lambda c: report_drafting.edit(
                    c, self.house, incident_id, report_id, version, texts, business_now(c), actor
                )
            )
        except Conflict as clash:
            raise self._shown(clash) from None
        return self.one(incident_id, report_id)

    def refreeze(
        self, incident_id: int, report_id: int, version: int, actor: str
    ) -> dict[str, Any]:
        """Freeze the figures anew, the old version kept. Conflict as `edit`."""
        self._let_in(About(report_id=report_id))
        try:
            self.database.run(
                lambda c: report_drafting.refreeze(
                    c, self.house, incident_id, report_id, version, business_now(c), actor
                )
            )
        except Conflict as clash:
            raise self._shown(clash) from None
        return self.one(incident_id, report_id)

    def discard(self, incident_id: int, report_id: int, reason: str, actor: str) -> dict[str, Any]:
        """Discard a draft, or what was signed and not sent. Conflict, InvalidInput."""
        self._let_in(About(report_id=report_id))
        self.database.run(
            lambda c: report_drafting.discard(
                c, self.house, incident_id, report_id, reason, business_now(c), actor
            )
        )
        return self.one(incident_id, report_id)

    def sign(
        self, incident_id: int, report_id: int, version: int, signer: Signer, actor: str
    ) -> dict[str, Any]:
        """Sign a draft seen at `version`: it gets its number and its paper. Conflict,
        InvalidInput."""
        self._let_in(About(report_id=report_id))
        try:
            self.database.run(
                lambda c: report_signing.sign(
                    c, self.house, incident_id, report_id, version, signer, business_now(c), actor
                )
            )
        except Conflict as clash:
            raise self._shown(clash) from None
        return self.one(incident_id, report_id)

    def phone(
        self, incident_id: int, report_id: int, value: ReceiptValue, actor: str
    ) -> dict[str, Any]:
        """Note that it was reported by telephone first; `ended` as in `send`. Conflict,
        InvalidInput."""
        self._let_in(About(report_id=report_id))
        ended = self.database.run(
            lambda c: report_receipts.phone(
                c, self.house, incident_id, report_id, value, business_now(c), actor
            )
        )
        return {**self.one(incident_id, report_id), "ended": ended}

    def send(
        self, incident_id: int, report_id: int, value: ReceiptValue, actor: str
    ) -> dict[str, Any]:
        """Mark it sent by its receipt; the answer's `ended` are the clauses whose duties end."""
        self._let_in(About(report_id=report_id))
        ended = self.database.run(
            lambda c: report_receipts.send(
                c, self.house, incident_id, report_id, value, business_now(c), actor
            )
        )
        return {**self.one(incident_id, report_id), "ended": ended}

    def receive(
        self, incident_id: int, report_id: int, value: ReceiptValue, actor: str
    ) -> dict[str, Any]:
        """Note that the addressee confirmed it. Conflict, InvalidInput."""
        self._let_in(About(report_id=report_id))
        self.database.run(
            lambda c: report_receipts.receive(
                c, self.house, incident_id, report_id, value, business_now(c), actor
            )
        )
        return self.one(incident_id, report_id)

    def correct_time(
        self, incident_id: int, report_id: int, kind: report_times.TimeKind, at: datetime,
        reason: str, actor: str,
    ) -> dict[str, Any]:  # fmt: skip
        """Correct one of the five times by a new entry. InvalidInput, Conflict."""
        self._let_in(About(report_id=report_id))

        def work(connection: Connection) -> None:
            report_row(connection, incident_id, report_id, lock=True)
            privacy.refuse_clients(
                connection, self.house, About(incident_id=incident_id), {"reason": reason}
            )
            entries = report_times.read(connection, incident_id, report_id)
            if kind not in report_times.latest(entries):
                raise Conflict("该时间尚未登记，无可更正", "there is no such time to correct yet")
            report_times.enter(
                connection, incident_id, report_id, kind, at, business_now(connection), actor,
                reason=reason,
            )  # fmt: skip

        self.database.run(work)
        return self.one(incident_id, report_id)

    # --- papers and files -------------------------------------------------------------------

    def paper(self, incident_id: int, report_id: int) -> Paper:
        """The paper of a signed report. InvalidInput names what a draft lacks."""
        return self.database.read(lambda c: report_signing.paper_of(c, incident_id, report_id))[0]

    def export(
        self, incident_id: int, report_id: int, format_: Format, render: Render, author: str,
        actor: str,
    ) -> bytes:  # fmt: skip
        """The exported file: rendered once, hashed and kept; the same bytes ever after.

        Each time that it leaves is journalled, with who took it."""

        def held(connection: Connection) -> tuple[Paper, datetime, bytes | None]:
            paper, signed = report_signing.paper_of(connection, incident_id, report_id)
            return paper, signed, report_signing.kept_export(connection, report_id, format_)

        paper, signed, kept = self.database.read(held)
        self._let_in(About(report_id=report_id))
        made = kept if kept is not None else render(paper, author, signed)
        return self.database.run(
            lambda c: report_signing.keep_export(
                c, incident_id, report_id, format_, made, business_now(c), actor
            )
        )

    def file(self, incident_id: int, file_id: int) -> evidence_files.EvidenceFile:
        """A receipt's file. NotFound."""

        def work(connection: Connection) -> evidence_files.EvidenceFile:
            incident_row(connection, incident_id)
            return evidence_files.read(connection, self.house.vault, incident_id, file_id)

        return self.database.read(work)

    @staticmethod
    def _shown(clash: Conflict) -> Conflict:
        """The same conflict with its fields as a page shows them."""
        held = clash.extra.get("fields")
        extra = dict(clash.extra)
        if isinstance(held, dict):
            extra["fields"] = report_view.shown_fields(held)
        return Conflict(clash.zh, clash.en, **extra)
