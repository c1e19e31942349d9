"""The push's socket: who may connect, where they hear from, and when they are let go.

Its requests never reach Flask's checks (the socket's middleware stands before them), so the host,
the origin and the viewer are checked here, before a thread is given to the connection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Flask, request

from core.viewer import Viewer
from dashboard import doors
from dashboard.web_safety.addresses import known_host
from dashboard.web_safety.same_origin import from_here

PATH = "/socket.io"
#: A browser sends nothing but its greeting and pings.
MOST_BYTES = 4 * 1024
#: How long after its session a connection may last, at most.
WATCH_SECONDS = 2.0

#: Who is asking, read from the request itself; None where nobody has signed in.
ViewerOf = Callable[[], Viewer | None]
#: Of these sessions, those that still hold, each with its area now.
Holds = Callable[[Collection[int]], Mapping[int, str]]


def may_connect(viewer: Viewer | None) -> bool:
    """A person who has signed in. A token reads and writes; nobody sits before it."""
    right = doors.SOCKET_EVENTS["connect"]
    return viewer is not None and viewer.kind == "person" and viewer.may(right)


class SocketDoor:
    """WSGI: the socket's requests of our own pages and of people who signed in, and no others."""

    def __init__(self, server: Flask, inner: Any, public_url: str, viewer_of: ViewerOf) -> None:
        self._server, self._inner = server, inner
        self._public_url, self._viewer_of = public_url, viewer_of

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("PATH_INFO", "").startswith(PATH) and not self._admits(environ):
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"forbidden"]
        return self._inner(environ, start_response)

    def _admits(self, environ: dict[str, Any]) -> bool:
        with self._server.request_context(environ):
            if not known_host(request.host, self._public_url):
                return False
            if not from_here(request.headers, self._public_url, request.host_url):
                return False
            return may_connect(self._viewer_of())


def room_of(area: str) -> str:
    return f"area:{area}"


class Connected:
    """The connections of this process: whose each is. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._viewers: dict[str, Viewer] = {}

    def add(self, sid: str, viewer: Viewer) -> None:
        with self._lock:
            self._viewers[sid] = viewer

    def remove(self, sid: str) -> None:
        with self._lock:
            self._viewers.pop(sid, None)

    def __contains__(self, sid: str) -> bool:
        with self._lock:
            return sid in self._viewers

    def areas(self) -> set[str]:
        """Areas that somebody here looks at."""
        with self._lock:
            return {viewer.area for viewer in self._viewers.values()}

    def over(self, holds: Holds) -> list[str]:
        """The connections whose session has ended or has another area by now."""
        with self._lock:
            held = {sid: v for sid, v in self._viewers.items() if v.session_id is not None}
        if not held:
            return []
        now = holds({v.session_id for v in held.values() if v.session_id is not None})
        return [sid for sid, v in held.items() if now.get(v.session_id or 0) != v.area]
