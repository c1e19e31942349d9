"""Suffering 9: a storm of complaints floods the phones."""

from __future__ import annotations

from datetime import timedelta

from core.words import Role
from tests.engine.scene import Scene
from tests.sufferings.crowd import FIRST, first_told, opened, sql


def test_9_two_hundred_hotline_tickets_are_two_texts_to_each_leader(scene: Scene) -> None:
    """WP-09 under storm: the first at once, the others in one digest; nine clients, no incident."""
    for i in range(200):
        scene.complain(
            channel="hotline", client={"name": f"客户{i % 9}", "phone": f"1370000000{i % 9}"}
        )
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "95558转来")
    scene.expect_nothing_more()
    scene.later(minutes=15)
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "又转来199件")


def test_9_the_budget_keeps_a_reserve_for_the_incident(scene: Scene) -> None:
    budget = scene.house.plan.budget
    ordinary = budget.most - budget.reserve
    for _ in range(ordinary + 5):
        scene.complain("SH1", channel="hotline", client={"phone": "13700000001"})
        scene.later(minutes=15, seconds=1)
    states = sql(scene, "SELECT state, count(*) FROM messages WHERE phone = :phone GROUP BY state",
                  phone=scene.phones["SH", Role.BRANCH_LEADER])  # fmt: skip
    assert {str(s): n for s, n in states} == {"delivered": ordinary, "withheld": 5}
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        for _ in range(ordinary):
            scene.expect_sms("SH", role, "95558")
    opened(scene)
    scene.work()
    first_told(scene)


def test_9_a_text_withheld_goes_to_the_next_step_at_once(scene: Scene) -> None:
    """The first step's phones have used their budget: the second step is told without waiting."""
    most = scene.house.plan.budget.most
    for unit, role in FIRST:
        sql(scene,
             "INSERT INTO messages (to_role, phone, kind, text, dedupe_key, state, created_at)"
             " SELECT 'reply', :phone, 'answer', 'x', :phone || n, 'delivered', business_now()"
             " FROM generate_series(1, :most) AS n", phone=scene.phones[unit, role],
             most=most)  # fmt: skip
    incident = opened(scene)
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    done = scene.incident(incident)["ladder"]["done"]
    assert {m["why"] for m in done[0]["missed"]} == {"budget"}
    states = [m["state"] for m in scene.incident(incident)["messages"]]
    assert states.count("withheld") == 3, "a text withheld is a visible state"


def test_9_after_two_hours_without_an_engine_nobody_is_flooded(scene: Scene) -> None:
    """Each person hears once: of the alert, and of all that came beside it in that time."""
    scene.crowd(30)
    for _ in range(50):
        scene.complain(channel="hotline", client={"phone": "13700000001"})
    scene.db.move_time(timedelta(hours=2))
    scene.work()
    counts = {who: len(scene.gateway.messages(phone)) for who, phone in scene.phones.items()}
    assert max(counts.values()) == 1
    text = scene.expect_sms("SH", Role.BRANCH_LEADER, "您有1个事件待处置，最急徐汇支行")
    assert "热线工单" in text
    scene.expect_sms("HO", Role.HO_DEPUTY)
    for (unit, role), number in counts.items():
        if number and (unit, role) not in (("SH", Role.BRANCH_LEADER), ("HO", Role.HO_DEPUTY)):
            scene.expect_sms(unit, role)
