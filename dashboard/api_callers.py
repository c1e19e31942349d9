"""What every part of the API shares: who calls, and the body they send."""

from __future__ import annotations

from typing import Any

from flask import request

from core.viewer import Viewer
from dashboard import whoami


def caller() -> Viewer:
    """Whose token it is (`dashboard.gate` has checked it)."""
    return whoami.viewer()


def actor() -> str:
    """As the journal names them: ``token:LABEL``."""
    return caller().actor


def read_body(*, optional: bool = False) -> Any:
    """The JSON body; 400 otherwise. An optional one may be missing. How large it may be is in
    `dashboard/web_safety/bodies.py`."""
    if optional and not request.get_data(cache=True):
        return {}
    return request.get_json()
