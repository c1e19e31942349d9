"""Statistics as somebody sees them, and the standing reports; the engine has it as `statistics`."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from core.clock import SHANGHAI
from core.viewer import Viewer
from database.connection import business_now
from escalation import statistics_read, statistics_reports
from escalation.about import About
from escalation.admission import Door
from escalation.house import House
from escalation.statistics_view import Statistics, parse_asked, statistics
from escalation.ticket_filters import Filters


class StatisticsDesk:
    """Reads of the viewer's area; the one verb remembers who has opened a report."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.database = house.database
        self._let_in = Door(house)

    def read(self, period: str | None = None, unit: str | None = None) -> Statistics:
        """A unit's statistics over a period, by its name. InvalidInput for what there is not."""

        def work(connection: Connection) -> Statistics:
            now = business_now(connection)
            asked = parse_asked(period, unit, now.astimezone(SHANGHAI).date())
            return statistics(connection, self.house, asked, now)

        return self.database.read(work)

    def count(self, filters: Filters) -> int:
        """How many tickets of the area there are under these filters."""
        return self.database.read(lambda c: statistics_read.count(c, filters))

    def reports(self) -> list[dict[str, Any]]:
        """The standing reports of the area, latest first."""
        return self.database.read(lambda c: statistics_reports.listed(c, self.house))

    def report(self, number: int) -> dict[str, Any]:
        """One standing report, frozen. NotFound."""
        return self.database.read(lambda c: statistics_reports.one(c, self.house, number))

    def open_report(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """The same; that this person has opened it is remembered. NotFound."""
        found = self.report(number)
        self._let_in(About(unit=found["unit_code"]))
        self.database.run(
            lambda c: statistics_reports.note_opening(
                c, number, viewer.actor, viewer.name, business_now(c)
            )
        )
        return self.report(number)
