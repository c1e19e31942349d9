"""What nobody foresaw: a bare 500 with a number for the caller, and the number in the log.

Neither has the request's data, the error's message or a stack trace with values.
"""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, request
from werkzeug.exceptions import InternalServerError

from dashboard import problems
from dashboard.i18n import t
from dashboard.web_safety.log_lines import lines_of

log = logging.getLogger("fenghuo.web")
#: What Dash offers and nothing of ours asks for: a reload of a program under development.
OFF = frozenset({"/_reload-hash"})


class CalmFlask(Flask):
    """Flask that logs a fault by number, rule, kinds and places only."""

    def log_exception(self, exc_info: Any) -> None:
        g.fault = secrets.token_hex(4)
        rule = request.url_rule.rule if request.url_rule else "no rule"
        lines = "; ".join(lines_of(exc_info[1]))
        log.error("fault %s in %s %s: %s", g.fault, request.method, rule, lines)


def register(server: Flask) -> None:
    """Answer faults; keep the routes off that are for programmers."""
    server.config["PROPAGATE_EXCEPTIONS"] = False
    server.config["TRAP_HTTP_EXCEPTIONS"] = False

    @server.before_request
    def not_offered() -> tuple[str, int] | None:
        return ("", 404) if request.path in OFF else None

    @server.errorhandler(InternalServerError)
    def fault(_: InternalServerError) -> Response:
        number = str(g.get("fault") or "")
        if request.path.startswith(("/api/", "/healthz", "/metrics")):
            return problems.respond(500, problems.problem(500, "", fault=number))
        words = t("refused.500", fault=number)
        if request.headers.get("X-Fenghuo") == "1" or "json" in request.headers.get("Accept", ""):
            return make_response(jsonify(error=words, errors=[]), 500)
        answer = make_response(words, 500)
        answer.mimetype = "text/plain"
        return answer
