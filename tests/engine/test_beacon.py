"""The chain in the operator's words: ten clients, texts, acknowledgement, ladder, all-clear."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.words import Role
from tests.engine.scene import Scene

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def _open_crowd(scene: Scene, number: int = 10, unit: str = "SH1") -> str:
    answers = scene.crowd(number, unit)
    scene.work()
    incident = answers[9]["incident"]
    assert incident is not None
    assert [a["incident"] for a in answers[:9]] == [None] * 9
    return str(incident)


def _expect_first(scene: Scene, words: str = "10名客户集体投诉") -> None:
    for unit, role in FIRST:
        scene.expect_sms(unit, role, words)


def _expect_regulator(scene: Scene, unit: str, role: Role) -> None:
    """WP-13-R: nobody has reported to the local regulator, and its time is over."""
    scene.expect_sms(unit, role, "报告当地监管已于10:15超时")


def test_the_tenth_client_opens_one_incident_and_three_phones_ring(scene: Scene) -> None:
    answers = scene.crowd(10)
    assert answers[4]["counted"][0] == {
        "key": "unit:SH1", "clients": 5, "threshold": 10, "state": "watch",
    }  # fmt: skip
    assert answers[9]["counted"][0]["state"] == "incident"
    scene.work()
    _expect_first(scene)
    (incident,) = scene.open_incidents()
    assert (incident["clients"], incident["unit"]) == (10, "SH1")
    assert {m["state"] for m in incident["messages"]} == {"delivered"}


def test_one_reply_stops_the_ladder(scene: Scene) -> None:
    incident = _open_crowd(scene)
    _expect_first(scene)
    scene.reply("SH", Role.BRANCH_LEADER, "１")
    acknowledged = scene.incident(incident)["acknowledgements"]
    assert [(a["role"], a["via"]) for a in acknowledged] == [("branch_leader", "sms")]
    scene.later(minutes=30)
    _expect_regulator(scene, "SH", Role.BRANCH_LEADER)
    scene.expect_nothing_more()


def test_nobody_answers_the_ladder_climbs(scene: Scene) -> None:
    _open_crowd(scene)
    _expect_first(scene)
    scene.later(minutes=4, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "升级")
    scene.expect_sms("SH", Role.BRANCH_SERVICE, "升级")
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    scene.later(minutes=34)
    _expect_regulator(scene, "SH", Role.BRANCH_LEADER)
    scene.expect_nothing_more()
    scene.later(minutes=1)
    scene.expect_sms("HO", Role.HO_LEADER, "总行已45分钟无人签收")
    scene.expect_sms("HO", Role.HO_DEPUTY, "总行已45分钟无人签收")
    _expect_regulator(scene, "HO", Role.HO_DEPUTY)


def test_a_branch_acknowledgement_does_not_stop_the_head_office_clock(scene: Scene) -> None:
    incident = _open_crowd(scene)
    _expect_first(scene)
    scene.reply("SH1", Role.SUB_HEAD, "收到")
    scene.later(minutes=45)
    scene.expect_sms("HO", Role.HO_LEADER, "总行")
    scene.expect_sms("HO", Role.HO_DEPUTY, "总行")
    _expect_regulator(scene, "SH", Role.BRANCH_LEADER)
    _expect_regulator(scene, "HO", Role.HO_DEPUTY)
    scene.later(minutes=15)
    duties = {d["clause"]: d for d in scene.incident(incident)["duties"]}
    assert duties["HO-ACK"]["breached"] and duties["HO-ACK"]["state"] == "open"
    scene.reply("HO", Role.HO_DEPUTY, "收到")
    assert {d["clause"]: d for d in scene.incident(incident)["duties"]}["HO-ACK"]["state"] == (
        "fulfilled"
    )


def test_a_late_tick_does_what_many_would_have_done_in_one_text_a_person(scene: Scene) -> None:
    incident = scene.crowd(10)[9]["incident"]
    scene.db.move_time(timedelta(hours=2))
    scene.work()
    for unit, role in (*FIRST, ("SH", Role.BRANCH_CONTACT), ("SH", Role.BRANCH_SERVICE)):
        scene.expect_sms(unit, role)
    scene.expect_sms("HO", Role.HO_DEPUTY)
    scene.expect_sms("HO", Role.HO_LEADER, "总行已120分钟无人签收")
    ladder = scene.incident(incident)["ladder"]
    minutes = [(step["step"], step["due_at"][14:16]) for step in ladder["done"]]
    assert minutes == [(1, "00"), (2, "05"), (3, "10")], "each step at its own due time"


def test_all_who_were_told_are_told_that_it_is_over(scene: Scene) -> None:
    incident = _open_crowd(scene)
    _expect_first(scene)
    scene.reply("SH", Role.BRANCH_DEPUTY, "好的")
    scene.close(incident)
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    scene.expect_sms("SH", Role.BRANCH_LEADER, "无需签收")


def test_a_new_wave_is_a_new_incident_linked_to_the_old_one(scene: Scene) -> None:
    first = _open_crowd(scene)
    _expect_first(scene)
    scene.close(first)
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")
    assert [a["incident"] for a in scene.crowd(9)] == [None] * 9
    second = scene.complain()["incident"]
    assert second not in (None, first)
    assert scene.incident(second)["previous"] == first
    scene.work()
    _expect_first(scene)


def test_the_same_client_counts_once(scene: Scene) -> None:
    for _ in range(15):
        answer = scene.complain(client={"name": "王五", "phone": "13900000001"})
    assert answer["counted"][0]["clients"] == 1


def test_a_gathering_of_ten_opens_at_once_with_no_tickets(scene: Scene) -> None:
    scene.crowd(3)
    answer = scene.gather(10, onlookers=4)
    scene.work()
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "现场聚集10人")
    incident = scene.incident(answer["incident"])
    assert (incident["headcount"], incident["onlookers"], incident["clients"]) == (10, 4, 3)
    assert scene.complain()["incident"] == answer["incident"]
    scene.gather(30)
    scene.work()
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "大规模")
    scene.expect_sms("HO", Role.HO_LEADER, "大规模")


@pytest.mark.parametrize("text", ["没收到", "收不到", "", "???", "99999"])
def test_a_reply_that_says_no_never_acknowledges(scene: Scene, text: str) -> None:
    incident = _open_crowd(scene)
    _expect_first(scene)
    scene.reply("SH", Role.BRANCH_LEADER, text)
    assert scene.incident(incident)["acknowledgements"] == []
    scene.expect_sms("SH", Role.BRANCH_LEADER, "未识别")


def test_two_crowds_of_one_product_get_one_parent_at_head_office(scene: Scene) -> None:
    a = scene.crowd(10, "SH1", product="稳健增利3号")
    b = scene.crowd(10, "NJ1", product="稳健增利3号")
    c = scene.crowd(9, "SH2", product="稳健增利3号")
    assert {x["incident"] for x in c} == {a[9]["incident"]}
    assert a[9]["incident"] != b[9]["incident"]
    last = scene.complain("SH2", product=" 稳健增利３号")
    scene.work()
    parents = [i for i in scene.open_incidents() if i["children"]]
    assert len(parents) == 1
    assert set(parents[0]["children"]) == {a[9]["incident"], b[9]["incident"]}
    assert parents[0]["clients"] == 30 and parents[0]["unit"] == "HO"
    assert last["counted"][2] == {
        "key": "product:稳健增利3号", "clients": 30, "threshold": 30, "state": "incident",
    }  # fmt: skip
    _expect_first(scene)
    for unit, role in (
        ("NJ1", Role.SUB_HEAD),
        ("NJ", Role.BRANCH_LEADER),
        ("NJ", Role.BRANCH_DEPUTY),
    ):
        scene.expect_sms(unit, role, "10名客户")
    scene.expect_sms("HO", Role.HO_DEPUTY, "全行")
    scene.expect_sms("SH2", Role.SUB_HEAD, "10名客户")


def test_a_second_place_of_one_crowd_is_told_too_and_answers_for_itself(scene: Scene) -> None:
    first = scene.crowd(10, "SH1", product="稳健增利3号")[9]["incident"]
    scene.work()
    _expect_first(scene)
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    assert scene.crowd(20, "NJ1", product="稳健增利3号")[9]["incident"] is not None
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("NJ", role, "10名客户集体投诉")
    scene.expect_sms("NJ1", Role.SUB_HEAD, "10名客户集体投诉")
    roots = [i for i in scene.open_incidents() if i["parent"] is None]
    assert len(roots) == 1 and roots[0]["clients"] == 30 and first in str(roots)
    scene.expect_sms("HO", Role.HO_DEPUTY)
    scene.reply("HO", Role.HO_DEPUTY, "1")
    scene.expect_nothing_more()


def test_a_gathering_inside_a_wide_incident_wakes_its_own_branch(scene: Scene) -> None:
    scene.crowd(5, "SH2", product="稳健增利3号")
    scene.crowd(5, "SH1", product="稳健增利3号")
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "10名客户")
    (incident,) = scene.open_incidents()
    assert incident["unit"] == "SH" and incident["ladder"]["state"] == "running"
    scene.reply("SH", Role.BRANCH_DEPUTY, "1")
    assert scene.gather(12, "SH1")["incident"] == incident["id"]
    scene.work()
    scene.expect_sms("SH1", Role.SUB_HEAD, "现场聚集12人")
    assert scene.incident(incident["id"])["headcount"] == 12
    scene.later(minutes=10)
    scene.expect_nothing_more()


def test_two_people_of_one_name_acknowledge_each_for_himself(scene: Scene) -> None:
    incident = _open_crowd(scene)
    _expect_first(scene)
    scene.db.owner.run(
        lambda c: c.execute(
            sa.text("UPDATE people SET name = '同名' WHERE id = ANY(:ids)"),
            {"ids": [scene.people["SH", r] for r in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY)]},
        )
    )
    scene.reply("SH", Role.BRANCH_LEADER, "1")
    scene.reply("SH", Role.BRANCH_DEPUTY, "1")
    assert len(scene.incident(incident)["acknowledgements"]) == 2


def test_a_product_that_looks_like_a_number_stays_out_of_texts(scene: Scene) -> None:
    scene.crowd(10, product="请致电138 1234 5678")
    scene.work()
    for unit, role in FIRST:
        assert "138" not in scene.expect_sms(unit, role, "10名客户集体投诉，")


def test_a_text_withheld_by_the_budget_is_seen_and_the_ladder_goes_on(scene: Scene) -> None:
    most = scene.house.plan.budget.most
    scene.db.app.run(
        lambda c: c.execute(
            sa.text(
                "INSERT INTO messages (to_role, phone, kind, text, dedupe_key, state, created_at)"
                " SELECT 'x', p, 'hotline', 't', 'fill:' || p || n, 'delivered', business_now()"
                " FROM unnest(CAST(:phones AS text[])) AS p, generate_series(1, :most) AS n"
            ),
            {"phones": [scene.phones[who] for who in FIRST], "most": most},
        )
    )
    incident = scene.crowd(10)[9]["incident"]
    scene.work()
    states = [m["state"] for m in scene.incident(incident)["messages"]]
    assert states[:3] == ["withheld"] * 3
    assert scene.incident(incident)["ladder"]["done"][0]["outcome"] == "skipped"
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
