"""Behind the reception sheet: read it, add who came, place them, count onlookers, print it."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Flask, Response, jsonify, make_response, request
from pydantic import Field, StringConstraints

from complaints.value import Code
from core.validation import Storable
from dashboard.api_values import parse
from dashboard.i18n import lang
from dashboard.incident_values import Heads
from dashboard.page_routes import page_blueprint
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.reception_paper import reception_paper
from dashboard.services import Services
from dashboard.whoami import Acting
from escalation.ids import incident_number
from escalation.receptions import MOST_AT_ONCE, Arrival, RowChange, RowChanged, SheetChange

Short = Annotated[Storable, StringConstraints(max_length=40)]
Outcome = Annotated[Storable, StringConstraints(max_length=200)]
Version = Annotated[int, Field(ge=1, strict=True)]


class _Act(Acting):
    unit: Code | None = None


class ArrivalAct(_Act):
    """So many came, or these ticketed clients; `batch` is the tap's own name."""

    batch: Annotated[str, StringConstraints(pattern=r"^[0-9a-zA-Z-]{8,64}$")]
    count: Annotated[int, Field(ge=0, le=MOST_AT_ONCE, strict=True)] = 0
    clients: Annotated[tuple[int, ...], Field(max_length=MOST_AT_ONCE)] = ()


class RowAct(_Act):
    """What changes on a row that was read at `version`."""

    version: Version
    receiver: Short | None = None
    room: Short | None = None
    representative: bool | None = None
    outcome: Outcome | None = None
    left: bool | None = None
    removed: bool | None = None
    client: Annotated[int, Field(ge=0, strict=True)] | None = None


class SheetAct(_Act):
    """The separate room, who leads onlookers away."""

    version: Version
    separate_room: Short | None = None
    guide: Short | None = None


class OnlookerAct(_Act):
    """So many look on; counted by whoever sends it."""

    onlookers: Heads


def register(server: Flask, services: Services) -> None:
    """Add ``/live/incident/<id>/reception``."""
    routes = page_blueprint("reception_page", "/live/incident/<public_id>")
    routes.register_error_handler(RowChanged, _changed)
    _reads(routes, services)
    _writes(routes, services)
    server.register_blueprint(routes)


def _changed(error: RowChanged) -> Response:
    """The refusal with what stands there now, so that the page can show both."""
    words = error.zh if lang() == "zh" else error.en
    return make_response(jsonify(error=words, errors=[], now=error.now), 409)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("/reception")
    def sheet(public_id: str) -> Response:
        return _fresh(services.engine.reception.sheet(incident_number(public_id), _unit()))

    @routes.get(f"/reception.<{KINDS}:kind>")
    def printed(public_id: str, kind: str) -> Response:
        read = services.engine.reception.sheet(incident_number(public_id), _unit())
        name = f"reception-{read['incident']}-{read['unit']}"
        return paper_answer(services, reception_paper(read, lang()), kind, name)


def _writes(routes: Blueprint, services: Services) -> None:
    @routes.post("/reception/arrivals")
    def arrived(public_id: str) -> Response:
        act = parse(ArrivalAct, _body())
        value = Arrival(act.batch, act.count, act.clients)
        number = incident_number(public_id)
        return _fresh(services.engine.reception.arrive(number, act.unit, value, act.me.actor))

    @routes.post("/reception/rows/<int:row>")
    def changed(public_id: str, row: int) -> Response:
        act = parse(RowAct, _body())
        value = RowChange(**act.model_dump(exclude={"unit"}))
        number = incident_number(public_id)
        services.engine.reception.sheet(number, act.unit)  # not found before anything is changed
        services.engine.reception.change_row(number, row, value, act.me.actor)
        return _fresh(services.engine.reception.sheet(number, act.unit))

    @routes.post("/reception/sheet")
    def arranged(public_id: str) -> Response:
        act = parse(SheetAct, _body())
        value = SheetChange(act.version, act.separate_room, act.guide)
        number = incident_number(public_id)
        return _fresh(services.engine.reception.change_sheet(number, act.unit, value, act.me.actor))

    @routes.post("/reception/onlookers")
    def counted(public_id: str) -> Response:
        act = parse(OnlookerAct, _body())
        number = incident_number(public_id)
        return _fresh(services.engine.reception.count_onlookers(
            number, act.unit, act.onlookers, act.me.name, act.me.actor
        ))  # fmt: skip


def _unit() -> str | None:
    return request.args.get("unit") or None


def _body() -> Any:
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
