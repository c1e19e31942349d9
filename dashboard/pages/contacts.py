"""`/contacts`: units, their teams, who is on duty now, gaps, absences, files in and out (WP-28).

The server lays out the frame; assets/contacts*.js fills it from `/live/contacts`.
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
        Page(
            "/contacts", "contacts.title", _layout, skeleton=_layout, nav="nav.contacts", more=True
        )
    )
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountContacts"),
        Output(ids.CONTACTS_READY, "data"),
        Input(ids.CONTACTS_MOUNTED, "data"),
    )


def _layout() -> Any:
    return html.Div(
        [
            dcc.Store(id=ids.CONTACTS_MOUNTED, data=True),
            dcc.Store(id=ids.CONTACTS_READY),
            html.H1(t("contacts.title"), className="fh-hidden"),
            panel(
                t("contacts.units"),
                html.Div(id=ids.CONTACTS_SEARCH),
                html.Div(loading(), id=ids.CONTACTS_TREE),
            ),
            html.Div(
                [
                    html.Div(id=ids.CONTACTS_UNIT),
                    html.Div(id=ids.CONTACTS_FILES),
                ],
                className="ct-main",
            ),
        ],
        id=ids.CONTACTS,
        className="ct-page",
    )
