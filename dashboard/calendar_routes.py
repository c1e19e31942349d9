"""Behind 工作日历: a year's days, what a change would move, setting a day and giving it back."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from core.clock import SHANGHAI
from core.errors import FieldFault, InvalidInput
from core.validation import require_object
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from dashboard.whoami import me
from escalation.about import About
from escalation.admission import admit
from escalation.calendar_days import DayChange, parse_day_change
from escalation.calendar_view import preview, read_year
from escalation.engine import now_of


def register(server: Flask, services: Services) -> None:
    """Add ``/live/calendar``."""
    routes = page_blueprint("calendar_page", "/live/calendar")
    for add in (_reading, _changing):
        add(routes, services)
    server.register_blueprint(routes)


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def this_year() -> Response:
        return _fresh(**services.database.read(lambda c: read_year(c, services.engine.house, None)))

    @routes.get("/<int:year>")
    def year(year: int) -> Response:
        return _fresh(**services.database.read(lambda c: read_year(c, services.engine.house, year)))

    @routes.post("/preview")
    def previewed() -> Response:
        """``{day, working, reason}`` to set a day, ``{day}`` alone to give it back."""
        body = require_object(_body())
        change = _change(services, body) if "working" in body else _day(body.get("day"))
        admit(services.engine.house, About())
        return _fresh(**preview(services.engine.house, change))


def _changing(routes: Blueprint, services: Services) -> None:
    @routes.post("/days")
    def set_one() -> Response:
        change = _change(services, require_object(_body()))
        return _fresh(moved=services.engine.set_calendar_day(change, me().actor))

    @routes.post("/days/<day>/clear")
    def clear_one(day: str) -> Response:
        body = require_object(_body())
        reason = str(body.get("reason") or "").strip()
        if not reason:
            raise InvalidInput([FieldFault(
                "reason", "缺少理由", "is missing", "请说明理由", "say why",
            )])  # fmt: skip
        return _fresh(moved=services.engine.clear_calendar_day(_day(day), reason[:200], me().actor))


def _change(services: Services, body: dict[str, Any]) -> DayChange:
    today = now_of(services.engine).astimezone(SHANGHAI).date()
    return parse_day_change(body, today=today)


def _day(text: Any) -> date:
    try:
        return date.fromisoformat(text if isinstance(text, str) and len(text) == 10 else "")
    except ValueError:
        raise InvalidInput([FieldFault(
            "day", "不是有效日期", "not a date", "例如 2027-02-06", "such as 2027-02-06",
        )]) from None  # fmt: skip


def _body() -> Any:
    return request.get_json()


def _fresh(**body: Any) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
