"""`/media` (cases with the first figures), `/media/<media>`, `/media/contacts`, `/media/daily`
(WP-19, WP-31).

The server lays out the sections; assets/media.js, media_case.js, media_list.js and media_daily.js
fill them. The chart of a case alone is drawn by Dash, when the script wants it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import Input, Output, dcc, html

from core.errors import NotFound
from dashboard import ids
from dashboard.components import failure, panel
from dashboard.i18n import t
from dashboard.media_figure import spread, spread_figure
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services
from escalation.ids import media_number

_CASES = ReadingPage(ids.MEDIA, "med", "mountMedia")
_CASE = ReadingPage(ids.MEDIA_CASE, "med", "mountMediaCase")
_LIST = ReadingPage(ids.MEDIA_LIST, "med", "mountMediaList")
_DAILY = ReadingPage(ids.MEDIA_DAILY, "med", "mountMediaDaily")


def register(app: Any, services: Services) -> None:
    """Add the pages and what wakes their scripts."""
    app.pages.add(Page("/media", "page.media", _cases, skeleton=_cases, nav="nav.media"))
    app.pages.add(Page("/media/contacts", "page.media_list", _list, skeleton=_list))
    app.pages.add(
        Page("/media/<media>", "page.media_case", _case, skeleton=partial(_case, None))
    )  # fmt: skip
    app.pages.add(Page("/media/daily", "page.media_daily", _daily, skeleton=_daily))
    for page in (_CASES, _CASE, _LIST, _DAILY):
        page.wake(app)

    @app.callback(  # type: ignore[untyped-decorator]
        Output(ids.MEDIA_CHART, "children"),
        Input(ids.MEDIA_CHART_WANTED, "data"),
        prevent_initial_call=True,
    )
    def draw_chart(wanted: dict[str, Any] | None) -> Any:
        return _graph(services, str(wanted["id"])) if wanted else []


def _graph(services: Services, media: str) -> Any:
    """How the case spread; words where it cannot be read (another's, or gone)."""
    try:
        case = services.engine.media.case(media_number(media))
    except NotFound:
        return failure(t("med.chart.failed"))
    figure = spread_figure(spread(case["sightings"]), t("med.chart.reports"), t("med.chart.reach"))
    return dcc.Graph(
        figure=figure, config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
        responsive=True, className="med-graph",
    )  # fmt: skip


def _daily() -> Any:
    return _DAILY.frame(
        {},
        html.Div(id="mediadaily-figures", className="med-figures"),
        html.Div(id="mediadaily-cases"),
    )


def _cases() -> Any:
    return _CASES.frame(
        {},
        html.Div(id="media-figures", className="med-figures"),
        panel(
            t("med.list"),
            html.Div(id="media-filter", className="med-filter"),
            html.Div(id="media-rows"),
            id="media-cases",
        ),
        panel(t("med.complaints"), html.Div(id="media-complaints"), id="media-complaints-panel"),
    )


def _list() -> Any:
    return _LIST.frame(
        {},
        panel(
            t("med.c.title"), html.Div(id="medialist-contacts"), id="medialist-contacts-panel"
        ),
        panel(t("med.w.title"), html.Div(id="medialist-feeds"), id="medialist-feeds-panel"),
    )  # fmt: skip


#: The sections of a case: in the wide column, and beside it.
_MAIN = ("facts", "statements", "sightings")
_SIDE = ("clocks", "links", "record")


def _case(media: str | None) -> Any:
    def section(key: str) -> Any:
        return panel(t(f"med.{key}"), html.Div(id=f"mediacase-{key}"), id=f"mediacase-{key}-panel")

    chart = panel(
        t("med.chart"), html.Div(id=ids.MEDIA_CHART, className="med-chart"),
        id="mediacase-chart-panel",
    )  # fmt: skip
    return _CASE.frame(
        None if media is None else {"id": media},
        dcc.Store(id=ids.MEDIA_CHART_WANTED),
        html.Div(id="mediacase-bar", className="med-bar"),
        html.Div(
            [
                html.Div(
                    [*(section(key) for key in _MAIN), chart, section("talks")],
                    className="med-column",
                ),
                html.Aside([section(key) for key in _SIDE], className="med-column"),
            ],
            className="med-columns",
        ),
    )
