"""Accounts: who may sign in, as what, for which unit. Every change is journalled, by id alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.rights import Access
from dashboard.signin import second_factor
from dashboard.signin.sessions import end_all
from database import journal
from database.connection import business_now


@dataclass(frozen=True)
class NewAccount:
    """What an account is made of. `unit` is a unit's code: the area is that unit and below."""

    login: str
    name: str
    unit: str
    roles: tuple[Access, ...]
    person_id: int | None = None


@dataclass(frozen=True)
class Account:
    """An account as those see it who manage it; times are real and aware."""

    id: int
    login: str
    name: str
    unit: str
    unit_name: str
    person_id: int | None
    roles: tuple[Access, ...]
    must_change: bool
    second_factor: bool
    disabled: bool
    created: datetime
    seen: datetime | None
    sessions: int


def fold_login(login: str) -> str:
    """Logins are the same whatever their case and width."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def create(connection: Connection, value: NewAccount, password_hash: str, *, actor: str) -> int:
    """A new account with a one-time password; its id. InvalidInput names the fields at fault,
    Conflict a login that is taken."""
    login, roles = fold_login(value.login), _roles(value.roles)
    faults = [*_words_at_fault(login, value.name), *_roles_at_fault(roles)]
    unit = connection.execute(_UNIT, {"code": value.unit}).scalar_one_or_none()
    if unit is None:
        faults.append(_fault("unit", "没有这个机构", "no such unit", "请选择机构", "choose a unit"))
    faults += _person_at_fault(connection, value.person_id)
    if faults:
        raise InvalidInput(faults)
    made = connection.execute(
        _INSERT,
        {"login": login, "name": value.name.strip(), "person": value.person_id, "unit": unit,
         "roles": [role.value for role in roles], "hash": password_hash},
    ).scalar_one_or_none()  # fmt: skip
    if made is None:
        raise Conflict("这个登录名已有人用", "this login is taken")
    after = {"unit": value.unit, "roles": roles, "person": value.person_id}
    _note(connection, "account_created", int(made), actor, after=after)
    return int(made)


def change(
    connection: Connection,
    account_id: int,
    *,
    roles: Iterable[Access],
    unit: str,
    actor: str,
) -> None:
    """Other roles or another unit; the account's sessions end, so that they hold at once."""
    now = _locked(connection, account_id)
    wanted = _roles(roles)
    faults = _roles_at_fault(wanted)
    unit_id = connection.execute(_UNIT, {"code": unit}).scalar_one_or_none()
    if unit_id is None:
        faults.append(_fault("unit", "没有这个机构", "no such unit", "请选择机构", "choose a unit"))
    if faults:
        raise InvalidInput(faults)
    before = {"unit": now.code, "roles": list(now.roles)}
    after = {"unit": unit, "roles": [role.value for role in wanted]}
    if before == after:
        return
    if Access.ADMINISTRATOR not in wanted:
        _keep_an_administrator(connection, now)
    connection.execute(_CHANGE, {"id": account_id, "roles": after["roles"], "unit": unit_id})
    end_all(connection, account_id, "changed")
    _note(connection, "account_changed", account_id, actor, before=before, after=after)


def disable(connection: Connection, account_id: int, *, actor: str) -> None:
    """Nobody signs in with it any more; its sessions end."""
    now = _locked(connection, account_id)
    if now.disabled_real is not None:
        return
    _keep_an_administrator(connection, now)
    connection.execute(_DISABLE, {"id": account_id})
    end_all(connection, account_id, "disabled")
    _note(connection, "account_disabled", account_id, actor)


def enable(connection: Connection, account_id: int, *, actor: str) -> None:
    if _locked(connection, account_id).disabled_real is not None:
        connection.execute(_ENABLE, {"id": account_id})
        _note(connection, "account_enabled", account_id, actor)


def reset(
    connection: Connection, account_id: int, password_hash: str, *, factor: bool, actor: str
) -> None:
    """A one-time password in place of the one that was lost; `factor`: the second one goes too."""
    _locked(connection, account_id)
    connection.execute(_PASSWORD, {"id": account_id, "hash": password_hash, "must": True})
    if factor:
        second_factor.remove(connection, account_id)
    end_all(connection, account_id, "reset")
    _note(connection, "password_reset", account_id, actor, after={"second_factor": not factor})


def set_password(
    connection: Connection, account_id: int, password_hash: str, *, keep: int | None, actor: str
) -> None:
    """A password that its holder chose; all sessions end but `keep`."""
    connection.execute(_PASSWORD, {"id": account_id, "hash": password_hash, "must": False})
    end_all(connection, account_id, "password", keep=keep)
    _note(connection, "password_changed", account_id, actor)


def by_login(connection: Connection, login: str) -> int:
    """The account's id; NotFound."""
    found = connection.execute(
        sa.text("SELECT id FROM accounts WHERE login = :login"), {"login": fold_login(login)}
    ).scalar_one_or_none()
    if found is None:
        raise NotFound("account")
    return int(found)


def listed(connection: Connection) -> list[Account]:
    """All accounts, those in use first, by login."""
    return [
        Account(**{**row._mapping, "roles": tuple(Access(role) for role in row.roles)})
        for row in connection.execute(_LIST)
    ]


def note(connection: Connection, verb: str, account_id: int, actor: str, **after: Any) -> None:
    """Journal what somebody did with their own account."""
    _note(connection, verb, account_id, actor, after=after or None)


def _note(
    connection: Connection,
    verb: str,
    account_id: int,
    actor: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    entry = journal.Entry(verb, f"account:{account_id}", actor, before=before, after=after)
    journal.write(connection, business_now(connection), entry)


def _locked(connection: Connection, account_id: int) -> sa.Row[Any]:
    row = connection.execute(_LOCK, {"id": account_id}).one_or_none()
    if row is None:
        raise NotFound("account")
    return row


def _keep_an_administrator(connection: Connection, leaving: sa.Row[Any]) -> None:
    """Refuse what would leave nobody to manage accounts."""
    if Access.ADMINISTRATOR not in leaving.roles or leaving.disabled_real is not None:
        return
    # The lock on all of them: two who leave at one moment must see each other.
    others = connection.execute(_ADMINISTRATORS).scalars().all()
    if not set(others) - {leaving.id}:
        raise Conflict(
            "这是最后一位系统管理员，请先设另一位",
            "this is the last administrator; make another first",
        )


def _roles(roles: Iterable[Access]) -> tuple[Access, ...]:
    wanted = set(roles)
    return tuple(role for role in Access if role in wanted)


def _roles_at_fault(roles: tuple[Access, ...]) -> list[FieldFault]:
    if not roles:
        return [_fault("roles", "没有选角色", "no role", "至少选一个角色", "choose at least one")]
    if Access.ADMINISTRATOR in roles and len(roles) > 1:
        return [_fault(
            "roles", "系统管理员不得兼任其他角色", "an administrator may have no other role",
            "请另设一个账号", "make another account for it",
        )]  # fmt: skip
    return []


def _words_at_fault(login: str, name: str) -> Iterable[FieldFault]:
    allowed = set("._-@")
    if not 2 <= len(login) <= 60 or any(not (c.isalnum() or c in allowed) for c in login):
        yield _fault(
            "login", "登录名不合规", "not a login",
            "2到60位字母、数字或 . _ - @", "2 to 60 letters, digits or . _ - @",
        )  # fmt: skip
    if not 1 <= len(name.strip()) <= 60:
        yield _fault("name", "请填写姓名", "the name is missing", "60字以内", "up to 60 characters")


def _person_at_fault(connection: Connection, person_id: int | None) -> list[FieldFault]:
    if person_id is None or connection.execute(_PERSON, {"id": person_id}).scalar_one_or_none():
        return []
    return [_fault("person", "通讯录没有这个人", "no such person in the contacts",
                   "请从通讯录选人", "choose one of the contacts")]  # fmt: skip


def _fault(field: str, zh: str, en: str, remedy_zh: str, remedy_en: str) -> FieldFault:
    return FieldFault(field, zh, en, remedy_zh, remedy_en)


_UNIT = sa.text("SELECT id FROM units WHERE code = :code AND active")
_PERSON = sa.text("SELECT id FROM people WHERE id = :id AND active")
_INSERT = sa.text(
    "INSERT INTO accounts (login, name, person_id, unit_id, roles, password_hash, must_change)"
    " VALUES (:login, :name, :person, :unit, :roles, :hash, true)"
    " ON CONFLICT (login) DO NOTHING RETURNING id"
)
_LOCK = sa.text(
    "SELECT a.id, a.roles, a.disabled_real, u.code FROM accounts a JOIN units u ON u.id = a.unit_id"
    " WHERE a.id = :id FOR UPDATE OF a"
)
_ADMINISTRATORS = sa.text(
    "SELECT id FROM accounts WHERE disabled_real IS NULL AND 'administrator' = ANY(roles)"
    " ORDER BY id FOR UPDATE"
)
_CHANGE = sa.text("UPDATE accounts SET roles = :roles, unit_id = :unit WHERE id = :id")
_DISABLE = sa.text("UPDATE accounts SET disabled_real = clock_timestamp() WHERE id = :id")
_ENABLE = sa.text("UPDATE accounts SET disabled_real = NULL WHERE id = :id")
_PASSWORD = sa.text(
    "UPDATE accounts SET password_hash = :hash, must_change = :must,"
    " password_set_real = clock_timestamp() WHERE id = :id"
)
_LIST = sa.text(
    "SELECT a.id, a.login, a.name, u.code AS unit, u.short_name AS unit_name, a.person_id, a.roles,"
    " a.must_change, a.totp_since_real IS NOT NULL AS second_factor,"
    " a.disabled_real IS NOT NULL AS disabled, a.created_real AS created,"
    " (SELECT max(s.seen_real) FROM sessions s WHERE s.account_id = a.id) AS seen,"
    " (SELECT count(*) FROM sessions s WHERE s.account_id = a.id AND s.ended_real IS NULL)"
    " AS sessions FROM accounts a JOIN units u ON u.id = a.unit_id"
    " ORDER BY a.disabled_real IS NOT NULL, a.login"
)
