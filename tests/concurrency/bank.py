"""A bank as wide as a test wants it, and a house over it for any process."""

from __future__ import annotations

import sqlalchemy as sa

from complaints.identity import BlindIndex
from contacts.people import MemberValue, PersonValue, save_member, save_person
from contacts.units import UnitValue, save_units
from core.words import Level, Role
from database.connection import Database
from escalation.engine import Engine
from escalation.house import House
from tests.engine.scene import shipped_plan
from tests.keys import INDEX_KEY, VAULT


def build_bank(database: Database, branches: int, outlets: int) -> list[str]:
    """Head office, branches `B0`…, outlets `B0-0`…; returns the outlets' codes."""
    units = [UnitValue("HO", "总行", Level.HEAD_OFFICE, parent_code=None, short_name="总行")]
    codes: list[str] = []
    for b in range(branches):
        name = f"第{b}分行"
        units.append(UnitValue(f"B{b}", name, Level.BRANCH, parent_code="HO", short_name=name))
        for o in range(outlets):
            code, outlet = f"B{b}-{o}", f"第{b}-{o}支行"
            codes.append(code)
            units.append(
                UnitValue(code, outlet, Level.SUB_BRANCH, parent_code=f"B{b}", short_name=outlet)
            )

    def work(connection: sa.Connection) -> None:
        save_units(connection, units)
        rows = connection.execute(sa.text("SELECT id, code, level FROM units ORDER BY id"))
        phone = 19800000000
        for row in rows.all():
            roles = {
                "head_office": (Role.HO_LEADER, Role.HO_DEPUTY),
                "branch": (Role.BRANCH_LEADER, Role.BRANCH_CONTACT),
            }.get(row.level, ())
            for role in roles:
                phone += 1
                person = save_person(
                    connection,
                    PersonValue(name=f"员工{phone}", unit_id=row.id, mobile=str(phone)),
                )
                save_member(connection, MemberValue(unit_id=row.id, role=role, person_id=person))

    database.run(work)
    return codes


def open_house(url: str, *, database: Database | None = None) -> Engine:
    """The engine over this database, as each process makes its own."""
    plan = shipped_plan()
    return Engine(
        House(
            database or Database(url, pool_size=2), plan, BlindIndex(INDEX_KEY), "示范银行", VAULT
        )
    )
