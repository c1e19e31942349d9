"""What a provider's code means for us: of a send, and of a message that failed after all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from alerts.gateways.port import Outcome


class Next(StrEnum):
    """Where a text goes that the provider took and then could not deliver."""

    PERSON = "person"  #: this phone will not do now: on to the next person
    GATEWAY = "gateway"  #: the phone may be fine, this provider is not: another gateway
    RETRY = "retry"  #: once more the same way


@dataclass(frozen=True)
class Verdict:
    """Meaning of one code: when a send is answered with it, and when a receipt carries it."""

    why: str  #: for the journal and the board: no phone, no text
    outcome: Outcome
    next: Next
    block_phone: bool = False


@dataclass(frozen=True)
class ProviderTable:
    """One provider's words: its codes and those of its statuses that end a message."""

    codes: Mapping[str, Verdict]
    final: Mapping[str, Literal["delivered", "failed"]]

    def after_failure(self, code: str | None, attempts: int) -> Next:
        """Where a failed message goes after `attempts` sends; "retry" is advised only once.

        An unknown code sends us on to the next person: somebody must be reached, and a person
        told twice costs less than a person told by nobody.
        """
        verdict = self.codes.get(code or "")
        if verdict is None or (verdict.next is Next.RETRY and attempts > 1):
            return Next.PERSON
        return verdict.next

    def blocks(self, code: str | None) -> bool:
        """Whether nothing more may be sent to the phone that failed with `code`."""
        verdict = self.codes.get(code or "")
        return verdict is not None and verdict.block_phone


#: For a gateway that has no codes of its own, such as the sandbox.
PLAIN = ProviderTable(codes={}, final={"delivered": "delivered", "failed": "failed"})
