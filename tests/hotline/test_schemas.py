"""The document's schemas, its examples and what is really taken agree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from complaints.hotline_rules import Result
from complaints.work_order import OrderUpdate, WorkOrder, parse_order
from core.errors import FenghuoError
from core.words import Role
from tests.hotline.caller import DOCS, faults, schema

EXAMPLES = DOCS / "hotline" / "examples"
#: example -> the schema that it is of
OF = {
    "new": "work-order", "supplement": "work-order", "urge": "work-order",
    "withdraw": "work-order", "accept": "work-order", "return": "work-order",
    "feedback": "feedback", "daily-list": "daily-list",
}  # fmt: skip


def _example(name: str) -> dict[str, Any]:
    return dict(json.loads((EXAMPLES / f"{name}.json").read_text()))


@pytest.mark.parametrize("path", sorted((DOCS / "hotline").glob("*.schema.json")), ids=str)
def test_a_schema_is_one(path: Any) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text()))


def test_every_example_is_tried() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.json")} == set(OF)


@pytest.mark.parametrize("name", OF)
def test_an_example_is_as_its_schema_says(name: str) -> None:
    assert faults(OF[name], _example(name)) == []


@pytest.mark.parametrize("name", [name for name, of in OF.items() if of == "work-order"])
def test_an_example_is_taken(name: str) -> None:
    parse_order(_example(name))


def test_the_schema_names_what_is_taken_and_nothing_else() -> None:
    parts = schema("work-order")["$defs"]
    assert set(parts["new"]["properties"]) == set(WorkOrder.model_fields)
    assert set(parts["update"]["properties"]) == set(OrderUpdate.model_fields)
    assert parts["new"]["properties"]["against"]["enum"] == [*(role.value for role in Role), None]
    assert schema("feedback")["properties"]["result"]["enum"] == [one.value for one in Result]


NEW, RETURN = _example("new"), _example("return")
WRONG = [
    {**NEW, "number": ""}, {**NEW, "number": "13912345678"}, {**NEW, "number": "工单1"},
    {**NEW, "at": "2026-11-23"}, {**NEW, "at": 1763860000}, {**NEW, "extra": 1},
    {**NEW, "clients": [{}]}, {k: v for k, v in NEW.items() if k != "client"},
    {**NEW, "flags": ["loud"]}, {**NEW, "unit": ""}, {**NEW, "subject": "长" * 501},
    {**NEW, "amount": -1}, {**RETURN, "words": None}, {**RETURN, "feedback": None},
    {**RETURN, "feedback": "7"}, {**RETURN, "type": "close"},
    {**RETURN, "type": "urge", "words": None}, {k: v for k, v in RETURN.items() if k != "update"},
]  # fmt: skip


@pytest.mark.parametrize("body", WRONG)
def test_schema_and_code_refuse_alike(body: dict[str, Any]) -> None:
    assert faults("work-order", body)
    with pytest.raises(FenghuoError):
        parse_order(body)
