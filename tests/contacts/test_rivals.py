"""Two writers at once: paths stay right, and a mobile gets one owner."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from sqlalchemy.engine import Connection

from contacts.people import PersonValue, save_person
from contacts.units import UnitValue, load_tree, save_units
from core.errors import InvalidInput
from core.words import Level
from tests.contacts.bank import build_units
from tests.postgres import TestDatabase


def _at_once(db: TestDatabase, *works: Callable[[Connection], object]) -> list[bool]:
    """Run all in transactions that start together; whether each was accepted."""
    barrier = Barrier(len(works))

    def run(work: Callable[[Connection], object]) -> bool:
        barrier.wait(timeout=10)
        try:
            db.app.run(work)
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_a_unit_moves_while_others_are_hung_below_it(db: TestDatabase) -> None:
    db.app.run(build_units)
    for turn in range(6):
        parent = "NJ" if turn % 2 == 0 else "SH"
        moved = UnitValue("XH", "示范银行徐汇支行", Level.SUB_BRANCH, parent, "徐汇支行")
        new = [UnitValue(f"N{turn}{n}", f"网点{turn}{n}", Level.OUTLET, "XH") for n in range(2)]
        accepted = _at_once(
            db,
            partial(save_units, values=[moved]),
            partial(save_units, values=[new[0]]),
            partial(save_units, values=[new[1]]),
        )
        assert accepted == [True] * 3
        tree = db.app.read(load_tree)
        for unit in tree.all():
            above = "/" if unit.parent_id is None else tree.get(unit.parent_id).path
            assert unit.path == f"{above}{unit.id}/"


def test_a_mobile_never_gets_two_owners(db: TestDatabase) -> None:
    ids = db.app.run(build_units)
    for turn in range(6):
        mobile = f"1990000010{turn}"
        people = [PersonValue(f"{name}{turn}", ids["SH"], mobile=mobile) for name in "甲乙丙"]
        accepted = _at_once(db, *(partial(save_person, value=person) for person in people))
        assert sorted(accepted) == [False, False, True]
