"""What every answer carries, and what a cache may keep of it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from core.rights import Access
from dashboard.web_safety.headers import content_policy, static_headers
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in

PUBLIC = "https://fenghuo.bank.example/prefix"


@pytest.mark.parametrize(
    "path", ["/", "/plan", "/live/board", "/healthz", "/api/v1/nothing", "/_dash-layout",
             "/metrics", "/_dash-dependencies", "/live/nothing", "/assets/nothing.js",
             "/sandbox/api/phones"]
)  # fmt: skip
def test_nothing_with_data_is_kept_or_framed(server: Flask, path: str) -> None:
    answer = server.test_client().get(path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    for name, value in static_headers("http://127.0.0.1").items():
        assert answer.headers[name] == value


def test_shipped_files_are_kept(db: TestDatabase, server: Flask) -> None:
    Scene(db)
    client = server.test_client()
    who = sign_in(db, unit="SH", roles=[Access.BRANCH])
    client.set_cookie("fenghuo_session", who.cookie)
    page = client.get("/").get_data(as_text=True)
    script = re.search(r'src="(/_dash-component-suites/[^"]+renderer[^"]+)"', page)
    assert script is not None
    assert "immutable" in client.get(script.group(1)).headers["Cache-Control"]
    first = client.get("/assets/live.js", buffered=True)
    assert first.headers["Cache-Control"] == "no-cache"
    asked = {"If-None-Match": first.headers["ETag"]}
    again = client.get("/assets/live.js", headers=asked, buffered=True)
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-cache")


def test_the_public_address_is_in_the_policy_and_https_is_kept() -> None:
    policy = content_policy(["'sha256-x'"], PUBLIC)
    assert "connect-src 'self' wss://fenghuo.bank.example;" in policy
    assert "script-src 'self' 'sha256-x';" in policy
    assert "max-age=31536000" in static_headers(PUBLIC)["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in static_headers("http://127.0.0.1:8050")
