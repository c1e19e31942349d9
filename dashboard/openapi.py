"""The API's own description (OpenAPI 3.1), made from the models that check the requests."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from complaints.value import ComplaintValue
from dashboard import api_values as values
from dashboard import duty_values, report_api

_MODELS: tuple[type[BaseModel], ...] = (
    ComplaintValue, values.GatheringBody, values.AcknowledgeBody, values.OpenBody,
    values.CloseBody, values.ReceiptBody, values.CorrectionBody, duty_values.EvidenceBody,
    duty_values.ExtensionBody, duty_values.AssignmentBody, duty_values.WaiverBody,
    duty_values.EventBody,
    *report_api.MODELS,
)  # fmt: skip
_PROBLEM = {
    "description": "what is wrong, field by field",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_COUNTED = {
    "type": "object",
    "required": ["key", "clients", "threshold", "state"],
    "properties": {
        "key": {"type": "string"},
        "clients": {"type": "integer"},
        "threshold": {"type": "integer"},
        "state": {"enum": ["quiet", "watch", "incident", "large"]},
    },
}
_ANSWER = {
    "type": "object",
    "required": ["complaint", "incident", "counted"],
    "properties": {
        "complaint": {"type": "string"},
        "incident": {"type": ["string", "null"]},
        "counted": {"type": "array", "items": {"$ref": "#/components/schemas/Counted"}},
    },
}
_INCIDENT = {
    "type": "object",
    "required": ["id", "state", "severity", "keys", "clients", "headcount", "opened_at", "unit",
                 "acknowledgements", "messages", "duties", "timeline"],
    "properties": {
        "id": {"type": "string"},
        "state": {"enum": ["open", "stood_down", "closed"]},
        "severity": {"enum": ["incident", "large"]},
        "keys": {"type": "array", "items": {"type": "string"}},
        "clients": {"type": "integer"},
        "headcount": {"type": "integer"},
        "opened_at": {"type": "string", "format": "date-time"},
        "unit": {"type": "string"},
        "product": {"type": ["string", "null"]},
        "parent": {"type": ["string", "null"]},
        "acknowledgements": {"type": "array", "items": {"type": "object"}},
        "messages": {"type": "array", "items": {"type": "object"}},
        "duties": {"type": "array", "items": {"type": "object"}},
        "timeline": {"type": "array", "items": {"type": "object"}},
    },
}  # fmt: skip
_FIELD_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _ok(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _json(schema)}


def _operation(
    summary: str, answers: dict[str, Any], *, body: dict[str, Any] | None = None,
    path_ids: tuple[str, ...] = (), query: tuple[dict[str, Any], ...] = (), needed: bool = True,
) -> dict[str, Any]:  # fmt: skip
    known = {str(code): _PROBLEM for code in (401, *((400, 413, 415, 422) if body else ()))}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": {**answers, **known, "503": _PROBLEM},
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
              for n in path_ids),
            *query,
        ],
    }  # fmt: skip
    if body is not None:
        operation["requestBody"] = {"required": needed, "content": _json(body)}
    return operation


_MISSING = {"404": _PROBLEM}
_CLASH = {"409": _PROBLEM}


def _paths() -> dict[str, Any]:
    rows = {"type": "array", "items": _ref("ComplaintValue"), "minItems": 1, "maxItems": 1000}
    results = {"type": "object", "properties": {"results": {"type": "array"}}}
    incident, answer = _ref("Incident"), _ref("Answer")
    state = {"name": "state", "in": "query", "schema": {"enum": ["open", "stood_down", "closed"]}}
    one = ("id",)
    done = {"200": _ok("the incident", incident)}
    return {
        "/complaints": {"post": _operation(
            "Enter one complaint; sent twice it gets the first answer",
            {"201": _ok("stored", answer), "200": _ok("was stored before", answer),
             "403": _PROBLEM, **_CLASH}, body=_ref("ComplaintValue"))},
        "/complaints/batch": {"post": _operation(
            "Enter up to 1,000 complaints; a result a row",
            {"200": _ok("a result for each row", results)}, body=rows)},
        "/batch": {"post": _operation(
            "The same as /complaints/batch",
            {"200": _ok("a result for each row", results)}, body=rows)},
        "/healthz": {"get": _operation(
            "Whether it lives; also at the root", {"200": _ok("it does", {"type": "object"})})},
        "/metrics": {"get": _operation(
            "Figures for Prometheus; also at the root",
            {"200": {"description": "text exposition format"}})},
        "/complaints/{id}/correction": {"post": _operation(
            "Withdrawn or wrongly filed: a new entry, with its effect on the counts",
            {"200": _ok("the correction", {"type": "object"}), **_MISSING, **_CLASH},
            body=_ref("CorrectionBody"), path_ids=one)},
        "/gatherings": {"post": _operation(
            "Report people gathered at a unit", {"201": _ok("stored", {"type": "object"})},
            body=_ref("GatheringBody"))},
        "/incidents": {
            "get": _operation("Incidents, newest first",
                              {"200": _ok("incidents", {"type": "array", "items": incident}),
                               "422": _PROBLEM}, query=(state,)),
            "post": _operation("Open one by hand", {"201": _ok("opened", incident), **_CLASH},
                               body=_ref("OpenBody"))},
        "/incidents/{id}": {"get": _operation(
            "One incident", {**done, **_MISSING}, path_ids=one)},
        "/incidents/{id}/acknowledge": {"post": _operation(
            "Acknowledge", {**done, **_MISSING, **_CLASH}, body=_ref("AcknowledgeBody"),
            path_ids=one, needed=False)},
        "/incidents/{id}/stand-down": {"post": _operation(
            "End what is acute: the all-clear goes out, new clients count anew",
            {**done, **_MISSING, **_CLASH}, body=_ref("CloseBody"), path_ids=one)},
        "/incidents/{id}/close": {"post": _operation(
            "Close the file of an incident that is stood down; refused while a duty is open",
            {**done, **_MISSING, **_CLASH}, body=_ref("CloseBody"), path_ids=one)},
        "/incidents/{id}/reopen": {"post": _operation(
            "Open an ended incident again; its clocks go on", {**done, **_MISSING, **_CLASH},
            body=_ref("CloseBody"), path_ids=one)},
        "/incidents/{id}/duties/{duty}/receipt": {"post": _operation(
            "End a duty by its receipt", {**done, **_MISSING, **_CLASH},
            body=_ref("ReceiptBody"), path_ids=("id", "duty"))},
        "/units": {"get": _operation(
            "All units", {"200": _ok("units", {"type": "array", "items": {"type": "object"}})})},
        **_duty_paths(),
    }  # fmt: skip


_DUTY = {
    "type": "object",
    "required": ["id", "clause", "title_zh", "title_en", "role", "unit", "due_at", "state",
                 "proofs", "workings"],
    "properties": {
        "id": {"type": "integer"},
        "clause": {"type": "string"},
        "title_zh": {"type": "string"},
        "title_en": {"type": "string"},
        "role": {"type": "string"},
        "unit": {"type": "string"},
        "person": {"type": ["integer", "null"]},
        "incident": {"type": ["string", "null"]},
        "complaint": {"type": ["string", "null"]},
        "due_at": {"type": "string", "format": "date-time"},
        "provisional": {"type": "boolean"},
        "state": {"enum": ["open", "fulfilled", "waived"]},
        "proofs": {"type": "array", "items": {"type": "object"}},
        "workings": {"type": "object"},
    },
}  # fmt: skip


def _duty_paths() -> dict[str, Any]:
    def asked(name: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "schema": schema or {"type": "string"}}

    page = {"type": "object", "required": ["duties", "open", "overdue", "after"], "properties": {
        "duties": {"type": "array", "items": _ref("Duty")}, "groups": {"type": "array"},
        "now": {"type": "string", "format": "date-time"}, "open": {"type": "integer"},
        "overdue": {"type": "integer"}, "after": {"type": ["string", "null"]}}}  # fmt: skip
    query = (
        asked("unit"), asked("role"), asked("person", type="integer"),
        asked("state", enum=["open", "overdue", "ended"]), asked("after"),
        asked("limit", type="integer", minimum=1, maximum=200),
    )  # fmt: skip
    done = {"200": _ok("the duty", _ref("Duty")), **_MISSING}
    verbs = {
        "evidence": ("End it by evidence of a kind that its clause takes", "EvidenceBody"),
        "extension": ("Give it the extension that its clause allows", "ExtensionBody"),
        "assignment": ("Hand it to another seat or person; its clock goes on", "AssignmentBody"),
        "waiver": ("End it without evidence, by a role that the plan entitles", "WaiverBody"),
    }
    born = {"type": "object", "required": ["event", "duties"], "properties": {
        "event": {"type": "integer"},
        "duties": {"type": "array", "items": _ref("Duty")}}}  # fmt: skip
    return {
        "/duties": {"get": _operation(
            "Duties of a unit (or of all), next due first, in pages",
            {"200": _ok("a page", page), "422": _PROBLEM}, query=query)},
        "/duties/{id}": {"get": _operation("One duty", done, path_ids=("id",))},
        "/duties/{id}/file": {"get": _operation(
            "The file that proves a duty; sent as `file` of a form, the evidence as `data`",
            {"200": {"description": "PDF, JPG or PNG"}, **_MISSING}, path_ids=("id",))},
        **{f"/duties/{{id}}/{verb}": {"post": _operation(
            summary, {**done, **_CLASH}, body=_ref(model), path_ids=("id",))}
           for verb, (summary, model) in verbs.items()},
        "/events": {"post": _operation(
            "Record something that has happened; the duties that it brings",
            {"201": _ok("recorded", born), "422": _PROBLEM}, body=_ref("EventBody"))},
        **report_api.paths(_operation, _ok, _PROBLEM),
    }  # fmt: skip


@cache
def document() -> dict[str, Any]:
    """The whole document; the same for every caller."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fenghuo", "version": "1"},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                **schemas.get("$defs", {}), "Problem": _FIELD_PROBLEM, "Counted": _COUNTED,
                "Answer": _ANSWER, "Incident": _INCIDENT, "Report": report_api.REPORT_SCHEMA,
                "Duty": _DUTY,
            },
        },
    }  # fmt: skip
