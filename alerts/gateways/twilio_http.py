"""The way to Twilio: its own HTTP client, aimed, quiet and bounded in time."""

from __future__ import annotations

import json
import logging
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from twilio.http.http_client import TwilioHttpClient
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import ProxyError as TunnelError

T = TypeVar("T")

#: Of each call's time, the share that connecting may take on top of the wait for the answer.
CONNECT_SHARE = 0.4
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Answered(Exception):
    """The provider answered, and it was no success."""

    def __init__(self, status: int, code: str | None, retry_after: float | None) -> None:
        self.status, self.code, self.retry_after = status, code, retry_after
        super().__init__(f"HTTP {status}, code {code}")


class Overdue(Exception):
    """A call did not come back in its time; it may still be under way."""


class Fault(Exception):
    """Whatever kept a call from its result; `cause` is one of the above or the library's own."""

    def __init__(self, cause: Exception) -> None:
        self.cause = cause
        super().__init__(type(cause).__name__)  # its text may quote a phone


class HttpClient(TwilioHttpClient):  # type: ignore[misc]  # the package is not typed
    """Twilio's own client with another scheme and host where wanted; raises Answered."""

    def __init__(self, base_url: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self.timeout = (timeout * CONNECT_SHARE, timeout)  # connect, read
        self._base = urlsplit(base_url) if base_url else None
        if self._base is not None:
            _require_safe(self._base.scheme, self._base.hostname)
            self.session.trust_env = False  # a proxy of the environment has no loopback of ours
        # urllib3 writes each path and query, and with it the phone, at DEBUG.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """As the parent, but anything except 2xx is raised here: the parent drops the headers."""
        response = super().request(method, self._aim(url), *args, **kwargs)
        if not 200 <= response.status_code < 300:
            wait = _seconds((response.headers or {}).get("Retry-After"))
            raise Answered(response.status_code, _code(response.text), wait)
        return response

    def log_request(self, kwargs: Any) -> None:
        """Nothing: the query holds the phone."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Nothing: the answer holds phone and text."""

    def _aim(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        return urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc))


def within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a thread of its own and wait at most `seconds`; raises Fault.

    requests bounds each connect and each read, but neither name lookup nor a server that drips.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001  # handed to the caller, who sorts it
            future.set_exception(Fault(error))

    threading.Thread(target=work, name="twilio", daemon=True).start()
    try:
        return future.result(seconds)
    except FutureTimeout:
        raise Fault(Overdue()) from None


def never_left(error: Exception) -> bool:
    """Whether the connection failed before a byte of the request was sent."""
    if not isinstance(error, requests.ConnectionError):
        return False
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, (NewConnectionError, ConnectTimeoutError, TunnelError)):
        return True
    inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return isinstance(inner, ssl.SSLCertVerificationError)


def slug(error: Exception) -> str:
    """A short code for an outcome that is not known."""
    if isinstance(error, (Overdue, requests.Timeout)):
        return "timeout"
    return "connection_lost" if isinstance(error, requests.ConnectionError) else "unreadable"


def _code(body: str) -> str | None:
    """Twilio's own code in an error's JSON body, or None."""
    try:
        code = json.loads(body).get("code")
    except (ValueError, AttributeError):
        return None
    return None if code is None else str(code)


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds; its date form is not used by Twilio and is ignored."""
    return float(retry_after) if retry_after and retry_after.strip().isdecimal() else None


def _require_safe(scheme: str, host: str | None) -> None:
    if scheme != "https" and not (scheme == "http" and host in _LOOPBACK):
        raise ValueError("base_url must be https, or http on loopback")
