"""The API as a caller sees it, over HTTP to the real processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.system.running import System, complaint, eventually


@pytest.fixture(scope="module")
def outlets(system: System) -> list[str]:
    return [unit["code"] for unit in system.outlets()]


def _fields(answer: Any) -> set[str]:
    return {error["field"] for error in answer.body["errors"]}


def test_the_whole_chain(system: System, outlets: list[str]) -> None:
    unit = outlets[0]
    answers = [system.post("/api/v1/complaints", complaint(f"a{n}", unit)) for n in range(10)]
    assert [a.status for a in answers] == [201] * 10
    assert [a.body["incident"] for a in answers[:9]] == [None] * 9
    incident = answers[9].body["incident"]
    assert answers[9].body["counted"][0]["state"] == "incident"

    def told() -> dict[str, Any] | None:
        body: dict[str, Any] = system.get(f"/api/v1/incidents/{incident}").body
        done = [m for m in body["messages"] if m["state"] in ("accepted", "delivered")]
        return body if len(done) == 3 else None

    body = eventually(told)
    assert {m["to_role"] for m in body["messages"]} == {
        "sub_head", "branch_leader", "branch_deputy",
    }  # fmt: skip
    assert all("*" in m["phone_masked"] for m in body["messages"])
    phones = {n: t for n, t in system.phones_with_texts().items() if body["code"] in t[-1]["text"]}
    assert len(phones) == 3
    number = next(iter(phones))
    assert system.post(f"/sandbox/api/phones/{number}/reply", {"text": "１"}).status == 202
    acknowledged = eventually(
        lambda: system.get(f"/api/v1/incidents/{incident}").body["acknowledgements"]
    )
    assert acknowledged[0]["via"] == "sms" and acknowledged[0]["role"]
    listed = system.get("/api/v1/incidents?state=open").body
    assert incident in [i["id"] for i in listed]


def test_sent_again_gets_the_first_answer_and_another_body_conflicts(
    system: System, outlets: list[str]
) -> None:
    body = complaint("again", outlets[1])
    first = system.post("/api/v1/complaints", body)
    system.post("/api/v1/complaints", complaint("between", outlets[1]))
    second = system.post("/api/v1/complaints", body)
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    changed = system.post("/api/v1/complaints", {**body, "summary": "另一内容"})
    assert changed.status == 409
    assert changed.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": "2026-11-21T09:00:00"}, "received_at"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"received_at": None}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
        ({"channel": "pigeon"}, "channel"),
        ({"unit": "no-such-unit"}, "unit"),
        ({"home_unit": "no-such-unit"}, "home_unit"),
        ({"client": None}, "client"),
        ({"clients": []}, "clients"),
        ({"client": None, "clients": [{"role": "proxy"}]}, "clients"),
        ({"client": {"phone": 5}}, "client.phone"),
        ({"amount": -1}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"flags": ["fire"]}, "flags.0"),
        ({"source": ""}, "source"),
        ({"summary": "\ud800"}, "summary"),
        ({"summary": "a\0b"}, "summary"),
        ({"face_to_face": "maybe"}, "face_to_face"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_is_named_with_its_remedy(
    system: System, outlets: list[str], change: dict[str, Any], field: str
) -> None:
    answer = system.post("/api/v1/complaints", {**complaint("bad", outlets[2]), **change})
    assert answer.status == 422, answer.body
    assert field in _fields(answer)
    assert all(error["message"] and error["remedy"] for error in answer.body["errors"])


def test_a_time_five_minutes_ahead_is_refused_and_nothing_is_kept(
    system: System, outlets: list[str]
) -> None:
    body = complaint("future", outlets[2])
    late = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert _fields(system.post("/api/v1/complaints", {**body, "received_at": late})) == {
        "received_at"
    }
    assert system.post("/api/v1/complaints", body).status == 201


def test_errors_speak_the_callers_language(system: System, outlets: list[str]) -> None:
    body = {**complaint("lang", outlets[2]), "channel": "pigeon"}
    zh = system.post("/api/v1/complaints", body).body["errors"][0]["message"]
    en = system.post("/api/v1/complaints", body, Accept_Language="en").body["errors"][0]["message"]
    assert zh == "不在可选值之内" and en == "not one of the allowed values"


def test_malformed_and_unauthorised_requests(system: System) -> None:
    assert system.post("/api/v1/complaints", raw=b"{").status == 400
    assert system.post("/api/v1/complaints", raw=b"[]").status == 422
    assert system.get("/api/v1/units", token=None).status == 401
    assert system.get("/api/v1/units", token="wrong").status == 401
    assert system.get("/api/v1/incidents/I9999999").status == 404
    assert system.get("/api/v1/incidents/nonsense").status == 404
    assert system.get("/api/v1/nothing").status == 404


def test_a_batch_gives_each_row_its_own_result(system: System, outlets: list[str]) -> None:
    rows: list[Any] = [complaint(f"batch{n}", outlets[3]) for n in range(120)]
    rows[5] = {**rows[5], "channel": "pigeon"}
    rows[7] = "nonsense"
    rows[9] = {**rows[9], "received_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
    rows[11] = {**rows[10], "summary": "同号异文"}
    results = system.post("/api/v1/complaints/batch", rows).body["results"]
    assert len(results) == 120
    wrong = {n for n, r in enumerate(results) if r["status"] >= 400}
    assert wrong == {5, 7, 9, 11}
    assert results[11]["status"] == 409 and results[9]["status"] == 422
    again = system.post("/api/v1/complaints/batch", {"complaints": rows}).body["results"]
    assert {r["status"] for n, r in enumerate(again) if n not in wrong} == {200}


def test_a_batch_may_not_be_empty_or_over_a_thousand(system: System) -> None:
    assert system.post("/api/v1/complaints/batch", []).status == 422
    assert system.post("/api/v1/complaints/batch", [{}] * 1001).status == 422


def test_a_gathering_opens_and_an_api_caller_acknowledges(
    system: System, outlets: list[str]
) -> None:
    body = {
        "unit": outlets[4],
        "complainants": 12,
        "onlookers": 3,
        "since": datetime.now(UTC).isoformat(),
        "reported_by": "大堂经理",
        "note": None,
    }
    answer = system.post("/api/v1/gatherings", body)
    assert answer.status == 201
    incident = answer.body["incident"]
    one = system.get(f"/api/v1/incidents/{incident}").body
    assert (one["headcount"], one["onlookers"], one["origin"]) == (12, 3, "gathering")
    done = system.post(
        f"/api/v1/incidents/{incident}/acknowledge",
        {"by": "陈值班", "role": "duty_officer", "how": "电话"},
    )
    assert done.status == 200
    (ack,) = done.body["acknowledgements"]
    assert (ack["via"], ack["grade"], ack["head_office"]) == ("desk", "on_behalf", True)
    duties = {d["clause"]: d["state"] for d in done.body["duties"]}
    assert duties["HO-ACK"] == "fulfilled" and duties["WP-13-R"] == "open"
    duty = next(d["id"] for d in done.body["duties"] if d["clause"] == "WP-13-R")
    path = f"/api/v1/incidents/{incident}/duties/{duty}/receipt"
    receipt = {
        "by": "刘联络",
        "at": datetime.now(UTC).isoformat(),
        "to": "监管局",
        "number": "2026-1",
    }
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert _fields(system.post(path, {**receipt, "at": ahead})) == {"at"}
    assert _fields(system.post(path, {**receipt, "number": ""})) == {"number"}
    reported = {d["clause"]: d for d in system.post(path, receipt).body["duties"]}
    assert reported["WP-13-R"]["evidence"]["number"] == "2026-1"
    early = system.post(f"/api/v1/incidents/{incident}/close", {"reason": "人群已散"})
    assert early.status == 409
    calm = system.post(f"/api/v1/incidents/{incident}/stand-down", {"reason": "人群已散"})
    assert calm.body["state"] == "stood_down"
    late = system.post(f"/api/v1/incidents/{incident}/acknowledge")
    assert late.status == 409


def test_an_incident_opened_by_hand_takes_the_later_crowd(
    system: System, outlets: list[str]
) -> None:
    made = system.post("/api/v1/incidents", {"unit": outlets[5], "note": "媒体来电"})
    assert made.status == 201
    again = system.post("/api/v1/incidents", {"unit": outlets[5], "note": "again"})
    assert again.status == 409 and again.body["incident"] == made.body["id"]
    answer = system.post("/api/v1/complaints", complaint("hand", outlets[5]))
    assert answer.body["incident"] == made.body["id"]


def test_a_withdrawn_complaint_counts_no_more(system: System, outlets: list[str]) -> None:
    answers = [system.post("/api/v1/complaints", complaint(f"w{n}", outlets[6])) for n in range(9)]
    path = f"/api/v1/complaints/{answers[0].body['complaint']}/correction"
    assert system.post(path, {"kind": "withdrawn", "reason": "客户撤回"}).status == 200
    assert system.post(path, {"kind": "withdrawn", "reason": "再次"}).status == 409
    tenth = system.post("/api/v1/complaints", complaint("w9", outlets[6]))
    assert tenth.body["counted"][0]["clients"] == 9 and tenth.body["incident"] is None


def test_units_health_metrics_and_the_api_document(system: System) -> None:
    units = system.get("/api/v1/units").body
    assert units[0]["level"] == "head_office"
    assert set(units[0]) == {"code", "name", "level", "parent"}
    eventually(lambda: system.get("/healthz").body["status"] == "ok")
    assert system.get("/metrics").status == 200
    document = system.get("/api/v1/openapi.json", token=None).body
    assert "/complaints" in document["paths"]


def test_only_our_own_names_are_answered(system: System) -> None:
    assert system.get("/healthz", Host="evil.example").status == 403
    assert system.get("/healthz", Host="localhost:1").status == 200


def test_deep_json_is_a_bad_request(system: System) -> None:
    assert system.post("/api/v1/complaints", raw=b"[" * 100_000).status == 400


def test_no_personal_data_in_the_logs(system: System, outlets: list[str]) -> None:
    secret = {"name": "欧阳保密", "phone": "13912345678", "id_number": "310101197001019999"}
    system.post("/api/v1/complaints", complaint("pd", outlets[7], client=secret))
    system.post("/api/v1/complaints", complaint("pd2", outlets[7], client={**secret, "x": 1}))
    logs = system.log("web") + system.log("engine")
    assert not any(value in logs for value in secret.values())
