"""The demo's one click: for the three people, on one's own machine, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from contacts.demo_bank import build as build_bank
from core.rights import Access
from core.words import Role
from dashboard.signin import demo
from tests.postgres import TestDatabase
from tests.signin.visitor import Visitor, account, counting
from tests.web_safety.site import running, settings_of

OUTLETS = Path(__file__).parents[2] / "examples" / "contacts" / "outlets.csv"
GOOD = {
    "environ": {demo.DEMO_VARIABLE: "1"}, "bind": "127.0.0.1", "remote": "127.0.0.1",
    "host": "localhost", "headers": ["Host", "Accept"],
}  # fmt: skip


@pytest.mark.parametrize(
    "spoilt",
    [
        {"environ": {}},
        {"environ": {demo.DEMO_VARIABLE: "0"}},
        {"bind": "0.0.0.0"},
        {"bind": "10.0.0.5"},
        {"remote": "10.0.0.7"},
        {"remote": None},
        {"remote": ""},
        {"host": "fenghuo.example.com"},
        {"host": "localhost.example.com"},
        {"host": ""},
        {"headers": ["X-Forwarded-For"]},
        {"headers": ["forwarded"]},
        {"headers": ["X-Real-IP"]},
        {"headers": ["Via"]},
    ],
)
def test_every_condition_must_hold(spoilt: dict[str, object]) -> None:
    assert demo.one_click(**GOOD)  # type: ignore[arg-type]
    assert not demo.one_click(**(GOOD | spoilt))  # type: ignore[arg-type]


@pytest.fixture
def demo_site(db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    db.app.run(lambda c: build_bank(c, OUTLETS))
    hashes = {one.login: "!" for one in demo.PEOPLE}
    for _ in range(2):  # safe to repeat
        db.app.run(lambda c: demo.build(c, hashes))
    monkeypatch.setenv(demo.DEMO_VARIABLE, "1")
    with running(db) as server:
        counting(server)
        yield server


@pytest.mark.parametrize(
    ("login", "access", "seat"),
    [
        ("demo.duty", Access.HEAD_OFFICE, Role.DUTY_OFFICER),
        ("demo.branch", Access.BRANCH, Role.BRANCH_LEADER),
        ("demo.pr", Access.PR, Role.PR_OFFICER),
    ],
)
def test_one_click_is_one_of_the_three_people(
    demo_site: Flask, login: str, access: Access, seat: Role
) -> None:
    visitor = Visitor(demo_site, address="127.0.0.1")
    visitor.open()
    assert visitor.page.count('name="who"') == len(demo.PEOPLE)
    assert visitor.send("/sign-in/demo", who=login).status_code == 303
    viewer = visitor.site.sessions.find(visitor.cookie())
    assert viewer is not None
    assert (viewer.roles, viewer.seat) == ({access}, seat)
    assert viewer.person_id is not None


def test_the_others_need_no_seat(demo_site: Flask, db: TestDatabase) -> None:
    visitor = Visitor(demo_site, address="127.0.0.1")
    for login, goes in (
        ("demo.admin", "/people"), ("demo.auditor", "/"), ("demo.hotline", "/"),
    ):  # fmt: skip
        visitor.open("/sign-in?out=1")
        former = visitor.cookie()
        if former:
            visitor.client.delete_cookie("fenghuo_session", domain="localhost")
            visitor.open()
        assert visitor.send("/sign-in/demo", who=login).headers["Location"] == goes
    rows = db.app.read(lambda c: c.execute(sa.text("SELECT DISTINCT factor FROM sessions")).all())
    assert [row.factor for row in rows] == ["demo"]


def test_from_elsewhere_there_is_no_button_and_no_answer(
    demo_site: Flask, db: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(visitor: Visitor) -> None:
        visitor.open()
        assert 'name="who"' not in visitor.page
        assert visitor.send("/sign-in/demo", who="demo.duty").status_code == 403
        assert visitor.cookie() is None

    refused(Visitor(demo_site, address="10.0.0.7"))
    monkeypatch.delenv(demo.DEMO_VARIABLE)
    refused(Visitor(demo_site, address="127.0.0.1"))
    count = db.app.read(lambda c: c.execute(sa.text("SELECT count(*) FROM sessions")).scalar_one())
    assert count == 0


def test_behind_a_proxy_or_under_the_public_name_it_is_refused(
    db: TestDatabase, demo_site: Flask
) -> None:
    proxied = Visitor(demo_site, address="127.0.0.1")
    proxied.open(**{"X-Forwarded-For": "10.0.0.7"})
    assert 'name="who"' not in proxied.page
    plain = settings_of(db)
    web = plain.web.model_copy(update={"public_url": "http://fenghuo.example.com"})
    with running(db, plain.model_copy(update={"web": web})) as server:
        named = Visitor(server, address="127.0.0.1", host="fenghuo.example.com")
        named.open()
        assert 'name="who"' not in named.page


def test_only_the_demos_own_accounts_are_offered(demo_site: Flask, db: TestDatabase) -> None:
    account(db, "real.person", unit="HO")
    visitor = Visitor(demo_site, address="127.0.0.1")
    visitor.open()
    assert visitor.send("/sign-in/demo", who="real.person").status_code == 404
    assert visitor.cookie() is None
