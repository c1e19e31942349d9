"""Media cases in the REST API: /api/v1/media-cases, and what it says of itself.

A token finds, checks and drafts; approving and issuing is for people, on the pages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel

from dashboard import media_values as values
from dashboard.api_callers import caller, read_body
from dashboard.api_values import parse
from dashboard.doors import MEDIA_TOKEN_VERBS
from dashboard.media_acts import VERBS, Call, Verb, by_token
from dashboard.media_routes import page_of
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
from dashboard.report_papers import file_answer
from dashboard.report_values import receipt_parts
from escalation.engine import now_of
from escalation.ids import media_id, media_number
from escalation.media_rules import ReachWord, Verdict
from escalation.media_view import Show

if TYPE_CHECKING:
    from dashboard.bootstrap import Site

_ALL = "/media-cases"
_ONE = f"{_ALL}/<public_id>"
MODELS: tuple[type[BaseModel], ...] = (
    values.MediaFoundBody,
    *(VERBS[name].body for name in MEDIA_TOKEN_VERBS),
)


def add(api: Blueprint, site: Site) -> None:
    """Add ``/media-cases`` to the API."""

    @api.get(_ALL)
    def media_listed() -> Response:
        return jsonify(page_of(site.engine))

    @api.post(_ALL)
    def media_found() -> tuple[Response, int]:
        value = parse(values.MediaFoundBody, read_body()).found(now_of(site.engine))
        number, new = site.engine.media.find(value, by_token(caller()))
        return jsonify({"case": media_id(number), "new": new}), 201 if new else 200

    @api.get(_ONE)
    def media_read(public_id: str) -> Response:
        return jsonify(site.engine.media.case(media_number(public_id)))

    @api.get(f"{_ONE}/files/<int:file>")
    def media_file(public_id: str, file: int) -> Response:
        return file_answer(site.engine.media.case_file(media_number(public_id), file))

    for name in MEDIA_TOKEN_VERBS:
        api.add_url_rule(
            f"{_ONE}/{name}", f"media_{name}", _view(site, VERBS[name]), methods=["POST"]
        )


def _view(site: Site, verb: Verb) -> Callable[[str], Response]:
    def view(public_id: str) -> Response:
        given, file = receipt_parts(request) if verb.file else (read_body(), None)
        number, engine = media_number(public_id), site.engine
        body = parse(verb.body, given)
        verb.do(Call(engine, number, body, file, by_token(caller()), now_of(engine)))
        return jsonify(engine.media.case(number))

    return view


# --- its description ----------------------------------------------------------------------------

_TIME = {"type": ["string", "null"], "format": "date-time"}
_TEXT = {"type": ["string", "null"]}
_OBJECTS = {"type": "array", "items": {"type": "object"}}
CASE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["id", "headline", "state", "scope", "unit", "aware_at", "verdict", "outcome",
                 "incident"],
    "properties": {
        "id": {"type": "string", "description": "M…"},
        "headline": {"type": "string"},
        "state": {"enum": ["open", "settled"]},
        "scope": {"enum": ["regional", "national"]},
        "unit": {"type": "string"},
        "aware_at": _TIME,
        "verdict": {"enum": [*get_args(Verdict), None]},
        "outcome": _TEXT,
        "settled_at": _TIME,
        "reopened": {"type": "integer", "description": "how often it was opened again"},
        "joined": {**_TEXT, "description": "the case of the same story that it lives on in"},
        "incident": _TEXT,
        "spokesperson": _TEXT,
        "reach_word": {"enum": [*get_args(ReachWord), None]},
        "sightings": _OBJECTS, "files": _OBJECTS, "acts": _OBJECTS, "talks": _OBJECTS,
        "complaints": _OBJECTS, "duties": _OBJECTS,
        "statements": {"type": "object"},
    },
}  # fmt: skip
_LIST = {
    "type": "object",
    "required": ["now", "figures", "cases", "more"],
    "properties": {
        "figures": {"type": "object", "description": "unsettled (曝光未平息) comes first"},
        "cases": {"type": "array", "items": ref("MediaCase")},
        "more": {"type": "boolean", "description": "there are more than `limit`"},
        "complaints": {"type": "array", "items": {"type": "object"}},
    },
}
_FOUND = {
    "type": "object",
    "required": ["case", "new"],
    "properties": {"case": {"type": "string"}, "new": {"type": "boolean"}},
}


def paths() -> Json:
    """The paths of media cases."""
    one, done = ("id",), {"200": ok("the case", ref("MediaCase"))}
    known = {"200": ok("its link is in a case already", _FOUND), "201": ok("a new case", _FOUND)}
    found: Json = {
        _ALL: {
            "get": operation(
                "media_listed", "Media cases with the first figures, next clock first",
                {"200": ok("cases", _LIST)},
                query=(asked("state", enum=list(get_args(Show))),
                       asked("limit", type="integer", minimum=1, maximum=5000))),
            "post": operation(
                "media_found", "Report what was found: one case by its link", known,
                content=json_of(ref("MediaFoundBody")), also=(404, 409)),
        },
        f"{_ALL}/{{id}}": {"get": operation("media_read", "One case in full", done, parts=one)},
        f"{_ALL}/{{id}}/files/{{file}}": {"get": operation(
            "media_file", "A saved copy or evidence", {"200": bytes_of("the file", *FILE_TYPES)},
            parts=("id", "file"))},
    }  # fmt: skip
    for name in MEDIA_TOKEN_VERBS:
        verb = VERBS[name]
        body = ref(verb.body.__name__)
        found[f"{_ALL}/{{id}}/{name}"] = {"post": operation(
            f"media_{name}", verb.summary, done, parts=one, also=(409,),
            content=with_file(body) if verb.file else json_of(body))}  # fmt: skip
    return found
