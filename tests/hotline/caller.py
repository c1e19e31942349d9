"""95558's system in a test, speaking to the engine's desk in the feed's own words."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from complaints.work_order import parse_order
from core.errors import FenghuoError
from escalation.hotline_desk import Entry, Fed
from escalation.ids import complaint_number
from tests.engine.scene import Scene
from tests.postgres import TestDatabase

DOCS = Path(__file__).parents[2] / "docs"
_SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text())
    for path in sorted((DOCS / "hotline").glob("*.schema.json"))
}
_REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in _SCHEMAS.values()
)


def schema(name: str) -> dict[str, Any]:
    return dict(_SCHEMAS[name])


def faults(name: str, value: Any) -> list[str]:
    """What of `value` the document's schema refuses."""
    checker = Draft202012Validator(
        _SCHEMAS[name], registry=_REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [error.message for error in checker.iter_errors(value)]


class Hotline:
    """Feeds work orders and says how each stands."""

    def __init__(self, db: TestDatabase) -> None:
        self.db = db
        self.scene = Scene(db)
        self.desk = self.scene.engine.hotline

    def body(self, number: str, unit: str = "SH1", **given: Any) -> dict[str, Any]:
        return {
            "type": "new", "number": number, "at": self.scene.now().isoformat(), "unit": unit,
            "client": {"name": "张三丰", "phone": "13912345678"}, "summary": "张三丰来电投诉",
            **given,
        }  # fmt: skip

    def feed(self, *bodies: dict[str, Any]) -> list[Fed]:
        return self.desk.feed([_read(body) for body in bodies], "token:95558")

    def order(self, number: str = "WO-1", unit: str = "SH1", **given: Any) -> int:
        """A new order; its complaint's number."""
        (fed,) = self.feed(self.body(number, unit, **given))
        assert fed.answer is not None, fed.error
        return complaint_number(fed.answer["complaint"])

    def say(self, kind: str, update: str, number: str = "WO-1", **given: Any) -> Fed:
        words = {"words": "客户来电"} if kind in ("supplement", "withdraw", "return") else {}
        (fed,) = self.feed({
            "type": kind, "number": number, "update": update,
            "at": self.scene.now().isoformat(), **words, **given,
        })  # fmt: skip
        return fed

    def answer(self, complaint: int, words: str = "已到账", result: str = "settled") -> str:
        return self.desk.answer(complaint, result, words, "员工9", "web:branch_contact:1")

    def state(self, number: str = "WO-1") -> str:
        return str(self.desk.order_of(number)["state"])

    def later(self, **delta: float) -> None:
        self.db.move_time(timedelta(**delta))
        self.scene.work()

    def rows(self, query: str, **values: Any) -> list[Any]:
        return list(self.db.owner.read(lambda c: c.execute(sa.text(query), values).all()))

    def duty(self, complaint: int, clause: str = "WP-22") -> Any:
        (row,) = self.rows(
            "SELECT state, due_at, ended_at, evidence FROM duties WHERE complaint_id = :id"
            " AND clause = :clause", id=complaint, clause=clause,
        )  # fmt: skip
        return row


def _read(body: dict[str, Any]) -> Entry:
    try:
        return parse_order(body)
    except FenghuoError as error:
        return error
