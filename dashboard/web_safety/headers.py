"""Headers of every answer: what a page may load, who may frame it, what a cache may keep."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

from dashboard import compression
from dashboard.web_safety.addresses import origin_of, socket_origin
from dashboard.web_safety.style_hashes import STYLES

_DENIED = (
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
_YEAR = 365 * 24 * 3600


def content_policy(script_hashes: Sequence[str], public_url: str) -> str:
    """The Content-Security-Policy of every page. Pure; the reasons are in docs/security.md."""
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(("'self'", *script_hashes)),
        "script-src-attr": "'none'",
        "style-src": "'self'",
        "style-src-elem": " ".join(("'self'", *(f"'sha256-{name}'" for name in STYLES))),
        "style-src-attr": "'none'",
        "img-src": "'self' data: blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {socket_origin(public_url)}",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def static_headers(public_url: str) -> dict[str, str]:
    """What every answer carries. HSTS only where the public address is https. Pure."""
    held = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not no-referrer: a form of our own would then name its origin as null.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}=()" for name in _DENIED),
    }
    if origin_of(public_url).startswith("https:"):
        held["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"
    return held


def register(server: Flask, public_url: str) -> None:
    """Add the headers that need no knowledge of a page."""
    always = static_headers(public_url)
    nothing = "default-src 'none'; frame-ancestors 'none'"

    @server.after_request
    def add(response: Response) -> Response:
        for name, value in always.items():
            response.headers[name] = value
        response.headers.setdefault("Content-Security-Policy", nothing)
        response.headers["Cache-Control"] = _keeping(response)
        return response


def allow_pages(server: Flask, script_hashes: Sequence[str], public_url: str) -> None:
    """Pages may load from our own origin only, and run no script but the shipped ones."""
    policy = content_policy(script_hashes, public_url)

    @server.after_request
    def add(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = policy
        return response


def _keeping(response: Response) -> str:
    """A file with its fingerprint in the address for ever, a shipped file after asking again,
    and whatever may hold somebody's data never."""
    shipped = request.path.startswith(("/assets/", "/_dash-component-suites/", "/_favicon.ico"))
    if response.status_code not in (200, 304) or not shipped:
        return "no-store"
    if compression.fingerprinted():
        return f"public, max-age={_YEAR}, immutable"
    return "public, max-age=604800" if request.path.startswith("/assets/fonts/") else "no-cache"
