"""`fenghuo user`: how the first administrator is made, and lost passwords are mended."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from core.secrets import Variable
from dashboard.cli import fenghuo
from dashboard.signin.passwords import Passwords
from dashboard.signin_routes import sign_in_of
from tests.postgres import TestDatabase
from tests.signin.visitor import Visitor

Run = Callable[..., Result]


@pytest.fixture
def run(server: Flask, db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Run:
    sign_in_of(server.extensions).door.passwords = Passwords()  # as the command hashes
    monkeypatch.setenv(Variable.DATABASE_URL.value, db.app_url)
    return lambda *words: CliRunner().invoke(fenghuo, ["user", *words])


def test_the_first_administrator_signs_in_with_what_is_printed(run: Run, server: Flask) -> None:
    made = run("add", "admin", "--name", "王管理", "--unit", "HO", "--role", "administrator")
    assert made.exit_code == 0
    password = made.stdout.strip()
    assert "valid 7 days" in made.stderr
    visitor = Visitor(server)
    assert visitor.sign_in("admin", password).headers["Location"] == "/sign-in/step"
    listed = run("list").stdout
    assert "admin\tHO\tadministrator\tone-time\tno second factor\tnever" in listed
    assert "王管理" not in listed


def test_faults_are_lines_with_a_remedy(run: Run) -> None:
    both = ["--role", "administrator", "--role", "auditor"]
    refused = run("add", "admin", "--name", "王", "--unit", "nowhere", *both, "--lang", "en")
    assert refused.exit_code == 2
    assert "unit: no such unit -> choose a unit" in refused.stderr
    assert "roles: an administrator may have no other role" in refused.stderr
    assert refused.stdout == ""
    assert run("add", "x", "--name", "y", "--unit", "HO", "--role", "king").exit_code == 2


def test_reset_and_disable_by_login(run: Run, server: Flask) -> None:
    first = run("add", "zhang", "--name", "张", "--unit", "SH", "--role", "branch_leader")
    second = run("reset", "ZHANG", "--factor").stdout.strip()
    assert second != first.stdout.strip()
    visitor = Visitor(server)
    assert visitor.sign_in("zhang", first.stdout.strip()).status_code == 401
    assert visitor.sign_in("zhang", second).status_code == 303
    assert run("disable", "zhang").exit_code == 0
    assert Visitor(server).sign_in("zhang", second).status_code == 401
    assert "disabled" in run("list").stdout
    assert run("disable", "nobody").exit_code == 2


def test_the_first_account_of_an_empty_bank_makes_its_head_office(
    db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(Variable.DATABASE_URL.value, db.app_url)

    def add(login: str, unit: str) -> Result:
        words = ["user", "add", login, "--name", "王", "--unit", unit, "--role", "administrator"]
        return CliRunner().invoke(fenghuo, words)

    assert add("x", "HO").exit_code == 2  # no login: nothing is kept, no unit either
    assert db.app.read(lambda c: c.scalar(sa.text("SELECT count(*) FROM units"))) == 0
    assert add("admin", "HO").exit_code == 0
    row = db.app.read(lambda c: c.execute(sa.text("SELECT code, level, path FROM units")).one())
    assert (row.code, row.level) == ("HO", "head_office")
    assert add("second", "NOWHERE").exit_code == 2  # a bank that stands gets no unit this way
