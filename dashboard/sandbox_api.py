"""The sandbox's virtual phones over HTTP: who has one, what it received, and a reply from it.

Registered only where the sandbox gateway is configured; a bank's production has none of this.
"""

from __future__ import annotations

import json
import re
from typing import Protocol

from flask import Blueprint, Flask, Response, abort, jsonify, request
from werkzeug.exceptions import HTTPException

from alerts.gateways.sandbox import SandboxGateway
from contacts.phones import normalise_phone
from core.errors import Unavailable

_MOST_BYTES = 8 * 1024
_MOST_TEXT = 500
_NUMBER = re.compile(r"\+?\d{3,20}", re.ASCII)


class InboundVerb(Protocol):
    """Takes a reply in; the same as for a real provider's webhook."""

    def inbound(
        self, gateway: str, provider_id: str, phone: str, text: str, raw: dict[str, str]
    ) -> object: ...


def register(server: Flask, gateway: SandboxGateway, verb: InboundVerb) -> None:
    """Add ``/sandbox/api/phones`` and what lies below it."""
    routes = Blueprint("sandbox_api", __name__, url_prefix="/sandbox/api")

    @routes.get("/phones")
    def phones() -> Response:
        """Numbers as strings; with ``?detail=1`` objects with whose they are and unread texts."""
        listed = gateway.list_phones()
        if request.args.get("detail") == "1":
            return jsonify([phone.as_dict() for phone in listed])
        return jsonify([phone.number for phone in listed])

    @routes.get("/wall")
    def wall() -> Response:
        """Phones that got texts, the latest word first."""
        return jsonify(gateway.wall())

    @routes.get("/phones/<number>")
    def received(number: str) -> Response:
        """What the phone received, oldest first; with ``?detail=1`` its own replies too."""
        phone = _number(number)
        detail = request.args.get("detail") == "1"
        texts = gateway.conversation(phone) if detail else gateway.messages(phone)
        if not texts and not gateway.knows(phone):
            abort(404, "no such phone")
        return jsonify(texts)

    @routes.post("/phones/<number>/reply")
    def reply(number: str) -> tuple[Response, int]:
        """Text back from the phone; any number may, as in the world outside."""
        phone, text = _number(number), _text()
        verb.inbound(gateway.name, gateway.reply(phone, text), phone, text, {})
        return jsonify({"stored": True}), 202

    @routes.errorhandler(HTTPException)
    def problem(error: HTTPException) -> Response:
        return _problem(error.code or 500, error.name, error.description or "")

    @routes.errorhandler(Unavailable)
    def unavailable(_: Unavailable) -> Response:
        return _problem(503, "Service Unavailable", "the database does not answer")

    server.register_blueprint(routes)


def _number(written: str) -> str:
    number = normalise_phone(written)
    if not _NUMBER.fullmatch(number):
        abort(404, "no such phone")
    return number


def _text() -> str:
    """The reply in the request's JSON body; 415, 413 or 400 when it is none."""
    request.max_content_length = _MOST_BYTES
    body = request.get_json()  # answers 415 for another content type, 400 for no JSON
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str) or not text.strip() or len(text) > _MOST_TEXT:
        abort(400, f"text must be a string of 1 to {_MOST_TEXT} characters")
    if "\0" in text or any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        abort(400, "text holds characters that cannot be stored")
    return text


def _problem(status: int, title: str, detail: str) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json; charset=utf-8",
    )
