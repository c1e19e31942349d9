"""`/live/people` and `/rights`: administrators keep accounts, everybody reads the table."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from core.rights import TABLE, Access, Right
from core.words import Role
from dashboard.i18n import WORDS
from dashboard.pages import rights
from dashboard.signin import sessions
from tests.postgres import TestDatabase
from tests.signin.visitor import Visitor
from tests.signing_in import SignedIn, sign_in


def _as(server: Flask, who: SignedIn) -> Visitor:
    visitor = Visitor(server)
    visitor.client.set_cookie("fenghuo_session", who.cookie, domain="localhost")
    return visitor


@pytest.fixture
def admin(db: TestDatabase, server: Flask) -> Visitor:
    return _as(server, sign_in(db, unit="HO", roles={Access.ADMINISTRATOR}, login="admin"))


def test_an_administrator_makes_an_account_that_can_sign_in(
    admin: Visitor, db: TestDatabase
) -> None:
    units = admin.live("/live/people").get_json()["units"]
    assert {"code": "SH", "name": "上海分行"} in units
    persons = admin.live("/live/people/persons?unit=SH").get_json()["persons"]
    assert len(persons) == 4
    body = {"login": "li.si", "name": persons[0]["name"], "unit": "SH",
            "roles": ["branch_leader"], "person": persons[0]["id"]}  # fmt: skip
    made = admin.live("/live/people", body)
    assert made.status_code == 201
    password = made.get_json()["password"]
    visitor = Visitor(admin.server)
    assert visitor.sign_in("li.si", password).headers["Location"] == "/sign-in/step"
    assert admin.live("/live/people", body).status_code == 409
    assert password not in str(admin.live("/live/people").get_json())


def test_faults_name_their_field(admin: Visitor) -> None:
    body = {"login": "x", "name": "", "unit": "nowhere", "roles": ["administrator", "pr"]}
    answer = admin.live("/live/people", body)
    assert answer.status_code == 422
    fields = {fault["field"] for fault in answer.get_json()["errors"]}
    assert fields == {"login", "name", "unit", "roles"}


def test_changes_end_the_sessions_of_the_account(
    admin: Visitor, db: TestDatabase, server: Flask
) -> None:
    limits = admin.site.limits
    for verb, body in (
        ("change", {"unit": "NJ", "roles": ["pr"]}), ("reset", {}), ("disable", {}),
    ):  # fmt: skip
        who = sign_in(db, unit="SH", roles={Access.BRANCH})
        assert admin.live(f"/live/people/{who.viewer.id}/{verb}", body).status_code == 200
        assert sessions.find(db.app, who.cookie, limits) is None
        assert _as(server, who).live("/live/account").status_code == 401


def test_a_changed_role_holds_at_the_next_sign_in(
    admin: Visitor, db: TestDatabase, server: Flask
) -> None:
    who = sign_in(db, unit="SH", roles={Access.BRANCH}, seats=[Role.BRANCH_DEPUTY])
    assert who.viewer.may(Right.COMMAND)
    path = f"/live/people/{who.viewer.id}/change"
    assert admin.live(path, {"unit": "SH", "roles": ["auditor"]}).status_code == 200
    lines = admin.live("/live/people").get_json()["accounts"]
    [line] = [line for line in lines if line["id"] == who.viewer.id]
    assert (line["roles"], line["sessions"]) == (["auditor"], 0)


@pytest.mark.parametrize("role", [role for role in Access if role is not Access.ADMINISTRATOR])
def test_nobody_else_manages_people(db: TestDatabase, server: Flask, role: Access) -> None:
    visitor = _as(server, sign_in(db, unit="HO", roles={role}))
    assert visitor.live("/live/people").status_code == 403
    assert visitor.live("/live/people/persons?unit=SH").status_code == 403
    assert visitor.live("/live/people", {"login": "x"}).status_code == 403
    for verb in ("change", "reset", "disable", "enable"):
        assert visitor.live(f"/live/people/1/{verb}", {}).status_code == 403


def test_the_table_of_rights_is_shown_as_it_stands(server: Flask) -> None:
    for access in Access:
        assert f"access.{access.value}" in WORDS
    with server.test_request_context("/"):
        text = json.dumps(
            rights.layout().to_plotly_json(),
            default=lambda part: part.to_plotly_json(),
            ensure_ascii=False,
        )
    assert text.count('"data-may": "yes"') == sum(len(roles) for roles in TABLE.values())
    assert text.count('"data-may"') == len(Right) * len(Access)
    for right in Right:
        assert f'"{WORDS[f"right.{right.value}"][0]}"' in text
