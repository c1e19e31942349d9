"""Accounts: made, changed, disabled, reset; each change in the journal, nobody by name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput, NotFound
from core.rights import Access
from core.words import Role
from dashboard.signin import accounts
from dashboard.signin.accounts import NewAccount
from database.connection import Database
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

ADMIN = (Access.ADMINISTRATOR,)


@pytest.fixture
def bank(db: TestDatabase) -> Scene:
    return Scene(db)


def _make(bank: Scene, login: str = "zhang", **given: Any) -> int:
    value = NewAccount(
        **{"login": login, "name": "张三", "unit": "SH", "roles": (Access.BRANCH,), **given}
    )
    return bank.db.app.run(lambda c: accounts.create(c, value, "hash", actor="web:none:1"))


def _journal(bank: Scene) -> list[Any]:
    query = sa.text("SELECT verb, subject, actor, before, after FROM journal"
                    " WHERE subject LIKE 'account:%' ORDER BY id")  # fmt: skip
    return list(bank.db.app.read(lambda c: c.execute(query).all()))


def test_logins_are_the_same_in_any_case_and_width_and_unique(bank: Scene) -> None:
    number = _make(bank, " Zhang.San ")
    assert bank.db.app.read(lambda c: accounts.by_login(c, "ＺＨＡＮＧ.san")) == number
    with pytest.raises(Conflict):
        _make(bank, "zhang.san")
    with pytest.raises(NotFound):
        bank.db.app.read(lambda c: accounts.by_login(c, "nobody"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"login": "x"}, "login"),
        ({"login": "zhang san"}, "login"),
        ({"login": "zhang/../san"}, "login"),
        ({"name": "  "}, "name"),
        ({"unit": "nowhere"}, "unit"),
        ({"roles": ()}, "roles"),
        ({"roles": (Access.ADMINISTRATOR, Access.AUDITOR)}, "roles"),
        ({"person_id": 999_999}, "person"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(bank: Scene, given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _make(bank, **given)
    [fault] = caught.value.faults
    assert fault.field == field
    assert fault.remedy_zh and fault.remedy_en
    assert bank.db.app.read(accounts.listed) == []


def test_the_database_too_refuses_an_administrator_who_is_anything_else(bank: Scene) -> None:
    number = _make(bank)
    with pytest.raises(sa.exc.IntegrityError):
        bank.db.app.run(lambda c: c.execute(
            sa.text("UPDATE accounts SET roles = '{administrator,auditor}' WHERE id = :n"),
            {"n": number}))  # fmt: skip


def test_every_change_is_journalled_by_id(bank: Scene) -> None:
    person = bank.people["SH", Role.BRANCH_LEADER]
    number = _make(bank, person_id=person)
    run = bank.db.app.run
    run(lambda c: accounts.change(c, number, roles=[Access.PR], unit="HO", actor="web:none:1"))
    run(lambda c: accounts.change(c, number, roles=[Access.PR], unit="HO", actor="web:none:1"))
    run(lambda c: accounts.disable(c, number, actor="web:none:1"))
    run(lambda c: accounts.disable(c, number, actor="web:none:1"))
    run(lambda c: accounts.enable(c, number, actor="web:none:1"))
    run(lambda c: accounts.reset(c, number, "new", factor=True, actor="cli"))
    run(lambda c: accounts.set_password(c, number, "own", keep=None, actor=f"account:{number}"))
    lines = _journal(bank)
    assert [line.verb for line in lines] == [
        "account_created", "account_changed", "account_disabled", "account_enabled",
        "password_reset", "password_changed",
    ]  # fmt: skip
    assert {line.subject for line in lines} == {f"account:{number}"}
    assert lines[1].before == {"unit": "SH", "roles": ["branch_leader"]}
    assert lines[1].after == {"unit": "HO", "roles": ["pr"]}
    assert "张三" not in str(lines)
    assert "zhang" not in str(lines)
    assert "hash" not in str(lines)


def test_the_last_administrator_stays(bank: Scene) -> None:
    first, second = _make(bank, "a1", roles=ADMIN), _make(bank, "a2", roles=ADMIN)
    run = bank.db.app.run
    run(lambda c: accounts.disable(c, first, actor="x"))
    with pytest.raises(Conflict, match="last administrator"):
        run(lambda c: accounts.disable(c, second, actor="x"))
    with pytest.raises(Conflict, match="last administrator"):
        run(lambda c: accounts.change(c, second, roles=[Access.PR], unit="HO", actor="x"))
    run(lambda c: accounts.change(c, second, roles=ADMIN, unit="HO", actor="x"))
    run(lambda c: accounts.enable(c, first, actor="x"))
    run(lambda c: accounts.disable(c, second, actor="x"))


def test_of_two_administrators_who_leave_at_one_moment_one_stays(bank: Scene) -> None:
    numbers = [_make(bank, "a1", roles=ADMIN), _make(bank, "a2", roles=ADMIN)]

    def leave(number: int) -> str:
        try:
            bank.db.app.run(lambda c: accounts.disable(c, number, actor="x"))
        except Conflict:
            return "stays"
        return "left"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, numbers)) == ["left", "stays"]


def test_a_list_shows_how_accounts_stand(bank: Scene) -> None:
    _make(bank, "b1")
    number = _make(bank, "a1")
    bank.db.app.run(lambda c: accounts.disable(c, number, actor="x"))
    lines = bank.db.app.read(accounts.listed)
    assert [(one.login, one.disabled, one.must_change) for one in lines] == [
        ("b1", False, True), ("a1", True, True),
    ]  # fmt: skip
    assert (lines[0].unit, lines[0].unit_name, lines[0].roles) == (
        "SH",
        "上海分行",
        (Access.BRANCH,),
    )
    assert (lines[0].seen, lines[0].sessions, lines[0].second_factor) == (None, 0, False)


def test_only_the_system_reads_accounts(bank: Scene) -> None:
    _make(bank)
    login = Database(bank.db.app_url, role=None)
    for table in ("accounts", "sessions", "recovery_codes", "sign_in_failures"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            login.read(lambda c, table=table: c.execute(sa.text(f"SELECT 1 FROM {table}")))  # type: ignore[misc]
    login.dispose()
