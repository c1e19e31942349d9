"""Reading a feed's bytes over the network, and no more than that: the edge of the feed watch.

What is asked for is an address that staff entered, and what answers is anybody: one host only (a
redirect elsewhere is refused), the bank's own network only where `internal_hosts` names the host,
so many bytes, so many seconds in all, never packed, by no proxy, file or other scheme.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from urllib.parse import urlsplit

MOST_BYTES = 2 * 1024 * 1024
SECONDS = 10.0
_REDIRECTS = 3
_AGENT = "Fenghuo feed watch"

Fault = Literal[
    "address", "unreachable", "slow", "too_large", "status", "redirected", "packed", "unreadable",
    "entities",
]  # fmt: skip


class FeedFault(Exception):
    """Why a feed could not be read: a code that the page has words for."""

    def __init__(self, code: Fault) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Fetched:
    """The bytes as they came, and the content type that was said (it may name the encoding)."""

    content: bytes
    content_type: str | None


def fetch(
    url: str, *, internal_hosts: Collection[str] = (), most: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> Fetched:  # fmt: skip
    """Read the address. FeedFault; never any other error of the network."""
    host = _host(url)
    watch = _Deadline(seconds)
    opener = _opener(_Guard(watch, inside=host in internal_hosts), host)
    request = urllib.request.Request(url, headers={
        "User-Agent": _AGENT, "Accept": "application/rss+xml, application/atom+xml, */*;q=0.1",
        "Accept-Encoding": "identity",
    })  # fmt: skip
    try:
        with watch, opener.open(request, timeout=seconds) as answer:
            if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise FeedFault("packed")
            content = answer.read(most + 1)
            kind = answer.headers.get("Content-Type")
    except FeedFault:
        raise
    except urllib.error.HTTPError as error:
        error.close()
        raise FeedFault("status") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _meant(error, watch) from None
    if watch.over:
        raise FeedFault("slow")
    if len(content) > most:
        raise FeedFault("too_large")
    return Fetched(content, kind)


def _meant(error: BaseException, watch: _Deadline) -> FeedFault:
    reason = getattr(error, "reason", error)
    if isinstance(reason, FeedFault):
        return reason
    slow = watch.over or isinstance(reason, TimeoutError)
    return FeedFault("slow" if slow else "unreachable")


def _host(url: str) -> str:
    """The host of an address that may be asked; FeedFault."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
        parts = None
    if not host or parts is None or parts.scheme not in ("http", "https") or parts.username:
        raise FeedFault("address")
    return host


class _Deadline:
    """Ends a connection when the time is up, however slowly bytes go on coming."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._held: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def hold(self, connection: socket.socket) -> None:
        self._held = connection

    def _end(self) -> None:
        self.over = True
        if self._held is not None:
            try:
                self._held.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


class _Guard:
    """Makes a connection's socket: before a byte is sent it is looked at whose address answered."""

    def __init__(self, watch: _Deadline, *, inside: bool) -> None:
        self.watch, self._inside = watch, inside

    def __call__(self, *given: Any, **more: Any) -> socket.socket:
        made = socket.create_connection(*given, **more)
        peer = ipaddress.ip_address(str(made.getpeername()[0]).partition("%")[0])
        if not self._inside and not peer.is_global:
            made.close()
            raise FeedFault("address")
        self.watch.hold(made)
        return made


class _Http(http.client.HTTPConnection):
    def __init__(self, host: str, *, guard: _Guard, **more: Any) -> None:
        super().__init__(host, **more)
        self._create_connection = guard


class _Https(http.client.HTTPSConnection):
    def __init__(self, host: str, *, guard: _Guard, **more: Any) -> None:
        super().__init__(host, **more)
        self._create_connection = self._guard = guard

    def connect(self) -> None:
        super().connect()
        self._guard.watch.hold(self.sock)  # the one that speaks TLS took the other's place


class _Handler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Both schemes over guarded connections."""

    def __init__(self, guard: _Guard) -> None:
        urllib.request.HTTPHandler.__init__(self)
        urllib.request.HTTPSHandler.__init__(self)
        self._guard = guard

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Http, guard=self._guard), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Https, guard=self._guard), req)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """A few redirects within the one host (to https, say); any other is refused."""

    max_redirections = max_repeats = _REDIRECTS

    def __init__(self, host: str) -> None:
        self._only = host

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        down = urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https"
        if urlsplit(newurl).hostname != self._only or urlsplit(newurl).username or down:
            fp.close()
            raise FeedFault("redirected")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(guard: _Guard, host: str) -> urllib.request.OpenerDirector:
    """Nothing but http and https: urllib's own reads files and ftp, and goes by a proxy."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        _Handler(guard), _SameHost(host), urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener
