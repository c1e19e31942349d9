"""The live board `/`: where does it burn, who has not answered, which clock runs out next.

The server lays out named, empty containers; assets/board.js fills them from the snapshot of
`/live/board` and keeps their clocks running. Dash never writes into them again.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard import ids
from dashboard.components import loading, panel
from dashboard.i18n import t
from dashboard.map_figure import china_map, place_units
from dashboard.routing import Page
from dashboard.services import Services
from dashboard.tiles import tile_grid

_STATES = ("large", "incident", "watch", "quiet")


def register(app: Any, services: Services) -> None:
    """Add the page and its two callbacks to `app`."""
    settings = services.settings
    layout = partial(_layout, settings.map.source, settings.map.review_number)
    app.pages.add(Page("/", "board.title", layout, skeleton=layout, nav="nav.board", theme="wall"))
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountBoard"),
        Output(ids.BOARD_MAP_WANTED, "data"),
        Input(ids.BOARD_MOUNTED, "data"),
    )

    @app.callback(  # type: ignore[untyped-decorator]
        Output(ids.BOARD_MAP, "children"),
        Input(ids.BOARD_MAP_WANTED, "data"),
        prevent_initial_call=True,
    )
    def draw_map(wanted: bool | None) -> Any:
        return _graph(services) if wanted else []


def _layout(source: str, review_number: str) -> Any:
    return html.Div(
        [
            html.H1(t("board.title"), className="fh-hidden"),
            dcc.Store(id=ids.BOARD_MOUNTED, data=True),
            dcc.Store(id=ids.BOARD_MAP_WANTED),
            html.Div(loading(), id=ids.BOARD_FIGURES, className="fh-figures"),
            html.Div(
                [
                    panel(t("board.where"), _map(source, review_number), tools=_map_tools()),
                    _panel("watches", ids.BOARD_WATCHES),
                ],
                className="fh-column fh-column--where",
            ),
            html.Div(
                [
                    html.Section(
                        html.Div(id=ids.BOARD_HERO), className="fh-hero-panel", id="board-next"
                    ),
                    _panel("incidents", ids.BOARD_INCIDENTS),
                    html.Div(id="board-after", className="fh-after"),
                ],
                className="fh-column fh-column--next",
            ),
            html.Div(
                [
                    _panel("who", ids.BOARD_WHO),
                    _panel("teams", ids.BOARD_TEAMS),
                    _panel("feed", ids.BOARD_FEED),
                ],
                className="fh-column fh-column--who",
            ),
            html.Noscript(t("noscript")),
        ],
        id=ids.BOARD,
        className="fh-board",
    )


def _panel(key: str, id: str) -> Any:
    return panel(t(f"board.{key}"), html.Div(id=id, className="fh-scroll"), id=f"{id}-panel")


def _map_tools() -> Any:
    def choice(view: str) -> Any:
        return html.Button(
            t(f"map.{view}"),
            className="fh-choice",
            type="button",
            **{"data-action": f"view-{view}", "aria-pressed": "false"},
        )

    return [choice("map"), choice("tiles")]


def _map(source: str, review_number: str) -> Any:
    review = [html.Span(t("map.review", number=review_number))] if review_number else []
    return html.Div(
        [
            html.Div(
                [
                    html.Div(
                        id=ids.BOARD_MAP, className="fh-map-plot", **{"data-loading": t("loading")}
                    ),
                    html.Div(id="board-map-marks", className="fh-map-marks"),
                ],
                className="fh-map-stage",
            ),
            html.Div(tile_grid(), id=ids.BOARD_TILES, className="fh-tiles"),
            html.Div(
                [
                    html.Div([_legend(s) for s in _STATES], className="fh-legend"),
                    html.Small(
                        [html.Span(t("map.source", source=source)), *review],
                        className="fh-map-source",
                    ),
                    html.Small(t("map.tiles_note"), className="fh-tiles-note"),
                ],
                className="fh-map-foot",
            ),
        ],
        className="fh-map",
        id="board-map-frame",
    )


def _legend(state: str) -> Any:
    shape = html.I(className="fh-shape", **{"aria-hidden": "true"})
    return html.Span([shape, t(state)], className="fh-state", **{"data-state": state})


def _graph(services: Services) -> Any:
    return dcc.Graph(
        id=ids.BOARD_MAP_GRAPH,
        figure=china_map(place_units(services.map_units())),
        config={"displayModeBar": False, "scrollZoom": False, "doubleClick": False},
        responsive=True,
        className="fh-map-graph",
    )
