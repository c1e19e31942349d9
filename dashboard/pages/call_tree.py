"""The telephone tree: `/incidents/<id>/call-tree` of an incident, `/call-tree?unit=CODE` of a unit
and all below it. The server lays out the frame; assets/call_tree.js fills it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

from dashboard import ids
from dashboard.page_reading import ReadingPage
from dashboard.routing import Page
from dashboard.services import Services

_PAGE = ReadingPage(ids.CALL_TREE, "tel", "mountCallTree")


def register(app: Any, services: Services) -> None:
    """Add both pages and what wakes their script."""
    del services
    app.pages.add(
        Page("/incidents/<incident>/call-tree", "page.call_tree", _layout,
             skeleton=partial(_layout, None))
    )  # fmt: skip
    # the same ids may not be laid out twice
    app.pages.add(Page("/call-tree", "page.call_tree", partial(_layout, ""), skeleton=html.Div))
    _PAGE.wake(app)


def _layout(incident: str | None) -> Any:
    wanted = None if incident is None else {"id": incident or None}
    return _PAGE.frame(wanted, html.Div(id="calltree-body"))
