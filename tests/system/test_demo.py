"""`fenghuo demo`: one command up, Ctrl-C down with nothing left, started again it goes on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from database.embedded import EmbeddedPostgres
from tests.system.running import ROOT, complaint, eventually, free_port


def _start(folder: Path, port: int, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard", "demo", "--data", str(folder), "--port", str(port),
         *options],
        env={**os.environ, "FENGHUO_DEMO_TOKEN": "demo-token"}, cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def _get(port: int, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer demo-token", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read())


def _end(demo: subprocess.Popen[str], sign: int = signal.SIGINT) -> str:
    demo.send_signal(sign)
    out, _ = demo.communicate(timeout=40)
    return out


@pytest.fixture
def family() -> Iterator[list[psutil.Process]]:
    """Processes that a test saw below its demo; whatever lives at the end is ended and told."""
    seen: list[psutil.Process] = []
    yield seen
    for process in seen:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture(scope="module")
def drilling(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A demo with its drill, and its port. The story takes real time to come to a crowd: whoever
    asks for it early lets it play beside the other tests."""
    port = free_port()
    demo = _start(tmp_path_factory.mktemp("drill") / "demo", port)
    yield demo, port
    if demo.poll() is None:
        _end(demo)


@pytest.mark.timeout(180)
@pytest.mark.usefixtures("drilling")
def test_up_down_and_on_again(tmp_path: Path, family: list[psutil.Process]) -> None:
    port = free_port()
    demo = _start(tmp_path / "demo", port, "--no-drill")
    eventually(lambda: _get(port, "/healthz")["status"] == "ok", 60)
    outlet = next(u for u in _get(port, "/api/v1/units") if u["level"] == "sub_branch")["code"]
    for number in range(10):
        answer = _get(port, "/api/v1/complaints", complaint(number, outlet))
    assert answer["incident"] is not None
    family.extend(psutil.Process(demo.pid).children(recursive=True))
    names = " ".join(" ".join(p.cmdline()) for p in family)
    assert "serve" in names and "engine" in names and "postgres" in names
    out = _end(demo)
    assert demo.returncode == 0, out
    assert len([line for line in out.splitlines() if "127.0.0.1" in line]) == 3
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]

    demo = _start(tmp_path / "demo", port, "--no-drill")
    eventually(lambda: _get(port, "/healthz")["status"] == "ok", 60)
    assert [i["id"] for i in _get(port, "/api/v1/incidents?state=open")] == [answer["incident"]]
    second = _start(tmp_path / "demo", free_port(), "--no-drill")
    out, _ = second.communicate(timeout=30)
    assert second.returncode == 1 and "already runs" in out
    postmaster = int((tmp_path / "demo" / "pg" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    eventually(lambda: _get(port, "/api/v1/incidents?state=open"), 60)
    family.extend(psutil.Process(demo.pid).children(recursive=True))
    _end(demo, signal.SIGTERM)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can play another user here")
def test_embedded_postgresql_as_an_ordinary_user(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from database.embedded import EmbeddedPostgres;"
        "pg = EmbeddedPostgres(Path(sys.argv[1])); pg.start(); print(pg.pid is not None); pg.stop()"
    )
    try:
        done = subprocess.run(
            ["unshare", "-U", "--map-user=1", "--", sys.executable, "-c",
             script, str(tmp_path / "pg")],
            cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if "unshare failed" in done.stderr:
        pytest.skip("user namespaces are not allowed here")
    assert done.stdout.strip() == "True", done.stderr


def test_kill_9_of_the_postmaster_keeps_every_row(tmp_path: Path) -> None:
    import psycopg2

    server = EmbeddedPostgres(tmp_path / "pg")
    server.start()
    try:
        dsn = {"host": str(server.socket_dir), "user": "postgres", "dbname": "postgres"}
        connection = psycopg2.connect(**dsn)
        connection.cursor().execute("CREATE TABLE t AS SELECT generate_series(1, 1000)")
        connection.commit()
        server.kill()
        connection.close()
        server.start()
        connection = psycopg2.connect(**dsn)
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM t")
        assert cursor.fetchone() == (1000,)
        connection.close()
    finally:
        server.stop()


@pytest.mark.timeout(180)
def test_the_drill_opens_an_incident_and_kill_9_leaves_nothing(
    drilling: tuple[subprocess.Popen[str], int], family: list[psutil.Process]
) -> None:
    demo, port = drilling
    eventually(lambda: _get(port, "/api/v1/incidents?state=open"), 90)
    phones = _get(port, "/sandbox/api/phones")
    told = eventually(lambda: [t for n in phones for t in _get(port, f"/sandbox/api/phones/{n}")])
    assert all(text["text"].startswith("【演练】") for text in told)
    family.extend(psutil.Process(demo.pid).children(recursive=True))
    demo.kill()
    demo.communicate(timeout=10)
    eventually(
        lambda: not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE], 30
    )
