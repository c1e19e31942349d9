"""Behind 预案: the plan in force with what is open of each clause."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify

from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from escalation.plan_view import read_plan


def register(server: Flask, services: Services) -> None:
    """Add ``/live/plan``."""
    routes = page_blueprint("plan_page", "/live/plan")

    @routes.get("")
    def plan() -> Response:
        return _fresh(**services.database.read(lambda c: read_plan(c, services.engine.house)))

    server.register_blueprint(routes)


def _fresh(**body: Any) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
