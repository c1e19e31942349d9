"""What a crowd of no single branch asks of head office."""

from __future__ import annotations

from core.words import Role
from escalation.ids import incident_number
from tests.engine.scene import Scene


def test_for_a_crowd_of_no_single_branch_head_office_sees_to_the_regulator(scene: Scene) -> None:
    for unit, clients in (("SH1", 9), ("NJ1", 9), ("HO", 12)):
        last = scene.crowd(clients, unit, product="稳健增利3号")[-1]
    opened = scene.engine.incident(incident_number(last["incident"]))
    assert (opened["unit"], opened["children"]) == ("HO", [])
    owed = {d["clause"]: d["role"] for d in opened["duties"]}
    assert owed["WP-13-R"] == owed["WP-32"] == "ho_deputy"
    assert "WP-13" not in owed, "head office does not report to itself"
    scene.work()
    scene.expect_sms("HO", Role.HO_DEPUTY, "总行30名客户集体投诉")
