"""All incidents, open and past, and the way to open one by hand."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from core.rights import Right
from dashboard import ids
from dashboard.components import button, loading, panel
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services
from dashboard.whoami import viewer_or_none


def register(app: Any, services: Services) -> None:
    """Add the page; assets/incident_list.js reads and draws both lists."""
    del services
    app.pages.add(
        Page("/incidents", "page.incidents", _layout, skeleton=_layout, nav="nav.incidents")
    )
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountIncidents"),
        Output(ids.INCIDENTS_MOUNTED, "data"),
        Input(ids.INCIDENTS_DATA, "data"),
    )


def _layout() -> Any:
    by_hand = None
    viewer = viewer_or_none()
    if viewer is not None and viewer.seat and viewer.may(Right.OPEN_INCIDENT):
        by_hand = button(t("open.button"), **{"data-action": "incident-open"})
    return html.Div(
        [
            dcc.Store(id=ids.INCIDENTS_DATA, data=True),
            dcc.Store(id=ids.INCIDENTS_MOUNTED),
            html.H1(t("page.incidents"), className="fh-hidden"),
            panel(t("list.open"), html.Div(loading(), id="incidents-open"), tools=by_hand),
            panel(
                t("list.stood_down"), html.Div(loading(), id="incidents-stood_down"),
                id="incidents-stood_down-panel",
            ),
            panel(t("list.closed"), html.Div(loading(), id="incidents-closed")),
        ],
        id=ids.INCIDENTS,
        className="inc-lists",
    )  # fmt: skip
