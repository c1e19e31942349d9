"""The cookies of sign-in, and where a browser may go on to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flask import Response

from core.settings import Settings
from dashboard.signin.cookie_names import session_cookie
from dashboard.signin.tickets import DEVICE_SECONDS, STEP_SECONDS

SameSite = Literal["Lax", "Strict"]


@dataclass(frozen=True)
class Cookies:
    """Their names and attributes. Over https they are bound to this very host (``__Host-``)."""

    public_url: str

    @classmethod
    def of(cls, settings: Settings) -> Cookies:
        return cls(settings.web.public_url)

    @property
    def secure(self) -> bool:
        return self.public_url.startswith("https://")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    @property
    def session(self) -> str:
        """The one that opens the house."""
        return session_cookie(self.public_url)

    @property
    def step(self) -> str:
        """Somebody half signed in."""
        return self._name("fh_step")

    @property
    def device(self) -> str:
        """A browser that has signed in before."""
        return self._name("fh_device")

    @property
    def form(self) -> str:
        """What the token of a form belongs to."""
        return self._name("fh_form")

    def set(self, response: Response, name: str, value: str) -> None:
        ages = {self.device: DEVICE_SECONDS, self.step: STEP_SECONDS}
        same: SameSite = "Lax" if name == self.session else "Strict"
        response.set_cookie(
            name, value, max_age=ages.get(name), path="/", secure=self.secure, httponly=True,
            samesite=same,
        )  # fmt: skip

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True)


def local_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, or the board. Never another host."""
    path = wanted or "/"
    # Browsers read a backslash as a slash, and leave out control characters and blanks.
    strange = any(ord(char) <= 32 or char == "\\" or ord(char) == 127 for char in path)
    if strange or not path.startswith("/") or path.startswith("//") or len(path) > 500:
        return "/"
    return "/" if path.startswith(("/sign-in", "/sign-out")) else path
