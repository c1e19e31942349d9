"""Signed values that a browser carries: a known device, a sign-in half done, a form's token."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from dashboard.signin.keys import Keys

STEP_SECONDS = 600
#: As long as browsers keep a cookie at all (RFC 6265bis: 400 days).
DEVICE_SECONDS = 400 * 24 * 3600
_MOST_ACCOUNTS = 8


@dataclass(frozen=True)
class Device:
    """A browser and the accounts that have signed in from it."""

    id: str
    accounts: tuple[int, ...] = ()

    def knows(self, account_id: int | None) -> bool:
        return account_id in self.accounts

    def learns(self, account_id: int) -> Device:
        others = tuple(a for a in self.accounts if a != account_id)
        return Device(self.id, (account_id, *others)[:_MOST_ACCOUNTS])


@dataclass(frozen=True)
class HalfDone:
    """Somebody who gave the right password and owes a step more; `mark` is of that password."""

    account_id: int
    mark: str
    factor: str | None = None


class Tickets:
    """Writes and reads them; what is not ours, changed or too old reads as nothing."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._device, self._step = self._serializer("device"), self._serializer("step")

    def _serializer(self, use: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._keys.signing_key, salt=use, signer_kwargs={"digest_method": sha256}
        )

    def device(self, cookie: str | None) -> Device:
        """The browser that this cookie says it is, or one never seen."""
        held = _read(self._device, cookie, DEVICE_SECONDS)
        if held is None:
            return Device(secrets.token_urlsafe(16))
        return Device(str(held["d"]), tuple(int(account) for account in held["a"]))

    def device_cookie(self, device: Device) -> str:
        return str(self._device.dumps({"d": device.id, "a": list(device.accounts)}))

    def half_done(self, cookie: str | None) -> HalfDone | None:
        held = _read(self._step, cookie, STEP_SECONDS)
        return None if held is None else HalfDone(int(held["i"]), str(held["m"]), held["f"])

    def half_done_cookie(self, step: HalfDone) -> str:
        return str(self._step.dumps({"i": step.account_id, "m": step.mark, "f": step.factor}))

    def mark(self, password_hash: str) -> str:
        """Changes with the password: a ticket from before opens nothing after."""
        return self._keys.index("mark", password_hash).hex()[:32]

    def form_token(self, cookie: str) -> str:
        """What a form must bring along, for this browser's form cookie."""
        return self._keys.index("form", cookie).hex()

    def form_holds(self, cookie: str | None, token: str) -> bool:
        return bool(cookie) and hmac.compare_digest(
            self.form_token(str(cookie)).encode(), token.encode()
        )


def _read(serializer: URLSafeTimedSerializer, cookie: str | None, seconds: int) -> Any:
    if not cookie or len(cookie) > 2000:
        return None
    try:
        return serializer.loads(cookie, max_age=seconds)
    except BadSignature:
        return None
