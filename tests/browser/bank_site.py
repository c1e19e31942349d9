"""The real application on loopback over a real test database, with engine and sender at hand."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from core.secrets import NEED_SERVE, Variable
from dashboard.bootstrap import build_site
from dashboard.routing import Pages
from dashboard.web_process import build_app
from database import journal
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

ROOT = Path(__file__).parents[2]


class BankSite:
    """A scene's bank behind the real web app. Business time runs at the pace of real time."""

    def __init__(self, db: TestDatabase) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.scene = Scene(db)
        db.set_time(self.scene.start, rate=1.0)
        environ = {
            Variable.DATABASE_URL.value: db.app_url,
            Variable.DATA_KEYS.value: hashlib.sha256(b"data").hexdigest(),
            Variable.BLIND_INDEX_KEY.value: hashlib.sha256(b"index").hexdigest(),
            Variable.SECRET_KEY.value: hashlib.sha256(b"cookies").hexdigest(),
        }
        self.beat()
        self._site = build_site(ROOT / "config.yaml", environ, need=NEED_SERVE, name="web-test")
        self._app = build_app(self._site)
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    @property
    def pages(self) -> Pages:
        found: Pages = self._app.extensions["fenghuo_pages"]
        return found

    def beat(self) -> None:
        """Say that an engine lives, as the engine process does at the end of each tick."""
        self.scene.db.app.run(
            lambda c: c.execute(
                sa.text(
                    "INSERT INTO engine_heartbeats (engine, started_real, ticked_real)"
                    " VALUES ('test', clock_timestamp(), clock_timestamp())"
                    " ON CONFLICT (engine) DO UPDATE SET ticked_real = clock_timestamp()"
                )
            )
        )

    def stop(self) -> None:
        """End the server, the listener and the connections, so that the database can be dropped."""
        live = self._app.extensions["fenghuo_live"]
        live.stop()
        self.scene.db.app.run(journal.announce)  # wakes the listener, so that it sees the end
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        live.join()
        self._site.dispose()


class Bank:
    """The bank's site and a way to open its pages; the guard watches each of them."""

    def __init__(
        self, site: BankSite, browser: Browser, watch: object, contexts: list[BrowserContext]
    ) -> None:
        self._site, self._browser = site, browser
        self._watch, self._contexts = watch, contexts
        self.scene, self.url = site.scene, site.url

    def open(self, path: str, size: tuple[int, int], keep: Mapping[str, str] | None = None) -> Page:
        """A page in a browser of its own; `keep` is what its local storage holds already."""
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]})
        self._contexts.append(context)
        self._watch.watch(context)  # type: ignore[attr-defined]
        for key, value in (keep or {}).items():
            name, text = json.dumps(key), json.dumps(value)
            context.add_init_script(
                f"if (location.protocol === 'http:' && !localStorage.getItem({name}))"
                f" localStorage.setItem({name}, {text})"
            )
        page = context.new_page()
        page.set_default_timeout(15_000)
        self._site.beat()
        page.goto(self.url + path)
        return page
