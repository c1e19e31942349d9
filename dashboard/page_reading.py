"""The frame of a page that reads its own answer in the browser (assets/page_reading.js).

The server lays out a place for a failed read, a head and named sections, and says what is wanted;
the page's script mounts itself on that, reads, draws, and follows the bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dash import ClientsideFunction, Input, Output, dcc, html

from dashboard.components import loading


@dataclass(frozen=True)
class ReadingPage:
    """One such page, wherever it is laid out."""

    root: str  #: id of its element, from `ids`; the script's `root`
    style: str  #: prefix of its classes
    mount: str  #: the script's function, which gets what `frame` was given

    def wake(self, app: Any) -> None:
        """Have the script mount itself each time the page is laid out."""
        app.clientside_callback(
            ClientsideFunction("fenghuo", self.mount),
            Output(f"{self.root}-mounted", "data"),
            Input(f"{self.root}-data", "data"),
        )

    def frame(self, wanted: dict[str, Any] | None, *sections: Any) -> Any:
        """The page; `wanted` is None where the layout is only checked. Until the first answer the
        head says that it is coming and the sections wait, so that nothing moves when it comes."""
        return html.Div(
            [
                dcc.Store(id=f"{self.root}-data", data=wanted),
                dcc.Store(id=f"{self.root}-mounted"),
                html.Div(id=f"{self.root}-fault"),
                html.Header(loading(), id=f"{self.root}-head", className=f"{self.style}-head"),
                *sections,
            ],
            id=self.root,
            className=f"fh-reading {self.style}",
        )
