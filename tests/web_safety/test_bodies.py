"""How much and what kind of body every route takes; the rest is refused before it is read."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask

from dashboard.web_safety.bodies import DEFAULT, FORM, JSON, PARTS, TABLE, body_of
from dashboard.web_safety.same_origin import DASH_RULE, FORM_RULES
from tests.web_safety.site import OURS, changing_rules

BEARER = {"Authorization": "Bearer x"}


def test_the_table_names_routes_that_exist(server: Flask) -> None:
    rules = {rule.rule for _, rule, _ in changing_rules(server)}
    webhooks = {rule for rule in TABLE if rule.startswith("/webhooks/")}
    assert set(TABLE) - webhooks <= rules


def test_every_route_refuses_too_much_and_the_wrong_kind(server: Flask) -> None:
    client, tried = server.test_client(), 0
    for method, rule, path in changing_rules(server):
        body = body_of(rule.rule)
        headers = BEARER if path.startswith("/api/") else dict(OURS)
        if rule.rule in FORM_RULES | {DASH_RULE}:
            headers.pop("X-Fenghuo")
        for kind in ("text/plain", "text/html", "application/xml", FORM, JSON, PARTS):
            answer = client.open(path, method=method, headers=headers, data=b"{", content_type=kind)
            assert (answer.status_code == 415) == (kind not in body.types), (method, path, kind)
        large = b" " * (body.most + 1)
        answer = client.open(
            path, method=method, headers=headers, data=large, content_type=body.types[0]
        )
        assert answer.status_code == 413, (method, path)
        said = answer.get_json()
        assert "过大" in said.get("error", said.get("detail", ""))
        tried += 1
    assert tried > 60


def test_a_body_of_unsaid_length_is_read_to_the_limit_only(server: Flask) -> None:
    """Chunked: the length is known at its end only; the rest stays unread."""
    sent = BytesIO(b'"' + b"x" * 3_000_000 + b'"')
    answer = server.test_client().post(
        "/sign-in", headers=OURS, content_type=FORM,
        input_stream=sent,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )  # fmt: skip
    assert answer.status_code != 200
    assert sent.tell() <= TABLE["/sign-in"].most + 64 * 1024


@pytest.mark.parametrize(
    ("kind", "taken"),
    [(JSON, True), ("application/problem+json", True), ("text/json", False), ("", False)],
)
def test_kinds(kind: str, taken: bool) -> None:
    assert DEFAULT.takes(kind) is taken
