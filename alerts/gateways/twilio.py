"""Twilio: one SMS gateway among several (its own guideline gives mainland China one-way SMS only).

POST Messages is not idempotent and knows no reference of ours, so what may have been taken is
looked up by the exact text, which carries a code unique to the incident.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.rest import Client

from alerts.gateways.port import Lookup, Outcome, Sending, SendResult
from alerts.gateways.twilio_codes import TWILIO, refusal
from alerts.gateways.twilio_http import (
    CONNECT_SHARE,
    Answered,
    Fault,
    HttpClient,
    never_left,
    slug,
    within,
)

#: Twilio's default of ten hours would deliver yesterday's alarm; a ladder step is 5 minutes.
VALIDITY_SECONDS = 300
#: Twilio's times are whole seconds of its own clock: how far back of the first attempt we look.
_CLOCK_MARGIN = timedelta(minutes=2)
_LOOKUP_PAGE = 200
_MOST_SECONDS = 10.0


class TwilioGateway:
    """Sends through Twilio's Messages API. Safe to share between threads.

    `sender` is a number in E.164 or a messaging service's sid (MG…). `base_url` replaces scheme
    and host for tests and relays: https, or loopback. `timeout` (seconds, 10 at most) is for the
    answer; a whole call ends within 1.4 times that, whatever name lookup or network do.
    """

    name = "twilio"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        *,
        status_callback_url: str | None = None,
        base_url: str | None = None,
        timeout: float = _MOST_SECONDS,
        validity_seconds: int = VALIDITY_SECONDS,
    ) -> None:
        if not 0 < timeout <= _MOST_SECONDS:
            raise ValueError(f"timeout must be above 0 and at most {_MOST_SECONDS:g} seconds")
        self._account_sid = account_sid
        self._patience = timeout * (1 + CONNECT_SHARE)
        self._client = Client(account_sid, auth_token, http_client=HttpClient(base_url, timeout))
        kind = "messaging_service_sid" if sender.startswith("MG") else "from_"
        self._fixed: dict[str, Any] = {kind: sender, "validity_period": validity_seconds}
        if status_callback_url:
            self._fixed["status_callback"] = status_callback_url

    def send(self, sending: Sending) -> SendResult:
        """One attempt. UNKNOWN whenever the request may have left and no clear answer came."""
        to = e164(sending.phone)
        if to is None:
            return SendResult(Outcome.REFUSED, code="not_a_mobile", detail="not a mobile number")

        def create() -> str:
            sid = self._client.messages.create(to=to, body=sending.text, **self._fixed).sid
            if not isinstance(sid, str) or not sid:
                raise ValueError("an answer without a sid")
            return sid

        try:
            return SendResult(Outcome.ACCEPTED, provider_id=within(self._patience, create))
        except Fault as fault:
            return _failed(fault.cause)

    def lookup(self, sending: Sending) -> Lookup:
        """Search Twilio's list for this very text to this phone since the first attempt.

        A copy that Twilio itself has given up is not under way and does not count. Filtered here
        and not by DateSent: a message still queued has no such date and would look absent.
        """
        to = e164(sending.phone)
        if to is None:
            return Lookup(found=False)
        since = datetime.now(UTC) - timedelta(seconds=sending.age_seconds) - _CLOCK_MARGIN

        def search() -> Lookup:
            listed = self._client.messages.list(to=to, limit=_LOOKUP_PAGE, page_size=_LOOKUP_PAGE)
            return find(listed, sending.text, since)

        try:
            return within(self._patience, search)
        except Fault:
            return Lookup(found=None)

    def probe(self) -> str | None:
        """Fetch the account: None when it is active, else what is wrong."""

        def status() -> str:
            return str(self._client.api.v2010.accounts(self._account_sid).fetch().status)

        try:
            found = within(self._patience, status)
        except Fault as fault:
            result = _failed(fault.cause)
            return f"{result.detail} ({result.code})"
        return None if found == "active" else f"the account is {found}"


def e164(phone: str) -> str | None:
    """A number as stored (11 digits, or + and a country's own) in E.164; None if no mobile."""
    if re.fullmatch(r"1[3-9]\d{9}", phone, re.ASCII):
        return f"+86{phone}"
    return phone if re.fullmatch(r"\+[1-9]\d{6,14}", phone, re.ASCII) else None


def find(listed: Sequence[Any], text: str, since: datetime) -> Lookup:
    """Look for our text among Twilio's messages to one phone. Pure.

    None when the page is full of messages younger than `since`: ours may be behind them.
    """
    recent = [m for m in listed if m.date_created is not None and m.date_created >= since]
    ours = [
        m
        for m in recent
        if m.body == text
        and str(m.direction).startswith("outbound")
        and TWILIO.final.get(str(m.status)) != "failed"
    ]
    if ours:
        first = min(ours, key=lambda m: m.date_created)
        return Lookup(found=True, provider_id=str(first.sid), status=str(first.status))
    hidden = len(listed) >= _LOOKUP_PAGE and len(recent) == len(listed)
    return Lookup(found=None if hidden else False)


def _failed(error: Exception) -> SendResult:
    """Classify a failed call, without the provider's own wording, which quotes the number."""
    if isinstance(error, Answered):
        verdict = refusal(error.status, error.code)
        return SendResult(
            verdict.outcome,
            code=error.code or f"http_{error.status}",
            detail=verdict.why,
            retry_after_seconds=error.retry_after,
            block_phone=verdict.block_phone,
        )
    if never_left(error):
        return SendResult(
            Outcome.OTHER_GATEWAY, code="unreachable", detail="the provider cannot be reached"
        )
    return SendResult(Outcome.UNKNOWN, code=slug(error), detail="no clear answer came")
