"""Duties: born of events, reminded, breached, told up the ladder, ended by evidence only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput, NotFound
from core.words import Role
from escalation.calendar_days import DayChange
from escalation.clauses import Clause
from escalation.duty_changes import Longer
from escalation.events import ByHand
from escalation.ids import complaint_number
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import MORNING, Scene
from tests.postgres import TestDatabase

Telling = Callable[..., Scene]
LADDER = {"branch": [{"roles": ["branch_leader"]}, {"after": "30m", "roles": ["ho_deputy"]}]}


@pytest.fixture
def telling(db: TestDatabase) -> Iterator[Telling]:
    """A scene whose plan has these clauses; nothing unexpected may be on a phone at its end."""
    made: list[Scene] = []

    def make(*clauses: Clause, start: datetime = MORNING) -> Scene:
        used = LADDER if any(c.ladder for c in clauses) else {}
        made.append(Scene(db, start=start, plan=made_plan(*clauses, **used)))
        return made[-1]

    yield make
    for scene in made:
        scene.work()
        scene.expect_nothing_more()


def duties(scene: Scene) -> dict[str, Any]:
    """Every duty by its clause (the last one of a clause)."""
    rows = scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT * FROM duties ORDER BY id")).mappings().all()
    )
    return {row["clause"]: row for row in rows}


def at(scene: Scene, **delta: float) -> datetime:
    return scene.start + timedelta(**delta)


PROOF = {"by": "李联络", "number": "2026-7"}


def proof(scene: Scene, **given: Any) -> dict[str, Any]:
    return {**PROOF, "at": scene.now().isoformat(), **given}


def test_a_complaint_owes_what_its_channel_owes(telling: Telling) -> None:
    scene = telling(
        clause("H", where={"channels": ["hotline"]}, within="1wd"),
        clause("C", where={"channels": ["counter"]}, who=["sub_head"], within="at once"),
    )
    scene.complain(channel="counter")
    found = duties(scene)
    assert set(found) == {"C"}
    tree = scene.house.tree()
    assert tree.get(found["C"]["unit_id"]).code == "SH1" and found["C"]["role"] == "sub_head"
    assert found["C"]["due_at"] == at(scene, minutes=15)
    assert found["C"]["rule"]["within"] == "at once" and found["C"]["plan_version"]


def test_history_owes_nothing_and_a_withdrawn_complaint_nothing_further(telling: Telling) -> None:
    scene = telling(clause("A"))
    answer = scene.complain()
    assert duties(scene)["A"]["state"] == "open"
    scene.engine.correct_complaint(complaint_number(answer["complaint"]), "withdrawn", "撤诉", "t")
    ended = duties(scene)["A"]
    assert (ended["state"], ended["waive_reason"]) == ("waived", "撤诉")
    scene.later(hours=3)
    assert duties(scene)["A"]["breached_at"] is None


def test_what_falls_to_nobody_here_falls_to_the_next_role_named(telling: Telling) -> None:
    scene = telling(clause("A", who=["sub_head", "branch_contact", "ho_hotline"]))
    scene.complain(unit="SH")
    assert duties(scene)["A"]["role"] == "branch_contact"
    scene.complain(unit="HO")
    assert duties(scene)["A"]["role"] == "ho_hotline"


def test_reminded_breached_and_told_up_the_ladder_each_once(telling: Telling) -> None:
    scene = telling(
        clause("A", within="1h", remind=["20m"], remind_by="sms", on_breach="tell",
               ladder="branch"),
    )  # fmt: skip
    scene.complain()
    scene.later(minutes=39)
    scene.expect_nothing_more()
    scene.later(minutes=1)
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "任务A须于11:00前办结")
    scene.later(minutes=20)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "任务A已于11:00超时")
    assert duties(scene)["A"]["breached_at"] == at(scene, hours=1)
    scene.later(minutes=30)
    scene.expect_sms("HO", Role.HO_DEPUTY, "任务A已于11:00超时")
    scene.later(hours=5)


def test_proved_in_time_it_is_told_to_nobody(telling: Telling) -> None:
    scene = telling(clause("A", remind=["20m"], remind_by="sms", on_breach="tell", ladder="branch"))
    scene.complain()
    scene.engine.prove_duty(duties(scene)["A"]["id"], "record", proof(scene), "test")
    scene.later(hours=5)
    ended = duties(scene)["A"]
    assert ended["state"] == "fulfilled" and ended["breached_at"] is None
    assert ended["evidence"]["number"] == "2026-7"


def test_proved_too_late_it_is_late_and_the_ladder_stops(telling: Telling) -> None:
    scene = telling(clause("A", on_breach="tell", ladder="branch"))
    scene.complain()
    scene.later(hours=1)
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.engine.prove_duty(duties(scene)["A"]["id"], None, proof(scene), "test")
    scene.later(hours=5)
    assert duties(scene)["A"]["breached_at"] is not None


def test_where_a_step_reaches_nobody_the_next_one_is_told_at_once(telling: Telling) -> None:
    scene = telling(clause("A", on_breach="tell", ladder="branch"))
    scene.db.app.run(
        lambda c: c.execute(
            sa.text("INSERT INTO absences (person_id, starts_at, ends_at, reason)"
                    " VALUES (:person, :start, :end, '出差')"),
            {"person": scene.people["SH", Role.BRANCH_LEADER], "start": scene.start,
             "end": at(scene, days=9)},
        )
    )  # fmt: skip
    scene.complain()
    scene.later(hours=1)
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    scene.later(minutes=30)  # its own step finds that he has been told within the digest period


def test_several_duties_of_one_person_are_one_text_the_gravest_first(telling: Telling) -> None:
    scene = telling(
        clause("A", within="1h", remind=["10m"], remind_by="sms"),
        clause("B", within="50m", on_breach="tell", ladder="branch"),
        clause("C", within="50m", who=["branch_leader"], remind=["5m"], remind_by="sms"),
    )
    scene.crowd(3)
    scene.later(minutes=50)
    text = scene.expect_sms("SH", Role.BRANCH_LEADER)
    assert "6项" in text and "其中3项超时" in text and "任务B" in text
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "您有3项时限任务，其中0项超时")
    scene.later(minutes=30)
    scene.expect_sms("HO", Role.HO_DEPUTY, "3项")


def test_a_late_tick_does_what_many_would_have_done(telling: Telling) -> None:
    scene = telling(
        clause("A", remind=["20m", "10m"], remind_by="sms", on_breach="tell", ladder="branch")
    )
    scene.complain()
    scene.later(hours=4)
    found = duties(scene)["A"]
    assert found["next_at"] is None and found["warned_at"] and found["breached_at"]
    scene.expect_sms("SH", Role.BRANCH_CONTACT, "任务A须于")
    scene.expect_sms("SH", Role.BRANCH_LEADER, "超时")
    scene.expect_sms("HO", Role.HO_DEPUTY, "超时")
    verbs = scene.db.app.read(
        lambda c: c.scalars(sa.text("SELECT verb FROM journal WHERE subject = :s ORDER BY id"),
                            {"s": f"duty:{found['id']}"}).all()
    )  # fmt: skip
    assert verbs == ["duty_warned", "duty_warned", "duty_breached", "duty_escalated"]


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


def test_a_day_set_as_working_on_the_day_brings_its_daily_duty(telling: Telling) -> None:
    saturday = datetime(2026, 11, 28, 8, 0, tzinfo=SHANGHAI)
    scene = telling(
        clause("DAY", event="day", who=["branch_contact"], within="same day by 17:30",
               fulfilled_by=["compilation"]),
        start=saturday,
    )  # fmt: skip
    scene.work()
    assert not duties(scene)
    scene.engine.set_calendar_day(DayChange(saturday.date(), True, "加班"), "admin")
    scene.work()
    assert duties(scene)["DAY"]["due_at"].astimezone(SHANGHAI).day == 28


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


def test_what_was_said_at_the_counter_was_said_face_to_face(telling: Telling) -> None:
    scene = telling(clause("F", where={"face_to_face": True}))
    scene.complain(channel="hotline")
    scene.complain(channel="counter", face_to_face=False)
    assert not duties(scene)
    scene.complain(channel="counter")
    assert duties(scene)["F"]["state"] == "open"
    for role in (Role.BRANCH_LEADER, Role.BRANCH_DEPUTY):
        scene.work()
        scene.expect_sms("SH", role, "95558")


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


def test_a_changed_calendar_moves_only_open_duties_and_back_again(telling: Telling) -> None:
    scene = telling(clause("A", within="2wd"), clause("B", within="2wd"), clause("C", within="1h"))
    scene.complain()
    found = duties(scene)
    scene.engine.prove_duty(found["B"]["id"], None, proof(scene), "test")
    change = DayChange(date(2026, 11, 24), False, "防汛停业")
    assert scene.engine.set_calendar_day(change, "admin") == 1
    moved = duties(scene)
    assert moved["A"]["due_at"] - found["A"]["due_at"] == timedelta(days=1)
    assert (moved["B"]["due_at"], moved["C"]["due_at"]) == (
        found["B"]["due_at"], found["C"]["due_at"]
    )  # fmt: skip
    entry = scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT * FROM journal WHERE verb = 'duty_moved'")).one()
    )
    assert entry.before["due"] < entry.after["due"]
    assert scene.engine.clear_calendar_day(date(2026, 11, 24), "恢复营业", "admin") == 1
    assert duties(scene)["A"]["due_at"] == found["A"]["due_at"]


def test_a_day_set_as_off_counts_for_the_next_complaint(telling: Telling) -> None:
    scene = telling(clause("A", within="1wd"))
    scene.complain()
    first = duties(scene)["A"]["due_at"]
    scene.engine.set_calendar_day(DayChange(date(2026, 11, 25), False, "停业"), "admin")
    scene.later(days=1)
    scene.complain()
    assert duties(scene)["A"]["due_at"] - first == timedelta(days=2)


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
    ):
        with pytest.raises(InvalidInput) as caught:
            scene.engine.record_event(value, "t")
        assert field in [f.field for f in caught.value.faults]
    with pytest.raises(NotFound):
        scene.engine.record_event(ByHand("client_dissatisfied", complaint_id=999), "t")


def test_standing_duties_come_due_by_themselves(telling: Telling) -> None:
    scene = telling(
        clause("DAY", event="day", who=["branch_contact"], within="same day by 17:30",
               fulfilled_by=["compilation"]),
        clause("WEEK", event="week", who=["branch_contact"], within="1wd",
               fulfilled_by=["compilation"]),
        clause("MONTH", event="month", who=["ho_deputy"], within="5wd",
               fulfilled_by=["compilation"]),
    )  # fmt: skip
    scene.work()

    def kept(name: str) -> list[str]:
        return list(scene.db.app.read(lambda c: c.scalars(
            sa.text("SELECT d.birth FROM duties d JOIN units u ON u.id = d.unit_id"
                    " WHERE d.clause = :c AND u.code IN ('SH', 'HO') ORDER BY d.runs_from"),
            {"c": name}).all()))  # fmt: skip

    assert [b.split(":")[3] for b in kept("DAY")] == ["2026-11-23"]
    assert not kept("WEEK") and not kept("MONTH")
    assert duties(scene)["DAY"]["due_at"].astimezone(SHANGHAI).hour == 17
    scene.later(days=9)  # a late engine: each missed working day once, the week and the month once
    days = [b.split(":")[3] for b in kept("DAY")]
    assert days == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27",
                    "2026-11-30", "2026-12-01", "2026-12-02"]  # fmt: skip
    assert [b.split(":")[3] for b in kept("WEEK")] == ["2026-W48"]
    assert [b.split(":")[3] for b in kept("MONTH")] == ["2026-11"]
    scene.work()
    assert len(kept("DAY")) == 8


def test_a_clause_that_replaces_another_ends_its_duty(telling: Telling) -> None:
    plan_classes = clause("X", within="3wd")
    other = clause("Y", event="complaint_settled", runs_from="received", within="10wd",
                   replaces=["X"])  # fmt: skip
    scene = telling(plan_classes, other)
    number = complaint_number(scene.complain()["complaint"])
    scene.later(days=1)
    scene.engine.record_event(ByHand("complaint_settled", complaint_id=number), "t")
    found = duties(scene)
    assert found["X"]["state"] == "waived" and found["X"]["waived_by"] == "plan"
    assert found["Y"]["runs_from"] == at(scene), "from the receipt, not from the classification"


def test_a_hotline_ticket_is_told_when_its_text_has_left(telling: Telling) -> None:
    scene = telling(
        clause("T", where={"channels": ["hotline"]}, who=["ho_deputy"], within="at once",
               fulfilled_by=["branch_told"]),
    )  # fmt: skip
    scene.complain(channel="hotline")
    assert duties(scene)["T"]["state"] == "open"
    scene.work()
    assert duties(scene)["T"]["state"] == "fulfilled"
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    scene.expect_sms("SH", Role.BRANCH_DEPUTY, "95558")


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
    assert len(caught.value.extra["duties"]) == 2  # type: ignore[arg-type]
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
