"""`/tickets` 我的工单, by the clock that runs next; `/tickets/<id>` is one ticket, worked on there.

The server lays out the sections; assets/tickets.js and assets/ticket.js fill them from
`/live/tickets`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.i18n import t
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_MINE = ReadingPage(ids.TICKETS, "tk", "mountTickets")
_ONE = ReadingPage(ids.TICKET, "tk", "mountTicket")


def register(app: Any, services: Services) -> None:
    """Add both pages and what wakes their scripts."""
    del services
    app.pages.add(Page("/tickets", "page.tickets", _mine, skeleton=_mine, nav="nav.tickets"))
    app.pages.add(Page("/tickets/<complaint>", "page.ticket", _one, skeleton=_one))
    _MINE.wake(app)
    _ONE.wake(app)


def _mine() -> Any:
    return _MINE.frame(
        {},
        html.Div(id="tickets-list", className="tk-list"),
        html.Div(id="tickets-bulk", className="tk-bulk-place"),
    )


def _one(complaint: str | None = None) -> Any:
    return _ONE.frame(
        {"id": complaint} if complaint else None,
        html.Div(
            [
                html.Nav(id="ticket-track", className="tk-part", **{"aria-label": t("tk.track")}),
                html.Div(
                    [
                        html.Section(id="ticket-do", className="tk-do"),
                        html.Section(id="ticket-form", className="tk-form-place"),
                        html.Section(id="ticket-words", className="tk-part"),
                        html.Section(id="ticket-acts", className="tk-part"),
                    ],
                    className="tk-main",
                ),
                html.Div(
                    [
                        html.Section(id="ticket-clocks", className="tk-part"),
                        html.Section(id="ticket-handovers", className="tk-part"),
                        html.Section(id="ticket-related", className="tk-part"),
                    ],
                    className="tk-side",
                ),
            ],
            className="tk-columns",
        ),
    )
