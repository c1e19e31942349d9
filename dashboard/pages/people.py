"""`/people` 账号与角色: who may sign in, as what, for which unit.

The server lays out the frame; assets/people.js fills it from `/live/people`.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_READING = ReadingPage(ids.PEOPLE, "ppl", "mountPeople")


def register(app: Any, services: Services) -> None:
    """Add the page and what wakes its script."""
    app.pages.add(
        Page("/people", "page.people", _layout, skeleton=_skeleton, nav="nav.people", more=True)
    )
    _READING.wake(app)


def _layout() -> Any:
    return _READING.frame({}, html.Div(id="people-list"))


def _skeleton() -> Any:
    return _READING.frame(None, html.Div(id="people-list"))
