"""Complaints as files: found, shown masked, revealed for a reason, exported, kept and disposed of.

The engine has it as `engine.files`. Reading is of the viewer's area; what leaves a mark in the
journal runs admitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.files import Kind, write_table
from core.clock import SHANGHAI, iso
from core.errors import InvalidInput
from database import journal
from database.connection import business_now
from escalation import complaint_search, retention
from escalation.about import About
from escalation.admission import Door
from escalation.house import House
from escalation.journal_view import account_names
from escalation.own_matter import refuse_own
from escalation.sealing import TEXTS

_COLUMNS = ("complaint", "received_at", "channel", "unit", "product", "status", "incident",
            "name", "phone", "id_number", "account", "address")  # fmt: skip
MOST_EXPORTED = 5_000
MOST_FOUND = 50  #: complaints that one search shows


class ClientDesk:
    """The verbs on complaints' files; `complaint` is the internal number."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def search(self, text: str, most: int = MOST_FOUND) -> list[dict[str, Any]]:
        """Complaints of the viewer's area, parties masked, newest first and no more than `most`.

        InvalidInput for too short a text.
        """
        return self.database.read(
            lambda c: complaint_search.search(c, self.house, text, self.house.area, most)
        )

    def complaint(self, complaint: int) -> dict[str, Any]:
        """One complaint, masked. NotFound, also for the leader whom it is about."""

        def read(connection: Connection) -> dict[str, Any]:
            refuse_own(connection, self.house.viewer, complaint)
            return complaint_search.record(connection, self.house, complaint, self.house.area)

        return self.database.read(read)

    def reveal(
        self, complaint: int, fields: Sequence[str], reason: str, actor: str
    ) -> dict[str, Any]:
        """The asked fields in the clear, journalled. NotFound, InvalidInput without a reason."""
        self._let_in(About(complaint_id=complaint), reason=reason)
        return self.database.run(
            lambda c: complaint_search.reveal(c, self.house, complaint, list(fields), reason, actor)
        )

    def access_log(self, complaint: int) -> list[dict[str, Any]]:
        """Who saw this complaint's clients, when, what and why, newest first. NotFound."""
        self._let_in(About(complaint_id=complaint))

        def work(connection: Connection) -> list[dict[str, Any]]:
            entries = access_log(connection, complaint)
            names = account_names(connection, [entry["actor"] for entry in entries])
            return [{**entry, "by": names.get(entry["actor"])} for entry in entries]

        return self.database.run(work)

    def export(
        self, filters: Mapping[str, Any], reason: str, actor: str, kind: Kind = "csv", *,
        chosen: Sequence[int] | None = None,
    ) -> bytes:  # fmt: skip
        """Complaints of the viewer's area as a table whose first lines say who, when and why.

        `filters`: text, unit (code), product, since, until; or what `chosen` were found by.
        Parties are masked. InvalidInput.
        """
        faults = complaint_search.require_reason(reason)
        if faults:
            raise InvalidInput(faults)
        product = filters.get("product")
        unit = own_unit(self.house, {} if chosen is not None else filters)
        self._let_in(  # both are journalled as they are
            About(unit=unit), reason=reason, product=str(product) if product else None
        )
        if chosen is None:
            found = self.database.read(lambda c: self._chosen(c, filters))
        else:
            found = self.database.read(lambda c: complaint_search.briefs(c, self.house, chosen))

        def noted(connection: Connection) -> tuple[datetime, str]:
            by = account_names(connection, [actor]).get(actor)
            at = _note_export(connection, found, filters, reason, actor)
            return at, f"{by} {actor}" if by else actor

        now, who = self.database.run(noted)
        head: list[list[str | None]] = [
            ["导出人 exported by", who],
            ["导出时间 at", now.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")],
            ["理由 reason", reason.strip()],
            ["行数 rows", str(len(found))],
            list(_COLUMNS),
        ]
        lines = [
            [*(_text(one[name]) for name in _COLUMNS[:7]), *(party[n] for n in _COLUMNS[7:])]
            for one in found for party in one["parties"] or [dict.fromkeys(_COLUMNS[7:])]
        ]  # fmt: skip
        return write_table(["烽火 Fenghuo", *[""] * (len(_COLUMNS) - 1)], [*head, *lines], kind)

    def disposal_list(self) -> list[dict[str, Any]]:
        """What nobody must keep any longer (SG-06), for a person to decide on."""
        return self.database.read(lambda c: retention.disposal_list(c, self.house, self.house.area))

    def decide_disposal(self, complaints: Sequence[int], reason: str, actor: str) -> int:
        """Dispose of these; how many clients were forgotten with them. Conflict, InvalidInput."""
        for number in complaints:
            self._let_in(About(complaint_id=number), reason=reason)
        return self.database.run(
            lambda c: retention.dispose(c, self.house, complaints, reason, actor)
        )

    def erase_client(self, client: int, reason: str, actor: str) -> dict[str, int]:
        """Destroy one client's keys. NotFound, Conflict, InvalidInput; head office's verb."""
        self._let_in(About(), reason=reason)
        return self.database.run(
            lambda c: retention.erase_client(c, self.house, client, reason, actor)
        )

    def _chosen(self, connection: Connection, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
        unit = self.house.tree().by_code(own_unit(self.house, filters))
        area = unit.path if unit else self.house.area
        if filters.get("text"):
            return complaint_search.search(
                connection, self.house, str(filters["text"]), area, complaint_search.MOST
            )
        rows = connection.execute(_CHOSEN, {
            "area": area, "product": filters.get("product"), "since": filters.get("since"),
            "until": filters.get("until"), "most": MOST_EXPORTED,
        }).all()  # fmt: skip
        return [
            complaint_search.brief(
                self.house, row, complaint_search.opened(connection, self.house, row)[1]
            )
            for row in rows
        ]


def own_unit(house: House, filters: Mapping[str, Any]) -> str:
    """The unit that an export is of: the asked one, or the viewer's own."""
    asked = filters.get("unit")
    if asked:
        return str(asked)
    tree = house.tree()
    unit = tree.get(house.viewer.unit_id) if house.viewer else tree.head_office()
    return unit.code if unit else ""


_CHOSEN = sa.text(
    f"SELECT {TEXTS}, {complaint_search.HEAD} FROM complaints c"  # noqa: S608
    f" WHERE {complaint_search.WITHIN}"
    " AND (CAST(:product AS text) IS NULL OR c.product = :product)"
    " AND (CAST(:since AS timestamptz) IS NULL OR c.received_at >= :since)"
    " AND (CAST(:until AS timestamptz) IS NULL OR c.received_at < :until)"
    " ORDER BY c.received_at DESC, c.id DESC LIMIT :most"
)


def access_log(connection: Connection, complaint: int) -> list[dict[str, Any]]:
    """Reveals and exports of a complaint from the journal, newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, at, actor, verb, reason, after FROM journal"
            " WHERE verb IN ('client_revealed', 'complaint_disposed') AND subject = :subject"
            " UNION ALL SELECT id, at, actor, verb, reason, after FROM journal"
            " WHERE verb = 'complaints_exported' AND after -> 'complaints' @> CAST(:id AS jsonb)"
            " ORDER BY id DESC LIMIT 500"
        ),
        {"subject": f"complaint:{complaint}", "id": str(complaint)},
    )
    return [
        {"at": iso(r.at), "actor": r.actor, "what": r.verb, "reason": r.reason,
         "fields": (r.after or {}).get("fields", [])}
        for r in rows
    ]  # fmt: skip


def _note_export(
    connection: Connection, found: Sequence[dict[str, Any]],
    filters: Mapping[str, Any], reason: str, actor: str,
) -> datetime:  # fmt: skip
    now = business_now(connection)
    numbers = [int(one["complaint"][1:]) for one in found]
    # A searched text may be a client's name: that there was one is enough.
    asked = {k: "…" if k == "text" else str(v) for k, v in filters.items() if v}
    journal.write(connection, now, journal.Entry(
        verb="complaints_exported", subject=f"export:{len(numbers)}", actor=actor,
        reason=reason.strip(), after={"complaints": numbers, "filters": asked},
    ))  # fmt: skip
    return now


def _text(value: object) -> str | None:
    return None if value is None else str(value)
