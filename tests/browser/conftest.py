"""A real browser against real pages on loopback; nothing may leave, nothing may fail quietly."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright
from werkzeug.serving import BaseWSGIServer

from core.rights import Access
from dashboard.signin.cookie_names import session_cookie
from tests.browser.bank_site import Bank, BankSite
from tests.browser.fake_services import FakeServices, serve
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.system.running import System

CHROMIUM = Path(os.environ.get("FENGHUO_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
#: What a page must show, it shows; how fast it does is not for a machine with other work to say.
expect.set_options(timeout=15_000)
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; skipped where there is none, except in CI."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Chromium at {CHROMIUM}: install Debian's `chromium`")
        pytest.skip(f"no Chromium at {CHROMIUM} (set FENGHUO_CHROMIUM to another)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@dataclass
class Guard:
    """What a page did that it must not: requests to elsewhere, errors in its scripts."""

    faults: list[str] = field(default_factory=list)
    #: Parts of console errors that the test expects (a server that it stopped, say).
    allowed: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("console", lambda m: self._say(m.text) if m.type == "error" else None)
        context.on("weberror", lambda e: self._say(f"uncaught: {e.error}"))

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK:
            self._say(f"request leaves this machine: {request.url}")

    def _say(self, text: str) -> None:
        if not any(part in text for part in self.allowed):
            self.faults.append(text)


@pytest.fixture
def guard() -> Iterator[Guard]:
    watching = Guard()
    yield watching
    assert watching.faults == []


def switch_language(page: Page) -> None:
    """Press the switch in the menu of whoever is signed in."""
    page.locator(".fh-me > summary").click()
    page.locator("#fh-switch-language").click()


@dataclass
class Site:
    """Fake services behind a real server; `stop` and `start` keep the port."""

    services: FakeServices
    server: BaseWSGIServer | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> Site:
        self.server = serve(self.services, self.port)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


@pytest.fixture
def site() -> Iterator[Site]:
    """A bank on a bad morning: four open incidents, five watches."""
    running = Site(FakeServices()).start()
    yield running
    running.stop()


@pytest.fixture
def calm_site() -> Iterator[Site]:
    """A bank where nothing burns."""
    running = Site(FakeServices(calm=True)).start()
    yield running
    running.stop()


@pytest.fixture
def system(db: TestDatabase, tmp_path: Path) -> Iterator[System]:
    """The demo bank on a real database, served by a web process of its own; no engine runs."""
    running = System(db, tmp_path)
    running.prepare()
    running.start("web")
    yield running
    running.stop()


WALL, PHONE = (1920, 1080), (390, 844)


@pytest.fixture
def contexts(browser: Browser, guard: Guard) -> Iterator[list[BrowserContext]]:
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@dataclass
class Opener:
    """Opens the board and waits until it shows a snapshot."""

    browser: Browser
    guard: Guard
    contexts: list[BrowserContext]

    def __call__(self, site: Site, size: tuple[int, int] = WALL, path: str = "") -> Page:
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]})
        self.contexts.append(context)
        self.guard.watch(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(site.url + path)
        page.wait_for_selector("#board-hero[data-filled]")
        return page


@pytest.fixture
def open_board(browser: Browser, guard: Guard, contexts: list[BrowserContext]) -> Opener:
    return Opener(browser, guard, contexts)


@pytest.fixture
def bank_site(db: TestDatabase) -> Iterator[BankSite]:
    """The real application over a real database; engine and sender run when the story says so."""
    running = BankSite(db)
    yield running
    running.stop()


@pytest.fixture
def bank(
    bank_site: BankSite, browser: Browser, guard: Guard, contexts: list[BrowserContext]
) -> Bank:
    return Bank(bank_site, browser, guard, contexts)


def on_duty(system: System) -> str:
    """The session of a duty officer of the demo bank's head office."""
    person = system.db.app.read(
        lambda c: c.execute(
            sa.text(
                "SELECT t.person_id FROM team_members t JOIN units u ON u.id = t.unit_id"
                " WHERE u.code = 'HO' AND t.role = 'duty_officer' ORDER BY t.rank, t.id LIMIT 1"
            )
        ).scalar_one()
    )
    return sign_in(
        system.db, unit="HO", roles=(Access.HEAD_OFFICE,), name="周敏", person_id=person
    ).cookie


@dataclass
class PageOpener:
    """Opens any page of a real system as its duty officer, in a context of its own or a given one.

    A given context has been signed in already.
    """

    browser: Browser
    guard: Guard
    contexts: list[BrowserContext]

    def __call__(
        self,
        system: System,
        path: str,
        size: tuple[int, int] = WALL,
        context: BrowserContext | None = None,
    ) -> Page:
        if context is None:
            context = self.browser.new_context(viewport={"width": size[0], "height": size[1]})
            self.contexts.append(context)
            self.guard.watch(context)
            cookie = {"name": session_cookie(system.url), "value": on_duty(system)}
            context.add_cookies([{**cookie, "url": system.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(system.url + path)
        return page


@pytest.fixture
def open_page(browser: Browser, guard: Guard, contexts: list[BrowserContext]) -> PageOpener:
    return PageOpener(browser, guard, contexts)
