"""What users of such systems suffered from (design notes, "ten sufferings"), a named test each.

Covered elsewhere: 3, the scheduler that dies when the database blinks, in
tests/system/test_two_engines.py; 10, signatures behind a TLS proxy and unset tokens, in
tests/gateways/test_webhooks.py. Of 7, make-up days come with the working calendar.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts.gateways.port import Lookup, Sending, SendResult
from alerts.gateways.sandbox import SandboxGateway
from alerts.sender import Sender, claim
from contacts.people import MemberValue, PersonValue, block_phone, save_member, save_person
from core.clock import SHANGHAI
from core.errors import Conflict
from core.words import Role
from escalation.ids import incident_number, reply_code
from tests.engine.ladders import ladder_plan
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
ALL = (*FIRST, ("SH", Role.BRANCH_CONTACT), ("SH", Role.BRANCH_SERVICE), ("HO", Role.HO_DEPUTY))


def _open(scene: Scene, unit: str = "SH1") -> str:
    return str(scene.crowd(10, unit)[9]["incident"])


def _first(scene: Scene, words: str = "10名客户") -> None:
    for unit, role in FIRST:
        scene.expect_sms(unit, role, words)


def _sql(scene: Scene, query: str, **given: object) -> sa.CursorResult[tuple[object, ...]]:
    return scene.db.owner.run(lambda c: c.execute(sa.text(query), given))


def _all_sent(scene: Scene) -> list[str]:
    rows = scene.db.app.read(
        lambda c: c.execute(
            sa.text("SELECT reference FROM sandbox_messages WHERE direction = 'out' ORDER BY id")
        ).all()
    )
    return [row.reference for row in rows]


# --- 1: a reply acknowledges the wrong incident, codes are reused ------------------------------


def test_1_a_code_that_came_round_again_acknowledges_only_the_open_incident(
    db: TestDatabase,
) -> None:
    scene = Scene(db, plan=ladder_plan())
    old = _open(scene)
    scene.work()
    _first(scene)
    scene.close(old)
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")
    scene.later(hours=80)
    _sql(scene, "SELECT setval('incidents_id_seq', :n)", n=incident_number(old) + 9000 - 1)
    new = _open(scene)
    code = scene.incident(new)["code"]
    assert code == scene.incident(old)["code"] == reply_code(incident_number(old))
    scene.work()
    _first(scene)
    scene.reply("SH", Role.BRANCH_LEADER, code)
    assert len(scene.incident(new)["acknowledgements"]) == 1
    assert scene.incident(old)["acknowledgements"] == []


def test_1_a_code_of_an_open_incident_is_never_given_again(scene: Scene) -> None:
    old = _open(scene)
    _sql(scene, "SELECT setval('incidents_id_seq', :n)", n=incident_number(old) + 9000 - 1)
    new = _open(scene, "NJ1")
    assert scene.incident(new)["code"] != scene.incident(old)["code"]
    scene.work()
    _first(scene)
    for unit, role in (("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER),
                       ("NJ", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role)


def test_1_the_code_of_an_incident_that_was_not_texted_there_acknowledges_nothing(
    scene: Scene,
) -> None:
    here, there = _open(scene), _open(scene, "NJ1")
    scene.work()
    _first(scene)
    for unit, role in (("NJ1", Role.SUB_HEAD), ("NJ", Role.BRANCH_LEADER),
                       ("NJ", Role.BRANCH_DEPUTY)):  # fmt: skip
        scene.expect_sms(unit, role)
    scene.reply("SH", Role.BRANCH_LEADER, f"收到 {scene.incident(there)['code']}")
    assert scene.incident(here)["acknowledgements"] == []
    assert scene.incident(there)["acknowledgements"] == []
    scene.expect_sms("SH", Role.BRANCH_LEADER, "未识别")


def test_1_a_slip_of_the_thumb_acknowledges_nothing(scene: Scene) -> None:
    here, there = _open(scene), _open(scene, "SH2")
    scene.work()
    _first(scene)
    scene.expect_sms("SH2", Role.SUB_HEAD)
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role)
    code = scene.incident(here)["code"]
    wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
    swapped = code[0] + code[2] + code[1] + code[3:] if code[1] != code[2] else wrong
    for slip in (wrong, swapped):
        scene.reply("SH", Role.BRANCH_LEADER, slip)
        scene.expect_sms("SH", Role.BRANCH_LEADER, "未识别")
    assert scene.incident(here)["acknowledgements"] == []
    assert scene.incident(there)["acknowledgements"] == []


# --- 2: paged again after acknowledging; acknowledging races with closing ----------------------


@pytest.mark.parametrize("via", ["web", "desk", "sms"])
def test_2_after_an_acknowledgement_at_head_office_nobody_is_paged(
    db: TestDatabase,
    via: str,
) -> None:
    scene = Scene(db, plan=ladder_plan())
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY)
    if via == "sms":
        scene.reply("HO", Role.HO_DEPUTY, "收到")
    else:
        assert scene.acknowledge(incident, "员工2", Role.HO_DEPUTY, via)
    for _ in range(6):
        scene.later(minutes=30)
    scene.expect_nothing_more()


def test_2_a_step_that_was_queued_is_not_sent_after_the_acknowledgement(scene: Scene) -> None:
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.db.move_time(timedelta(minutes=5))
    for _name, clockwork in scene.engine.clockworks():
        clockwork()  # the second step stands in the outbox, no sender has seen it
    assert scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    scene.work()
    states = {m["step"]: m["state"] for m in scene.incident(incident)["messages"]}
    assert states == {0: "delivered", 1: "cancelled"}


def test_2_a_failed_text_pages_nobody_further_after_the_acknowledgement(scene: Scene) -> None:
    incident = _open(scene)
    scene.work()
    _first(scene)
    _second_contact(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    assert scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    _sql(scene, "UPDATE messages SET state = 'failed' WHERE step = 1 AND to_role = :role",
         role=Role.BRANCH_CONTACT.value)  # fmt: skip
    scene.later(minutes=1)
    scene.expect_nothing_more()


def test_2_a_failed_text_goes_to_the_next_holder_before_it(scene: Scene) -> None:
    _open(scene)
    scene.work()
    _first(scene)
    phone = _second_contact(scene)
    scene.later(minutes=5)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    _sql(scene, "UPDATE messages SET state = 'failed' WHERE step = 1 AND to_role = :role",
         role=Role.BRANCH_CONTACT.value)  # fmt: skip
    scene.later(minutes=1)
    assert len(scene.gateway.messages(phone)) == 1


def _second_contact(scene: Scene) -> str:
    phone = "19900009999"

    def work(connection: sa.Connection) -> None:
        unit = connection.execute(sa.text("SELECT id FROM units WHERE code = 'SH'")).scalar_one()
        person = save_person(connection, PersonValue(name="候补", unit_id=unit, mobile=phone))
        save_member(
            connection,
            MemberValue(unit_id=unit, role=Role.BRANCH_CONTACT, person_id=person, rank=2),
        )

    scene.db.app.run(work)
    return phone


def test_2_an_acknowledgement_after_the_close_reopens_nothing(db: TestDatabase) -> None:
    scene = Scene(db, plan=ladder_plan())
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.close(incident)
    for unit, role in FIRST:
        scene.expect_sms(unit, role, "已解除")
    with pytest.raises(Conflict):
        scene.acknowledge(incident, "员工5", Role.BRANCH_LEADER)
    scene.later(hours=2)
    after = scene.incident(incident)
    assert (after["state"], after["acknowledgements"]) == ("stood_down", [])
    assert after["ladder"]["state"] == "stopped"


# --- 4: N workers send N times: see also tests/concurrency -------------------------------------


def test_4_five_senders_in_turn_send_each_text_once(scene: Scene) -> None:
    _open(scene)
    senders = [Sender(scene.db.app, [scene.gateway], f"sender-{i}") for i in range(5)]
    while sum(sender.send_one() for sender in senders):
        pass
    sent = _all_sent(scene)
    assert len(sent) == len(set(sent)) == 3
    scene.work()
    _first(scene)


# --- 5: a message lost between claim and send --------------------------------------------------


class _Dies(Exception):
    """The process is gone."""


class _Sandbox:
    """The sandbox, under a sender that dies at once after the provider took the text."""

    name = "sandbox"

    def __init__(self, real: SandboxGateway) -> None:
        self.real = real

    def send(self, sending: Sending) -> SendResult:
        self.real.send(sending)
        raise _Dies

    def lookup(self, sending: Sending) -> Lookup:
        return self.real.lookup(sending)

    def probe(self) -> str | None:
        return None


def _dies_after_sending(scene: Scene) -> None:
    with pytest.raises(_Dies):
        Sender(scene.db.app, [_Sandbox(scene.gateway)], "dying").send_one()


def _lease_passes(scene: Scene) -> None:
    _sql(scene, "UPDATE messages SET claimed_until_real = clock_timestamp() - interval '1 second'"
                " WHERE state = 'sending'")  # fmt: skip


def test_5_died_after_the_claim_the_text_is_sent_and_marked(scene: Scene) -> None:
    _open(scene)
    assert scene.db.app.run(lambda c: claim(c, "dying")) is not None  # and then it dies
    assert len(_all_sent(scene)) == 0
    scene.work()
    assert len(_all_sent(scene)) == 2, "nobody else sends while the claim may live"
    _lease_passes(scene)
    scene.work()
    _first(scene)
    marks = _sql(scene, "SELECT count(*) FROM messages WHERE possible_duplicate").scalar_one()
    assert marks == 1


def test_5_died_after_the_gateway_took_it_the_text_is_looked_up_and_not_sent_again(
    scene: Scene,
) -> None:
    _open(scene)
    _dies_after_sending(scene)
    _lease_passes(scene)
    scene.work()
    sent = _all_sent(scene)
    assert len(sent) == len(set(sent)) == 3
    _first(scene)


class _Forgetful(_Sandbox):
    """A provider that takes texts and cannot say later whether it did."""

    def send(self, sending: Sending) -> SendResult:
        return self.real.send(sending)

    def lookup(self, sending: Sending) -> Lookup:
        return Lookup(found=None)


def test_5_where_nobody_can_say_it_is_sent_again_and_marked(scene: Scene) -> None:
    _open(scene)
    _dies_after_sending(scene)
    sender = Sender(scene.db.app, [_Forgetful(scene.gateway)], "other")
    for _ in range(8):
        _lease_passes(scene)
        _sql(scene, "UPDATE messages SET not_before_real = clock_timestamp()")
        while sender.send_one():
            pass
    sent = _all_sent(scene)
    assert (len(sent), len(set(sent))) == (4, 3), "at least once, the duplicate bounded"
    marked = _sql(scene, "SELECT 'fh-' || id FROM messages WHERE possible_duplicate").scalars()
    assert list(marked) == [next(ref for ref in sent if sent.count(ref) == 2)]
    _first(scene)
    doubled = [u for u in FIRST if len(scene.gateway.messages(scene.phones[u])) == 2]
    assert len(doubled) == 1
    scene.expect_sms(*doubled[0])


# --- 6: a ladder step with nobody behind it waits out its delay in silence ---------------------


def test_6_a_step_that_nobody_holds_is_passed_at_once_and_shown(scene: Scene) -> None:
    def empty(connection: sa.Connection) -> None:
        connection.execute(
            sa.text("DELETE FROM team_members WHERE role IN ('branch_contact', 'branch_service')")
        )

    scene.db.owner.run(empty)
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    ladder = scene.incident(incident)["ladder"]
    assert [s["outcome"] for s in ladder["done"]] == ["told", "skipped", "told"]
    assert {m["why"] for m in ladder["done"][1]["missed"]} == {"vacant"}
    assert any(t["verb"] == "ladder_skipped" for t in scene.incident(incident)["timeline"])


def test_6_a_step_whose_phones_are_all_blocked_is_passed_at_once(scene: Scene) -> None:
    for role in (Role.BRANCH_CONTACT, Role.BRANCH_SERVICE):
        scene.db.app.run(lambda c, r=role: block_phone(c, scene.phones["SH", r], "21610"))
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    missed = scene.incident(incident)["ladder"]["done"][1]["missed"]
    assert {m["why"] for m in missed} == {"blocked"}


def test_6_a_step_of_people_who_know_already_is_no_step(scene: Scene) -> None:
    """In a small branch the leader is contact and service lead too: waiting for her is in vain."""
    leader = scene.people["SH", Role.BRANCH_LEADER]
    _sql(scene, "UPDATE team_members SET person_id = :person WHERE role IN ('branch_contact',"
                " 'branch_service') AND unit_id = (SELECT id FROM units WHERE code = 'SH')",
         person=leader)  # fmt: skip
    incident = _open(scene)
    scene.work()
    _first(scene)
    scene.later(minutes=5)
    scene.expect_sms("HO", Role.HO_DEPUTY, "升级")
    step = scene.incident(incident)["ladder"]["done"][1]
    assert step["outcome"] == "skipped"
    assert {m["why"] for m in step["missed"]} == {"told_before"}


def test_6_a_ladder_with_nobody_on_any_step_says_so_and_the_clock_runs(scene: Scene) -> None:
    _sql(scene, "DELETE FROM team_members")
    incident = _open(scene)
    scene.work()
    shown = scene.incident(incident)
    assert shown["ladder"]["state"] == "exhausted"
    assert {s["outcome"] for s in shown["ladder"]["done"]} == {"skipped"}
    scene.later(minutes=60)
    duties = {d["clause"]: d for d in scene.incident(incident)["duties"]}
    assert duties["HO-ACK"]["breached"]


# --- 8: a threshold that counts the wrong thing; a race that makes two events ------------------
# (races: tests/concurrency; the counting itself against a brute force: tests/properties)


def test_8_forty_complaints_of_nine_clients_are_no_incident(scene: Scene) -> None:
    for i in range(40):
        answer = scene.complain(client={"name": f"客户{i % 9}", "phone": f"1370000000{i % 9}"})
    assert answer["counted"][0]["clients"] == 9
    assert scene.open_incidents() == []


def test_8_one_client_by_four_channels_counts_once(scene: Scene) -> None:
    scene.complain(channel="hotline", client={"phone": "13700000001"})
    scene.complain(channel="web", client={"id_number": "310101198001010011"})
    scene.complain(channel="letter", client={"account": "6222000011112222"})
    answer = scene.complain(
        client={"phone": "137 0000 0001", "id_number": "310101198001010011",
                "account": "6222-0000-1111-2222"},
    )  # fmt: skip
    assert answer["counted"][0]["clients"] == 1
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    scene.expect_sms("SH", Role.BRANCH_DEPUTY, "95558")


def test_8_a_day_and_a_second_apart_is_not_together(scene: Scene) -> None:
    scene.crowd(5)
    scene.later(hours=24, seconds=1)
    answers = scene.crowd(5)
    assert [a["counted"][0]["clients"] for a in answers] == [1, 2, 3, 4, 5]
    assert scene.open_incidents() == []


def test_8_exactly_a_day_apart_is_together(scene: Scene) -> None:
    scene.crowd(5)
    scene.later(hours=24)
    assert scene.crowd(5)[-1]["incident"] is not None
    scene.work()
    _first(scene)


# --- 9: a storm ---------------------------------------------------------------------------------


def test_7_clocks_run_over_midnight_and_the_end_of_the_year(db: TestDatabase) -> None:
    scene = Scene(db, start=datetime(2026, 12, 31, 23, 57, tzinfo=SHANGHAI))
    scene.crowd(5)
    scene.later(minutes=2)
    incident = scene.crowd(5)[4]["incident"]
    scene.work()
    _first(scene)
    duties = {d["clause"]: d["due_at"] for d in scene.incident(incident)["duties"]}
    assert duties["HO-ACK"] == "2027-01-01T00:59:00+08:00"
    scene.later(minutes=4, seconds=59)
    scene.expect_nothing_more()
    scene.later(seconds=1)
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    assert scene.engine.board()["figures"]["complaints_today"] == 0
    scene.complain("NJ1")
    assert scene.engine.board()["figures"]["complaints_today"] == 1
    scene.expect_nothing_more()


def test_9_two_hundred_hotline_tickets_are_two_texts_to_each_leader(scene: Scene) -> None:
    """WP-09 under storm: the first at once, the others in one digest; nine clients, no incident."""
    for i in range(200):
        scene.complain(
            channel="hotline", client={"name": f"客户{i % 9}", "phone": f"1370000000{i % 9}"}
        )
    scene.work()
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "95558转来")
    scene.expect_nothing_more()
    scene.later(minutes=15)
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.expect_sms("SH", role, "又转来199件")


def test_9_the_budget_keeps_a_reserve_for_the_incident(scene: Scene) -> None:
    budget = scene.house.plan.budget
    ordinary = budget.most - budget.reserve
    for _ in range(ordinary + 5):
        scene.complain("SH1", channel="hotline", client={"phone": "13700000001"})
        scene.later(minutes=15, seconds=1)
    states = _sql(scene, "SELECT state, count(*) FROM messages WHERE phone = :phone GROUP BY state",
                  phone=scene.phones["SH", Role.BRANCH_LEADER])  # fmt: skip
    assert {str(s): n for s, n in states} == {"delivered": ordinary, "withheld": 5}
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        for _ in range(ordinary):
            scene.expect_sms("SH", role, "95558")
    _open(scene)
    scene.work()
    _first(scene)


def test_9_a_text_withheld_goes_to_the_next_step_at_once(scene: Scene) -> None:
    """The first step's phones have used their budget: the second step is told without waiting."""
    most = scene.house.plan.budget.most
    for unit, role in FIRST:
        _sql(scene,
             "INSERT INTO messages (to_role, phone, kind, text, dedupe_key, state, created_at)"
             " SELECT 'reply', :phone, 'answer', 'x', :phone || n, 'delivered', business_now()"
             " FROM generate_series(1, :most) AS n", phone=scene.phones[unit, role],
             most=most)  # fmt: skip
    incident = _open(scene)
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_CONTACT)
    scene.expect_sms("SH", Role.BRANCH_SERVICE)
    done = scene.incident(incident)["ladder"]["done"]
    assert {m["why"] for m in done[0]["missed"]} == {"budget"}
    states = [m["state"] for m in scene.incident(incident)["messages"]]
    assert states.count("withheld") == 3, "a text withheld is a visible state"


def test_9_after_two_hours_without_an_engine_nobody_is_flooded(scene: Scene) -> None:
    """Each person hears once: of the alert, and of all that came beside it in that time."""
    scene.crowd(30)
    for _ in range(50):
        scene.complain(channel="hotline", client={"phone": "13700000001"})
    scene.db.move_time(timedelta(hours=2))
    scene.work()
    counts = {who: len(scene.gateway.messages(phone)) for who, phone in scene.phones.items()}
    assert max(counts.values()) == 1
    text = scene.expect_sms("SH", Role.BRANCH_LEADER, "您有1个事件待处置，最急徐汇支行")
    assert "热线工单" in text
    scene.expect_sms("HO", Role.HO_DEPUTY)
    for (unit, role), number in counts.items():
        if number and (unit, role) not in (("SH", Role.BRANCH_LEADER), ("HO", Role.HO_DEPUTY)):
            scene.expect_sms(unit, role)
