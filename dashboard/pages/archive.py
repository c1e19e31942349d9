"""`/archive` 投诉档案: every ticket of the area, filtered, sorted, searched, printed, sent up.

The server lays out the sections; assets/archive.js fills them from `/live/archive`. The older
address `/complaints` shows the same; `/complaints/<id>` is one complaint's own record.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.ARCHIVE, "arc", "mountArchive")


def register(app: Any, services: Services) -> None:
    """Add the page under both addresses, and what wakes its script."""
    del services
    app.pages.add(Page("/archive", "page.files", _layout, skeleton=_layout, nav="nav.files"))
    app.pages.add(Page("/complaints", "page.files", _layout, skeleton=_layout))
    _PAGE.wake(app)


def _layout() -> Any:
    return _PAGE.frame(
        {},
        html.Section(id="archive-ask", className="arc-ask"),
        html.Section(id="archive-list", className="arc-list", **{"aria-live": "polite"}),
        html.Section(id="archive-more", className="arc-more"),
        html.Div(id="archive-bulk", className="arc-bulk-place"),
    )
