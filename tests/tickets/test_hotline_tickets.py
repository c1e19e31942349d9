"""A ticket of 95558: what the client is told, 95558 is told by the same act, once."""

from __future__ import annotations

import sqlalchemy as sa

from complaints.work_order import parse_order
from core.words import Role
from escalation.ids import complaint_number
from tests.engine.scene import Scene
from tests.tickets.clerk import Clerk, duties, walk


def test_telling_the_client_answers_95558(scene: Scene) -> None:
    (fed,) = scene.engine.hotline.feed([parse_order({
        "number": "WO-1", "at": scene.now().isoformat(), "unit": "SH1",
        "client": {"name": "王五", "phone": "13912345678"}, "summary": "收益低", "demand": "说明",
    })], "test")  # fmt: skip
    assert fed.answer is not None
    complaint = str(fed.answer["complaint"])
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, complaint)
    contact = Clerk(scene, "SH", Role.BRANCH_CONTACT)
    assert contact.sees(complaint)["ticket"]["owner_role"] == "branch_contact"
    walk(contact, complaint, second=Clerk(scene, "SH", Role.BRANCH_LEADER), until="tell")
    assert duties(scene, complaint)["WP-22"] == "open"
    contact.does(complaint, "tell", said="已向客户说明收益计算", outcome="explained")
    assert duties(scene, complaint)["WP-22"] == "fulfilled"
    order = scene.engine.hotline.order(complaint_number(complaint))
    assert (order["state"], len(order["feedback"])) == ("answered", 1)
    contact.does(complaint, "tell", said="客户来电再次说明", outcome="explained")
    count = scene.db.app.read(lambda c: c.scalar(sa.text("SELECT count(*) FROM hotline_feedback")))
    assert count == 1
