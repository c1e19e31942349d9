"""The ladder in the operator's words: in turn, by quorum, nobody there, quiet repeats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.gateways.port import Outcome, Sending, SendResult
from contacts.people import MemberValue, PersonValue, save_member, save_person
from core.words import Role
from tests.engine.ladders import FIRST, Climbing, absent, ladder_plan, open_crowd
from tests.engine.scene import Scene
from tests.postgres import Cluster, TestDatabase

TURN = [
    {"roles": ["sub_head", "branch_leader", "branch_deputy"], "mode": "in_turn", "each": "2m"},
    {"roles": ["ho_deputy"]},
]
REPEAT = {"repeat": {"every": "30m", "most": 2}}


@pytest.fixture
def climbing(db: TestDatabase) -> Iterator[Climbing]:
    """A scene with these steps; nothing unexpected may be on a phone at its end."""
    made: list[Scene] = []

    def make(steps: list[dict[str, Any]] | None = None, **given: Any) -> Scene:
        made.append(Scene(db, plan=ladder_plan(steps, **given)))
        return made[-1]

    yield make
    for scene in made:
        scene.work()
        scene.expect_nothing_more()


def _expect(scene: Scene, *who: tuple[str, Role], words: str = "") -> None:
    for unit, role in who:
        scene.expect_sms(unit, role, words)


# --- in turn ------------------------------------------------------------------------------------


def test_in_turn_each_has_his_minutes(climbing: Climbing) -> None:
    scene = climbing(TURN)
    incident = open_crowd(scene)
    _expect(scene, FIRST[0], words="10名客户")
    scene.later(minutes=1, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    _expect(scene, FIRST[1], words="升级")
    scene.later(minutes=2)
    _expect(scene, FIRST[2], words="升级")
    assert scene.incident(incident)["ladder"]["next_roles"] == ["ho_deputy"]
    scene.later(minutes=2)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    done = scene.incident(incident)["ladder"]["done"]
    assert [(d["step"], d["turn"], d["due_at"][14:16]) for d in done] == [
        (1, 1, "00"), (1, 2, "02"), (1, 3, "04"), (2, 1, "06"),
    ]  # fmt: skip


def test_in_turn_whoever_is_away_is_passed_at_once(climbing: Climbing) -> None:
    scene = climbing(TURN)
    absent(scene, "SH1", Role.SUB_HEAD)
    absent(scene, "SH", Role.BRANCH_DEPUTY)
    open_crowd(scene)
    _expect(scene, FIRST[1], words="10名客户")
    scene.later(minutes=2)
    _expect(scene, ("HO", Role.HO_DEPUTY), words="升级")


def test_in_turn_an_acknowledgement_spares_the_others(climbing: Climbing) -> None:
    scene = climbing(TURN)
    open_crowd(scene)
    _expect(scene, FIRST[0])
    scene.reply("SH1", Role.SUB_HEAD, "收到")
    scene.later(minutes=30)
    scene.expect_nothing_more()


def test_in_turn_a_text_that_failed_for_good_ends_the_turn(climbing: Climbing) -> None:
    scene = climbing(TURN)
    alive = scene.gateway

    class Refusing:
        name = "sandbox"

        def send(self, sending: Sending) -> SendResult:
            if sending.phone == scene.phones[FIRST[1]]:
                return SendResult(Outcome.REFUSED, code="30003")
            return alive.send(sending)

        lookup, probe = alive.lookup, alive.probe

    scene.sender._gateways = {"sandbox": Refusing()}
    open_crowd(scene)
    _expect(scene, FIRST[0])
    scene.later(minutes=2)
    _expect(scene, FIRST[2], words="升级")
    scene.expect_nothing_more()
    scene.later(minutes=2)
    _expect(scene, ("HO", Role.HO_DEPUTY))


# --- quorum -------------------------------------------------------------------------------------

TWO = [
    {"roles": ["sub_head", "branch_leader", "branch_deputy"], "quorum": 2},
    {"roles": ["branch_contact"], "quorum": 3},
    {"roles": ["ho_deputy"]},
]


def test_one_of_two_is_not_enough_and_is_shown(climbing: Climbing) -> None:
    scene = climbing(TWO)
    incident = open_crowd(scene)
    _expect(scene, *FIRST)
    scene.reply("SH1", Role.SUB_HEAD, "收到")
    scene.reply("SH1", Role.SUB_HEAD, "收到")
    shown = scene.incident(incident)
    assert (shown["ladder"]["acknowledged"], shown["ladder"]["quorum"]) == (1, 2)
    assert shown["ladder"]["state"] == "running"
    assert any("已签收1/2人" in entry["zh"] for entry in shown["timeline"])
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    assert scene.incident(incident)["ladder"]["state"] == "stopped"
    scene.later(minutes=30)
    scene.expect_nothing_more()


def test_the_quorum_is_that_of_the_furthest_step(climbing: Climbing) -> None:
    scene = climbing(TWO)
    incident = open_crowd(scene)
    _expect(scene, *FIRST)
    scene.later(minutes=5)
    _expect(scene, ("SH", Role.BRANCH_CONTACT))
    for unit, role in FIRST[:2]:
        scene.reply(unit, role, "收到")
    assert scene.incident(incident)["ladder"]["quorum"] == 3
    scene.later(minutes=4, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    shown = scene.incident(incident)["ladder"]
    assert (shown["state"], shown["acknowledged"], shown["quorum"]) == ("stopped", 2, 1)


# --- nobody there -------------------------------------------------------------------------------


def test_nobody_of_any_step_can_be_reached(climbing: Climbing) -> None:
    scene = climbing(**REPEAT)
    scene.db.owner.run(lambda c: c.execute(sa.text("UPDATE people SET active = false")))
    incident = open_crowd(scene)
    shown = scene.incident(incident)
    assert (shown["ladder"]["state"], shown["ladder"]["why"]) == ("exhausted", "nobody_reachable")
    assert [d["outcome"] for d in shown["ladder"]["done"]] == ["skipped"] * 3
    feed = [entry["zh"] for entry in scene.engine.board()["feed"]]
    assert any("各级均无人可达" in line for line in feed)
    scene.later(hours=3)
    assert scene.incident(incident)["ladder"]["repeats"]["done"] == 2, (
        "nobody was told to repeat to"
    )


def test_a_deputy_stands_in_for_who_is_away(climbing: Climbing) -> None:
    scene = climbing()
    seat = scene.house.reload_tree().by_code("SH")
    assert seat is not None

    def deputy(connection: sa.Connection) -> None:
        person = save_person(connection, PersonValue("备用", seat.id, mobile="19900009999"))
        save_member(connection, MemberValue(seat.id, Role.BRANCH_LEADER, person, rank=2))

    scene.db.app.run(deputy)
    absent(scene, "SH", Role.BRANCH_LEADER)
    open_crowd(scene)
    _expect(scene, FIRST[0], FIRST[2])
    (text,) = scene.gateway.messages("19900009999")
    assert "10名客户" in text["text"]


# --- quiet repeats ------------------------------------------------------------------------------

SHORT = [{"roles": ["sub_head", "branch_leader"]}, {"roles": ["ho_deputy"]}]
LATE = {"head_office_page": {"after": "10h", "roles": ["ho_leader"]}}


def test_quiet_repeats_name_the_minutes_and_end(climbing: Climbing) -> None:
    scene = climbing(SHORT, **REPEAT, **LATE)
    incident = open_crowd(scene)
    _expect(scene, *FIRST[:2])
    scene.later(minutes=5)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    assert scene.incident(incident)["ladder"]["repeats"]["next_at"][11:16] == "10:35"
    scene.later(minutes=29, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    everybody = (*FIRST[:2], ("HO", Role.HO_DEPUTY))
    _expect(scene, *everybody, words="启动已35分钟，您尚未签收")
    scene.later(minutes=30)
    _expect(scene, *everybody, words="启动已65分钟")
    scene.later(hours=6)
    scene.expect_nothing_more()


def test_repeats_go_only_to_whom_they_concern(climbing: Climbing) -> None:
    """Below the quorum: not to who has acknowledged, not to who is away, none once it is over."""
    scene = climbing([{**SHORT[0], "quorum": 2}, {**SHORT[1], "quorum": 2}], **REPEAT, **LATE)
    incident = open_crowd(scene)
    _expect(scene, *FIRST[:2])
    scene.later(minutes=5)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    scene.reply("SH1", Role.SUB_HEAD, "收到")
    absent(scene, "HO", Role.HO_DEPUTY)
    scene.later(minutes=30)
    _expect(scene, FIRST[1], words="您尚未签收")
    scene.expect_nothing_more()
    scene.close(incident)
    _expect(scene, *FIRST[:2], ("HO", Role.HO_DEPUTY), words="已解除")
    scene.later(hours=2)
    scene.expect_nothing_more()


def test_repeats_stop_with_an_acknowledgement(climbing: Climbing) -> None:
    scene = climbing(SHORT, **REPEAT, **LATE)
    incident = open_crowd(scene)
    _expect(scene, *FIRST[:2])
    scene.later(minutes=5)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    scene.later(minutes=30)
    _expect(scene, *FIRST[:2], ("HO", Role.HO_DEPUTY), words="您尚未签收")
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    assert scene.incident(incident)["ladder"]["repeats"]["next_at"] is None
    scene.later(hours=2)
    scene.expect_nothing_more()


def test_repeats_leave_the_reserve_alone(climbing: Climbing) -> None:
    scene = climbing(SHORT, **REPEAT, **LATE)
    incident = open_crowd(scene)
    _expect(scene, *FIRST[:2])
    scene.later(minutes=5)
    _expect(scene, ("HO", Role.HO_DEPUTY))
    rule = scene.house.plan.budget
    scene.db.app.run(
        lambda c: c.execute(
            sa.text(
                "INSERT INTO messages (to_role, phone, kind, text, dedupe_key, state, created_at)"
                " SELECT 'x', :phone, 'hotline', 't', 'fill:' || n, 'delivered', business_now()"
                " FROM generate_series(1, :most) AS n"
            ),
            {"phone": scene.phones[FIRST[0]], "most": rule.most - rule.reserve},
        )
    )
    scene.later(minutes=30)
    _expect(scene, FIRST[1], ("HO", Role.HO_DEPUTY), words="您尚未签收")
    states = {m["to_role"]: m["state"] for m in scene.incident(incident)["messages"]
              if m["kind"] == "repeat"}  # fmt: skip
    assert states["sub_head"] == "withheld"
    scene.later(minutes=30)
    _expect(scene, FIRST[1], ("HO", Role.HO_DEPUTY), words="您尚未签收")


# --- late ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("steps", [TURN, TWO, SHORT], ids=["in turn", "quorum", "short"])
def test_one_late_tick_leaves_what_many_leave(
    cluster: Cluster, steps: list[dict[str, Any]]
) -> None:
    found = []
    for minutes in ((90,), (1,) * 90):
        db = cluster.fresh()
        scene = Scene(db, plan=ladder_plan(steps, **REPEAT))
        incident = str(scene.crowd(10)[-1]["incident"])
        for length in minutes:
            db.move_time(timedelta(minutes=length))
            for _name, clockwork in scene.engine.clockworks():
                clockwork()
        ladder = scene.incident(incident)["ladder"]
        for step in ladder["done"]:
            step.pop("done_at")
            step["told"] = [(t["role"], t["person"]) for t in step["told"]]
        ladder.pop("paged_at")
        found.append(ladder)
        db.close()
    assert found[0] == found[1]
