"""首问负责: who has a complaint in its first second, and who takes it over (WP-17, WP-30)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from complaints.value import parse_complaint
from core.rights import Access
from core.words import Role
from database.connection import Database
from escalation.engine import Engine
from escalation.ids import complaint_number
from escalation.my_tickets import Mine
from tests.engine.scene import Scene
from tests.signing_in import sign_in
from tests.tickets.clerk import Clerk


def _received(scene: Scene, engine: Engine, actor: str, **given: object) -> str:
    body = {
        "source": "counter-web", "source_ref": f"c{given}", "unit": "SH1", "channel": "counter",
        "received_at": scene.now().isoformat(), "client": {"name": "王五", "phone": "13912345678"},
        **given,
    }  # fmt: skip
    return str(engine.take_complaint(parse_complaint(body), actor).answer["complaint"])


@pytest.fixture
def deputy(scene: Scene) -> Iterator[tuple[Engine, str]]:
    """The engine of SH1's deputy head, signed in, and how the journal names them."""
    person = scene.people["SH1", Role.SUB_DEPUTY]
    session = sign_in(scene.db, unit="SH1", roles=[Access.SUB_BRANCH], name="陈静",
                      person_id=person)  # fmt: skip
    logins = Database(scene.db.app_url, pool_size=2, role=None)
    yield scene.engine.for_viewer(session.viewer, logins), session.viewer.actor
    logins.dispose()


def test_whoever_enters_it_owns_it(scene: Scene, deputy: tuple[Engine, str]) -> None:
    engine, actor = deputy
    complaint = _received(scene, engine, actor)
    ticket = Clerk(scene).sees(complaint)["ticket"]
    assert (ticket["owner_role"], ticket["owner_unit"]) == ("sub_deputy", "徐汇支行")
    assert ticket["owner"] is not None
    mine = engine.tickets.mine(_mine(scene, "SH1", Role.SUB_DEPUTY))
    assert [t["complaint"] for t in mine["tickets"]] == [complaint]


def test_a_call_is_the_branchs_whoever_types_it_in(
    scene: Scene, deputy: tuple[Engine, str]
) -> None:
    engine, actor = deputy
    complaint = _received(scene, engine, actor, channel="hotline")
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, complaint)
    ticket = Clerk(scene).sees(complaint)["ticket"]
    assert (ticket["owner_role"], ticket["owner_unit"]) == ("branch_contact", "上海分行")


def test_received_elsewhere_it_is_offered_to_the_home_unit_and_both_see_it(
    scene: Scene, deputy: tuple[Engine, str]
) -> None:
    engine, actor = deputy
    complaint = _received(scene, engine, actor, home_unit="NJ1", received_unit="SH1")
    seen = Clerk(scene).sees(complaint)
    assert seen["ticket"]["owner_role"] == "sub_deputy"
    assert [(h["to_unit"], h["state"]) for h in seen["handovers"]] == [("鼓楼支行", "offered")]
    theirs = Clerk(scene, "NJ1", Role.SUB_LOBBY_MANAGER)
    theirs.accepts(complaint)
    ticket = theirs.sees(complaint)["ticket"]
    assert (ticket["unit_code"], ticket["owner_role"]) == ("NJ1", "sub_lobby_manager")
    assert engine.tickets.one(complaint_number(complaint))["ticket"]["unit"] == "鼓楼支行"
    home = scene.db.app.read(lambda c: c.scalar(sa.text(
        "SELECT state FROM duties WHERE clause = 'WP-30'")))  # fmt: skip
    assert home == "fulfilled"


def _mine(scene: Scene, unit: str, role: Role) -> Mine:
    found = scene.house.tree().by_code(unit)
    assert found is not None
    return Mine(scene.people[unit, role], (role.value,), found.id, found.path)


def test_what_a_vacant_seat_owns_is_seen_by_everybody_of_the_unit(scene: Scene) -> None:
    """The plan names the lobby manager first; this sub-branch has none."""
    complaint = scene.complain()["complaint"]
    head = scene.engine.tickets.mine(_mine(scene, "SH1", Role.SUB_HEAD))["tickets"]
    assert [t["complaint"] for t in head] == [complaint]
    other = scene.engine.tickets.mine(_mine(scene, "SH2", Role.SUB_HEAD))["tickets"]
    assert other == []


def test_what_is_graver_comes_first_then_the_next_clock(scene: Scene) -> None:
    """Safety, vulnerable clients, large amounts before the rest, each by the next clock."""
    small = scene.complain(channel="phone")["complaint"]
    large = scene.complain(channel="phone", amount=500_000)["complaint"]
    frail = scene.complain(channel="phone", flags=["vulnerable"])["complaint"]
    for complaint in (small, large, frail):
        Clerk(scene, "SH1", Role.SUB_LOBBY_MANAGER).hands(complaint, "SH1", Role.SUB_HEAD)
        Clerk(scene).accepts(complaint)
    found = scene.engine.tickets.mine(_mine(scene, "SH1", Role.SUB_HEAD))["tickets"]
    assert {t["complaint"] for t in found[:2]} == {large, frail}
    assert found[2]["complaint"] == small


def test_handed_to_another_sub_branch_it_is_found_there_and_taken(
    scene: Scene, deputy: tuple[Engine, str]
) -> None:
    engine, _ = deputy
    complaint = str(scene.complain("SH2")["complaint"])
    number, mine = complaint_number(complaint), _mine(scene, "SH1", Role.SUB_DEPUTY)
    assert engine.tickets.mine(mine)["tickets"] == []
    Clerk(scene, "SH", Role.BRANCH_CONTACT).hands(complaint, "SH1", Role.SUB_DEPUTY)
    offered = engine.tickets.mine(mine)
    assert [(t["complaint"], t["offered"]) for t in offered["tickets"]] == [(complaint, True)]
    assert offered["tickets"][0]["next_at"] is not None  # though it runs at SH2 still
    by = Clerk(scene, "SH1", Role.SUB_DEPUTY).worker
    (handed,) = engine.tickets.one(number, by)["handovers"]
    assert handed["mine"] is True
    engine.tickets.accept_handover(number, by)
    assert [t["offered"] for t in engine.tickets.mine(mine)["tickets"]] == [False]
