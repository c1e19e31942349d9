"""The one place where all parts are put together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from datetime import time as day_time
from pathlib import Path
from typing import Any, cast

from flask import Request, g

from alerts.gateways.port import Gateway
from alerts.gateways.sandbox import SandboxGateway
from alerts.gateways.twilio import TwilioGateway
from complaints.identity import BlindIndex
from contacts.units import Unit
from core.errors import SettingsError, Unavailable
from core.secrets import Variable
from core.settings import Settings, load_settings
from core.vault import Vault
from core.viewer import Viewer
from core.words import Level
from dashboard import whoami
from dashboard.signin.cookie_names import session_cookie
from dashboard.signin.sessions import SessionCheck
from dashboard.tokens import TokenCheck
from dashboard.webhooks import STATUS_PATH
from database.area import Transactions
from database.connection import Database, business_now
from database.provision import check_ready
from escalation import rotating
from escalation.engine import Engine
from escalation.house import House
from escalation.plan_file import load_plan

log = logging.getLogger("fenghuo")


class Site:
    """One process's parts: settings, database, engine, gateways, tokens. Serves the pages too.

    `engine` and `database` are the current request's: what its viewer may see and do, and nothing
    outside a request. `system` and `whole` are the bank's own, for the engine process, webhooks
    and monitors; a route that names them says why.
    """

    def __init__(self, settings: Settings, plans_dir: Path, *, name: str) -> None:
        self.settings = settings
        url = settings.secrets.text(Variable.DATABASE_URL)
        self.whole = Database(url, name=f"fenghuo-{name}", pool_size=10)
        self._logins = Database(url, name=f"fenghuo-{name}-area", pool_size=10, role=None)
        house = House(
            self.whole,
            load_plan(settings.plan, plans_dir, settings.overlays),
            BlindIndex(settings.secrets.index_ring()),
            settings.bank.sms_signature,
            Vault(settings.secrets.data_ring(), settings.vault.cipher),
            settings.retention.years,
            settings.hotline.source,
            day_time.fromisoformat(settings.hotline.list_by) if settings.hotline.list_by else None,
        )
        self.system = Engine(house)
        self.tokens = TokenCheck(self.whole)
        self.sessions = SessionCheck(self.whole, settings.sign_in)
        self.gateways: Mapping[str, Gateway] = {
            name: _gateway(name, settings, self.whole) for name in settings.sms.gateways
        }

    @property
    def engine(self) -> Engine:
        """The verbs as the viewer of this request has them; RuntimeError outside of one."""
        if "engine" not in g:
            g.engine = self.system.for_viewer(whoami.viewer(), self._logins)
        return cast(Engine, g.engine)

    @property
    def database(self) -> Transactions:
        """The database as the viewer of this request has it."""
        return self.engine.database

    def find_viewer(self, asked: Request) -> Viewer | None:
        """By a bearer token where one is given, else by the session's cookie."""
        scheme, _, token = asked.headers.get("Authorization", "").partition(" ")
        if scheme:
            return (
                self.tokens.viewer(token.strip(), asked.remote_addr or "")
                if scheme.lower() == "bearer"
                else None
            )
        return self.sessions.find(asked.cookies.get(session_cookie(self.settings.web.public_url)))

    def dispose(self) -> None:
        """Give every connection back."""
        self.whole.dispose()
        self._logins.dispose()

    @property
    def sandbox(self) -> SandboxGateway | None:
        found = self.gateways.get("sandbox")
        return found if isinstance(found, SandboxGateway) else None

    def check_keys(self) -> None:
        """SettingsError where rows are under a version of a key that was not given."""
        house = self.system.house
        faults = self.whole.read(lambda c: rotating.missing(c, house))
        if faults:
            raise SettingsError(faults)

    def now(self) -> datetime:
        return self.whole.read(business_now)

    # --- what pages ask (dashboard.services.Services) ---------------------------------------

    def board(self) -> dict[str, Any]:
        return self.engine.board()

    def incident(self, id: int) -> dict[str, Any]:
        return self.engine.incident(id)

    def units(self) -> list[dict[str, Any]]:
        """Every unit for the API: code, name, level, parent's code."""
        tree, mine = self.engine.house.reload_tree(), self._mine()
        codes = {unit.id: unit.code for unit in tree.all()}
        order = {Level.HEAD_OFFICE: 0, Level.BRANCH: 1, Level.SUB_BRANCH: 2, Level.OUTLET: 3}
        return [
            {"code": u.code, "name": u.name, "level": u.level.value,
             "parent": codes.get(u.parent_id) if u.parent_id else None}
            for u in sorted(filter(mine, tree.all()), key=lambda u: order[u.level])
        ]  # fmt: skip

    def _mine(self) -> Callable[[Unit], bool]:
        """Whether a unit lies in the viewer's area, or above it."""
        area = whoami.viewer().area
        return lambda unit: unit.path.startswith(area) or area.startswith(unit.path)

    def map_units(self) -> list[dict[str, Any]]:
        tree, mine = self.engine.house.reload_tree(), self._mine()
        found = []
        for unit in filter(mine, tree.all()):
            branch = tree.ancestor(unit.id, Level.BRANCH)
            found.append(
                {
                    "code": unit.code, "name": unit.name, "short_name": unit.short_name,
                    "level": unit.level.value, "branch_code": branch.code if branch else None,
                    "city": unit.city, "province": unit.province,
                    "longitude": unit.longitude, "latitude": unit.latitude,
                }
            )  # fmt: skip
        return found

    def call_list(self, incident_id: int) -> list[dict[str, Any]]:
        """Whom to telephone about an incident, nearest first, numbers in full."""
        return self.engine.calls.people(incident_id)


def _gateway(name: str, settings: Settings, database: Database) -> Gateway:
    if name == "sandbox":
        return SandboxGateway(database)
    twilio = settings.sms.twilio
    assert twilio is not None  # the settings' check demands it beside `twilio` among the gateways
    return TwilioGateway(
        settings.secrets.text(Variable.TWILIO_ACCOUNT_SID),
        settings.secrets.text(Variable.TWILIO_AUTH_TOKEN),
        twilio.sender,
        status_callback_url=settings.web.public_url.rstrip("/") + STATUS_PATH,
        base_url=twilio.base_url,
    )


def wait_until_ready(database: Database, stopping: Callable[[], bool] = lambda: False) -> None:
    """Return when the database answers and is as it should be; SettingsError when it is not.

    A database that is away for a moment must not keep a process from ever starting.
    """
    while not stopping():
        try:
            database.read(check_ready)
            return
        except Unavailable:
            log.warning("waiting for the database")
            time.sleep(1.0)


def build_site(
    config: Path, environ: Mapping[str, str], *, need: frozenset[Variable], name: str
) -> Site:
    """Read the settings and put a process's parts together; SettingsError with all faults."""
    settings = load_settings(config, environ, need=need)
    return Site(settings, config.parent / "plans", name=name)
