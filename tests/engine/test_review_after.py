"""After an incident: what was met and missed, lessons, the signature (WP-27)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from core.errors import Conflict, InvalidInput
from core.words import Role
from escalation.review import Signing
from tests.engine.after import FIRST, LEADER, After

SIGNING = Signing("李行长", "branch_leader", "沪银复〔2026〕3号")


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
