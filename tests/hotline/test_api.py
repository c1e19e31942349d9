"""The feed over HTTP, as a vendor's system speaks to it: statuses, bodies, refusals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.rights import Right
from dashboard import tokens
from dashboard.tokens import NewToken
from escalation.ids import complaint_number
from tests.hotline.caller import DOCS, Hotline, faults
from tests.web_safety.site import running

ROOT = "/api/v1/hotline"


class Vendor:
    """95558's system with a token of its own."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client, self._token = client, token

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        answer = self._client.open(
            ROOT + path, method=method, json=body, query_string=query,
            headers={"Authorization": f"Bearer {self._token}", "Accept-Language": "en"},
        )  # fmt: skip
        return answer.status_code, json.loads(answer.data)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.ask("POST", path, body)


@pytest.fixture
def vendor(hotline: Hotline) -> Iterator[Vendor]:
    value = NewToken("95558", frozenset({"95558"}), frozenset({Right.FEED_HOTLINE}))
    token = hotline.db.app.run(lambda c: tokens.create(c, value, actor="test"))
    with running(hotline.db) as server:
        yield Vendor(server.test_client(use_cookies=False), token)


def test_the_way_that_the_document_tells(hotline: Hotline, vendor: Vendor) -> None:
    """Section 9, in its order."""
    body = hotline.body("WO-1")
    status, taken = vendor.post("/work-orders", body)
    assert status == 201 and faults("work-order-state", taken) == []
    assert vendor.post("/work-orders", body)[0] == 200
    status, problem = vendor.post("/work-orders", {**body, "summary": "another"})
    assert status == 409 and problem["field"] == "number"
    assert taken["state"] == "received"
    hotline.scene.work()
    status, standing = vendor.ask("GET", "/work-orders/WO-1")
    assert (status, standing["state"]) == (200, "told")
    hotline.answer(complaint_number(taken["complaint"]))
    status, page = vendor.ask("GET", "/feedback", after="0")
    assert status == 200 and faults("poll", page) == []
    feedback = page["feedback"][0]["feedback"]
    update = {"number": "WO-1", "at": body["at"], "feedback": feedback, "words": "not enough"}
    status, returned = vendor.post("/work-orders", {**update, "type": "return", "update": "U-1"})
    assert status == 201 and returned["state"] == "returned"
    assert returned["due_at"] == taken["due_at"]
    second = hotline.answer(complaint_number(taken["complaint"]), "补充")
    accept = {**update, "type": "accept", "update": "U-2", "feedback": second}
    assert vendor.post("/work-orders", accept)[1]["state"] == "closed"
    assert vendor.post("/feedback/fetched", {"feedback": [feedback, second]})[1] == {"fetched": 2}
    assert vendor.ask("GET", "/feedback")[1]["feedback"] == []
    day = {"day": body["at"][:10], "orders": [{"number": "WO-9", "state": "open"}]}
    status, differ = vendor.post("/reconciliations", day)
    assert status == 200 and faults("differences", differ) == []
    assert [d["kind"] for d in differ["differences"]] == ["missing_there", "missing_here"]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"orders": rows}])
def test_a_batch_is_answered_row_by_row(hotline: Hotline, vendor: Vendor, wrap: Any) -> None:
    at = hotline.scene.now().isoformat()
    rows = [
        hotline.body("WO-1"), {"type": "urge", "number": "WO-1", "update": "U-1", "at": at},
        {"number": "WO-2"}, hotline.body("WO-3", source="other"),
        {"type": "urge", "number": "WO-9", "update": "U-1", "at": at}, hotline.body("WO-1"),
    ]  # fmt: skip
    status, answer = vendor.post("/work-orders", wrap(rows))
    results = answer["results"]
    assert status == 200 and [r["status"] for r in results] == [201, 201, 422, 403, 404, 200]
    for taken in (results[0], results[1], results[5]):
        assert faults("work-order-state", taken) == []
    assert results[2]["errors"][0]["remedy"] and results[3]["number"] == "WO-3"


@pytest.mark.parametrize("body", [[], [{}] * 1001, {"orders": "x"}, {"orders": []}, "x", 7, None])
def test_what_is_no_batch_is_refused(vendor: Vendor, body: Any) -> None:
    assert vendor.post("/work-orders", body)[0] in (400, 415, 422)


def test_the_examples_can_be_posted_as_they_stand(hotline: Hotline, vendor: Vendor) -> None:
    hotline.db.set_time(hotline.scene.now().replace(year=2026, month=11, day=24))
    examples = DOCS / "hotline" / "examples"

    def post(name: str, to: str = "/work-orders") -> tuple[int, Any]:
        return vendor.post(to, json.loads((examples / f"{name}.json").read_text()))

    status, taken = post("new")
    assert status == 201, taken
    assert post("supplement")[0] == post("urge")[0] == 201
    assert post("accept")[0] == 409 or post("accept")[0] == 404  # nothing was answered yet
    hotline.answer(complaint_number(taken["complaint"]))
    assert post("return")[1]["state"] == "returned"
    assert post("withdraw")[1]["state"] == "withdrawn"
    assert post("daily-list", "/reconciliations")[0] == 200


def test_without_the_scope_nothing_is_said(hotline: Hotline, vendor: Vendor) -> None:
    value = NewToken("crm", frozenset({"95558"}), frozenset({Right.TAKE_COMPLAINT}))
    token = hotline.db.app.run(lambda c: tokens.create(c, value, actor="test"))
    hotline.order("WO-1")
    other = Vendor(vendor._client, token)
    for path in ("/work-orders/WO-1", "/work-orders/WO-9", "/feedback"):
        assert other.ask("GET", path)[0] == 403
    assert vendor.ask("GET", "/work-orders/WO-9")[0] == 404
    assert vendor.ask("GET", "/work-orders/WO-1", source="other")[0] == 403
    assert vendor.ask("GET", "/feedback", after="-1")[0] == 422
