"""The way in, step by step: password, second factor, what is owed, and only then a session.

Who owes a second factor or a password of their own has no session yet: until that is done there
is nothing but these steps that they could reach.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import FieldFault, InvalidInput
from core.rights import Access
from core.settings import SignInSettings
from dashboard.signin import accounts, failures, passwords, second_factor, sessions
from dashboard.signin.devices import counted_address, device_words, masked_address
from dashboard.signin.keys import Keys
from dashboard.signin.lockout import Counted, counts_for
from dashboard.signin.passwords import ONE_TIME_DAYS, Passwords
from dashboard.signin.tickets import Device, HalfDone, Tickets
from database.connection import Database

Step = Literal["code", "enrol", "password"]


@dataclass(frozen=True)
class Visitor:
    """Whose request it is: network address, browser in its own words, device cookie."""

    address: str
    user_agent: str
    device: Device


@dataclass(frozen=True)
class Wrong:
    """Login and password do not belong together, or the login is unknown, or disabled."""


@dataclass(frozen=True)
class Expired:
    """The right one-time password, but it was handed over too long ago."""


@dataclass(frozen=True)
class TooSoon:
    """Not judged at all: one may try again at this moment (real time, aware)."""

    at: datetime
    seconds: int


@dataclass(frozen=True)
class Owes:
    """The password was right; this is the next step."""

    step: Step
    half_done: HalfDone


@dataclass(frozen=True)
class In:
    """Signed in: the new session's cookie, and the device that is known from now on."""

    cookie: str
    device: Device


class Door:
    """One a web process."""

    def __init__(
        self, database: Database, keys: Keys, limits: SignInSettings, checker: Passwords
    ) -> None:
        self._database, self._keys, self._limits = database, keys, limits
        self.passwords, self.tickets = checker, Tickets(keys)

    # --- the steps -----------------------------------------------------------------------------

    def knock(
        self, login: str, password: str, visitor: Visitor
    ) -> Wrong | Expired | TooSoon | Owes | In:
        """Judge login and password. Known or not, right or not: one hash, and the same answer."""
        login = accounts.fold_login(login)[:100]
        keys = {"login": login, "days": ONE_TIME_DAYS}
        row = self._database.read(lambda c: c.execute(_BY_LOGIN, keys).one_or_none())
        known = row is not None and visitor.device.knows(row.id)
        counts = self._counts(login, visitor, known=known)
        early = self._attempt(counts)
        if early is not None:
            return early
        stored = row.password_hash if row is not None and row.disabled_real is None else None
        if len(password) > passwords.LONGEST:
            password, stored = "", None
        if not self.passwords.check(stored, password) or row is None or stored is None:
            return Wrong()
        self._rehash(row.id, stored, password)
        self._database.run(lambda c: failures.succeeded(c, counts))
        if row.one_time_over:
            return Expired()
        held = self._database.read(lambda c: _account(c, row.id))
        return self._onward(HalfDone(row.id, self.tickets.mark(held.password_hash)), visitor)

    def owed(self, half_done: HalfDone | None) -> Step | None:
        """The step that somebody half signed in owes; None where the ticket holds no more."""
        row = self._holder(half_done)
        return None if row is None or half_done is None else self._step(row, half_done)

    def code(self, half_done: HalfDone, code: str, visitor: Visitor) -> Wrong | TooSoon | Owes | In:
        """Judge a code of the second factor or a recovery code."""
        row = self._holder(half_done)
        if row is None or self._step(row, half_done) != "code":
            return Wrong()
        counts = self._counts(row.login, visitor, known=visitor.device.knows(row.id), code=True)

        def work(connection: Connection) -> str | TooSoon | None:
            now = failures.real_now(connection)
            early = failures.attempt(connection, counts, now)
            if early is not None:
                return _too_soon(early, now)
            factor = second_factor.use_code(connection, self._keys, row.id, code, now)
            if factor is not None:
                failures.succeeded(connection, counts)
            if factor == "recovery":
                accounts.note(connection, "recovery_code_used", row.id, f"account:{row.id}")
            return factor

        done = self._database.run(work)
        if isinstance(done, TooSoon):
            return done
        if done is None:
            return Wrong()
        return self._onward(replace(half_done, factor=done), visitor)

    def offer(self, half_done: HalfDone) -> tuple[str, str] | None:
        """Secret and login for one who must set up a second factor now; None where not owed."""
        row = self._holder(half_done)
        if row is None or self._step(row, half_done) != "enrol":
            return None
        secret = self._database.run(lambda c: second_factor.begin(c, self._keys, row.id))
        return secret, str(row.login)

    def enrol(self, half_done: HalfDone, code: str) -> tuple[HalfDone, tuple[str, ...]] | None:
        """Prove the second factor; the recovery codes. InvalidInput for a wrong code."""
        row = self._holder(half_done)
        if row is None or self._step(row, half_done) != "enrol":
            return None
        codes = self.prove(row.id, code, f"account:{row.id}")
        return replace(half_done, factor="totp"), codes

    def new_password(
        self, half_done: HalfDone, password: str, visitor: Visitor
    ) -> Wrong | Owes | In:
        """Put an own password in place of the one-time one; InvalidInput says what it lacks."""
        row = self._holder(half_done)
        if row is None or self._step(row, half_done) != "password":
            return Wrong()
        hashed = self._chosen(row, password)
        self._database.run(
            lambda c: accounts.set_password(c, row.id, hashed, keep=None, actor=f"account:{row.id}")
        )
        return self._onward(replace(half_done, mark=self.tickets.mark(hashed)), visitor)

    def onward(self, half_done: HalfDone, visitor: Visitor) -> Wrong | Owes | In:
        """Go on after a step that was done (recovery codes kept)."""
        return self._onward(half_done, visitor)

    # --- one's own account, signed in ------------------------------------------------------------

    def change_password(
        self, account_id: int, old: str, new: str, session_id: int | None, visitor: Visitor, *,
        actor: str,
    ) -> TooSoon | None:  # fmt: skip
        """Change one's own password; all other sessions end. InvalidInput names the field."""
        early = self.confirm(account_id, old, visitor, field="old")
        if early is not None:
            return early
        row = self._database.read(lambda c: _account(c, account_id))
        hashed = self._chosen(row, new)
        self._database.run(
            lambda c: accounts.set_password(c, account_id, hashed, keep=session_id, actor=actor)
        )
        return None

    def confirm(
        self, account_id: int, password: str, visitor: Visitor, *, field: str = "password"
    ) -> TooSoon | None:
        """Whether it is really they; InvalidInput where the password is wrong."""
        row = self._database.read(lambda c: _account(c, account_id))
        # In a session of theirs it is their browser, whether or not it still has its cookie.
        counts = self._counts(row.login, visitor, known=True)
        early = self._attempt(counts)
        if early is not None:
            return early
        if not self.passwords.check(row.password_hash, password[: passwords.LONGEST + 1]):
            raise InvalidInput([FieldFault(
                field, "密码不对", "the password is wrong", "请输入现在的密码",
                "enter the present password",
            )])  # fmt: skip
        self._database.run(lambda c: failures.succeeded(c, counts))
        return None

    def begin(self, account_id: int) -> str:
        """A secret for one's own second factor; Conflict where there is one."""
        return self._database.run(lambda c: second_factor.begin(c, self._keys, account_id))

    def prove(
        self, account_id: int, code: str, actor: str, session_id: int | None = None
    ) -> tuple[str, ...]:
        """Take one's second factor into use; the recovery codes. All other sessions end."""

        def work(connection: Connection) -> tuple[str, ...]:
            now = failures.real_now(connection)
            codes = second_factor.prove(connection, self._keys, account_id, code, now)
            sessions.end_all(connection, account_id, "second_factor", keep=session_id)
            connection.execute(_NOW_WITH_FACTOR, {"id": session_id})
            accounts.note(connection, "second_factor_set", account_id, actor)
            return codes

        return self._database.run(work)

    def new_recovery_codes(self, account_id: int, actor: str) -> tuple[str, ...]:
        """Ten new codes; the former ones are void."""

        def work(connection: Connection) -> tuple[str, ...]:
            accounts.note(connection, "recovery_codes_renewed", account_id, actor)
            return second_factor.renew_recovery_codes(connection, self._keys, account_id)

        return self._database.run(work)

    # --- parts -----------------------------------------------------------------------------------

    def _onward(self, half_done: HalfDone, visitor: Visitor) -> Wrong | Owes | In:
        row = self._holder(half_done)
        if row is None:
            return Wrong()
        step = self._step(row, half_done)
        if step is not None:
            return Owes(step, half_done)
        return self.let_in(row.id, half_done.factor, visitor)

    def let_in(self, account_id: int, factor: str | None, visitor: Visitor) -> In:
        """Start the session: everything has been given."""

        def work(connection: Connection) -> str:
            cookie = sessions.start(
                connection,
                account_id,
                device=device_words(visitor.user_agent),
                address=masked_address(visitor.address),
                factor=factor,
            )
            accounts.note(
                connection, "signed_in", account_id, f"account:{account_id}", factor=factor
            )
            failures.sweep(connection)
            sessions.sweep(connection)
            return cookie

        return In(self._database.run(work), visitor.device.learns(account_id))

    def _holder(self, half_done: HalfDone | None) -> sa.Row[Any] | None:
        if half_done is None:
            return None
        row = self._database.read(lambda c: _account(c, half_done.account_id))
        same = row is not None and self.tickets.mark(row.password_hash) == half_done.mark
        return row if same and row.disabled_real is None else None

    def _step(self, row: sa.Row[Any], half_done: HalfDone) -> Step | None:
        if half_done.factor is None:
            if row.totp_since_real is not None:
                return "code"
            if {Access(role) for role in row.roles} & set(self._limits.second_factor_roles):
                return "enrol"
        return "password" if row.must_change else None

    def _chosen(self, row: sa.Row[Any], password: str) -> str:
        passwords.require_good(password, row.login, row.name)
        if self.passwords.check(row.password_hash, password):
            raise InvalidInput([FieldFault(
                "password", "新密码和原来的一样", "the new password is the old one",
                "请换一个", "choose another",
            )])  # fmt: skip
        return self.passwords.hash(password)

    def _rehash(self, account_id: int, stored: str, password: str) -> None:
        if self.passwords.outdated(stored):
            keys = {"id": account_id, "old": stored, "new": self.passwords.hash(password)}
            self._database.run(lambda c: c.execute(_REHASH, keys))

    def _counts(
        self, login: str, visitor: Visitor, *, known: bool, code: bool = False
    ) -> dict[Counted, bytes]:
        address = counted_address(visitor.address)
        parts = {
            Counted.PAIR: (login, address),
            Counted.ADDRESS: (address,),
            # Apart: a right password starts afresh, and must not buy more guesses at codes.
            Counted.DEVICE: (login, visitor.device.id, "code" if code else "password"),
            Counted.CODE: (login,),
        }
        kinds = counts_for(known_device=known, code=code)
        return {kind: self._keys.index(kind.value, *parts[kind]) for kind in kinds}

    def _attempt(self, counts: dict[Counted, bytes]) -> TooSoon | None:
        def work(connection: Connection) -> TooSoon | None:
            now = failures.real_now(connection)
            early = failures.attempt(connection, counts, now)
            return None if early is None else _too_soon(early, now)

        return self._database.run(work)


def _too_soon(at: datetime, now: datetime) -> TooSoon:
    return TooSoon(at, max(1, round((at - now).total_seconds() + 0.5)))


def _account(connection: Connection, account_id: int) -> sa.Row[Any]:
    return connection.execute(_BY_ID, {"id": account_id}).one()


_BY_LOGIN = sa.text(
    "SELECT id, password_hash, disabled_real, must_change AND password_set_real"
    " < clock_timestamp() - make_interval(days => :days) AS one_time_over"
    " FROM accounts WHERE login = :login"
)
_BY_ID = sa.text(
    "SELECT id, login, name, roles, password_hash, must_change, totp_since_real, disabled_real"
    " FROM accounts WHERE id = :id"
)
_REHASH = sa.text(
    "UPDATE accounts SET password_hash = :new WHERE id = :id AND password_hash = :old"
)
_NOW_WITH_FACTOR = sa.text("UPDATE sessions SET factor = 'totp' WHERE id = :id")
