"""The bank's own days in the database: stored, journalled, refused, laid over others."""

from __future__ import annotations

import threading
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from core.clock import SHANGHAI
from core.errors import InvalidInput, NotFound
from database.connection import business_now
from escalation.calendar_days import (
    DayChange,
    DayOverride,
    clear_day,
    list_overrides,
    load_calendar,
    parse_day_change,
    set_day,
)
from escalation.working_time import Calendar, due, parse_allowance
from tests.postgres import TestDatabase

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
MONDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 28)


@pytest.fixture
def bank(db: TestDatabase) -> TestDatabase:
    db.set_time(NOW)
    return db


def _set(db: TestDatabase, day: date, working: bool, reason: str = "台风停业") -> bool:
    return db.app.run(lambda c: set_day(c, day, working, reason, "person:1", business_now(c)))


def _clear(db: TestDatabase, day: date) -> None:
    db.app.run(lambda c: clear_day(c, day, "恢复营业", "person:2", business_now(c)))


def _journal(db: TestDatabase) -> list[Any]:
    query = sa.text(
        "SELECT verb, subject, actor, reason, before, after, at FROM journal"
        " WHERE verb LIKE 'calendar_day%' ORDER BY id"
    )
    return db.app.read(lambda c: [tuple(row) for row in c.execute(query)])


def test_without_own_days_the_published_calendar_stands(bank: TestDatabase) -> None:
    assert bank.app.read(load_calendar) == Calendar()
    assert bank.app.read(list_overrides) == []


def test_a_day_that_is_set_moves_what_is_counted(bank: TestDatabase) -> None:
    allowed = parse_allowance("1wd")
    assert _set(bank, MONDAY, False)
    calendar = bank.app.read(load_calendar)
    assert due(NOW, allowed, calendar).at == datetime(2026, 11, 25, tzinfo=SHANGHAI)
    _clear(bank, MONDAY)
    calendar = bank.app.read(load_calendar)
    assert due(NOW, allowed, calendar).at == datetime(2026, 11, 24, tzinfo=SHANGHAI)


def test_days_are_listed_in_order_with_who_and_when(bank: TestDatabase) -> None:
    _set(bank, SATURDAY, True, "补班")
    _set(bank, MONDAY, False)
    assert bank.app.read(list_overrides) == [
        DayOverride(MONDAY, False, "台风停业", "person:1", NOW),
        DayOverride(SATURDAY, True, "补班", "person:1", NOW),
    ]


def test_every_change_is_journalled_with_before_and_after(bank: TestDatabase) -> None:
    assert _set(bank, MONDAY, False)
    assert not _set(bank, MONDAY, False), "the same again changes nothing"
    assert _set(bank, MONDAY, True, "台风改道")
    _clear(bank, MONDAY)
    subject = "calendar_day:2026-11-23"
    off = {"working": False, "reason": "台风停业"}
    on = {"working": True, "reason": "台风改道"}
    assert _journal(bank) == [
        ("calendar_day_set", subject, "person:1", "台风停业", None, off, NOW),
        ("calendar_day_set", subject, "person:1", "台风改道", off, on, NOW),
        ("calendar_day_cleared", subject, "person:2", "恢复营业", on, None, NOW),
    ]


def test_what_was_never_set_cannot_be_cleared(bank: TestDatabase) -> None:
    with pytest.raises(NotFound):
        _clear(bank, MONDAY)
    assert _journal(bank) == []


def test_two_who_set_the_same_day_at_once_both_stand_in_the_journal(bank: TestDatabase) -> None:
    """The second waits for the first and notes the first's day as what was before."""
    gate = threading.Barrier(2)

    def rival(reason: str) -> None:
        gate.wait(10)
        _set(bank, MONDAY, False, reason)

    rivals = [threading.Thread(target=rival, args=(reason,)) for reason in ("甲", "乙")]
    for thread in rivals:
        thread.start()
    for thread in rivals:
        thread.join(30)
    first, second = _journal(bank)
    assert first[4] is None and second[4] == first[5] != second[5]
    (left,) = bank.app.read(list_overrides)
    assert left.reason == second[3]


def test_a_change_as_a_page_sends_it() -> None:
    body = {"day": "2027-02-06", "working": True, "reason": " 调休 "}
    assert parse_day_change(body, today=TODAY) == DayChange(date(2027, 2, 6), True, "调休")
    for day in ("2004-01-01", "2031-12-31", "2028-02-29"):
        assert parse_day_change({**body, "day": day}, today=TODAY).day.isoformat() == day


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"day": "2003-12-31"}, {"day"}),
        ({"day": "2032-01-01"}, {"day"}),
        ({"day": "2027-02-29"}, {"day"}),
        ({"day": "20270206"}, {"day"}),
        ({"day": "2027-W05-6"}, {"day"}),
        ({"day": "2027-02-06T00:00:00"}, {"day"}),
        ({"day": ""}, {"day"}),
        ({"day": None}, {"day"}),
        ({"day": 20270206}, {"day"}),
        ({"working": "true"}, {"working"}),
        ({"working": 1}, {"working"}),
        ({"reason": "  "}, {"reason"}),
        ({"reason": "x" * 201}, {"reason"}),
        ({"reason": "a\0b"}, {"reason"}),
        ({"holiday": True}, {"holiday"}),
        ({"day": "never", "working": None, "reason": ""}, {"day", "working", "reason"}),
    ],
)
def test_a_wrong_change_is_refused_field_by_field(change: dict[str, Any], fields: set[str]) -> None:
    body = {"day": "2027-02-06", "working": True, "reason": "调休", **change}
    with pytest.raises(InvalidInput) as caught:
        parse_day_change(body, today=TODAY)
    faults = caught.value.faults
    assert {fault.field for fault in faults} == fields and len(faults) == len(fields)
    assert all(f.zh and f.en and f.remedy_zh and f.remedy_en for f in faults)


def test_an_empty_or_odd_body_is_refused() -> None:
    for body in ({}, [], "2027-02-06", None):
        with pytest.raises(InvalidInput):
            parse_day_change(body, today=TODAY)
