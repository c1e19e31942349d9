"""The dashboard's parts without a browser: words, map, routes, the shared snapshot, the push."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask_socketio import SocketIO

from core.words import NAMES
from dashboard.app import create_app
from dashboard.i18n import WORDS
from dashboard.live import Coalescer, database_listener
from dashboard.map_figure import albers, china_map, place_units, province_names
from dashboard.pages import board
from dashboard.routing import Page, Pages
from dashboard.snapshots import AreaSnapshots, SnapshotCache
from dashboard.tiles import TILES
from database import journal
from database.connection import Database
from escalation.plan import Wording
from tests.browser.fake_services import FakeServices, board_app
from tests.postgres import TestDatabase
from tests.web_safety.site import OURS

ASSETS = Path(__file__).parent.parent / "assets"


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether `true()` comes true before the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.01)
    return true()


# words


#: Wordings that are no text of their own: a part of one, or sent as `answer` and `backlog`.
NO_KIND = {"merged", "merged_plain", "which", "late", "unknown_reply", "drill_mark"}


def test_every_kind_of_text_has_a_name() -> None:
    kinds = (set(Wording.model_fields) - NO_KIND) | {"answer", "backlog"}
    assert {kind for kind in kinds if f"kind.{kind}" not in WORDS} == set()


def test_every_word_the_scripts_say_exists() -> None:
    said = set()
    for script in ASSETS.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        said |= set(re.findall(r"""\bt\(\s*["'`]([a-z]+\.[a-z_.]+)["'`]""", text))
    assert len(said) > 40
    assert said - set(WORDS) == set()


def test_both_languages_have_the_same_marks() -> None:
    for key, (zh, en) in WORDS.items():
        assert set(re.findall(r"{\w+}", zh)) == set(re.findall(r"{\w+}", en)), key
    assert not set(WORDS) & set(NAMES)


# map


def test_all_provinces_are_on_the_map_and_among_the_tiles() -> None:
    assert len(province_names()) == 34
    assert set(TILES) == set(province_names())
    assert len({place[:2] for place in TILES.values()}) == 34
    assert "台湾省" in province_names()


def test_the_map_needs_neither_webgl_nor_tiles_nor_a_second_figure() -> None:
    figure = china_map(place_units(FakeServices().map_units()))
    assert {trace.type for trace in figure.data} == {"scatter"}
    assert [trace.name for trace in figure.data[:34]] == province_names()
    names = [trace.name for trace in figure.data]
    assert {"sea-line", "inset-line", "inset-frame", "inset-台湾省"} <= set(names)


def test_the_inset_lies_beside_taiwan_and_not_on_it() -> None:
    data = {trace.name: trace for trace in china_map([]).data}
    west = min(x for x in data["inset-frame"].x if x is not None)
    assert max(x for x in data["台湾省"].x if x is not None) < west or max(
        y for y in data["inset-frame"].y if y is not None
    ) < min(y for x, y in zip(data["台湾省"].x, data["台湾省"].y, strict=True) if x and x > west)


def test_albers_keeps_the_central_meridian_straight() -> None:
    assert albers(105, 36) == (0.0, 0.0)
    assert albers(105, 20)[0] == 0.0
    assert albers(90, 30)[0] == -albers(120, 30)[0]


def test_offices_at_one_place_are_spread_and_stay_where_they_are() -> None:
    units = FakeServices().map_units()
    placed = {u["code"]: (u["x"], u["y"]) for u in place_units(units)}
    assert len(set(placed.values())) == len(placed)
    assert {u["code"]: (u["x"], u["y"]) for u in place_units(units[::-1])} == placed


def test_a_unit_without_coordinates_has_no_place() -> None:
    lost = FakeServices().map_units()[3] | {"longitude": None}
    assert place_units([lost])[0]["x"] is None


# routes


def test_pages_are_found_by_address_with_their_parts() -> None:
    pages = Pages()
    pages.add(Page("/incidents/<incident>", "board.title", lambda incident: incident, lambda: None))
    found = pages.match("/incidents/I0000012")
    assert found is not None
    assert found[1] == {"incident": "I0000012"}
    assert pages.match("/elsewhere") is None
    with pytest.raises(ValueError, match="no words"):
        pages.add(Page("/x", "no.such.word", lambda: None, lambda: None))
    with pytest.raises(ValueError, match="two pages"):
        pages.add(Page("/incidents/<incident>", "board.title", lambda: None, lambda: None))


def test_two_apps_in_one_process_have_all_their_callbacks() -> None:
    services = FakeServices()
    for _ in range(2):
        client = board_app(services).test_client()
        outputs = {one["output"] for one in client.get("/_dash-dependencies").get_json()}
        assert {"fh-page.children", "board-map.children", "board-map-wanted.data"} <= outputs


def test_a_page_keeps_to_its_own_origin() -> None:
    services = FakeServices()
    page = board_app(services).test_client().get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", page.get_data(as_text=True))


def test_verbs_need_our_own_header() -> None:
    services = FakeServices()
    client = board_app(services).test_client()
    path = "/live/incident/I0000012/acknowledge"
    assert client.post(path, json={}).status_code == 403
    assert services.acknowledged == []
    assert client.post(path, json={}, headers=OURS).status_code == 200
    assert services.acknowledged == [(12, "王磊", "duty_officer", "web", None)]
    said = {"me": {"name": "某人", "role": "ho_leader"}}  # who acts is no matter of the body
    assert client.post(path, json=said, headers=OURS).status_code == 422
    nobody = {"by": "", "role": "ho_leader", "how": "phone"}
    refused = client.post("/live/incident/I0000012/on-behalf", json=nobody, headers=OURS)
    assert refused.status_code == 422 and "不能为空" in refused.get_json()["error"]
    assert len(services.acknowledged) == 1
    assert client.post("/live/incidents/999/calls", headers=OURS).status_code == 404


# the shared snapshot


def test_three_hundred_viewers_cost_one_computation() -> None:
    def compute() -> dict[str, Any]:
        time.sleep(0.1)  # the cost of a computation, so that the others queue behind it
        return {"revision": 1}

    cache = SnapshotCache(compute)
    readers = [threading.Thread(target=cache.get) for _ in range(300)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert cache.computations == 1


def test_whoever_asks_after_a_change_sees_it() -> None:
    world = {"revision": 1}
    cache = SnapshotCache(lambda: dict(world))
    assert cache.get().body == b'{"revision":1}'
    world["revision"] = 2
    assert cache.get().body == b'{"revision":1}'
    cache.changed()
    assert cache.get().body == b'{"revision":2}'


def test_a_change_during_a_computation_is_not_lost() -> None:
    world = {"revision": 1}
    cache: SnapshotCache

    def compute() -> dict[str, Any]:
        seen = dict(world)
        if seen["revision"] == 1:
            world["revision"] = 2
            cache.changed()
        return seen

    cache = SnapshotCache(compute)
    cache.get()
    assert cache.get().body == b'{"revision":2}'


def test_an_area_gets_what_was_computed_for_it_and_few_are_kept() -> None:
    asked: list[str] = []

    def compute(area: str) -> dict[str, Any]:
        asked.append(area)
        return {"area": area}

    cache = AreaSnapshots(compute, most=2)
    first = cache.get("/1/5/")
    assert (first.body, cache.get("/1/6/").body) == (b'{"area":"/1/5/"}', b'{"area":"/1/6/"}')
    assert first.etag != cache.get("/1/6/").etag
    cache.get("/1/5/")
    cache.get("/1/7/")  # of three, the one asked for longest ago goes
    assert asked == ["/1/5/", "/1/6/", "/1/7/"]
    cache.get("/1/5/")
    cache.get("/1/6/")
    assert asked == ["/1/5/", "/1/6/", "/1/7/", "/1/6/"]
    cache.changed()
    assert cache.get("/1/6/").etag != first.etag
    assert asked[-1] == "/1/6/"


def test_an_unchanged_board_is_not_sent_again() -> None:
    services = FakeServices()
    client = board_app(services).test_client()
    first = client.get("/live/board")
    again = client.get("/live/board", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    services.changed()
    later = client.get("/live/board", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    packed = client.get("/live/board", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(first.data) / 3


def test_a_burst_is_coalesced_and_its_end_is_never_lost() -> None:
    world, seen = [0], []
    emitter = Coalescer(lambda: seen.append(world[0]), lambda: 0.02)
    emitter.start()
    for nth in range(1, 1001):
        world[0] = nth
        emitter.wake()
    assert until(lambda: seen[-1:] == [1000])
    assert len(seen) < 100
    emitter.stop()


def test_a_commit_reaches_the_browser(db: TestDatabase) -> None:
    class Real(FakeServices):
        @property
        def whole(self) -> Database:
            return db.app

    services = Real()
    server = create_app(
        services, pages=(board.register,), parts=(), listen=database_listener(services)
    )
    live, socketio = server.extensions["fenghuo_live"], server.extensions["socketio"]
    assert isinstance(socketio, SocketIO)
    browser = socketio.test_client(server)
    try:
        assert until(lambda: live.emitted >= 1)  # the listener is up
        browser.get_received()
        entry = journal.Entry("tested", "test:1", "test")
        db.app.run(lambda c: journal.write(c, db.now(), entry))
        got: list[Any] = []
        assert until(lambda: bool(got.extend(browser.get_received()) or got))
        assert (got[0]["name"], got[0]["args"]) == ("revision", [])
    finally:
        live.stop()
        browser.disconnect()
        live.join()
