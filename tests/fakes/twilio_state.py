"""What the fake Twilio knows: its messages, the faults it was told to show, what it disliked."""

from __future__ import annotations

import re
import secrets
import threading
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

#: Twilio's own answers to a bad request: code and wording.
REFUSALS = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    21211: (400, "Invalid 'To' Phone Number: {to}"),
    21212: (400, "Invalid From Number (caller ID): {sender}"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21609: (400, "Invalid 'StatusCallback' URL"),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21614: (400, "'To' number is not a valid mobile number: {to}"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21624: (400, "Invalid validity period value"),
    63038: (429, "Account exceeded the daily messages limit"),
}
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Problem(Exception):
    """The request is answered with an error in Twilio's shape."""

    def __init__(self, code: int, *, status: int | None = None, **words: str) -> None:
        known = REFUSALS.get(code, (status or 400, f"Error {code}"))
        self.status = status or known[0]
        self.body = {
            "code": code,
            "message": known[1].format_map({"to": "", "sender": "", **words}),
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": self.status,
        }
        super().__init__(str(code))


class State:
    """Everything in memory: the fake's life is one test."""

    def __init__(self, account_sid: str, auth_token: str, number: str) -> None:
        self.account_sid, self.auth_token, self.number = account_sid, auth_token, number
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        with self.lock:
            self.account_status = "active"
            self.messages: list[dict[str, Any]] = []
            self.callbacks: dict[str, str] = {}
            self.faults: dict[str, deque[dict[str, Any]]] = {}
            self.problems: list[str] = []
            self.automatic: list[dict[str, Any]] = []
            self.proxies: dict[str, str] = {}
            self.requests = 0

    def take_fault(self, where: str) -> dict[str, Any]:
        """The next fault ordered for `where` ("send", "list", "account"), or {}."""
        with self.lock:
            queue = self.faults.get(where)
            return queue.popleft() if queue else {}

    def create(self, form: dict[str, str]) -> dict[str, Any]:
        """Check a create request as Twilio does and keep the message; raises Problem."""
        self._check(form)
        sid, now = "SM" + secrets.token_hex(16), format_datetime(datetime.now(UTC))
        service = form.get("MessagingServiceSid")
        path = f"/2010-04-01/Accounts/{self.account_sid}/Messages/{sid}"
        message: dict[str, Any] = {
            "sid": sid,
            "account_sid": self.account_sid,
            "api_version": "2010-04-01",
            "body": form["Body"],
            "to": form["To"],
            "from": None if service else form.get("From"),
            "messaging_service_sid": service,
            "direction": "outbound-api",
            "status": "accepted" if service else "queued",
            "num_media": "0",
            "num_segments": "0" if service else "1",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "price": None,
            "price_unit": None,
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }
        with self.lock:
            self.messages.append(message)
            if "StatusCallback" in form:
                self.callbacks[sid] = form["StatusCallback"]
        return message

    def move(self, sid: str, status: str, error_code: int | None) -> dict[str, Any]:
        """Set a message's status, as the carrier would; returns the message."""
        with self.lock:
            message = next(m for m in self.messages if m["sid"] == sid)
            message.update(status=status, error_code=error_code)
            if status != "queued":
                message["date_sent"] = format_datetime(datetime.now(UTC))
            return dict(message)

    def newest_first(self, to: str | None, sender: str | None) -> list[dict[str, Any]]:
        with self.lock:
            return [
                dict(m)
                for m in reversed(self.messages)
                if (to is None or m["to"] == to) and (sender is None or m["from"] == sender)
            ]

    def _check(self, form: dict[str, str]) -> None:
        to, sender = form.get("To", ""), form.get("From", "")
        service = form.get("MessagingServiceSid", "")
        validity = form.get("ValidityPeriod", "36000")
        callback = form.get("StatusCallback", "http://x")
        faults = {
            21604: not to,
            21211: not _E164.fullmatch(to),
            21603: not sender and not service,
            21212: bool(sender) and sender != self.number,
            20404: bool(service) and not re.fullmatch(r"MG[0-9a-fA-F]{32}", service),
            21602: not form.get("Body"),
            21617: len(form.get("Body", "")) > 1600,
            21624: not validity.isdecimal() or not 1 <= int(validity) <= 36000,
            21609: not re.match(r"https?://[^/_]+", callback),
        }
        for code, wrong in faults.items():
            if wrong:
                raise Problem(code, to=to, sender=sender)
