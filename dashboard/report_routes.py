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
from dashboard.whoami import actor, me
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_signing import Format, Signer

_ONE = "/<int:report>"


def register(server: Flask, services: Services) -> None:
    """Add the routes to the Flask app."""
    routes = page_blueprint("report_pages", "/live/incident/<public_id>/reports")
    routes.register_error_handler(FenghuoError, _refusal)
    for add in (_reading, _drafting, _leaving, _files):
        add(routes, services)
    server.register_blueprint(routes)


def _refusal(error: FenghuoError) -> Response:
    """As on the other pages; a conflict says what is stored now."""
    answer = refusal(error)
    if isinstance(error, Conflict) and error.extra:
        answer.set_data(jsonify({**answer.get_json(), "held": error.extra}).get_data())
    return answer


def _body() -> Any:
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def listed(public_id: str) -> Response:
        return _fresh(services.engine.reports.listed(incident_number(public_id)))

    @routes.get(_ONE)
    def one(public_id: str, report: int) -> Response:
        return _fresh(services.engine.reports.one(incident_number(public_id), report))


def _drafting(routes: Blueprint, services: Services) -> None:
    @routes.post("")
    def begin(public_id: str) -> Response:
        act = parse(values.ReportBody, _body())
        value = Beginning(act.kind, act.addressee, act.duty)
        return _fresh(services.engine.reports.begin(incident_number(public_id), value, me().actor))

    @routes.post(f"{_ONE}/fields")
    def edit(public_id: str, report: int) -> Response:
        act = parse(values.ReportEditBody, _body())
        number = incident_number(public_id)
        return _fresh(
            services.engine.reports.edit(number, report, act.version, act.fields, me().actor)
        )

    @routes.post(f"{_ONE}/freeze")
    def freeze(public_id: str, report: int) -> Response:
        act = parse(values.ReportVersionBody, _body())
        return _fresh(
            services.engine.reports.refreeze(
                incident_number(public_id), report, act.version, me().actor
            )
        )

    @routes.post(f"{_ONE}/discard")
    def discard(public_id: str, report: int) -> Response:
        act = parse(values.ReportReasonBody, _body())
        return _fresh(
            services.engine.reports.discard(
                incident_number(public_id), report, act.reason, me().actor
            )
        )

    @routes.post(f"{_ONE}/sign")
    def sign(public_id: str, report: int) -> Response:
        act = parse(values.ReportVersionBody, _body())
        signer = Signer(me().name, me().role.value)
        number = incident_number(public_id)
        return _fresh(services.engine.reports.sign(number, report, act.version, signer, me().actor))


def _leaving(routes: Blueprint, services: Services) -> None:
    @routes.post(f"{_ONE}/phoned")
    def phoned(public_id: str, report: int) -> Response:
        act = parse(values.ReportPhoneBody, _body())
        number = incident_number(public_id)
        return _fresh(services.engine.reports.phone(number, report, act.value(), me().actor))

    @routes.post(f"{_ONE}/sent")
    def sent(public_id: str, report: int) -> Response:
        body, file = values.receipt_parts(request)
        act = parse(values.ReportReceiptBody, body)
        number = incident_number(public_id)
        return _fresh(services.engine.reports.send(number, report, act.value(file), me().actor))

    @routes.post(f"{_ONE}/received")
    def received(public_id: str, report: int) -> Response:
        act = parse(values.ReportReceivedBody, _body())
        number = incident_number(public_id)
        return _fresh(services.engine.reports.receive(number, report, act.value(), me().actor))

    @routes.post(f"{_ONE}/times")
    def times(public_id: str, report: int) -> Response:
        act = parse(values.ReportTimeBody, _body())
        return _fresh(
            services.engine.reports.correct_time(
                incident_number(public_id), report, act.kind, act.at, act.reason, me().actor
            )
        )


def _files(routes: Blueprint, services: Services) -> None:
    @routes.get(f"{_ONE}/export/<any(docx,pdf):kind>")
    def export(public_id: str, report: int, kind: Format) -> Response:
        content = services.engine.reports.export(
            incident_number(public_id), report, kind, RENDERERS[kind],
            services.settings.bank.name, actor(),
        )  # fmt: skip
        return export_answer(public_id, report, kind, content)

    @routes.get(f"{_ONE}/paper")
    def paper(public_id: str, report: int) -> Response:
        answer = make_response(
            to_html(services.engine.reports.paper(incident_number(public_id), report))
        )
        answer.cache_control.no_store = True
        return answer

    @routes.get("/files/<int:file>")
    def file(public_id: str, file: int) -> Response:
        return file_answer(services.engine.reports.file(incident_number(public_id), file))
