"""The API's own description (OpenAPI 3.1), made from the models that check the requests.

Every route of the API is here and nothing else (tests/fuzz holds both); what each answers is tried
with made-up requests.
"""

from __future__ import annotations

from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from complaints.value import ComplaintValue
from dashboard import api_values as values
from dashboard import duty_values, hotline_api, media_api, regulator_api, report_api, ticket_api
from dashboard.openapi_parts import (
    FILE_TYPES,
    PROBLEM,
    Json,
    asked,
    bytes_of,
    json_of,
    ok,
    operation,
    ref,
    with_file,
)

_MODELS: tuple[type[BaseModel], ...] = (
    ComplaintValue, values.GatheringBody, values.AcknowledgeBody, values.OpenBody,
    values.CloseBody, values.ReceiptBody, values.CorrectionBody, duty_values.EvidenceBody,
    duty_values.ExtensionBody, duty_values.AssignmentBody, duty_values.WaiverBody,
    duty_values.EventBody,
    *report_api.MODELS, *hotline_api.MODELS, *regulator_api.MODELS, *media_api.MODELS,
    *ticket_api.MODELS,
)  # fmt: skip
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
        "counted": {"type": "array", "items": ref("Counted")},
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


_ROWS: Json = {"type": "array", "items": ref("ComplaintValue"), "minItems": 1, "maxItems": 1000}
_RESULTS: Json = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": {
        "type": "object", "required": ["status"],
        "properties": {"status": {"enum": [200, 201, 403, 409, 422, 503]}},
        "description": "an Answer or a Problem, in the order of the rows",
    }}},
}  # fmt: skip
_CORRECTED: Json = {
    "type": "object",
    "required": ["complaint", "counted"],
    "properties": {
        "complaint": {"type": "string"},
        "counted": {"type": "array", "items": {"type": "object"}},
    },
}
_HEALTH: Json = {"type": "object", "required": ["status", "database"], "properties": {
    "status": {"enum": ["ok", "degraded", "down"]}, "database": {"type": "string"},
    "engine": {"type": "string"}, "engine_age_seconds": {"type": ["number", "null"]},
    "now": {"type": "string", "format": "date-time"}}}  # fmt: skip
_UNIT: Json = {"type": "object", "required": ["code", "name", "level", "parent"], "properties": {
    "code": {"type": "string"}, "name": {"type": "string"},
    "level": {"enum": ["head_office", "branch", "sub_branch", "outlet"]},
    "parent": {"type": ["string", "null"]}}}  # fmt: skip


def _complaint_paths() -> Json:
    answer = ref("Answer")
    batch = json_of({"anyOf": [_ROWS, {
        "type": "object", "required": ["complaints"], "properties": {"complaints": _ROWS},
    }]})  # fmt: skip
    done = {"200": ok("a result for each row", _RESULTS)}
    return {
        "/complaints": {"post": operation(
            "take", "Enter one complaint; sent twice it gets the first answer",
            {"201": ok("stored", answer), "200": ok("was stored before", answer)},
            content=json_of(ref("ComplaintValue")), also=(409,))},
        "/complaints/batch": {"post": operation(
            "take_batch", "Enter up to 1,000 complaints; a result a row", done, content=batch)},
        "/batch": {"post": operation(
            "take_batch_short", "The same as /complaints/batch", done, content=batch)},
        "/complaints/{id}/correction": {"post": operation(
            "correct", "Withdrawn or wrongly filed: a new entry, with its effect on the counts",
            {"200": ok("the correction", {"type": "object"})},
            content=json_of(ref("CorrectionBody")), parts=("id",), also=(409,))},
        "/gatherings": {"post": operation(
            "gather", "Report people gathered at a unit",
            {"201": ok("stored", {"type": "object"})}, content=json_of(ref("GatheringBody")))},
    }  # fmt: skip


def _incident_paths() -> Json:
    incident = ref("Incident")
    done = {"200": ok("the incident", incident)}

    def end(endpoint: str, summary: str) -> Json:
        return {"post": operation(endpoint, summary, done, content=json_of(ref("CloseBody")),
                                  parts=("id",), also=(409,))}  # fmt: skip

    return {
        "/incidents": {
            "get": operation(
                "listed", "Incidents, newest first",
                {"200": ok("incidents", {"type": "array", "items": incident})},
                query=(asked("state", enum=["open", "stood_down", "closed"]),)),
            "post": operation("opened", "Open one by hand", {"201": ok("opened", incident)},
                              content=json_of(ref("OpenBody")), also=(409,))},
        "/incidents/{id}": {"get": operation("one", "One incident", done, parts=("id",))},
        "/incidents/{id}/acknowledge": {"post": operation(
            "acknowledge", "Acknowledge", done, content=json_of(ref("AcknowledgeBody")),
            parts=("id",), needed=False, also=(409,))},
        "/incidents/{id}/stand-down": end(
            "stand-down_incident",
            "End what is acute: the all-clear goes out, new clients count anew"),
        "/incidents/{id}/close": end(
            "close_incident",
            "Close the file of an incident that is stood down; refused while a duty is open"),
        "/incidents/{id}/reopen": end(
            "reopen_incident", "Open an ended incident again; its clocks go on"),
        "/incidents/{id}/duties/{duty}/receipt": {"post": operation(
            "receipt", "End a duty by its receipt", done, content=json_of(ref("ReceiptBody")),
            parts=("id", "duty"), also=(409,))},
    }  # fmt: skip


def _other_paths() -> Json:
    units = {"type": "array", "items": _UNIT}
    return {
        "/units": {"get": operation(
            "units", "The units of the token's area, and those above it",
            {"200": ok("units", units)})},
        "/healthz": {"get": operation(
            "healthz", "Whether it lives; also at the root",
            {"200": ok("it does", _HEALTH), "503": ok("it does not", _HEALTH)})},
        "/metrics": {"get": operation(
            "metrics", "Figures for Prometheus; also at the root",
            {"200": bytes_of("text exposition format", CONTENT_TYPE_LATEST)})},
        "/openapi.json": {"get": operation(
            "document", "This document", {"200": ok("OpenAPI 3.1", {"type": "object"})})},
    }  # fmt: skip


def _duty_paths() -> Json:
    page = {"type": "object", "required": ["duties", "open", "overdue", "after"], "properties": {
        "duties": {"type": "array", "items": ref("Duty")}, "groups": {"type": "array"},
        "now": {"type": "string", "format": "date-time"}, "open": {"type": "integer"},
        "overdue": {"type": "integer"}, "after": {"type": ["string", "null"]}}}  # fmt: skip
    number: Json = {"type": "integer", "minimum": 0}
    query = (
        asked("unit"), asked("role", many=True), asked("clause"),
        asked("person", **number), asked("state", enum=["open", "overdue", "ended"]),
        asked("after"), asked("limit", **number, maximum=200),
    )  # fmt: skip
    done, one = {"200": ok("the duty", ref("Duty"))}, ("duty",)

    def act(endpoint: str, summary: str, content: Json) -> Json:
        return {"post": operation(
            endpoint, summary, done, content=content, parts=one, also=(409,))}  # fmt: skip

    born = {"type": "object", "required": ["event", "duties"], "properties": {
        "event": {"type": "integer"},
        "duties": {"type": "array", "items": ref("Duty")}}}  # fmt: skip
    return {
        "/duties": {"get": operation(
            "duties", "Duties of a unit (or of all), next due first, in pages",
            {"200": ok("a page", page)}, query=query, also=(404,))},
        "/duties/{duty}": {"get": operation("duty", "One duty", done, parts=one)},
        "/duties/{duty}/file": {"get": operation(
            "evidence_file",
            "The file that proves a duty; sent as `file` of a form, the evidence as `data`",
            {"200": bytes_of("as its content is", *FILE_TYPES)}, parts=one)},
        "/duties/{duty}/evidence": act(
            "proven", "End it by evidence of a kind that its clause takes",
            with_file(ref("EvidenceBody"))),
        "/duties/{duty}/extension": act(
            "extended", "Give it the extension that its clause allows",
            json_of(ref("ExtensionBody"))),
        "/duties/{duty}/assignment": act(
            "assigned", "Hand it to another seat or person; its clock goes on",
            json_of(ref("AssignmentBody"))),
        "/duties/{duty}/waiver": act(
            "waived", "End it without evidence, by a role that the plan entitles",
            json_of(ref("WaiverBody"))),
        "/events": {"post": operation(
            "recorded", "Record something that has happened; the duties that it brings",
            {"201": ok("recorded", born)}, content=json_of(ref("EventBody")))},
    }  # fmt: skip


@cache
def document() -> Json:
    """The whole document; the same for every caller."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Fenghuo", "version": "1"},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": {
            **_complaint_paths(), **_incident_paths(), **_duty_paths(), **report_api.paths(),
            **hotline_api.paths(), **regulator_api.paths(), **media_api.paths(),
            **ticket_api.paths(),
            **_other_paths(),
        },
        "components": {
            "securitySchemes": {"token": {
                "type": "http", "scheme": "bearer",
                "description": "a token has scopes (each operation names the one it needs), an"
                " area and maybe an end; an administrator gives it and takes it back",
            }},
            "schemas": {
                **schemas.get("$defs", {}), "Problem": PROBLEM, "Counted": _COUNTED,
                "Answer": _ANSWER, "Incident": _INCIDENT, "Report": report_api.REPORT_SCHEMA,
                "Duty": _DUTY, **hotline_api.SCHEMAS, "RegulatorCase": regulator_api.SCHEMA,
                "MediaCase": media_api.CASE_SCHEMA,
            },
        },
    }  # fmt: skip
