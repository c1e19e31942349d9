"""The web process: the Flask app under gunicorn's gthread worker, also in the demo."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from core.secrets import Variable
from core.settings import Settings
from dashboard import api, health, problems, refusals, sandbox_api, webhooks
from dashboard.app import create_app
from dashboard.bootstrap import Site, wait_until_ready
from dashboard.signin import sessions
from dashboard.web_safety import proxies
from dashboard.web_safety.gunicorn_log import QuietGunicornLogger


def build_app(site: Site) -> Flask:
    """Pages, API, webhooks and, with the sandbox gateway only, the virtual phones."""
    wait_until_ready(site.whole)
    site.check_keys()
    server = create_app(
        site,
        holds=lambda ids: _sessions(site, ids),
        refused=lambda area: site.whole.read(lambda c: refusals.recent(c, area)),
    )
    problems.register(server)
    api.register(server, site)
    health.register(server, site)
    if "twilio" in site.gateways:
        webhooks.register(
            server,
            site.system,
            public_base_url=site.settings.web.public_url,
            auth_token=site.settings.secrets.text(Variable.TWILIO_AUTH_TOKEN),
        )
    if site.sandbox is not None:
        sandbox_api.register(server, site.sandbox, site.system)
    server.wsgi_app = proxies.OnlyEncrypted(  # type: ignore[method-assign]
        server.wsgi_app, site.settings.web.trusted_proxy
    )
    return server


def _sessions(site: Site, ids: Collection[int]) -> Mapping[int, str]:
    limits = site.settings.sign_in
    return site.whole.read(lambda c: sessions.areas_now(c, ids, limits))


class _Gunicorn(BaseApplication):  # type: ignore[misc]
    """gunicorn with our settings; the app is made in each worker, after the fork."""

    def __init__(self, settings: Settings, make: Callable[[], Flask]) -> None:
        self._settings, self._make = settings, make
        super().__init__()

    def load_config(self) -> None:
        web = self._settings.web
        values: dict[str, Any] = {
            "bind": f"{web.bind}:{web.port}",
            "workers": web.workers,
            "worker_class": "gthread",
            "threads": web.threads,
            "timeout": 60,
            "graceful_timeout": 5,
            "keepalive": 30,
            "accesslog": None,
            "errorlog": "-",
            "loglevel": "warning",
            "proc_name": "fenghuo-web",
            "control_socket_disable": True,
            **proxies.gunicorn_tls(web.tls),
            "logger_class": QuietGunicornLogger,
            # Whose word about the outer address counts is our own decision (trusted_proxy).
            "forwarded_allow_ips": "",
        }
        for name, value in values.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make()


def serve(settings: Settings, make_site: Callable[[], Site]) -> None:
    """Serve until stopped."""
    _Gunicorn(settings, lambda: build_app(make_site())).run()
