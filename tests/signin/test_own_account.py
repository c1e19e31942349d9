"""`/live/account`: one's own sessions, password, second factor, and nobody else's."""

from __future__ import annotations

import pyotp
import pytest
import sqlalchemy as sa

from core.rights import Access
from dashboard.signin import sessions
from tests.postgres import TestDatabase
from tests.signin.visitor import PASSWORD, Counting, Visitor, account
from tests.signing_in import sign_in

NEW = "four unrelated words"


@pytest.fixture
def me(db: TestDatabase, visitor: Visitor) -> Visitor:
    account(db)
    visitor.sign_in()
    return visitor


def _other(me: Visitor) -> Visitor:
    """The same person at another browser."""
    other = Visitor(me.server, address="127.168.7.7")
    other.sign_in()
    return other


def test_one_sees_ones_sessions_with_device_and_masked_address(me: Visitor) -> None:
    _other(me)
    held = me.live("/live/account").get_json()
    assert (held["login"], held["unit"], held["roles"]) == ("zhang", "上海分行", ["branch_leader"])
    assert [(s["address"], s["this"]) for s in held["sessions"]] == [
        ("127.168.7.*", False), ("127.1.2.*", True),
    ]  # fmt: skip
    assert held["factor"] == {"since": None, "codes_left": 0, "required": False}


def test_one_ends_another_of_ones_sessions_but_no_strangers(me: Visitor, db: TestDatabase) -> None:
    other = _other(me)
    lines = me.live("/live/account").get_json()["sessions"]
    number = next(line["id"] for line in lines if not line["this"])
    assert me.live(f"/live/account/sessions/{number}/end", {}).status_code == 200
    assert not other.signed_in
    assert me.signed_in
    stranger = sign_in(db, unit="SH", roles={Access.BRANCH})
    refused = me.live(f"/live/account/sessions/{stranger.viewer.session_id}/end", {})
    nothing = me.live("/live/account/sessions/999999/end", {})
    assert (refused.status_code, refused.data) == (404, nothing.data)
    assert sessions.find(db.app, stranger.cookie, me.site.limits) is not None


def test_all_others_end_at_once(me: Visitor) -> None:
    others = [_other(me), _other(me)]
    assert me.live("/live/account/sessions/end-others", {}).get_json() == {"ended": 2}
    assert me.signed_in
    assert not any(other.signed_in for other in others)


def test_a_changed_password_ends_the_others_and_needs_the_old_one(
    me: Visitor, hashing: Counting
) -> None:
    other = _other(me)
    wrong = me.live("/live/account/password", {"old": "not this one", "password": NEW})
    assert (wrong.status_code, wrong.get_json()["errors"][0]["field"]) == (422, "old")
    weak = me.live("/live/account/password", {"old": PASSWORD, "password": "short"})
    assert (weak.status_code, weak.get_json()["errors"][0]["field"]) == (422, "password")
    assert other.signed_in
    assert me.live("/live/account/password", {"old": PASSWORD, "password": NEW}).status_code == 200
    assert me.signed_in
    assert not other.signed_in
    assert Visitor(me.server).sign_in(password=PASSWORD).status_code == 401
    assert Visitor(me.server).sign_in(password=NEW).status_code == 303


def test_guessing_the_old_password_in_a_session_is_slowed_down(me: Visitor) -> None:
    body = {"old": "not this one", "password": NEW}
    answers = [me.live("/live/account/password", body).status_code for _ in range(12)]
    assert answers[0] == 422
    assert answers[-1] == 409
    assert "以后再试" in me.live("/live/account/password", body).get_json()["error"]


def test_a_second_factor_of_ones_own_will(me: Visitor, db: TestDatabase) -> None:
    other = _other(me)
    assert me.live("/live/account/second-factor", {"password": "no"}).status_code == 422
    offer = me.live("/live/account/second-factor", {"password": PASSWORD}).get_json()
    assert offer["qr"].startswith("data:image/svg+xml")
    assert me.live("/live/account/second-factor/prove", {"code": "000000"}).status_code == 422
    code = pyotp.TOTP(offer["secret"]).now()
    codes = me.live("/live/account/second-factor/prove", {"code": code}).get_json()["codes"]
    assert len(codes) == 10
    assert me.signed_in
    assert not other.signed_in
    factor = me.live("/live/account").get_json()["factor"]
    assert factor["since"] and factor["codes_left"] == 10
    assert Visitor(me.server).sign_in().headers["Location"] == "/sign-in/step"
    fresh = me.live("/live/account/recovery-codes", {"password": PASSWORD}).get_json()["codes"]
    assert not set(fresh) & set(codes)
    assert me.live("/live/account/second-factor", {"password": PASSWORD}).status_code == 409
    journal = db.app.read(lambda c: c.execute(sa.text(
        "SELECT string_agg(j::text, ' ') FROM journal j")).scalar_one())  # fmt: skip
    assert not any(secret in journal for secret in (*codes, *fresh, offer["secret"]))


def test_without_a_session_there_is_nothing(visitor: Visitor) -> None:
    assert visitor.live("/live/account").status_code == 401
    assert visitor.live("/live/account/password", {"old": "x", "password": "y"}).status_code == 401
