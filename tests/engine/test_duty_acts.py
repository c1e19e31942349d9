"""What people do with a duty: prove it, waive it, extend it, hand it over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation.duty_changes import Longer
from tests.engine.duty_scenes import Telling, duties, proof
from tests.engine.made_plan import clause


@pytest.mark.parametrize(
    ("kind", "given", "field"),
    [
        ("regulator_receipt", {"to": ""}, "to"),
        ("regulator_receipt", {"number": None}, "number"),
        ("contact", {"note": " "}, "note"),
        ("reply", {"via": None}, "via"),
        ("contact", {"note": "\u200b\u3000\ufeff"}, "note"),
        ("contact", {"at": "2026-11-23T10:00:00"}, "at"),
        ("contact", {"at": "just now"}, "at"),
    ],
)
def test_evidence_must_state_what_its_kind_states(
    telling: Telling, kind: str, given: dict[str, Any], field: str
) -> None:
    scene = telling(clause("A", fulfilled_by=[kind]))
    scene.complain()
    whole = proof(scene, to="监管局", note="已说明", via="phone")
    with pytest.raises(InvalidInput) as caught:
        scene.engine.prove_duty(duties(scene)["A"]["id"], kind, {**whole, **given}, "test")
    assert [f.field for f in caught.value.faults] == [field]
    scene.engine.prove_duty(duties(scene)["A"]["id"], kind, whole, "test")
    with pytest.raises(Conflict):
        scene.engine.prove_duty(duties(scene)["A"]["id"], kind, whole, "test")


def test_evidence_of_another_kind_or_of_later_than_now_proves_nothing(telling: Telling) -> None:
    scene = telling(clause("A", fulfilled_by=["record"]))
    scene.complain()
    number = duties(scene)["A"]["id"]
    with pytest.raises(Conflict):
        scene.engine.prove_duty(number, "reply", proof(scene, via="phone"), "test")
    with pytest.raises(InvalidInput):
        ahead = (scene.now() + timedelta(hours=1)).isoformat()
        scene.engine.prove_duty(number, "record", proof(scene, at=ahead), "test")
    assert duties(scene)["A"]["state"] == "open"


def test_only_who_the_plan_entitles_waives_and_says_why(telling: Telling) -> None:
    scene = telling(clause("A"))
    scene.complain()
    number = duties(scene)["A"]["id"]
    for role, reason in (("branch_leader", "重复"), ("ho_deputy", " ")):
        with pytest.raises(InvalidInput):
            scene.engine.waive_duty(number, role, reason, "test")
    scene.engine.waive_duty(number, "ho_deputy", "重复登记", "web:ho_deputy")
    ended = duties(scene)["A"]
    assert (ended["state"], ended["waived_by"]) == ("waived", "web:ho_deputy")


def test_an_extension_only_where_the_clause_allows_it(telling: Telling) -> None:
    extension = {"within": "5wd", "most": 1, "approval": "branch_leader"}
    scene = telling(clause("A", within="3wd", extension=extension), clause("B", within="3wd"))
    scene.complain()
    found = duties(scene)
    longer = Longer("案情复杂", scene.now().isoformat(), "phone", "王行长", "branch_leader")
    with pytest.raises(Conflict):
        scene.engine.extend_duty(found["B"]["id"], longer, "test")
    for bad in (
        Longer("", longer.told_at, longer.told_via, "王行长", "branch_leader"),
        Longer("案情复杂", None, None, "王行长", "branch_leader"),
        Longer("案情复杂", longer.told_at, longer.told_via, "王行长", "sub_head"),
        Longer("案情复杂", longer.told_at, longer.told_via, None, "branch_leader"),
    ):
        with pytest.raises(InvalidInput):
            scene.engine.extend_duty(found["A"]["id"], bad, "test")
    old = found["A"]["due_at"].astimezone(SHANGHAI)
    new = scene.engine.extend_duty(found["A"]["id"], longer, "test")
    assert old == datetime(2026, 11, 27, tzinfo=SHANGHAI)  # the end of Thursday the 26th
    assert new == datetime(2026, 12, 4, tzinfo=SHANGHAI)  # five working days on
    kept = duties(scene)["A"]
    assert kept["workings"]["extended"][0]["reason"] == "案情复杂" and kept["next_at"] == new
    with pytest.raises(Conflict):
        scene.engine.extend_duty(found["A"]["id"], longer, "test")


def test_a_duty_is_extended_before_its_time_is_over_and_breached_at_its_new_time(
    telling: Telling,
) -> None:
    scene = telling(clause("A", within="1wd", extension={"within": "1wd", "tell_client": False},
                           on_breach="tell", ladder="branch"))  # fmt: skip
    scene.complain()
    scene.later(hours=30)
    scene.engine.extend_duty(duties(scene)["A"]["id"], Longer("复杂"), "test")
    scene.later(hours=20)
    scene.expect_nothing_more()
    scene.later(hours=20)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    scene.complain()
    scene.later(days=4)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    with pytest.raises(Conflict, match="over"):
        scene.engine.extend_duty(duties(scene)["A"]["id"], Longer("复杂"), "test")


def test_nothing_is_proved_or_told_before_the_matter_began(telling: Telling) -> None:
    scene = telling(clause("A", within="3wd", extension={"within": "1wd"}))
    scene.complain()
    number = duties(scene)["A"]["id"]
    early = (scene.now() - timedelta(days=1)).isoformat()
    with pytest.raises(InvalidInput):
        scene.engine.prove_duty(number, None, proof(scene, at=early), "test")
    ahead = (scene.now() + timedelta(days=1)).isoformat()
    for told in (early, ahead):
        with pytest.raises(InvalidInput):
            scene.engine.extend_duty(number, Longer("复杂", told, "phone"), "test")
    found = duties(scene)["A"]
    assert found["state"] == "open" and found["extensions"] == 0


def test_handing_it_over_moves_no_clock(telling: Telling) -> None:
    scene = telling(clause("A", remind=["10m"], remind_by="sms"))
    scene.complain()
    before = duties(scene)["A"]
    branch = scene.house.tree().by_code("SH")
    assert branch is not None
    scene.later(minutes=30)
    scene.engine.reassign_duty(
        before["id"], unit_id=branch.id, role="branch_service",
        person_id=scene.people["SH", Role.BRANCH_SERVICE], reason="休假", actor="test",
    )  # fmt: skip
    after = duties(scene)["A"]
    assert after["due_at"] == before["due_at"] and after["role"] == "branch_service"
    scene.later(minutes=20)
    scene.expect_sms("SH", Role.BRANCH_SERVICE, "任务A须于11:00前办结")
    with pytest.raises(InvalidInput):
        scene.engine.reassign_duty(before["id"], unit_id=branch.id, role="king", person_id=None,
                                   reason="", actor="test")  # fmt: skip
