"""Behind `/hotline`: 95558's work orders by their clock, answered and compared; own pages only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, cast

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, StringConstraints

from complaints.value import LongText, ShortText
from complaints.work_order import Number
from contacts.units import unknown_unit
from core.errors import FieldFault, InvalidInput
from core.rights import Right
from core.validation import Storable
from core.words import Level
from dashboard import whoami
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from escalation.hotline_answers import results
from escalation.hotline_desk import Said
from escalation.hotline_view import CHOICES, Chosen, Wanted
from escalation.house import House
from escalation.ids import complaint_number, feedback_number

_OFFERED = (Right.ANSWER_HOTLINE, Right.FEED_HOTLINE, Right.TAKE_COMPLAINT)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswerBody(_Body):
    """What 95558 is told."""

    result: Annotated[Storable, StringConstraints(max_length=40)]
    words: Annotated[Storable, StringConstraints(max_length=20_000)]


class SaidBody(_Body):
    """What 95558 says of an order, entered by the hotline's own people."""

    kind: Literal["supplement", "urge", "withdraw", "accept", "return"]
    update: Number
    words: LongText = None
    feedback: ShortText = None


def register(server: Flask, services: Services) -> None:
    """Add ``/live/hotline``."""
    routes = page_blueprint("hotline_page", "/live/hotline")
    _reading(routes, services)
    _acting(routes, services)
    server.register_blueprint(routes)


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def listed() -> Response:
        house = services.engine.house
        found = services.engine.hotline.listed(_wanted(house))
        return _fresh({**found, **_offered(), "units": _branches(house)})

    @routes.get("/<complaint>")
    def one(complaint: str) -> Response:
        return _fresh({**services.engine.hotline.one(complaint_number(complaint)), **_offered()})

    @routes.get("/lists")
    def lists() -> Response:
        return _fresh(services.engine.hotline.compared(_day()))


def _acting(routes: Blueprint, services: Services) -> None:
    @routes.post("/<complaint>/answer")
    def answered(complaint: str) -> Response:
        body = parse(AnswerBody, request.get_json())
        number = complaint_number(complaint)
        viewer = whoami.viewer()
        given = services.engine.hotline.answer(
            number, body.result, body.words, viewer.name, viewer.actor
        )
        return jsonify(feedback=given)

    @routes.post("/<complaint>/said")
    def said(complaint: str) -> Response:
        body = parse(SaidBody, request.get_json())
        value = Said(body.kind, body.update, body.words, body.feedback)
        first = services.engine.hotline.say(
            complaint_number(complaint), value, whoami.actor()
        )  # fmt: skip
        return jsonify(first=first)

    @routes.post("/feedback/<feedback>/again")
    def again(feedback: str) -> Response:
        services.engine.hotline.send_again(feedback_number(feedback), whoami.actor())
        return jsonify(again=True)


def _wanted(house: House) -> Wanted:
    chosen = request.args.get("state") or "owed"
    faults = []
    if chosen not in CHOICES:
        faults.append(FieldFault("state", "没有这个筛选", "is no such choice", "请改正",
                                 f"one of {', '.join(CHOICES)}"))  # fmt: skip
    path = None
    if code := request.args.get("unit"):
        unit = house.tree().by_code(code)
        if unit is None or not unit.path.startswith(house.area):
            faults.append(unknown_unit())
        else:
            path = unit.path
    if faults:
        raise InvalidInput(faults)
    number = request.args.get("number") or ""
    return Wanted(cast(Chosen, chosen), path, number[:64])


def _branches(house: House) -> list[dict[str, str]]:
    """The branches of the viewer's area, to choose from."""
    return [
        {"code": unit.code, "name": unit.short_name}
        for unit in house.tree().all()
        if unit.level is Level.BRANCH and unit.path.startswith(house.area)
    ]


def _day() -> date | None:
    given = request.args.get("day")
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise InvalidInput([FieldFault(
            "day", "不是有效日期", "is no day", "例如 2026-11-21", "such as 2026-11-21"
        )]) from None  # fmt: skip


def _offered() -> dict[str, Any]:
    """What the viewer may do, and the results to choose from."""
    viewer = whoami.viewer()
    return {"rights": [right.value for right in _OFFERED if viewer.may(right)],
            "results": results()}  # fmt: skip


def _fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
