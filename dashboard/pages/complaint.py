"""`/complaint`: the form for counter staff, whose draft survives an outage.

The server lays out the frame and the closed lists; assets/complaint*.js draws the form, keeps the
draft on this machine and sends it, again and again under one reference, until it is answered.
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from core.words import Channel, Flag
from dashboard import ids
from dashboard.components import loading
from dashboard.i18n import t
from dashboard.routing import Page
from dashboard.services import Services


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    app.pages.add(
        Page("/complaint", "complaint.title", _layout, skeleton=_layout, nav="nav.complaint")
    )
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountComplaint"),
        Output(ids.COMPLAINT_READY, "data"),
        Input(ids.COMPLAINT_MOUNTED, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.COMPLAINT_MOUNTED, data=True),
            dcc.Store(id=ids.COMPLAINT_READY),
            html.Div(
                [
                    html.H1(t("complaint.title")),
                    html.P(t("complaint.lead"), className="fh-meta"),
                ],
                className="cp-head",
            ),
            html.Div(id=ids.COMPLAINT_RESULT),
            html.Div(id=ids.COMPLAINT_QUEUE),
            html.Div(
                loading(),
                id=ids.COMPLAINT_FORM,
                **{"data-channels": " ".join(Channel), "data-flags": " ".join(Flag)},
            ),
        ],
        id=ids.COMPLAINT,
        className="cp-page",
    )
