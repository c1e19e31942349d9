"""Three stories a plan at least, two an overlay: month end, Spring Festival, New Year's Eve, a
make-up Saturday."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from core.clock import SHANGHAI
from core.words import Channel
from escalation.simulating import Occasion

TIMELINES = Path(__file__).parent / "timelines"


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Story:
    """A plan, what happens under it, how far to look; `name` is its file's."""

    name: str
    plan: str
    what: Occasion
    length: timedelta
    overlays: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return TIMELINES / f"{self.name}.txt"


WEALTH, OFFICE = "maturing-wealth-product", "business-office"
FUTURES, SECURITIES, GUIDE = "futures-complaints", "securities-complaints", "service-guide"
LAW, REGION = "statutory-2020-3", "regional-emergency-report"

#: 2026-09-30 is month end before seven days off; 2026-10-10 is a make-up Saturday; the Spring
#: Festival of 2026 is off from 02-15 to 02-23, with 02-14 and 02-28 worked.
MONTH_END, NEW_YEAR = _at("2026-09-30T16:20"), _at("2026-12-31T23:50")
FESTIVAL, SATURDAY = _at("2026-02-14T17:45"), _at("2026-10-10T09:05")
#: Fifteen days later the bank is closed.
BEFORE_FESTIVAL = _at("2026-02-05T15:00")

_CROWD = Occasion("incident_opened", "SH1", NEW_YEAR, headcount=12)
_OPENED = Occasion("incident_opened", "SH1", SATURDAY, product="稳健增利3号")
_VISIT = Occasion("complaint_received", "SH1", MONTH_END, channel=Channel.VISIT, face_to_face=True)


def _story(plan: str, name: str, what: Occasion, days: float) -> Story:
    return Story(f"{plan}.{name}", plan, what, timedelta(days=days))


def _beside(name: str, what: Occasion, days: float, *overlays: str) -> Story:
    """The default plan with these overlays; the story is the first one's."""
    return Story(f"{overlays[0]}.{name}", WEALTH, what, timedelta(days=days), overlays)


STORIES = (
    _story(WEALTH, "new-year-crowd", _CROWD, 2),
    _story(WEALTH, "spring-festival-large", replace(_OPENED, at=FESTIVAL, large=True), 12),
    _story(WEALTH, "make-up-saturday-media", replace(_OPENED, media=True), 3),
    _story(WEALTH, "month-end-visit", _VISIT, 25),
    _story(WEALTH, "daily-report", Occasion("day", "SH1", _at("2026-10-09T18:00")), 2),
    _story(OFFICE, "month-end-visit", _VISIT, 25),
    _story(OFFICE, "spring-festival-crowd", replace(_CROWD, at=FESTIVAL), 12),
    _story(OFFICE, "make-up-saturday-box", Occasion("day", "SH1", _at("2026-10-09T18:00")), 2),
    _story(FUTURES, "new-year-visit", replace(_VISIT, at=NEW_YEAR), 20),
    _story(FUTURES, "spring-festival-failure",
           Occasion("system_failure", "SH1", FESTIVAL, channel=Channel.PHONE), 20),
    _story(FUTURES, "make-up-saturday-opened", _OPENED, 20),
    _story(SECURITIES, "month-end-visit", _VISIT, 25),
    _story(SECURITIES, "spring-festival-opened", replace(_OPENED, at=FESTIVAL), 20),
    _story(SECURITIES, "new-year-month", Occasion("month", "SH", NEW_YEAR), 15),
    _story(GUIDE, "month-end-phone", replace(_VISIT, channel=Channel.PHONE), 25),
    _story(GUIDE, "spring-festival-emergency", Occasion("emergency", "SH", FESTIVAL), 20),
    _story(GUIDE, "make-up-saturday-opened", _OPENED, 5),
    _beside("new-year-twenty", replace(_CROWD, headcount=20), 2, LAW),
    _beside("make-up-saturday-nineteen", replace(_CROWD, at=SATURDAY, headcount=19), 2, LAW),
    _beside("spring-festival-visit", replace(_VISIT, at=BEFORE_FESTIVAL), 22, LAW),
    _beside("month-end-complex",
            Occasion("complaint_classified", "SH1", MONTH_END, class_id="complex"), 33, LAW),
    _beside("make-up-saturday-large", replace(_OPENED, large=True), 2, REGION),
    _beside("spring-festival-crowd", replace(_CROWD, at=FESTIVAL, headcount=60), 12, REGION),
    _beside("new-year-crowd", replace(_CROWD, headcount=60), 2, REGION, LAW),
)  # fmt: skip
