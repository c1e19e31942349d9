"""`/tokens` 接口令牌: which machines may call, what they may do, and since when they have not.

The server lays out the frame; assets/tokens.js fills it from `/live/tokens`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_READING = ReadingPage(ids.TOKENS, "ppl", "mountTokens")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    app.pages.add(
        Page("/tokens", "page.tokens", _layout, skeleton=_skeleton, nav="nav.tokens", more=True)
    )
    _READING.wake(app)


def _layout() -> Any:
    return _READING.frame({}, html.Div(id="tokens-list"))


def _skeleton() -> Any:
    return _READING.frame(None, html.Div(id="tokens-list"))
