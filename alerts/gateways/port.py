"""The port every SMS gateway fits: send, look up, probe. Vendor codes end in the gateway's file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of one attempt to send."""

    ACCEPTED = "accepted"  #: the provider has it and gave it an id
    REFUSED = "refused"  #: for good: this text will never reach this phone this way
    RETRY = "retry"  #: surely not taken; the same gateway may be tried again later
    UNKNOWN = "unknown"  #: it may or may not have been taken: look up before sending again
    OTHER_GATEWAY = "other_gateway"  #: surely not taken; this gateway cannot serve now


@dataclass(frozen=True)
class Sending:
    """One text to one phone. `reference` is ours, unique per message, stable over retries."""

    phone: str
    text: str
    reference: str
    #: real seconds since the first attempt, so that a lookup knows how far back to search
    age_seconds: float = 0.0


@dataclass(frozen=True)
class SendResult:
    outcome: Outcome
    provider_id: str | None = None
    code: str | None = None
    detail: str | None = None  #: never the phone number or the text
    retry_after_seconds: float | None = None
    #: the phone itself is to be blocked (opted out, not a mobile): nothing more goes there
    block_phone: bool = False


@dataclass(frozen=True)
class Lookup:
    """Whether the provider has a message of ours: found, surely absent, or not to be learned."""

    found: bool | None
    provider_id: str | None = None
    status: str | None = None


class Gateway(Protocol):
    """A provider. No method may raise for a provider's fault; each call ends within 15 seconds."""

    name: str

    def send(self, sending: Sending) -> SendResult: ...

    def lookup(self, sending: Sending) -> Lookup: ...

    def probe(self) -> str | None:
        """None when the provider answers, else what is wrong (no secrets)."""
        ...
