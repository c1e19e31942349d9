"""The push over real WebSockets: who may connect, what they hear, and when they are let go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection

import pytest
import sqlalchemy as sa
from flask import Flask, Request
from werkzeug.serving import make_server

from core.rights import Access
from core.settings import SignInSettings
from core.viewer import Viewer
from dashboard.app import create_app
from dashboard.pages import board
from dashboard.signin import sessions
from dashboard.web_safety.sockets import may_connect
from tests.browser.fake_services import FakeServices
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import SignedIn, sign_in
from tests.system.running import eventually
from tests.web_safety.socket_client import Push


@dataclass
class PushSite:
    """A web server whose viewers are sessions of a real database; `services.bell` is a NOTIFY."""

    db: TestDatabase
    services: FakeServices = field(default_factory=FakeServices)
    opened: list[Push] = field(default_factory=list)

    def start(self) -> PushSite:
        self.services.find_viewer = self.viewer_of  # type: ignore[method-assign]
        self.server: Flask = create_app(
            self.services, pages=(board.register,), parts=(), listen=self.services.bell,
            holds=lambda ids: self.db.app.read(
                lambda c: sessions.areas_now(c, ids, SignInSettings())
            ),
        )  # fmt: skip
        self.http = make_server("127.0.0.1", 0, self.server, threaded=True)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def viewer_of(self, asked: Request) -> Viewer | None:
        return sessions.find(self.db.app, asked.cookies.get("s"), SignInSettings())

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def push(self, who: SignedIn | None, **headers: str) -> Push:
        given = {"Origin": self.origin, "Cookie": f"s={who.cookie}" if who else ""}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        one = Push(f"{self.origin}/", {k: v for k, v in given.items() if v}).connect()
        self.opened.append(one)
        return one

    def stop(self) -> None:
        for one in self.opened:
            one.close()
        self.server.extensions["fenghuo_live"].stop()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def scene(db: TestDatabase) -> Scene:
    return Scene(db)


@pytest.fixture
def site(scene: Scene) -> Iterator[PushSite]:
    running = PushSite(scene.db).start()
    yield running
    running.stop()


def test_nobody_connects_unknown_or_from_elsewhere(site: PushSite) -> None:
    who = sign_in(site.db, unit="SH", roles=[Access.BRANCH])
    ours = {"Host": site.origin[7:], "Origin": site.origin, "Cookie": f"s={who.cookie}"}
    for changed in (
        {"Cookie": ""},
        {"Cookie": "s=" + "x" * 43},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ):
        assert _status(site, ours | changed) == 403, changed
    assert _status(site, ours) != 403
    assert site.push(who).open


def _status(site: PushSite, headers: dict[str, str]) -> int:
    """What a plain request for the socket is told; without an upgrade it ends there."""
    connection = HTTPConnection("127.0.0.1", site.http.server_port)
    connection.putrequest("GET", "/socket.io/?EIO=4&transport=websocket", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_a_push_says_only_that_there_is_something_new(site: PushSite) -> None:
    one = site.push(sign_in(site.db, unit="SH", roles=[Access.BRANCH]))
    other = site.push(sign_in(site.db, unit="HO", roles=[Access.HEAD_OFFICE]))
    live = site.server.extensions["fenghuo_live"]
    assert live.connected.areas() == {"/1/", "/1/2/"}
    site.services.bell.ring()
    for push in (one, other):
        assert push.listen(1.0).heard == [["revision"]]


def test_a_client_may_say_nothing(site: PushSite) -> None:
    """Nothing listens to its words, and a long one ends the connection."""
    one = site.push(sign_in(site.db, unit="SH", roles=[Access.BRANCH]))
    other = site.push(sign_in(site.db, unit="NJ", roles=[Access.BRANCH]))
    one.say("revision")
    one.say("join", "area:/1/")
    assert other.listen(0.3).heard == one.listen(0.3).heard == []
    one.say("x", "y" * 5000)
    assert not one.listen(2.0).open


def test_whose_session_ends_is_let_go(site: PushSite) -> None:
    ended = sign_in(site.db, unit="SH", roles=[Access.BRANCH])
    moved = sign_in(site.db, unit="SH", roles=[Access.BRANCH])
    stays = sign_in(site.db, unit="SH", roles=[Access.BRANCH])
    pushes = [site.push(who) for who in (ended, moved, stays)]
    assert ended.viewer.session_id is not None
    session = ended.viewer.session_id
    site.db.app.run(lambda c: sessions.end(c, ended.viewer.id, session, "signed out"))
    site.db.app.run(
        lambda c: c.execute(
            sa.text(
                "UPDATE accounts SET unit_id = (SELECT id FROM units WHERE code = 'NJ')"
                " WHERE id = :id"
            ),
            {"id": moved.viewer.id},
        )
    )
    eventually(lambda: not pushes[0].listen(0.2).open and not pushes[1].listen(0.2).open, 8)
    assert pushes[2].listen(0.2).open


def test_a_token_has_no_push() -> None:
    viewer = Viewer("token", 1, "crm", 1, "/1/", frozenset())
    assert not may_connect(viewer) and not may_connect(None)
