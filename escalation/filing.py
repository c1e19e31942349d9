"""What a table of complaints needs before its rows can be taken: units, and the keys that count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from complaints.mapping import ComplaintMap
from contacts.units import UnitValue, load_tree, save_units
from core.errors import SettingFault, SettingsError
from core.words import Level
from database.connection import Database
from escalation.house import Copies, House
from escalation.plan import Plan

#: Where there is no head office yet and units have to hang below one.
HEAD_OFFICE_CODE, HEAD_OFFICE_NAME = "HEAD_OFFICE", "总行"


def head_office_code(house: House) -> str | None:
    """The code of the head office, or None where no units have been entered."""
    found = house.reload_tree().head_office()
    return found.code if found else None


def make_head_office(house: House, actor: str) -> str:
    """The code of the head office, created where there is none."""
    create_units(house, {}, Level.OUTLET, actor)
    code = head_office_code(house)
    assert code is not None
    return code


def create_units(house: House, names: Mapping[str, str], level: Level, actor: str) -> int:
    """Create the units (code -> name) that are missing, right below head office; how many.

    A unit that exists is left as it is, whatever its name and level.
    """

    def work(connection: Connection) -> int:
        # Taken before looking, or a unit that somebody enters meanwhile would be moved here.
        connection.execute(sa.text("LOCK TABLE units IN SHARE ROW EXCLUSIVE MODE"))
        tree = load_tree(connection)
        head = tree.head_office()
        new: list[UnitValue] = []
        if head is None:
            new.append(UnitValue(HEAD_OFFICE_CODE, HEAD_OFFICE_NAME, Level.HEAD_OFFICE))
        parent = head.code if head else HEAD_OFFICE_CODE
        new += [
            UnitValue(code, name, level, parent_code=parent)
            for code, name in names.items()
            if tree.by_code(code) is None and code != parent
        ]
        if new:
            save_units(connection, new, actor=actor)
        return len(new)

    made = house.database.run(work)
    if made:
        house.reload_tree()
    return made


def house_for(house: House, found: ComplaintMap, *, database: Database | None = None) -> House:
    """The same house, counting only the kinds of key that the map names."""
    return replace(
        house, database=database or house.database, plan=plan_for(house.plan, found),
        copies=house.copies if database is None else Copies(),
    )  # fmt: skip


def plan_for(plan: Plan, found: ComplaintMap) -> Plan:
    """The plan with the map's kinds of key alone; SettingsError when it has none of them."""
    kept = tuple(rule for rule in plan.counting.keys if rule.kind in found.keys)
    if not kept:
        known = ", ".join(rule.kind for rule in plan.counting.keys)
        what = f"keys: the plan {plan.name} counts none of {', '.join(found.keys)}"
        raise SettingsError([SettingFault(found.name, 0, what, f"name some of: {known}")])
    counting = plan.counting.model_copy(update={"keys": kept})
    return plan.model_copy(update={"counting": counting})
