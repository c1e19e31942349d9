"""Duties of an incident: answered for, owed again, and all ended before it is closed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.errors import Conflict
from core.words import Role
from tests.engine.duty_scenes import Telling, duties, proof
from tests.engine.made_plan import clause


def test_head_office_answers_for_what_is_under_the_incident_it_acknowledges(
    telling: Telling,
) -> None:
    scene = telling(clause("ACK", event="incident_opened", who=["ho_deputy"],
                           fulfilled_by=["head_office_acknowledgement"]))  # fmt: skip
    for unit in ("SH1", "NJ1"):
        scene.crowd(16, unit, product="稳健增利")
    scene.work()
    parent = next(i for i in scene.open_incidents() if i["children"])
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))
    scene.acknowledge(parent["id"], "赵副总", Role.HO_DEPUTY)
    states = {d["state"] for child in parent["children"] for d in scene.incident(child)["duties"]}
    assert states == {"fulfilled"}
    scene.db.move_time(timedelta(minutes=46))
    scene.work()
    texts = scene.db.app.read(
        lambda c: c.scalars(sa.text("SELECT kind FROM messages WHERE kind = 'head_office'")).all()
    )
    assert not texts, "head office is not paged about what it has answered for"
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))


def test_a_second_end_owes_a_second_review(telling: Telling) -> None:
    scene = telling(clause("L", event="incident_stood_down", within="30cd"))
    incident = str(scene.crowd(10)[-1]["incident"])
    number = int(incident[1:])
    scene.work()
    for again in (False, True):
        if again:
            scene.engine.reopen_incident(number, "再次聚集", "t")
            scene.later(minutes=1)
        scene.close(incident)
        owed = duties(scene)["L"]
        assert owed["state"] == "open"
        scene.engine.prove_duty(owed["id"], None, proof(scene), "t")
    assert len([d for d in scene.incident(incident)["duties"] if d["clause"] == "L"]) == 2
    scene.engine.close_incident(number, "归档", "t")
    for phone in scene.phones.values():
        scene.seen[phone] = len(scene.gateway.messages(phone))


def test_an_incident_is_closed_only_when_every_duty_has_ended(telling: Telling) -> None:
    scene = telling(
        clause("R", event="incident_opened", fulfilled_by=["regulator_receipt"]),
        clause("L", event="incident_stood_down", within="30cd"),
    )
    scene.crowd(10)
    scene.work()
    (incident,) = scene.open_incidents()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role)
    scene.expect_sms("SH1", Role.SUB_HEAD)
    number = duties(scene)["R"]["incident_id"]
    with pytest.raises(Conflict, match="stand"):
        scene.engine.close_incident(number, "已处置", "t")
    scene.close(incident["id"])
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "解除")
    scene.expect_sms("SH1", Role.SUB_HEAD, "解除")
    with pytest.raises(Conflict, match="2 duties") as caught:
        scene.engine.close_incident(number, "已处置", "t")
    owed: Any = caught.value.extra["duties"]
    assert len(owed) == 2
    found = duties(scene)
    scene.engine.prove_duty(found["R"]["id"], None, proof(scene, to="监管局"), "t")
    scene.engine.waive_duty(found["L"]["id"], "ho_leader", "演练事件", "t")
    scene.engine.close_incident(number, "归档", "t")
    assert scene.incident(incident["id"])["state"] == "closed"
    scene.engine.reopen_incident(number, "客户再次聚集", "t")
    scene.work()
    again = scene.incident(incident["id"])
    assert again["state"] == "open" and again["clients"] == 10
    assert duties(scene)["R"]["state"] == "fulfilled"
    for unit, role in (("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY),
                       ("SH1", Role.SUB_HEAD)):  # fmt: skip
        scene.expect_sms(unit, role, "重新启动")
    scene.close(incident["id"])
    for unit, role in (("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY),
                       ("SH1", Role.SUB_HEAD)):  # fmt: skip
        scene.expect_sms(unit, role, "解除")
