"""Merging, taking out and splitting in the operator's words: nobody lost, no clock moved."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation.command import Who
from escalation.ids import incident_number
from tests.engine.scene import Scene

BOSS = Who("周敏", "ho_deputy", "web:ho_deputy")
SH = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
NJ = (("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER), ("NJ", Role.BRANCH_DEPUTY))
FUND = "稳健增利3号"


def _crowd(scene: Scene, unit: str, told: Any, **given: Any) -> int:
    number = incident_number(scene.crowd(10, unit, **given)[9]["incident"])
    scene.work()
    for where, role in told:
        scene.expect_sms(where, role, "10名客户集体投诉")
    return number


def _two(scene: Scene) -> tuple[int, int]:
    return _crowd(scene, "SH1", SH), _crowd(scene, "NJ1", NJ)


def _clocks(scene: Scene) -> dict[int, Any]:
    rows = scene.db.app.read(lambda c: c.execute(sa.text("SELECT id, due_at FROM duties")).all())
    return {r.id: r.due_at for r in rows}


def _counted(scene: Scene, incident: int) -> int:
    """The distinct clients that the incident says, and keeps."""
    shown = scene.engine.incident(incident)["clients"]
    kept = scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT count(*) FROM incident_clients WHERE incident_id = :id"),
        {"id": incident}))  # fmt: skip
    assert shown == kept
    return int(shown)


# --- merging ------------------------------------------------------------------------------------


def test_a_merged_incident_keeps_code_answers_and_clocks_and_nobody_is_told(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    scene.acknowledge(f"I{nanjing:07d}", "甲", Role.BRANCH_LEADER)
    before, clocks = scene.engine.incident(nanjing), _clocks(scene)
    scene.engine.command.merge(nanjing, shanghai, BOSS, "同一只产品、同一批客户")
    scene.work()
    scene.expect_nothing_more()
    child, root = scene.engine.incident(nanjing), scene.engine.incident(shanghai)
    assert child["parent"] == root["id"] and root["children"] == [child["id"]]
    for same in ("code", "acknowledgements", "opened_at", "clients", "keys"):
        assert child[same] == before[same]
    assert [d["id"] for d in child["duties"]] == [d["id"] for d in before["duties"]]
    assert _clocks(scene) == clocks
    assert _counted(scene, shanghai) == 20 and root["unit"] == "HO"
    assert root["command"]["regroupings"][0]["reason"] == "同一只产品、同一批客户"
    assert scene.complain("NJ1")["incident"] == child["id"]
    assert (_counted(scene, shanghai), _counted(scene, nanjing)) == (21, 11)


def test_after_a_merge_the_ladder_tells_nobody_who_was_told_in_the_tree(scene: Scene) -> None:
    shanghai = _crowd(scene, "SH1", SH)
    scene.later(minutes=5)
    for role in (Role.BRANCH_CONTACT, Role.BRANCH_SERVICE):
        scene.expect_sms("SH", role, "升级")
    second = incident_number(scene.crowd(10, "SH2")[9]["incident"])
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "静安支行")
    scene.expect_sms("SH2", Role.SUB_HEAD, "静安支行")
    scene.engine.command.merge(second, shanghai, BOSS, "同一批客户")
    scene.acknowledge(f"I{shanghai:07d}", "甲", Role.BRANCH_LEADER)
    scene.later(minutes=5)  # the second one's ladder: contact and service have heard of it
    scene.expect_nothing_more()
    scene.acknowledge(f"I{second:07d}", "甲", Role.BRANCH_LEADER)


def test_what_cannot_be_merged_is_refused_in_clear_words(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    third = incident_number(scene.crowd(10, "SH2")[9]["incident"])
    scene.work()
    for unit, role in (("SH2", Role.SUB_HEAD), SH[1], SH[2]):
        scene.expect_sms(unit, role, "静安支行")
    merge = scene.engine.command.merge
    with pytest.raises(InvalidInput):
        merge(nanjing, shanghai, BOSS, " ")
    with pytest.raises(Conflict, match="under itself"):
        merge(shanghai, shanghai, BOSS, "误操作")
    merge(nanjing, shanghai, BOSS, "同一产品")
    with pytest.raises(Conflict, match="part of this incident"):
        merge(shanghai, nanjing, BOSS, "反向")
    with pytest.raises(Conflict, match="take it out first"):
        merge(nanjing, third, BOSS, "换一处")
    with pytest.raises(Conflict, match="merge into"):
        merge(third, nanjing, BOSS, "并入分事件")
    scene.close(f"I{third:07d}")
    for unit, role in (("SH2", Role.SUB_HEAD), SH[1], SH[2]):
        scene.expect_sms(unit, role, "已解除")
    for pair in ((third, shanghai), (shanghai, third)):
        with pytest.raises(Conflict, match="not open"):
            merge(*pair, BOSS, "已结束的")


def test_an_incident_with_parts_goes_under_another_with_them(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    scene.engine.command.merge(nanjing, shanghai, BOSS, "同一产品")
    third = incident_number(scene.crowd(10, "SH2")[9]["incident"])
    scene.work()
    for unit, role in (("SH2", Role.SUB_HEAD), SH[1], SH[2]):
        scene.expect_sms(unit, role, "静安支行")
    scene.engine.command.merge(shanghai, third, BOSS, "以静安为主")
    assert _counted(scene, third) == 30
    parents = {scene.engine.incident(i)["parent"] for i in (shanghai, nanjing)}
    assert parents == {f"I{third:07d}"}, "never deeper than two"


# --- taking out ---------------------------------------------------------------------------------


def test_a_part_taken_out_is_as_it_was_and_the_rest_counts_its_own(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    merged = scene.engine.command
    with pytest.raises(Conflict, match="part of no other"):
        merged.take_out(nanjing, BOSS, "误合并")
    merged.merge(nanjing, shanghai, BOSS, "同一产品")
    scene.crowd(2, "NJ1")
    clocks = _clocks(scene)
    merged.take_out(nanjing, BOSS, "不是同一批客户")
    assert scene.engine.incident(nanjing)["parent"] is None
    assert (_counted(scene, shanghai), _counted(scene, nanjing)) == (10, 12)
    assert _clocks(scene) == clocks
    assert scene.complain("NJ1")["incident"] == f"I{nanjing:07d}"
    assert _counted(scene, shanghai) == 10
    kinds = [r["kind"] for r in scene.engine.incident(shanghai)["command"]["regroupings"]]
    assert kinds == ["merged", "taken_out"]


def test_a_whole_bank_incident_keeps_who_counts_under_its_product(scene: Scene) -> None:
    shanghai = _crowd(scene, "SH1", SH, product=FUND)
    nanjing = _crowd(scene, "NJ1", NJ, product=FUND)
    scene.crowd(10, "SH2", product=FUND)
    scene.work()
    scene.expect_sms("HO", Role.HO_DEPUTY, "全行")
    scene.expect_sms("SH2", Role.SUB_HEAD, "10名客户")
    whole = incident_number(str(scene.engine.incident(nanjing)["parent"]))
    assert _counted(scene, whole) == 30
    scene.engine.command.take_out(nanjing, BOSS, "南京已单独处置")
    assert _counted(scene, whole) == 30, "the product's clients are still the product's"
    assert scene.engine.incident(shanghai)["parent"] == f"I{whole:07d}"


# --- splitting ----------------------------------------------------------------------------------


def test_chosen_keys_become_an_incident_of_their_own(scene: Scene) -> None:
    first = _crowd(scene, "SH1", SH, product=FUND)
    for n in range(10):  # half of Shanghai's branch-wide product crowd stands elsewhere
        scene.complain("SH2" if n % 2 else "SH1", product=FUND)
    scene.work()
    before = scene.engine.incident(first)
    assert set(before["keys"]) == {"unit:SH1", f"branch_product:SH:{FUND}"}
    clocks = _clocks(scene)
    new = scene.engine.command.split(first, ["unit:SH1"], BOSS, "徐汇单独处置")
    scene.work()
    for unit, role in SH:
        scene.expect_sms(unit, role, "单独立案")
    old, own = scene.engine.incident(first), scene.engine.incident(new)
    assert (old["keys"], own["keys"]) == ([f"branch_product:SH:{FUND}"], ["unit:SH1"])
    assert (own["unit"], own["opened_at"], own["code"] != old["code"]) == (
        "SH1", before["opened_at"], True,
    )  # fmt: skip
    assert {k: v for k, v in _clocks(scene).items() if k in clocks} == clocks
    assert all(clocks[d["id"]] for d in own["duties"] if d["id"] in clocks)
    assert {d["unit"] for d in own["duties"] if d["id"] in clocks} <= {"SH1"}
    assert _counted(scene, new) == 15 and _counted(scene, first) == 20
    scene.complain("SH1")
    assert (_counted(scene, new), _counted(scene, first)) == (16, 20)


def test_two_cities_of_one_crowd_are_split_with_what_they_owe(scene: Scene) -> None:
    """One incident of a product has grown over Shanghai and Nanjing; Nanjing gets its own."""
    first = _crowd(scene, "SH1", SH, product=FUND)
    scene.crowd(9, "NJ1", product=FUND)
    scene.crowd(11, "SH1", product=FUND)  # the thirtieth of the product: the whole bank
    scene.complain("NJ1", product=FUND)
    scene.work()
    scene.expect_sms("HO", Role.HO_DEPUTY)
    for unit, role in NJ:
        scene.expect_sms(unit, role, "10名客户")
    scene.reply("SH", Role.BRANCH_LEADER, "收到")
    shown, going = scene.engine.incident(first), ["unit:NJ1", f"branch_product:NJ:{FUND}"]
    assert set(shown["keys"]) == {
        "unit:SH1", f"branch_product:SH:{FUND}", f"product:{FUND}", *going,
    }  # fmt: skip
    owed = {d["id"]: (d["unit"], d["due_at"]) for d in shown["duties"]}
    new = scene.engine.command.split(first, going, BOSS, "南京单独处置")
    scene.work()
    for unit, role in (*NJ, ("HO", Role.HO_DEPUTY)):
        scene.expect_sms(unit, role, "单独立案")
    own, old = scene.engine.incident(new), scene.engine.incident(first)
    assert own["acknowledgements"] == old["acknowledgements"] == shown["acknowledgements"]
    moved = [d for d in own["duties"] if d["id"] in owed]
    assert {d["unit"] for d in moved} == {"NJ"} == {u for u, _ in owed.values()} & {"NJ", "NJ1"}
    assert {d["unit"] for d in old["duties"]} == {"SH", "HO"}
    assert all(owed[d["id"]][1] == d["due_at"] for d in moved)
    copied = {d["clause"]: d["due_at"] for d in own["duties"] if d["id"] not in owed}
    twins = {d["clause"]: d["due_at"] for d in old["duties"] if d["unit"] == "HO"}
    assert copied == {"HO-ACK": twins["HO-ACK"]}, "head office owes an answer to both, in time"
    assert (_counted(scene, new), _counted(scene, first)) == (10, 31)
    scene.close(own["id"])
    for unit, role in (*NJ, ("HO", Role.HO_DEPUTY)):
        scene.expect_sms(unit, role, "已解除")
    assert scene.engine.incident(first)["state"] == "open"


def test_a_split_is_refused_for_foreign_no_or_all_keys(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    split = scene.engine.command.split
    for keys in ([], ["unit:NJ1"], ["unit:SH1", "unit:NJ1"]):
        with pytest.raises(InvalidInput):
            split(shanghai, keys, BOSS, "拆")
    with pytest.raises(Conflict, match="must stay"):
        split(shanghai, ["unit:SH1"], BOSS, "拆")
    scene.close(f"I{nanjing:07d}")
    for unit, role in NJ:
        scene.expect_sms(unit, role, "已解除")
    with pytest.raises(Conflict, match="not open"):
        split(nanjing, ["unit:NJ1"], BOSS, "拆")


def test_a_part_is_not_reopened_while_its_whole_has_ended(scene: Scene) -> None:
    shanghai, nanjing = _two(scene)
    scene.engine.command.merge(nanjing, shanghai, BOSS, "同一产品")
    scene.close(f"I{shanghai:07d}")
    for unit, role in (*SH, *NJ):
        scene.expect_sms(unit, role, "已解除")
    with pytest.raises(Conflict, match="reopen that first"):
        scene.engine.reopen_incident(nanjing, "又来了", "test")
