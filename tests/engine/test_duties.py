"""Duties: born of events, reminded, breached, told up the ladder, ended by evidence only."""

from __future__ import annotations

import sqlalchemy as sa

from core.words import Role
from escalation.events import ByHand
from escalation.ids import complaint_number
from tests.engine.duty_scenes import Telling, at, duties, proof
from tests.engine.made_plan import clause


def test_a_complaint_owes_what_its_channel_owes(telling: Telling) -> None:
    scene = telling(
        clause("H", where={"channels": ["hotline"]}, within="1wd"),
        clause("C", where={"channels": ["counter"]}, who=["sub_head"], within="at once"),
    )
    scene.complain(channel="counter")
    found = duties(scene)
    assert set(found) == {"C"}
    tree = scene.house.tree()
    assert tree.get(found["C"]["unit_id"]).code == "SH1" and found["C"]["role"] == "sub_head"
    assert found["C"]["due_at"] == at(scene, minutes=15)
    assert found["C"]["rule"]["within"] == "at once" and found["C"]["plan_version"]


def test_history_owes_nothing_and_a_withdrawn_complaint_nothing_further(telling: Telling) -> None:
    scene = telling(clause("A"))
    answer = scene.complain()
    assert duties(scene)["A"]["state"] == "open"
    scene.engine.correct_complaint(complaint_number(answer["complaint"]), "withdrawn", "撤诉", "t")
    ended = duties(scene)["A"]
    assert (ended["state"], ended["waive_reason"]) == ("waived", "撤诉")
    scene.later(hours=3)
    assert duties(scene)["A"]["breached_at"] is None


def test_what_falls_to_nobody_here_falls_to_the_next_role_named(telling: Telling) -> None:
    scene = telling(clause("A", who=["sub_head", "branch_contact", "ho_hotline"]))
    scene.complain(unit="SH")
    assert duties(scene)["A"]["role"] == "branch_contact"
    scene.complain(unit="HO")
    assert duties(scene)["A"]["role"] == "ho_hotline"


def test_reminded_breached_and_told_up_the_ladder_each_once(telling: Telling) -> None:
    scene = telling(
        clause("A", within="1h", remind=["20m"], remind_by="sms", on_breach="tell",
               ladder="branch"),
    )  # fmt: skip
    scene.complain()
    scene.later(minutes=39)
    scene.expect_nothing_more()
    scene.later(minutes=1)
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "任务A须于11:00前办结")
    scene.later(minutes=20)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "任务A已于11:00超时")
    assert duties(scene)["A"]["breached_at"] == at(scene, hours=1)
    scene.later(minutes=30)
    scene.expect_sms("HO", Role.HO_DEPUTY, "任务A已于11:00超时")
    scene.later(hours=5)


def test_proved_in_time_it_is_told_to_nobody(telling: Telling) -> None:
    scene = telling(clause("A", remind=["20m"], remind_by="sms", on_breach="tell", ladder="branch"))
    scene.complain()
    scene.engine.prove_duty(duties(scene)["A"]["id"], "record", proof(scene), "test")
    scene.later(hours=5)
    ended = duties(scene)["A"]
    assert ended["state"] == "fulfilled" and ended["breached_at"] is None
    assert ended["evidence"]["number"] == "2026-7"


def test_proved_too_late_it_is_late_and_the_ladder_stops(telling: Telling) -> None:
    scene = telling(clause("A", on_breach="tell", ladder="branch"))
    scene.complain()
    scene.later(hours=1)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.engine.prove_duty(duties(scene)["A"]["id"], None, proof(scene), "test")
    scene.later(hours=5)
    assert duties(scene)["A"]["breached_at"] is not None


def test_where_a_step_reaches_nobody_the_next_one_is_told_at_once(telling: Telling) -> None:
    scene = telling(clause("A", on_breach="tell", ladder="branch"))
    scene.db.app.run(
        lambda c: c.execute(
            sa.text("INSERT INTO absences (person_id, starts_at, ends_at, reason)"
                    " VALUES (:person, :start, :end, '出差')"),
            {"person": scene.people["SH", Role.BRANCH_LEADER], "start": scene.start,
             "end": at(scene, days=9)},
        )
    )  # fmt: skip
    scene.complain()
    scene.later(hours=1)
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    scene.later(minutes=30)  # its own step finds that he has been told within the digest period


def test_several_duties_of_one_person_are_one_text_the_gravest_first(telling: Telling) -> None:
    scene = telling(
        clause("A", within="1h", remind=["10m"], remind_by="sms"),
        clause("B", within="50m", on_breach="tell", ladder="branch"),
        clause("C", within="50m", who=["branch_leader"], remind=["5m"], remind_by="sms"),
    )
    scene.crowd(3)
    scene.later(minutes=50)
    text = scene.expect_sms("SH", Role.BRANCH_LEADER)
    assert "6项" in text and "其中3项超时" in text and "任务B" in text
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "您有3项时限任务，其中0项超时")
    scene.later(minutes=30)
    scene.expect_sms("HO", Role.HO_DEPUTY, "3项")


def test_a_late_tick_does_what_many_would_have_done(telling: Telling) -> None:
    scene = telling(
        clause("A", remind=["20m", "10m"], remind_by="sms", on_breach="tell", ladder="branch")
    )
    scene.complain()
    scene.later(hours=4)
    found = duties(scene)["A"]
    assert found["next_at"] is None and found["warned_at"] and found["breached_at"]
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "任务A须于")
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    verbs = scene.db.app.read(
        lambda c: c.scalars(sa.text("SELECT verb FROM journal WHERE subject = :s ORDER BY id"),
                            {"s": f"duty:{found['id']}"}).all()
    )  # fmt: skip
    assert verbs == ["duty_warned", "duty_warned", "duty_breached", "duty_escalated"]


def test_what_was_said_at_the_counter_was_said_face_to_face(telling: Telling) -> None:
    scene = telling(clause("F", where={"face_to_face": True}))
    scene.complain(channel="hotline")
    scene.complain(channel="counter", face_to_face=False)
    assert not duties(scene)
    scene.complain(channel="counter")
    assert duties(scene)["F"]["state"] == "open"
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.work()
        scene.expect_sms("SH", role, "95558")


def test_a_clause_that_replaces_another_ends_its_duty(telling: Telling) -> None:
    plan_classes = clause("X", within="3wd")
    other = clause("Y", event="complaint_settled", runs_from="received", within="10wd",
                   replaces=["X"])  # fmt: skip
    scene = telling(plan_classes, other)
    number = complaint_number(scene.complain()["complaint"])
    scene.later(days=1)
    scene.engine.record_event(ByHand("complaint_settled", complaint_id=number), "t")
    found = duties(scene)
    assert found["X"]["state"] == "waived" and found["X"]["waived_by"] == "plan"
    assert found["Y"]["runs_from"] == at(scene), "from the receipt, not from the classification"


def test_a_hotline_ticket_is_told_when_its_text_has_left(telling: Telling) -> None:
    scene = telling(
        clause("T", where={"channels": ["hotline"]}, who=["ho_deputy"], within="at once",
               fulfilled_by=["branch_told"]),
    )  # fmt: skip
    scene.complain(channel="hotline")
    assert duties(scene)["T"]["state"] == "open"
    scene.work()
    assert duties(scene)["T"]["state"] == "fulfilled"
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    scene.expect_sms("SH", Role.BRANCH_DEPUTY, "95558")
