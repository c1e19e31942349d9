"""Changes come from our own pages only (CSRF): one check before every request of the server.

Two proofs, both needed: the header ``X-Fenghuo: 1``, which a foreign page cannot set without our
leave, and the browser's own word about where the page stands (Origin, Sec-Fetch-Site).
Left out are calls that carry no authority of a browser: those with a bearer token (a foreign page
cannot set that header either), calls of the API without any cookie, which are refused for want of
a token, and signed calls of providers.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, jsonify, make_response, request
from werkzeug.datastructures import Headers

from dashboard import problems
from dashboard.i18n import t
from dashboard.web_safety.addresses import own_origin

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Rules that a page reaches by a form of its own, which can set no header: a paper that opens in
#: a window of its own, and signing in, whose forms bring a token along (`signin_routes.py`). The
#: browser's word about the origin is needed all the same.
FORM_RULES = frozenset({
    "/live/incident/<public_id>/call-tree.<any(html,pdf,docx):kind>",
    "/live/call-tree/<code>/print.<any(html,pdf,docx):kind>",
    "/live/archive/<complaint>/<any(own,file,form,whole):form>.<any(html,pdf,docx):kind>",
    "/sign-in", "/sign-in/step", "/sign-in/demo", "/sign-out",
})  # fmt: skip
#: Dash sends its own callbacks without a header of ours; its JSON body is one that a foreign
#: form cannot send, and the origin is checked.
DASH_RULE = "/_dash-update-component"


def from_here(headers: Headers, public_url: str, reached_by: str) -> bool:
    """Whether the browser says that the asking page is ours: at least one word, none against. Pure.

    Sec-Fetch-Site is sent to https and loopback only, Origin with every POST.
    """
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    if origin is None and site is None:
        return False
    if origin is not None and not own_origin(origin, public_url, reached_by):
        return False
    return site in (None, "same-origin")


def needs_no_proof(path: str, headers: Headers) -> bool:
    """Whether no browser's authority stands behind the call. Pure."""
    if headers.get("Authorization", "").lower().startswith("bearer "):
        return True
    return path.startswith("/webhooks/") or (path.startswith("/api/") and "Cookie" not in headers)


def refused() -> Response:
    """The one answer, whatever was missing."""
    if request.path.startswith("/api/"):
        return problems.respond(403, problems.problem(403, t("refused.403")))
    return make_response(jsonify(error=t("refused.403"), errors=[]), 403)


def register(server: Flask, public_url: str) -> None:
    """Refuse changes that do not come from our own pages, before anything else is looked at."""
    server.before_request(check(public_url))


def check(public_url: str) -> Callable[[], Response | None]:
    def only_our_pages() -> Response | None:
        if request.method in SAFE or needs_no_proof(request.path, request.headers):
            return None
        rule = request.url_rule.rule if request.url_rule else ""
        marked = request.headers.get("X-Fenghuo") == "1" or rule in FORM_RULES | {DASH_RULE}
        if marked and from_here(request.headers, public_url, request.host_url):
            return None
        return refused()

    return only_our_pages
