"""Events recorded by hand: what may be, and which clocks they start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.errors import InvalidInput
from escalation.events import ByHand
from escalation.ids import complaint_number
from tests.engine.duty_scenes import Telling, duties
from tests.engine.made_plan import clause


def test_an_event_known_before_its_complaint_is_refused(telling: Telling) -> None:
    scene = telling(clause("A"))
    number = complaint_number(scene.complain()["complaint"])
    for value in (
        ByHand("bounced", complaint_id=number, aware_at=scene.now() - timedelta(days=1)),
        ByHand("media_report", unit="SH", aware_at=scene.now() - timedelta(days=900)),
    ):
        with pytest.raises(InvalidInput) as caught:
            scene.engine.record_event(value, "t")
        assert [f.field for f in caught.value.faults] == ["aware_at"]


def test_an_event_by_hand_is_recorded_once_and_starts_its_clocks(telling: Telling) -> None:
    scene = telling(
        clause("D", event="client_dissatisfied", who=["branch_leader"], within="at once",
               fulfilled_by=["contact"]),
        clause("R", event="regulator_inquiry", who=["branch_contact"], within="1wd"),
    )  # fmt: skip
    number = complaint_number(scene.complain()["complaint"])
    assert duties(scene) == {}
    once = scene.engine.record_event(ByHand("client_dissatisfied", complaint_id=number), "t")
    again = scene.engine.record_event(ByHand("client_dissatisfied", complaint_id=number), "t")
    assert once == again and duties(scene)["D"]["complaint_id"] == number
    scene.engine.record_event(ByHand("regulator_inquiry", unit="NJ1", ref="银保监2026-9"), "t")
    tree = scene.house.tree()
    assert tree.get(duties(scene)["R"]["unit_id"]).code == "NJ"


def test_an_event_by_hand_that_cannot_be_is_refused(telling: Telling) -> None:
    scene = telling(clause("A"))
    ahead = scene.now() + timedelta(hours=1)
    for value, field in (
        (ByHand("incident_opened", unit="SH"), "event"),
        (ByHand("regulator_inquiry", unit="XX"), "unit"),
        (ByHand("regulator_inquiry", unit="SH", aware_at=ahead), "aware_at"),
        (ByHand("regulator_inquiry", unit="SH", class_id="Z"), "class"),
        (ByHand("client_dissatisfied"), "complaint"),
        (ByHand("client_dissatisfied", complaint_id=999), "complaint"),
    ):
        with pytest.raises(InvalidInput) as caught:
            scene.engine.record_event(value, "t")
        assert field in [f.field for f in caught.value.faults]
