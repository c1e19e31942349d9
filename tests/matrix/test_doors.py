"""The tables of ways in are whole: nothing may be opened that nobody has thought about."""

from __future__ import annotations

import pytest
from flask import Flask

from core.rights import TABLE, TOKEN_SCOPES, Access, Right
from dashboard import doors, webhooks
from dashboard.gate import NOT_ALLOWED
from tests.matrix.bank import Bank


def test_every_route_has_its_row_and_every_row_its_route(bank: Bank) -> None:
    """The gate refuses a route without a row to everybody; this says so before anybody meets it."""
    routes = {str(rule.endpoint) for rule in bank.server.url_map.iter_rules()}
    routes |= {str(rule.endpoint) for rule in _with_twilio().url_map.iter_rules()} - {"static"}
    rows = [*doors.PUBLIC, *doors.DOORS]
    assert routes == set(rows)
    assert len(rows) == len(set(rows))


def _with_twilio() -> Flask:
    """What the site has besides where texts go by Twilio."""
    server = Flask("twilio")
    webhooks.register(server, _Verbs(), public_base_url="https://bank.example", auth_token=None)
    return server


class _Verbs:
    def receipt(self, *_: object) -> None: ...
    def inbound(self, *_: object) -> None: ...


def test_every_page_has_its_right(bank: Bank) -> None:
    pages = {page.path for page in bank.server.extensions["fenghuo_pages"]}
    assert pages == set(doors.PAGE_RIGHTS)


def test_every_callback_of_the_server_has_its_right(bank: Bank) -> None:
    """Those that run in the browser ask the server nothing."""
    answered = {
        each["output"] for each in bank.send(bank.first, "GET", "/_dash-dependencies").json()
        if not each["clientside_function"]
    }  # fmt: skip
    assert answered == set(doors.CALLBACKS)


@pytest.mark.parametrize("output", ["", "board-mounted.data", "new-thing.children", None, ["x"]])
def test_a_callback_without_a_row_is_refused_to_everybody(bank: Bank, output: object) -> None:
    body = {"output": output, "inputs": [], "changedPropIds": []}
    answer = bank.send(bank.first, "POST", doors.DASH_UPDATE, json=body)
    assert answer.status == 403
    assert NOT_ALLOWED.zh in answer.text.decode()


def test_every_socket_event_has_its_right(bank: Bank) -> None:
    spaces = bank.server.extensions["socketio"].server.handlers
    heard = {event for events in spaces.values() for event in events}
    assert heard == set(doors.SOCKET_EVENTS)


def test_tokens_have_their_ways_in_and_people_theirs(bank: Bank) -> None:
    """Whoever comes by the other's is not known there: a page acts in its viewer's own name."""
    token = {"Authorization": f"Bearer {bank.tokens[bank.first]}"}
    cookie = {"Cookie": f"{bank.cookie_name}={bank.people[bank.first].cookie}"}
    for path, mine, other in (
        ("/live/board", cookie, token), ("/live/duties", cookie, token),
        ("/api/v1/incidents", token, cookie), ("/api/v1/units", token, cookie),
    ):  # fmt: skip
        assert bank.client.get(path, headers=mine).status_code == 200
        assert bank.client.get(path, headers=other).status_code == 401
    for headers in (token, cookie):
        assert bank.client.get("/metrics", headers=headers).status_code == 200


def test_the_table_of_rights_is_whole() -> None:
    assert set(TABLE) == set(Right)
    assert all(roles for roles in TABLE.values())
    changes = {right for right in Right if Access.AUDITOR in TABLE[right]}
    assert {right.value.split("_")[0] for right in changes} <= {"see", "own"}
    seen = {right for right in Right if Access.ADMINISTRATOR in TABLE[right]}
    assert not seen & {Right.SEE_COMPLAINT, Right.REVEAL_CLIENT, Right.SEE_INCIDENT}
    assert Right.REVEAL_CLIENT not in TOKEN_SCOPES and Right.MANAGE_TOKENS not in TOKEN_SCOPES
