"""Behind 预案: the plan in force with what is open of each clause, and trying an event out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, jsonify, request

from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.plan_values import TrialBody
from dashboard.services import Services
from escalation.about import About
from escalation.admission import admit
from escalation.engine import now_of
from escalation.plan_view import read_plan, tryable
from escalation.simulating import simulate


def register(server: Flask, services: Services) -> None:
    """Add ``/live/plan``."""
    routes = page_blueprint("plan_page", "/live/plan")

    @routes.get("")
    def plan() -> Response:
        return _fresh(**services.database.read(lambda c: read_plan(c, services.engine.house)))

    @routes.get("/trial")
    def offered() -> Response:
        """What can be tried: events, the plan's classes."""
        return _fresh(**tryable(services.engine.house))

    @routes.post("/trial")
    def tried() -> Response:
        """Who would be told, and when; nothing is sent and nothing is kept."""
        body = parse(TrialBody, request.get_json())
        occasion = body.occasion(now_of(services.engine))
        admit(services.engine.house, About(unit=occasion.unit))
        timeline = simulate(services.engine.house, occasion, timedelta(hours=body.hours))
        return _fresh(**timeline.as_json())

    server.register_blueprint(routes)


def _fresh(**body: Any) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
