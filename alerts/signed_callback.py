"""A signed POST to another system: how it is signed, checked, sent and tried again.

The signature covers the time and the very bytes of the body, so that neither can be changed and a
copy of an old call is of no use after the window. Nothing is known to have arrived but by a 2xx;
whoever receives keeps the id and drops what it has.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMESTAMP = "X-Fenghuo-Timestamp"
SIGNATURE = "X-Fenghuo-Signature"
#: How far the sender's clock and the receiver's may be apart, in seconds.
WINDOW = 300
#: Seconds until the next attempt, after the first, the second …; then the last for ever.
DELAYS = (10, 30, 60, 300, 900, 3600)
#: After so many attempts (about three days) it is said to have failed, until somebody sends it.
MOST_ATTEMPTS = 77


def sign(secret: bytes, timestamp: int, body: bytes) -> str:
    """``v1=`` and HMAC-SHA256, in hex, of the timestamp, a dot and the body. Pure."""
    signed = str(timestamp).encode() + b"." + body
    return "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()


def headers(secret: bytes, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that carry time and signature. Pure."""
    return {TIMESTAMP: str(timestamp), SIGNATURE: sign(secret, timestamp, body)}


def verified(secret: bytes, given: Mapping[str, str], body: bytes, now: int) -> bool:
    """What a receiver asks: signed by us, and not longer ago than the window. Pure."""
    stamp = given.get(TIMESTAMP, "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now - int(stamp)) > WINDOW:
        return False
    expected = sign(secret, int(stamp), body)
    return hmac.compare_digest(expected.encode(), given.get(SIGNATURE, "").encode())


def delay(attempts: int) -> int:
    """Seconds from the attempt of this number (1 is the first) to the next one. Pure."""
    return DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


@dataclass(frozen=True)
class Reply:
    """What came back: a status, or the kind of error and no status."""

    status: int | None = None
    error: str | None = None

    @property
    def arrived(self) -> bool:
        """The receiver has it: it said so, or said that it had it before (409)."""
        return self.status is not None and (200 <= self.status < 300 or self.status == 409)

    @property
    def fault(self) -> str | None:
        """What to show where it did not arrive; nothing of what the receiver wrote."""
        if self.arrived:
            return None
        return self.error or f"HTTP {self.status}"


@dataclass(frozen=True)
class Callback:
    """Where to send, with the secret that both sides have."""

    url: str
    secret: bytes
    timeout: float = 10.0

    def post(self, body: bytes, timestamp: int, extra: Mapping[str, str]) -> Reply:
        """One attempt, no redirect followed; it never raises for what the other side does."""
        parts = urlsplit(self.url)
        sent = {
            "Content-Type": "application/json; charset=utf-8", "User-Agent": "fenghuo",
            **headers(self.secret, timestamp, body), **extra,
        }  # fmt: skip
        connection = self._connection(parts.hostname or "", parts.port, parts.scheme == "https")
        try:
            connection.request("POST", parts.path or "/", body=body, headers=sent)
            return Reply(status=connection.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return Reply(error=type(error).__name__)
        finally:
            connection.close()

    def _connection(
        self, host: str, port: int | None, secure: bool
    ) -> http.client.HTTPConnection:  # fmt: skip
        if secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self.timeout)
