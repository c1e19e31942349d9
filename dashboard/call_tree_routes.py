"""Behind the telephone tree: read it masked, ask for numbers, note results, print it.

Numbers in full only by a POST from our own page; printing is such a POST too. Both are journalled.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from complaints.value import Code, MiddleText
from core.errors import FenghuoError
from core.words import Role
from dashboard.api_values import parse
from dashboard.call_tree_paper import incident_tree_paper, unit_tree_paper
from dashboard.i18n import lang
from dashboard.incident_values import MinutesAgo
from dashboard.page_routes import page_blueprint, refusal
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.services import Services
from dashboard.whoami import Acting, me
from escalation.call_tree import CallResult
from escalation.engine import now_of
from escalation.ids import incident_number


class NumbersAct(Acting):
    """Somebody is going to call."""

    unit: Code | None = None


class ResultAct(Acting):
    """The outcome of a call."""

    person: int
    role: Role
    reached: bool
    minutes_ago: MinutesAgo = 0
    note: MiddleText = None


def register(server: Flask, services: Services) -> None:
    """Add ``/live/incident/<id>/call-tree`` and ``/live/call-tree``."""
    routes = page_blueprint("call_tree_page", "/live")
    for add in (_of_incident, _of_unit):
        add(routes, services)
    server.register_blueprint(routes)
    printing = Blueprint("call_tree_print", __name__, url_prefix="/live")
    printing.register_error_handler(FenghuoError, refusal)
    _print(printing, services)
    server.register_blueprint(printing)


def _of_incident(routes: Blueprint, services: Services) -> None:
    @routes.get("/incident/<public_id>/call-tree")
    def tree(public_id: str) -> Response:
        return _fresh(services.engine.calls.tree(incident_number(public_id)))

    @routes.post("/incident/<public_id>/call-tree/numbers")
    def numbers(public_id: str) -> Response:
        act = parse(NumbersAct, _body())
        number = incident_number(public_id)
        return _fresh(services.engine.calls.reveal_tree(number, act.me.actor, "screen"))

    @routes.post("/incident/<public_id>/call-tree/results")
    def result(public_id: str) -> Response:
        act = parse(ResultAct, _body())
        at = now_of(services.engine) - timedelta(minutes=act.minutes_ago)
        value = CallResult(act.person, act.role.value, act.reached, at, act.me.name, act.note)
        number = incident_number(public_id)
        services.engine.calls.note(number, value, act.me.actor)
        return _fresh(services.engine.calls.tree(number))


def _of_unit(routes: Blueprint, services: Services) -> None:
    @routes.get("/call-tree/<code>")
    def unit_tree(code: str) -> Response:
        return _fresh(services.engine.calls.unit_tree(code))

    @routes.post("/call-tree/<code>/numbers")
    def unit_numbers(code: str) -> Response:
        act = parse(NumbersAct, _body())
        return _fresh(services.engine.calls.reveal_unit_tree(code, act.me.actor, "screen"))


def _print(routes: Blueprint, services: Services) -> None:
    """Forms that open in a tab of their own; the printed tree has the numbers."""

    @routes.post(f"/incident/<public_id>/call-tree.<{KINDS}:kind>")
    def incident(public_id: str, kind: str) -> Response:
        number = incident_number(public_id)
        tree = services.engine.calls.reveal_tree(number, me().actor, f"print {kind}")
        return paper_answer(services, incident_tree_paper(tree, lang()), kind,
                            f"call-tree-{tree['incident']}")  # fmt: skip

    @routes.post(f"/call-tree/<code>/print.<{KINDS}:kind>")
    def unit(code: str, kind: str) -> Response:
        tree = services.engine.calls.reveal_unit_tree(code, me().actor, f"print {kind}")
        return paper_answer(services, unit_tree_paper(tree, lang()), kind, "call-tree")


def _body() -> Any:
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
