"""Suffering 6: a ladder step with nobody behind it waits out its delay in silence."""

from __future__ import annotations

import sqlalchemy as sa

from contacts.people import block_phone
from core.words import Role
from tests.engine.scene import Scene
from tests.sufferings.crowd import first_told, opened, sql


def test_6_a_step_that_nobody_holds_is_passed_at_once_and_shown(scene: Scene) -> None:
    def empty(connection: sa.Connection) -> None:
        connection.execute(
            sa.text("DELETE FROM team_members WHERE role IN ('branch_contact', 'branch_service')")
        )

    scene.db.owner.run(empty)
    incident = opened(scene)
    scene.work()
    first_told(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    ladder = scene.incident(incident)["ladder"]
    assert [s["outcome"] for s in ladder["done"]] == ["told", "skipped", "told"]
    assert {m["why"] for m in ladder["done"][1]["missed"]} == {"vacant"}
    assert any(t["verb"] == "ladder_skipped" for t in scene.incident(incident)["timeline"])


def test_6_a_step_whose_phones_are_all_blocked_is_passed_at_once(scene: Scene) -> None:
    for role in (Role.BRANCH_CONTACT, Role.BRANCH_SERVICE):
        scene.db.app.run(lambda c, r=role: block_phone(c, scene.phones["SH", r], "21610"))
    incident = opened(scene)
    scene.work()
    first_told(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    missed = scene.incident(incident)["ladder"]["done"][1]["missed"]
    assert {m["why"] for m in missed} == {"blocked"}


def test_6_a_step_of_people_who_know_already_is_no_step(scene: Scene) -> None:
    """In a small branch the leader is contact and service lead too: waiting for her is in vain."""
    leader = scene.people["SH", Role.BRANCH_LEADER]
    sql(scene, "UPDATE team_members SET person_id = :person WHERE role IN ('branch_contact',"
                " 'branch_service') AND unit_id = (SELECT id FROM units WHERE code = 'SH')",
         person=leader)  # fmt: skip
    incident = opened(scene)
    scene.work()
    first_told(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    step = scene.incident(incident)["ladder"]["done"][1]
    assert step["outcome"] == "skipped"
    assert {m["why"] for m in step["missed"]} == {"told_before"}


def test_6_a_ladder_with_nobody_on_any_step_says_so_and_the_clock_runs(scene: Scene) -> None:
    sql(scene, "DELETE FROM team_members")
    incident = opened(scene)
    scene.work()
    shown = scene.incident(incident)
    assert shown["ladder"]["state"] == "exhausted"
    assert {s["outcome"] for s in shown["ladder"]["done"]} == {"skipped"}
    scene.later(minutes=60)
    duties = {d["clause"]: d for d in scene.incident(incident)["duties"]}
    assert duties["HO-ACK"]["breached"]
