"""Somebody at a browser of the real system: signs in by the forms, then asks as our pages do."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pyotp
import requests

from tests.system.running import System


class Person:
    """One browser. `secrets` gathers whatever of it must stay with it."""

    def __init__(self, system: System) -> None:
        self.system, self.page = system, ""
        self.web = requests.Session()
        self.web.trust_env = False
        self.web.headers.update({"Origin": system.url, "Sec-Fetch-Site": "same-origin"})
        self.secrets: set[str] = set()
        self.status, self.totp = 0, ""

    def knock(self, login: str, password: str) -> int:
        """The first form; the answer's status."""
        self._see(self.web.get(f"{self.system.url}/sign-in"))
        self._send("/sign-in", login=login, password=password)
        return self.status

    def sign_in(self, login: str, one_time: str, password: str) -> None:
        """The first time: second factor where it is owed, recovery codes, an own password."""
        assert self.knock(login, one_time) == 200
        for _ in range(5):
            step = re.search(r'name="do" value="(\w+)"', self.page)
            if step is None:
                break
            self._step(step[1], password)
        assert "fenghuo_session" in self.web.cookies, self.status
        self._keep()

    def post(self, path: str, body: Any) -> requests.Response:
        """As a page's script sends it."""
        return self.web.post(self.system.url + path, json=body, headers={"X-Fenghuo": "1"})

    def get(self, path: str) -> requests.Response:
        return self.web.get(self.system.url + path)

    def _step(self, step: str, password: str) -> None:
        if step == "enrol":
            found = re.search(r'class="in-key">([^<]+)<', self.page)
            assert found is not None
            self.totp = found[1].replace(" ", "")
            self.secrets.add(self.totp)
            self._send("/sign-in/step", code=pyotp.TOTP(self.totp).now())
        elif step == "password":
            self._send("/sign-in/step", password=password, again=password)
        else:
            assert step == "onward"
            codes = re.findall(r"<li>([^<]+)</li>", self.page)
            assert len(codes) == 10
            self.secrets.update(codes)
            self._send("/sign-in/step")

    def _send(self, path: str, **fields: str) -> None:
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', self.page))
        self._keep()
        data = {name: unescape(value) for name, value in hidden.items()} | fields
        self._see(self.web.post(self.system.url + path, data=data))

    def _see(self, answer: requests.Response) -> None:
        self.status, self.page = answer.status_code, answer.text

    def _keep(self) -> None:
        """Every cookie that it held; its parts too, where it is several joined by dots."""
        for cookie in self.web.cookies:
            if cookie.name != "lang" and cookie.value:
                self.secrets.add(cookie.value)
