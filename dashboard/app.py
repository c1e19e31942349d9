"""The web application, put together: Flask, Dash pages, live push, and the API's blueprints.

`create_app` may be called any number of times in a process (tests do): nothing is registered at
import time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dash
from dash import html
from flask import Flask, request
from flask_socketio import SocketIO

from core.secrets import Variable
from core.viewer import Viewer
from dashboard import (
    account_routes,
    archive_routes,
    calendar_routes,
    call_tree_routes,
    client_routes,
    command_routes,
    complaint_routes,
    compression,
    contacts_routes,
    duties_routes,
    gate,
    hotline_routes,
    incident_routes,
    journal_routes,
    live,
    media_routes,
    people_routes,
    plan_routes,
    rate_gate,
    reception_routes,
    regulator_routes,
    report_routes,
    review_routes,
    signin_routes,
    statistics_routes,
    ticket_routes,
    token_routes,
    whoami,
)
from dashboard.i18n import lang, t, words_json
from dashboard.layout import frame, register_routing, shell
from dashboard.pages import (
    account,
    archive,
    board,
    calendar,
    call_tree,
    complaint,
    complaints,
    contacts,
    duties,
    gathering,
    hotline,
    incident,
    incidents,
    journal,
    media,
    people,
    plan,
    reception,
    regulator,
    reports,
    review,
    rights,
    sandbox,
    statistics,
    tickets,
    tokens,
)
from dashboard.refusals import Ledger
from dashboard.routing import Pages
from dashboard.services import Services
from dashboard.viewer_json import viewer_json
from dashboard.web_safety import addresses, bodies, faults, headers, queries, same_origin
from dashboard.web_safety.addresses import own_origin
from dashboard.web_safety.faults import CalmFlask
from dashboard.web_safety.sockets import MOST_BYTES, Holds, SocketDoor, ViewerOf

_ASSETS = Path(__file__).parent.parent / "assets"
_INDEX = Path(__file__).parent / "data" / "index.html"

#: A part of the site: adds routes to the Flask app.
Part = Callable[[Flask, Services], None]
#: A page: adds itself to `app.pages` and its callbacks to the Dash app.
PageModule = Callable[[Any, Services], None]

#: Pages in the order of the navigation. A new page is one line here.
PAGES: tuple[PageModule, ...] = (
    board.register,
    incidents.register,
    incident.register,
    reception.register,
    reports.register,
    call_tree.register,
    review.register,
    tickets.register,
    duties.register,
    gathering.register,
    complaint.register,
    hotline.register,
    archive.register,
    complaints.register,
    media.register,
    regulator.register,
    statistics.register,
    contacts.register,
    plan.register,
    calendar.register,
    journal.register,
    sandbox.register,
    people.register,
    tokens.register,
    rights.register,
    account.register,
)

#: API, webhooks and whatever else answers requests. A new part is one line here.
PARTS: tuple[Part, ...] = (
    incident_routes.register,
    command_routes.register,
    reception_routes.register,
    regulator_routes.register,
    report_routes.register,
    call_tree_routes.register,
    review_routes.register,
    complaint_routes.register,
    hotline_routes.register,
    contacts_routes.register,
    duties_routes.register,
    plan_routes.register,
    calendar_routes.register,
    statistics_routes.register,
    signin_routes.register,
    account_routes.register,
    people_routes.register,
    journal_routes.register,
    client_routes.register,
    ticket_routes.register,
    archive_routes.register,
    token_routes.register,
    media_routes.register,
)


class FenghuoApp(dash.Dash):  # type: ignore[misc]
    """Dash with a page table of its own and an index that speaks the viewer's language."""

    pages: Pages

    def interpolate_index(self, **parts: str) -> str:
        filled: str = self.index_string
        values = {
            "lang": "zh-CN" if lang() == "zh" else "en",
            "viewer": viewer_json(whoami.viewer_or_none()),
            "words": words_json(lang()),
            "noscript": t("noscript"),
            **parts,
        }
        for name, value in values.items():
            filled = filled.replace(f"{{%{name}%}}", value)
        return filled


def create_app(
    services: Services,
    *,
    pages: Sequence[PageModule] = PAGES,
    parts: Sequence[Part] = PARTS,
    listen: live.ListenerFactory | None = None,
    holds: Holds = lambda _sessions: {},
    refused: live.RecentlyRefused = lambda _area: None,
) -> Flask:
    """The whole site as a Flask app; serve it with gunicorn's gthread worker.

    `listen` replaces the PostgreSQL listener (tests). `holds` says which of the
    sessions given still hold, and with what area; `refused` what an area's
    callers were refused of late for asking too fast. `SocketIO` and `Live` are in
    ``app.extensions`` as ``socketio`` and ``fenghuo_live``.
    """
    server = _server(services)
    gate.register(server, services.find_viewer)
    rate_gate.register(server, services.settings.limits, Ledger(lambda: services.whole))
    queries.register(server)
    app = _dash(server)
    headers.allow_pages(server, app.csp_hashes(), services.settings.web.public_url)
    for register in pages:
        register(app, services)
    register_routing(app, app.pages)
    bank = services.settings.bank.name
    app.layout = lambda: shell(app.pages, bank)
    app.validation_layout = html.Div(
        [shell(app.pages, bank), *(frame(page, page.skeleton()) for page in app.pages)]
    )

    def viewer_of() -> Viewer | None:
        return services.find_viewer(request)

    socketio = _socket(server, services.settings.web.public_url, viewer_of)
    live.register(
        server, services, socketio, listen, viewer_of=viewer_of, holds=holds, refused=refused
    )
    for part in parts:
        part(server, services)
    return server


def _socket(server: Flask, public_url: str, viewer_of: ViewerOf) -> SocketIO:
    """The push's socket behind its door. Engine.IO looks at the origin a second time."""
    socketio = SocketIO(
        server,
        async_mode="threading",
        transports=["websocket"],
        manage_session=False,
        max_http_buffer_size=MOST_BYTES,
        cors_allowed_origins=lambda origin, environ: own_origin(
            origin or "", public_url, f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}/"
        ),
    )
    server.wsgi_app = SocketDoor(server, server.wsgi_app, public_url, viewer_of)  # type: ignore[method-assign]
    return socketio


def _server(services: Services) -> Flask:
    server = CalmFlask("fenghuo", static_folder=None)
    server.secret_key = services.settings.secrets.text(Variable.SECRET_KEY)
    compression.register(server)
    public_url = services.settings.web.public_url
    headers.register(server, public_url)
    addresses.only_known_hosts(server, public_url)
    same_origin.register(server, public_url)
    bodies.register(server)
    faults.register(server)
    return server


def _dash(server: Flask) -> FenghuoApp:
    app = FenghuoApp(
        "fenghuo",
        server=server,
        assets_folder=str(_ASSETS),
        pages_folder="",
        use_pages=False,
        index_string=_INDEX.read_text(encoding="utf-8"),
        title=t("app.name"),
        update_title=None,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        serve_locally=True,
        suppress_callback_exceptions=False,
        add_log_handler=False,
        enable_mcp=False,
    )
    app.pages = server.extensions["fenghuo_pages"] = Pages()
    return app
