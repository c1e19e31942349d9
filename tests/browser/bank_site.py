"""The real application on loopback over a real test database, with engine and sender at hand."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from contacts.people import MemberValue, PersonValue, save_member, save_person
from core.rights import Access
from core.secrets import NEED_SERVE, Variable
from core.words import Role
from dashboard.bootstrap import build_site
from dashboard.routing import Pages
from dashboard.signin import sessions
from dashboard.signin.cookie_names import session_cookie
from dashboard.web_process import build_app
from database import journal
from escalation.plan import Plan
from tests.engine.scene import Scene
from tests.keys import DATA_KEY, INDEX_KEY
from tests.postgres import TestDatabase
from tests.signing_in import SignedIn, sign_in

ROOT = Path(__file__).parents[2]
#: Who sits at a browser unless a test says so: name and seat.
ME = "周敏|duty_officer"


class BankSite:
    """A scene's bank behind the real web app. Business time runs at the pace of real time.

    `config` is the site's, or another beside a folder of plans; `plan` is the one that it names.
    """

    def __init__(
        self, db: TestDatabase, config: Path = ROOT / "config.yaml", plan: Plan | None = None
    ) -> None:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.scene = Scene(db, plan=plan)
        db.set_time(self.scene.start, rate=1.0)
        environ = {
            Variable.DATABASE_URL.value: db.app_url,
            Variable.DATA_KEYS.value: DATA_KEY.hex(),  # the scene's own: it seals, the site opens
            Variable.BLIND_INDEX_KEY.value: INDEX_KEY.hex(),
            Variable.SECRET_KEY.value: hashlib.sha256(b"cookies").hexdigest(),
        }
        self.beat()
        self._site = build_site(config, environ, need=NEED_SERVE, name="web-test")
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
        self._people = SignedInPeople(self.scene)

    def open(
        self,
        path: str,
        size: tuple[int, int],
        *,
        me: str | None = ME,
        keep: Mapping[str, str] | None = None,
        unit: str = "HO",
        roles: tuple[Access, ...] = (Access.HEAD_OFFICE,),
    ) -> Page:
        """A page in a browser of its own, where "name|seat" (or "name|", of no seat) is signed in.

        They see `unit` and all below it, and may do what `roles` may; None is nobody. `keep` is
        what the browser's local storage holds already.
        """
        context = self._browser.new_context(viewport={"width": size[0], "height": size[1]})
        self._contexts.append(context)
        self._watch.watch(context)  # type: ignore[attr-defined]
        if me is not None:
            self._sign_in(context, me, unit, roles)
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

    def become(self, page: Page, me: str) -> None:
        """Somebody else of head office signs in in this page's browser; the page is read anew."""
        self.sign_in_as(page, me)
        page.reload()

    def sign_in_as(self, page: Page, me: str, *, anew: bool = False) -> None:
        """Sign in in this page's browser, in another window; `anew` with a session of its own."""
        if anew:
            self._people.renew(me)
        self._sign_in(page.context, me, "HO", (Access.HEAD_OFFICE,))

    def _sign_in(
        self, context: BrowserContext, me: str, unit: str, roles: tuple[Access, ...]
    ) -> None:
        cookie = self._people.cookie(me, unit, roles)
        context.add_cookies([{"name": session_cookie(self.url), "value": cookie, "url": self.url}])


class SignedInPeople:
    """The sessions of a scene's people, begun straight in the database: one for each "name|seat".

    A seat of head office is held by its holder there, one of a branch at SH, of a sub-branch at
    SH1: the scene's person of that role, or a new one where the scene has nobody.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[tuple[str, str, tuple[Access, ...]], SignedIn] = {}

    def cookie(self, me: str, unit: str, roles: tuple[Access, ...]) -> str:
        key = (me, unit, roles)
        if key not in self._known:
            name, _, seat = me.partition("|")
            person = self._person(name, Role(seat)) if seat else None
            self._known[key] = sign_in(
                self._scene.db, unit=unit, roles=roles, name=name, person_id=person
            )
        return self._known[key].cookie

    def renew(self, me: str) -> None:
        """Another session of the same accounts."""
        for (who, unit, roles), known in list(self._known.items()):
            if who == me:
                account = known.viewer.id
                cookie = self._scene.db.app.run(
                    lambda c, account=account: sessions.start(
                        c, account, device="test", address="127.0.0.*", factor="totp"
                    )
                )
                self._known[who, unit, roles] = replace(known, cookie=cookie)

    def _person(self, name: str, role: Role) -> int:
        place = {"branch": "SH", "sub": "SH1"}.get(role.value.partition("_")[0], "HO")
        held = self._scene.people.get((place, role))
        if held is None:
            held = self._scene.db.app.run(lambda c: _staff(c, name, place, role))
            self._scene.people[place, role] = held
        return held


def _staff(connection: sa.Connection, name: str, unit: str, role: Role) -> int:
    unit_id = connection.execute(
        sa.text("SELECT id FROM units WHERE code = :code"), {"code": unit}
    ).scalar_one()
    person = save_person(connection, PersonValue(name=name, unit_id=unit_id))
    save_member(connection, MemberValue(unit_id=unit_id, role=role, person_id=person))
    return person
