"""`/hotline` 95558工单: what 95558 is owed an answer about, by its clock; the daily list compared.

The server lays out the sections; assets/hotline.js fills them from `/live/hotline`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.HOTLINE, "hl", "mountHotline")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    del services
    app.pages.add(Page("/hotline", "page.hotline", _layout, skeleton=_layout, nav="nav.hotline"))
    _PAGE.wake(app)


def _layout() -> Any:
    return _PAGE.frame(
        {},
        html.Section(id="hotline-figures", className="hl-figures"),
        html.Div(id="hotline-tabs", className="hl-tabs"),
        html.Section(id="hotline-body", className="hl-body", **{"aria-live": "polite"}),
    )
