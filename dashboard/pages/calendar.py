"""`/calendar` 工作日历: the days that duties count, and what the bank has set over them.

The server lays out the frame; assets/calendar.js fills it from `/live/calendar`.
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
    app.pages.add(
        Page("/calendar", "page.calendar", _layout, skeleton=_layout, nav="nav.calendar", more=True)
    )
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountCalendar"),
        Output(ids.CALENDAR_READY, "data"),
        Input(ids.CALENDAR_MOUNTED, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.CALENDAR_MOUNTED, data=True),
            dcc.Store(id=ids.CALENDAR_READY),
            html.Header(loading(), id="calendar-head", className="cal-head"),
            html.Div(
                [
                    html.Div(id="calendar-year", className="cal-year"),
                    panel(t("cal.overrides"), html.Div(id="calendar-overrides")),
                ],
                className="cal-columns",
            ),
        ],
        id=ids.CALENDAR,
        className="cal-page",
    )
