"""Regulator cases for our pages: JSON under /live/regulator-cases, papers and files."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify

from core.errors import Conflict, FenghuoError
from dashboard.i18n import lang
from dashboard.page_routes import page_blueprint, refusal
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.regulator_paper import regulator_paper
from dashboard.regulator_verbs import VERBS, asked, days, done, me, received
from dashboard.report_papers import file_answer
from dashboard.services import Services
from escalation.ids import complaint_number, regulator_case_number


def register(server: Flask, services: Services) -> None:
    """Add ``/live/regulator-cases``."""
    routes = page_blueprint("regulator_page", "/live/regulator-cases")
    routes.register_error_handler(FenghuoError, _refusal)
    _reading(routes, services)
    _acting(routes, services)
    server.register_blueprint(routes)


def _refusal(error: FenghuoError) -> Response:
    """As on the other pages; a conflict says what is stored now."""
    answer = refusal(error)
    if isinstance(error, Conflict) and error.extra:
        answer.set_data(jsonify({**answer.get_json(), "held": error.extra}).get_data())
    return answer


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def listed() -> Response:
        return _fresh(services.engine.regulator.listed(asked()))

    @routes.get("/due")
    def due() -> Response:
        return _fresh(services.engine.regulator.due(days()))

    @routes.get("/of/<complaint>")
    def of_complaint(complaint: str) -> Response:
        """The cases that are about a complaint."""
        services.engine.files.complaint(number := complaint_number(complaint))
        return _fresh({"cases": services.engine.regulator.of_complaint(number)})

    @routes.get("/<case>")
    def one(case: str) -> Response:
        return _fresh(services.engine.regulator.one(regulator_case_number(case)))

    @routes.get(f"/<case>/paper.<{KINDS}:kind>")
    def printed(case: str, kind: str) -> Response:
        """The filing as a paper; the journal says who took it."""
        read = services.engine.regulator.printed(regulator_case_number(case), kind, me())
        paper = regulator_paper(read, services.settings.bank.name, lang())
        return paper_answer(services, paper, kind, f"regulator-{read['id']}")

    @routes.get("/<case>/files/<int:filing>")
    def receipt_file(case: str, filing: int) -> Response:
        number = regulator_case_number(case)
        return file_answer(services.engine.regulator.file_of(number, filing))


def _acting(routes: Blueprint, services: Services) -> None:
    @routes.post("")
    def receive() -> Response:
        answer, status = received(services.engine.regulator)
        response = _fresh(answer)
        response.status_code = status
        return response

    for name in VERBS:
        _add(routes, services, name)


def _add(routes: Blueprint, services: Services, name: str) -> None:
    def view(case: str) -> Response:
        return _fresh(done(services.engine.regulator, case, name))

    routes.add_url_rule(f"/<case>/{name}", name, view, methods=["POST"])


def _fresh(answer: Any) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
