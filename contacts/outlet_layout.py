"""Outlets in the layout of the CNAPS lists: one row an outlet, in and out (WP-28).

LName full name · BankCode the outlet's 12-digit CNAPS code · BankName · BankId the bank's own code
· CityCode · CityName · ProvinceName
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from contacts.cities import CITIES, spread
from contacts.files import ImportResult, Kind, RowFault, read_table, row_fault, write_table
from contacts.units import Unit, UnitTree, UnitValue, load_tree, save_units
from core.words import Level

COLUMNS = ("LName", "BankCode", "BankName", "BankId", "CityCode", "CityName", "ProvinceName")
REQUIRED = ("LName", "BankCode", "CityName")

_CODE = re.compile(r"\d{12}")
#: The bank's name in front of an outlet's, in either spelling.
_BANK = re.compile(r"^.{0,12}?银行(?:股份有限公司|有限责任公司)?(?=.)")
#: What takes too much of an SMS, and what people say instead.
_SHORTER = {
    "一体化示范区": "示范区",
    "自贸试验区": "自贸区",
    "自由贸易试验区": "自贸区",
    "经济技术开发区": "经开区",
    "高新技术产业开发区": "高新区",
}


@dataclass(frozen=True)
class OutletRow:
    """A good row of the file."""

    row: int
    code: str
    name: str
    city: str
    province: str | None


def parse_outlets(data: bytes) -> tuple[list[OutletRow], list[RowFault]]:
    """The good rows, and what is wrong with the others. Two outlets may have one name."""
    rows, faults = read_table(data, COLUMNS, REQUIRED)
    good: list[OutletRow] = []
    seen: dict[str, int] = {}
    for row in rows:
        found = [row_fault(row.number, c, "blank") for c in REQUIRED if not row.cells[c]]
        code = row.cells["BankCode"]
        if code and not _CODE.fullmatch(code):
            found.append(row_fault(row.number, "BankCode", "code_form"))
        elif code and code in seen:
            found.append(row_fault(row.number, "BankCode", "twice", row=str(seen[code])))
        if found:
            faults += found
            continue
        seen[code] = row.number
        city = _city(row.cells["CityName"])
        known = CITIES.get(city)
        province = row.cells.get("ProvinceName") or (known.province if known else None)
        good.append(OutletRow(row.number, code, one_spelling(row.cells["LName"]), city, province))
    return good, faults


def _city(text: str) -> str:
    """The city's full name: 上海 is 上海市."""
    return f"{text}市" if f"{text}市" in CITIES else text


def one_spelling(name: str) -> str:
    """The outlet's name with the bank's name in its shorter spelling."""
    return re.sub(r"银行(?:股份有限公司|有限责任公司)(?=.)", "银行", "".join(name.split()), count=1)


def short_name(name: str, city: str | None) -> str:
    """What an outlet is called within its branch, fit for an SMS: 上海徐汇支行 is 徐汇支行."""
    short = _BANK.sub("", name)
    place = re.escape((city or "").removesuffix("市"))
    short = re.sub(f"^{place}(?:市(?![东西南北中]支行))?(?=..)", "", short)  # 市东支行 is a name
    for long, said in _SHORTER.items():
        short = short.replace(long, said)
    if short in ("分行", ""):
        short = "分行本部"
    return short


def distinct(short: str, taken: Iterable[str]) -> str:
    """The short name, numbered when another unit of the branch has it."""
    used, number, name = set(taken), 1, short
    while name in used:
        number += 1
        name = f"{short}{number}"
    return name


def import_outlets(connection: Connection, data: bytes, *, actor: str = "system") -> ImportResult:
    """Add or change outlets below the branch of their city; good rows are kept, bad ones named.

    An outlet already known keeps its place, level and coordinates; its name, city and province
    follow the file. A new one is a sub-branch with the city's centre, a little aside.
    """
    rows, faults = parse_outlets(data)
    tree = load_tree(connection)
    values: list[UnitValue] = []
    shorts = {b.id: {u.short_name for u in tree.children(b.id)} for b in _branches(tree)}
    for row in rows:
        known = tree.by_code(row.code)
        if known is not None and known.level in (Level.HEAD_OFFICE, Level.BRANCH):
            faults.append(row_fault(row.row, "BankCode", "code_other"))
        elif known is not None:
            values.append(_again(tree, known, row))
        else:
            found = [b for b in _branches(tree) if b.city == row.city]
            if len(found) == 1:
                values.append(_new(found[0], row, shorts[found[0].id]))
            else:
                faults.append(row_fault(row.row, "CityName", "no_branch", city=row.city))
    save_units(connection, values, actor=actor)
    return ImportResult(len(values), sorted(faults, key=lambda f: f.row))


def _branches(tree: UnitTree) -> Sequence[Unit]:
    return [unit for unit in tree.all() if unit.level == Level.BRANCH]


def _again(tree: UnitTree, unit: Unit, row: OutletRow) -> UnitValue:
    parent = None if unit.parent_id is None else tree.get(unit.parent_id).code
    return UnitValue(
        code=unit.code,
        name=row.name,
        level=unit.level,
        parent_code=parent,
        short_name=unit.short_name,
        city=row.city,
        province=row.province or unit.province,
        longitude=unit.longitude,
        latitude=unit.latitude,
        regulator=unit.regulator,
    )


def _new(branch: Unit, row: OutletRow, taken: set[str]) -> UnitValue:
    short = distinct(short_name(row.name, row.city), taken)
    taken.add(short)
    value = UnitValue(
        row.code, row.name, Level.SUB_BRANCH, branch.code, short, row.city, row.province
    )
    if row.city not in CITIES:
        return value
    longitude, latitude = spread(CITIES[row.city], row.code)
    return replace(value, longitude=longitude, latitude=latitude)


def export_outlets(connection: Connection, area_path: str, kind: Kind) -> bytes:
    """The area's sub-branches and outlets in this layout; read again it changes nothing."""
    tree = load_tree(connection)
    head = tree.head_office()
    bank = (head.name.removesuffix("总行"), head.code) if head else ("", "")
    units = [
        unit
        for unit in tree.all()
        if unit.path.startswith(area_path) and unit.level in (Level.SUB_BRANCH, Level.OUTLET)
    ]
    rows = [
        (u.name, u.code, *bank, u.code[3:7] if _CODE.fullmatch(u.code) else "", u.city, u.province)
        for u in sorted(units, key=lambda unit: unit.code)
    ]
    return write_table(COLUMNS, rows, kind)
