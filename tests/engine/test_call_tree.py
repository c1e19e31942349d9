"""The telephone tree: who calls whom, who is away, whose full number was shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from contacts.people import AbsenceValue, save_absence
from core.errors import InvalidInput, NotFound
from core.words import Role
from escalation.call_tree import CallResult
from tests.engine.after import After
from tests.engine.scene import Scene


def test_who_calls_whom_from_the_sub_branch_up_to_head_office(after: Callable[[], After]) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    tree = story.engine.calls.tree(story.number)
    chain = [(c["caller"], c["role"], c["unit"]) for c in tree["calls"] if c["people"]]
    assert chain == [
        (None, "sub_head", "SH1"), ("sub_head", "sub_deputy", "SH1"),
        ("sub_head", "branch_leader", "SH"), ("branch_leader", "branch_deputy", "SH"),
        ("branch_leader", "branch_contact", "SH"), ("branch_contact", "branch_service", "SH"),
        ("branch_leader", "ho_deputy", "HO"), ("ho_deputy", "duty_officer", "HO"),
        ("ho_deputy", "ho_leader", "HO"), ("duty_officer", "pr_officer", "HO"),
    ]  # fmt: skip
    phones = [p["phone"] for c in tree["calls"] for p in c["people"]]
    assert phones and all("****" in phone for phone in phones)


def test_who_is_away_says_why_and_somebody_else_makes_the_call(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    now = story.scene.now()
    away = AbsenceValue(story.scene.people["SH", Role.BRANCH_LEADER], now - timedelta(hours=1),
                        now + timedelta(hours=8), "出差")  # fmt: skip
    story.scene.db.app.run(lambda c: save_absence(c, away))
    calls = {c["role"]: c for c in story.engine.calls.tree(story.number)["calls"]}
    (leader,) = calls["branch_leader"]["people"]
    assert (leader["why"], leader["place"]) == ("absent", "behind")
    assert calls["branch_deputy"]["caller"] == "sub_head"
    assert calls["ho_deputy"]["caller"] == "sub_head"


def test_full_numbers_are_journalled_and_a_result_is_kept(after: Callable[[], After]) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    full = story.engine.calls.reveal_tree(story.number, "web:duty_officer", "print pdf")
    phones = {p["phone"] for c in full["calls"] for p in c["people"]}
    assert story.scene.phones["HO", Role.HO_DEPUTY] in phones
    assert len(story.engine.calls.reveal_people(story.number, "web")) == 8
    deputy = story.scene.people["HO", Role.HO_DEPUTY]
    for reached in (False, True):
        value = CallResult(deputy, "ho_deputy", reached, story.scene.now(), "值班员")
        story.engine.calls.note(story.number, value, "web:duty_officer")
    calls = {c["role"]: c for c in story.engine.calls.tree(story.number)["calls"]}
    assert [r["reached"] for r in calls["ho_deputy"]["people"][0]["results"]] == [True, False]
    verbs = [e["verb"] for e in story.scene.incident(story.incident)["timeline"]]
    assert verbs.count("call_tree_revealed") == 2 and verbs.count("call_noted") == 2
    with pytest.raises(InvalidInput):
        value = CallResult(10**6, "ho_deputy", True, story.scene.now(), "值班员")
        story.engine.calls.note(story.number, value, "web:duty_officer")
    with pytest.raises(NotFound):
        story.engine.calls.tree(10**6)


def test_a_branchs_tree_outside_an_incident(scene: Scene) -> None:
    tree = scene.engine.calls.unit_tree("SH")
    assert [u["code"] for u in tree["units"]] == ["SH", "SH2", "SH1"]
    branch, first, _ = tree["units"]
    assert branch["upwards"]["role"] == "ho_deputy" and first["upwards"]["unit_name"] == "上海分行"
    assert "****" in first["upwards"]["phone"]
    assert len(scene.engine.calls.unit_tree("HO")["units"]) == 6
    full = scene.engine.calls.reveal_unit_tree("SH1", "web:sub_head", "print html")
    (unit,) = full["units"]
    assert unit["roles"][0]["people"][0]["phone"] == scene.phones["SH1", Role.SUB_HEAD]
    noted = scene.db.app.read(
        lambda c: c.scalar(sa.text("SELECT count(*) FROM journal WHERE verb ="
                                   " 'call_tree_revealed' AND subject LIKE 'unit:%'"))
    )  # fmt: skip
    assert noted == 1
    with pytest.raises(NotFound):
        scene.engine.calls.unit_tree("NOWHERE")
