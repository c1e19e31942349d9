"""The demo bank 示范银行: units of real places, invented people, the same on every machine (WP-28).

Outlets of four cities come from a list of real outlets; all other units, all people and all their
numbers are invented. Mobiles are 199000NNNNN, valid in form only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from contacts.cities import CITIES, City, spread
from contacts.faults import fault
from contacts.outlet_layout import OutletRow, distinct, parse_outlets, short_name
from contacts.people import PersonValue, ShiftValue, save_shift
from contacts.staff import StaffValue, save_staff
from contacts.units import UnitValue, load_tree, save_units
from core.clock import SHANGHAI
from core.errors import FieldFault, InvalidInput
from core.words import Level, Role
from database.connection import business_now

BANK = "示范银行"
HEAD_OFFICE = "HO"
ACTOR = "demo"
SHIFT_DAYS = 14
SHIFT_HOURS = (9, 21)


@dataclass(frozen=True)
class _Branch:
    """A branch: code, city, invented outlets below it (none where the list has real ones)."""

    code: str
    city: str
    outlets: tuple[str, ...] = ()


BRANCHES = (
    _Branch("SH", "上海市"),
    _Branch("NJ", "南京市"),
    _Branch("HZ", "杭州市"),
    _Branch("NB", "宁波市"),
    _Branch("BJ", "北京市", ("金融街支行", "国贸支行", "中关村支行", "望京支行")),
    _Branch("TJ", "天津市", ("滨海支行", "和平支行", "南开支行")),
    _Branch("SJZ", "石家庄市", ("裕华支行", "长安支行")),
    _Branch("TY", "太原市", ("迎泽支行", "小店支行")),
    _Branch("HHHT", "呼和浩特市", ("新城支行", "赛罕支行")),
    _Branch("SY", "沈阳市", ("和平支行", "沈河支行", "浑南支行")),
    _Branch("DL", "大连市", ("中山支行", "沙河口支行")),
    _Branch("HRB", "哈尔滨市", ("道里支行", "南岗支行")),
    _Branch("JN", "济南市", ("历下支行", "市中支行", "高新支行")),
    _Branch("QD", "青岛市", ("市南支行", "崂山支行", "黄岛支行")),
    _Branch("ZZ", "郑州市", ("郑东支行", "金水支行", "二七支行")),
    _Branch("WH", "武汉市", ("江汉支行", "武昌支行", "光谷支行", "汉阳支行")),
    _Branch("CS", "长沙市", ("芙蓉支行", "岳麓支行", "雨花支行")),
    _Branch("HF", "合肥市", ("蜀山支行", "庐阳支行")),
    _Branch("FZ", "福州市", ("鼓楼支行", "台江支行")),
    _Branch("XM", "厦门市", ("思明支行", "湖里支行")),
    _Branch("GZ", "广州市", ("天河支行", "越秀支行", "番禺支行", "海珠支行")),
    _Branch("SZ", "深圳市", ("福田支行", "南山支行", "罗湖支行", "宝安支行")),
    _Branch("NN", "南宁市", ("青秀支行", "江南支行")),
    _Branch("CQ", "重庆市", ("渝中支行", "江北支行", "沙坪坝支行")),
    _Branch("CD", "成都市", ("锦江支行", "武侯支行", "高新支行", "青羊支行")),
    _Branch("KM", "昆明市", ("五华支行", "盘龙支行")),
    _Branch("XA", "西安市", ("雁塔支行", "碑林支行", "高新支行")),
    _Branch("LZ", "兰州市", ("城关支行", "七里河支行")),
    _Branch("WLMQ", "乌鲁木齐市", ("天山支行", "水磨沟支行")),
)

#: Each unit's team: role, post, how many, the first being rank 1.
_TEAMS: dict[Level, tuple[tuple[Role, str, int], ...]] = {
    Level.HEAD_OFFICE: (
        (Role.HO_LEADER, "副行长", 1),
        (Role.HO_DEPUTY, "零售银行部总经理", 2),
        (Role.DUTY_OFFICER, "值班室值班员", 3),
        (Role.HO_MARKETING, "市场营销部总经理助理", 1),
        (Role.HO_VIP_WEALTH, "贵宾理财部总经理助理", 1),
        (Role.HO_ASSET_MANAGEMENT, "资产管理部总经理助理", 1),
        (Role.HO_HOTLINE, "95558客服中心主管", 2),
        (Role.PR_OFFICER, "办公室舆情专员", 2),
    ),
    Level.BRANCH: (
        (Role.BRANCH_LEADER, "分行行长", 1),
        (Role.BRANCH_DEPUTY, "分管副行长", 2),
        (Role.BRANCH_CONTACT, "零售部综合岗", 2),
        (Role.BRANCH_SERVICE, "服务品质部经理", 1),
        (Role.BRANCH_SECURITY, "安全保卫部经理", 1),
    ),
    Level.SUB_BRANCH: (
        (Role.SUB_HEAD, "支行行长", 1),
        (Role.SUB_DEPUTY, "支行副行长", 1),
        (Role.SUB_VIP_MANAGER, "贵宾客户经理", 1),
        (Role.SUB_LOBBY_MANAGER, "大堂经理", 1),
    ),
}

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶"
_GIVEN = (
    "晓岚文博雨桐思远佳宁子涵明哲若溪志远静怡浩然欣妍建平雪梅一鸣书瑶立新海燕天佑婉清嘉树秋实云帆"
    "丹青知行梦洁景行安然向阳慧敏长青采薇修远令仪怀瑾念慈承志"
)


def build(connection: Connection, outlets_csv: Path) -> None:
    """Build the demo bank where there is none yet, and plan its duty officers' coming shifts.

    A bank that stands is left as people have changed it since. `outlets_csv` has the layout of
    `contacts.outlet_layout`; a fault in it raises InvalidInput and nothing is kept.
    """
    tree = load_tree(connection)
    head = tree.by_code(HEAD_OFFICE)
    if head is not None:
        _plan_shifts(connection, head.id)
        return
    rows, found = parse_outlets(outlets_csv.read_bytes())
    if found:
        raise InvalidInput(
            [FieldFault(f"{f.row}.{f.column}", f.zh, f.en, f.remedy_zh, f.remedy_en) for f in found]
        )
    units = list(bank_units(rows))
    ids = save_units(connection, units, actor=ACTOR)
    result = save_staff(connection, list(bank_staff(units, ids)), actor=ACTOR)
    if result.faults:
        raise InvalidInput([found for _, found in result.faults])
    _plan_shifts(connection, ids[HEAD_OFFICE])


def bank_units(rows: Sequence[OutletRow]) -> Iterator[UnitValue]:
    """All units, parents first. Pure; raises InvalidInput for an outlet in a city of no branch."""
    capital = CITIES["北京市"]
    yield _unit(HEAD_OFFICE, "总行", Level.HEAD_OFFICE, None, capital, BANK + "总行")
    cities = {branch.city for branch in BRANCHES}
    strange = [row for row in rows if row.city not in cities]
    if strange:
        raise InvalidInput(
            [fault(f"{row.row}.CityName", "no_branch", city=row.city) for row in strange]
        )
    for number, branch in enumerate(BRANCHES, start=1):
        city = CITIES[branch.city]
        place = city.name.removesuffix("市")
        yield _unit(branch.code, f"{place}分行", Level.BRANCH, HEAD_OFFICE, city)
        real = sorted((r.code, short_name(r.name, r.city)) for r in rows if r.city == city.name)
        made = [(f"999{number:04d}{n:05d}", name) for n, name in enumerate(branch.outlets, 1)]
        taken: list[str] = []
        for code, short in real + made:
            taken.append(distinct(short, taken))
            name = f"{BANK}{place}{taken[-1]}"
            yield _unit(code, taken[-1], Level.SUB_BRANCH, branch.code, city, name)


def _unit(
    code: str, short: str, level: Level, parent: str | None, city: City, name: str = ""
) -> UnitValue:
    outlet = level == Level.SUB_BRANCH
    longitude, latitude = spread(city, code) if outlet else (city.longitude, city.latitude)
    return UnitValue(
        code=code,
        name=name or BANK + short,
        level=level,
        parent_code=parent,
        short_name=short,
        city=city.name,
        province=city.province,
        longitude=longitude,
        latitude=latitude,
        regulator="国家金融监督管理总局" if parent is None else city.regulator,
    )


def bank_staff(units: Iterable[UnitValue], ids: dict[str, int]) -> Iterator[StaffValue]:
    """The whole team of every unit. Pure; `ids` are the units' ids by code."""
    numbers = count(1)
    for unit in units:
        for role, post, size in _TEAMS[unit.level]:
            for rank in range(1, size + 1):
                number = next(numbers)
                person = _person(number, unit, ids[unit.code], post)
                yield StaffValue(number, ids[unit.code], person, role, rank)


def _person(number: int, unit: UnitValue, unit_id: int, post: str) -> PersonValue:
    """The bank's Nth person. An office number behind 0000 exists nowhere."""
    surname = _SURNAMES[number * 7 % len(_SURNAMES)]
    place = number * 11 % (len(_GIVEN) // 2) * 2
    given = _GIVEN[place : place + 2]
    return PersonValue(
        name=surname + given,
        unit_id=unit_id,
        post=post,
        office_phone=f"{CITIES[unit.city or ''].area_code}-0000{number:04d}",
        mobile=f"199000{number:05d}",
        email=f"staff{number}@example.com",
        remark="演示人员",
    )


def _plan_shifts(connection: Connection, head_office: int) -> None:
    """Duty officers take turns, day and night, for the coming days, as far as not yet planned."""
    keys = {"unit": head_office, "role": Role.DUTY_OFFICER.value}
    officers = connection.execute(_OFFICERS, keys).scalars().all()
    planned = set(connection.execute(_PLANNED, keys).scalars())
    today = business_now(connection).astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    for day in range(-1 if officers else SHIFT_DAYS, SHIFT_DAYS):
        for part, hour in enumerate(SHIFT_HOURS):
            start = today.replace(hour=hour) + timedelta(days=day)
            if start not in planned:
                turn = (start.toordinal() * len(SHIFT_HOURS) + part) % len(officers)
                end = start + timedelta(hours=24 // len(SHIFT_HOURS))
                shift = ShiftValue(head_office, Role.DUTY_OFFICER, officers[turn], start, end)
                save_shift(connection, shift, actor=ACTOR)


_OFFICERS = sa.text(
    "SELECT m.person_id FROM team_members m JOIN people p ON p.id = m.person_id"
    " WHERE m.unit_id = :unit AND m.role = :role AND p.active ORDER BY m.rank, m.id"
)
_PLANNED = sa.text("SELECT starts_at FROM shifts WHERE unit_id = :unit AND role = :role")
