"""`/plan` 预案: the plan in force, clause by clause, its ladder, and who would be told when.

The server lays out the frame; assets/plan*.js fills it from `/live/plan`.
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
    app.pages.add(Page("/plan", "page.plan", _layout, skeleton=_layout, nav="nav.plan", more=True))
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountPlan"),
        Output(ids.PLAN_READY, "data"),
        Input(ids.PLAN_MOUNTED, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.PLAN_MOUNTED, data=True),
            dcc.Store(id=ids.PLAN_READY),
            html.Header(loading(), id="plan-head", className="pl-head"),
            html.Div(
                [
                    panel(t("plan.ladder"), html.Div(id="plan-ladder")),
                    panel(t("plan.trial"), html.Div(id="plan-trial"), id="plan-trial-panel"),
                ],
                className="pl-columns",
            ),
            panel(
                t("plan.clauses"),
                html.Div(id="plan-tools", className="pl-tools"),
                html.Div(id="plan-clauses"),
                id="plan-clauses-panel",
            ),
        ],
        id=ids.PLAN,
        className="pl-page",
    )
