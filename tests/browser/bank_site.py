"""The real application on loopback over a real test database, with engine and sender at hand."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import sqlalchemy as sa
from werkzeug.serving import make_server

from core.secrets import NEED_SERVE, Variable
from dashboard.bootstrap import build_site
from dashboard.web_process import build_app
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

ROOT = Path(__file__).parents[2]


class BankSite:
    """A scene's bank behind the real web app. Business time runs at the pace of real time."""

    def __init__(self, db: TestDatabase) -> None:
        self.scene = Scene(db)
        db.set_time(self.scene.start, rate=1.0)
        environ = {
            Variable.DATABASE_URL.value: db.app_url,
            Variable.BLIND_INDEX_KEY.value: hashlib.sha256(b"index").hexdigest(),
            Variable.SECRET_KEY.value: hashlib.sha256(b"cookies").hexdigest(),
        }
        self.beat()
        self._site = build_site(ROOT / "config.yaml", environ, need=NEED_SERVE, name="web-test")
        self._app = build_app(self._site)
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

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
        self._server.shutdown()
        self._server.server_close()
        live = self._app.extensions["fenghuo_live"]
        live.stop()
        live.join()
        self._site.database.dispose()
