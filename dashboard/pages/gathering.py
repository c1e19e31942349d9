"""Report a gathering from a phone, in two taps: how many, send. The place is the last one."""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard import ids
from dashboard.components import loading
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services


def register(app: Any, services: Services) -> None:
    """Add the page; assets/incident_gathering.js draws the form and keeps an unsent report."""
    del services
    app.pages.add(
        Page("/gathering", "page.gathering", _layout, skeleton=_layout, nav="nav.gathering")
    )
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountGathering"),
        Output(ids.GATHERING_MOUNTED, "data"),
        Input(ids.GATHERING_DATA, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.GATHERING_DATA, data=True),
            dcc.Store(id=ids.GATHERING_MOUNTED),
            html.H1(t("page.gathering")),
            html.Div(loading(), id="gathering-form"),
        ],
        id=ids.GATHERING,
        className="inc-gathering",
    )
