"""`/sandbox`: the virtual phones, where a visitor of the demo plays whoever was texted.

Only where the sandbox gateway is configured. The server lays out the frame; assets/sandbox.js
fills it from `/sandbox/api` and reads again whenever the board's revision moves.
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
    """Add the page, if there are virtual phones, and what wakes its script."""
    if "sandbox" not in services.settings.sms.gateways:
        return
    app.pages.add(
        Page("/sandbox", "sandbox.title", _layout, skeleton=_layout, nav="nav.sandbox", more=True,
             theme="wall")
    )  # fmt: skip
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountSandbox"),
        Output(ids.SANDBOX_READY, "data"),
        Input(ids.SANDBOX_MOUNTED, "data"),
    )


def _layout() -> Any:
    steps = [html.Li([html.B(str(n)), t(f"sandbox.step{n}")]) for n in (1, 2, 3)]
    return html.Div(
        [
            dcc.Store(id=ids.SANDBOX_MOUNTED, data=True),
            dcc.Store(id=ids.SANDBOX_READY),
            html.Div(
                [
                    html.H1(t("sandbox.title")),
                    html.Ol(steps, className="sb-steps"),
                    html.P(t("sandbox.lead"), className="fh-meta"),
                ],
                className="sb-head",
            ),
            html.Div(
                [
                    panel(t("sandbox.wall"), html.Div(loading(), id=ids.SANDBOX_WALL)),
                    html.Section(
                        html.Div(id=ids.SANDBOX_PHONE),
                        className="sb-phone-place",
                        **{"aria-label": t("sandbox.conversation")},
                    ),
                    panel(
                        t("sandbox.board"),
                        html.Div(id=ids.SANDBOX_BOARD),
                        tools=dcc.Link(
                            t("sandbox.board_open"), href="/", className="fh-button sb-board-link"
                        ),
                    ),
                ],
                className="sb-columns",
            ),
        ],
        id=ids.SANDBOX,
        className="sb-page",
    )
