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
from escalation.report_drafting import Beginning
from escalation.security_calls import SecurityCall
from escalation.tasks import NewTask
from tests.engine.commanding import FIRST, SUN, ZHENG, command_of, opened, said, texted
from tests.engine.scene import Scene

# --- who commands -------------------------------------------------------------------------------


def test_one_person_commands_and_a_second_needs_a_reason(scene: Scene) -> None:
    incident = opened(scene)
    assert command_of(scene, incident)["commander"] is None
    scene.engine.command.take(incident, ZHENG)
    with pytest.raises(Conflict, match="already"):
        scene.engine.command.take(incident, ZHENG)
    with pytest.raises(InvalidInput) as refused:
        scene.engine.command.take(incident, SUN)
    assert "郑洁" in refused.value.faults[0].zh
    scene.db.move_time(timedelta(minutes=3))
    scene.engine.command.take(incident, SUN, "组长在途中失联")
    view = command_of(scene, incident)
    assert (view["commander"]["name"], view["commander"]["how"]) == ("孙立", "taken_over")
    assert [h["name"] for h in view["history"]] == ["郑洁"]
    assert view["commander"]["reason"] == "组长在途中失联"
    (words,) = said(scene, incident, "command_taken_over")
    assert "组长在途中失联" in words and "孙立" not in words, "the journal keeps no names"


def test_the_database_knows_only_one_commander(scene: Scene) -> None:
    incident = opened(scene)
    scene.engine.command.take(incident, ZHENG)
    with pytest.raises(IntegrityError):
        scene.db.app.run(lambda c: c.execute(
            sa.text("INSERT INTO incident_commands (incident_id, name, role, how, taken_at)"
                    " VALUES (:id, '某', 'sub_head', 'taken', business_now())"),
            {"id": incident}))  # fmt: skip


def test_somebody_of_the_roster_is_known_by_id(scene: Scene) -> None:
    incident = opened(scene)
    name = scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT name FROM people WHERE id = :id"),
        {"id": scene.people["SH", Role.BRANCH_LEADER]}))  # fmt: skip
    scene.engine.command.take(incident, Who(name, "branch_leader"))
    held = scene.db.app.read(lambda c: c.scalar(sa.text("SELECT person_id FROM incident_commands")))
    assert held == scene.people["SH", Role.BRANCH_LEADER]


def test_nobody_commands_what_is_closed(scene: Scene) -> None:
    incident = opened(scene)
    scene.db.owner.run(lambda c: c.execute(sa.text("UPDATE incidents SET state = 'closed'")))
    with pytest.raises(Conflict, match="closed"):
        scene.engine.command.take(incident, ZHENG)


# --- handing over -------------------------------------------------------------------------------


def _offered(scene: Scene, incident: int) -> dict[str, Any]:
    scene.engine.command.take(incident, ZHENG)
    scene.engine.command.offer(incident, ZHENG, Receiver("branch_deputy", "孙立"), "换班")
    texted(scene, ("SH", Role.BRANCH_DEPUTY, f"徐汇支行事件I{incident:07d}的指挥待您接手"))
    offer: dict[str, Any] = command_of(scene, incident)["handover"]
    return offer


def test_command_passes_only_when_everything_open_was_read(scene: Scene) -> None:
    incident = opened(scene)
    scene.gather(12)
    scene.engine.command.take(incident, ZHENG)
    scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "到现场维持秩序", "SH1", "sub_head", scene.now() + timedelta(minutes=30)))  # fmt: skip
    scene.engine.command.write_note(incident, ZHENG, "客户要求见行长")
    scene.engine.reports.begin(incident, Beginning("first", "head_office"), "web:branch_contact")
    scene.engine.command.offer(incident, ZHENG, Receiver("branch_deputy", "孙立"), "换班")
    offer = command_of(scene, incident)["handover"]
    texted(scene, ("SH1", Role.SUB_HEAD, "一项任务"), ("SH", Role.BRANCH_DEPUTY, "的指挥待您接手"))
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
    assert command_of(scene, incident)["commander"]["name"] == "郑洁", (
        "until then the old one commands"
    )
    scene.engine.command.accept(offer["id"], SUN, offer["stamp"], offer["counts"])
    view = command_of(scene, incident)
    assert (view["commander"]["name"], view["commander"]["how"]) == ("孙立", "handed_over")
    assert view["handover"] is None and view["handovers"][0]["state"] == "accepted"
    (offered,), (taken,) = (said(scene, incident, f"handover_{v}") for v in ("offered", "accepted"))
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
    incident = opened(scene)
    offer = _offered(scene, incident)
    assert offer["changes"] == {"came": [], "gone": [], "changed": []}
    task = scene.engine.command.assign_task(incident, ZHENG, NewTask(
        "联系媒体", "SH", "branch_contact", scene.now() + timedelta(hours=1)))  # fmt: skip
    texted(scene, ("SH", Role.BRANCH_CONTACT, "一项任务"))
    scene.acknowledge(f"I{incident:07d}", "甲", Role.BRANCH_LEADER)
    with pytest.raises(Conflict) as stale:
        scene.engine.command.accept(offer["id"], SUN, offer["stamp"], offer["counts"])
    changes: Any = stale.value.extra["changes"]
    assert [c["ref"] for c in changes["came"]] == [f"task:{task}"]
    assert f"ladder:{incident}" in [c["ref"] for c in changes["gone"]]
    again = command_of(scene, incident)["handover"]
    assert [c["ref"] for c in again["changes"]["came"]] == [f"task:{task}"]
    scene.engine.command.accept(again["id"], SUN, again["stamp"], again["counts"])
    assert command_of(scene, incident)["commander"]["name"] == "孙立"


def test_a_handover_is_for_its_receiver(scene: Scene) -> None:
    incident = opened(scene)
    offer = _offered(scene, incident)
    for other in (Who("别人", "branch_deputy"), Who("孙立", "branch_contact"), ZHENG):
        with pytest.raises(Conflict):
            scene.engine.command.accept(offer["id"], other, offer["stamp"], offer["counts"])
    with pytest.raises(Conflict, match="already"):
        scene.engine.command.offer(incident, ZHENG, Receiver("sub_head"))
    with pytest.raises(Conflict, match="only the commander"):
        scene.engine.command.offer(incident, SUN, Receiver("sub_head"))


def test_an_offer_is_declined_withdrawn_or_overtaken(scene: Scene) -> None:
    incident = opened(scene)
    offer = _offered(scene, incident)
    with pytest.raises(InvalidInput):
        scene.engine.command.decline(offer["id"], SUN, " ")
    scene.engine.command.decline(offer["id"], SUN, "正在另一现场")
    assert command_of(scene, incident)["commander"]["name"] == "郑洁"
    assert command_of(scene, incident)["handovers"][0]["reason"] == "正在另一现场"
    second = scene.engine.command.offer(incident, ZHENG, Receiver("branch_contact"))
    with pytest.raises(Conflict, match="only who offered"):
        scene.engine.command.withdraw(second, SUN)
    scene.engine.command.withdraw(second, ZHENG)
    third = scene.engine.command.offer(incident, ZHENG, Receiver("branch_contact"))
    texted(scene, *[("SH", Role.BRANCH_CONTACT, "的指挥待您接手")] * 2)
    scene.engine.command.take(incident, SUN, "郑洁就医")
    states = [h["state"] for h in command_of(scene, incident)["handovers"]]
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


# --- notes ---------------------------------------------------------------------------------------


def test_a_note_stays_as_written_and_the_journal_only_points_at_it(scene: Scene) -> None:
    incident = opened(scene)
    note = scene.engine.command.write_note(incident, ZHENG, " 客户代表王先生到达 ")
    (shown,) = command_of(scene, incident)["notes"]
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
    incident = opened(scene)
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
    security = command_of(scene, incident)["security"]
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
    calls = command_of(scene, incident)["security"]["calls"]
    assert [(c["whom"], c["result"]) for c in calls] == [
        ("110", "民警五分钟到"), ("security", "保卫已到"),
    ]  # fmt: skip


# --- severity -----------------------------------------------------------------------------------


def test_large_and_back_is_told_once_each_way(scene: Scene) -> None:
    incident = opened(scene)
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
