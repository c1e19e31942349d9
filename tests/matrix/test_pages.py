"""Pages and Dash's callbacks × every role × own, another branch's, nobody's incident."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import doors
from dashboard.i18n import WORDS
from tests.matrix.bank import FOREIGN, Answer, Bank
from tests.matrix.people import SEATS, Seat
from tests.matrix.things import Things

DASH = sorted(endpoint for endpoint in doors.DOORS if endpoint.startswith("/"))
REFUSED = WORDS["error.not_allowed"][0]


def _callback(output: str, of: str, value: Any) -> dict[str, Any]:
    """As the browser asks for one output of one input."""
    id_, property_ = output.rsplit(".", 1)
    source, given = of.rsplit(".", 1)
    return {
        "output": output, "outputs": {"id": id_, "property": property_},
        "inputs": [{"id": source, "property": given, "value": value}], "changedPropIds": [of],
    }  # fmt: skip


def _open(bank: Bank, seat: Seat | None, path: str) -> Answer:
    body = _callback("fh-page.children", "fh-location.pathname", path)
    answer = bank.send(seat, "POST", doors.DASH_UPDATE, json=body)
    if seat is not None and not seat.whole_bank:
        assert not [word.decode() for word in FOREIGN if word in answer.text], path
    return answer


def _address(path: str, things: Things) -> str:
    path = path.replace("<incident>", things.incident).replace("<int:report>", str(things.draft))
    return path.replace("<media>", things.media)


def _without_names(answer: Answer, things: Things) -> Answer:
    """A page says the address that was asked for: the browser reads with it."""
    body = answer.body.replace(things.incident.encode(), b"I").replace(
        f'"report":{things.draft}'.encode(), b'"report":0'
    )
    return Answer(answer.status, body.replace(things.media.encode(), b"M"))


@pytest.mark.parametrize("path", sorted(doors.PAGE_RIGHTS))
def test_a_page_opens_to_whoever_has_its_right(bank: Bank, path: str) -> None:
    """Another branch's incident is no other page than nobody's."""
    for seat in SEATS:
        own, theirs, nobodys = (
            _without_names(_open(bank, seat, _address(path, things)), things)
            for things in (bank.own, bank.theirs, bank.nowhere)
        )
        assert (own.status, theirs.status, nobodys.status) == (200, 200, 200)
        allowed = doors.PAGE_RIGHTS[path] in bank.rights(seat, "/")
        assert (REFUSED in own.text.decode()) is not allowed, (seat.name, own)
        assert theirs == nobodys or (allowed and seat.whole_bank), seat.name
        if not allowed:
            assert own == nobodys, seat.name


def test_the_map_is_for_those_who_have_the_board(bank: Bank) -> None:
    body = _callback("board-map.children", "board-map-wanted.data", True)
    for seat in SEATS:
        answer = bank.send(seat, "POST", doors.DASH_UPDATE, json=body)
        allowed = doors.CALLBACKS["board-map.children"] in bank.rights(seat, "/")
        assert answer.status == (200 if allowed else 403), seat.name
        if not seat.whole_bank:
            assert not [word.decode() for word in FOREIGN if word in answer.text]


@pytest.mark.parametrize("path", ["/", "/incidents/I0000001", "/nowhere", "/_dash-layout",
                                  "/_dash-dependencies"])  # fmt: skip
def test_the_frame_holds_nothing_of_anybody(bank: Bank, path: str) -> None:
    for seat in SEATS:
        answer = bank.send(seat, "GET", path)
        assert answer.status == 200
        assert not [word.decode() for word in FOREIGN if word in answer.text], seat.name


def test_nobody_opens_a_page_without_a_session(bank: Bank) -> None:
    for things in (bank.own, bank.theirs, bank.nowhere):
        assert _open(bank, None, f"/incidents/{things.incident}").status == 401
        away = bank.client.get(f"/incidents/{things.incident}")
        assert away.status_code == 302
        assert away.headers["Location"] == f"/sign-in?next=/incidents/{things.incident}"
    for path in ("/_dash-layout", "/_dash-dependencies"):
        assert bank.send(None, "GET", path).status == 401
