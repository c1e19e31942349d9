"""Webhooks: genuinely signed calls over real HTTP, also behind a TLS proxy; all else is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import make_server

from alerts import inbound, receipts
from alerts.gateways.port import Sending
from core.errors import Unavailable
from dashboard import webhooks
from database.connection import business_now
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_server import sign
from tests.gateways.test_receipts import message, put_message
from tests.postgres import TestDatabase

PUBLIC = "https://fenghuo.bank.example/prefix"
STATUS = PUBLIC + webhooks.STATUS_PATH
INBOUND = PUBLIC + webhooks.INBOUND_PATH
FORM = {"MessageSid": "SM" + "2" * 32, "MessageStatus": "delivered", "To": "+8613812345678"}


class Keep:
    """The verbs as bootstrap will have them."""

    def __init__(self, db: TestDatabase) -> None:
        self.db, self.broken = db, False

    def receipt(
        self,
        gateway: str,
        provider_id: str,
        status: str,
        error_code: str | None,
        raw: Mapping[str, str],
    ) -> None:
        if self.broken:
            raise Unavailable("the database does not answer")
        self.db.app.run(
            lambda c: receipts.store(
                c, gateway, provider_id, status, error_code, raw, business_now(c)
            )
        )

    def inbound(
        self, gateway: str, provider_id: str, phone: str, text: str, raw: Mapping[str, str]
    ) -> None:
        self.db.app.run(
            lambda c: inbound.store(c, gateway, provider_id, phone, text, raw, business_now(c))
        )


Serve = Callable[[str | None], str]


@pytest.fixture
def keep(db: TestDatabase) -> Keep:
    return Keep(db)


@pytest.fixture
def serve(keep: Keep) -> Iterator[Serve]:
    """Start a web server with this auth token; returns its plain http address on loopback."""
    running = []

    def start(auth_token: str | None) -> str:
        server = Flask("test")
        webhooks.register(server, keep, public_base_url=PUBLIC, auth_token=auth_token)
        http = make_server("127.0.0.1", 0, server, threaded=True)
        thread = threading.Thread(target=http.serve_forever, args=(0.02,))
        thread.start()
        running.append((http, thread))
        return f"http://127.0.0.1:{http.server_port}"

    yield start
    for http, thread in running:
        http.shutdown()
        thread.join()
        http.server_close()


def post(base: str, path: str, form: dict[str, str], signature: str | None) -> tuple[int, str]:
    """A call as the proxy passes it on: to the plain address, with the outer Host gone."""
    connection = HTTPConnection(str(urlsplit(base).netloc), timeout=10)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signature is not None:
        headers["X-Twilio-Signature"] = signature
    try:
        connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def rows(db: TestDatabase, table: str) -> list[dict[str, Any]]:
    statement = sa.text(f"SELECT * FROM {table} ORDER BY id")
    found = db.app.read(lambda c: c.execute(statement).mappings().all())
    return [dict(row) for row in found]


def test_a_genuine_receipt_behind_a_tls_proxy_passes(db: TestDatabase, serve: Serve) -> None:
    """It arrives as http on loopback and was signed for https on a public name with a prefix."""
    signature = sign("secret", STATUS, FORM)
    assert post(serve("secret"), webhooks.STATUS_PATH, FORM, signature) == (204, "")
    (row,) = rows(db, "receipts")
    assert (row["gateway"], row["provider_id"]) == ("twilio", FORM["MessageSid"])
    assert row["raw"] == {"MessageSid": FORM["MessageSid"], "MessageStatus": "delivered"}


@pytest.mark.parametrize("path", [webhooks.STATUS_PATH, webhooks.INBOUND_PATH])
@pytest.mark.parametrize(
    ("auth_token", "signature"),
    [
        ("secret", None),
        ("secret", ""),
        ("secret", "Zm9yZ2Vk"),
        ("secret", "签名".encode().decode("latin-1")),
        (None, sign("", STATUS, FORM)),
        (None, None),
        ("", sign("", STATUS, FORM)),
        ("secret", sign("other", STATUS, FORM)),
        ("secret", sign("secret", STATUS.replace("https", "http"), FORM)),
        ("secret", sign("secret", STATUS, FORM | {"MessageStatus": "failed"})),
        ("secret", sign("secret", "https://other.example/x", FORM)),
    ],
)
def test_forged_missing_or_unset_is_refused(
    db: TestDatabase, serve: Serve, path: str, auth_token: str | None, signature: str | None
) -> None:
    status, _ = post(serve(auth_token), path, FORM, signature)
    assert status == 403
    assert rows(db, "receipts") == rows(db, "inbound_messages") == []


def test_a_signature_of_one_path_does_not_open_the_other(db: TestDatabase, serve: Serve) -> None:
    form = {"MessageSid": "SM1", "From": "+8613812345678", "Body": "1", "MessageStatus": "sent"}
    base = serve("secret")
    assert post(base, webhooks.INBOUND_PATH, form, sign("secret", STATUS, form))[0] == 403
    assert post(base, webhooks.INBOUND_PATH, form, sign("secret", INBOUND, form))[0] == 200


def test_a_signed_reply_is_stored_once_and_answered_with_empty_twiml(
    db: TestDatabase, serve: Serve
) -> None:
    form = {"MessageSid": "SM3", "From": "+8613812345678", "Body": "回 A7K2，收到", "Empty": ""}
    base = serve("secret")
    for _ in range(2):
        status, body = post(base, webhooks.INBOUND_PATH, form, sign("secret", INBOUND, form))
        assert status == 200 and body.endswith("<Response/>")
    (row,) = rows(db, "inbound_messages")
    assert (row["phone"], row["text"]) == ("13812345678", "回 A7K2，收到")
    assert row["raw"] == {"MessageSid": "SM3"}


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_a_signed_call_without_its_fields_is_a_bad_request(serve: Serve, missing: str) -> None:
    form = {name: value for name, value in FORM.items() if name != missing}
    base = serve("secret")
    assert post(base, webhooks.STATUS_PATH, form, sign("secret", STATUS, form))[0] == 400


def test_a_huge_body_is_refused(serve: Serve) -> None:
    form = FORM | {"Body": "x" * webhooks.MOST_BYTES}
    status, _ = post(serve("secret"), webhooks.STATUS_PATH, form, sign("secret", STATUS, form))
    assert status == 413


def test_what_could_not_be_kept_is_asked_for_again(keep: Keep, serve: Serve) -> None:
    keep.broken = True
    base = serve("secret")
    assert post(base, webhooks.STATUS_PATH, FORM, sign("secret", STATUS, FORM))[0] == 503


def test_only_post(serve: Serve) -> None:
    base = serve("secret")
    connection = HTTPConnection(str(urlsplit(base).netloc), timeout=10)
    connection.request("GET", webhooks.STATUS_PATH)
    assert connection.getresponse().status == 405
    connection.close()


def apply(db: TestDatabase) -> list[receipts.Failed]:
    return db.app.run(lambda c: receipts.apply_pending(c, business_now(c)))


@pytest.fixture
def send(fake_twilio: FakeTwilio, serve: Serve) -> Callable[[], str]:
    """Send one text whose callbacks go through the proxy to a running web server."""
    fake_twilio.proxy(PUBLIC, serve(fake_twilio.auth_token))
    gateway = fake_twilio.gateway(status_callback_url=STATUS)

    def one() -> str:
        result = gateway.send(Sending("13812345678", "回A7K2签收", "r"))
        assert result.provider_id is not None
        return result.provider_id

    return one


def test_receipts_repeated_and_out_of_order_end_delivered(
    db: TestDatabase, fake_twilio: FakeTwilio, send: Callable[[], str]
) -> None:
    sid = send()
    message_id = put_message(db, provider_id=sid)
    answers = fake_twilio.receipts(sid, "delivered", "queued", "sent", "delivered")
    assert answers == [204] * 4
    assert apply(db) == [] and message(db, message_id)["state"] == "delivered"
    assert [row["status"] for row in rows(db, "receipts")] == ["delivered", "queued", "sent"]


def test_a_handset_that_is_off_sends_us_on_to_the_next_person(
    db: TestDatabase, fake_twilio: FakeTwilio, send: Callable[[], str]
) -> None:
    sid = send()
    message_id = put_message(db, provider_id=sid)
    fake_twilio.receipts(sid, "sent", {"status": "undelivered", "error_code": 30003})
    (failed,) = apply(db)
    assert (failed.message_id, failed.code, failed.next) == (message_id, "30003", "person")


def test_a_receipt_that_is_faster_than_our_own_record_is_not_lost(
    db: TestDatabase, fake_twilio: FakeTwilio, send: Callable[[], str]
) -> None:
    fake_twilio.automatic_receipts("delivered")
    sid = send()
    wait_for(lambda: len(rows(db, "receipts")) == 1)
    assert apply(db) == []
    message_id = put_message(db, provider_id=sid)
    apply(db)
    assert message(db, message_id)["state"] == "delivered"


def test_a_reply_comes_in_and_says_nothing_back(
    db: TestDatabase, serve: Serve, fake_twilio: FakeTwilio
) -> None:
    fake_twilio.proxy(PUBLIC, serve(fake_twilio.auth_token))
    for _ in range(2):
        assert fake_twilio.inbound(INBOUND, "+8613812345678", "A7K2", sid="SM" + "4" * 32) == 200
    (row,) = rows(db, "inbound_messages")
    assert (row["phone"], row["text"]) == ("13812345678", "A7K2")


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
