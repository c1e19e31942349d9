"""A browser without pictures: it keeps cookies, reads forms and sends them back."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from argon2 import PasswordHasher
from argon2.low_level import Type
from flask import Flask
from werkzeug.test import TestResponse

from core.rights import Access
from dashboard.signin import accounts
from dashboard.signin.passwords import Passwords
from dashboard.signin_routes import SignIn, sign_in_of
from tests.postgres import TestDatabase

OURS = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
PASSWORD = "correct horse battery"


def cheap() -> PasswordHasher:
    """Argon2id all the same, but nobody waits for it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.ID)


class Counting(Passwords):
    """Counts what takes the time: hashes made and checked."""

    def __init__(self) -> None:
        super().__init__(cheap())
        self.work = 0

    def hash(self, password: str) -> str:
        self.work += 1
        return super().hash(password)

    def _verify(self, stored: str, password: str) -> bool:
        self.work += 1
        return super()._verify(stored, password)


def counting(server: Flask) -> Counting:
    """Put a counting, cheap checker into the app's door."""
    checker = Counting()
    checker.warm()
    checker.work = 0
    sign_in_of(server.extensions).door.passwords = checker
    return checker


def account(
    db: TestDatabase,
    login: str = "zhang",
    *,
    roles: tuple[Access, ...] = (Access.BRANCH,),
    unit: str = "SH",
    password: str = PASSWORD,
    ready: bool = True,
) -> int:
    """An account whose password is known; `ready`: no longer a one-time one."""
    value = accounts.NewAccount(login, "张三", unit, roles)
    hashed = cheap().hash(password)
    number = db.app.run(lambda c: accounts.create(c, value, hashed, actor="test"))
    if ready:
        db.app.run(lambda c: accounts.set_password(c, number, hashed, keep=None, actor="test"))
    return number


@dataclass
class Visitor:
    """One browser at one address."""

    server: Flask
    address: str = "127.1.2.3"  #: loopback: further away only https is answered
    host: str = "localhost"
    page: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.client = self.server.test_client()

    @property
    def site(self) -> SignIn:
        return sign_in_of(self.server.extensions)

    def open(self, path: str = "/sign-in", **headers: str) -> TestResponse:
        answer = self.client.get(
            path, base_url=f"http://{self.host}",
            headers={"Accept": "text/html", **headers},
            environ_overrides={"REMOTE_ADDR": self.address},
        )  # fmt: skip
        self.page = answer.get_data(as_text=True)
        return answer

    def send(
        self, path: str, *, headers: dict[str, str] | None = None, **fields: str
    ) -> TestResponse:
        """Send the form of the page that is open, its hidden fields included."""
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        answer = self.client.post(
            path, base_url=f"http://{self.host}",
            data={name: unescape(value) for name, value in hidden.items()} | fields,
            headers=OURS if headers is None else headers,
            environ_overrides={"REMOTE_ADDR": self.address},
        )  # fmt: skip
        if answer.status_code != 303:  # a browser would show where it leads, not this
            self.page = answer.get_data(as_text=True)
        return answer

    def sign_in(self, login: str = "zhang", password: str = PASSWORD) -> TestResponse:
        self.open()
        return self.send("/sign-in", login=login, password=password)

    def live(self, path: str, body: object = None) -> TestResponse:
        """A call of one of our pages' scripts."""
        if body is None:
            return self.client.get(path, environ_overrides={"REMOTE_ADDR": self.address})
        return self.client.post(
            path, json=body, headers=OURS | {"X-Fenghuo": "1"},
            environ_overrides={"REMOTE_ADDR": self.address},
        )  # fmt: skip

    def cookie(self, name: str = "fenghuo_session") -> str | None:
        held = self.client.get_cookie(name, domain="localhost")
        return held.value if held else None

    @property
    def signed_in(self) -> bool:
        return self.site.sessions.find(self.cookie()) is not None
