"""The gate before every request: who is it, and may they use this way in (`dashboard/doors.py`).

Nothing passes that is not in the table of doors. Whoever is not signed in is sent to sign in (a
page) or told so (401); whoever lacks the right is told so (403) before anything is looked up, so
that the answer says nothing of what exists.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from flask import Flask, Request, g, jsonify, make_response, redirect, request
from werkzeug.wrappers import Response

from core.errors import NotAllowed
from core.viewer import Viewer
from core.words import Role
from dashboard import doors, problems
from dashboard.i18n import lang

SIGN_IN = "/sign-in"
#: The seat in which a person of several acts; one of their own, else it is refused.
SEAT_HEADER = "X-Fenghuo-Seat"
#: The same in a form that opens a paper in a window of its own: it can set no header.
SEAT_FIELD = "seat"
#: Whom a page was made for (account id): what it says it does in another's name is refused.
VIEWER_HEADER = "X-Fenghuo-Viewer"
#: Tells the page that it must be read anew.
RELOAD_HEADER = "X-Fenghuo-Reload"
_PAGE_ENDPOINTS = ("/", "/<path:path>")

FindViewer = Callable[[Request], Viewer | None]


def register(server: Flask, find: FindViewer) -> None:
    """Let nobody pass whom `find` does not know, or who lacks the right of the way in."""

    @server.before_request
    def gate() -> Response | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in doors.PUBLIC:
            return None  # Flask itself answers 404 and 405
        right = doors.DOORS.get(endpoint)
        viewer = find(request) if right is not None else None
        if viewer is None or not _fits(endpoint, viewer):
            return _unknown(endpoint)
        if endpoint == doors.DASH_UPDATE:
            right = doors.CALLBACKS.get(_callback())
        if right is None or not viewer.may(right):
            return refused(NOT_ALLOWED)
        if request.headers.get(VIEWER_HEADER, str(viewer.id)) != str(viewer.id):
            return _of_another()
        seated = _seated(viewer)
        if seated is None:
            return refused(NOT_YOUR_SEAT)
        g.viewer = seated
        return None


NOT_ALLOWED = NotAllowed("您的角色无权进行此操作", "your role does not allow this")
NOT_YOUR_SEAT = NotAllowed("这不是您的岗位，请刷新页面", "this is not one of your seats; reload")


OF_ANOTHER = NotAllowed(
    "此浏览器已由另一人登录，请刷新页面", "somebody else has signed in in this browser; reload"
)


def may_open(path: str, viewer: Viewer | None) -> bool:
    """Whether a page (its address in `app.pages`) may be shown to them."""
    right = doors.PAGE_RIGHTS.get(path)
    return right is not None and viewer is not None and viewer.may(right)


def first_page(viewer: Viewer | None) -> str:
    """Where somebody begins: the board, or a page that is theirs where the board is not."""
    return next((path for path in ("/", "/people") if may_open(path, viewer)), "/account")


def _fits(endpoint: str, viewer: Viewer) -> bool:
    """People come by the pages' ways in, tokens by the API's: a page acts in its viewer's own name
    and under the counter's source, the API in the names that the calling system gives."""
    return endpoint in doors.EITHER or (viewer.kind == "token") == (endpoint in doors.API)


def _callback() -> str:
    """Which of Dash's callbacks is asked for: its output, as Dash itself finds it."""
    body = request.get_json(silent=True)
    output = body.get("output") if isinstance(body, dict) else None
    return output if isinstance(output, str) else ""


def _seated(viewer: Viewer) -> Viewer | None:
    """The viewer in the seat that the page names; None when it is not theirs."""
    form = request.form if request.mimetype == "application/x-www-form-urlencoded" else {}
    wanted = request.headers.get(SEAT_HEADER) or form.get(SEAT_FIELD)
    if not wanted:
        return viewer
    try:
        return viewer.seated(Role(wanted))
    except ValueError:
        return None


def _unknown(endpoint: str) -> Response:
    if endpoint in _PAGE_ENDPOINTS and request.method in ("GET", "HEAD"):
        target = request.full_path.rstrip("?")
        return redirect(f"{SIGN_IN}?next={quote(target, safe='/')}" if target != "/" else SIGN_IN)
    if request.path.startswith(("/api/", "/metrics")):
        return problems.respond(401, problems.problem(401, ""))
    words = "请先登录" if lang() == "zh" else "sign in first"
    return make_response(jsonify(error=words, errors=[], sign_in=SIGN_IN), 401)


def _of_another() -> Response:
    """The page still names somebody who has signed out since; another sits there now."""
    answer = refused(OF_ANOTHER)
    answer.headers[RELOAD_HEADER] = "1"
    return answer


def refused(error: NotAllowed) -> Response:
    """403 in words; the same for every object, there or not."""
    if request.path.startswith(("/api/", "/metrics")):
        return problems.respond(*problems.describe(error))
    words = error.zh if lang() == "zh" else error.en
    return make_response(jsonify(error=words, errors=[]), 403)
