"""The push of the real application, over its database: whose room, and nothing but a hint."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection

import pytest
from werkzeug.serving import make_server

from dashboard.web_safety.sockets import room_of
from escalation.ids import incident_number
from tests.matrix.bank import Bank
from tests.matrix.people import SEATS, Seat
from tests.system.running import eventually
from tests.web_safety.socket_client import Push

SHANGHAI = next(seat for seat in SEATS if seat.name == "branch_leader@SH")
SYSTEM = "夜间巡检"


@dataclass
class Pushes:
    """The application behind a real port, and the browsers at it."""

    bank: Bank
    opened: list[Push] = field(default_factory=list)

    def start(self) -> Pushes:
        self.http = make_server("127.0.0.1", 0, self.bank.server, threaded=True)
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def open(self, seat: Seat) -> Push:
        origin = f"http://127.0.0.1:{self.http.server_port}"
        cookie = f"{self.bank.cookie_name}={self.bank.people[seat].cookie}"
        push = Push(f"{origin}/", {"Origin": origin, "Cookie": cookie}).connect()
        self.opened.append(push)
        return push

    def rooms(self) -> set[str]:
        """Everybody's rooms but the one that each connection has to itself."""
        manager = self.bank.server.extensions["socketio"].server.manager
        rooms = manager.rooms.get("/", {})
        return {room for room in rooms if room is not None and room.startswith("area:")}

    def stop(self) -> None:
        for push in self.opened:
            push.close()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def pushes(bank: Bank) -> Iterator[Pushes]:
    running = Pushes(bank).start()
    yield running
    running.stop()


def test_nobody_is_let_in_without_a_session(pushes: Pushes) -> None:
    bank, origin = pushes.bank, f"http://127.0.0.1:{pushes.http.server_port}"
    mine = f"{bank.cookie_name}={bank.people[SHANGHAI].cookie}"
    for headers, let_in in (
        ({}, False), ({"Cookie": f"{bank.cookie_name}={'x' * 43}"}, False),
        ({"Authorization": f"Bearer {bank.tokens[SHANGHAI]}"}, False), ({"Cookie": mine}, True),
    ):  # fmt: skip
        http = HTTPConnection("127.0.0.1", pushes.http.server_port)
        path = "/socket.io/?EIO=4&transport=websocket"
        http.request("GET", path, headers={"Origin": origin, **headers})
        answer = http.getresponse()
        answer.read()
        http.close()
        assert (answer.status != 403) is let_in, headers


@pytest.mark.parametrize("seat", SEATS, ids=lambda seat: seat.name)
def test_everybody_hears_in_the_room_of_their_own_area(pushes: Pushes, seat: Seat) -> None:
    assert pushes.open(seat).open
    assert pushes.rooms() == {room_of(pushes.bank.people[seat].viewer.area)}


def test_what_happens_in_nanjing_is_no_word_to_shanghai(pushes: Pushes) -> None:
    """That there is something new, and no more: not where, not what, not how much."""
    push = pushes.open(SHANGHAI)
    live = pushes.bank.server.extensions["fenghuo_live"]
    eventually(lambda: live.emitted > 0)  # the listener is up: it emits once when it begins
    push.listen(0.3).heard.clear()
    number = incident_number(pushes.bank.theirs.into)
    pushes.bank.site.system.stand_down(number, SYSTEM, "test")
    eventually(lambda: bool(push.listen(0.2).heard))
    assert push.heard == [["revision"]] * len(push.heard)


def test_what_a_client_says_reaches_nobody(pushes: Pushes) -> None:
    push, other = pushes.open(SHANGHAI), pushes.open(SEATS[0])
    push.listen(0.3)
    other.listen(0.3).heard.clear()
    for event in ("revision", "join", "message", "connect", "disconnect"):
        push.say(event, room_of("/1/"), "南京")
    assert other.listen(0.3).heard == []
    live = pushes.bank.server.extensions["fenghuo_live"]
    assert live.connected.areas() == {
        pushes.bank.people[seat].viewer.area for seat in (SHANGHAI, SEATS[0])
    }  # "disconnect" has not taken it out of the watch
    assert pushes.rooms() <= {
        room_of(pushes.bank.people[seat].viewer.area) for seat in (SHANGHAI, SEATS[0])
    }


def test_a_session_that_was_ended_is_let_go(pushes: Pushes) -> None:
    seat = next(seat for seat in SEATS if seat.name == "pr@SH")
    push, stays = pushes.open(seat), pushes.open(SHANGHAI)
    answer = pushes.bank.send(seat, "POST", "/sign-out", data={})
    assert answer.status == 303
    eventually(lambda: not push.listen(0.2).open, 8)
    assert stays.listen(0.2).open
