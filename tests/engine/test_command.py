"""Incident command in the operator's words: who commands, hand-overs, tasks, notes, security."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError

from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation import open_items
from escalation.command import Who
from escalation.handovers import Receiver
from escalation.ids import incident_number
from escalation.report_drafting import Beginning
from escalation.security_calls import SecurityCall
from escalation.tasks import NewTask
from tests.engine.scene import Scene

ZHENG = Who("郑洁", "branch_leader", "web:branch_leader")
SUN = Who("孙立", "branch_deputy", "web:branch_deputy")
FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))


def _opened(scene: Scene) -> int:
    number = incident_number(scene.crowd(10)[9]["incident"])
    scene.work()
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "10名客户集体投诉")
    return number


def _view(scene: Scene, incident: int) -> dict[str, Any]:
    found: dict[str, Any] = scene.engine.incident(incident)["command"]
    return found


def _texted(scene: Scene, *whom: tuple[str, Role, str]) -> None:
    scene.work()
    for unit, role, words in whom:
        assert "回复" not in scene.expect_sms(unit, role, words)


def _said(scene: Scene, incident: int, verb: str) -> list[str]:
    return [e["zh"] for e in scene.engine.incident(incident)["timeline"] if e["verb"] == verb]


# --- who commands -------------------------------------------------------------------------------


def test_one_person_commands_and_a_second_needs_a_reason(scene: Scene) -> None:
    incident = _opened(scene)
    assert _view(scene, incident)["commander"] is None
    scene.engine.command.take(incident, ZHENG)
    with pytest.raises(Conflict, match="already"):
        scene.engine.command.take(incident, ZHENG)
    with pytest.raises(InvalidInput) as refused:
        scene.engine.command.take(incident, SUN)
    assert "郑洁" in refused.value.faults[0].zh
    scene.db.move_time(timedelta(minutes=3))
    scene.engine.command.take(incident, SUN, "组长在途中失联")
    view = _view(scene, incident)
    assert (view["commander"]["name"], view["commander"]["how"]) == ("孙立", "taken_over")
    assert [h["name"] for h in view["history"]] == ["郑洁"]
    assert view["commander"]["reason"] == "组长在途中失联"
    (words,) = _said(scene, incident, "command_taken_over")
    assert "组长在途中失联" in words and "孙立" not in words, "the journal keeps no names"


def test_the_database_knows_only_one_commander(scene: Scene) -> None:
    incident = _opened(scene)
    scene.engine.command.take(incident, ZHENG)
    with pytest.raises(IntegrityError):
        scene.db.app.run(lambda c: c.execute(
            sa.text("INSERT INTO incident_commands (incident_id, name, role, how, taken_at)"
                    " VALUES (:id, '某', 'sub_head', 'taken', business_now())"),
            {"id": incident}))  # fmt: skip


def test_somebody_of_the_roster_is_known_by_id(scene: Scene) -> None:
    incident = _opened(scene)
    name = scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT name FROM people WHERE id = :id"),
        {"id": scene.people["SH", Role.BRANCH_LEADER]}))  # fmt: skip
    scene.engine.command.take(incident, Who(name, "branch_leader"))
    held = scene.db.app.read(lambda c: c.scalar(sa.text("SELECT person_id FROM incident_commands")))
    assert held == scene.people["SH", Role.BRANCH_LEADER]


def test_nobody_commands_what_is_closed(scene: Scene) -> None:
    incident = _opened(scene)
    scene.db.owner.run(lambda c: c.execute(sa.text("UPDATE incidents SET state = 'closed'")))
    with pytest.raises(Conflict, match="closed"):
        scene.engine.command.take(incident, ZHENG)


# --- handing over -------------------------------------------------------------------------------


def _offered(scene: Scene, incident: int) -> dict[str, Any]:
    scene.engine.command.take(incident, ZHENG)
    scene.engine.command.offer(incident, ZHENG, Receiver("branch_deputy", "孙立"), "换班")
    _texted(scene, ("SH", Role.BRANCH_DEPUTY, f"徐汇支行事件I{incident:07d}的指挥待您接手"))
    offer: dict[str, Any] = _view(scene, incident)["handover"]
    return offer


def test_command_passes_only_when_everything_open_was_read(scene: Scene) -> None:
    incident = _opened(scene)
    scene.gather(12)
    scene.engine.command.take(incident, ZHENG)
    scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "到现场维持秩序", "SH1", "sub_head", scene.now() + timedelta(minutes=30)))  # fmt: skip
    scene.engine.command.write_note(incident, ZHENG, "客户要求见行长")
    scene.engine.reports.begin(incident, Beginning("first", "head_office"), "web:branch_contact")
    scene.engine.command.offer(incident, ZHENG, Receiver("branch_deputy", "孙立"), "换班")
    offer = _view(scene, incident)["handover"]
    _texted(scene, ("SH1", Role.SUB_HEAD, "一项任务"), ("SH", Role.BRANCH_DEPUTY, "的指挥待您接手"))
    assert [(p["kind"], p["state"]) for p in offer["items"]["papers"]] == [("first", "draft")]
    assert offer["counts"]["tasks"] == offer["counts"]["ladder"] == offer["counts"]["notes"] == 1
    assert offer["items"]["heads"][0]["complainants"] == 12
    owed = scene.engine.incident(incident)["duties"]
    assert offer["counts"]["duties"] + offer["counts"]["reports"] == len(
        [d for d in owed if d["state"] == "open"]
    )
    assert all(d["due"] for d in offer["items"]["duties"])
    half = {**offer["counts"], "tasks": 0}
    with pytest.raises(InvalidInput) as refused:
        scene.engine.command.accept(offer["id"], SUN, offer["stamp"], half)
    assert [f.field for f in refused.value.faults] == ["read.tasks"]
    assert _view(scene, incident)["commander"]["name"] == "郑洁", "until then the old one commands"
    scene.engine.command.accept(offer["id"], SUN, offer["stamp"], offer["counts"])
    view = _view(scene, incident)
    assert (view["commander"]["name"], view["commander"]["how"]) == ("孙立", "handed_over")
    assert view["handover"] is None and view["handovers"][0]["state"] == "accepted"
    (offered,), (taken,) = (
        _said(scene, incident, f"handover_{v}") for v in ("offered", "accepted")
    )
    assert offered.startswith("郑洁 分行应急小组组长将指挥移交给孙立 分行应急小组副组长，")
    assert taken == "孙立 分行应急小组副组长逐项阅读后接收指挥（原由郑洁 分行应急小组组长指挥）"
    kept = scene.db.app.read(
        lambda c: (
            c.execute(sa.text("SELECT after::text FROM journal WHERE verb LIKE 'handover%'"))
            .scalars()
            .all()
        )
    )
    assert not any("郑洁" in row or "孙立" in row for row in kept), "names stay in their table"


def test_what_changed_since_it_was_read_must_be_read_again(scene: Scene) -> None:
    incident = _opened(scene)
    offer = _offered(scene, incident)
    assert offer["changes"] == {"came": [], "gone": [], "changed": []}
    task = scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "联系媒体", "SH", "branch_contact", scene.now() + timedelta(hours=1)))  # fmt: skip
    _texted(scene, ("SH", Role.BRANCH_CONTACT, "一项任务"))
    scene.acknowledge(f"I{incident:07d}", "甲", Role.BRANCH_LEADER)
    with pytest.raises(Conflict) as stale:
        scene.engine.command.accept(offer["id"], SUN, offer["stamp"], offer["counts"])
    changes: Any = stale.value.extra["changes"]
    assert [c["ref"] for c in changes["came"]] == [f"task:{task}"]
    assert f"ladder:{incident}" in [c["ref"] for c in changes["gone"]]
    again = _view(scene, incident)["handover"]
    assert [c["ref"] for c in again["changes"]["came"]] == [f"task:{task}"]
    scene.engine.command.accept(again["id"], SUN, again["stamp"], again["counts"])
    assert _view(scene, incident)["commander"]["name"] == "孙立"


def test_a_handover_is_for_its_receiver(scene: Scene) -> None:
    incident = _opened(scene)
    offer = _offered(scene, incident)
    for other in (Who("别人", "branch_deputy"), Who("孙立", "branch_contact"), ZHENG):
        with pytest.raises(Conflict):
            scene.engine.command.accept(offer["id"], other, offer["stamp"], offer["counts"])
    with pytest.raises(Conflict, match="already"):
        scene.engine.command.offer(incident, ZHENG, Receiver("sub_head"))
    with pytest.raises(Conflict, match="only the commander"):
        scene.engine.command.offer(incident, SUN, Receiver("sub_head"))


def test_an_offer_is_declined_withdrawn_or_overtaken(scene: Scene) -> None:
    incident = _opened(scene)
    offer = _offered(scene, incident)
    with pytest.raises(InvalidInput):
        scene.engine.command.decline(offer["id"], SUN, " ")
    scene.engine.command.decline(offer["id"], SUN, "正在另一现场")
    assert _view(scene, incident)["commander"]["name"] == "郑洁"
    assert _view(scene, incident)["handovers"][0]["reason"] == "正在另一现场"
    second = scene.engine.command.offer(incident, ZHENG, Receiver("branch_contact"))
    with pytest.raises(Conflict, match="only who offered"):
        scene.engine.command.withdraw(second, SUN)
    scene.engine.command.withdraw(second, ZHENG)
    third = scene.engine.command.offer(incident, ZHENG, Receiver("branch_contact"))
    _texted(scene, *[("SH", Role.BRANCH_CONTACT, "的指挥待您接手")] * 2)
    scene.engine.command.take(incident, SUN, "郑洁就医")
    states = [h["state"] for h in _view(scene, incident)["handovers"]]
    assert states == ["overtaken", "withdrawn", "declined"]
    with pytest.raises(Conflict, match="this hand-over was"):
        scene.engine.command.accept(third, Who("丙", "branch_contact"), "", {})


def test_readings_differ_by_what_came_went_and_changed() -> None:
    def item(ref: str, due: str) -> dict[str, Any]:
        return {"ref": ref, "due": due}

    before = {"duties": [item("duty:1", "a"), item("duty:2", "a")], "tasks": []}
    now = {"duties": [item("duty:2", "b")], "tasks": [item("task:1", "c")]}
    found = open_items.compare(before, now)
    assert {k: [i["ref"] for i in v] for k, v in found.items()} == {
        "came": ["task:1"], "gone": ["duty:1"], "changed": ["duty:2"],
    }  # fmt: skip
    assert open_items.stamp(before) != open_items.stamp(now)
    assert open_items.stamp(now) == open_items.stamp({**now, "notes": []})


# --- tasks and notes ----------------------------------------------------------------------------


def test_a_task_from_assignment_to_result(scene: Scene) -> None:
    incident = _opened(scene)
    scene.acknowledge(f"I{incident:07d}", "甲", Role.BRANCH_LEADER)
    desk, soon = scene.engine.command, scene.now() + timedelta(minutes=2)
    task = desk.assign_task(incident, ZHENG, NewTask(
        "安排会议室", "SH1", "sub_deputy", soon, detail="三楼", person="王芳"))  # fmt: skip
    _texted(scene, ("SH1", Role.SUB_DEPUTY, "徐汇支行事件"))
    desk.accept_task(task, Who("王芳", "sub_deputy"))
    with pytest.raises(Conflict):
        desk.accept_task(task, SUN)
    scene.db.move_time(timedelta(minutes=3))
    (shown,) = _view(scene, incident)["tasks"]
    assert shown["overdue"] and shown["state"] == "accepted" and shown["accepted_by"] == "王芳"
    with pytest.raises(InvalidInput):
        desk.finish_task(task, SUN, "")
    desk.finish_task(task, Who("王芳", "sub_deputy"), "已开放三楼会议室")
    (shown,) = _view(scene, incident)["tasks"]
    assert (shown["state"], shown["late"], shown["overdue"]) == ("done", True, False)
    with pytest.raises(Conflict):
        desk.cancel_task(task, ZHENG, "不需要了")
    with pytest.raises(Conflict):
        desk.check_task(task, SUN, True)


def test_a_task_is_refused_field_by_field_or_cancelled_with_a_reason(scene: Scene) -> None:
    incident = _opened(scene)
    desk = scene.engine.command
    with pytest.raises(InvalidInput) as refused:
        desk.assign_task(incident, ZHENG, NewTask("x", "??", "boss", scene.now()))
    assert [f.field for f in refused.value.faults] == ["unit", "role", "due_at"]
    task = desk.assign_task(
        incident, ZHENG, NewTask("x", "SH", "branch_contact", scene.now() + timedelta(hours=1))
    )
    _texted(scene, ("SH", Role.BRANCH_CONTACT, "一项任务"))
    with pytest.raises(InvalidInput):
        desk.cancel_task(task, ZHENG, "")
    desk.cancel_task(task, ZHENG, "客户已离场")
    assert _view(scene, incident)["tasks"][0]["cancel_reason"] == "客户已离场"


def test_nothing_is_closed_over_a_task_that_is_not_done(scene: Scene) -> None:
    incident = _opened(scene)
    desk, later = scene.engine.command, scene.now() + timedelta(hours=2)
    first, second, mending = (
        desk.assign_task(incident, ZHENG, NewTask(title, "SH1", "sub_deputy", later, kind=kind))
        for title, kind in (("送客户", "task"), ("补台账", "task"), ("整改", "rectification"))
    )
    desk.accept_task(second, SUN)
    scene.close(f"I{incident:07d}")
    _texted(scene, *[("SH1", Role.SUB_DEPUTY, f"一项{what}") for what in ("任务", "任务", "整改")])
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
    incident = _opened(scene)
    desk = scene.engine.command
    task = desk.assign_task(incident, ZHENG, NewTask(
        "补齐风险揭示", "SH1", "sub_head", scene.now() + timedelta(days=14),
        kind="rectification"))  # fmt: skip
    _texted(scene, ("SH1", Role.SUB_HEAD, "一项整改，须于12月7日10:00前完成"))
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
    assert _view(scene, incident)["tasks"][0]["state"] == "accepted"
    desk.finish_task(task, doer, "已补齐", "抽查50份合同")
    desk.check_task(task, SUN, True)
    assert _view(scene, incident)["tasks"][0]["state"] == "checked"


def _name(scene: Scene, unit: str, role: Role) -> str:
    return str(scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT name FROM people WHERE id = :id"),
        {"id": scene.people[unit, role]})))  # fmt: skip


def test_a_task_texts_whoever_it_is_for_and_says_nothing_of_a_client(scene: Scene) -> None:
    incident = _opened(scene)
    soon = scene.now() + timedelta(minutes=30)
    task = NewTask("联系王先生13911112222", "SH1", "sub_deputy", soon)
    scene.engine.command.assign_task(incident, ZHENG, task)
    scene.work()
    text = scene.expect_sms("SH1", Role.SUB_DEPUTY)
    assert f"徐汇支行事件I{incident:07d}向您交办一项任务，须于10:30前完成" in text
    assert "王先生" not in text and "139" not in text and "回复" not in text


def test_a_task_reaches_its_holder_though_all_is_calm_again_before_it_left(scene: Scene) -> None:
    incident = _opened(scene)
    scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "登记诉求", "SH1", "sub_deputy", scene.now() + timedelta(hours=1)))  # fmt: skip
    scene.close(f"I{incident:07d}")
    scene.expect_sms("SH1", Role.SUB_DEPUTY, "一项任务")
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")


def test_a_bare_reply_after_a_task_still_answers_the_alert(scene: Scene) -> None:
    incident = _opened(scene)
    for unit, role in (("SH1", Role.SUB_HEAD), ("SH1", Role.SUB_DEPUTY)):
        scene.engine.command.assign_task(incident, ZHENG, NewTask(
            "到现场", unit, role.value, scene.now() + timedelta(minutes=30)))  # fmt: skip
    _texted(scene, ("SH1", Role.SUB_HEAD, "任务"), ("SH1", Role.SUB_DEPUTY, "任务"))
    scene.reply("SH1", Role.SUB_DEPUTY, "1")
    assert scene.engine.incident(incident)["acknowledgements"] == [], "a task is no alert"
    scene.reply("SH1", Role.SUB_HEAD, "1")
    (known,) = scene.engine.incident(incident)["acknowledgements"]
    assert known["role"] == "sub_head"


def test_the_named_person_is_texted_or_who_holds_the_role_instead(scene: Scene) -> None:
    incident = _opened(scene)
    desk, soon = scene.engine.command, scene.now() + timedelta(hours=1)
    named = NewTask("到场", "SH1", "sub_head", soon, person=_name(scene, "SH2", Role.SUB_HEAD))
    desk.assign_task(incident, ZHENG, named)
    _texted(scene, ("SH2", Role.SUB_HEAD, "徐汇支行事件"))
    scene.db.app.run(lambda c: c.execute(
        sa.text("INSERT INTO blocked_phones (phone, reason) VALUES (:phone, 'x')"),
        {"phone": scene.phones["SH2", Role.SUB_HEAD]}))  # fmt: skip
    desk.assign_task(incident, ZHENG, named)
    _texted(scene, ("SH1", Role.SUB_HEAD, "徐汇支行事件"))


def test_what_nobody_can_be_texted_of_is_said_to_who_gave_it(scene: Scene) -> None:
    incident = _opened(scene)
    desk = scene.engine.command
    desk.take(incident, ZHENG)
    desk.assign_task(incident, ZHENG, NewTask(
        "到场", "SH", "branch_security", scene.now() + timedelta(hours=1)))  # fmt: skip
    desk.offer(incident, ZHENG, Receiver("branch_security"))
    scene.work()
    for verb in ("task_assigned", "handover_offered"):
        (words,) = _said(scene, incident, verb)
        assert words.endswith("短信未能发出，请打电话")


def test_a_task_text_keeps_to_the_budget_of_the_phone(scene: Scene) -> None:
    incident = _opened(scene)
    desk, budget = scene.engine.command, scene.house.plan.budget
    for _ in range(budget.most):
        desk.assign_task(incident, ZHENG, NewTask(
            "到场", "SH1", "sub_deputy", scene.now() + timedelta(hours=1)))  # fmt: skip
    left = budget.most - budget.reserve
    _texted(scene, *[("SH1", Role.SUB_DEPUTY, "一项任务")] * left)
    untold = [w for w in _said(scene, incident, "task_assigned") if w.endswith("请打电话")]
    assert len(untold) == budget.reserve > 0


def test_a_note_stays_as_written_and_the_journal_only_points_at_it(scene: Scene) -> None:
    incident = _opened(scene)
    note = scene.engine.command.write_note(incident, ZHENG, " 客户代表王先生到达 ")
    (shown,) = _view(scene, incident)["notes"]
    assert (shown["text"], shown["by"]) == ("客户代表王先生到达", "郑洁")
    entry = next(e for e in scene.engine.incident(incident)["timeline"]
                 if e["verb"] == "note_written")  # fmt: skip
    assert entry["subject"] == f"note:{note}" and "王先生" not in entry["zh"]
    for table in ("incident_notes", "security_calls", "incident_regroupings"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            scene.db.app.run(
                lambda c, t=table: c.execute(sa.text(f"UPDATE {t} SET incident_id = 1"))
            )
        with pytest.raises(ProgrammingError, match="permission denied"):
            scene.db.app.run(lambda c, t=table: c.execute(sa.text(f"DELETE FROM {t}")))
    with pytest.raises(InvalidInput):
        scene.engine.command.write_note(incident, ZHENG, "  ")


# --- a threat to somebody's safety --------------------------------------------------------------


def test_a_threat_is_answered_by_security_and_110_SAFETY_110(scene: Scene) -> None:
    incident = _opened(scene)
    scene.engine.command.raise_threat(incident, ZHENG)
    with pytest.raises(Conflict):
        scene.engine.command.raise_threat(incident, ZHENG)
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_SECURITY):
        if ("SH", role) in scene.phones:
            scene.expect_sms("SH", role, "人身安全威胁")
    (duty,) = [d for d in scene.engine.incident(incident)["duties"]
               if d["event"] == "safety_threat"]  # fmt: skip
    assert duty["state"] == "open" and "contact" in [p["kind"] for p in duty["proofs"]]
    security = _view(scene, incident)["security"]
    assert security["threat"] and security["calls"] == []
    desk, at = scene.engine.command, scene.now()
    with pytest.raises(InvalidInput):
        desk.note_security_call(incident, SUN, SecurityCall("110", at + timedelta(hours=1), "好"))
    desk.note_security_call(incident, SUN, SecurityCall("110", at, "民警五分钟到"))
    owed = {d["id"]: d["state"] for d in scene.engine.incident(incident)["duties"]}
    assert owed[duty["id"]] == "open", "security has not been called yet"
    desk.note_security_call(incident, SUN, SecurityCall("security", at, "保卫已到"))
    done = {d["id"]: d for d in scene.engine.incident(incident)["duties"]}[duty["id"]]
    assert done["state"] == "fulfilled" and done["evidence"]["kind"] == "contact"
    calls = _view(scene, incident)["security"]["calls"]
    assert [(c["whom"], c["result"]) for c in calls] == [
        ("110", "民警五分钟到"), ("security", "保卫已到"),
    ]  # fmt: skip


# --- severity -----------------------------------------------------------------------------------


def test_large_and_back_is_told_once_each_way(scene: Scene) -> None:
    incident = _opened(scene)
    desk = scene.engine.command
    with pytest.raises(InvalidInput):
        desk.raise_to_large(incident, ZHENG, "")
    desk.raise_to_large(incident, ZHENG, "客户正从外地赶来")
    scene.work()
    for unit, role in (*FIRST, ("HO", Role.HO_LEADER)):
        scene.expect_sms(unit, role, "大规模")
    with pytest.raises(Conflict):
        desk.raise_to_large(incident, ZHENG, "又")
    owed = {d["clause"] for d in scene.engine.incident(incident)["duties"]
            if d["event"] == "incident_large"}  # fmt: skip
    assert owed
    scene.db.move_time(timedelta(minutes=2))
    desk.lower(incident, ZHENG, "多数客户已离场")
    scene.work()
    for unit, role in (*FIRST, ("HO", Role.HO_LEADER)):
        scene.expect_sms(unit, role, "已降为一般事件")
    after = scene.engine.incident(incident)
    assert after["severity"] == "incident"
    assert {d["clause"] for d in after["duties"] if d["event"] == "incident_large"
            and d["state"] == "open"} == owed, "what the large one owed stays owed"  # fmt: skip
    with pytest.raises(Conflict):
        desk.lower(incident, ZHENG, "又")
    scene.db.move_time(timedelta(minutes=1))
    desk.raise_to_large(incident, ZHENG, "又聚集")
    scene.work()
    for unit, role in (*FIRST, ("HO", Role.HO_LEADER)):
        scene.expect_sms(unit, role, "大规模")
