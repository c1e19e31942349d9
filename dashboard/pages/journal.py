"""`/journal` 审计日志: the journal searched, and its chain checked; assets/journal.js fills it."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.JOURNAL, "jrn", "mountJournal")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    del services
    app.pages.add(
        Page("/journal", "page.journal", _layout, skeleton=_layout, nav="nav.journal", more=True)
    )
    _PAGE.wake(app)


def _layout() -> Any:
    return _PAGE.frame(
        {},
        html.Section(id="journal-chain", className="jrn-chain"),
        html.Section(id="journal-search", className="jrn-search"),
        html.Section(id="journal-entries", className="jrn-entries", **{"aria-live": "polite"}),
    )
