"""The demo's supervisor: embedded database, web, engine, and the drill; all end with it."""

from __future__ import annotations

import ctypes
import fcntl
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import click
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.demo_bank import build
from core.errors import FenghuoError
from core.secrets import Variable
from dashboard import tokens
from dashboard.drill import Drill
from dashboard.signin import demo as demo_people
from dashboard.signin.passwords import Passwords
from database.clock import set_business_clock
from database.connection import Database
from database.embedded import EmbeddedPostgres
from database.provision import APP, OWNER, create_roles_and_database, migrate

log = logging.getLogger("fenghuo.demo")
ROOT = Path(__file__).parent.parent
DRILL_RATE = 60.0
_PARENT_DEATH = 1  # prctl's PR_SET_PDEATHSIG


class Demo:
    """Runs until SIGINT or SIGTERM; a part that dies is started again."""

    def __init__(self, port: int, data: Path, *, drill: bool) -> None:
        self._port, self._data, self._drill = port, data.resolve(), drill
        self._name = "fenghuo_drill" if drill else "fenghuo"
        self._stopping = threading.Event()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._lock: IO[str] | None = None

    def run(self) -> None:
        """Set everything up, start it, say where to look, wait, stop everything."""
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: self._stopping.set())
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._take_lock()
        server = EmbeddedPostgres(self._data / "pg")
        self._free_port()
        try:
            server.start()
            token = self._prepare(server)
            environ = self._environment(server, token)
            self._start(environ)
            if self._wait_until_up():
                self._greet(token)
                self._watch(server, environ, token)
        finally:
            self._stop_children()
            server.stop()

    def _take_lock(self) -> None:
        self._lock = (self._data / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FenghuoError(f"a demo already runs on {self._data}; stop it first") from None

    def _free_port(self) -> None:
        """A demo that has just died may hold the port for a moment; anybody else may not."""
        deadline = time.monotonic() + 10
        while True:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", self._port))
                    return
                except OSError:
                    if time.monotonic() > deadline or self._stopping.is_set():
                        raise FenghuoError(
                            f"port {self._port} is in use; choose another with --port"
                        ) from None
            time.sleep(0.2)

    # --- set-up ------------------------------------------------------------------------------

    def _prepare(self, server: EmbeddedPostgres) -> str:
        """Database, schema, bank, clock and token; safe to repeat on existing data."""
        create_roles_and_database(server.url(), self._name)
        migrate(server.url(OWNER, self._name))
        owner = Database(server.url(OWNER, self._name), pool_size=1, role=None)
        app = Database(server.url(APP, self._name), pool_size=1)
        token = os.environ.get("FENGHUO_DEMO_TOKEN") or self._keys()["token"]
        owner.run(self._set_clock)
        app.run(lambda c: build(c, ROOT / "examples" / "contacts" / "outlets.csv"))
        hashes = demo_people.unknown_passwords(Passwords())
        app.run(lambda c: demo_people.build(c, hashes))
        app.run(lambda c: tokens.replace(c, "demo", frozenset({"*"}), token))
        owner.dispose()
        app.dispose()
        return token

    def _set_clock(self, connection: Connection) -> None:
        """Real time, or a drill's; a drill goes on where it was, not where it would be by now."""
        if not self._drill:
            set_business_clock(connection, rate=1.0)
            return
        last = connection.scalar(sa.text("SELECT max(at) FROM journal"))
        set_business_clock(connection, now=last, rate=DRILL_RATE, drill=True)

    def _keys(self) -> dict[str, str]:
        """The demo's own keys, made once; the file is readable by its owner only."""
        path = self._data / "keys.json"
        held: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        wanted = {
            "data": secrets.token_hex(32),
            "blind_index": secrets.token_hex(32),
            "secret": secrets.token_hex(32),
            "token": f"fh_{secrets.token_urlsafe(24)}",
        }
        if not wanted.keys() <= held.keys():  # none yet, or those of an older version
            path.touch(mode=0o600)
            path.write_text(json.dumps(held := {**wanted, **held}))
        return held

    def _environment(self, server: EmbeddedPostgres, token: str) -> dict[str, str]:
        keys = self._keys()
        return {
            **os.environ,
            Variable.DATABASE_URL.value: server.url(APP, self._name),
            Variable.DATA_KEYS.value: keys["data"],
            Variable.BLIND_INDEX_KEY.value: keys["blind_index"],
            Variable.SECRET_KEY.value: keys["secret"],
            "FENGHUO_DEMO_TOKEN": token,
            demo_people.DEMO_VARIABLE: "1",
        }

    # --- processes -----------------------------------------------------------------------------

    def _start(self, environ: Mapping[str, str]) -> None:
        for name in ("web", "engine"):
            self._spawn(name, environ)

    def _spawn(self, name: str, environ: Mapping[str, str]) -> None:
        command = {
            "web": ["serve", "--config", str(ROOT / "config.yaml"), "--port", str(self._port)],
            "engine": ["engine", "--config", str(ROOT / "config.yaml")],
        }[name]
        with (self._data / f"{name}.log").open("ab") as out:
            self._children[name] = subprocess.Popen(
                [sys.executable, "-m", "dashboard", *command],
                env=dict(environ), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip

    def _wait_until_up(self) -> bool:
        """True when the web process answers; gives up after 60 s with the log's place."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self._stopping.is_set():
            if self._children["web"].poll() is not None:
                break
            try:
                with urllib.request.urlopen(self._url("/healthz"), timeout=2):
                    return True
            except (OSError, urllib.error.URLError):
                self._stopping.wait(0.2)
        if not self._stopping.is_set():
            raise FenghuoError(f"the web process did not start; see {self._data / 'web.log'}")
        return False

    def _watch(self, server: EmbeddedPostgres, environ: Mapping[str, str], token: str) -> None:
        """Keep the parts alive and let the drill run."""
        if self._drill:
            drill = Drill(self._url(""), token, self._stopping)
            threading.Thread(target=drill.run, name="drill", daemon=True).start()
        while not self._stopping.wait(1.0):
            if server.pid is None:
                click.echo("PostgreSQL ended; starting it again", err=True)
                server.start()
            for name, child in list(self._children.items()):
                if child.poll() is not None:
                    click.echo(f"{name} ended with {child.returncode}; starting it again", err=True)
                    self._spawn(name, environ)

    def _stop_children(self) -> None:
        for child in self._children.values():
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + 15
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(child, signal.SIGKILL)
                child.wait(5)

    # --- words ---------------------------------------------------------------------------------

    def _greet(self, token: str) -> None:
        story = "the drill starts now, 60 times as fast" if self._drill else "real time, no story"
        click.echo(f"Board   {self._url('/')}  ({story})")
        click.echo(f"Phones  {self._url('/sandbox')}  (answer 1 to acknowledge)")
        shown = "of FENGHUO_DEMO_TOKEN" if os.environ.get("FENGHUO_DEMO_TOKEN") else token
        click.echo(
            f"API     {self._url('/api/v1/openapi.json')}  (token {shown}); Ctrl-C stops all"
        )

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


def _die_with_parent() -> None:
    """In the child: ask the kernel for SIGTERM when the demo is gone, even by kill -9."""
    ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGTERM)


def _signal(child: subprocess.Popen[Any], sign: int) -> None:
    """Signal the child's whole process group."""
    try:
        os.killpg(child.pid, sign)
    except ProcessLookupError:
        return
