"""Answers sent to 95558: signed, tried again, never lost; a dead receiver is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from alerts.signed_callback import MOST_ATTEMPTS
from core.errors import Conflict
from escalation.hotline_sender import HEALTH, FeedbackSender
from escalation.ids import feedback_number
from tests.hotline.caller import Hotline, faults
from tests.hotline.receiver import Receiver, receiving
from tests.system.running import free_port


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def _sender(hotline: Hotline, receiver: Receiver, timeout: float = 5.0) -> FeedbackSender:
    return FeedbackSender(hotline.scene.house, receiver.callback(timeout), "engine/1")


def _now(hotline: Hotline) -> None:
    """As if the wait for the next attempt were over."""
    hotline.db.owner.run(lambda c: c.execute(sa.text(
        "UPDATE hotline_feedback SET not_before_real = clock_timestamp(),"
        " claimed_until_real = clock_timestamp()"
    )))  # fmt: skip


def _health(hotline: Hotline) -> tuple[bool, str | None]:
    found = [g for g in hotline.scene.engine.board()["gateways"] if g["name"] == HEALTH]
    assert found[0]["kind"] == "callback"
    return found[0]["ok"], found[0]["error"]


def _row(hotline: Hotline) -> tuple[str, int, int | None, str | None]:
    (row,) = hotline.rows("SELECT state, attempts, status_code, error FROM hotline_feedback")
    return tuple(row)


def test_an_answer_is_posted_once_signed_and_as_the_document_says(
    hotline: Hotline, receiver: Receiver
) -> None:
    feedback = hotline.answer(hotline.order(), "已到账，客户张三丰认可")
    sender = _sender(hotline, receiver)
    assert sender.send_all() == 1 and sender.send_all() == 0
    (call,) = receiver.calls
    assert call["verified"] and call["path"] == "/fenghuo/feedback"
    assert call["headers"]["X-Fenghuo-Feedback"] == feedback
    (body,) = receiver.bodies()
    assert faults("feedback", body) == [] and body["words"] == "已到账，客户张三丰认可"
    assert _row(hotline) == ("delivered", 1, 200, None) and _health(hotline) == (True, None)
    assert hotline.desk.feedback_after(None, 10)["feedback"] == []


@pytest.mark.parametrize(
    ("answer", "fault"),
    [(500, "HTTP 500"), (401, "HTTP 401"), (302, "HTTP 302"), ("reset", "ConnectionResetError"),
     ("hang", "TimeoutError")],
)  # fmt: skip
def test_what_did_not_arrive_for_certain_is_sent_again(
    hotline: Hotline, receiver: Receiver, answer: int | str, fault: str
) -> None:
    hotline.answer(hotline.order())
    sender = _sender(hotline, receiver, timeout=0.5)
    receiver.answers = [answer]
    assert sender.send_all() == 1
    assert _row(hotline)[0] == "waiting" and _health(hotline) == (False, fault)
    assert sender.send_all() == 0  # not at once
    _now(hotline)
    assert sender.send_all() == 1
    first, second = receiver.bodies()
    assert first == second and _row(hotline)[0] == "delivered"
    assert _health(hotline) == (True, None)


def test_a_receiver_that_has_it_says_conflict(hotline: Hotline, receiver: Receiver) -> None:
    hotline.answer(hotline.order())
    receiver.answers = [409]
    _sender(hotline, receiver).send_all()
    assert _row(hotline)[0] == "delivered"


def test_nobody_there_is_seen_on_the_board(hotline: Hotline) -> None:
    hotline.answer(hotline.order())
    with receiving() as gone:
        callback = gone.callback(1.0)
    sender = FeedbackSender(hotline.scene.house, callback, "engine/1")
    sender.send_all()
    assert _health(hotline) == (False, "ConnectionRefusedError")
    assert free_port()  # the machine has ports; nobody listened on that one


def test_one_that_fails_does_not_keep_the_others_hanging(
    hotline: Hotline, receiver: Receiver
) -> None:
    for n in range(3):
        hotline.answer(hotline.order(f"WO-{n}"))
    receiver.answers = [500]
    sender = _sender(hotline, receiver)
    assert sender.send_all() == 1  # the round ends: each would wait as long
    assert sender.send_all() == 2
    assert len(receiver.calls) == 3


def test_after_days_it_is_said_to_have_failed_until_somebody_sends_it(
    hotline: Hotline, receiver: Receiver
) -> None:
    feedback = feedback_number(hotline.answer(hotline.order()))
    hotline.db.owner.run(lambda c: c.execute(
        sa.text("UPDATE hotline_feedback SET attempts = :n"), {"n": MOST_ATTEMPTS - 1}
    ))  # fmt: skip
    receiver.answers = [500]
    sender = _sender(hotline, receiver)
    sender.send_all()
    assert _row(hotline)[0] == "failed"
    _now(hotline)
    assert sender.send_all() == 0
    hotline.desk.send_again(feedback, "web:ho_hotline:1")
    assert sender.send_all() == 1 and _row(hotline)[0] == "delivered"
    with pytest.raises(Conflict):
        hotline.desk.send_again(feedback, "web:ho_hotline:1")


def test_fetched_meanwhile_it_is_not_sent(hotline: Hotline, receiver: Receiver) -> None:
    hotline.desk.fetched([hotline.answer(hotline.order())])
    assert _sender(hotline, receiver).send_all() == 0


def test_orders_of_another_source_are_not_95558s(hotline: Hotline, receiver: Receiver) -> None:
    hotline.answer(hotline.order(source="other"))
    assert _sender(hotline, receiver).send_all() == 0


def test_two_engines_send_each_answer_once(hotline: Hotline, receiver: Receiver) -> None:
    import threading

    for n in range(8):
        hotline.answer(hotline.order(f"WO-{n}"))
    house = hotline.scene.house
    senders = [FeedbackSender(house, receiver.callback(), f"engine/{n}") for n in range(2)]
    threads = [threading.Thread(target=sender.send_all) for sender in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    sent = [body["feedback"] for body in receiver.bodies()]
    assert len(sent) == len(set(sent)) == 8


def test_a_sender_that_died_leaves_it_to_another(hotline: Hotline, receiver: Receiver) -> None:
    hotline.answer(hotline.order())
    dead = _sender(hotline, receiver)
    assert hotline.scene.house.database.run(dead._claim) is not None
    other = FeedbackSender(hotline.scene.house, receiver.callback(), "engine/2")
    assert other.send_all() == 0  # its lease holds
    _now(hotline)
    assert other.send_all() == 1 and _row(hotline)[:2] == ("delivered", 2)
