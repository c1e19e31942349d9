"""Reports for our pages: JSON under /live/incident/…/reports, papers and files as downloads.

A conflict answers with what is stored now, so that the page can show both texts.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, request

from core.errors import Conflict, FenghuoError
from dashboard import report_values as values
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint, refusal
from dashboard.papers import to_html
from dashboard.report_papers import RENDERERS, export_answer, file_answer
from dashboard.services import Services
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_signing import Format, Signer
from escalation.reports import Reports

_ONE = "/<int:report>"


def register(server: Flask, services: Services) -> None:
    """Add the routes to the Flask app."""
    routes = page_blueprint("report_pages", "/live/incident/<public_id>/reports")
    routes.register_error_handler(FenghuoError, _refusal)
    for add in (_reading, _drafting, _leaving, _files):
        add(routes, services.engine.reports, services)
    server.register_blueprint(routes)


def _refusal(error: FenghuoError) -> Response:
    """As on the other pages; a conflict says what is stored now."""
    answer = refusal(error)
    if isinstance(error, Conflict) and error.extra:
        answer.set_data(jsonify({**answer.get_json(), "held": error.extra}).get_data())
    return answer


def _body() -> Any:
    request.max_content_length = 128 * 1024
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response


def _reading(routes: Blueprint, reports: Reports, _services: Services) -> None:
    @routes.get("")
    def listed(public_id: str) -> Response:
        return _fresh(reports.listed(incident_number(public_id)))

    @routes.get(_ONE)
    def one(public_id: str, report: int) -> Response:
        return _fresh(reports.one(incident_number(public_id), report))


def _drafting(routes: Blueprint, reports: Reports, _services: Services) -> None:
    @routes.post("")
    def begin(public_id: str) -> Response:
        act = parse(values.ReportAct, _body())
        value = Beginning(act.kind, act.addressee, act.duty)
        return _fresh(reports.begin(incident_number(public_id), value, act.me.actor))

    @routes.post(f"{_ONE}/fields")
    def edit(public_id: str, report: int) -> Response:
        act = parse(values.ReportEditAct, _body())
        number = incident_number(public_id)
        return _fresh(reports.edit(number, report, act.version, act.fields, act.me.actor))

    @routes.post(f"{_ONE}/freeze")
    def freeze(public_id: str, report: int) -> Response:
        act = parse(values.ReportVersionAct, _body())
        return _fresh(
            reports.refreeze(incident_number(public_id), report, act.version, act.me.actor)
        )

    @routes.post(f"{_ONE}/discard")
    def discard(public_id: str, report: int) -> Response:
        act = parse(values.ReportReasonAct, _body())
        return _fresh(reports.discard(incident_number(public_id), report, act.reason, act.me.actor))

    @routes.post(f"{_ONE}/sign")
    def sign(public_id: str, report: int) -> Response:
        act = parse(values.ReportVersionAct, _body())
        signer = Signer(act.me.name, act.me.role.value)
        number = incident_number(public_id)
        return _fresh(reports.sign(number, report, act.version, signer, act.me.actor))


def _leaving(routes: Blueprint, reports: Reports, _services: Services) -> None:
    @routes.post(f"{_ONE}/phoned")
    def phoned(public_id: str, report: int) -> Response:
        act = parse(values.ReportPhoneAct, _body())
        number = incident_number(public_id)
        return _fresh(reports.phone(number, report, act.value(), act.me.actor))

    @routes.post(f"{_ONE}/sent")
    def sent(public_id: str, report: int) -> Response:
        body, file = values.receipt_parts(request)
        act = parse(values.ReportReceiptAct, body)
        number = incident_number(public_id)
        return _fresh(reports.send(number, report, act.value(file), act.me.actor))

    @routes.post(f"{_ONE}/received")
    def received(public_id: str, report: int) -> Response:
        act = parse(values.ReportReceivedAct, _body())
        number = incident_number(public_id)
        return _fresh(reports.receive(number, report, act.value(), act.me.actor))

    @routes.post(f"{_ONE}/times")
    def times(public_id: str, report: int) -> Response:
        act = parse(values.ReportTimeAct, _body())
        return _fresh(
            reports.correct_time(
                incident_number(public_id), report, act.kind, act.at, act.reason, act.me.actor
            )
        )


def _files(routes: Blueprint, reports: Reports, services: Services) -> None:
    @routes.get(f"{_ONE}/export/<any(docx,pdf):kind>")
    def export(public_id: str, report: int, kind: Format) -> Response:
        content = reports.export(
            incident_number(public_id), report, kind, RENDERERS[kind],
            services.settings.bank.name, "web",
        )  # fmt: skip
        return export_answer(public_id, report, kind, content)

    @routes.get(f"{_ONE}/paper")
    def paper(public_id: str, report: int) -> Response:
        answer = make_response(to_html(reports.paper(incident_number(public_id), report)))
        answer.cache_control.no_store = True
        return answer

    @routes.get("/files/<int:file>")
    def file(public_id: str, file: int) -> Response:
        return file_answer(reports.file(incident_number(public_id), file))
