"""Errors as application/problem+json (RFC 9457): each names its fields and the remedy."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from core.errors import Conflict, FenghuoError, InvalidInput, NotAllowed, NotFound, Unavailable

_TITLES = {
    400: ("请求格式有误", "The request cannot be read"),
    401: ("需要有效令牌", "A valid token is needed"),
    403: ("无权操作", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("方法不支持", "Method not allowed"),
    409: ("与已有记录冲突", "Conflict with what is stored"),
    413: ("内容过大", "The request is too large"),
    415: (
        "内容类型不受支持，多数须为 JSON",
        "Content type not accepted; most bodies are JSON",
    ),
    422: ("有字段需要改正", "Some fields need correction"),
    429: ("请求过快", "Too many requests"),
    500: ("系统内部错误", "Internal error"),
    503: ("暂时不可用，请稍后重试", "Not available now, try again"),
}


def language() -> str:
    """The caller's language for errors: Chinese unless English is preferred."""
    best = request.accept_languages.best_match(["zh", "zh-CN", "en"])
    return "en" if best == "en" else "zh"


def describe(error: FenghuoError) -> tuple[int, dict[str, Any]]:
    """Status and problem body of one of our errors, in the caller's language."""
    lang = language()
    if isinstance(error, InvalidInput):
        errors = [
            {"field": f.field, "message": f.message(lang), "remedy": f.remedy(lang)}
            for f in error.faults
        ]
        detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors)
        return 422, problem(422, detail, errors=errors)
    if isinstance(error, Conflict):
        return 409, problem(409, error.zh if lang == "zh" else error.en, **error.extra)
    if isinstance(error, NotAllowed):
        return 403, problem(403, error.zh if lang == "zh" else error.en)
    if isinstance(error, NotFound):
        return 404, problem(404, "没有这个对象" if lang == "zh" else "there is no such object")
    return 503, problem(503, "")


def problem(status: int, detail: str, **extra: Any) -> dict[str, Any]:
    zh, en = _TITLES.get(status, (str(status), str(status)))
    title = zh if language() == "zh" else en
    return {"type": "about:blank", "title": title, "status": status,
            "detail": detail or title, **extra}  # fmt: skip


def respond(status: int, body: dict[str, Any]) -> Response:
    response = Response(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json; charset=utf-8",
    )
    if status == 503:
        response.headers["Retry-After"] = "1"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def register(server: Flask) -> None:
    """Answer our errors, and on API paths Flask's own, as problems."""

    @server.errorhandler(FenghuoError)
    def ours(error: FenghuoError) -> Response:
        if isinstance(error, Unavailable):
            server.logger.warning("unavailable: %s", error)
        return respond(*describe(error))

    @server.errorhandler(RecursionError)
    def too_deep(_: RecursionError) -> Response:
        """JSON nested deeper than anybody means it."""
        return respond(400, problem(400, ""))

    @server.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        if not request.path.startswith(("/api/", "/healthz", "/metrics")):
            return error
        status = error.code or 500
        answer = respond(status, problem(status, ""))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.headers["Allow"] = ", ".join(error.valid_methods)
        return answer
