"""Tickets of the bank's plan from the first second to the archive, in the operator's words."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from complaints.ticket_forms import fill
from core.errors import Conflict, InvalidInput, NotAllowed
from core.words import Role
from escalation.ids import complaint_number
from escalation.my_tickets import Mine
from escalation.ticket_store import Worker
from tests.engine.scene import Scene
from tests.tickets.clerk import SAYS, Clerk, duties, walk

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "000002000154a24f5d0000000049454e44ae426082"
)


@pytest.fixture
def head(scene: Scene) -> Clerk:
    return Clerk(scene)


def said(scene: Scene, **given: object) -> str:
    """A complaint that says what a file needs."""
    return str(scene.complain(subject="收益", summary="到期收益低于预期", demand="说明",
                              **given)["complaint"])  # fmt: skip


def test_a_counter_complaint_from_the_first_second_to_its_archive(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    ticket = head.sees(complaint)["ticket"]
    assert (ticket["stage"], ticket["owner_role"]) == ("accept", "sub_lobby_manager")
    assert duties(scene, complaint) == {"WP-17": "open"}
    for step in ("accept", "register"):
        head.does(complaint, step)
    head.does(complaint, "contact", files=(PNG,))
    assert duties(scene, complaint)["WP-17"] == "fulfilled"
    assert walk(head, complaint, second=Clerk(scene, "SH", Role.BRANCH_LEADER), until="tell")
    assert duties(scene, complaint)["WP-17-R"] == "open"
    head.does(complaint, "tell")
    head.does(complaint, "ask")
    assert duties(scene, complaint) == {
        "WP-17": "fulfilled", "WP-17-R": "fulfilled", "WP-26": "open", "WP-26-U": "open",
    }  # fmt: skip
    head.does(complaint, "skip", step="return_visit", reason="客户表示无需回访")
    head.does(complaint, "archive")
    seen = head.sees(complaint)
    assert seen["ticket"]["stage"] == "archived"
    assert duties(scene, complaint)["WP-26"] == "fulfilled"
    assert len(seen["files"]) == 1 and seen["files"][0]["media_type"] == "image/png"
    file = scene.engine.tickets.file(complaint_number(complaint), seen["files"][0]["id"])
    assert file.content == PNG


def test_every_step_out_of_order_is_refused_with_what_is_missing(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    with pytest.raises(Conflict) as fault:
        head.does(complaint, "archive")
    for step in ("受理", "登记", "联系客户", "调查核实", "处理方案", "方案实施", "告知结果"):
        assert step in fault.value.zh
    with pytest.raises(Conflict, match="not done yet: Accept"):
        head.does(complaint, "on_the_spot")
    head.does(complaint, "accept")
    with pytest.raises(Conflict, match="cannot be left out"):
        head.does(complaint, "skip", step="register", reason="x")
    assert head.sees(complaint)["ticket"]["stage"] == "register"
    assert [a["act"] for a in head.sees(complaint)["acts"]] == ["accept"]


def test_a_plan_is_not_approved_by_its_drafter_nor_by_who_may_not(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    walk(head, complaint, until="approve")
    with pytest.raises(Conflict, match="nobody approves their own plan"):
        head.does(complaint, "approve")
    with pytest.raises(NotAllowed):
        Clerk(scene, "SH", Role.BRANCH_CONTACT).does(complaint, "approve")
    leader = Clerk(scene, "SH", Role.BRANCH_LEADER)
    leader.does(complaint, "approve", approved=False, note="须补充补偿依据")
    assert head.sees(complaint)["ticket"]["stage"] == "plan"
    head.does(complaint, "plan")
    leader.does(complaint, "approve")
    assert head.sees(complaint)["ticket"]["stage"] == "carry_out"


def test_shares_of_responsibility_add_up_to_a_hundred(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    walk(head, complaint, until="analyse")
    with pytest.raises(InvalidInput) as fault:
        head.does(complaint, "analyse", shares=[{"unit": "SH1", "percent": 70}])
    assert [f.field for f in fault.value.faults] == ["shares"]
    head.does(complaint, "analyse")


def test_settled_on_the_spot_owes_only_its_file(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.does(complaint, "accept")
    head.does(complaint, "on_the_spot")
    assert head.sees(complaint)["ticket"]["stage"] == "archive"
    head.does(complaint, "archive")
    ticket = head.sees(complaint)["ticket"]
    assert (ticket["stage"], ticket["outcome"]) == ("archived", "on_the_spot")


def test_dissatisfied_at_the_return_visit_is_worked_on_again_and_loses_nothing(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    leader = Clerk(scene, "SH", Role.BRANCH_LEADER)
    walk(head, complaint, second=leader, until="return_visit")
    due_before = _dues(scene, complaint)
    before = head.sees(complaint)
    head.does(complaint, "return_visit", satisfaction="dissatisfied")
    after = head.sees(complaint)
    assert (after["ticket"]["round"], after["ticket"]["stage"]) == (2, "contact")
    assert after["ticket"]["reopened"] == 1
    assert [a["id"] for a in after["acts"]][: len(before["acts"])] == [
        a["id"] for a in before["acts"]
    ]
    after_dues = _dues(scene, complaint)
    assert {k: after_dues[k] for k in due_before} == due_before  # no clock was reset
    assert walk(head, complaint, second=leader) == "archived"


def _dues(scene: Scene, complaint: str) -> dict[int, object]:
    rows = scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT id, due_at FROM duties WHERE complaint_id = :id"),
        {"id": complaint_number(complaint)},
    ).all())  # fmt: skip
    return {row.id: row.due_at for row in rows}


def test_an_objection_holds_the_archive_and_upheld_opens_it_again(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    leader = Clerk(scene, "SH", Role.BRANCH_LEADER)
    assert walk(head, complaint, second=leader) == "archived"
    head.does(complaint, "object", kind="review", said="不同意结论")
    head.does(complaint, "answer_objection", upheld=True, via="letter", reply="重新核查")
    assert head.sees(complaint)["ticket"]["round"] == 2
    assert walk(head, complaint, second=leader) == "archived"


def test_what_may_become_major_goes_up_with_a_text(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.does(complaint, "accept")
    head.does(complaint, "major_risk", reason="客户称将找媒体")
    scene.work()
    text = scene.expect_sms("SH", Role.BRANCH_LEADER, "可能引发重大投诉")
    assert complaint in text
    leader = Clerk(scene, "SH", Role.BRANCH_LEADER)
    assert head.sees(complaint)["ticket"]["owner_role"] == "sub_lobby_manager"  # until it is taken
    leader.accepts(complaint)
    ticket = leader.sees(complaint)["ticket"]
    assert (ticket["owner_role"], ticket["unit_code"]) == ("branch_leader", "SH")
    assert ticket["major_risk"] and ticket["priority"] == 2
    assert duties(scene, complaint)["WP-23"] == "fulfilled"


def test_the_second_pass_is_flagged_and_only_the_unit_above_names_who_has_it(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    other = Clerk(scene, "SH2")
    head.hands(complaint, "SH2", Role.SUB_HEAD)
    with pytest.raises(Conflict):
        head.hands(complaint, "SH", Role.BRANCH_CONTACT)
    other.refuses(complaint)
    head.hands(complaint, "SH2", Role.SUB_HEAD)
    other.accepts(complaint)
    assert other.sees(complaint)["ticket"]["bounced"]
    assert duties(scene, complaint)["WP-18"] == "open"
    with pytest.raises(Conflict, match="passed on twice"):
        other.hands(complaint, "SH1", Role.SUB_HEAD)
    Clerk(scene, "SH", Role.BRANCH_CONTACT).hands(complaint, "SH1", Role.SUB_HEAD)
    head.accepts(complaint)
    assert head.sees(complaint)["ticket"]["unit_code"] == "SH1"
    assert duties(scene, complaint)["WP-18"] == "fulfilled"


def test_a_complaint_about_a_leader_never_gets_to_that_leader(scene: Scene) -> None:
    complaint = str(scene.complain(channel="hotline", unit="SH", against="branch_leader",
                                   summary="行长态度恶劣", demand="道歉")["complaint"])  # fmt: skip
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_DEPUTY, complaint)
    contact, leader = (
        Clerk(scene, "SH", Role.BRANCH_CONTACT),
        Clerk(scene, "SH", Role.BRANCH_LEADER),
    )
    assert contact.sees(complaint)["ticket"]["owner_role"] == "branch_contact"
    with pytest.raises(Conflict, match="not handed to them"):
        contact.hands(complaint, "SH", Role.BRANCH_LEADER)
    with pytest.raises(Conflict, match="somebody else must do it"):
        leader.does(complaint, "accept")
    contact.does(complaint, "accept")
    contact.does(complaint, "beyond_authority", reason="涉及行长")
    scene.work()
    scene.expect_sms("HO", Role.HO_DEPUTY, "超出本级权限")
    owed = scene.db.app.read(lambda c: c.scalars(
        sa.text("SELECT role FROM duties WHERE complaint_id = :id AND state = 'open'"),
        {"id": complaint_number(complaint)},
    ).all())  # fmt: skip
    assert "branch_leader" not in owed


def test_withdrawn_and_merged_complaints_leave_the_counts(scene: Scene, head: Clerk) -> None:
    client = {"name": "王五", "phone": "13900000001"}
    first = scene.complain(client=client)
    second = scene.complain(client=client, channel="phone")
    third = scene.complain()
    count = {k["key"]: k["clients"] for k in third["counted"]}
    with pytest.raises(Conflict, match="same client"):
        head.does(third["complaint"], "merge", into=first["complaint"], reason="重复")
    head.does(second["complaint"], "merge", into=first["complaint"], reason="同一事项")
    head.does(third["complaint"], "withdraw", reason="客户撤诉")
    assert head.sees(second["complaint"])["ticket"]["merged_into"] == first["complaint"]
    assert head.sees(third["complaint"])["ticket"]["stage"] == "withdrawn"
    assert set(duties(scene, third["complaint"]).values()) == {"waived"}
    key = next(k for k in count if k.startswith("unit:SH1"))
    now = scene.db.app.read(lambda c: c.scalar(
        sa.text("SELECT clients FROM key_states WHERE key = :key"), {"key": key}
    ))  # fmt: skip
    assert (count[key], now) == (2, 1)
    with pytest.raises(Conflict):
        head.does(third["complaint"], "accept")


def test_a_complaint_made_again_is_linked_to_the_old_one(scene: Scene, head: Clerk) -> None:
    client = {"name": "王五", "phone": "13900000001"}
    first, second = (said(scene, client=client) for _ in range(2))
    stranger = said(scene)
    desk = scene.engine.tickets
    with pytest.raises(Conflict):
        desk.link_previous(complaint_number(stranger), complaint_number(first), head.worker)
    desk.link_previous(complaint_number(second), complaint_number(first), head.worker)
    seen = head.sees(second)
    assert seen["ticket"]["previous"] == first
    assert [r["complaint"] for r in seen["related"]] == [first]


def test_words_are_sealed_and_shown_masked(scene: Scene, head: Clerk) -> None:
    complaint = said(scene, client={"name": "欧阳雪梅", "phone": "13912345678"})
    head.does(complaint, "accept")
    head.does(complaint, "register")
    head.does(complaint, "contact", said="欧阳雪梅来电，手机13912345678，要求说明")
    shown = head.sees(complaint)["acts"][-1]["words"]["said"]
    assert "欧阳雪梅" not in shown and "13912345678" not in shown
    rows = scene.db.app.read(lambda c: c.execute(
        sa.text("SELECT ticket_acts\\:\\:text AS a FROM ticket_acts UNION ALL"
                " SELECT journal\\:\\:text FROM journal")
    ).scalars().all())  # fmt: skip
    assert not any("欧阳雪梅" in row or "13912345678" in row for row in rows)
    revealed = scene.engine.tickets.reveal(complaint_number(complaint), "核对回访", "web:x:1")
    assert "欧阳雪梅" in revealed[-1]["words"]["said"]


def test_a_measure_keeps_its_date_and_loses_a_clients_name(scene: Scene, head: Clerk) -> None:
    complaint = said(scene, client={"name": "欧阳雪梅", "phone": "13912345678"})
    walk(head, complaint, until="plan")
    head.does(complaint, "plan", note="2026-12-01前完成",
              measures=[{"what": "向欧阳雪梅说明", "who": "支行", "by": "2026-11-30"}])  # fmt: skip
    words = head.sees(complaint)["acts"][-1]["words"]
    (measure,) = json.loads(words["measures"])
    assert (measure["by"], words["note"]) == ("2026-11-30", "2026-12-01前完成")
    assert "欧阳雪梅" not in measure["what"]


def test_acts_are_never_rewritten(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.does(complaint, "accept")
    for statement in ("UPDATE ticket_acts SET act = 'x'", "DELETE FROM ticket_acts",
                      "UPDATE ticket_acts SET sealed = '\\x00'"):  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError):
            scene.db.app.run(lambda c, s=statement: c.execute(sa.text(s)))


def test_whoever_read_an_older_ticket_is_told_so(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    version = head.sees(complaint)["ticket"]["version"]
    head.does(complaint, "accept")
    with pytest.raises(Conflict, match="somebody has acted"):
        scene.engine.tickets.do(
            complaint_number(complaint), fill("register", {}), head.worker, version=version
        )


def test_nobody_approves_their_own_plan_from_another_seat(scene: Scene, head: Clerk) -> None:
    """One account in two seats is one person; whoever wrote any of the plan did not approve it."""
    complaint = said(scene)
    walk(head, complaint, until="plan")
    desk, number = scene.engine.tickets, complaint_number(complaint)
    me = Worker("陈静", "sub_head", "web:sub_head:7", head.worker.unit_id)
    desk.do(number, fill("plan", SAYS["plan"]), me)
    head.does(complaint, "plan")
    for role in ("branch_leader", "branch_deputy"):
        seat = Worker("陈静", role, f"web:{role}:7", head.worker.unit_id)
        with pytest.raises(Conflict, match="nobody approves their own plan"):
            desk.do(number, fill("approve", {"approved": True}), seat)
    with pytest.raises(Conflict, match="nobody approves"):
        head.does(complaint, "approve")
    Clerk(scene, "SH", Role.BRANCH_LEADER).does(complaint, "approve")


def test_a_plan_that_pays_is_approved(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    walk(head, complaint, until="plan")
    head.does(complaint, "plan", compensation="500.00", basis="服务补偿办法第三条")
    with pytest.raises(Conflict, match="is approved"):
        head.does(complaint, "skip", step="approve", reason="金额小")
    Clerk(scene, "SH", Role.BRANCH_LEADER).does(complaint, "approve")


def test_what_was_looked_into_is_not_settled_on_the_spot(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    walk(head, complaint, until="plan")
    with pytest.raises(Conflict):
        head.does(complaint, "on_the_spot")


def test_whoever_it_is_offered_to_refuses_with_a_reason_and_takes_nothing_back(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    other = Clerk(scene, "SH2")
    head.hands(complaint, "SH2", Role.SUB_HEAD)
    with pytest.raises(NotAllowed):
        scene.engine.tickets.take_back(complaint_number(complaint), other.worker)
    scene.engine.tickets.take_back(complaint_number(complaint), head.worker)
    assert head.sees(complaint)["ticket"]["passes"] == 0


def test_an_ended_ticket_is_offered_to_nobody(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.hands(complaint, "SH2", Role.SUB_HEAD)
    head.does(complaint, "withdraw", reason="撤诉")
    with pytest.raises(Conflict):
        Clerk(scene, "SH2").accepts(complaint)
    assert head.sees(complaint)["handovers"][0]["state"] == "withdrawn"


def test_what_is_corrected_after_its_archive_counts_no_longer(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    assert walk(head, complaint, second=Clerk(scene, "SH", Role.BRANCH_LEADER)) == "archived"
    scene.engine.correct_complaint(complaint_number(complaint), "misfiled", "重复录入", "token:crm")
    seen = head.sees(complaint)
    assert seen["ticket"]["stage"] == "misfiled"
    assert [a["act"] for a in seen["acts"]][-1] == "misfiled"


def test_merging_never_moves_to_a_younger_clock(scene: Scene, head: Clerk) -> None:
    client = {"name": "王五", "phone": "13900000001"}
    first, second = (said(scene, client=client, channel="phone") for _ in range(2))
    with pytest.raises(Conflict, match="the earlier one"):
        head.does(first, "merge", into=second, reason="重复")


def test_a_kept_promise_is_not_called_broken_when_the_ticket_opens_again(
    scene: Scene, head: Clerk
) -> None:
    complaint = said(scene)
    head.does(complaint, "promise", promised_at=(scene.now() + timedelta(hours=3)).isoformat())
    leader = Clerk(scene, "SH", Role.BRANCH_LEADER)
    walk(head, complaint, second=leader, until="return_visit")
    scene.later(hours=4)
    head.does(complaint, "return_visit", satisfaction="dissatisfied")
    scene.work()
    assert head.sees(complaint)["ticket"]["promise_lapsed_at"] is None


def test_who_left_leaves_the_ticket_to_the_unit(scene: Scene, head: Clerk) -> None:
    complaint = said(scene)
    head.hands(complaint, "SH1", Role.SUB_DEPUTY)
    deputy = Clerk(scene, "SH1", Role.SUB_DEPUTY)
    deputy.accepts(complaint)
    scene.db.app.run(lambda c: c.execute(
        sa.text("UPDATE people SET active = false WHERE id = :id"), {"id": deputy.worker.person_id}
    ))  # fmt: skip
    unit = scene.house.tree().by_code("SH1")
    assert unit is not None
    mine = scene.engine.tickets.mine(Mine(head.worker.person_id, ("sub_head",), unit.id, unit.path))
    assert [t["complaint"] for t in mine["tickets"]] == [complaint]
