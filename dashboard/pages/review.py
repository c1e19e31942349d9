"""`/incidents/<id>/review`: what happened, which clauses were met, what is learnt (WP-27).

The server lays out the sections; assets/review.js fills them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard import ids
from dashboard.components import panel
from dashboard.i18n import t
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.REVIEW, "rev", "mountReview")
_SECTIONS = ("figures", "clauses", "told", "lessons", "tasks", "timeline")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    del services
    app.pages.add(
        Page(
            "/incidents/<incident>/review", "page.review", _layout,
            skeleton=partial(_layout, None),
        )
    )  # fmt: skip
    _PAGE.wake(app)


def _layout(incident: str | None) -> Any:
    return _PAGE.frame(
        None if incident is None else {"id": incident},
        *(panel(t(f"rev.{key}"), html.Div(id=f"review-{key}"), id=f"review-{key}-panel")
          for key in _SECTIONS),
    )  # fmt: skip
