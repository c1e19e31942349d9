"""A small bank for tests: one branch with a sub-branch, an outlet below it, an outlet beside it."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from contacts.people import MemberValue, PersonValue, save_member, save_person
from contacts.units import UnitValue, save_units
from core.words import Level, Role


def build_units(connection: Connection) -> dict[str, int]:
    """Ids by code: HO; SH (branch); XH (sub-branch); XH1 (outlet of XH); LJZ (outlet of SH)."""
    return save_units(
        connection,
        [
            UnitValue("XH1", "示范银行徐汇滨江网点", Level.OUTLET, "XH", "滨江网点"),
            UnitValue("XH", "示范银行徐汇支行", Level.SUB_BRANCH, "SH", "徐汇支行"),
            UnitValue("HO", "示范银行总行", Level.HEAD_OFFICE),
            UnitValue("LJZ", "示范银行陆家嘴网点", Level.OUTLET, "SH", "陆家嘴网点"),
            UnitValue("SH", "示范银行上海分行", Level.BRANCH, "HO", "上海分行", city="上海市"),
            UnitValue("NJ", "示范银行南京分行", Level.BRANCH, "HO", "南京分行", city="南京市"),
        ],
    )


def seat(
    connection: Connection, unit_id: int, role: Role, name: str, mobile: str | None, rank: int = 1
) -> int:
    """A person with a standing seat; returns the person's id."""
    person = save_person(connection, PersonValue(name, unit_id, mobile=mobile))
    save_member(connection, MemberValue(unit_id, role, person, rank))
    return person
