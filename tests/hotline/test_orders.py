"""WP-09, WP-22, WP-30: a work order from 95558 to closure, with its clock."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import cast

import pytest

from core.errors import Conflict, InvalidInput, NotFound
from core.words import Role
from escalation.hotline_desk import Said
from escalation.hotline_view import Chosen, Wanted
from escalation.ids import complaint_number
from tests.hotline.caller import Hotline, faults


def test_an_order_is_a_complaint_told_to_the_branch_answered_and_closed(hotline: Hotline) -> None:
    complaint = hotline.order()
    assert hotline.state() == "received"
    scene = hotline.scene
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    assert hotline.state() == "told"
    due = hotline.duty(complaint).due_at
    assert datetime.fromisoformat(hotline.desk.order_of("WO-1")["due_at"]) == due

    feedback = hotline.answer(complaint, "已联系张三丰，13912345678，资金到账")
    assert hotline.state() == "answered"
    duty = hotline.duty(complaint)
    assert duty.state == "fulfilled" and duty.evidence["number"] == feedback
    (answer,) = hotline.desk.order_of("WO-1")["feedback"]
    assert answer["words"] == "已联系张三丰，13912345678，资金到账" and not answer["late"]

    fed = hotline.say("accept", "U-1", feedback=feedback)
    assert fed.created and fed.answer is not None and fed.answer["state"] == "closed"
    assert not hotline.say("accept", "U-1", feedback=feedback).created


def test_it_is_handled_where_the_client_belongs(hotline: Hotline) -> None:
    """WP-30: complained of in Shanghai, at home in Nanjing: both branches' leaders are told."""
    hotline.order(home_unit="NJ1")
    hotline.scene.work()
    hotline.scene.expect_sms("NJ", Role.BRANCH_LEADER, "95558")
    hotline.scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    assert hotline.desk.order_of("WO-1")["unit"] == "NJ1"


def test_sent_twice_it_is_one_and_another_content_is_a_conflict(hotline: Hotline) -> None:
    body = hotline.body("WO-1")
    first, again = hotline.feed(body, body)
    assert first.created and not again.created and first.answer == again.answer
    (other,) = hotline.feed({**body, "summary": "别的内容"})
    assert isinstance(other.error, Conflict)


def test_a_rows_fault_does_not_cost_the_others(hotline: Hotline) -> None:
    good, bad, unknown, update, last = hotline.feed(
        hotline.body("WO-1"), {"number": "WO-2"}, hotline.body("WO-3", "XX9"),
        {"type": "urge", "number": "WO-9", "update": "U-1", "at": hotline.scene.now().isoformat()},
        hotline.body("WO-5"),
    )  # fmt: skip
    assert good.created and last.created
    assert isinstance(bad.error, InvalidInput) and isinstance(unknown.error, InvalidInput)
    assert isinstance(update.error, NotFound)


def test_a_fault_names_the_feeds_own_fields(hotline: Hotline) -> None:
    late = hotline.body("WO-1", at="2031-01-01T00:00:00+08:00")
    (fed,) = hotline.feed(late)
    assert isinstance(fed.error, InvalidInput)
    assert [f.field for f in fed.error.faults] == ["at"]
    for number in ("13912345678", "a b", "客户", ""):
        (fed,) = hotline.feed(hotline.body(number))
        assert isinstance(fed.error, InvalidInput) and fed.error.faults[0].field == "number"


def test_returned_it_is_owed_again_and_the_clock_goes_on(hotline: Hotline) -> None:
    complaint = hotline.order()
    due = hotline.duty(complaint).due_at
    first = hotline.answer(complaint)
    hotline.later(hours=3)
    assert hotline.say("return", "U-1", feedback=first).created
    duty = hotline.duty(complaint)
    assert (duty.state, duty.due_at, duty.ended_at) == ("open", due, None)
    assert hotline.state() == "returned"
    hotline.later(days=3)
    assert hotline.rows("SELECT breached_at FROM duties WHERE clause = 'WP-22'")[0].breached_at
    second = hotline.answer(complaint, "补充到账时间")
    answers = hotline.desk.order_of("WO-1")["feedback"]
    assert [a["round"] for a in answers] == [1, 2] and [a["late"] for a in answers] == [False, True]
    stale = hotline.say("return", "U-2", feedback=first)
    assert isinstance(stale.error, Conflict)
    assert hotline.say("accept", "U-3", feedback=second).answer is not None
    assert hotline.state() == "closed"


def test_returned_after_its_time_the_breach_is_noted_at_once(hotline: Hotline) -> None:
    """While it counted as answered nobody was told; returned late, it is overdue there and then."""
    complaint = hotline.order()
    feedback = hotline.answer(complaint)
    hotline.later(days=4)
    assert not hotline.rows(
        "SELECT 1 FROM duties WHERE clause = 'WP-22' AND breached_at > '1970-01-01'"
    )
    hotline.say("return", "U-1", feedback=feedback)
    hotline.scene.work()
    assert hotline.rows(
        "SELECT 1 FROM duties WHERE clause = 'WP-22' AND breached_at > '1970-01-01'"
    )


def test_urged_the_same_people_are_told_again_once_a_digest(hotline: Hotline) -> None:
    hotline.order()
    scene = hotline.scene
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    hotline.later(hours=1)
    hotline.say("urge", "U-1")
    hotline.say("urge", "U-2")
    scene.work()
    scene.expect_sms("SH", Role.BRANCH_LEADER, "95558")
    phone = scene.phones["SH", Role.BRANCH_LEADER]
    assert len(scene.gateway.messages(phone)) == 2
    assert hotline.desk.order_of("WO-1")["urged"] == 2


def test_withdrawn_it_counts_no_more_and_no_answer_is_owed(hotline: Hotline) -> None:
    complaint = hotline.order()
    counted = "SELECT count(*) AS n FROM key_events WHERE NOT spent"
    assert hotline.rows(counted)[0].n > 0
    assert hotline.say("withdraw", "U-1").created
    assert hotline.rows(counted)[0].n == 0 and hotline.state() == "withdrawn"
    assert hotline.duty(complaint).state == "waived"
    assert not hotline.say("withdraw", "U-1").created
    with pytest.raises(Conflict):
        hotline.answer(complaint)
    assert isinstance(hotline.say("urge", "U-2").error, Conflict)
    assert isinstance(hotline.say("withdraw", "U-2").error, Conflict)


def test_an_answered_order_that_is_closed_is_not_withdrawn_from_the_counts(
    hotline: Hotline,
) -> None:
    complaint = hotline.order()
    hotline.say("accept", "U-1", feedback=hotline.answer(complaint))
    assert isinstance(hotline.say("withdraw", "U-2").error, Conflict)
    assert hotline.rows("SELECT status FROM complaints")[0].status == "open"


def test_an_updates_name_is_taken_once(hotline: Hotline) -> None:
    hotline.order()
    assert hotline.say("supplement", "U-1", words="第一次补充").created
    assert not hotline.say("supplement", "U-1", words="第一次补充").created
    assert isinstance(hotline.say("supplement", "U-1", words="另一内容").error, Conflict)
    assert isinstance(hotline.say("urge", "U-1").error, Conflict)


def test_a_hotline_complaint_by_any_way_in_is_an_order(hotline: Hotline) -> None:
    answer = hotline.scene.complain(channel="hotline", source="counter-web", source_ref="f-1")
    number = complaint_number(answer["complaint"])
    assert hotline.desk.order(number)["state"] == "received"
    with pytest.raises(NotFound):
        hotline.desk.order(complaint_number(hotline.scene.complain()["complaint"]))


def test_no_word_of_it_lies_in_the_clear(hotline: Hotline) -> None:
    complaint = hotline.order()
    hotline.say("supplement", "U-1", words="张三丰又来电13912345678")
    hotline.answer(complaint, "已答复张三丰13912345678")
    for table in ("hotline_orders", "hotline_updates", "hotline_feedback", "journal", "duties"):
        kept = str(hotline.rows(f"SELECT t::text FROM {table} t"))
        assert "张三丰" not in kept and "13912345678" not in kept, table


@pytest.mark.parametrize("said", ["张三丰来电", None])
def test_an_erased_clients_answers_cannot_be_read_any_more(
    hotline: Hotline, said: str | None
) -> None:
    complaint = hotline.order(summary=said)
    hotline.say("supplement", "U-1", words="张三丰又来电")
    hotline.answer(complaint)
    (client,) = hotline.rows("SELECT client_id FROM complaint_parties")
    hotline.scene.engine.files.erase_client(client.client_id, "客户要求删除", "test")
    assert hotline.desk.order(complaint)["feedback"][0]["words"] is None
    assert hotline.desk.one(complaint)["updates"][0]["words"] is None
    assert isinstance(hotline.say("supplement", "U-2").error, Conflict)


def test_disposed_of_with_its_complaint(hotline: Hotline) -> None:
    complaint = hotline.order()
    hotline.answer(complaint)
    hotline.say("withdraw", "U-1")
    scene = hotline.scene
    hotline.db.set_time(scene.now().replace(year=scene.now().year + 6))
    scene.engine.files.decide_disposal([complaint], "保存期满", "test")
    kept = "SELECT 1 FROM hotline_{} WHERE sealed IS NOT NULL"
    assert not hotline.rows(kept.format("feedback")) + hotline.rows(kept.format("updates"))
    assert hotline.desk.order(complaint)["feedback"][0]["words"] is None


def test_what_is_missing_from_an_answer_is_named(hotline: Hotline) -> None:
    complaint = hotline.order()
    with pytest.raises(InvalidInput) as refused:
        hotline.desk.answer(complaint, "done", " ", "", "x")
    assert [f.field for f in refused.value.faults] == ["result", "words", "by"]


def test_what_we_say_is_as_the_document_says(hotline: Hotline) -> None:
    complaint = hotline.order()
    hotline.say("urge", "U-1")
    feedback = hotline.answer(complaint)
    standing = hotline.desk.order_of("WO-1")
    assert faults("work-order-state", standing) == []
    assert faults("feedback", standing["feedback"][0]) == []
    assert faults("poll", hotline.desk.feedback_after(None, 10)) == []
    hotline.say("return", "U-2", feedback=feedback)
    assert faults("work-order-state", hotline.desk.order_of("WO-1")) == []


def test_of_two_who_answer_at_once_one_does(hotline: Hotline) -> None:
    complaint, outcomes = hotline.order(), []

    def answer(words: str) -> None:
        try:
            outcomes.append(hotline.answer(complaint, words))
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=answer, args=(f"反馈{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["F00000001", "conflict", "conflict", "conflict"]
    assert len(hotline.desk.order(complaint)["feedback"]) == 1


def test_the_page_lists_what_is_asked_for(hotline: Hotline) -> None:
    """Owed by the clock; of one branch; by a part of the number; figures of the day."""
    hotline.order("WO-1")
    hotline.later(days=3)
    hotline.order("WO-2", "NJ1")
    hotline.answer(hotline.order("WO-3"))
    own = hotline.order("form-7", source="counter-web")
    tree = hotline.scene.house.tree()
    branch = tree.by_code("NJ")
    assert branch is not None

    def names(chosen: str = "owed", path: str | None = None, number: str = "") -> list[str]:
        wanted = Wanted(cast(Chosen, chosen), path, number)
        return [order["name"] for order in hotline.desk.listed(wanted)["orders"]]

    assert names()[0] == "WO-1" and set(names()) == {"WO-1", "WO-2", f"C{own:08d}"}
    assert names("late") == ["WO-1"] and names("answered") == ["WO-3"] and names("over") == []
    assert names(path=branch.path) == ["WO-2"] and names("all", number="o-3") == ["WO-3"]
    figures = hotline.desk.listed(Wanted())["figures"]
    assert (figures["owed"], figures["late"], figures["answered"], figures["came"]) == (3, 1, 1, 3)
    assert figures["next"] is not None and figures["returned"] == figures["ended"] == 0


def test_what_the_hotlines_people_say_is_said_once(hotline: Hotline) -> None:
    complaint = hotline.order()
    assert hotline.desk.say(complaint, Said("urge", "desk-1"), "x")
    hotline.later(minutes=1)
    assert not hotline.desk.say(complaint, Said("urge", "desk-1"), "x")
    with pytest.raises(InvalidInput):
        hotline.desk.say(complaint, Said("return", "desk-2"), "x")
    assert hotline.desk.order(complaint)["urged"] == 1


def test_an_answer_of_another_source_is_kept_for_the_poll(hotline: Hotline) -> None:
    complaint = hotline.order(source="counter-web")
    hotline.answer(complaint)
    assert hotline.desk.one(complaint)["feedback"][0]["sent"] == "kept"
    assert len(hotline.desk.feedback_after(None, 10)["feedback"]) == 1
