"""The API's part for 95558's system: work orders in, answers out (docs/hotline.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field

from complaints.hotline_rules import Order, Result
from complaints.work_order import DayList, OrderUpdate, WorkOrder, parse_list, parse_order
from core.errors import FenghuoError, FieldFault, InvalidInput
from dashboard import problems
from dashboard.api_callers import actor, read_body
from dashboard.api_values import parse
from dashboard.openapi_parts import Json, asked, json_of, ok, operation, ref
from escalation.hotline_desk import Entry, Fed
from escalation.hotline_poll import MOST

if TYPE_CHECKING:
    from dashboard.bootstrap import Site

MOST_ORDERS = 1000
_MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}


class FetchedBody(BaseModel):
    """The answers that 95558 has stored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    feedback: Annotated[list[str], Field(min_length=1, max_length=1000)]


MODELS: tuple[type[BaseModel], ...] = (WorkOrder, OrderUpdate, FetchedBody, DayList)


def add(api: Blueprint, site: Site) -> None:
    """Add ``/hotline/…`` to the API."""

    @api.post("/hotline/work-orders")
    def hotline_fed() -> tuple[Response, int]:
        body = read_body()
        rows = _rows(body)
        if rows is not None:
            fed = site.engine.hotline.feed([_parsed(row) for row in rows], actor())
            return jsonify(results=[_result(one) for one in fed]), 200
        (one,) = site.engine.hotline.feed([parse_order(body)], actor())
        if one.error is not None:
            raise one.error
        return jsonify(one.answer), 201 if one.created else 200

    @api.get("/hotline/work-orders/<number>")
    def hotline_order(number: str) -> Response:
        return jsonify(site.engine.hotline.order_of(number, request.args.get("source") or None))

    @api.get("/hotline/feedback")
    def hotline_polled() -> Response:
        after = _whole("after", 2**63 - 1)
        limit = _whole("limit", MOST)
        return jsonify(site.engine.hotline.feedback_after(after, limit or MOST))

    @api.post("/hotline/feedback/fetched")
    def hotline_fetched() -> Response:
        body = parse(FetchedBody, read_body())
        return jsonify(fetched=site.engine.hotline.fetched(body.feedback))

    @api.post("/hotline/reconciliations")
    def hotline_compared() -> Response:
        return jsonify(site.engine.hotline.compare(parse_list(read_body()), actor()))


def _rows(body: Any) -> list[Any] | None:
    """The entries of a batch; None for a single one. InvalidInput for too many, or none."""
    rows = body.get("orders") if isinstance(body, dict) and "orders" in body else body
    if isinstance(rows, dict):
        return None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ORDERS:
        raise InvalidInput([FieldFault(
            "orders", f"应为1至{MOST_ORDERS}条的列表", f"must be a list of 1 to {MOST_ORDERS}",
            "请分批提交", "send it in parts",
        )])  # fmt: skip
    return rows


def _parsed(row: Any) -> Entry:
    try:
        return parse_order(row)
    except FenghuoError as error:
        return error


def _result(fed: Fed) -> Json:
    if fed.error is None:
        assert fed.answer is not None
        return {"status": 201 if fed.created else 200, **fed.answer}
    status, body = problems.describe(fed.error)
    return {**body, "status": status, "number": fed.number}


def _whole(name: str, most: int) -> int | None:
    """A whole number of the query. InvalidInput."""
    given = request.args.get(name)
    if given is None or given == "":
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 20 and int(given) <= most):
        raise InvalidInput([FieldFault(name, "应为整数", "must be a whole number", "请改正",
                                       f"give a number up to {most}")])  # fmt: skip
    return int(given)


# --- its description --------------------------------------------------------------------------

_FEEDBACK: Json = {
    "type": "object",
    "required": ["feedback", "number", "source", "complaint", "round", "result", "words", "at",
                 "by", "unit", "unit_name", "due_at", "late"],
    "properties": {
        "feedback": {"type": "string", "pattern": "^F[0-9]{8,18}$"},
        "number": {"type": "string"}, "source": {"type": "string"},
        "complaint": {"type": "string"}, "round": {"type": "integer", "minimum": 1},
        "result": {"enum": [one.value for one in Result]},
        "words": {"type": ["string", "null"]}, "at": {"type": "string", "format": "date-time"},
        "by": {"type": "string"}, "unit": {"type": "string"}, "unit_name": {"type": "string"},
        "due_at": _MOMENT, "late": {"type": "boolean"},
    },
}  # fmt: skip
_ORDER: Json = {
    "type": "object",
    "required": ["number", "source", "complaint", "state", "received_at", "state_at", "due_at",
                 "told_at", "unit", "unit_name", "urged", "urged_at", "feedback"],
    "properties": {
        "number": {"type": "string"}, "source": {"type": "string"},
        "complaint": {"type": "string"},
        "state": {"enum": ["received", "told", *(s.value for s in Order if s is not Order.OPEN)]},
        "received_at": {"type": "string", "format": "date-time"},
        "state_at": {"type": "string", "format": "date-time"},
        "due_at": _MOMENT, "told_at": _MOMENT,
        "unit": {"type": "string"}, "unit_name": {"type": "string"},
        "urged": {"type": "integer", "minimum": 0}, "urged_at": _MOMENT,
        "feedback": {"type": "array", "items": ref("HotlineFeedback")},
    },
}  # fmt: skip
_COMPARED: Json = {
    "type": "object", "required": ["day", "source", "at", "theirs", "ours", "differences"],
    "properties": {
        "day": {"type": "string", "format": "date"}, "source": {"type": "string"},
        "at": {"type": "string", "format": "date-time"}, "theirs": {"type": "integer"},
        "ours": {"type": "integer"}, "differences": {"type": "array", "items": {
            "type": "object", "required": ["number", "kind", "theirs", "ours"], "properties": {
                "number": {"type": "string"},
                "kind": {"enum": ["missing_here", "missing_there", "state"]},
                "theirs": {"type": ["string", "null"]}, "ours": {"type": ["string", "null"]},
            }}}},
}  # fmt: skip
SCHEMAS: Json = {"HotlineCompared": _COMPARED, "HotlineOrder": _ORDER, "HotlineFeedback": _FEEDBACK}


def paths() -> Json:
    """The paths of this part, for the API's document."""
    order = ref("HotlineOrder")
    entry: Json = {"anyOf": [ref("WorkOrder"), ref("OrderUpdate")]}
    many: Json = {"type": "array", "items": entry, "minItems": 1, "maxItems": MOST_ORDERS}
    results: Json = {
        "type": "object", "required": ["results"], "properties": {"results": {
            "type": "array", "items": {
                "type": "object", "required": ["status"],
                "properties": {"status": {"enum": [200, 201, 403, 404, 409, 422, 503]}},
                "description": "a work order or a problem, in the order of the entries"}}},
    }  # fmt: skip
    position: Json = {"type": "integer", "minimum": 0}
    page: Json = {
        "type": "object", "required": ["feedback", "after", "more"], "properties": {
            "feedback": {"type": "array", "items": ref("HotlineFeedback")},
            "after": {"type": ["integer", "null"]}, "more": {"type": "boolean"}},
    }  # fmt: skip
    return {
        "/hotline/work-orders": {"post": operation(
            "hotline_fed", "A work order of 95558, or an update of one; or up to 1,000 of them",
            {"201": ok("taken", order),
             "200": ok("was taken before; or a result for each entry",
                       {"anyOf": [order, results]})},
            content=json_of({"anyOf": [entry, many, {
                "type": "object", "required": ["orders"], "properties": {"orders": many}}]}),
            also=(404, 409))},
        "/hotline/work-orders/{number}": {"get": operation(
            "hotline_order", "How a work order stands, by 95558's own number",
            {"200": ok("the order", order)}, parts=("number",), query=(asked("source"),))},
        "/hotline/feedback": {"get": operation(
            "hotline_polled", "Answers after a position; without one, all not delivered yet",
            {"200": ok("a page", page)},
            query=(asked("after", **position), asked("limit", **position, maximum=MOST)))},
        "/hotline/feedback/fetched": {"post": operation(
            "hotline_fetched", "Acknowledge answers that were fetched",
            {"200": ok("how many", {"type": "object"})}, content=json_of(ref("FetchedBody")),
            also=(404,))},
        "/hotline/reconciliations": {"post": operation(
            "hotline_compared", "95558's list of a day; what differs from ours is kept",
            {"200": ok("what differs", ref("HotlineCompared"))},
            content=json_of(ref("DayList")))},
    }  # fmt: skip
