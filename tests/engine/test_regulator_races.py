"""Several at once on one regulator case: one number is one case, one reply is filed once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import sqlalchemy as sa

from core.errors import Conflict
from escalation.regulator_opening import Receiving, Wanted
from tests.engine.test_regulator_cases import LEADER, WRITER, Desk, number
from tests.postgres import TestDatabase

MANY = 6


def _at_once(work: Callable[[int], Any]) -> list[Any]:
    """What each of several callers got, a Conflict as itself."""
    gate = Barrier(MANY)

    def one(at: int) -> Any:
        gate.wait()
        try:
            return work(at)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def _count(bank: Desk, table: str) -> int:
    query = sa.text(f"SELECT count(*) FROM {table}")
    return int(bank.db.app.read(lambda c: c.scalar(query)))


def test_one_number_registered_by_several_is_one_case_with_all_their_complaints(
    db: TestDatabase,
) -> None:
    bank = Desk(db)
    complaints = [bank.complaint() for _ in range(MANY)]

    def register(at: int) -> tuple[str, bool]:
        value = Receiving("沪金转7", "SH", bank.scene.now(), "letter", demands=(Wanted("答复"),),
                          complaints=(complaints[at],))  # fmt: skip
        case, new = bank.desk.receive(value, WRITER)
        return case["id"], new

    got = _at_once(register)
    assert len({case for case, _ in got}) == 1 and sum(new for _, new in got) == 1
    assert _count(bank, "regulator_cases") == 1 and _count(bank, "regulator_demands") == 1
    assert _count(bank, "regulator_case_complaints") == MANY
    deadlines = "duties WHERE event = 'regulator_case'"
    assert _count(bank, deadlines) == 1


def test_one_reply_is_approved_and_filed_once(db: TestDatabase) -> None:
    bank = Desk(db)
    case = bank.contact(bank.receive())
    bank.desk.start(number(case), WRITER)
    bank.desk.draft(number(case), "已核实", 0, WRITER)
    approved = _at_once(lambda _: bank.desk.approve(number(case), 1, LEADER))
    assert sum(not isinstance(one, Conflict) for one in approved) == 1
    filed = _at_once(
        lambda at: bank.desk.file(number(case), bank.receipt(number=f"收{at}"), WRITER)
    )
    assert sum(not isinstance(one, Conflict) for one in filed) == 1
    assert _count(bank, "regulator_filings") == 1


def test_two_who_edit_one_reply_lose_no_text(db: TestDatabase) -> None:
    """Whoever did not see the other's version is told so."""
    bank = Desk(db)
    case = bank.contact(bank.receive())
    bank.desk.start(number(case), WRITER)
    got = _at_once(lambda at: bank.desk.draft(number(case), f"第{at}人的稿", 0, WRITER))
    late = [one for one in got if isinstance(one, Conflict)]
    assert len(late) == MANY - 1 and all(one.extra["version"] == 1 for one in late)
    assert _count(bank, "regulator_answers") == 1
