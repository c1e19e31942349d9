"""Answers fetched by poll: none missed, none lost, each acknowledged once."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from core.errors import NotFound
from escalation import hotline_answers
from tests.hotline.caller import Hotline


def _numbers(page: dict[str, object]) -> list[str]:
    found = page["feedback"]
    assert isinstance(found, list)
    return [one["number"] for one in found]


def test_a_cursor_goes_on_where_it_was(hotline: Hotline) -> None:
    for n in range(5):
        hotline.answer(hotline.order(f"WO-{n}"))
    first = hotline.desk.feedback_after(0, 2)
    assert _numbers(first) == ["WO-0", "WO-1"] and first["more"]
    second = hotline.desk.feedback_after(first["after"], 10)
    assert _numbers(second) == ["WO-2", "WO-3", "WO-4"] and not second["more"]
    end = hotline.desk.feedback_after(second["after"], 10)
    assert end == {"feedback": [], "after": second["after"], "more": False}


def test_an_answer_begun_first_and_committed_last_is_not_missed(hotline: Hotline) -> None:
    slow, quick = hotline.order("WO-SLOW"), hotline.order("WO-QUICK")
    house, begun, go_on = hotline.scene.house, threading.Event(), threading.Event()

    def late(connection: sa.Connection) -> None:
        hotline_answers.answer(
            connection, house, slow, "settled", "慢", "员工9", now=hotline.scene.now(), actor="x"
        )
        begun.set()
        assert go_on.wait(20)

    thread = threading.Thread(target=lambda: hotline.db.app.run(late))
    thread.start()
    assert begun.wait(20)
    hotline.answer(quick)
    first = hotline.desk.feedback_after(0, 10)
    go_on.set()
    thread.join(20)
    assert _numbers(first) == ["WO-QUICK"]
    assert _numbers(hotline.desk.feedback_after(first["after"], 10)) == ["WO-SLOW"]


def test_without_a_cursor_one_gets_what_was_not_acknowledged(hotline: Hotline) -> None:
    one = hotline.answer(hotline.order("WO-1"))
    hotline.answer(hotline.order("WO-2"))
    assert hotline.desk.fetched([one]) == 1 and hotline.desk.fetched([one]) == 0
    assert _numbers(hotline.desk.feedback_after(None, 10)) == ["WO-2"]
    assert _numbers(hotline.desk.feedback_after(0, 10)) == ["WO-1", "WO-2"]
    with pytest.raises(NotFound):
        hotline.desk.fetched(["X1"])
