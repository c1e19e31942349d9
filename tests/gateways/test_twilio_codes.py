"""Twilio's codes, one row each: what a send and what a receipt with it leads to."""

from __future__ import annotations

import pytest

from alerts.gateways.port import Outcome
from alerts.gateways.twilio_codes import TWILIO, refusal
from alerts.gateways.verdicts import PLAIN, Next


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "21610", Outcome.REFUSED),
        (400, "21614", Outcome.REFUSED),
        (400, "21211", Outcome.REFUSED),
        (400, "30003", Outcome.REFUSED),
        (400, "30005", Outcome.REFUSED),
        (400, "30006", Outcome.REFUSED),
        (400, "30007", Outcome.REFUSED),
        (400, "30008", Outcome.RETRY),
        (429, "63038", Outcome.OTHER_GATEWAY),  # the day's limit: waiting seconds is no use
        (401, "20003", Outcome.OTHER_GATEWAY),
        (401, None, Outcome.OTHER_GATEWAY),
        (403, None, Outcome.OTHER_GATEWAY),
        (404, "20404", Outcome.OTHER_GATEWAY),
        (400, "12345", Outcome.OTHER_GATEWAY),
        (302, None, Outcome.OTHER_GATEWAY),
        (408, None, Outcome.RETRY),
        (429, None, Outcome.RETRY),
        (429, "20429", Outcome.RETRY),
        (429, "99999", Outcome.RETRY),
        (500, None, Outcome.UNKNOWN),
        (503, "20503", Outcome.UNKNOWN),
        (500, "21610", Outcome.UNKNOWN),  # a server error says nothing sure, whatever the code
    ],
)
def test_what_an_answer_means(status: int, code: str | None, outcome: Outcome) -> None:
    assert refusal(status, code).outcome is outcome


@pytest.mark.parametrize(
    ("code", "attempts", "then"),
    [
        ("30003", 1, Next.PERSON),
        ("30005", 1, Next.PERSON),
        ("30006", 1, Next.PERSON),
        ("21610", 1, Next.PERSON),
        ("30007", 1, Next.GATEWAY),
        ("30036", 1, Next.GATEWAY),
        ("63038", 1, Next.GATEWAY),
        ("30008", 1, Next.RETRY),
        ("30008", 2, Next.PERSON),  # once is enough
        ("99999", 1, Next.PERSON),
        (None, 1, Next.PERSON),
    ],
)
def test_where_a_failed_text_goes(code: str | None, attempts: int, then: Next) -> None:
    assert TWILIO.after_failure(code, attempts) is then


def test_only_what_concerns_the_phone_itself_blocks_it() -> None:
    assert {code for code, verdict in TWILIO.codes.items() if verdict.block_phone} == {
        "21610",
        "21614",
    }


def test_statuses_under_way_end_nothing() -> None:
    under_way = ("accepted", "scheduled", "queued", "sending", "sent", "partially_delivered")
    assert [TWILIO.final.get(status) for status in under_way] == [None] * 6
    assert PLAIN.after_failure("any", 1) is Next.PERSON
