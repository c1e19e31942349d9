"""The API's document describes the API: every route, no other, with what it takes and answers."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import validate

from complaints.ticket_forms import DECISIONS
from core.rights import Right
from dashboard import doors, openapi
from dashboard.web_safety.bodies import PARTS, body_of
from tests.fuzz.described import PREFIX, operations, ways_described, ways_of

_ALL = [pytest.param(*one, id=f"{one[1]} {one[0]}") for one in operations(openapi.document())]
each = pytest.mark.parametrize(("path", "method", "operation"), _ALL)


def test_the_document_is_openapi() -> None:
    validate(openapi.document())


def test_every_route_is_described_and_nothing_else(server: Flask) -> None:
    there, described = ways_of(server), ways_described()
    assert there - described == set(), "routes that the document leaves out"
    assert described - there == set(), "described, and not there"
    assert len(there) > 30


def test_a_route_that_is_added_is_missed(server: Flask) -> None:
    server.url_map.add(server.url_rule_class("/api/v1/quiet", endpoint="api.q", methods=["POST"]))
    missed = ways_of(server) - ways_described()
    assert [(way.method, way.path) for way in missed] == [("POST", "/quiet")]


@each
def test_what_it_may_answer_follows_from_what_it_is(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    endpoint = operation["operationId"]
    public = endpoint in doors.PUBLIC or f"api.{endpoint}" in doors.PUBLIC
    answers = set(operation["responses"])
    assert operation["security"] == ([] if public else [{"token": []}])
    assert public or {"401", "403", "429", "503"} <= answers
    assert ("404" in answers) or "{" not in path
    assert ("requestBody" in operation) == (method != "GET")
    if "requestBody" in operation:
        assert {"400", "413", "415", "422"} <= answers
    assert any(code.startswith("2") for code in answers)
    for code, answer in operation["responses"].items():
        problem = set(answer["content"]) == {"application/problem+json"}
        assert problem == (code[0] == "4" or (code == "503" and endpoint != "healthz"))


@each
def test_it_names_the_scope_that_the_gate_asks_for(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    endpoint = operation["operationId"]
    right = doors.API.get(endpoint) or doors.API.get(f"api.{endpoint}")
    said = operation["description"]
    assert said == (f"Scope: {right.value}" if right else "Needs no token")
    assert right is None or right in set(Right)


def test_bodies_are_of_the_types_that_the_server_takes(server: Flask) -> None:
    rules = {
        (re.sub(r"<[^>]+>", "{}", rule.rule), method): rule
        for rule in server.url_map.iter_rules() for method in rule.methods or ()
    }  # fmt: skip
    for path, method, operation in operations(openapi.document()):
        if "requestBody" not in operation:
            continue
        rule = rules[PREFIX + re.sub(r"\{\w+\}", "{}", path), method]
        assert set(operation["requestBody"]["content"]) == set(body_of(rule.rule).types)


def test_files_are_told_of_where_they_are_taken() -> None:
    taking = {p for p, _, o in operations(openapi.document())
              if PARTS in o.get("requestBody", {}).get("content", {})}  # fmt: skip
    media = {f"/media-cases/{{id}}/{verb}" for verb in ("copy", "finding", "correction", "answer")}
    acts = {f"/tickets/{{id}}/acts/{act}" for act in ("{act}", *DECISIONS)}
    assert taking == {"/duties/{duty}/evidence", "/incidents/{id}/reports/{report}/receipt",
                      "/regulator-cases/{case}/file", *media,
                      *acts}  # fmt: skip


def test_a_path_that_is_not_there_is_not_found_by_any_method(server: Flask) -> None:
    client = server.test_client()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        answer = client.open("/api/v1/duties/abc/evidence", method=method)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    wrong = client.put("/api/v1/incidents")
    assert wrong.status_code == 405
    assert {"GET", "POST"} <= set(wrong.headers["Allow"].split(", "))
