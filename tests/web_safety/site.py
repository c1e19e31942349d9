"""The real application as a WSGI app over a real database, without a browser."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule

from core.secrets import NEED_SERVE, Variable
from core.settings import Settings, load_settings
from dashboard.bootstrap import Site
from dashboard.web_process import build_app
from tests.keys import DATA_KEY, INDEX_KEY
from tests.postgres import TestDatabase

ROOT = Path(__file__).parents[2]
#: As a browser on this machine says it, in a change that one of our pages makes.
OURS = {"X-Fenghuo": "1", "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def settings_of(db: TestDatabase) -> Settings:
    environ = {
        Variable.DATABASE_URL.value: db.app_url,
        Variable.BLIND_INDEX_KEY.value: INDEX_KEY.hex(),
        Variable.SECRET_KEY.value: hashlib.sha256(b"cookies").hexdigest(),
        Variable.DATA_KEYS.value: DATA_KEY.hex(),
    }
    return load_settings(ROOT / "config.yaml", environ, need=NEED_SERVE)


@contextmanager
def running(db: TestDatabase, settings: Settings | None = None) -> Iterator[Flask]:
    """The app of `build_app`, its connections given back at the end."""
    site = Site(settings or settings_of(db), ROOT / "plans", name="web-test")
    server = build_app(site)
    try:
        yield server
    finally:
        live = server.extensions["fenghuo_live"]
        live.stop()
        live.join()
        site.dispose()


def changing_rules(server: Flask) -> list[tuple[str, Rule, str]]:
    """(method, rule, an address of it) of every route that may change something."""
    found = []
    for rule in server.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            found.append((method, rule, address(rule)))
    return sorted(found, key=lambda one: (one[1].rule, one[0]))


def address(rule: Rule) -> str:
    """An address that this rule answers."""
    given = {name: _value(rule, name) for name in rule.arguments}
    built = rule.build(given)
    assert built is not None, rule.rule
    return str(built[1])


def _value(rule: Rule, name: str) -> str | int:
    converter = rule._converters[name]
    items = getattr(converter, "items", None)
    if items:
        return str(next(iter(items)))
    return 1 if type(converter).__name__ == "IntegerConverter" else "X1"
