"""`/statistics` 投诉统计, and the standing reports that were frozen of it.

The server lays out named, empty sections; assets/statistics.js reads `/live/statistics` and draws.
Plotly is brought by one empty graph, which nobody sees.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.STATISTICS, "stat", "mountStatistics")


def register(app: Any, services: Services) -> None:
    """Add the three pages and what wakes their script."""
    app.pages.add(Page(
        "/statistics", "page.statistics", partial(_layout, {"mode": "live"}),
        skeleton=partial(_layout, None), nav="nav.statistics",
    ))  # fmt: skip
    app.pages.add(Page(
        "/statistics/reports", "page.statistics_reports", partial(_layout, {"mode": "reports"}),
        skeleton=html.Div,  # the same ids may not be laid out twice
    ))  # fmt: skip
    app.pages.add(
        Page(
            "/statistics/reports/<int:report>",
            "page.statistics_reports",
            _report,
            skeleton=html.Div,
        )
    )
    _PAGE.wake(app)


def _report(report: int) -> Any:
    return _layout({"mode": "report", "report": report})


def _layout(wanted: dict[str, Any] | None) -> Any:
    return _PAGE.frame(
        wanted,
        html.Div(id="statistics-figures", className="stat-figures"),
        html.Div(id="statistics-sections", className="stat-sections"),
        html.Div(
            dcc.Graph(id="statistics-plotly", figure={"data": [], "layout": {}}),
            className="fh-hidden",
            **{"aria-hidden": "true"},
        ),
    )
