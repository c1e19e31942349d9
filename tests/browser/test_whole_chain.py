"""The chain in the browser: real processes, a complaint by API, a board that moves."""

from __future__ import annotations

import signal
import threading

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.browser.conftest import Guard, PageOpener
from tests.system.running import System, complaint, eventually

pytestmark = pytest.mark.browser


def _figure(name: str) -> str:
    return f"#board-figures [data-key={name}] strong"


def test_a_complaint_by_api_moves_the_open_board(system: System, open_page: PageOpener) -> None:
    system.start("engine")
    page = open_page(system, "/")
    expect(page.locator(_figure("complaints_today"))).to_have_text("0")
    unit = system.outlets()[0]["code"]
    for number in range(9):
        system.post("/api/v1/complaints", complaint(number, unit))
    expect(page.locator(_figure("complaints_today"))).to_have_text("9")
    expect(page.locator(_figure("watches"))).to_have_text("1")
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(0)
    system.post("/api/v1/complaints", complaint(9, unit))
    expect(page.locator("#board-incidents .fh-incident")).to_have_count(1)
    expect(page.locator(_figure("unacknowledged"))).to_have_text("1")
    incident = system.get("/api/v1/incidents?state=open").body[0]["id"]
    system.post(f"/api/v1/incidents/{incident}/acknowledge", {"by": "陈值班"})
    expect(page.locator(_figure("unacknowledged"))).to_have_text("0")


def test_a_burst_of_500_leaves_board_and_database_equal(
    system: System, open_page: PageOpener
) -> None:
    page = open_page(system, "/")
    units = [unit["code"] for unit in system.outlets()[:60]]

    def post(part: int) -> None:
        for number in range(part, 500, 4):
            body = complaint(f"b{number}", units[number % 60])
            assert system.post("/api/v1/complaints", body).status == 201

    threads = [threading.Thread(target=post, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(page.locator(_figure("complaints_today"))).to_have_text("500")
    stored = system.db.app.read(lambda c: c.scalar(sa.text("SELECT count(*) FROM complaints")))
    watches = system.db.app.read(
        lambda c: c.scalar(sa.text("SELECT count(*) FROM key_states WHERE state = 'watch'"))
    )
    assert stored == 500
    expect(page.locator(_figure("watches"))).to_have_text(str(watches))


def test_web_and_engine_away_are_said_and_the_board_recovers(
    system: System, open_page: PageOpener, guard: Guard
) -> None:
    guard.allowed += ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "WebSocket", "ERR_EMPTY"]
    system.start("engine")
    page = open_page(system, "/")
    expect(page.locator("#fh-age-link")).to_have_text("实时")
    expect(page.locator("html")).not_to_have_attribute("data-stale", "", timeout=15_000)
    system.kill("engine", signal.SIGKILL)
    expect(page.locator("#fh-banners")).to_contain_text(
        "数据已陈旧:引擎".replace(":", "："), timeout=30_000
    )
    system.kill("web", signal.SIGKILL)
    expect(page.locator("#fh-banners")).to_contain_text("连接中断", timeout=15_000)
    system.start("web", "engine")
    unit = system.outlets()[1]["code"]
    system.post("/api/v1/complaints", complaint("after", unit))
    expect(page.locator(_figure("complaints_today"))).to_have_text("1", timeout=20_000)
    eventually(lambda: system.get("/healthz").body["status"] == "ok")
    expect(page.locator("html")).not_to_have_attribute("data-stale", "", timeout=20_000)
