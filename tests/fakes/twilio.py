"""The test's side of the fake Twilio: starts the process and gives it orders."""

from __future__ import annotations

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from alerts.gateways.twilio import TwilioGateway

_REPOSITORY = Path(__file__).resolve().parents[2]


class FakeTwilio:
    """One running fake. `base_url` is for TwilioGateway; `contract` tells whether requests are
    checked against Twilio's published description (see tests/fakes/twilio_contract.py).

    Faults are used up one by one, each by one request:

    ==========================================  ================================================
    fault("send", status=429, retry_after=7)    not taken, with Retry-After
    fault("send", code=21610)                   not taken, refused with Twilio's code
    fault("send", kind="hang", seconds=3)       taken, then no answer for so long
    fault("send", kind="reset")                 taken, then the connection is reset
    fault("send", kind="drip", seconds=5)       taken, then an answer that never ends
    fault("send", kind="garbage", answer={})    taken, then this JSON for an answer
    fault("send", status=503, after_accepting=True)  taken, then a server error
    fault("list" or "account", status=500)      the same for lookup and probe
    ==========================================  ================================================
    """

    account_sid = "AC" + "0123456789abcdef" * 2
    auth_token = "fake-token-of-the-tests"
    number = "+8610655588"

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.twilio_server", self.account_sid,
             self.auth_token, self.number],
            cwd=_REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        ports = json.loads(self._process.stdout.readline())
        self.base_url = f"http://127.0.0.1:{ports['api']}"
        self.contract: bool = ports["contract"]
        self._control: int = ports["control"]

    def close(self) -> None:
        self._process.communicate(timeout=10)  # closes its stdin, which ends it

    def gateway(self, **options: Any) -> TwilioGateway:
        """A gateway aimed at this fake."""
        values: dict[str, Any] = {"sender": self.number, "base_url": self.base_url, "timeout": 5}
        return TwilioGateway(self.account_sid, self.auth_token, **(values | options))

    # --- what it is told -----------------------------------------------------------------

    def fault(self, where: str, *, times: int = 1, **fault: Any) -> None:
        self._order("fault", where=where, times=times, **fault)

    def refuse_connections(self) -> None:
        self._order("refuse")

    def accept_connections(self) -> None:
        self._order("listen")

    def receipts(self, sid: str, *plan: str | dict[str, Any]) -> list[int]:
        """Call the message's StatusCallback in just this order, repetitions included.

        Each step is a status or {"status", "error_code"?, "delay"?}; returns the HTTP statuses
        that were answered, 0 for no answer.
        """
        result: list[int] = self._order("receipts", sid=sid, plan=_steps(plan))
        return result

    def automatic_receipts(self, *plan: str | dict[str, Any]) -> None:
        """Do the same for every message from now on, by itself and in the background."""
        self._order("automatic", plan=_steps(plan))

    def set_status(self, sid: str, status: str, error_code: int | None = None) -> None:
        """Change a message without a receipt."""
        self._order("status", sid=sid, status=status, error_code=error_code)

    def set_account(self, status: str) -> None:
        self._order("account", status=status)

    def inbound(self, url: str, phone: str, body: str, sid: str | None = None) -> int:
        """Bring a reply to the webhook at the public `url`; returns the HTTP status answered."""
        result: int = self._order("inbound", url=url, **{"from": phone}, body=body, sid=sid)
        return result

    def proxy(self, public: str, target: str) -> None:
        """Deliver what is addressed to `public` (https://…) to `target`, as a TLS proxy would."""
        self._order("proxy", public=public, target=target)

    def reset(self) -> None:
        self._order("reset")

    # --- what it saw ---------------------------------------------------------------------

    def messages(self) -> list[dict[str, Any]]:
        """All messages taken, oldest first, in Twilio's shape."""
        result: list[dict[str, Any]] = self._order("messages")
        return result

    def problems(self) -> list[str]:
        """Requests that do not agree with the published API, as far as it could be checked."""
        result: list[str] = self._order("problems")
        return result

    def requests(self) -> int:
        result: int = self._order("requests")
        return result

    def _order(self, name: str, **order: Any) -> Any:
        connection = HTTPConnection("127.0.0.1", self._control, timeout=30)
        try:
            connection.request("POST", f"/{name}", json.dumps(order))
            answer = connection.getresponse()
            body = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, body
        return body["result"]


def _steps(plan: tuple[str | dict[str, Any], ...]) -> list[dict[str, Any]]:
    return [{"status": step} if isinstance(step, str) else step for step in plan]
