"""The real system in a test: web and engine as processes of their own on a test's database."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from contacts.demo_bank import build
from dashboard import tokens
from tests.postgres import TestDatabase

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
TOKEN = "test-token"
KEYS = {
    "FENGHUO_DATA_KEYS": secrets.token_hex(32),
    "FENGHUO_BLIND_INDEX_KEY": secrets.token_hex(32),
    "FENGHUO_SECRET_KEY": secrets.token_hex(32),
}


@dataclass
class Answer:
    """One HTTP answer: status, decoded JSON body (or None), headers."""

    status: int
    body: Any
    headers: dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(what: Callable[[], T], seconds: float = 15.0) -> T:
    """The first true value of `what` within the time; the last error or value otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        last: object = None
        try:
            value = what()
            if value:
                return value
            last = value
        except (OSError, AssertionError, KeyError, IndexError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true in {seconds} s: {last!r}")
        time.sleep(0.03)


@dataclass
class System:
    """Web and engine processes over one database; `call` speaks to the API."""

    db: TestDatabase
    folder: Path
    port: int = field(default_factory=free_port)
    environ: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    config: Path = ROOT / "config.yaml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        self.db.app.run(lambda c: build(c, ROOT / "examples/contacts/outlets.csv"))
        self.db.app.run(lambda c: tokens.replace(c, "test", frozenset({"*"}), TOKEN))

    def start(self, *names: str) -> None:
        """Start processes by name: "web", "engine", "engine2" …"""
        for name in names:
            command = ["serve", "--port", str(self.port)] if name == "web" else ["engine"]
            with (self.folder / f"{name}.log").open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    [sys.executable, "-m", "dashboard", *command,
                     "--config", str(self.config)],
                    env={**os.environ, **KEYS, **self.environ,
                         "FENGHUO_DATABASE_URL": self.db.app_url},
                    cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
        if "web" in names:
            eventually(lambda: self.get("/healthz").status == 200, 30)

    def kill(self, name: str, sign: int = signal.SIGKILL) -> None:
        """End a process and all its children."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)

    def stop(self) -> None:
        """The end of a test: no orderly leave-taking (seconds each), test_demo has that."""
        for name in list(self.processes):
            self.kill(name)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # --- speaking to it ---------------------------------------------------------------------

    def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN,
        raw: bytes | None = None, **headers: str,
    ) -> Answer:  # fmt: skip
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return _answer(response.status, response.read(), response.headers)
        except urllib.error.HTTPError as error:
            return _answer(error.code, error.read(), error.headers)

    def get(self, path: str, **kwargs: Any) -> Answer:
        """As a well-behaved caller reads: told that it asks too fast, it waits and asks again."""
        while (answer := self.call("GET", path, **kwargs)).status == 429:
            time.sleep(float(answer.headers["retry-after"]))
        return answer

    def post(self, path: str, body: Any = None, **kwargs: Any) -> Answer:
        return self.call("POST", path, body, **kwargs)

    def outlets(self) -> list[dict[str, Any]]:
        units: list[dict[str, Any]] = self.get("/api/v1/units").body
        return [u for u in units if u["level"] == "sub_branch"]

    def texts(self, number: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"/sandbox/api/phones/{number}").body
        return found

    def phones_with_texts(self) -> dict[str, list[dict[str, Any]]]:
        numbers: list[str] = self.get("/sandbox/api/phones").body
        texts = {number: self.texts(number) for number in numbers}
        return {number: found for number, found in texts.items() if found}


def complaint(number: int | str, unit: str, **given: Any) -> dict[str, Any]:
    """A valid body; another client for each number."""
    return {
        "source": "crm", "source_ref": f"ref-{number}", "unit": unit, "channel": "counter",
        "received_at": datetime.now(UTC).isoformat(),
        "client": {"name": f"客户{number}", "id_number": f"31010119700101{number}"},
        **given,
    }  # fmt: skip


def _answer(status: int, body: bytes, headers: Any) -> Answer:
    try:
        decoded = json.loads(body) if body else None
    except ValueError:
        decoded = None
    return Answer(status, decoded, {k.lower(): v for k, v in headers.items()})
