"""Who speaks https for us: gunicorn itself, or a proxy whose word about the outer address counts.

Only `web.trusted_proxy` is believed, and by exactly one hop: whatever stands further left in
X-Forwarded-For is what the caller wrote. Headers of others are left alone and mean nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Collection
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from core.settings import TlsSettings, is_loopback


class OnlyEncrypted:
    """WSGI: https by our own or a trusted proxy's word; plain http from this machine only."""

    def __init__(self, inner: Any, trusted: Collection[str]) -> None:
        self._inner, self._trusted = inner, frozenset(trusted)
        self._through = ProxyFix(inner, x_for=1, x_proto=1, x_host=0, x_port=0, x_prefix=0)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        peer = str(environ.get("REMOTE_ADDR") or "")
        forwarded = "HTTP_X_FORWARDED_PROTO" in environ or "HTTP_X_FORWARDED_FOR" in environ
        if peer in self._trusted and forwarded:
            said = str(environ.get("HTTP_X_FORWARDED_PROTO", "")).split(",")[-1].strip().lower()
            if said != "https":
                return _refuse(start_response)
            return self._through(environ, start_response)
        if environ.get("wsgi.url_scheme") != "https" and not is_loopback(peer):
            return _refuse(start_response)
        return self._inner(environ, start_response)


def _refuse(start_response: Any) -> list[bytes]:
    start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
    return [b"https only"]


def gunicorn_tls(tls: TlsSettings | None) -> dict[str, Any]:
    """gunicorn's settings for TLS 1.2 and later; none without `tls`."""
    if tls is None:
        return {}
    return {"certfile": tls.certificate, "keyfile": tls.key, "ssl_context": _context}


def _context(_: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
