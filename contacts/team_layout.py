"""Teams in the layout of attachment 2 of the bank's plan: one row a person and duty (WP-28).

分行 unit · 姓名 name · 行政职务 post · 应急小组内职责 duty in the team ·
办公电话 office phone · 移动电话 mobile · 邮箱 e-mail · 备注 remark
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.files import (
    ImportResult,
    Kind,
    Row,
    RowFault,
    as_row_fault,
    fold,
    read_table,
    row_fault,
    write_table,
)
from contacts.outlet_layout import one_spelling
from contacts.people import PersonValue, role_fits
from contacts.roster import roles_of
from contacts.staff import StaffValue, save_staff
from contacts.units import Unit, UnitTree, load_tree
from core.words import Level, Role
from core.words import name as word

COLUMNS = ("分行", "姓名", "行政职务", "应急小组内职责", "办公电话", "移动电话", "邮箱", "备注")
REQUIRED = ("分行", "姓名", "应急小组内职责", "移动电话")
#: The column in which each field of a person is written.
_COLUMN_OF = {
    "name": "姓名",
    "office_phone": "办公电话",
    "mobile": "移动电话",
    "email": "邮箱",
    "role": "应急小组内职责",
}

#: Words by which a duty is known at each level. 副组长 is looked for before the 组长 within it.
_DUTIES: dict[Level, tuple[tuple[str, Role], ...]] = {
    Level.HEAD_OFFICE: (
        ("副组长", Role.HO_DEPUTY),
        ("组长", Role.HO_LEADER),
        ("值班", Role.DUTY_OFFICER),
        ("舆情", Role.PR_OFFICER),
        ("媒体", Role.PR_OFFICER),
        ("市场营销", Role.HO_MARKETING),
        ("贵宾理财", Role.HO_VIP_WEALTH),
        ("资产管理", Role.HO_ASSET_MANAGEMENT),
        ("95558", Role.HO_HOTLINE),
        ("客服", Role.HO_HOTLINE),
    ),
    Level.BRANCH: (
        ("副组长", Role.BRANCH_DEPUTY),
        ("组长", Role.BRANCH_LEADER),
        ("联系人", Role.BRANCH_CONTACT),
        ("服务品质", Role.BRANCH_SERVICE),
    ),
    Level.SUB_BRANCH: (
        ("副组长", Role.SUB_DEPUTY),
        ("组长", Role.SUB_HEAD),
        ("客户经理", Role.SUB_VIP_MANAGER),
        ("大堂", Role.SUB_LOBBY_MANAGER),
    ),
}
#: A head office member's department may stand in the post when the duty only says member.
_MEMBER = ("组员", "成员")


def roles_in(duty: str, level: Level, post: str = "") -> set[Role]:
    """The roles of this level that the words of a duty name. Pure."""
    text = fold(duty)
    words = _DUTIES[Level.SUB_BRANCH if level == Level.OUTLET else level]
    exact = {role for role in roles_of(level) if fold(word(role)) == text}
    if exact:
        return exact
    found = set()
    for said, role in words:
        if said in text:
            found.add(role)
            text = text.replace(said, "")
    if not found and post and text in _MEMBER:
        return roles_in(post, level)
    return found


class _Names:
    """Every way in which a unit may be written in the first column."""

    def __init__(self, tree: UnitTree) -> None:
        self._codes = {fold(unit.code): unit for unit in tree.all()}
        self._full: dict[str, set[int]] = defaultdict(set)
        self._short: dict[str, set[int]] = defaultdict(set)
        self._tree = tree
        head = tree.head_office()
        bank = head.name.removesuffix("总行") if head else ""
        for unit in tree.all():
            self._full[fold(one_spelling(unit.name))].add(unit.id)
            branch = tree.ancestor(unit.id, Level.BRANCH)
            shorts = {unit.short_name, unit.name.removeprefix(bank)}
            if branch is not None and branch.id != unit.id:
                shorts.add(branch.short_name + unit.short_name)
            for short in shorts:
                self._short[fold(short)].add(unit.id)
        if head is not None:
            self._short["总行"].add(head.id)

    def find(self, text: str) -> list[Unit]:
        """Units meant by a code, else by a full name, else by a shorter one."""
        key = fold(one_spelling(text))
        if key in self._codes:
            return [self._codes[key]]
        ids = self._full.get(key) or self._short.get(key) or set()
        return [self._tree.get(unit_id) for unit_id in sorted(ids)]

    def written(self, unit: Unit) -> str:
        """How to write a unit so that it is found again."""
        return unit.name if self.find(unit.name) == [unit] else unit.code


@dataclass(frozen=True)
class _Parsed:
    values: list[StaffValue]
    faults: list[RowFault]
    #: Seats named in the file all of whose rows are good so far.
    whole: set[tuple[int, Role]]


def import_team(connection: Connection, data: bytes, *, actor: str = "system") -> ImportResult:
    """Read teams from XLSX or CSV; good rows are kept, bad ones named with column and reason.

    The order of rows is the order of preference. For every seat (unit and role) that the file
    names, it is the whole truth: who holds it and is not in the file loses it, unless any row of
    that seat, or any row that cannot be placed, is bad. A blank cell leaves what is known.
    """
    rows, faults = read_table(data, COLUMNS, REQUIRED)
    parsed = _parse(rows, _Names(load_tree(connection)))
    result = save_staff(connection, parsed.values, replaces=parsed.whole, actor=actor)
    faults = faults + parsed.faults
    faults += [as_row_fault(row, _COLUMN_OF[f.field], f) for row, f in result.faults]
    return ImportResult(result.kept, sorted(faults, key=lambda f: f.row), result.ended)


def _parse(rows: Sequence[Row], names: _Names) -> _Parsed:
    values: list[StaffValue] = []
    faults: list[RowFault] = []
    order: Counter[tuple[int, Role]] = Counter()
    for row in rows:
        unit = names.find(row.cells["分行"])
        found = _unit_faults(row, unit)
        roles = _role(row, unit[0], found) if not found else set()
        if len(roles) == 1 and not found:
            seat = (unit[0].id, roles.pop())
            order[seat] += 1
            values.append(
                StaffValue(
                    row.number, seat[0], _person(row, seat[0]), seat[1], min(order[seat], 99)
                )
            )
        if not row.cells["姓名"] and found:
            found.append(row_fault(row.number, "姓名", "blank"))
        faults += found
    return _Parsed(values, faults, set() if faults else set(order))


def _unit_faults(row: Row, found: Sequence[Unit]) -> list[RowFault]:
    if len(found) == 1:
        return []
    kind = "ambiguous_unit" if found else "unknown_unit" if row.cells["分行"] else "blank"
    return [row_fault(row.number, "分行", kind)]


def _role(row: Row, unit: Unit, faults: list[RowFault]) -> set[Role]:
    """The roles named by the duty; adds a fault when it is not exactly one."""
    duty = row.cells["应急小组内职责"]
    roles = roles_in(duty, unit.level, row.cells.get("行政职务", ""))
    if len(roles) == 1:
        return roles
    known = "、".join(word(role) for role in roles_of(unit.level))
    named = {"level": unit.level.value, "roles": known}
    elsewhere = [r for r in Role if fold(word(r)) == fold(duty) and not role_fits(r, unit.level)]
    if not duty:
        faults.append(row_fault(row.number, "应急小组内职责", "blank"))
    elif roles:
        faults.append(row_fault(row.number, "应急小组内职责", "several_roles"))
    elif elsewhere:
        words = {"role": elsewhere[0].value, "level": unit.level.value}
        faults.append(row_fault(row.number, "应急小组内职责", "role_level", **words))
    else:
        faults.append(row_fault(row.number, "应急小组内职责", "unknown_role", **named))
    return set()


def _person(row: Row, unit_id: int) -> PersonValue:
    return PersonValue(
        name=row.cells["姓名"],
        unit_id=unit_id,
        post=row.cells.get("行政职务"),
        office_phone=row.cells.get("办公电话"),
        mobile=row.cells["移动电话"],
        email=row.cells.get("邮箱"),
        remark=row.cells.get("备注"),
    )


_TEAM = sa.text(
    "SELECT m.unit_id, m.role, p.name, p.post, p.office_phone, p.mobile, p.email, p.remark"
    " FROM team_members m JOIN people p ON p.id = m.person_id JOIN units u ON u.id = m.unit_id"
    " WHERE p.active AND starts_with(u.path, :area) ORDER BY m.rank, m.id"
)


def export_team(connection: Connection, area_path: str, kind: Kind) -> bytes:
    """The teams of an area in this layout, best first; read again it changes nothing."""
    tree = load_tree(connection)
    names = _Names(tree)
    found = connection.execute(_TEAM, {"area": area_path}).mappings().all()
    places = {unit.id: (unit.path.count("/"), n) for n, unit in enumerate(tree.all())}
    roles = {role.value: n for n, role in enumerate(Role)}
    rows = [
        (
            names.written(tree.get(seat["unit_id"])),
            seat["name"],
            seat["post"],
            word(seat["role"]),
            seat["office_phone"],
            seat["mobile"],
            seat["email"],
            seat["remark"],
        )
        for seat in sorted(found, key=lambda s: (places[s["unit_id"]], roles[s["role"]]))
    ]
    return write_table(COLUMNS, rows, kind)
