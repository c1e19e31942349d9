"""The Twilio gateway over real HTTP against the fake, in the sender's words."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from alerts.gateways.port import Lookup, Outcome, Sending
from alerts.gateways.twilio import TwilioGateway, e164, find
from tests.fakes.twilio import FakeTwilio

PHONE = "13812345678"
TEXT = "【示范银行】广州分行10名客户集体投诉，10:05触发预案，请即处置。回A7K2签收"


def sending(text: str = TEXT, age: float = 0.0) -> Sending:
    return Sending(PHONE, text, "ref-1", age)


def test_a_text_is_taken_as_twilio_wants_it(fake_twilio: FakeTwilio) -> None:
    callback = "https://beacon.example/webhooks/twilio/status"
    result = fake_twilio.gateway(status_callback_url=callback).send(sending())
    (message,) = fake_twilio.messages()
    assert (result.outcome, result.provider_id) == (Outcome.ACCEPTED, message["sid"])
    assert (message["to"], message["from"]) == (f"+86{PHONE}", fake_twilio.number)
    assert message["body"] == TEXT


def test_requests_and_answers_agree_with_the_published_description(
    fake_twilio: FakeTwilio,
) -> None:
    if not fake_twilio.contract:
        pytest.skip("twilio_messages_openapi.json is not on this machine (set FENGHUO_SHARED)")
    gateway = fake_twilio.gateway(sender="MG" + "a" * 32, validity_seconds=60)
    assert gateway.send(sending()).outcome is Outcome.ACCEPTED
    assert gateway.lookup(sending()).found
    assert fake_twilio.problems() == []


def test_the_contract_check_sees_an_unknown_parameter(twilio_process: FakeTwilio) -> None:
    if not twilio_process.contract:
        pytest.skip("twilio_messages_openapi.json is not on this machine (set FENGHUO_SHARED)")
    twilio_process.reset()
    gateway = twilio_process.gateway()
    gateway._client.http_client.session.params = {"Reference": "x"}  # not in the API's list
    gateway.lookup(sending())
    assert any("Reference" in problem for problem in twilio_process.problems())


@pytest.mark.parametrize(
    ("code", "outcome", "blocks"),
    [
        (21610, Outcome.REFUSED, True),
        (21614, Outcome.REFUSED, True),
        (21211, Outcome.REFUSED, False),
        (30006, Outcome.REFUSED, False),
        (63038, Outcome.OTHER_GATEWAY, False),  # although it comes as HTTP 429
        (20003, Outcome.OTHER_GATEWAY, False),
        (21606, Outcome.OTHER_GATEWAY, False),
        (99999, Outcome.OTHER_GATEWAY, False),
    ],
)
def test_a_refusal_is_classified(
    fake_twilio: FakeTwilio, code: int, outcome: Outcome, blocks: bool
) -> None:
    fake_twilio.fault("send", code=code)
    result = fake_twilio.gateway().send(sending())
    assert (result.outcome, result.code, result.block_phone) == (outcome, str(code), blocks)
    assert PHONE not in repr(result) and fake_twilio.messages() == []


def test_too_many_requests_says_how_long_to_wait(fake_twilio: FakeTwilio) -> None:
    fake_twilio.fault("send", status=429, retry_after=7)
    result = fake_twilio.gateway().send(sending())
    assert (result.outcome, result.retry_after_seconds) == (Outcome.RETRY, 7.0)
    assert fake_twilio.messages() == []


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "hang", "seconds": 1.5},
        {"kind": "drip", "seconds": 1.5},
        {"kind": "reset"},
        {"kind": "garbage", "answer": ["not", "a", "message"]},
        {"kind": "garbage", "answer": {"status": "queued"}},
        {"status": 500, "after_accepting": True},
        {"status": 503, "after_accepting": True},
    ],
    ids=lambda fault: str(fault.get("kind") or fault["status"]),
)
def test_taken_without_a_clear_answer_is_unknown_and_found_by_lookup(
    fake_twilio: FakeTwilio, fault: dict[str, object]
) -> None:
    fake_twilio.fault("send", **fault)
    gateway = fake_twilio.gateway(timeout=0.5)
    started = time.monotonic()
    result = gateway.send(sending())
    assert result.outcome is Outcome.UNKNOWN and result.provider_id is None
    assert time.monotonic() - started < 1.2
    (message,) = fake_twilio.messages()
    assert gateway.lookup(sending(age=2)) == Lookup(True, message["sid"], "queued")


def test_a_dead_provider_surely_has_nothing(fake_twilio: FakeTwilio) -> None:
    gateway = fake_twilio.gateway(timeout=1)
    fake_twilio.refuse_connections()
    assert gateway.send(sending()).outcome is Outcome.OTHER_GATEWAY
    assert gateway.lookup(sending()).found is None
    assert "cannot be reached" in (gateway.probe() or "")
    fake_twilio.accept_connections()
    assert gateway.probe() is None
    assert gateway.lookup(sending()).found is False


def test_lookup_wants_the_very_text_recent_and_not_given_up(fake_twilio: FakeTwilio) -> None:
    gateway = fake_twilio.gateway()
    first = gateway.send(sending())
    assert gateway.lookup(sending(TEXT.replace("A7K2", "B3M9"))).found is False
    assert gateway.lookup(sending()).provider_id == first.provider_id
    assert first.provider_id is not None
    fake_twilio.set_status(first.provider_id, "undelivered", 30008)
    assert gateway.lookup(sending()).found is False


#: The lists below are made when the tests are collected, minutes before they may run.
COLLECTED = datetime.now(UTC)


def listed(age: float, body: str = TEXT, direction: str = "outbound-api") -> SimpleNamespace:
    """A message as Twilio's client hands it out, created `age` seconds ago."""
    created = COLLECTED - timedelta(seconds=age)
    return SimpleNamespace(
        sid=f"SM{age:g}", body=body, direction=direction, status="sent", date_created=created
    )


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([], False),
        ([listed(30)], True),
        ([listed(3600)], False),  # the same words of an hour ago were another message
        ([listed(30, direction="inbound")], False),
        ([listed(30, body="another")] * 199, False),
        ([listed(30, body="another")] * 200, None),  # ours may be on the next page
        ([listed(30, body="another")] * 199 + [listed(3600)], False),
    ],
)
def test_what_a_list_says_about_our_text(
    messages: list[SimpleNamespace], found: bool | None
) -> None:
    since = COLLECTED - timedelta(minutes=5)
    assert find(messages, TEXT, since).found is found


def test_lookup_does_not_know_when_the_provider_fails(fake_twilio: FakeTwilio) -> None:
    fake_twilio.fault("list", status=500)
    assert fake_twilio.gateway().lookup(sending()).found is None


def test_a_second_send_is_a_second_text(fake_twilio: FakeTwilio) -> None:
    """Twilio is not idempotent: this is why lookup exists."""
    gateway = fake_twilio.gateway()
    ids = {gateway.send(sending()).provider_id for _ in range(2)}
    assert len(ids) == len(fake_twilio.messages()) == 2
    assert gateway.lookup(sending()).provider_id in ids


def test_probe_names_what_is_wrong(fake_twilio: FakeTwilio) -> None:
    gateway = fake_twilio.gateway()
    assert gateway.probe() is None
    fake_twilio.set_account("suspended")
    assert gateway.probe() == "the account is suspended"
    stranger = TwilioGateway(
        fake_twilio.account_sid, "wrong", fake_twilio.number, base_url=fake_twilio.base_url
    )
    assert stranger.probe() == "the credentials are refused (20003)"
    assert stranger.send(sending()).outcome is Outcome.OTHER_GATEWAY


def test_a_landline_is_refused_without_a_request(fake_twilio: FakeTwilio) -> None:
    result = fake_twilio.gateway().send(Sending("020-83456789", TEXT, "ref-1"))
    assert result.outcome is Outcome.REFUSED and not result.block_phone
    assert fake_twilio.requests() == 0


def test_nothing_is_logged_that_names_a_phone_or_a_text(
    fake_twilio: FakeTwilio, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway = fake_twilio.gateway(timeout=1)
    gateway.send(sending())
    gateway.lookup(sending())
    fake_twilio.fault("send", code=21211)
    gateway.send(sending())
    fake_twilio.refuse_connections()
    gateway.send(sending())
    assert PHONE not in caplog.text and "%E3%80%90" not in caplog.text and TEXT not in caplog.text


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("13812345678", "+8613812345678"),
        ("+85291234567", "+85291234567"),
        ("12812345678", None),
        ("020-83456789", None),
        ("", None),
        ("１３８１２３４５６７８", None),
        ("+0123456789", None),
    ],
)
def test_numbers_in_e164(stored: str, sent: str | None) -> None:
    assert e164(stored) == sent


@pytest.mark.parametrize("base_url", ["http://10.0.0.1:8080", "http://example.com", "ftp://x"])
def test_the_secret_never_goes_out_in_clear(base_url: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        TwilioGateway("AC", "token", "+8610655588", base_url=base_url)


def test_a_call_may_not_outlast_the_port() -> None:
    with pytest.raises(ValueError, match="at most 10"):
        TwilioGateway("AC", "token", "+8610655588", timeout=12)
