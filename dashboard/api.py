"""The REST API under /api/v1: each view reads, makes one call, answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from werkzeug.exceptions import MethodNotAllowed

from complaints.value import parse_complaint
from core.errors import FenghuoError, FieldFault, InvalidInput, NotAllowed
from dashboard import api_values as values
from dashboard import (
    duty_api,
    hotline_api,
    media_api,
    openapi,
    problems,
    regulator_api,
    report_api,
    ticket_api,
)
from dashboard.api_callers import actor, caller, read_body
from dashboard.bootstrap import Site
from escalation.acknowledging import Acknowledgement
from escalation.engine import Engine, RowResult
from escalation.gatherings import Gathering
from escalation.ids import complaint_number, incident_number
from escalation.manual import ManualOpening

MOST_ROWS = 1000
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def register(server: Flask, site: Site) -> None:
    """Add the API's routes to the Flask app."""
    api = Blueprint("api", __name__, url_prefix="/api/v1")
    for add in (
        _complaints, _incidents, _commands, _units, duty_api.add, report_api.add, hotline_api.add,
        regulator_api.add, media_api.add, ticket_api.add,
    ):  # fmt: skip
        add(api, site)

    @api.get("/openapi.json")
    def document() -> Response:
        return jsonify(openapi.document())

    @api.route("/<path:rest>", methods=list(_METHODS))
    def nothing(rest: str) -> Response:
        """Without this, Dash would answer unknown paths with a page."""
        allowed = [method for method in _METHODS if _answers(method)]
        if allowed:
            raise MethodNotAllowed(allowed)
        abort(404)

    server.register_blueprint(api)


def _answers(method: str) -> bool:
    """Whether this request's path has a route of its own for that method."""
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # there is a request
    rule, _ = adapter.match(method=method, return_rule=True)
    return bool(rule.endpoint != "api.nothing")


def _own_source(source: str) -> None:
    if not caller().may_write(source):
        raise NotAllowed(
            f"此令牌不能以来源 {source} 登记", f"this token may not write as source {source}"
        )


def _complaints(api: Blueprint, site: Site) -> None:
    @api.post("/complaints")
    def take() -> tuple[Response, int]:
        value = parse_complaint(read_body())
        _own_source(value.source)
        taken = site.engine.take_complaint(value, actor())
        return jsonify(taken.answer), 201 if taken.created else 200

    @api.post("/complaints/batch")
    def take_batch() -> Response:
        rows = _rows(read_body())
        results = site.engine.take_batch([_parsed(row) for row in rows], actor())
        return jsonify({"results": [_row_answer(result) for result in results]})

    @api.post("/batch")
    def take_batch_short() -> Response:
        return take_batch()

    @api.post("/complaints/<public_id>/correction")
    def correct(public_id: str) -> Response:
        body = values.parse(values.CorrectionBody, read_body())
        return jsonify(
            site.engine.correct_complaint(
                complaint_number(public_id), body.kind, body.reason, actor()
            )
        )

    @api.post("/gatherings")
    def gather() -> tuple[Response, int]:
        body = values.parse(values.GatheringBody, read_body())
        value = Gathering(
            body.unit, body.complainants, body.onlookers or 0, body.since or site.now(),
            body.reported_by or caller().name, body.note,
        )  # fmt: skip
        return jsonify(site.engine.report_gathering(value, actor())), 201


def _rows(body: Any) -> list[Any]:
    rows = body.get("complaints") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not rows or len(rows) > MOST_ROWS:
        raise InvalidInput(
            [FieldFault("complaints", f"应为1至{MOST_ROWS}条投诉的列表",
                        f"must be a list of 1 to {MOST_ROWS} complaints",
                        "请分批提交", "send it in parts")]
        )  # fmt: skip
    return rows


def _parsed(row: Any) -> Any:
    try:
        value = parse_complaint(row)
        _own_source(value.source)
    except FenghuoError as error:
        return error
    return value


def _row_answer(result: RowResult) -> dict[str, Any]:
    if result.taken is not None:
        return {"status": 201 if result.taken.created else 200, **result.taken.answer}
    assert result.error is not None
    status, body = problems.describe(result.error)
    return {**body, "status": status}


def _incidents(api: Blueprint, site: Site) -> None:
    @api.get("/incidents")
    def listed() -> Response:
        state = request.args.get("state")
        if state not in (None, "", "open", "stood_down", "closed"):
            raise InvalidInput(
                [
                    FieldFault(
                        "state",
                        "应为 open、stood_down 或 closed",
                        "must be open, stood_down or closed",
                        "请改正",
                        "correct it",
                    )
                ]
            )
        return jsonify(site.engine.incidents(state=state or None))

    @api.get("/incidents/<public_id>")
    def one(public_id: str) -> Response:
        return jsonify(site.engine.incident(incident_number(public_id)))

    @api.post("/incidents")
    def opened() -> tuple[Response, int]:
        body = values.parse(values.OpenBody, read_body())
        value = ManualOpening(
            body.unit, body.note or "", body.product, body.origin or "manual",
            body.severity == "large", bool(body.media_exposed),
        )  # fmt: skip
        return jsonify(site.engine.open_incident(value, actor())), 201


def _commands(api: Blueprint, site: Site) -> None:
    @api.post("/incidents/<public_id>/acknowledge")
    def acknowledge(public_id: str) -> Response:
        body = values.parse(values.AcknowledgeBody, read_body(optional=True))
        number = incident_number(public_id)
        on_behalf = body.via == "desk" or body.how is not None
        value = Acknowledgement(
            by=body.by or caller().name,
            role=body.role.value if body.role else "duty_officer",
            via="desk" if on_behalf else body.via or "api",
            entered_by=actor() if on_behalf else None,
            note=body.note or body.how,
            at=body.at,
            named=body.by is not None or body.role is not None,
        )
        first = site.engine.acknowledge(number, value)
        return jsonify({"acknowledged": first, **site.engine.incident(number)})

    def ending(name: str, verb: Callable[[Engine, int, str, str], None]) -> None:
        def end(public_id: str) -> Response:
            body = values.parse(values.CloseBody, read_body())
            number = incident_number(public_id)
            verb(site.engine, number, body.reason, actor())
            return jsonify(site.engine.incident(number))

        api.add_url_rule(
            f"/incidents/<public_id>/{name}", f"{name}_incident", end, methods=["POST"]
        )

    ending("stand-down", Engine.stand_down)
    ending("close", Engine.close_incident)
    ending("reopen", Engine.reopen_incident)

    @api.post("/incidents/<public_id>/duties/<int:duty>/receipt")
    def receipt(public_id: str, duty: int) -> Response:
        body = values.parse(values.ReceiptBody, read_body())
        number = incident_number(public_id)
        site.engine.fulfil_duty(number, duty, body.model_dump(mode="json"), actor())
        return jsonify(site.engine.incident(number))


def _units(api: Blueprint, site: Site) -> None:
    @api.get("/units")
    def units() -> Response:
        return jsonify(site.units())
