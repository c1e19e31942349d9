"""Twilio's codes and statuses in our words. The only place that knows them."""

from __future__ import annotations

from alerts.gateways.port import Outcome
from alerts.gateways.verdicts import Next, ProviderTable, Verdict

_REFUSED, _OTHER, _RETRY = Outcome.REFUSED, Outcome.OTHER_GATEWAY, Outcome.RETRY
_PERSON, _GATEWAY, _AGAIN = Next.PERSON, Next.GATEWAY, Next.RETRY

_CODES: dict[str, Verdict] = {
    # The account or the sender: nothing of ours passes here, whoever it is for.
    "20003": Verdict("the credentials are refused", _OTHER, _GATEWAY),
    "20404": Verdict("no such account or sender", _OTHER, _GATEWAY),
    "20429": Verdict("too many requests", _RETRY, _AGAIN),
    "21408": Verdict("not permitted for this country", _OTHER, _GATEWAY),
    "21606": Verdict("the sender cannot text this destination", _OTHER, _GATEWAY),
    "21611": Verdict("the sender's queue is full", _OTHER, _GATEWAY),
    "21612": Verdict("no route from this sender", _OTHER, _GATEWAY),
    "30001": Verdict("the provider's queue is full", _OTHER, _GATEWAY),
    "30002": Verdict("the account is suspended", _OTHER, _GATEWAY),
    "30036": Verdict("it waited at the provider until it was too old", _OTHER, _GATEWAY),
    "63038": Verdict("the account's daily limit is reached", _OTHER, _GATEWAY),
    # The phone or the text: another attempt the same way is of no use.
    "21211": Verdict("not a telephone number", _REFUSED, _PERSON),
    "21602": Verdict("the text is empty", _REFUSED, _PERSON),
    "21610": Verdict("the recipient opted out", _REFUSED, _PERSON, block_phone=True),
    "21614": Verdict("not a mobile", _REFUSED, _PERSON, block_phone=True),
    "21617": Verdict("the text is too long", _REFUSED, _PERSON),
    "30003": Verdict("the handset is off or out of reach", _REFUSED, _PERSON),
    "30004": Verdict("the recipient's carrier blocks it", _REFUSED, _PERSON),
    "30005": Verdict("the number is not in service", _REFUSED, _PERSON),
    # A landline, or a carrier that this provider does not reach: not sent again, but a domestic
    # gateway may well reach it, so the phone itself stays open.
    "30006": Verdict("a landline, or a carrier out of reach", _REFUSED, _PERSON),
    "30007": Verdict("filtered for its content", _REFUSED, _GATEWAY),
    "30008": Verdict("failed for an unknown reason", _RETRY, _AGAIN),
}

TWILIO = ProviderTable(
    codes=_CODES,
    final={
        "delivered": "delivered",
        "read": "delivered",
        "failed": "failed",
        "undelivered": "failed",
        "canceled": "failed",
    },
)


def refusal(status: int, code: str | None) -> Verdict:
    """What an HTTP answer that is no success means; `code` is Twilio's own, where it gave one.

    A 5xx may come after the message was taken, whatever its code says. Of a 4xx the message surely
    was not taken: the code decides (63038 comes as a 429 too, and no waiting helps it), and what
    this provider dislikes for a reason that we do not know another may carry.
    """
    if status >= 500:
        return Verdict("the provider failed", Outcome.UNKNOWN, _GATEWAY)
    if code in _CODES:
        return _CODES[code]
    if status == 429:
        return _CODES["20429"]
    if status == 408:
        return Verdict("the provider did not wait for the request", _RETRY, _AGAIN)
    if status in (401, 403):
        return _CODES["20003"]
    return Verdict("the provider does not take the request", _OTHER, _GATEWAY)
