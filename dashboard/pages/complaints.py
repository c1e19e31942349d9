"""`/complaints/<id>`: one complaint's record, masked; revealed for a reason, erased, who looked.

The server lays out the sections; assets/complaints.js fills them from `/live/complaint-files`. The
list of all is `/archive`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.FILES, "cpf", "mountComplaintFiles")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    del services
    app.pages.add(
        Page("/complaints/<complaint>", "page.file", _layout, skeleton=partial(_layout, None))
    )
    _PAGE.wake(app)


def _layout(complaint: str | None = None) -> Any:
    return _PAGE.frame(
        {"id": complaint},
        html.Section(id="files-search", className="cpf-search"),
        html.Section(id="files-body", className="cpf-body", **{"aria-live": "polite"}),
    )
