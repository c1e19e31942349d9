"""One incident: what happened, who counts, who knows, what is due, what comes if nobody acts.

The server lays out named, empty sections and hands over the incident as it stood when the page was
asked for; assets/incident*.js draw it, read it again on every revision and keep its clocks running.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from core.errors import NotFound, Unavailable
from dashboard import ids
from dashboard.components import failure, loading, panel
from dashboard.gate import may_open
from dashboard.i18n import t
from dashboard.incident_routes import page_view
from dashboard.routing import Page
from dashboard.services import Services
from dashboard.whoami import viewer_or_none

_COLUMNS = (("command", "next"), ("known", "calls"), ("counting", "timeline"))


def register(app: Any, services: Services) -> None:
    """Add the page, also under the plural address, and the callback that hands it over."""
    layout = partial(_layout, services)
    for path, skeleton in (
        ("/incident/<incident>", partial(_sections, None)),
        ("/incidents/<incident>", html.Div),  # the same ids may not be laid out twice
    ):
        app.pages.add(Page(path, "page.incident", layout, skeleton=skeleton))
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountIncident"),
        Output(ids.INCIDENT_MOUNTED, "data"),
        Input(ids.INCIDENT_DATA, "data"),
    )


def _layout(services: Services, incident: str) -> Any:
    try:
        return _sections({"id": incident, "incident": page_view(services, incident)})
    except NotFound:
        return _missing()
    except Unavailable:  # the browser asks again, and says why it cannot show anything
        return _sections({"id": incident, "incident": None})


def _missing() -> Any:
    back = dcc.Link(t("inc.to_list"), href="/incidents", className="fh-button inc-back")
    return html.Div([failure(t("inc.missing"), t("inc.missing_hint")), back], className="inc-none")


def _sections(data: dict[str, Any] | None) -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.INCIDENT_DATA, data=data),
            dcc.Store(id=ids.INCIDENT_MOUNTED),
            html.Div(id="incident-fault"),
            html.Div(id="incident-safety", className="cmd-safety-host"),
            html.Header(loading(), id="incident-head", className="inc-head"),
            html.Div(
                [
                    html.Div(id="incident-bar", className="inc-bar"),
                    html.Div(id="incident-more", className="inc-more"),
                    _after_links(data["id"] if data else ""),
                ],
                className="inc-side",
            ),
            _section("duties"),
            html.Div(
                [html.Div([_section(key) for key in keys], className="inc-column")
                 for keys in _COLUMNS],
                className="inc-columns",
            ),
        ],
        id=ids.INCIDENT,
        className="inc",
    )  # fmt: skip


def _after_links(incident: str) -> Any:
    """The incident's other pages."""
    links = [
        dcc.Link(t(f"page.{key}"), href=f"/incidents/{incident}/{path}", className="inc-link")
        for key, path in (
            ("reports", "reports"), ("reception", "reception"), ("call_tree", "call-tree"),
            ("review", "review"),
        )
        if may_open(f"/incidents/<incident>/{path}", viewer_or_none())
    ]  # fmt: skip
    return html.Nav(links, className="inc-pages", **{"aria-label": t("inc.pages")})


def _section(key: str) -> Any:
    return panel(t(f"sec.{key}"), html.Div(id=f"incident-{key}"), id=f"incident-{key}-panel")
