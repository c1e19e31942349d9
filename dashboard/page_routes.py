"""What the pages' own JSON routes have in common: refusals in words."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response
from werkzeug.exceptions import HTTPException

from core.errors import Conflict, FenghuoError, InvalidInput, NotAllowed, NotFound
from dashboard.i18n import lang, t

_STATUS = {InvalidInput: 422, Conflict: 409, NotAllowed: 403, NotFound: 404}


def page_blueprint(name: str, prefix: str) -> Blueprint:
    """A blueprint whose errors are words. That only our own pages reach its verbs is seen to for
    the whole server (`dashboard/web_safety/same_origin.py`)."""
    routes = Blueprint(name, __name__, url_prefix=prefix)
    routes.register_error_handler(FenghuoError, refusal)
    routes.register_error_handler(HTTPException, _http)
    return routes


def refusal(error: FenghuoError) -> Response:
    """``{"error", "errors": [{"field", "message", "remedy"}]}`` in the viewer's language."""
    language = lang()
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 503)
    body: dict[str, Any] = {"error": t(f"refused.{status}"), "errors": []}
    if isinstance(error, InvalidInput):
        body["errors"] = [
            {"field": f.field, "message": f.message(language), "remedy": f.remedy(language)}
            for f in error.faults
        ]
    elif isinstance(error, Conflict | NotAllowed):
        body["error"] = error.zh if language == "zh" else error.en
    return make_response(jsonify(body), status)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    key = "refused.413" if status == 413 else "refused.400"
    return make_response(jsonify(error=t(key), errors=[]), status)
