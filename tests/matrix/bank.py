"""The bank of the matrix: the story, the real web application over it, and everybody signed in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.rights import TOKEN_SCOPES, Right, rights_of
from core.settings import LimitSettings
from dashboard import doors, tokens
from dashboard.bootstrap import Site
from dashboard.signin import sessions
from dashboard.signin.cookie_names import session_cookie
from dashboard.tokens import NewToken
from dashboard.web_process import build_app
from escalation.calendar_days import DayChange
from tests.areas.story import SECRET, Story
from tests.matrix import asks
from tests.matrix.people import SEATS, Seat
from tests.matrix.things import Noting, Teller, Things, nowhere
from tests.postgres import Cluster, TestDatabase
from tests.signing_in import SignedIn, sign_in
from tests.web_safety.site import OURS, ROOT, settings_of

#: Words that nobody of Shanghai may ever be sent.
FOREIGN = tuple(
    word.encode() for word in (SECRET, "njsecret", "鼓楼", "南京", "NJ1", "gulou", "nanjing")
)
#: The matrix asks more in a second than anybody does.
_UNHURRIED = LimitSettings(
    write_per_minute=10_000_000, read_per_minute=10_000_000, session_per_minute=10_000_000,
    intake_per_minute=10_000_000,
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What came back, as its reader has it."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> bytes:
        """The body, and what is packed in it."""
        if not self.body.startswith(b"PK"):
            return self.body + self.body.decode("unicode_escape", "ignore").encode(errors="ignore")
        with zipfile.ZipFile(io.BytesIO(self.body)) as parts:
            return b"\n".join(parts.read(name) for name in parts.namelist())


class Bank:
    """One process's web application; `restore` brings its database back to the story's end."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        story = Story(cluster.fresh())
        self.own = Teller(story, "SH", "上海").tell()
        self.theirs = Teller(story, "NJ", SECRET).tell()
        self.nowhere = nowhere(self.own.now)
        self.people = {seat: self._sign_in(story.db, seat) for seat in SEATS}
        self.spare = {seat: self._second_session(story.db, seat) for seat in SEATS}
        self.tokens = {seat: self._token(story.db, seat) for seat in SEATS}
        self.theirs = replace(
            self.theirs, session=self._second_session(story.db, SEATS[0], self.theirs.account)
        )
        story.scene.engine.set_calendar_day(DayChange(date(2026, 12, 5), True, "补班"), "test")
        story.close()
        self.db = story.db
        self.db.app.dispose()
        self.db.owner.dispose()
        self.template = cluster.rename(self.db.name)
        self._copy()
        settings = settings_of(self.db).model_copy(update={"limits": _UNHURRIED})
        self.site = Site(settings, ROOT / "plans", name="matrix")
        self.server: Flask = build_app(self.site)
        self.client = self.server.test_client(use_cookies=False)

    def close(self) -> None:
        live = self.server.extensions["fenghuo_live"]
        live.stop()
        live.join()
        self.site.dispose()
        self.db.close()
        self.cluster.drop(self.template)

    def restore(self) -> None:
        """Every row as the story left it."""
        self.site.dispose()
        self.cluster.drop(self.db.name)
        self._copy()
        copies = self.site.system.house.copies  # of a later state than the database has now
        copies.tree = copies.calendar = copies.standing_seen = None
        self.site.sessions.forget()

    def _copy(self) -> None:
        self.cluster.copy(self.template, self.db.name)

    def things(self, seat: Seat) -> Things:
        """What is theirs to name: things of Shanghai, a session of their own."""
        return replace(self.own, session=self.spare[seat])

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """(method, rule) of every way in."""
        for rule in self.server.url_map.iter_rules():
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule

    def ask(
        self, who: Seat | None, method: str, rule: Rule, things: Noting, query: asks.Body
    ) -> Answer:
        """The answer to a valid request of somebody signed in, or of nobody."""
        endpoint = str(rule.endpoint)
        built = rule.build(asks.arguments(endpoint, rule, things))
        assert built is not None, rule.rule
        more: dict[str, Any] = {} if method == "GET" else asks.given(endpoint, things)
        return self.send(who, method, str(built[1]), query_string=query, **more)

    def send(self, who: Seat | None, method: str, path: str, **more: Any) -> Answer:
        """As somebody's browser sends it, or where the API is asked, as their system does."""
        headers = dict(OURS)
        if who is not None and path.startswith("/api/"):
            headers = {"Authorization": f"Bearer {self.tokens[who]}"}
        elif who is not None:
            headers["Cookie"] = f"{self.cookie_name}={self.people[who].cookie}"
        answer: TestResponse = self.client.open(path, method=method, headers=headers, **more)
        body = answer.get_data()
        answer.close()
        return Answer(answer.status_code, body)

    @property
    def first(self) -> Seat:
        """Head office's own."""
        return SEATS[0]

    @property
    def cookie_name(self) -> str:
        return session_cookie(self.site.settings.web.public_url)

    def rights(self, seat: Seat, endpoint: str) -> frozenset[Right]:
        """What they may do: the role's, of which a system has no more than tokens may."""
        held = rights_of([seat.access])
        return held & TOKEN_SCOPES if endpoint in doors.API else held

    def rows(self) -> tuple[Any, ...]:
        """What any change changes."""
        tables = ("journal", "complaints", "messages", "incidents", "accounts", "reception_rows")
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        return tuple(self.db.app.read(lambda c: c.execute(sa.text(f"SELECT {counts}")).one()))

    def _sign_in(self, db: TestDatabase, seat: Seat) -> SignedIn:
        return sign_in(
            db, unit=seat.unit, roles=[seat.access], name=f"{seat.unit}用户",
            seats=[seat.role] if seat.role else [],
        )  # fmt: skip

    def _token(self, db: TestDatabase, seat: Seat) -> str:
        """A system that may do what the role may, there."""
        scopes = rights_of([seat.access]) & TOKEN_SCOPES
        value = NewToken(seat.name, scopes=scopes, unit=seat.unit)
        return db.app.run(lambda c: tokens.create(c, value, actor="test"))

    def _second_session(self, db: TestDatabase, seat: Seat, account: int | None = None) -> int:
        number = account or self.people[seat].viewer.id
        db.app.run(
            lambda c: sessions.start(c, number, device="other", address="127.0.0.*", factor="totp")
        )
        newest = sa.text("SELECT max(id) FROM sessions WHERE account_id = :account")
        return int(db.app.read(lambda c: c.scalar(newest, {"account": number})))


@contextmanager
def told(cluster: Cluster) -> Iterator[Bank]:
    bank = Bank(cluster)
    try:
        yield bank
    finally:
        bank.close()
