"""Every way in × every role × own, another branch's, nobody's: as the tables of rights say (SG-07).

`make test` asks with two seats a way in for what is refused, `make torture` with all twelve.

What is expected comes from `core/rights.py` and `dashboard/doors.py` alone. Requests are valid but
for what they may not touch, so that no refusal is for want of a field.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable

import pytest
from werkzeug.routing import Rule

from complaints.ticket_forms import fill
from dashboard import doors
from escalation.engine import Engine
from escalation.ids import complaint_number, incident_number
from escalation.ticket_store import Worker
from tests.matrix import asks
from tests.matrix.bank import FOREIGN, Answer, Bank
from tests.matrix.people import SEATS, Seat
from tests.matrix.things import Noting, Things

#: Ways in that `test_pages` asks in their own way: pages, and Dash's callbacks.
DASH = {endpoint for endpoint in doors.DOORS if endpoint.startswith("/")}
ENDPOINTS = sorted(set(doors.DOORS) - DASH)


def _unclassified(engine: Engine, complaint: str) -> None:
    """The overlay of the site has classes, the story's plan had none."""
    skip = fill("skip", {"step": "classify", "reason": "无需"})
    engine.tickets.do(complaint_number(complaint), skip, Worker("员工9", "sub_deputy", "test"))


#: Asked for once and then gone: each role finds the bank as the story left it.
ONCE = {"contacts_page.back", "token_page.revoke"}
#: What must have happened before a verb can succeed.
FIRST = {
    endpoint: lambda bank: bank.site.system.stand_down(
        incident_number(bank.own.incident), asks.WHY, "test"
    )
    for endpoint in ("incident_command.command_reopen", "api.reopen_incident", "review_page.sign")
}
FIRST |= {
    f"{way}decided_approve": lambda bank: _unclassified(bank.site.system, bank.own.drafted)
    for way in ("ticket_page.", "api.ticket_")
}
#: Let in, and refused for its state or for who exactly asks: why no role of the matrix gets to
#: the end of it.
NOT_TO_THE_END = {
    "incident_command.command_offer": "the story's commander is somebody else",
    "incident_command.command_accept": "offered to the branch's deputy",
    "incident_command.command_decline": "offered to the branch's deputy",
    "incident_command.command_withdraw": "only who offered it",
    "incident_command.command_task-check": "nothing waits for a check",
    "incident_command.command_lower": "it is not large",
    "incident_command.command_merge": "it is part of another already",
    "incident_command.command_close": "it is not stood down",
    "api.close_incident": "it is not stood down",
    "report_pages.begin": "the first report is signed",
    "api.report_begun": "the first report is signed",
    "report_pages.sign": "for the regulator another role signs",
    "api.report_sign": "for the regulator another role signs",
    "duties_page.waived": "another role is entitled",
    "api.waived": "another role is entitled",
    "duties_page.extended": "its clause allows none",
    "api.extended": "its clause allows none",
    "media_page.do_settle": "a statement is approved and not issued",
    "api.media_settle": "a statement is approved and not issued",
    "media_page.do_reopen": "it is open",
    "api.media_reopen": "it is open",
    **{
        f"{way}{act}": "the bank's plan asks for none"
        for way in ("ticket_page.decided_", "api.ticket_decided_")
        for act in ("decide", "confirm_class")
    },
    "ticket_page.linked": "they are of two clients",
    "api.ticket_linked": "they are of two clients",
    "file_page.decide": "none has been kept for as long as it must be",
    "account_page.change": "needs their password",
    "account_page.begin": "needs their password",
    "account_page.prove": "nothing has begun",
    "account_page.renew": "needs their password",
}


def ways(bank: Bank, endpoint: str) -> Iterable[tuple[str, Rule]]:
    """(method, rule) of this endpoint; a row without a way in fails."""
    found = [(method, rule) for method, rule in bank.rules() if rule.endpoint == endpoint]
    assert found or endpoint.startswith("webhooks."), f"{endpoint} is no way in"
    return [(method, rule) for method, rule in found if method != "OPTIONS"]


def asked_of(endpoint: str, method: str, rule: Rule, things: Things) -> tuple[set[str], int]:
    """Which things a request names, and how many queries are asked of its address."""
    noting = Noting(things)
    asks.arguments(endpoint, rule, noting)
    if method != "GET":
        asks.given(endpoint, noting)
    return noting.used | set(_queries(endpoint, noting)[1]), len(_queries(endpoint, noting)[0])


def _queries(endpoint: str, things: Noting) -> tuple[list[asks.Body], set[str]]:
    found = asks.QUERIES[endpoint](things) if endpoint in asks.QUERIES else [{}]
    return found, things.used


def ask(
    bank: Bank, seat: Seat | None, method: str, rule: Rule, things: Things, query: int = 0
) -> Answer:
    noting = Noting(things)
    wanted = _queries(str(rule.endpoint), noting)[0][query]
    answer = bank.ask(seat, method, rule, noting, wanted)
    assert answer.status < 500, (rule.rule, seat, answer)
    if seat is not None and not seat.whole_bank:
        told = [word.decode() for word in FOREIGN if word in answer.text]
        assert not told, f"{rule.rule} tells {seat.name}: {told}"
    return answer


def _cases(bank: Bank, endpoint: str) -> Iterable[tuple[str, Rule, Seat, set[str], int]]:
    for method, rule in ways(bank, endpoint):
        for seat in SEATS:
            used, queries = asked_of(endpoint, method, rule, bank.things(seat))
            for query in range(queries):
                yield method, rule, seat, used, query


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nobody_passes_without_a_session(bank: Bank, endpoint: str) -> None:
    for method, rule in ways(bank, endpoint):
        answers = {ask(bank, None, method, rule, t) for t in (bank.own, bank.theirs, bank.nowhere)}
        assert {answer.status for answer in answers} == {401}
        assert len(answers) == 1


def _slice(endpoint: str, seats: list[Seat], whole: bool) -> list[Seat]:
    """All of these seats, or two that another endpoint has not: the rest is `make torture`'s."""
    if whole or len(seats) < 3:
        return seats
    at = zlib.crc32(endpoint.encode()) % len(seats)
    return [seats[at], seats[(at + 1) % len(seats)]]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_whoever_lacks_the_right_is_told_no_more_than_that(bank: Bank, endpoint: str) -> None:
    """The same bytes for what is theirs, another branch's, and nobody's."""
    _told_no_more(bank, endpoint, whole=False)


def _told_no_more(bank: Bank, endpoint: str, *, whole: bool) -> None:
    lacking = [s for s in SEATS if doors.DOORS[endpoint] not in bank.rights(s, endpoint)]
    chosen = _slice(endpoint, lacking, whole)
    for method, rule, seat, used, query in _cases(bank, endpoint):
        if seat not in chosen:
            continue
        own = bank.things(seat)
        answers = {
            ask(bank, seat, method, rule, own.swapped(used, other), query)
            for other in (own, bank.theirs, bank.nowhere)
        }
        assert [answer.status for answer in answers] == [403], (seat.name, answers)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_another_branchs_is_as_nobodys(bank: Bank, endpoint: str) -> None:
    """Each thing that a request names, and all together: the same status and the same bytes."""
    _as_nobodys(bank, endpoint, whole=False)


@pytest.mark.torture
@pytest.mark.timeout(3600)
def test_every_way_in_by_every_seat(bank: Bank) -> None:
    for endpoint in ENDPOINTS:
        _told_no_more(bank, endpoint, whole=True)
        _as_nobodys(bank, endpoint, whole=True)


def _as_nobodys(bank: Bank, endpoint: str, *, whole: bool) -> None:
    having = [s for s in SEATS if not s.whole_bank
              and doors.DOORS[endpoint] in bank.rights(s, endpoint)]  # fmt: skip
    chosen = _slice(endpoint, having, whole)
    for method, rule, seat, used, query in _cases(bank, endpoint):
        if seat not in chosen:
            continue
        own = bank.things(seat)
        together = [frozenset(used)] if len(used) > 1 else []
        for names in itertools.chain(together, (frozenset({name}) for name in sorted(used))):
            theirs = ask(bank, seat, method, rule, own.swapped(names, bank.theirs), query)
            nobodys = ask(bank, seat, method, rule, own.swapped(names, bank.nowhere), query)
            assert theirs == nobodys, (seat.name, sorted(names))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_ones_own_is_reached(bank: Bank, endpoint: str) -> None:
    """Whoever has the right is let in to what is theirs."""
    ends = set()
    fresh = False
    refusal = _refusal(bank, endpoint)
    for method, rule, seat, _used, query in _cases(bank, endpoint):
        if doors.DOORS[endpoint] not in bank.rights(seat, endpoint):
            continue
        if (method != "GET" and not fresh) or endpoint in ONCE:
            bank.restore()
            if endpoint in FIRST:
                FIRST[endpoint](bank)
            fresh = True
        answer = ask(bank, seat, method, rule, bank.things(seat), query)
        assert answer.status not in (401, 404), (seat.name, answer)
        assert answer != refusal, seat.name
        ends.add(answer.status < 300)
    if ends:
        assert (True in ends) is (endpoint not in NOT_TO_THE_END)


def _refusal(bank: Bank, endpoint: str) -> Answer | None:
    """What somebody hears who lacks the right of this way in, if there is anybody."""
    for method, rule, seat, _used, query in _cases(bank, endpoint):
        if doors.DOORS[endpoint] not in bank.rights(seat, endpoint):
            return ask(bank, seat, method, rule, bank.things(seat), query)
    return None


def test_what_is_refused_changes_nothing(bank: Bank) -> None:
    bank.restore()
    before = bank.rows()
    for endpoint in ENDPOINTS:
        for method, rule, seat, used, query in _cases(bank, endpoint):
            if method == "GET" or not used or seat.whole_bank:
                continue
            ask(bank, seat, method, rule, bank.things(seat).swapped(used, bank.theirs), query)
    assert bank.rows() == before


def test_every_change_is_asked_for(bank: Bank) -> None:
    """A route without a valid request of its own fails here, and one that is no more."""
    changing = {
        str(rule.endpoint) for method, rule in bank.rules()
        if method != "GET" and rule.endpoint in ENDPOINTS
    }  # fmt: skip
    assert {*asks.PAGES, *asks.API, *asks.FORMS} == changing
    assert set(asks.ELSEWHERE) | set(asks.QUERIES) | ONCE | set(FIRST) <= set(ENDPOINTS)
    assert set(NOT_TO_THE_END) <= set(ENDPOINTS)
