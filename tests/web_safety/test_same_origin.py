"""Every change of every route comes from our own pages, whatever the route forgot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Connection

from dashboard.web_safety.addresses import known_host, origin_of, own_origin, socket_origin
from dashboard.web_safety.same_origin import DASH_RULE, FORM_RULES
from tests.postgres import TestDatabase
from tests.web_safety.site import OURS, changing_rules

FOREIGN = [
    {"X-Fenghuo": "1", "Origin": "https://evil.example"},
    {"X-Fenghuo": "1", "Origin": "http://localhost.evil.example"},
    {"X-Fenghuo": "1", "Origin": "http://localhost:1"},
    {"X-Fenghuo": "1", "Origin": "https://localhost"},
    {"X-Fenghuo": "1", "Origin": "null"},
    {"X-Fenghuo": "1", "Origin": ""},
    {"X-Fenghuo": "1", "Sec-Fetch-Site": "cross-site"},
    {"X-Fenghuo": "1", "Sec-Fetch-Site": "same-site"},
    {"X-Fenghuo": "1", "Sec-Fetch-Site": "none"},
    {"X-Fenghuo": "1", "Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    {"X-Fenghuo": "1"},
    {},
]
UNMARKED = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def _rows(db: TestDatabase) -> int:
    def count(connection: Connection) -> int:
        return int(connection.execute(sa.text("SELECT count(*) FROM journal")).scalar_one())

    return db.app.read(count)


def _guarded(server: Flask) -> Iterator[tuple[str, str, str]]:
    """(method, rule, address) of every change but the providers' signed calls."""
    for method, rule, path in changing_rules(server):
        if not rule.rule.startswith("/webhooks/"):
            yield method, rule.rule, path


def test_every_change_refuses_a_foreign_page(db: TestDatabase, server: Flask) -> None:
    """With a cookie, as a browser would send it: the same 403 for all (the API says it as a
    problem), and nothing was looked at: addresses of things that do not exist and bodies that
    cannot be read."""
    client = server.test_client()
    client.set_cookie("any", "cookie")
    before, tried, answers = _rows(db), 0, set()
    for method, rule, path in _guarded(server):
        cases = list(FOREIGN)
        if rule not in FORM_RULES | {DASH_RULE}:
            cases.append(UNMARKED)
        for headers in cases:
            answer = client.open(path, method=method, headers=headers, data=b"\xff{")
            answers.add((path.startswith("/api/"), answer.mimetype, answer.get_data()))
            assert answer.status_code == 403, (method, path, headers)
            tried += 1
    assert tried > 800 and {one[:2] for one in answers} == {
        (False, "application/json"), (True, "application/problem+json"),
    }  # fmt: skip
    assert len(answers) == 2
    assert _rows(db) == before


def test_our_own_page_comes_through(server: Flask) -> None:
    client = server.test_client()
    client.set_cookie("any", "cookie")
    for method, rule, path in _guarded(server):
        headers = UNMARKED if rule in FORM_RULES | {DASH_RULE} else OURS
        answer = client.open(path, method=method, headers=headers)
        assert "refused.403" not in answer.get_data(as_text=True)
        assert answer.status_code != 403, (method, path)


def test_the_forms_are_routes_that_exist(server: Flask) -> None:
    rules = {rule.rule for _, rule, _ in changing_rules(server)}
    assert rules >= FORM_RULES | {DASH_RULE}


def test_a_bearer_token_needs_no_page(server: Flask) -> None:
    """No browser sends a token unasked; without one the API asks for it and for nothing else."""
    client = server.test_client()
    answer = client.post("/api/v1/complaints", headers={"Authorization": "Bearer x"}, json={})
    assert answer.status_code == 401
    assert client.post("/api/v1/complaints", json={}).status_code == 401
    client.set_cookie("any", "cookie")
    assert client.post("/api/v1/complaints", json={}).status_code == 403


def test_only_our_own_names_are_answered(server: Flask) -> None:
    client = server.test_client()
    for host in ("evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[", ""):
        assert client.get("/healthz", headers={"Host": host}).status_code in (400, 403), host
    for host in ("localhost", "127.0.0.1:8050", "[::1]:8050"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200, host


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://fenghuo.bank.example/prefix", "https://fenghuo.bank.example"),
        ("https://FENGHUO.bank.example:443", "https://fenghuo.bank.example"),
        ("http://[::1]:8050/", "http://[::1]:8050"),
        ("http://a:99999/", ""),
        ("null", ""),
        ("", ""),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_origins(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_name_that_is_not_loopback_is_ours_by_the_settings_only() -> None:
    public = "https://fenghuo.bank.example"
    assert own_origin(public, public, "http://10.0.0.7:8050/")
    assert not own_origin("http://10.0.0.7:8050", public, "http://10.0.0.7:8050/")
    assert own_origin("http://127.0.0.1:8050", public, "http://127.0.0.1:8050/")
    assert not own_origin("http://127.0.0.1:9", public, "http://127.0.0.1:8050/")
    assert known_host("fenghuo.bank.example:444", public)
    assert not known_host("bank.example", public)
    assert socket_origin(public) == "wss://fenghuo.bank.example"


def test_a_gateway_that_is_not_used_has_no_webhook(db: TestDatabase, server: Flask) -> None:
    """The sandbox alone is set: nobody's word about a text is taken, signed or not."""
    client = server.test_client()
    for path in ("/webhooks/twilio/status", "/webhooks/twilio/inbound", "/webhooks/other"):
        answer = client.post(path, data={"MessageSid": "SM1", "MessageStatus": "delivered"},
                             headers={"X-Twilio-Signature": "x"})  # fmt: skip
        assert answer.status_code in (404, 405), path

    def kept(connection: Connection) -> int:
        return int(connection.execute(sa.text("SELECT count(*) FROM receipts")).scalar_one())

    assert db.app.read(kept) == 0
