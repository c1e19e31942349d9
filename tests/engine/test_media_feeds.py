"""The feed watch against a real server on loopback: what it finds, and what it refuses to read."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from complaints.feed_fetcher import FeedFault, Fetched, fetch
from complaints.feed_reader import read
from core.clock import iso
from core.errors import Conflict, InvalidInput
from core.settings import WatchSettings
from dashboard.bootstrap import Site
from dashboard.engine_process import EngineProcess
from escalation.media_feeds import FeedWatch
from escalation.media_values import Feed
from tests.engine.media import PR, MediaDesk
from tests.engine.scene import Scene
from tests.web_safety.site import ROOT, settings_of

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>晨报</title>
<item><title>示范银行理财到期未付</title><link>https://news.example/1</link>
<description>&lt;p&gt;投资者&lt;b&gt;聚集&lt;/b&gt;网点&lt;script&gt;x&lt;/script&gt;&lt;/p&gt;</description>
<pubDate>Mon, 23 Nov 2026 00:30:00 GMT</pubDate></item>
<item><title>天气转晴</title><link>https://news.example/2</link></item>
<item><title>ＤＥＭＯ　Ｂａｎｋ 公告</title><link>javascript:alert(1)</link><guid>g-3</guid></item>
<item><title>示范银行十年前旧闻</title><link>https://news.example/4</link>
<pubDate>Mon, 21 Nov 2016 00:30:00 GMT</pubDate></item>
</channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>快讯</title><id>urn:x</id>
<entry><title>一家银行被投诉</title><id>urn:x:1</id><link href="https://flash.example/a"/>
<updated>2026-11-23T01:00:00Z</updated><content>示范银行客户称亏损</content></entry></feed>"""
_LETTERS = "abcdefghi"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in itertools.pairwise(_LETTERS))
    + "]><rss version='2.0'><channel><item><title>&i;示范银行</title></item></channel></rss>"
)


@dataclass
class Outlet:
    """A server on loopback; `answers` maps a path to what it does."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    held = Outlet()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            answer = held.answers.get(self.path)
            if callable(answer):
                answer(self)
                return
            body = answer.encode() if isinstance(answer, str) else answer
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


_inside = partial(fetch, internal_hosts={"127.0.0.1"}, most=100_000, seconds=1.0)


def _redirect(where: str) -> Any:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", where)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for as long as somebody listens: no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        return


def _drip_headers(handler: BaseHTTPRequestHandler) -> None:
    try:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Slow: ")
        while True:
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        return


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        return


def _packed(handler: BaseHTTPRequestHandler) -> None:
    body = gzip.compress(b"0" * 1_000_000)
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _refused(url: str, **given: Any) -> str:
    with pytest.raises(FeedFault) as caught:
        _inside(url, **given)
    return caught.value.code


# --- the edge -----------------------------------------------------------------------------------


def test_a_feed_is_read_and_a_redirect_within_its_host_followed(outlet: Outlet) -> None:
    outlet.answers = {"/old": _redirect("/rss"), "/rss": RSS}
    got = _inside(outlet.url("/old"))
    assert got.content == RSS.encode() and "xml" in str(got.content_type)
    assert [e.title for e in read(got)][:2] == ["示范银行理财到期未付", "天气转晴"]


def test_a_redirect_elsewhere_is_not_followed(outlet: Outlet) -> None:
    outlet.answers = {
        "/away": _redirect(f"http://localhost:{outlet.port}/rss"),
        "/file": _redirect("file:///etc/passwd"),
        "/round": _redirect("/round"),
        "/rss": RSS,
    }
    assert _refused(outlet.url("/away")) == "redirected"
    assert _refused(outlet.url("/file")) in ("redirected", "address", "status")
    assert _refused(outlet.url("/round")) == "status"
    assert "/rss" not in outlet.asked


def test_slow_and_endless_answers_are_cut_off(outlet: Outlet) -> None:
    outlet.answers = {"/drip": _drip, "/headers": _drip_headers, "/endless": _endless}
    started = time.monotonic()
    assert _refused(outlet.url("/drip")) == "slow"
    assert _refused(outlet.url("/headers")) == "slow"
    assert time.monotonic() - started < 5
    assert _refused(outlet.url("/endless"), seconds=10.0) == "too_large"


def test_what_is_packed_missing_or_nowhere_has_its_own_word(outlet: Outlet) -> None:
    outlet.answers = {"/packed": _packed}
    assert _refused(outlet.url("/packed")) == "packed"
    assert _refused(outlet.url("/none")) == "status"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert _refused(f"http://127.0.0.1:{free.getsockname()[1]}/") == "unreachable"
    for wrong in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/", "http://["):
        assert _refused(wrong) == "address"


def test_the_banks_own_network_is_read_only_where_it_is_named(outlet: Outlet) -> None:
    outlet.answers = {"/rss": RSS}
    with pytest.raises(FeedFault) as caught:
        fetch(outlet.url("/rss"), seconds=1.0)
    assert caught.value.code == "address" and outlet.asked == []


def test_no_proxy_of_the_environment_is_used(
    outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    outlet.answers = {"/rss": RSS}
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert _inside(outlet.url("/rss")).content == RSS.encode()


# --- what it says -------------------------------------------------------------------------------


def _read(text: str | bytes, kind: str | None = "application/xml") -> list[Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return read(Fetched(content, kind))


def test_markup_is_gone_and_times_have_a_zone() -> None:
    first = _read(RSS)[0]
    assert "<" not in first.text and "聚集" in first.text
    assert first.published_at is not None and first.published_at.isoformat() == (
        "2026-11-23T00:30:00+00:00"
    )
    (entry,) = _read(ATOM)
    assert (entry.link, entry.text) == ("https://flash.example/a", "示范银行客户称亏损")


def test_an_encoding_of_china_is_read() -> None:
    gbk = RSS.replace("utf-8", "gbk").encode("gbk")
    assert _read(gbk, None)[0].title == "示范银行理财到期未付"


def test_a_bomb_is_refused_at_once() -> None:
    started = time.monotonic()
    for content in (BOMB.encode(), BOMB.encode("utf-16")):
        with pytest.raises(FeedFault) as caught:
            _read(content)
        assert caught.value.code == "entities"
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    "text", ["", "no feed at all", "<html><body>示范银行</body></html>", "/etc/passwd",
             "http://127.0.0.1:1/", "<rss", "\0\0\0"],
)  # fmt: skip
def test_what_is_no_feed_is_unreadable(text: str) -> None:
    with pytest.raises(FeedFault) as caught:
        _read(text)
    assert caught.value.code == "unreadable"


def test_of_a_broken_feed_what_can_be_read_is_read() -> None:
    broken = RSS.split("</channel>", maxsplit=1)[0].replace(
        "<item><title>天气", "<item><title>A & B 天气"
    )
    assert "示范银行理财到期未付" in [e.title for e in _read(broken)]


# --- watched ------------------------------------------------------------------------------------


@pytest.fixture
def media(scene: Scene) -> MediaDesk:
    return MediaDesk(scene)


def _feed(outlet: Outlet, path: str, **given: Any) -> Feed:
    held = {"unit": "HO", "name": "晨报", "url": outlet.url(path), "scope": "national",
            "keywords": ("示范银行", "demo bank"), **given}  # fmt: skip
    return Feed(**held)


def _watch(media: MediaDesk) -> FeedWatch:
    return FeedWatch(media.scene.house, _inside)


def _later(media: MediaDesk) -> None:
    """Real minutes have passed: every feed is due."""
    media.scene.db.app.run(lambda c: c.execute(sa.text("UPDATE media_feeds SET next_real = now()")))


def test_what_matches_is_a_case_with_its_clocks_once(media: MediaDesk, outlet: Outlet) -> None:
    outlet.answers = {"/rss": RSS, "/atom": ATOM}
    media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    media.desk.save_feed(None, _feed(outlet, "/atom", name="快讯"), PR)
    watch = _watch(media)
    assert watch.look() == 2
    assert watch.look() == 0
    cases = media.desk.cases()["cases"]
    assert sorted(c["headline"] for c in cases) == [
        "一家银行被投诉", "示范银行理财到期未付", "ＤＥＭＯ Ｂａｎｋ 公告",
    ]  # fmt: skip
    assert {c["origin"] for c in cases} == {"watch"}
    assert all(c["next"]["clause"] == "WP-19-M" for c in cases)
    _later(media)
    assert watch.look() == 2
    assert len(media.desk.cases()["cases"]) == 3
    assert [f["found"] for f in media.desk.feeds()] in ([2, 1], [1, 2])


def test_a_report_found_by_hand_is_not_found_again_by_the_watch(
    media: MediaDesk, outlet: Outlet
) -> None:
    outlet.answers = {"/atom": ATOM}
    case = media.found(link="http://flash.example/a/")
    media.desk.save_feed(None, _feed(outlet, "/atom"), PR)
    _watch(media).look()
    assert [c["id"] for c in media.desk.cases()["cases"]] == [media.case(case)["id"]]


def test_a_feed_that_fails_says_since_when_and_loses_nothing(
    media: MediaDesk, outlet: Outlet
) -> None:
    media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    watch = _watch(media)
    watch.look()
    began = iso(media.scene.now())
    (feed,) = media.desk.feeds()
    assert (feed["fault"], feed["failing_since"], feed["good_at"]) == ("status", began, None)
    assert media.desk.cases()["figures"]["feeds_failing"] == 1
    _later(media)
    media.scene.later(hours=1)
    watch.look()
    (feed,) = media.desk.feeds()
    assert feed["failing_since"] == began and feed["looked_at"] > str(began)
    outlet.answers = {"/rss": RSS}
    _later(media)
    watch.look()
    (feed,) = media.desk.feeds()
    assert (feed["fault"], feed["failing_since"], feed["entries"]) == (None, None, 4)
    assert len(media.desk.cases()["cases"]) == 2


def test_one_bad_feed_does_not_keep_another_from_being_read(
    media: MediaDesk, outlet: Outlet
) -> None:
    outlet.answers = {"/bomb": BOMB, "/atom": ATOM}
    media.desk.save_feed(None, _feed(outlet, "/bomb"), PR)
    media.desk.save_feed(None, _feed(outlet, "/atom", name="快讯"), PR)
    assert _watch(media).look() == 2
    assert {f["fault"] for f in media.desk.feeds()} == {"entities", None}
    assert len(media.desk.cases()["cases"]) == 1


def test_the_engine_process_watches(media: MediaDesk, outlet: Outlet) -> None:
    """Beside its tick, and in the bank's own network only where the settings name the host."""
    outlet.answers = {"/rss": RSS}
    media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    for hosts, fault, cases in (((), "address", 0), (("127.0.0.1",), None, 2)):
        _later(media)
        settings = settings_of(media.scene.db)
        named = settings.model_copy(update={"watch": WatchSettings(internal_hosts=hosts)})
        site = Site(named, ROOT / "plans", name="engine-test")
        EngineProcess(site)._watch()
        site.dispose()
        assert [f["fault"] for f in media.desk.feeds()] == [fault]
        assert len(media.desk.cases()["cases"]) == cases


def test_two_engines_read_a_feed_once(media: MediaDesk, outlet: Outlet) -> None:
    outlet.answers = {"/rss": RSS}
    media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(_watch(media).look())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 1 and outlet.asked == ["/rss"]


def test_a_feed_is_set_in_words_that_can_be_watched(media: MediaDesk, outlet: Outlet) -> None:
    for wrong in ({"url": "file:///etc/passwd"}, {"url": "http://u:p@x.example/"},
                  {"keywords": ()}, {"keywords": (" ",)}):  # fmt: skip
        with pytest.raises(InvalidInput):
            media.desk.save_feed(None, _feed(outlet, "/rss", **wrong), PR)
    number = media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    with pytest.raises(Conflict):
        media.desk.save_feed(None, _feed(outlet, "/rss"), PR)
    with pytest.raises(Conflict):
        media.desk.save_feed(number, _feed(outlet, "/rss", version=7), PR)
    media.desk.save_feed(number, _feed(outlet, "/rss", active=False, version=1), PR)
    assert _watch(media).look() == 0 and outlet.asked == []
