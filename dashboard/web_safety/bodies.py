"""How much a request may bring and of what kind: the one table, looked at before the route is.

A route that is not named takes JSON of `DEFAULT` bytes. What a file really is, is looked at where
it is read (`escalation/evidence_files.py`, `contacts/files.py`): its first bytes, never its name.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, jsonify, make_response, request

from complaints.ticket_forms import DECISIONS
from contacts.files import MOST_BYTES as MOST_CONTACTS
from dashboard import problems, webhooks
from dashboard.i18n import t
from dashboard.ticket_values import ACT_PART
from dashboard.web_safety.same_origin import SAFE
from escalation.evidence_files import MOST_BYTES as MOST_EVIDENCE

KB = 1024
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
#: Room for the frame around a file: boundaries and the fields beside it.
_FRAME = 64 * KB


@dataclass(frozen=True)
class Body:
    """The most bytes and the content types that a route takes; JSON's `+json` kin included."""

    most: int
    types: tuple[str, ...] = (JSON,)

    def takes(self, mimetype: str) -> bool:
        json = mimetype.startswith("application/") and mimetype.endswith("+json")
        return mimetype in self.types or (json and JSON in self.types)


DEFAULT = Body(32 * KB)
API = Body(1024 * KB)
_EVIDENCE = Body(MOST_EVIDENCE + _FRAME, (JSON, PARTS))
#: Several files of evidence at once.
_FILES = Body(4 * MOST_EVIDENCE + _FRAME, (JSON, PARTS))
_SIGN_IN = Body(16 * KB, (FORM,))
_BATCH = Body(32 * 1024 * KB)

#: rule as in the url map -> what it takes
TABLE: dict[str, Body] = {
    "/_dash-update-component": Body(256 * KB),
    webhooks.STATUS_PATH: Body(webhooks.MOST_BYTES, (FORM,)),
    webhooks.INBOUND_PATH: Body(webhooks.MOST_BYTES, (FORM,)),
    "/sign-in": _SIGN_IN,
    "/sign-in/step": _SIGN_IN,
    "/sign-in/demo": _SIGN_IN,
    "/sign-out": _SIGN_IN,
    "/live/contacts/import": Body(MOST_CONTACTS + _FRAME, (PARTS,)),
    "/live/complaints": Body(256 * KB),
    "/live/incident/<public_id>/call-tree.<any(html,pdf,docx):kind>": Body(16 * KB, (FORM,)),
    "/live/call-tree/<code>/print.<any(html,pdf,docx):kind>": Body(16 * KB, (FORM,)),
    "/live/archive/<complaint>/<any(own,file,form,whole):form>.<any(html,pdf,docx):kind>": Body(
        16 * KB, (FORM,)
    ),
    **{
        f"/{way}/acts/{act}": _FILES
        for way in ("live/tickets/<complaint>", "api/v1/tickets/<public_id>")
        for act in (ACT_PART, *DECISIONS)
    },
    "/live/duties/<int:duty>/evidence": _EVIDENCE,
    "/live/incident/<public_id>/reports/<int:report>/sent": _EVIDENCE,
    "/api/v1/duties/<int:duty>/evidence": _EVIDENCE,
    "/api/v1/incidents/<public_id>/reports/<int:report>/receipt": _EVIDENCE,
    "/live/regulator-cases": Body(256 * KB),
    "/live/regulator-cases/<case>/draft": Body(128 * KB),
    "/live/regulator-cases/<case>/file": _EVIDENCE,
    "/api/v1/regulator-cases/<case>/file": _EVIDENCE,
    **{
        f"{root}/{verb}": _EVIDENCE
        for root in ("/live/media/cases/<media>", "/api/v1/media-cases/<public_id>")
        for verb in ("copy", "finding", "correction", "answer")
    },
    "/api/v1/complaints/batch": _BATCH,
    "/api/v1/batch": _BATCH,
    "/api/v1/hotline/work-orders": _BATCH,
    "/api/v1/hotline/reconciliations": _BATCH,
}


def body_of(rule: str) -> Body:
    """What the route of this rule takes. Pure."""
    return TABLE.get(rule) or (API if rule.startswith("/api/v1/") else DEFAULT)


def register(server: Flask) -> None:
    """Refuse, with 413 or 415 and in words, a body that the route does not take."""
    server.config["MAX_CONTENT_LENGTH"] = DEFAULT.most
    server.config["MAX_FORM_MEMORY_SIZE"] = 1024 * KB
    server.config["MAX_FORM_PARTS"] = 20

    @server.before_request
    def fits() -> Response | None:
        if request.method in SAFE or request.url_rule is None:
            return None
        body = body_of(request.url_rule.rule)
        request.max_content_length = body.most
        length = request.content_length
        if length is not None and length > body.most:
            return _refused(413)
        empty = length in (None, 0) and "Transfer-Encoding" not in request.headers
        if not empty and not body.takes(request.mimetype):
            return _refused(415)
        return None


def _refused(status: int) -> Response:
    if request.path.startswith("/api/"):
        return problems.respond(status, problems.problem(status, ""))
    return make_response(jsonify(error=t(f"refused.{status}"), errors=[]), status)
