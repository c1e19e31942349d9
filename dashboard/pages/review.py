"""`/incidents/<id>/review`: what happened, which clauses were met, what is learnt (WP-27).

The server lays out the sections; assets/review.js fills them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard import ids
from dashboard.components import loading, panel
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services

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
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountReview"),
        Output(ids.REVIEW_MOUNTED, "data"),
        Input(ids.REVIEW_DATA, "data"),
    )


def _layout(incident: str | None) -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.REVIEW_DATA, data=incident and {"id": incident}),
            dcc.Store(id=ids.REVIEW_MOUNTED),
            html.Div(id="review-fault"),
            html.Header(loading(), id="review-head", className="rev-head"),
            *(panel(t(f"rev.{key}"), html.Div(id=f"review-{key}"), id=f"review-{key}-panel")
              for key in _SECTIONS),
        ],
        id=ids.REVIEW,
        className="rev",
    )  # fmt: skip
