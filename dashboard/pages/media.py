"""`/media` (cases with the first figures), `/media/<media>`, `/media/contacts` (WP-19, WP-31).

The server lays out the sections; assets/media.js, media_case.js and media_list.js fill them.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard import ids
from dashboard.components import panel
from dashboard.i18n import t
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_CASES = ReadingPage(ids.MEDIA, "med", "mountMedia")
_CASE = ReadingPage(ids.MEDIA_CASE, "med", "mountMediaCase")
_LIST = ReadingPage(ids.MEDIA_LIST, "med", "mountMediaList")


def register(app: Any, services: Services) -> None:
    """Add the pages and what wakes their scripts."""
    del services
    app.pages.add(Page("/media", "page.media", _cases, skeleton=_cases, nav="nav.media"))
    app.pages.add(Page("/media/contacts", "page.media_list", _list, skeleton=_list))
    app.pages.add(
        Page("/media/<media>", "page.media_case", _case, skeleton=partial(_case, None))
    )  # fmt: skip
    for page in (_CASES, _CASE, _LIST):
        page.wake(app)


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
_MAIN = ("facts", "statements", "sightings", "talks")
_SIDE = ("clocks", "links", "record")


def _case(media: str | None) -> Any:
    def section(key: str) -> Any:
        return panel(t(f"med.{key}"), html.Div(id=f"mediacase-{key}"), id=f"mediacase-{key}-panel")

    return _CASE.frame(
        None if media is None else {"id": media},
        html.Div(id="mediacase-bar", className="med-bar"),
        html.Div(
            [
                html.Div([section(key) for key in _MAIN], className="med-column"),
                html.Aside([section(key) for key in _SIDE], className="med-column"),
            ],
            className="med-columns",
        ),
    )
