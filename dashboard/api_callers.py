"""What every part of the API shares: who calls, and the body they send."""

from __future__ import annotations

from typing import Any

from flask import request

from core.viewer import Viewer
from dashboard import whoami

MOST_BYTES = 1024 * 1024


def caller() -> Viewer:
    """Whose token it is (`dashboard.gate` has checked it)."""
    return whoami.viewer()


def actor() -> str:
    """As the journal names them: ``token:LABEL``."""
    return caller().actor


def read_body(most: int = MOST_BYTES, *, optional: bool = False) -> Any:
    """The JSON body; 413, 415 or 400 otherwise. An optional one may be missing."""
    request.max_content_length = most
    if optional and not request.get_data(cache=True):
        return {}
    return request.get_json()
