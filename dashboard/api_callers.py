"""What every part of the API shares: who calls, by a bearer token, and the body they send."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from flask import g, request

from dashboard import problems
from dashboard.tokens import Caller

if TYPE_CHECKING:
    from dashboard.bootstrap import Site

V = TypeVar("V", bound=Callable[..., Any])
MOST_BYTES = 1024 * 1024


class Guard(Protocol):
    """Wraps a view so that only a caller with a valid token reaches it."""

    def __call__(self, view: V) -> V: ...


def make_guard(site: Site) -> Guard:
    """Only with a valid bearer token; the caller is kept in `g.caller`."""

    def guard(view: V) -> V:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            caller = site.tokens.caller(token.strip()) if scheme.lower() == "bearer" else None
            if caller is None:
                return problems.respond(401, problems.problem(401, ""))
            g.caller = caller
            return view(*args, **kwargs)

        return cast(V, checked)

    return guard


def caller() -> Caller:
    """Whose token it is; only within a guarded view."""
    return cast(Caller, g.caller)


def actor() -> str:
    """As the journal names them: ``token:LABEL``."""
    return f"token:{caller().label}"


def read_body(most: int = MOST_BYTES, *, optional: bool = False) -> Any:
    """The JSON body; 413, 415 or 400 otherwise. An optional one may be missing."""
    request.max_content_length = most
    if optional and not request.get_data(cache=True):
        return {}
    return request.get_json()
