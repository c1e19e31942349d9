"""After an incident: who called whom, what was met and missed, lessons, the signature (WP-27)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contacts.people import AbsenceValue, save_absence
from core.clock import SHANGHAI
from core.errors import Conflict, InvalidInput, NotFound
from core.words import Role
from escalation.call_tree import CallResult
from escalation.ids import incident_number
from escalation.review import Lesson, Signing
from escalation.review_figures import DutyFact, Moments, figures, verdict
from tests.engine.made_plan import clause, made_plan
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

FIRST = (("SH1", Role.SUB_HEAD), ("SH", Role.BRANCH_LEADER), ("SH", Role.BRANCH_DEPUTY))
LEADER = "web:branch_leader"
SIGNING = Signing("李行长", "branch_leader", "沪银复〔2026〕3号")


class After:
    """An incident at 徐汇支行 that began with a complaint at 10:00, and its review."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.engine = scene, scene.engine
        first = scene.complain()
        scene.later(minutes=12)
        self.incident: str = scene.crowd(9)[8]["incident"]
        self.number = incident_number(self.incident)
        scene.work()
        for unit, role in FIRST:
            scene.expect_sms(unit, role, "10名客户")
        assert first["incident"] is None

    @property
    def review(self) -> dict[str, Any]:
        return self.engine.review.read(self.number)

    def figure(self, key: str) -> dict[str, Any]:
        return next(f for f in self.review["figures"] if f["key"] == key)

    def clause(self, name: str) -> dict[str, Any]:
        return next(c for c in self.review["clauses"] if c["clause"] == name)

    def duty(self, name: str) -> dict[str, Any]:
        return next(d for d in self.scene.incident(self.incident)["duties"] if d["clause"] == name)

    def receipt(self, name: str, **ago: float) -> None:
        at = self.scene.now() - timedelta(**ago)
        self.engine.prove_duty(self.duty(name)["id"], None, {
            "at": at.isoformat(), "by": "李联络", "to": "上海监管局", "number": "沪2026-1"}, LEADER,
        )  # fmt: skip

    def stand_down(self) -> None:
        self.scene.close(self.incident)
        for unit, role in FIRST:
            self.scene.expect_sms(unit, role, "已解除")

    def learn(self, text: str = "大堂应先分流再解释") -> int:
        return self.engine.review.write_lesson(
            self.number, Lesson(text, "李行长", "branch_leader"), LEADER
        )


@pytest.fixture
def after(db: TestDatabase) -> Iterator[Callable[[], After]]:
    """An incident under a plan with a regulator's receipt, head office's answer and the review."""
    scene = Scene(db, plan=made_plan(
        clause("HO-ACK", event="incident_opened", who=["ho_deputy"],
               fulfilled_by=["head_office_acknowledgement"]),
        clause("REG", event="incident_opened", within="15m", fulfilled_by=["regulator_receipt"]),
        clause("WP-27", event="incident_stood_down", who=["branch_leader"], within="5wd",
               fulfilled_by=["record"]),
        clause("OTHER", event="incident_stood_down", within="5wd", fulfilled_by=["reply"]),
    ))  # fmt: skip
    yield lambda: After(scene)
    scene.work()
    scene.expect_nothing_more()


def test_the_figures_tell_how_long_each_step_took_and_by_which_clock(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.later(minutes=2)
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.scene.later(minutes=18)
    story.receipt("REG", minutes=7)
    story.scene.later(minutes=10)
    story.scene.acknowledge(story.incident, "赵总", Role.HO_DEPUTY)
    story.scene.later(minutes=90)
    story.stand_down()
    took = {f["key"]: f["seconds"] for f in story.review["figures"]}
    assert took == {
        "first_complaint": None, "alarm": 12 * 60, "first_acknowledgement": 120,
        "head_office": 30 * 60, "regulator": 13 * 60, "stood_down": 120 * 60, "closed": None,
    }  # fmt: skip
    (clock,) = story.figure("head_office")["clocks"]
    assert (clock["clause"], clock["within"], clock["verdict"]) == ("HO-ACK", "1h", "met")
    (clock,) = story.figure("regulator")["clocks"]
    assert (clock["verdict"], clock["seconds"]) == ("entered_late", 5 * 60)


def test_each_clause_is_met_missed_or_waived_with_how_late_or_why(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    assert (story.clause("REG")["verdict"], story.clause("REG")["seconds"]) == ("open", 900)
    story.scene.later(minutes=20)
    assert (story.clause("REG")["verdict"], story.clause("REG")["seconds"]) == ("overdue", 300)
    story.receipt("REG")
    assert (story.clause("REG")["verdict"], story.clause("REG")["seconds"]) == ("missed", 300)
    story.engine.waive_duty(story.duty("HO-ACK")["id"], "ho_leader", "总行在现场", "web:ho_leader")
    waived = story.clause("HO-ACK")
    assert (waived["verdict"], waived["waive_reason"]) == ("waived", "总行在现场")
    assert story.review["summary"] == {
        "waived": 1, "met": 0, "entered_late": 0, "open": 0, "missed": 1, "overdue": 0,
    }  # fmt: skip


def test_who_was_told_and_how_long_each_took_to_answer(after: Callable[[], After]) -> None:
    story = after()
    story.scene.later(minutes=3)
    story.scene.reply("SH", Role.BRANCH_DEPUTY, "收到")
    told = {p["role"]: p for p in story.review["told"]}
    assert told["branch_deputy"]["seconds"] == 180 and told["branch_deputy"]["via"] == "sms"
    assert told["sub_head"]["answered_at"] is None and told["sub_head"]["text"] == "delivered"
    assert "****" in told["sub_head"]["phone"]


def test_signing_proves_the_duty_that_the_end_brought_and_only_that(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.learn()
    with pytest.raises(Conflict):
        story.engine.review.sign(story.number, SIGNING, LEADER)  # it is not over
    story.stand_down()
    assert [p["clause"] for p in story.review["proves"]] == ["WP-27"]
    assert story.engine.review.sign(story.number, SIGNING, LEADER) == 1
    duty = story.duty("WP-27")
    assert (duty["state"], duty["evidence"]["kind"]) == ("fulfilled", "record")
    assert (duty["evidence"]["by"], duty["evidence"]["number"]) == ("李行长", SIGNING.number)
    assert story.duty("OTHER")["state"] == "open"
    assert story.review["signed"]["number"] == SIGNING.number
    assert story.clause("WP-27")["verdict"] == "met"
    with pytest.raises(Conflict):
        story.engine.review.sign(story.number, SIGNING, LEADER)


def test_a_duty_that_follows_rectification_may_be_left_for_later(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.learn()
    story.stand_down()
    later = Signing("李行长", "branch_leader", "3号", duties=())
    assert story.engine.review.sign(story.number, later, LEADER) == 0
    assert story.review["signed"] is not None and story.duty("WP-27")["state"] == "open"


def test_without_a_number_or_a_lesson_it_is_not_signed(after: Callable[[], After]) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.stand_down()
    with pytest.raises(InvalidInput) as refused:
        story.engine.review.sign(story.number, Signing("李行长", "branch_leader", " "), LEADER)
    assert {f.field for f in refused.value.faults} == {"number", "lessons"}
    assert story.duty("WP-27")["state"] == "open" and story.review["signed"] is None


def test_a_lesson_is_edited_until_it_is_signed_then_only_added_to(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    lesson = story.learn()
    story.engine.review.edit_lesson(story.number, lesson, 1, "大堂先分流,再逐一解释", LEADER)
    with pytest.raises(Conflict):
        story.engine.review.edit_lesson(story.number, lesson, 1, "另一部手机的旧稿", LEADER)
    story.stand_down()
    story.engine.review.sign(story.number, SIGNING, LEADER)
    with pytest.raises(Conflict):
        story.engine.review.edit_lesson(story.number, lesson, 2, "事后改写", LEADER)
    story.scene.later(days=1)
    added = story.learn("补:钥匙应放在前台")
    with pytest.raises(Conflict):
        story.engine.review.edit_lesson(story.number, added, 1, "又改", LEADER)
    lessons = story.review["lessons"]
    assert [(x["text"], x["locked"], x["after_signing"]) for x in lessons] == [
        ("大堂先分流,再逐一解释", True, False), ("补:钥匙应放在前台", True, True),
    ]  # fmt: skip
    with pytest.raises(InvalidInput):
        story.learn("  ")


def test_what_was_signed_stays_as_it_was_signed(after: Callable[[], After]) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.learn()
    story.stand_down()
    story.engine.review.sign(story.number, SIGNING, LEADER)
    before = story.review
    story.scene.later(days=1)
    story.receipt("REG")
    kept = ("clauses", "figures", "summary", "told", "timeline", "as_of")
    assert {k: story.review[k] for k in kept} == {k: before[k] for k in kept}
    assert story.clause("REG")["verdict"] == "open"


def test_a_reopened_incident_is_reviewed_anew_but_its_signed_lessons_stay(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    lesson = story.learn()
    story.stand_down()
    story.engine.review.sign(story.number, SIGNING, LEADER)
    story.scene.later(minutes=30)
    story.engine.reopen_incident(story.number, "又有客户到场", LEADER)
    story.scene.work()
    for unit, role in FIRST:
        story.scene.expect_sms(unit, role, "重新启动")
    assert story.review["signed"] is None
    with pytest.raises(Conflict):
        story.engine.review.edit_lesson(story.number, lesson, 1, "改旧账", LEADER)
    second = story.learn("第二次:应先清场")
    story.engine.review.edit_lesson(story.number, second, 1, "第二次:应先疏导", LEADER)
    story.stand_down()
    story.engine.review.sign(story.number, SIGNING, LEADER)
    assert story.review["signed"] is not None


def test_the_journal_has_no_lesson_and_a_signed_review_cannot_be_changed(
    after: Callable[[], After],
) -> None:
    story = after()
    story.scene.reply("SH", Role.BRANCH_LEADER, "1")
    story.learn("客户王五情绪激动")
    story.stand_down()
    story.engine.review.sign(story.number, SIGNING, LEADER)
    rows = story.scene.db.app.read(
        lambda c: c.execute(sa.text("SELECT verb || coalesce(after::text, '') FROM journal"))
        .scalars().all()
    )  # fmt: skip
    assert not any("王五" in r for r in rows) and any(r.startswith("review_signed") for r in rows)
    with pytest.raises(sa.exc.ProgrammingError):
        story.scene.db.app.run(lambda c: c.execute(sa.text("UPDATE reviews SET number = 'x'")))


# --- the telephone tree ---------------------------------------------------------------------------


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


# --- the figures alone ----------------------------------------------------------------------------

TEN = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)


def _at(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"state": "open"}, ("open", 600)),
        ({"state": "fulfilled", "ended_at": _at(30)}, ("met", 0)),
        ({"state": "fulfilled", "ended_at": _at(31)}, ("missed", 60)),
        ({"state": "fulfilled", "ended_at": _at(31), "done_at": _at(29)}, ("entered_late", 60)),
        ({"state": "fulfilled", "ended_at": _at(40), "done_at": _at(35)}, ("missed", 600)),
        ({"state": "waived", "ended_at": _at(99)}, ("waived", 0)),
    ],
)
def test_a_verdict(given: dict[str, Any], expected: tuple[str, int]) -> None:
    fact = DutyFact("A", _at(30), within="30m", kinds=("record",), **given)
    assert verdict(fact, _at(20)) == expected


def test_of_several_places_the_worst_is_the_clock_of_a_figure() -> None:
    kinds = ("regulator_receipt",)
    duties = [
        DutyFact("REG", _at(15), "fulfilled", "15m", kinds, _at(10)),
        DutyFact("REG", _at(15), "open", "15m", kinds),
    ]
    found = figures(Moments(TEN, regulator=_at(10)), duties, _at(20))
    (clock,) = next(f for f in found if f["key"] == "regulator")["clocks"]
    assert (clock["verdict"], clock["seconds"]) == ("overdue", 300)
