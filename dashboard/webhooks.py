"""Where providers call us: delivery receipts and replies. Nothing unsigned is read.

The signature is made over the address that Twilio knows us by, so it is checked against the
configured public address and never against what arrives here, behind a TLS proxy.
"""

from __future__ import annotations

from typing import Protocol

from flask import Blueprint, Flask, Response, abort, request
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator
from werkzeug.datastructures import MultiDict

from contacts.phones import normalise_phone
from core.errors import Unavailable

STATUS_PATH = "/webhooks/twilio/status"
INBOUND_PATH = "/webhooks/twilio/inbound"
#: A text has 1,600 characters at most; percent-encoded Chinese takes 9 bytes a character.
MOST_BYTES = 64 * 1024

_EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
#: What is kept beside the columns; phones, text and account stay out.
_STATUS_KEPT = ("MessageSid", "MessageStatus", "ErrorCode", "RawDlrDoneDate")
_INBOUND_KEPT = ("MessageSid", "NumSegments", "NumMedia", "OptOutType", "FromCountry")


class WebhookVerbs(Protocol):
    """What a call of a provider may cause. Repetitions are harmless; Unavailable asks for one."""

    def receipt(
        self,
        gateway: str,
        provider_id: str,
        status: str,
        error_code: str | None,
        raw: dict[str, str],
    ) -> object: ...

    def inbound(
        self, gateway: str, provider_id: str, phone: str, text: str, raw: dict[str, str]
    ) -> object: ...


def register(
    server: Flask, verb: WebhookVerbs, *, public_base_url: str, auth_token: str | None
) -> None:
    """Add the Twilio webhooks. Without `auth_token` each call is refused (fail closed).

    `public_base_url` is scheme, host and path prefix that the provider was given, such as
    ``https://fenghuo.bank.example``.
    """
    validator = RequestValidator(auth_token) if auth_token else None
    base = public_base_url.rstrip("/")
    routes = Blueprint("webhooks", __name__)

    def signed_form(path: str) -> MultiDict[str, str]:
        request.max_content_length = MOST_BYTES
        signature = request.headers.get(SIGNATURE_HEADER)
        if validator is None or not signature:  # the validator itself raises on a missing one
            abort(403)
        form = request.form
        if not validator.validate(base + path, form, signature):
            abort(403)
        return form

    @routes.post(STATUS_PATH)
    def status() -> Response:
        form = signed_form(STATUS_PATH)
        sid, state = _required(form, "MessageSid"), _required(form, "MessageStatus")
        verb.receipt("twilio", sid, state, form.get("ErrorCode") or None, _kept(form, _STATUS_KEPT))
        return Response(status=204)

    @routes.post(INBOUND_PATH)
    def inbound() -> Response:
        form = signed_form(INBOUND_PATH)
        phone = normalise_phone(_required(form, "From"))
        sid, text = _required(form, "MessageSid"), form.get("Body", "")
        verb.inbound("twilio", sid, phone, text, _kept(form, _INBOUND_KEPT))
        return Response(_EMPTY_TWIML, content_type="text/xml; charset=utf-8")

    @routes.errorhandler(Unavailable)
    def unavailable(_: Unavailable) -> Response:
        return Response(status=503)  # not kept: the provider may call again

    server.register_blueprint(routes)


def _required(form: MultiDict[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        abort(400)
    return value


def _kept(form: MultiDict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: form[name] for name in names if name in form}
