"""Live push: a browser hears that there is something new and reads the board again.

Each web process listens to PostgreSQL on a connection of its own and emits to its own clients, so
that neither a message broker nor sticky sessions are needed. An emit says nothing more, and is a
hint: the browser shows the age of what it has and polls slowly as well.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from flask import Blueprint, Flask, Response, jsonify, make_response, request
from flask_socketio import SocketIO, join_room

from core.errors import (
    Conflict,
    FenghuoError,
    InvalidInput,
    NotAllowed,
    NotFound,
    Unavailable,
)
from dashboard.i18n import lang
from dashboard.map_figure import place_units, province_names
from dashboard.services import Services
from dashboard.snapshots import AreaSnapshots
from dashboard.web_safety.sockets import (
    WATCH_SECONDS,
    Connected,
    Holds,
    ViewerOf,
    may_connect,
    room_of,
)
from dashboard.whoami import actor, viewer
from database.connection import REVISION_CHANNEL
from database.listen import Listener

#: At most about twenty pushes a second, however many commits there are.
EMIT_INTERVAL_SECONDS = 0.05

#: What an area's callers were refused of late (`dashboard.refusals.recent`), or None.
RecentlyRefused = Callable[[str], dict[str, Any] | None]


class Startable(Protocol):
    """A thread that calls back until stopped, such as `database.listen.Listener`."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


#: (on_wake, on_state) -> the listener, not yet started
ListenerFactory = Callable[[Callable[[], None], Callable[[bool], None]], Startable]


def database_listener(services: Services) -> ListenerFactory:
    """The real one: LISTEN on the journal's revision channel."""
    return lambda on_wake, on_state: Listener(
        services.whole.url, REVISION_CHANNEL, on_wake, on_state
    )


class Coalescer(threading.Thread):
    """Calls `act` for wake-ups, at most once in `interval()` seconds; the last is never lost."""

    def __init__(self, act: Callable[[], None], interval: Callable[[], float]) -> None:
        super().__init__(name="live-emit", daemon=True)
        self._act, self._interval = act, interval
        self._woken = threading.Event()
        self._stopped = False

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stopped = True
        self._woken.set()

    def run(self) -> None:
        while True:
            self._woken.wait()
            if self._stopped:
                return
            self._woken.clear()  # a wake-up during `act` is acted on in the next round
            self._act()
            time.sleep(self._interval())


class Live:
    """One process's push: listener, coalescer, watch and the snapshots that its viewers share."""

    def __init__(
        self,
        services: Services,
        socketio: SocketIO,
        listen: ListenerFactory,
        holds: Holds,
        refused: RecentlyRefused,
    ) -> None:
        #: `services` answers as the viewer sees it who asks, so each area has its own.
        self.snapshots = AreaSnapshots(lambda area: {**services.board(), "refused": refused(area)})
        self.connected = Connected()
        #: Browsers that see another process's number know that the server was restarted.
        self.process = secrets.token_hex(4)
        self._socketio, self._listen = socketio, listen
        self._emitter = Coalescer(self._emit, self._interval)
        self._listener: Startable | None = None
        self._holds, self._stopping = holds, threading.Event()
        self._lock = threading.Lock()
        self.emitted = 0

    def ensure_started(self) -> None:
        """Start on first use: gunicorn forks after the app is made, and threads don't survive."""
        if self._listener is not None:
            return
        with self._lock:
            if self._listener is None:
                self._emitter.start()
                threading.Thread(target=self._watch, name="live-watch", daemon=True).start()
                self._listener = self._listen(self._on_wake, lambda _up: self._on_wake())
                self._listener.start()

    def stop(self) -> None:
        self._stopping.set()
        self._emitter.stop()
        if self._listener is not None:
            self._listener.stop()

    def join(self, seconds: float = 6.0) -> None:
        """Wait until the listener has given its connection back (after `stop`)."""
        join = getattr(self._listener, "join", None)
        if join is not None:
            join(seconds)

    def _on_wake(self) -> None:
        self.snapshots.changed()
        self._emitter.wake()

    def _emit(self) -> None:
        self.emitted += 1
        for area in self.connected.areas():
            self._socketio.emit("revision", to=room_of(area))

    def _watch(self) -> None:
        """Let go of whoever's session is over. Where nobody can say, nothing is assumed."""
        while not self._stopping.wait(WATCH_SECONDS):
            try:
                over = self.connected.over(self._holds)
            except Unavailable:
                continue
            for sid in over:
                self._socketio.server.disconnect(sid)

    def _interval(self) -> float:
        return max(EMIT_INTERVAL_SECONDS, 2 * self.snapshots.last_cost)


def register(
    server: Flask,
    services: Services,
    socketio: SocketIO,
    listen: ListenerFactory | None = None,
    *,
    viewer_of: ViewerOf,
    holds: Holds,
    refused: RecentlyRefused,
) -> Live:
    """Add `/live/*` and the socket to the Flask app; returns the process's `Live`."""
    live = Live(services, socketio, listen or database_listener(services), holds, refused)
    server.register_blueprint(_blueprint(services, live))
    server.extensions["fenghuo_live"] = live

    @socketio.on("connect")  # type: ignore[untyped-decorator]
    def connected() -> bool:
        if _sid() in live.connected:
            return True  # said by the client itself: a word like any other, and nothing follows
        who = viewer_of()
        if who is None or not may_connect(who):
            return False
        live.ensure_started()
        join_room(room_of(who.area))
        live.connected.add(_sid(), who)
        return True

    @socketio.on("disconnect")  # type: ignore[untyped-decorator]
    def left(*_: Any) -> None:
        # The protocol hands on a client's own "disconnect" too; who said so and stays is watched.
        if not socketio.server.manager.is_connected(_sid(), "/"):
            live.connected.remove(_sid())

    return live


def _sid() -> str:
    """The connection's id, which Flask-SocketIO puts on the request."""
    return str(request.sid)  # type: ignore[attr-defined]


def _blueprint(services: Services, live: Live) -> Blueprint:
    routes = Blueprint("live", __name__, url_prefix="/live")

    @routes.get("/board")
    def board() -> Response:
        live.ensure_started()
        return _send(live, viewer().area)

    @routes.get("/units")
    def units() -> Response:
        answer = jsonify(units=place_units(services.map_units()), provinces=province_names())
        answer.add_etag()
        answer.cache_control.no_cache = True
        answer.make_conditional(request)
        return answer

    @routes.post("/incidents/<int:number>/calls")
    def calls(number: int) -> Response:
        """Numbers in full: a POST, so that only our own pages can ask, and only when pressed."""
        answer = jsonify(people=services.engine.calls.reveal_people(number, actor()))
        answer.cache_control.no_store = True
        return answer

    routes.register_error_handler(FenghuoError, refusal)
    return routes


def _send(live: Live, area: str) -> Response:
    held = live.snapshots.get(area)
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f"{live.process}-{held.etag}"
    answer = make_response(held.packed if packed else held.body)
    answer.mimetype = "application/json"
    if packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["X-Fenghuo-Age-Ms"] = str(round(held.age() * 1000))
    answer.headers["X-Fenghuo-Process"] = live.process
    answer.cache_control.no_cache = True
    answer.set_etag(etag)
    answer.make_conditional(request)
    return answer


def refusal(error: FenghuoError) -> Response:
    """An error raised on purpose, as words for the person and a fitting status."""
    language = lang()
    if isinstance(error, InvalidInput):
        words, status = "; ".join(f.message(language) for f in error.faults), 422
    elif isinstance(error, Conflict):
        words, status = (error.zh if language == "zh" else error.en), 409
    elif isinstance(error, NotAllowed):
        words, status = (error.zh if language == "zh" else error.en), 403
    elif isinstance(error, NotFound):
        words, status = ("没有这个事件" if language == "zh" else "no such incident"), 404
    else:
        words, status = ("系统暂时没有响应" if language == "zh" else "no answer"), 503
    return make_response(jsonify(error=words), status)
