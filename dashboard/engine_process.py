"""The engine process: ticks, sends, seals, watches its gateways. As many as wanted may run.

APScheduler only keeps the beat; every deadline is a row. A wake-up by NOTIFY makes the next tick
come sooner, never instead of the regular one. What is watched is the age of the last good tick.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.engine import Connection

from alerts.sender import Sender, note_health
from alerts.signed_callback import Callback
from complaints.feed_fetcher import fetch
from core.errors import Unavailable
from core.secrets import Variable
from dashboard.bootstrap import Site, wait_until_ready
from database import journal
from database.listen import Listener
from escalation.hotline_drop import DropReader
from escalation.hotline_files import DropFolder
from escalation.hotline_sender import FeedbackSender
from escalation.media_feeds import FeedWatch

log = logging.getLogger("fenghuo.engine")
SEAL_SECONDS = 3.0
PROBE_SECONDS = 15.0
WATCH_SECONDS = 20.0
#: Answers to 95558 and its files: minutes matter there, not seconds.
HOTLINE_SECONDS = 2.0


class EngineProcess:
    """Everything that runs by itself in one process; `run` blocks until told to stop."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pace = site.settings.engine
        hosts = frozenset(site.settings.watch.internal_hosts)
        self._feeds = FeedWatch(site.system.house, partial(fetch, internal_hosts=hosts))
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._stopping = threading.Event()
        self._work = threading.Condition()
        self._generation = 0
        self._ticking = threading.Lock()
        self._started = time.time()

    def run(self) -> None:
        """Check the database, start all parts, wait for SIGTERM or SIGINT."""
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: self.stop())
        wait_until_ready(self._site.whole, self._stopping.is_set)
        if not self._stopping.is_set():
            self._site.check_keys()
        scheduler = self._scheduler()
        listener = Listener(self._site.whole.url, journal.WORK_CHANNEL, self._wake)
        threads = [
            threading.Thread(target=self._send, args=(n,), name=f"sender-{n}", daemon=True)
            for n in range(self._pace.senders)
        ]
        threads.append(threading.Thread(target=self._tick_on_wake, name="waker", daemon=True))
        # After an outage the first tick makes one text a phone of what waits; then they may leave.
        self._safely(self.tick)()
        scheduler.start()
        listener.start()
        for thread in threads:
            thread.start()
        log.info("engine %s runs", self.name)
        while not self._stopping.wait(1.0):
            pass
        listener.stop()
        scheduler.shutdown(wait=True)
        for thread in threads:
            thread.join(20)
        log.info("engine %s stopped", self.name)

    def stop(self) -> None:
        self._stopping.set()
        self._wake()

    def _scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(6)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
            timezone="UTC",
        )
        for work, seconds in (
            (self.tick, self._pace.tick_seconds),
            (self._seal, SEAL_SECONDS),
            (self._probe, PROBE_SECONDS),
            (self._watch, WATCH_SECONDS),
            *((work, HOTLINE_SECONDS) for work in self._hotline()),
        ):
            scheduler.add_job(self._safely(work), "interval", seconds=seconds)
        return scheduler

    def _safely(self, work: Callable[[], object]) -> Callable[[], None]:
        """A job that cannot raise: APScheduler would go on, but the error has to be seen."""

        def safe() -> None:
            try:
                work()
            except Unavailable as error:
                log.warning("%s", error)
            except Exception as error:
                log.exception("clockwork failed")
                self._report(type(error).__name__)

        return safe

    # --- ticking ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Run every clockwork once; an error in one is noted and does not stop the others."""
        if not self._ticking.acquire(blocking=False):
            return  # woken while a tick runs: that one, or the next regular one, sees the work
        try:
            failed: str | None = None
            for name, clockwork in self._site.system.clockworks():
                try:
                    clockwork()
                except Unavailable:
                    raise
                except Exception as error:
                    log.exception("clockwork %s failed", name)
                    failed = f"{name}: {type(error).__name__}"
            self._site.whole.run(lambda c: self._beat(c, failed))
        finally:
            self._ticking.release()

    def _beat(self, connection: Connection, error: str | None) -> None:
        connection.execute(
            sa.text(
                "INSERT INTO engine_heartbeats (engine, started_real, ticked_real, error,"
                " error_real) VALUES (:engine, clock_timestamp(), clock_timestamp(), :error,"
                " CASE WHEN CAST(:error AS text) IS NOT NULL THEN clock_timestamp() END)"
                " ON CONFLICT (engine) DO UPDATE SET ticked_real = clock_timestamp(),"
                " error = coalesce(:error, engine_heartbeats.error),"
                " error_real = coalesce(excluded.error_real, engine_heartbeats.error_real)"
            ),
            {"engine": self.name, "error": error},
        )

    def _report(self, error: str) -> None:
        """Note an error for the board; a thread must outlive even that this fails."""
        try:
            self._site.whole.run(lambda c: self._beat(c, error))
        except Exception:
            log.exception("the error could not be noted")

    def _wake(self) -> None:
        with self._work:
            self._generation += 1
            self._work.notify_all()

    def _wait_for_work(self, seen: int, seconds: float) -> int:
        """Wait until woken since `seen` or the time is up; checks first, so no wake-up is lost."""
        with self._work:
            if self._generation == seen:
                self._work.wait(seconds)
            return self._generation

    def _tick_on_wake(self) -> None:
        seen = 0
        while not self._stopping.is_set():
            before = seen
            seen = self._wait_for_work(seen, 5.0)
            if seen != before and not self._stopping.is_set():
                self._safely(self._read_what_came)()

    def _read_what_came(self) -> None:
        """Replies and receipts need no clock: read them as soon as they are there."""
        self._site.system.read_replies()
        self._site.system.apply_receipts()

    # --- sending ---------------------------------------------------------------------------

    def _send(self, number: int) -> None:
        gateways = list(self._site.gateways.values())
        sender = Sender(self._site.whole, gateways, f"{self.name}/{number}")
        while not self._stopping.is_set():
            start = self._generation
            if not self._send_all(sender):
                self._stopping.wait(0.5)
            self._wait_for_work(start, self._pace.tick_seconds)

    def _send_all(self, sender: Sender) -> bool:
        """Send until nothing is due; False after an error."""
        try:
            while not self._stopping.is_set() and sender.send_one():
                pass
        except Unavailable as error:
            log.warning("%s", error)
            return False
        except Exception as error:
            log.exception("sending failed")
            self._report(f"sender: {type(error).__name__}")
            return False
        return True

    # --- 95558 -------------------------------------------------------------------------------

    def _hotline(self) -> list[Callable[[], object]]:
        """What runs for 95558's own system, in threads of their own: neither a large file nor a
        callback that hangs keeps a tick waiting."""
        settings, house = self._site.settings, self._site.system.house
        jobs: list[Callable[[], object]] = []
        if settings.hotline.callback is not None:
            secret = settings.secrets.text(Variable.HOTLINE_SECRET).encode()
            callback = Callback(
                settings.hotline.callback.url, secret, settings.hotline.callback.timeout_seconds
            )
            sender = FeedbackSender(house, callback, self.name)
            jobs.append(sender.send_all)
        if settings.hotline.drop is not None:
            drop = settings.hotline.drop
            folder = DropFolder(Path(drop.folder), drop.settle_seconds)
            jobs.append(DropReader(self._site.system.hotline, folder, self.name).read_all)
        return jobs

    def _watch(self) -> None:
        """Look at the feeds that are due: beside the tick, for the web may be slow."""
        self._feeds.look()

    # --- sealing and probing -----------------------------------------------------------------

    def _seal(self) -> None:
        while self._site.whole.run(journal.seal) >= 5000:
            pass

    def _probe(self) -> None:
        """Ask each gateway whether it lives, so that a dead one shows before it is needed."""
        for name, gateway in self._site.gateways.items():
            error = gateway.probe()
            self._site.whole.run(lambda c, n=name, e=error: note_health(c, n, e))  # type: ignore[misc]
