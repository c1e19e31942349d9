"""Sufferings 1 and 2: the wrong incident acknowledged; paged again after acknowledging."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from contacts.people import MemberValue, PersonValue, save_member, save_person
from core.errors import Conflict
from core.words import Role
from escalation.command import Who
from escalation.ids import incident_number, reply_code
from escalation.tasks import NewTask
from tests.engine.ladders import ladder_plan
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.sufferings.crowd import first_told, opened, sql, told_and_over


def test_1_a_code_that_came_round_again_acknowledges_only_the_open_incident(
    db: TestDatabase,
) -> None:
    scene = Scene(db, plan=ladder_plan())
    old = opened(scene)
    told_and_over(scene, old)
    scene.later(hours=80)
    sql(scene, "SELECT setval('incidents_id_seq', :n)", n=incident_number(old) + 9000 - 1)
    new = opened(scene)
    code = scene.incident(new)["code"]
    assert code == scene.incident(old)["code"] == reply_code(incident_number(old))
    scene.work()
    first_told(scene)
    scene.reply("SH", Role.BRANCH_LEADER, code)
    assert len(scene.incident(new)["acknowledgements"]) == 1
    assert scene.incident(old)["acknowledgements"] == []


def test_1_a_code_of_an_open_incident_is_never_given_again(scene: Scene) -> None:
    old = opened(scene)
    sql(scene, "SELECT setval('incidents_id_seq', :n)", n=incident_number(old) + 9000 - 1)
    new = opened(scene, "NJ1")
    assert scene.incident(new)["code"] != scene.incident(old)["code"]
    scene.work()
    first_told(scene)
    for unit, role in (("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER),
                       ("NJ", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role)


def test_1_the_code_of_an_incident_that_was_not_texted_there_acknowledges_nothing(
    scene: Scene,
) -> None:
    here, there = opened(scene), opened(scene, "NJ1")
    scene.work()
    first_told(scene)
    for unit, role in (("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER),
                       ("NJ", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role)
    scene.reply("SH", Role.BRANCH_LEADER, f"收到 {scene.incident(there)['code']}")
    assert scene.incident(here)["acknowledgements"] == []
    assert scene.incident(there)["acknowledgements"] == []
    scene.expect_sms("SH", Role.BRANCH_LEADER, "未识别")


def test_1_a_slip_of_the_thumb_acknowledges_nothing(scene: Scene) -> None:
    here, there = opened(scene), opened(scene, "SH2")
    scene.work()
    first_told(scene)
    scene.expect_sms("SH2", Role.SUB_HEAD)
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role)
    code = scene.incident(here)["code"]
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    swapped = code[0] + code[2] + code[1] + code[3:] if code[1] != code[2] else wrong
    for slip in (wrong, swapped):
        scene.reply("SH", Role.BRANCH_LEADER, slip)
        scene.expect_sms("SH", Role.BRANCH_LEADER, "未识别")
    assert scene.incident(here)["acknowledgements"] == []
    assert scene.incident(there)["acknowledgements"] == []


@pytest.mark.parametrize("via", ["web", "desk", "sms"])
def test_2_after_an_acknowledgement_at_head_office_nobody_is_paged(
    db: TestDatabase,
    via: str,
) -> None:
    scene = Scene(db, plan=ladder_plan())
    incident = opened(scene)
    scene.work()
    first_told(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY)
    if via == "sms":
        scene.reply("HO", Role.HO_DEPUTY, "收到")
    else:
        assert scene.acknowledge(incident, "员工2", Role.HO_DEPUTY, via)
    for _ in range(6):
        scene.later(minutes=30)
    scene.expect_nothing_more()


def test_2_a_step_that_was_queued_is_not_sent_after_the_acknowledgement(scene: Scene) -> None:
    incident = opened(scene)
    scene.work()
    first_told(scene)
    scene.db.move_time(timedelta(minutes=5))
    for _name, clockwork in scene.engine.clockworks():
        clockwork()  # the second step stands in the outbox, no sender has seen it
    assert scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    scene.work()
    states = {m["step"]: m["state"] for m in scene.incident(incident)["messages"]}
    assert states == {0: "delivered", 1: "cancelled"}


def test_2_a_failed_text_pages_nobody_further_after_the_acknowledgement(scene: Scene) -> None:
    incident = opened(scene)
    scene.work()
    first_told(scene)
    _second_contact(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    assert scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    sql(scene, "UPDATE messages SET state = 'failed' WHERE step = 1 AND to_role = :role",
         role=Role.BRANCH_CONTACT.value)  # fmt: skip
    scene.later(minutes=1)
    scene.expect_nothing_more()


def test_2_a_failed_text_goes_to_the_next_holder_before_it(scene: Scene) -> None:
    opened(scene)
    scene.work()
    first_told(scene)
    phone = _second_contact(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    sql(scene, "UPDATE messages SET state = 'failed' WHERE step = 1 AND to_role = :role",
         role=Role.BRANCH_CONTACT.value)  # fmt: skip
    scene.later(minutes=1)
    assert len(scene.gateway.messages(phone)) == 1


def test_2_a_failed_text_goes_to_the_next_holder_though_a_task_was_theirs(scene: Scene) -> None:
    incident = opened(scene)
    scene.work()
    first_told(scene)
    phone = _second_contact(scene)
    task = NewTask("到场", "SH", "branch_contact", scene.now() + timedelta(hours=8), person="候补")
    scene.engine.command.assign_task(incident_number(incident), Who("郑洁", "branch_leader"), task)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    sql(scene, "UPDATE messages SET state = 'failed' WHERE step = 1 AND to_role = :role",
         role=Role.BRANCH_CONTACT.value)  # fmt: skip
    scene.later(minutes=1)
    given, alert = (m["text"] for m in scene.gateway.messages(phone))
    assert "交办一项任务" in given and "签收" in alert


def _second_contact(scene: Scene) -> str:
    phone = "19900009999"

    def work(connection: sa.Connection) -> None:
        unit = connection.execute(sa.text("SELECT id FROM units WHERE code = 'SH'")).scalar_one()
        person = save_person(connection, PersonValue(name="候补", unit_id=unit, mobile=phone))
        save_member(
            connection,
            MemberValue(unit_id=unit, role=Role.BRANCH_CONTACT, person_id=person, rank=2),
        )

    scene.db.app.run(work)
    return phone


def test_2_an_acknowledgement_after_the_close_reopens_nothing(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    incident = opened(scene)
    told_and_over(scene, incident)
    with pytest.raises(Conflict):
        scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    scene.later(hours=2)
    after = scene.incident(incident)
    assert (after["state"], after["acknowledgements"]) == ("stood_down", [])
    assert after["ladder"]["state"] == "stopped"
