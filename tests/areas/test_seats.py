"""A person of several seats acts in the one they name, by header or form, and in no other's."""

from __future__ import annotations

import sqlalchemy as sa

from core.rights import Access
from core.words import Role
from dashboard.gate import SEAT_FIELD, SEAT_HEADER
from dashboard.signin.cookie_names import session_cookie
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.web_safety.site import OURS, running


def test_the_seat_that_is_named_is_the_seat_on_record(db: TestDatabase) -> None:
    Scene(db)
    seats = (Role.BRANCH_LEADER, Role.BRANCH_CONTACT)
    who = sign_in(db, unit="SH", roles=[Access.BRANCH], name="王行长", seats=seats)
    with running(db) as server:
        client = server.test_client()
        client.set_cookie(session_cookie("http://localhost"), who.cookie)
        last = sa.text("SELECT actor FROM journal ORDER BY id DESC LIMIT 1")
        for seat in seats:
            answer = client.post(
                "/live/call-tree/SH1/numbers", json={}, headers={**OURS, SEAT_HEADER: seat.value}
            )
            assert answer.status_code == 200
            assert db.app.read(lambda c: c.scalar(last)) == f"web:{seat.value}:{who.viewer.id}"
            answer = client.post(
                "/live/call-tree/SH1/print.html", data={SEAT_FIELD: seat.value}, headers=OURS
            )
            assert answer.status_code == 200
            foot = answer.get_data(as_text=True).rpartition("<footer")[2]
            assert "王行长" in foot and "取" in foot, "a paper says who took it"
            assert db.app.read(lambda c: c.scalar(last)) == f"web:{seat.value}:{who.viewer.id}"
        for strange in (Role.HO_LEADER.value, "nobody"):
            answer = client.post(
                "/live/call-tree/SH1/numbers", json={}, headers={**OURS, SEAT_HEADER: strange}
            )
            assert answer.status_code == 403
