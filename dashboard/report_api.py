"""Reports in the REST API: /api/v1/incidents/ID/reports, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel

from dashboard import report_values as values
from dashboard.api_callers import actor, read_body
from dashboard.api_values import parse
from dashboard.openapi_parts import (
    FILE_TYPES,
    Json,
    bytes_of,
    json_of,
    ok,
    operation,
    ref,
    with_file,
)
from dashboard.papers import DOCX_TYPE, PDF_TYPE
from dashboard.report_papers import RENDERERS, export_answer, file_answer
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.report_signing import Format, Signer

if TYPE_CHECKING:
    from dashboard.bootstrap import Site

_ALL = "/incidents/<public_id>/reports"
_ONE = f"{_ALL}/<int:report>"
MODELS: tuple[type[BaseModel], ...] = (
    values.ReportBody, values.ReportEditBody, values.ReportVersionBody, values.ReportSignBody,
    values.ReportReceiptBody, values.ReportPhoneBody, values.ReportReceivedBody,
    values.ReportTimeBody, values.ReportReasonBody,
)  # fmt: skip


def add(api: Blueprint, site: Site) -> None:
    """Add ``/incidents/ID/reports`` to the API."""
    _basic(api, site)
    _acts(api, site)
    _downloads(api, site)


def _basic(api: Blueprint, site: Site) -> None:
    @api.get(_ALL)
    def reports_listed(public_id: str) -> Response:
        return jsonify(site.engine.reports.listed(incident_number(public_id)))

    @api.post(_ALL)
    def report_begun(public_id: str) -> tuple[Response, int]:
        body = parse(values.ReportBody, read_body())
        value = Beginning(body.kind, body.addressee, body.duty)
        return jsonify(site.engine.reports.begin(incident_number(public_id), value, actor())), 201

    @api.get(_ONE)
    def report_read(public_id: str, report: int) -> Response:
        return jsonify(site.engine.reports.one(incident_number(public_id), report))

    @api.patch(_ONE)
    def report_edited(public_id: str, report: int) -> Response:
        body = parse(values.ReportEditBody, read_body())
        number = incident_number(public_id)
        return jsonify(site.engine.reports.edit(number, report, body.version, body.fields, actor()))


def _acts(api: Blueprint, site: Site) -> None:
    def freeze(number: int, report: int) -> dict[str, Any]:
        body = parse(values.ReportVersionBody, read_body())
        return site.engine.reports.refreeze(number, report, body.version, actor())

    def discard(number: int, report: int) -> dict[str, Any]:
        body = parse(values.ReportReasonBody, read_body())
        return site.engine.reports.discard(number, report, body.reason, actor())

    def sign(number: int, report: int) -> dict[str, Any]:
        body = parse(values.ReportSignBody, read_body())
        signer = Signer(body.by, body.role.value)
        return site.engine.reports.sign(number, report, body.version, signer, actor())

    def phoned(number: int, report: int) -> dict[str, Any]:
        value = parse(values.ReportPhoneBody, read_body()).value()
        return site.engine.reports.phone(number, report, value, actor())

    def receipt(number: int, report: int) -> dict[str, Any]:
        body, file = values.receipt_parts(request)
        value = parse(values.ReportReceiptBody, body).value(file)
        return site.engine.reports.send(number, report, value, actor())

    def received(number: int, report: int) -> dict[str, Any]:
        value = parse(values.ReportReceivedBody, read_body()).value()
        return site.engine.reports.receive(number, report, value, actor())

    def times(number: int, report: int) -> dict[str, Any]:
        body = parse(values.ReportTimeBody, read_body())
        return site.engine.reports.correct_time(
            number, report, body.kind, body.at, body.reason, actor()
        )

    for verb in (freeze, discard, sign, phoned, receipt, received, times):
        _add(api, verb)


def _add(api: Blueprint, verb: Callable[[int, int], dict[str, Any]]) -> None:
    def view(public_id: str, report: int) -> Response:
        return jsonify(verb(incident_number(public_id), report))

    name = verb.__name__
    api.add_url_rule(f"{_ONE}/{name}", f"report_{name}", view, methods=["POST"])


def _downloads(api: Blueprint, site: Site) -> None:
    @api.get(f"{_ONE}/export/<any(docx,pdf):kind>")
    def report_exported(public_id: str, report: int, kind: Format) -> Response:
        number = incident_number(public_id)
        content = site.engine.reports.export(
            number, report, kind, RENDERERS[kind], site.settings.bank.name, actor()
        )
        return export_answer(public_id, report, kind, content)

    @api.get(f"{_ALL}/files/<int:file>")
    def report_file(public_id: str, file: int) -> Response:
        return file_answer(site.engine.reports.file(incident_number(public_id), file))


# --- its description ----------------------------------------------------------------------------

_TIME = {"type": "string", "format": "date-time"}
REPORT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "incident", "kind", "addressee", "to", "state", "version", "number",
                 "figures", "fields", "missing", "changes", "times", "receipts", "exports"],
    "properties": {
        "id": {"type": "integer"},
        "incident": {"type": "string"},
        "kind": {"enum": ["first", "follow_up", "final"]},
        "addressee": {"enum": ["head_office", "regulator"]},
        "to": {"type": "string"},
        "state": {"enum": ["draft", "signed", "sent", "received", "discarded"]},
        "version": {"type": "integer", "description": "send it back when editing or signing"},
        "number": {"type": ["string", "null"]},
        "signed_at": {**_TIME, "type": ["string", "null"]},
        "figures": {"type": "object", "description": "frozen; as_of and revision are in it"},
        "fields": {"type": "array", "items": {"type": "object"}},
        "missing": {"type": "array", "items": {"type": "string"}},
        "changes": {"type": "array", "items": {"type": "object"}},
        "times": {"type": "array", "items": {"type": "object"}},
        "receipts": {"type": "array", "items": {"type": "object"}},
        "exports": {"type": "array", "items": {"type": "object"}},
        "ended": {"type": "array", "items": {"type": "string"},
                  "description": "clauses whose duties the receipt ended"},
    },
}  # fmt: skip
_LIST = {"type": "object", "required": ["incident", "owed", "next", "reports"],
         "properties": {"reports": {"type": "array", "items": {"type": "object"}},
                        "owed": {"type": "array", "items": {"type": "object"}},
                        "next": {"type": "array", "items": {"type": "object"}}}}  # fmt: skip


def paths() -> Json:
    """The paths of reports."""
    one, root = ("id", "report"), "/incidents/{id}/reports"
    done = {"200": ok("the report", ref("Report"))}
    edited = json_of(ref("ReportEditBody"))

    def act(verb: str, summary: str, content: Json) -> Json:
        return {"post": operation(
            f"report_{verb}", summary, done, content=content, parts=one, also=(409,))}  # fmt: skip

    def plain(verb: str, summary: str, model: str) -> Json:
        return act(verb, summary, json_of(ref(model)))

    return {
        root: {
            "get": operation("reports_listed", "Reports of an incident, and what is owed",
                             {"200": ok("reports", _LIST)}, parts=("id",)),
            "post": operation("report_begun", "Draft a report from frozen figures",
                              {"201": ok("drafted", ref("Report"))},
                              content=json_of(ref("ReportBody")), parts=("id",), also=(409,)),
        },
        f"{root}/{{report}}": {
            "get": operation("report_read", "One report", done, parts=one),
            "patch": operation(
                "report_edited", "Change fields of a draft; 409 when somebody else saved since",
                done, content=edited, parts=one, also=(409,)),
        },
        f"{root}/{{report}}/freeze": plain("freeze", "Freeze the figures anew",
                                           "ReportVersionBody"),
        f"{root}/{{report}}/discard": plain("discard", "Discard what was not sent",
                                            "ReportReasonBody"),
        f"{root}/{{report}}/sign": plain("sign", "Sign a draft: it gets its number",
                                         "ReportSignBody"),
        f"{root}/{{report}}/phoned": plain("phoned", "It was reported by telephone first",
                                           "ReportPhoneBody"),
        f"{root}/{{report}}/receipt": act(
            "receipt", "Mark it sent, by its receipt; as a form it takes a scan",
            with_file(ref("ReportReceiptBody"))),
        f"{root}/{{report}}/received": plain("received", "The addressee confirmed it",
                                             "ReportReceivedBody"),
        f"{root}/{{report}}/times": plain("times", "Correct a time by a new entry",
                                          "ReportTimeBody"),
        f"{root}/{{report}}/export/{{kind}}": {"get": operation(
            "report_exported", "The signed report as docx or pdf, the same bytes each time",
            {"200": bytes_of("the paper", DOCX_TYPE, PDF_TYPE)}, parts=("id", "report", "kind"),
            also=(409, 422))},
        f"{root}/files/{{file}}": {"get": operation(
            "report_file", "A receipt's file", {"200": bytes_of("the file", *FILE_TYPES)},
            parts=("id", "file"))},
    }  # fmt: skip
