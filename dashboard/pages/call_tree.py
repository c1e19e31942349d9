"""The telephone tree: `/incidents/<id>/call-tree` of an incident, `/call-tree?unit=CODE` of a unit
and all below it. The server lays out the frame; assets/call_tree.js fills it.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard import ids
from dashboard.components import loading
from dashboard.routing import Page
from dashboard.services import Services


def register(app: Any, services: Services) -> None:
    """Add both pages and what wakes their script."""
    del services
    app.pages.add(
        Page("/incidents/<incident>/call-tree", "page.call_tree", _layout,
             skeleton=partial(_layout, None))
    )  # fmt: skip
    # the same ids may not be laid out twice
    app.pages.add(Page("/call-tree", "page.call_tree", partial(_layout, ""), skeleton=html.Div))
    app.clientside_callback(
        ClientsideFunction("fenghuo", "mountCallTree"),
        Output(ids.CALL_TREE_MOUNTED, "data"),
        Input(ids.CALL_TREE_DATA, "data"),
    )


def _layout(incident: str | None) -> Any:
    return html.Div(
        [
            dcc.Store(
                id=ids.CALL_TREE_DATA, data=None if incident is None else {"id": incident or None}
            ),
            dcc.Store(id=ids.CALL_TREE_MOUNTED),
            html.Div(id="calltree-fault"),
            html.Header(loading(), id="calltree-head", className="tel-head"),
            html.Div(id="calltree-body"),
        ],
        id=ids.CALL_TREE,
        className="tel",
    )
