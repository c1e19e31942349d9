"""An invented bank in the shape of the real one: its units, duties, ladders and teams."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core.clock import iso

#: name, province, longitude, latitude of the invented bank's cities
CITIES = [
    ("北京", "北京市", 116.41, 39.90), ("上海", "上海市", 121.47, 31.23),
    ("广州", "广东省", 113.26, 23.13), ("深圳", "广东省", 114.06, 22.54),
    ("南京", "江苏省", 118.80, 32.06), ("苏州", "江苏省", 120.58, 31.30),
    ("杭州", "浙江省", 120.16, 30.27), ("宁波", "浙江省", 121.55, 29.87),
    ("成都", "四川省", 104.07, 30.57), ("重庆", "重庆市", 106.55, 29.56),
    ("武汉", "湖北省", 114.31, 30.59), ("长沙", "湖南省", 112.94, 28.23),
    ("西安", "陕西省", 108.94, 34.34), ("郑州", "河南省", 113.63, 34.75),
    ("济南", "山东省", 117.12, 36.65), ("青岛", "山东省", 120.38, 36.07),
    ("沈阳", "辽宁省", 123.43, 41.81), ("大连", "辽宁省", 121.61, 38.91),
    ("哈尔滨", "黑龙江省", 126.53, 45.80), ("长春", "吉林省", 125.32, 43.82),
    ("天津", "天津市", 117.20, 39.13), ("石家庄", "河北省", 114.51, 38.04),
    ("太原", "山西省", 112.55, 37.87), ("合肥", "安徽省", 117.23, 31.82),
    ("福州", "福建省", 119.30, 26.07), ("厦门", "福建省", 118.09, 24.48),
    ("南昌", "江西省", 115.86, 28.68), ("昆明", "云南省", 102.83, 24.88),
    ("贵阳", "贵州省", 106.63, 26.65), ("南宁", "广西壮族自治区", 108.37, 22.82),
    ("海口", "海南省", 110.20, 20.04), ("兰州", "甘肃省", 103.83, 36.06),
    ("西宁", "青海省", 101.78, 36.62), ("银川", "宁夏回族自治区", 106.23, 38.49),
    ("乌鲁木齐", "新疆维吾尔自治区", 87.62, 43.83), ("呼和浩特", "内蒙古自治区", 111.75, 40.84),
    ("拉萨", "西藏自治区", 91.11, 29.65),
]  # fmt: skip
DISTRICTS = ["徐汇", "虹桥", "江湾", "浦东", "静安"]
LEADERS = ["王磊", "李婷", "张宏", "刘芳", "陈晨", "杨帆", "赵敏", "周岩", "吴迪", "徐静"]


def bank() -> list[dict[str, Any]]:
    """Head office, a branch a city, five sub-branches each."""
    units = [_place("HO", "总行", "总行", "head_office", None, CITIES[0])]
    for number, city in enumerate(CITIES):
        code = f"3{number:02d}0"
        units.append(_place(code, f"示范银行{city[0]}分行", f"{city[0]}分行", "branch", code, city))
        for nth, district in enumerate(DISTRICTS):
            short = f"{district}支行" if city[0] == "上海" else f"{city[0]}{'一二三四五'[nth]}支行"
            units.append(_place(f"3{number:02d}{nth + 1}", short, short, "sub_branch", code, city))
    return units


def _place(
    code: str, name: str, short: str, level: str, branch: str | None, city: tuple[Any, ...]
) -> dict[str, Any]:
    return {
        "code": code, "name": name, "short_name": short, "level": level, "branch_code": branch,
        "city": city[0], "province": city[1], "longitude": city[2], "latitude": city[3],
    }  # fmt: skip


def unit_of(unit: dict[str, Any]) -> dict[str, Any]:
    branch = None if unit["level"] == "head_office" else f"{unit['city']}分行"
    return {k: unit[k] for k in ("code", "name", "short_name", "level", "city")} | {
        "branch": branch, "longitude": unit["longitude"], "latitude": unit["latitude"],
    }  # fmt: skip


def duties(number: int, opened: datetime, answered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    head = any(a["head_office"] for a in answered)
    rows = [
        ("WP-13", "立即报告总行", "Report to head office at once", "branch_leader", 15, None, head),
        ("WP-13-R", "报告当地监管机构", "Report to the local regulator", "branch_contact", 25, None,
         False),
        ("HO-ACK", "总行人员签收", "Acknowledged at head office", "ho_deputy", 60, 45, head),
    ]  # fmt: skip
    return [
        {"id": number * 10 + nth, "clause": clause, "title_zh": zh, "title_en": en, "role": role,
         "due_at": iso(opened + timedelta(minutes=within)),
         "warn_at": iso(opened + timedelta(minutes=warn)) if warn else None,
         "state": "fulfilled" if done else "open", "breached": False,
         "ended_at": iso(opened) if done else None}
        for nth, (clause, zh, en, role, within, warn, done) in enumerate(rows)
    ]  # fmt: skip


def ladder(opened: datetime, step: int, answered: bool, now: datetime) -> dict[str, Any]:
    next_at = None if answered or step >= 3 else max(opened + timedelta(minutes=5 * step), now)
    state = "stopped" if answered else ("running" if next_at else "exhausted")
    roles = [["branch_contact", "branch_service"], ["ho_deputy"], []][min(step, 3) - 1]
    return {"state": state, "step": step, "steps": 3, "next_at": iso(next_at),
            "next_roles": roles if next_at else [], "told": 3, "skipped": 0}  # fmt: skip


def next_due(incident: dict[str, Any]) -> str:
    due = [d["due_at"] for d in incident["duties"] if d["state"] == "open"]
    return min(due, default="9")


def hot(incidents: list[dict[str, Any]], watches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [
        {"code": i["unit"]["code"], "state": i["severity"], "longitude": i["unit"]["longitude"],
         "latitude": i["unit"]["latitude"], "clients": i["clients"]}
        for i in incidents if i["unit"]["level"] != "head_office"
    ]  # fmt: skip
    found += [
        {"code": w["unit"]["code"], "state": "watch", "longitude": w["unit"]["longitude"],
         "latitude": w["unit"]["latitude"], "clients": w["clients"]}
        for w in watches if w["unit"]
    ]  # fmt: skip
    return found


def teams(units: list[dict[str, Any]], incidents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, unit in enumerate(u for u in units if u["level"] != "sub_branch"):
        head = unit["level"] == "head_office"
        mine = [i for i in incidents if head or i["unit"]["branch"] == unit["short_name"]]
        unanswered = [i for i in mine if not i["acknowledgements"]]
        states = {i["severity"] for i in mine}
        worst = next((s for s in ("large", "incident") if s in states), "quiet")
        people = _on_duty(number, head, mine, unanswered)
        found.append({"unit": unit_of(unit), "state": worst, "open_incidents": len(mine),
                      "unacknowledged": len(unanswered), "on_duty": people,
                      "gaps": sum(p["state"] == "gap" for p in people)})  # fmt: skip
    order = {"large": 0, "incident": 1, "watch": 2, "quiet": 3}
    return sorted(found, key=lambda team: (order[team["state"]], -team["unacknowledged"]))


def _on_duty(
    number: int, head: bool, mine: list[dict[str, Any]], unanswered: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    roles = ["duty_officer", "ho_deputy", "ho_leader"] if head else [
        "branch_leader", "branch_deputy", "branch_contact"]  # fmt: skip
    answered = {a["by"] for i in mine for a in i["acknowledgements"]}
    people = []
    for nth, role in enumerate(roles):
        name = LEADERS[(number * 3 + nth) % len(LEADERS)]
        told = "told" if unanswered and nth < 2 else "ready"
        state = "acknowledged" if name in answered else told
        if number % 17 == 5 and nth == 2:
            people.append({"role": role, "name": None, "phone_masked": None, "state": "gap"})
            continue
        people.append({"role": role, "name": name, "phone_masked": "138****1234", "state": state})
    return people
