"""What the pages ask of the rest of the system, and nothing more.

The one real implementation is put together in `dashboard/bootstrap.py`; tests bring their own.
"""

from __future__ import annotations

from typing import Any, Protocol

from flask import Request

from core.settings import Settings
from core.viewer import Viewer
from dashboard.signin.sessions import SessionCheck
from database.area import Transactions
from database.connection import Database
from escalation.engine import Engine


class Services(Protocol):
    """Reads and verbs behind the live board. All times in answers are ISO 8601 with offset."""

    @property
    def settings(self) -> Settings: ...

    @property
    def whole(self) -> Database:
        """The bank's own database, for what listens: no view reads it."""
        ...

    @property
    def database(self) -> Transactions:
        """The database as this request's viewer has it."""
        ...

    @property
    def engine(self) -> Engine:
        """The verbs as this request's viewer has them; RuntimeError outside a request."""
        ...

    @property
    def sessions(self) -> SessionCheck:
        """Whose a session's cookie is; its answers are kept for seconds, and may be forgotten."""
        ...

    def find_viewer(self, asked: Request) -> Viewer | None:
        """Who asks: by session or token; None for nobody."""
        ...

    def board(self) -> dict[str, Any]:
        """The board's whole snapshot; `tests/browser/fake_services.py` shows its shape in full."""
        ...

    def map_units(self) -> list[dict[str, Any]]:
        """Every unit with its place: code, name, short_name, level, branch_code, city, province,
        longitude, latitude (degrees; None where unknown)."""
        ...

    def incident(self, id: int) -> dict[str, Any]:
        """One incident in full; raises NotFound."""
        ...

    def call_list(self, incident_id: int) -> list[dict[str, Any]]:
        """Whom to telephone about an incident, nearest first: role, name, phone (in full, so it
        is asked for only when a person presses "call"); raises NotFound."""
        ...
