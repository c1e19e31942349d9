"""What every operation of the API's description is made of: parameters, bodies, answers."""

from __future__ import annotations

from typing import Any

from complaints.ticket_forms import DECISIONS, FORMS
from dashboard import doors

Json = dict[str, Any]
JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
#: The types that a file proving something may have (`escalation/evidence_files.py`).
FILE_TYPES = ("application/pdf", "image/jpeg", "image/png")
_SERIAL: Json = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
#: Parts of a path by their name here: what a caller may put there.
PATH_PARTS: dict[str, Json] = {
    "id": {"type": "string", "pattern": "^[A-Z][0-9]{1,18}$", "description": "I… or C…"},
    "duty": _SERIAL,
    "report": _SERIAL,
    "file": _SERIAL,
    "case": {"type": "string", "pattern": "^R[0-9]{1,18}$", "description": "R…"},
    "filing": _SERIAL,
    "kind": {"enum": ["docx", "pdf"]},
    "act": {"type": "string", "enum": [act for act in FORMS if act not in DECISIONS]},
    "number": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
}
#: What each refusal means; all are problems.
_REFUSALS = {
    400: "the body cannot be read as JSON or as a form",
    401: "no token, or one that is not known, revoked or over",
    403: "the token lacks the scope or may not write as this source; or an unknown host name",
    404: "no such object, or none in the token's area: the same answer",
    409: "it contradicts what is stored",
    413: "the body is too large",
    415: "a body of this type is not taken here",
    422: "fields to correct, each with its remedy",
    429: "too fast; Retry-After says in how many seconds to come again",
    503: "not available now; Retry-After says when to come again",
}
_WAITS: Json = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def json_of(schema: Json) -> Json:
    return {JSON_TYPE: {"schema": schema}}


def ok(description: str, schema: Json) -> Json:
    """An answer in JSON."""
    return {"description": description, "content": json_of(schema)}


def bytes_of(description: str, *types: str) -> Json:
    """An answer that is a file of one of these types."""
    return {"description": description, "content": {one: {} for one in types}}


def with_file(data: Json) -> Json:
    """A body that is JSON, or a form with the same JSON as `data` beside a `file`."""
    form = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "data": {"type": "string", "contentMediaType": JSON_TYPE, "contentSchema": data},
            "file": {"type": "string", "format": "binary"},
        },
    }
    return {**json_of(data), "multipart/form-data": {"schema": form}}


def asked(name: str, *, many: bool = False, **schema: Any) -> Json:
    """A parameter of the query."""
    one = schema or {"type": "string"}
    return {"name": name, "in": "query", "schema": {"type": "array", "items": one} if many else one}


def operation(
    endpoint: str, summary: str, answers: Json, *, content: Json | None = None,
    parts: tuple[str, ...] = (), query: tuple[Json, ...] = (), needed: bool = True,
    also: tuple[int, ...] = (),
) -> Json:  # fmt: skip
    """One operation of the endpoint, with every refusal that its kind can bring.

    `content` is the body by type; `parts` the names of the path's parts, `also` further refusals
    (404 is one of every path with parts). What scope it needs is read from the table of doors.
    """
    right = doors.API.get(endpoint) or doors.API.get(f"api.{endpoint}")
    codes = {403, *also, *((401, 429, 503) if right else ()), *((404,) if parts else ())}
    codes |= {422} if query else set()
    codes |= {400, 413, 415, 422} if content else set()
    made: Json = {
        "operationId": endpoint,
        "summary": summary,
        "description": f"Scope: {right.value}" if right else "Needs no token",
        "responses": {**{str(code): _problem(code) for code in sorted(codes)}, **answers},
        "parameters": [
            *({"name": n, "in": "path", "required": True, "schema": PATH_PARTS[n]} for n in parts),
            *query,
        ],
        "security": [{"token": []}] if right else [],
    }
    if content is not None:
        made["requestBody"] = {"required": needed, "content": content}
    return made


def _problem(code: int) -> Json:
    problem = {
        "description": _REFUSALS[code],
        "content": {PROBLEM_TYPE: {"schema": ref("Problem")}},
    }
    return {**problem, "headers": _WAITS} if code in (429, 503) else problem


PROBLEM: Json = {
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
                "required": ["field", "message", "remedy"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "remedy": {"type": "string"},
                },
            },
        },
    },
}
