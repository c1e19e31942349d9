"""What the cookies are called: where the address is https the browser itself holds their limits."""

from __future__ import annotations


def session_cookie(public_url: str) -> str:
    """``__Host-``: no other host or path can set it, and it travels by https only (RFC 6265)."""
    return "__Host-fenghuo" if public_url.startswith("https://") else "fenghuo_session"
