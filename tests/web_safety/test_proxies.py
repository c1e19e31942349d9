"""Beyond this machine all is https: by a trusted proxy's word, or gunicorn's own certificate."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from flask import Flask, request

from tests.postgres import TestDatabase
from tests.system.running import KEYS, ROOT, System, eventually, free_port
from tests.web_safety.site import running, settings_of

PUBLIC = "https://fenghuo.bank.example"
PROXY, ELSEWHERE = "10.0.0.2", "10.9.9.9"


@pytest.fixture
def behind(db: TestDatabase) -> Iterator[Flask]:
    settings = settings_of(db)
    web = settings.web.model_copy(update={"trusted_proxy": (PROXY,), "public_url": PUBLIC})
    with running(db, settings.model_copy(update={"web": web})) as server:
        yield server


def _get(server: Flask, peer: str, host: str = "fenghuo.bank.example", **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()} | {"Host": host}
    answer = server.test_client().get(
        "/healthz", headers=given, environ_overrides={"REMOTE_ADDR": peer}
    )
    return answer.status_code


def test_only_the_proxy_is_believed(behind: Flask) -> None:
    https = {"X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.9"}
    assert _get(behind, PROXY, **https) == 200
    assert _get(behind, PROXY, X_Forwarded_Proto="http", X_Forwarded_For="203.0.113.9") == 403
    assert _get(behind, PROXY, X_Forwarded_For="203.0.113.9") == 403
    assert _get(behind, PROXY, X_Forwarded_Proto="https, http") == 403
    assert _get(behind, PROXY) == 403  # plain http, and not of this machine
    assert _get(behind, ELSEWHERE, **https) == 403
    assert _get(behind, ELSEWHERE) == 403
    assert _get(behind, "127.0.0.1", host="127.0.0.1:8050") == 200  # a monitor on this machine
    assert _get(behind, PROXY, host="evil.example", **https) == 403


def test_the_caller_is_the_one_before_the_proxy(behind: Flask) -> None:
    """What stands further left the caller wrote himself."""
    seen: list[str | None] = []

    @behind.before_request
    def look() -> None:
        seen.extend([request.remote_addr, request.scheme])

    _get(behind, PROXY, X_Forwarded_Proto="https", X_Forwarded_For="1.2.3.4, 203.0.113.9")
    _get(behind, "127.0.0.1", host="localhost", X_Forwarded_For="1.2.3.4")
    assert seen == ["203.0.113.9", "https", "127.0.0.1", "http"]


def test_gunicorn_speaks_tls_1_2_or_later(db: TestDatabase, tmp_path: Path) -> None:
    certificate, key = tmp_path / "tls.pem", tmp_path / "tls.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True,
    )  # fmt: skip
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    config["web"] |= {"tls": {"certificate": str(certificate), "key": str(key)},
                      "public_url": "https://localhost"}  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (tmp_path / "plans").symlink_to(ROOT / "plans")
    system = System(db, tmp_path, free_port())
    system.prepare()
    log = (tmp_path / "web.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "serve", "--port", str(system.port),
         "--config", str(tmp_path / "config.yaml")],
        cwd=ROOT, env=_environ(db), stdout=log, stderr=log,
    )  # fmt: skip
    log.close()
    try:
        trusting = ssl.create_default_context(cafile=str(certificate))
        url = f"https://localhost:{system.port}/healthz"

        def answers() -> str:
            with urllib.request.urlopen(url, timeout=5, context=trusting) as answer:
                return str(answer.headers["Strict-Transport-Security"])

        assert "max-age=31536000" in eventually(answers, 30)
        with pytest.raises((urllib.error.URLError, ConnectionError)):
            urllib.request.urlopen(url.replace("https", "http"), timeout=5)
    finally:
        process.terminate()
        process.wait(15)


def _environ(db: TestDatabase) -> dict[str, str]:
    return {**os.environ, **KEYS, "FENGHUO_DATABASE_URL": db.app_url}
