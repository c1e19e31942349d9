"""Duties and events over the REST API: read in pages, proven, extended, handed over, waived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.system.running import System, complaint
from tests.system.uploads import download, form

DUTIES, EVENTS = "/api/v1/duties", "/api/v1/events"


@pytest.fixture(scope="module")
def outlets(system: System) -> list[dict[str, Any]]:
    return system.outlets()


def _fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer.body["errors"]}


def _classified(system: System, unit: str, mark: str) -> tuple[str, list[dict[str, Any]]]:
    """A complaint by telephone, classified as complex; its id and what that brought."""
    taken = system.post("/api/v1/complaints", complaint(mark, unit, channel="phone")).body
    answer = system.post(EVENTS, {
        "event": "complaint_classified", "complaint": taken["complaint"], "class": "complex",
    })  # fmt: skip
    assert answer.status == 201, answer.body
    return taken["complaint"], answer.body["duties"]


def test_a_units_duties_come_next_due_first_and_in_pages(
    system: System, outlets: list[dict[str, Any]]
) -> None:
    unit = outlets[30]["code"]
    for number in range(3):
        system.post("/api/v1/complaints", complaint(f"p{number}", unit, channel="phone"))
    seen: list[dict[str, Any]] = []
    after = ""
    while True:
        page = system.get(f"{DUTIES}?unit={unit}&limit=2{after}").body
        seen += page["duties"]
        if page["after"] is None:
            break
        after = f"&after={page['after'].replace('+', '%2B')}"
    assert len({duty["id"] for duty in seen}) == len(seen) == page["open"] >= 3
    assert [d["due_at"] for d in seen] == sorted(d["due_at"] for d in seen)
    assert {duty["unit"] for duty in seen} == {unit}
    role = seen[0]["role"]
    some = system.get(f"{DUTIES}?unit={unit}&role={role}").body["duties"]
    assert {duty["role"] for duty in some} == {role}
    one = system.get(f"{DUTIES}/{seen[0]['id']}").body
    assert one["workings"]["steps"] and one["proofs"] and one["source"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("unit=nowhere", "unit"), ("state=soon", "state"), ("after=yesterday", "after"),
     ("limit=few", "limit"), ("person=-1", "person")],
)  # fmt: skip
def test_a_query_that_means_nothing_is_refused(system: System, query: str, field: str) -> None:
    answer = system.get(f"{DUTIES}?{query}")
    assert (answer.status, _fields(answer)) == (422, {field})


def test_an_event_brings_its_clauses_once_and_says_by_when(
    system: System, outlets: list[dict[str, Any]]
) -> None:
    number, born = _classified(system, outlets[31]["code"], "e1")
    assert born and all(duty["complaint"] == number and duty["due_at"] for duty in born)
    again = system.post(EVENTS, {"event": "complaint_classified", "complaint": number,
                                 "class": "complex"})  # fmt: skip
    assert [d["id"] for d in again.body["duties"]] == [d["id"] for d in born]
    inquiry = {"event": "regulator_inquiry", "unit": outlets[31]["code"], "ref": "监管函7号"}
    (asked,) = system.post(EVENTS, inquiry).body["duties"]
    assert asked["clause"] == "WP-20-Q" and asked["role"] == "branch_leader"


def test_an_event_that_cannot_be_is_refused(system: System, outlets: list[dict[str, Any]]) -> None:
    unit, later = outlets[32]["code"], (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    for body, field in (
        ({"event": "incident_opened", "unit": unit}, "event"),
        ({"event": "nothing", "unit": unit}, "event"),
        ({"event": "media_report", "unit": "nowhere"}, "unit"),
        ({"event": "media_report", "unit": unit, "aware_at": later}, "aware_at"),
        ({"event": "media_report", "unit": unit, "colour": "red"}, "colour"),
        ({"event": "bounced"}, "complaint"),
        ({"event": "bounced", "complaint": "C99999999"}, "complaint"),
        ({"event": "bounced", "complaint": "I0000001"}, "complaint"),
    ):
        answer = system.post(EVENTS, body)
        assert (answer.status, _fields(answer)) == (422, {field}), body


def test_evidence_ends_a_duty_and_only_evidence_of_its_kind(
    system: System, outlets: list[dict[str, Any]]
) -> None:
    inquiry = {"event": "regulator_inquiry", "unit": outlets[33]["code"]}
    (duty,) = system.post(EVENTS, inquiry).body["duties"]
    path = f"{DUTIES}/{duty['id']}/evidence"
    now = datetime.now(UTC).isoformat()
    wrong = system.post(path, {"kind": "reply", "at": now, "by": "孙立", "via": "电话"})
    assert wrong.status == 409
    short = system.post(path, {"kind": "regulator_receipt", "at": now, "by": "孙立"})
    assert (short.status, _fields(short)) == (422, {"to", "number"})
    whole = {"kind": "regulator_receipt", "at": now, "by": "孙立", "to": "监管局", "number": "7"}
    done = system.post(path, whole)
    assert (done.status, done.body["state"]) == (200, "fulfilled")
    assert done.body["evidence"]["number"] == "7"
    assert system.post(path, whole).status == 409  # it has ended


def test_a_stamped_receipt_is_kept_with_the_duty_it_proves(
    system: System, outlets: list[dict[str, Any]]
) -> None:
    inquiry = {"event": "regulator_inquiry", "unit": outlets[31]["code"], "ref": "2026-31"}
    (duty,) = system.post(EVENTS, inquiry).body["duties"]
    one = f"{DUTIES}/{duty['id']}"
    receipt = {"kind": "regulator_receipt", "at": datetime.now(UTC).isoformat(), "by": "孙立",
               "to": "监管局", "number": "31"}  # fmt: skip
    body, kind = form(receipt, b"<html>no receipt</html>")
    refused = system.call("POST", f"{one}/evidence", raw=body, Content_Type=kind)
    assert (refused.status, _fields(refused)) == (422, {"file"})
    assert system.get(one).body["state"] == "open", "nothing is half kept"
    stamped = b"%PDF-1.7 stamped\n%%EOF\n"
    body, kind = form(receipt, stamped)
    done = system.call("POST", f"{one}/evidence", raw=body, Content_Type=kind)
    assert (done.status, done.body["state"]) == (200, "fulfilled")
    content, headers = download(system, f"{one}/file")
    assert content == stamped and headers["content-type"] == "application/pdf"
    assert headers["content-disposition"].startswith("attachment")


def test_only_an_extension_moves_the_due_time(
    system: System, outlets: list[dict[str, Any]]
) -> None:
    unit = outlets[34]["code"]
    _, born = _classified(system, unit, "x1")
    duty = next(d for d in born if d["extension"])
    path = f"{DUTIES}/{duty['id']}"
    bare = system.post(f"{path}/extension", {"reason": "案情复杂"})
    assert bare.status == 422 and "told_at" in _fields(bare)
    told = {"reason": "案情复杂", "told_at": datetime.now(UTC).isoformat(), "told_via": "电话",
            "approved_by": "王总", "approval_role": duty["extension"].get("approval")}  # fmt: skip
    longer = system.post(f"{path}/extension", told).body
    assert longer["due_at"] > duty["due_at"] and longer["extensions"] == 1
    branch = duty["unit"]
    handed = system.post(f"{path}/assignment", {
        "unit": branch, "role": "branch_leader", "reason": "联系人出差",
    })  # fmt: skip
    assert (handed.status, handed.body["role"]) == (200, "branch_leader")
    assert handed.body["due_at"] == longer["due_at"]
    for body, field in (
        ({"unit": "nowhere", "role": "branch_leader"}, "unit"),
        ({"unit": branch, "role": "sub_head"}, "role"),
        ({"unit": branch, "role": "branch_leader", "person": 999_999}, "person"),
    ):
        refused = system.post(f"{path}/assignment", {**body, "reason": "x"})
        assert (refused.status, _fields(refused)) == (422, {field})


def test_a_waiver_asks_who_may(system: System, outlets: list[dict[str, Any]]) -> None:
    inquiry = {"event": "regulator_inquiry", "unit": outlets[35]["code"]}
    (duty,) = system.post(EVENTS, inquiry).body["duties"]
    path = f"{DUTIES}/{duty['id']}/waiver"
    refused = system.post(path, {"role": "sub_head", "reason": "重复"})
    assert (refused.status, _fields(refused)) == (422, {"role"})
    assert duty["waivers"]
    done = system.post(path, {"role": duty["waivers"][0], "reason": "与上一问询重复"})
    assert (done.body["state"], done.body["waive_reason"]) == ("waived", "与上一问询重复")


def test_without_a_token_nothing_is_said(system: System) -> None:
    for method, path in (("GET", DUTIES), ("GET", f"{DUTIES}/1"), ("POST", EVENTS),
                         ("POST", f"{DUTIES}/1/waiver")):  # fmt: skip
        assert system.call(method, path, {} if method == "POST" else None, token=None).status == 401


def test_the_description_has_every_duty_route(system: System) -> None:
    described = system.get("/api/v1/openapi.json").body
    paths = described["paths"]
    for verb in ("evidence", "extension", "assignment", "waiver"):
        body = paths[f"/duties/{{duty}}/{verb}"]["post"]["requestBody"]["content"]
        name = body["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        assert name in described["components"]["schemas"]
    assert {"/duties", "/duties/{duty}", "/events"} <= set(paths)
