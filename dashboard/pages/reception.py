"""`/incidents/<id>/reception`: who receives whom in which room, for a lobby manager's phone and a
desk (WP-29). The server lays out the sections; assets/reception.js fills and follows them.
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

_PAGE = ReadingPage(ids.RECEPTION, "rcp", "mountReception")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    del services
    app.pages.add(
        Page(
            "/incidents/<incident>/reception", "page.reception", _layout,
            skeleton=partial(_layout, None),
        )
    )  # fmt: skip
    _PAGE.wake(app)


def _layout(incident: str | None) -> Any:
    return _PAGE.frame(
        None if incident is None else {"id": incident},
        html.Div(id="reception-remarks", className="rcp-remarks"),
        html.Div(id="reception-bar", className="rcp-bar"),
        panel(t("rcp.clients"), html.Div(id="reception-rows"), id="reception-clients"),
        html.Aside(
            [
                panel(t("rcp.script"), html.Div(id="reception-script")),
                panel(t("rcp.arrange"), html.Div(id="reception-arrange")),
            ],
            className="rcp-side",
        ),
    )
