"""Which names are ours: the public address, and this machine by a loopback name."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from core.settings import is_loopback

_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def origin_of(url: str) -> str:
    """``scheme://host[:port]`` of an address, the port left out where it is the scheme's own;
    ``""`` for what is no http(s) address (such as the origin ``null``)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"


def socket_origin(public_url: str) -> str:
    """The public address as a page's WebSocket names it."""
    return origin_of(public_url).replace("http", "ws", 1)


def known_host(host: str, public_url: str) -> bool:
    """Whether a Host header names us: loopback, or the public address's host."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return is_loopback(name) or name == urlsplit(public_url).hostname


def own_origin(origin: str, public_url: str, reached_by: str) -> bool:
    """Whether a page of this origin is ours: of the public address, or of the very loopback
    address (`reached_by`, such as ``http://127.0.0.1:8050/``) that this request came to. Pure."""
    given, reached = origin_of(origin), origin_of(reached_by)
    if not given:
        return False
    here = given == reached and is_loopback(urlsplit(reached).hostname or "")
    return here or given == origin_of(public_url)


def only_known_hosts(server: Flask, public_url: str) -> None:
    """Answer under our own names only: a foreign page may not reach us by renaming its address."""

    @server.before_request
    def known() -> Response | None:
        if not known_host(request.host, public_url):
            abort(403)
        return None
