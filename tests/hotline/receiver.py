"""95558's side of the callback in a test: a real HTTP server that checks what it is sent."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from alerts.signed_callback import Callback, verified

SECRET = b"a-secret-that-both-sides-have"


class Receiver:
    """Keeps every call. `answers` are used up one by one: a status, or "hang", or "reset"."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.answers: list[int | str] = []
        self.go_on = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver._take(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/fenghuo/feedback"

    def callback(self, timeout: float = 5.0) -> Callback:
        return Callback(self.url, SECRET, timeout)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(call["body"]) for call in self.calls]

    def close(self) -> None:
        self.go_on.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _take(self, asked: BaseHTTPRequestHandler) -> None:
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        given = dict(asked.headers.items())
        self.calls.append({
            "path": asked.path, "headers": given, "body": body,
            "verified": verified(SECRET, given, body, int(time.time())),
        })  # fmt: skip
        answer = self.answers.pop(0) if self.answers else 200
        if answer == "hang":
            self.go_on.wait(30)
            return
        if answer == "reset":
            asked.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
            )
            asked.connection.close()
            return
        asked.send_response(int(answer))
        asked.send_header("Location", "/elsewhere")
        asked.send_header("Content-Length", "0")
        asked.end_headers()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()
