"""The engine's verbs for an auditor: search the journal, check its chain. They change nothing."""

from __future__ import annotations

from typing import Any

from escalation import journal_view
from escalation.house import House


class AuditDesk:
    """The journal; the engine has it as `engine.audit`."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database

    def search(self, wanted: journal_view.Wanted) -> dict[str, Any]:
        """A page of entries of one's area, each with the name of the account. InvalidInput."""
        found = self.database.read(lambda c: journal_view.search(c, self.house, wanted))
        actors = [entry["actor"] for entry in found["entries"]]
        # Accounts are nobody's area; of them only the names behind the entries shown leave here.
        names = self.house.whole.read(lambda c: journal_view.account_names(c, actors))
        for entry in found["entries"]:
            entry["by"] = names.get(entry["actor"])
        return found

    def verify(self, after: int, previous: bytes) -> dict[str, Any]:
        """Check a stretch of the whole bank's chain: it tells how many entries, and no entry."""
        return self.house.whole.read(lambda c: journal_view.verify_step(c, after, previous))
