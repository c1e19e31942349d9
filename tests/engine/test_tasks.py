"""Assigned tasks: from assignment to result, whom they text, what they keep from being closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation.command import Who
from escalation.handovers import Receiver
from escalation.tasks import NewTask
from tests.engine.commanding import FIRST, SUN, ZHENG, command_of, opened, said, texted
from tests.engine.scene import Scene


def test_a_task_from_assignment_to_result(scene: Scene) -> None:
    incident = opened(scene)
    scene.acknowledge(f"I{incident:07d}", "甲", Role.BRANCH_LEADER)
    desk, soon = scene.engine.command, scene.now() + timedelta(minutes=2)
    task = desk.assign_task(incident, ZHENG, NewTask(
        "安排会议室", "SH1", "sub_deputy", soon, detail="三楼", person="王芳"))  # fmt: skip
    texted(scene, ("SH1", Role.SUB_DEPUTY, "徐汇支行事件"))
    desk.accept_task(task, Who("王芳", "sub_deputy"))
    with pytest.raises(Conflict):
        desk.accept_task(task, SUN)
    scene.db.move_time(timedelta(minutes=3))
    (shown,) = command_of(scene, incident)["tasks"]
    assert shown["overdue"] and shown["state"] == "accepted" and shown["accepted_by"] == "王芳"
    with pytest.raises(InvalidInput):
        desk.finish_task(task, SUN, "")
    desk.finish_task(task, Who("王芳", "sub_deputy"), "已开放三楼会议室")
    (shown,) = command_of(scene, incident)["tasks"]
    assert (shown["state"], shown["late"], shown["overdue"]) == ("done", True, False)
    with pytest.raises(Conflict):
        desk.cancel_task(task, ZHENG, "不需要了")
    with pytest.raises(Conflict):
        desk.check_task(task, SUN, True)


def test_a_task_is_refused_field_by_field_or_cancelled_with_a_reason(scene: Scene) -> None:
    incident = opened(scene)
    desk = scene.engine.command
    with pytest.raises(InvalidInput) as refused:
        desk.assign_task(incident, ZHENG, NewTask("x", "??", "boss", scene.now()))
    assert [f.field for f in refused.value.faults] == ["unit", "role", "due_at"]
    task = desk.assign_task(
        incident, ZHENG, NewTask("x", "SH", "branch_contact", scene.now() + timedelta(hours=1))
    )
    texted(scene, ("SH", Role.BRANCH_CONTACT, "一项任务"))
    with pytest.raises(InvalidInput):
        desk.cancel_task(task, ZHENG, "")
    desk.cancel_task(task, ZHENG, "客户已离场")
    assert command_of(scene, incident)["tasks"][0]["cancel_reason"] == "客户已离场"


def test_nothing_is_closed_over_a_task_that_is_not_done(scene: Scene) -> None:
    incident = opened(scene)
    desk, later = scene.engine.command, scene.now() + timedelta(hours=2)
    first, second, mending = (
        desk.assign_task(incident, ZHENG, NewTask(title, "SH1", "sub_deputy", later, kind=kind))
        for title, kind in (("送客户", "task"), ("补台账", "task"), ("整改", "rectification"))
    )
    desk.accept_task(second, SUN)
    scene.close(f"I{incident:07d}")
    texted(scene, *[("SH1", Role.SUB_DEPUTY, f"一项{what}") for what in ("任务", "任务", "整改")])
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "解除")
    _end_duties(scene)
    with pytest.raises(Conflict, match="2 tasks") as caught:
        scene.engine.close_incident(incident, "归档", "t")
    assert caught.value.extra["tasks"] == [first, second]
    assert "支行应急小组副组长（12:00）" in caught.value.zh and "送客户" not in caught.value.zh
    desk.cancel_task(first, ZHENG, "客户已自行离开")
    desk.finish_task(second, SUN, "已补")
    scene.engine.close_incident(incident, "归档", "t")
    assert scene.engine.incident(incident)["state"] == "closed"
    desk.finish_task(mending, SUN, "已改", "抽查记录")


def _end_duties(scene: Scene) -> None:
    """Every duty has its evidence (how is the duties' own story)."""
    scene.db.owner.run(lambda c: c.execute(
        sa.text("UPDATE duties SET state = 'fulfilled', ended_at = business_now()"
                " WHERE state = 'open'")))  # fmt: skip


def test_a_rectification_needs_evidence_and_another_persons_check_WP_27(scene: Scene) -> None:
    incident = opened(scene)
    desk = scene.engine.command
    task = desk.assign_task(incident, ZHENG, NewTask(
        "补齐风险揭示", "SH1", "sub_head", scene.now() + timedelta(days=14),
        kind="rectification"))  # fmt: skip
    texted(scene, ("SH1", Role.SUB_HEAD, "一项整改，须于12月7日10:00前完成"))
    doer = Who("李强", "sub_head")
    with pytest.raises(InvalidInput) as refused:
        desk.finish_task(task, doer, "已补齐")
    assert refused.value.faults[0].field == "evidence"
    desk.finish_task(task, doer, "已补齐", "抽查10份合同")
    with pytest.raises(Conflict):
        desk.check_task(task, Who("李强", "branch_deputy"), True)
    with pytest.raises(InvalidInput):
        desk.check_task(task, SUN, False)
    desk.check_task(task, SUN, False, "抽查不足")
    assert command_of(scene, incident)["tasks"][0]["state"] == "accepted"
    desk.finish_task(task, doer, "已补齐", "抽查50份合同")
    desk.check_task(task, SUN, True)
    assert command_of(scene, incident)["tasks"][0]["state"] == "checked"


def _name(scene: Scene, unit: str, role: Role) -> str:
    return str(scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT name FROM people WHERE id = :id"),
        {"id": scene.people[unit, role]})))  # fmt: skip


def test_a_task_texts_whoever_it_is_for_and_says_nothing_of_a_client(scene: Scene) -> None:
    incident = opened(scene)
    soon = scene.now() + timedelta(minutes=30)
    task = NewTask("联系王先生13911112222", "SH1", "sub_deputy", soon)
    scene.engine.command.assign_task(incident, ZHENG, task)
    scene.work()
    text = scene.expect_sms("SH1", Role.SUB_DEPUTY)
    assert f"徐汇支行事件I{incident:07d}向您交办一项任务，须于10:30前完成" in text
    assert "王先生" not in text and "139" not in text and "回复" not in text


def test_a_task_reaches_its_holder_though_all_is_calm_again_before_it_left(scene: Scene) -> None:
    incident = opened(scene)
    scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "登记诉求", "SH1", "sub_deputy", scene.now() + timedelta(hours=1)))  # fmt: skip
    scene.close(f"I{incident:07d}")
    scene.expect_sms("SH1", Role.SUB_DEPUTY, "一项任务")
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")


def test_a_bare_reply_after_a_task_still_answers_the_alert(scene: Scene) -> None:
    incident = opened(scene)
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH1", Role.SUB_DEPUTY)):
        scene.engine.command.assign_task(incident, ZHENG, NewTask(
            "到现场", unit, role.value, scene.now() + timedelta(minutes=30)))  # fmt: skip
    texted(scene, ("SH1", Role.SUB_HEAD, "任务"), ("SH1", Role.SUB_DEPUTY, "任务"))
    scene.reply("SH1", Role.SUB_DEPUTY, "1")
    assert scene.engine.incident(incident)["acknowledgements"] == [], "a task is no alert"
    scene.reply("SH1", Role.SUB_HEAD, "1")
    (known,) = scene.engine.incident(incident)["acknowledgements"]
    assert known["role"] == "sub_head"


def test_the_named_person_is_texted_or_who_holds_the_role_instead(scene: Scene) -> None:
    incident = opened(scene)
    desk, soon = scene.engine.command, scene.now() + timedelta(hours=1)
    named = NewTask("到场", "SH1", "sub_head", soon, person=_name(scene, "SH2", Role.SUB_HEAD))
    desk.assign_task(incident, ZHENG, named)
    texted(scene, ("SH2", Role.SUB_HEAD, "徐汇支行事件"))
    scene.db.app.run(lambda c: c.execute(
        sa.text("INSERT INTO blocked_phones (phone, reason) VALUES (:phone, 'x')"),
        {"phone": scene.phones["SH2", Role.SUB_HEAD]}))  # fmt: skip
    desk.assign_task(incident, ZHENG, named)
    texted(scene, ("SH1", Role.SUB_HEAD, "徐汇支行事件"))


def test_what_nobody_can_be_texted_of_is_said_to_who_gave_it(scene: Scene) -> None:
    incident = opened(scene)
    desk = scene.engine.command
    desk.take(incident, ZHENG)
    desk.assign_task(incident, ZHENG, NewTask(
        "到场", "SH", "branch_security", scene.now() + timedelta(hours=1)))  # fmt: skip
    desk.offer(incident, ZHENG, Receiver("branch_security"))
    scene.work()
    for verb in ("task_assigned", "handover_offered"):
        (words,) = said(scene, incident, verb)
        assert words.endswith("短信未能发出，请打电话")


def test_a_task_text_keeps_to_the_budget_of_the_phone(scene: Scene) -> None:
    incident = opened(scene)
    desk, budget = scene.engine.command, scene.house.plan.budget
    for _ in range(budget.most):
        desk.assign_task(incident, ZHENG, NewTask(
            "到场", "SH1", "sub_deputy", scene.now() + timedelta(hours=1)))  # fmt: skip
    left = budget.most - budget.reserve
    texted(scene, *[("SH1", Role.SUB_DEPUTY, "一项任务")] * left)
    untold = [w for w in said(scene, incident, "task_assigned") if w.endswith("请打电话")]
    assert len(untold) == budget.reserve > 0
