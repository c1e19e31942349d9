"""`/duties` 我的任务: what a person's seat owes, across incidents, complaints and standing duties.

The server lays out the frame; assets/duties*.js fills it from `/live/duties`.
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard import ids
from dashboard.components import loading, panel
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    app.pages.add(Page("/duties", "page.duties", _layout, skeleton=_layout, nav="nav.duties"))
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountDuties"),
        Output(ids.DUTIES_READY, "data"),
        Input(ids.DUTIES_MOUNTED, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.DUTIES_MOUNTED, data=True),
            dcc.Store(id=ids.DUTIES_READY),
            html.Header(id=ids.DUTIES_HEAD, className="dt-head"),
            html.Div(
                [
                    html.Div(loading(), id=ids.DUTIES_LIST, className="dt-list"),
                    panel(t("my.units"), html.Div(loading(), id=ids.DUTIES_UNITS)),
                ],
                className="dt-columns",
            ),
        ],
        id=ids.DUTIES,
        className="dt-page",
    )
