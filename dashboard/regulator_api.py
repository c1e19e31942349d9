"""Regulator cases in the REST API: /api/v1/regulator-cases, and what it says of itself.

Approving, giving back and extending are people's: no token decides what leaves the house.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel

from complaints.regulator_case import LEVELS, STATES
from dashboard import regulator_values as values
from dashboard.openapi_parts import (
    FILE_TYPES,
    Json,
    asked,
    bytes_of,
    json_of,
    ok,
    operation,
    ref,
    with_file,
)
from dashboard.paper_answers import paper_answer
from dashboard.papers import DOCX_TYPE, PDF_TYPE
from dashboard.regulator_paper import regulator_paper
from dashboard.regulator_verbs import VERBS, days, done, me, received
from dashboard.regulator_verbs import asked as asked_of_address
from dashboard.report_papers import file_answer
from escalation.ids import regulator_case_number
from escalation.regulator_view import State

if TYPE_CHECKING:
    from dashboard.bootstrap import Site

_ALL = "/regulator-cases"
_ONE = f"{_ALL}/<case>"
_OPEN = {name: verb for name, verb in VERBS.items() if not verb.approving}
MODELS: tuple[type[BaseModel], ...] = (
    values.RegulatorCaseBody,
    *dict.fromkeys(verb.body for verb in _OPEN.values()),
)


def add(api: Blueprint, site: Site) -> None:
    """Add ``/regulator-cases`` to the API."""

    @api.get(_ALL)
    def regulator_listed() -> Response:
        return jsonify(site.engine.regulator.listed(asked_of_address()))

    @api.post(_ALL)
    def regulator_received() -> tuple[Response, int]:
        answer, status = received(site.engine.regulator)
        return jsonify(answer), status

    @api.get(f"{_ALL}/due")
    def regulator_due() -> Response:
        return jsonify(site.engine.regulator.due(days()))

    @api.get(_ONE)
    def regulator_read(case: str) -> Response:
        return jsonify(site.engine.regulator.one(regulator_case_number(case)))

    @api.get(f"{_ONE}/paper/<any(docx,pdf):kind>")
    def regulator_paper_taken(case: str, kind: str) -> Response:
        read = site.engine.regulator.printed(regulator_case_number(case), kind, me())
        paper = regulator_paper(read, site.settings.bank.name, "zh")
        return paper_answer(site, paper, kind, f"regulator-{read['id']}")

    @api.get(f"{_ONE}/files/<int:filing>")
    def regulator_receipt_file(case: str, filing: int) -> Response:
        return file_answer(site.engine.regulator.file_of(regulator_case_number(case), filing))

    for name in _OPEN:
        _add(api, site, name)


def _add(api: Blueprint, site: Site, name: str) -> None:
    def view(case: str) -> Response:
        return jsonify(done(site.engine.regulator, case, name))

    api.add_url_rule(f"{_ONE}/{name}", f"regulator_{name}", view, methods=["POST"])


# --- its description ----------------------------------------------------------------------------

_TIME: Json = {"type": "string", "format": "date-time"}
_MAYBE: Json = {**_TIME, "type": ["string", "null"]}
_ROWS: Json = {"type": "array", "items": {"type": "object"}}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "regulator", "level", "number", "unit", "received_at", "state", "due_at",
                 "demands", "contacts", "answers", "filings", "complaints", "duties"],
    "properties": {
        "id": {"type": "string"},
        "regulator": {"type": "string"},
        "level": {"enum": list(LEVELS)},
        "number": {"type": "string", "description": "the regulator's; the same is the same case"},
        "unit": {"type": "string"},
        "filing_unit": {"type": "string", "description": "who answers the regulator of this level"},
        "received_at": _TIME,
        "state": {"enum": list(STATES)},
        "round": {"type": "integer", "description": "how often it was asked more after a filing"},
        "due_at": _TIME,
        "next_due": _MAYBE,
        "acts": {"type": "array", "items": {"type": "string"}, "description": "what may come next"},
        "demands": _ROWS, "contacts": _ROWS, "answers": _ROWS, "filings": _ROWS,
        "extensions": _ROWS, "complaints": _ROWS, "duties": _ROWS,
        "incident": {"type": ["string", "null"]},
        "ended": {"type": "array", "items": {"type": "string"},
                  "description": "clauses whose duties the receipt ended"},
    },
}  # fmt: skip
_LIST: Json = {
    "type": "object", "required": ["now", "cases", "figures", "regulators", "more"],
    "properties": {"now": _TIME, "cases": _ROWS, "figures": {"type": "object"},
                   "regulators": {"type": "array", "items": {"type": "string"}},
                   "more": {"type": "boolean"}},
}  # fmt: skip
_DUE: Json = {"type": "object", "required": ["now", "until", "regulators"],
              "properties": {"now": _TIME, "until": _TIME, "regulators": _ROWS}}  # fmt: skip


def paths() -> Json:
    """The paths of regulator cases."""
    case, one = ref("RegulatorCase"), ("case",)
    done_ = {"200": ok("the case", case)}
    root = f"{_ALL}/{{case}}"

    def act(name: str) -> Json:
        verb = _OPEN[name]
        body = ref(verb.body.__name__)
        return {"post": operation(
            f"regulator_{name}", verb.summary, done_, parts=one, also=(409,),
            content=with_file(body) if verb.file else json_of(body))}  # fmt: skip

    return {
        _ALL: {
            "get": operation(
                "regulator_listed", "Cases, the overdue first", {"200": ok("cases", _LIST)},
                query=(asked("state", enum=list(get_args(State))), asked("regulator"),
                       asked("unit"), asked("number"))),
            "post": operation(
                "regulator_received", "Take a case in; the same number is the same case",
                {"201": ok("stored", case), "200": ok("its number was known", case)},
                content=json_of(ref("RegulatorCaseBody")), also=(404, 409)),
        },
        f"{_ALL}/due": {"get": operation(
            "regulator_due", "What is due to which regulator, the overdue first",
            {"200": ok("by regulator", _DUE)},
            query=(asked("days", type="integer", minimum=0, maximum=31),))},
        root: {"get": operation("regulator_read", "One case", done_, parts=one)},
        f"{root}/paper/{{kind}}": {"get": operation(
            "regulator_paper_taken", "The filing as a paper",
            {"200": bytes_of("a file", DOCX_TYPE, PDF_TYPE)}, parts=("case", "kind"))},
        f"{root}/files/{{filing}}": {"get": operation(
            "regulator_receipt_file", "The file of a receipt",
            {"200": bytes_of("as its content is", *FILE_TYPES)}, parts=("case", "filing"))},
        **{f"{root}/{name}": act(name) for name in _OPEN},
    }  # fmt: skip
