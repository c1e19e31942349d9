"""Behind 我的任务: what a seat owes, and what people do to a duty; JSON, own pages only.

Who acts is whoever is signed in; the journal keeps ``web:ROLE:ACCOUNT``, never the name.
"""

from __future__ import annotations

from typing import Any, cast, get_args

from flask import Blueprint, Flask, Response, jsonify, request
from sqlalchemy.engine import Connection

from contacts.units import unknown_unit
from core.errors import FieldFault, InvalidInput
from dashboard import duty_values as values
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.report_papers import file_answer
from dashboard.report_values import receipt_parts
from dashboard.services import Services
from dashboard.whoami import actor, me, viewer
from escalation import duty_desk, my_duties, my_tasks
from escalation.house import House


def register(server: Flask, services: Services) -> None:
    """Add ``/live/duties`` and ``/live/events``."""
    routes = page_blueprint("duties_page", "/live")
    for add in (_reading, _ending, _moving, _recording):
        add(routes, services)
    server.register_blueprint(routes)


def page_of(services: Services, *, tasks: bool = False) -> dict[str, Any]:
    """One page of duties as the address asks: unit, role (several), person, state, after, limit.

    With `tasks`, also the assigned tasks of that seat, which stand in no clause and never page.
    """
    house, asked = services.engine.house, request.args
    state = asked.get("state") or "open"
    if state not in get_args(my_duties.State):
        raise InvalidInput([FieldFault(
            "state", "应为 open、overdue 或 ended", "must be open, overdue or ended",
            "请改正", "correct it",
        )])  # fmt: skip
    unit_id = _unit_id(house, asked.get("unit"))
    roles = [role for role in asked.getlist("role") if role] or None
    person, limit, clause = _number("person"), _number("limit") or 50, asked.get("clause") or None
    after = asked.get("after") or None

    def work(connection: Connection) -> dict[str, Any]:
        page = my_duties.read(
            connection, house, unit_id=unit_id, roles=roles, person_id=person, area=house.area,
            clause=clause, state=cast(my_duties.State, state), limit=limit, after=after,
        )  # fmt: skip
        if tasks and clause is None and state != "ended":
            page["tasks"] = my_tasks.read(
                connection, house, unit_id=unit_id, roles=roles, person_id=person, area=house.area,
                overdue=state == "overdue",
            )  # fmt: skip
        return page

    return services.database.read(work)


def _unit_id(house: House, code: str | None) -> int | None:
    if not code:
        return None
    unit = house.reload_tree().by_code(code)
    if unit is None or not unit.path.startswith(house.area):
        raise InvalidInput([unknown_unit()])
    return unit.id


def _number(name: str) -> int | None:
    text = request.args.get(name) or ""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidInput([FieldFault(
            name, "应为数字", "must be a number", "请填写数字", "give a number",
        )])  # fmt: skip
    return int(text)


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("/duties")
    def listed() -> Response:
        return _fresh(**page_of(services, tasks=True))

    @routes.get("/duties/units")
    def units() -> Response:
        return _fresh(
            units=services.database.read(lambda c: my_duties.by_unit(c, services.engine.house))
        )

    @routes.get("/duties/seats")
    def seats() -> Response:
        """The viewer's own seats, the one they act in first."""
        who = viewer()
        found = services.database.read(
            lambda c: duty_desk.seats_of(c, services.engine.house, who.person_id)
        )
        order = [role.value for role in who.seats]
        return _fresh(seats=sorted(found, key=lambda one: order.index(one["role"])))

    @routes.get("/duties/takers/<unit>")
    def takers(unit: str) -> Response:
        found = services.database.read(lambda c: duty_desk.takers(c, services.engine.house, unit))
        return _fresh(roles=found)

    @routes.post("/duties/<int:duty>/calls")
    def calls(duty: int) -> Response:
        """Numbers in full: only our own pages can ask, and only when a person presses "call"."""
        return _fresh(people=services.engine.duty_callees(duty, actor()))


def _ending(routes: Blueprint, services: Services) -> None:
    @routes.post("/duties/<int:duty>/evidence")
    def proven(duty: int) -> Response:
        body, file = receipt_parts(request)
        act = parse(values.EvidenceBody, body)
        services.engine.prove_duty(duty, act.kind, act.evidence(), me().actor, file=file)
        return _one(services, duty)

    @routes.get("/duties/<int:duty>/file")
    def file(duty: int) -> Response:
        return file_answer(services.engine.duty_file(duty))

    @routes.post("/duties/<int:duty>/waiver")
    def waived(duty: int) -> Response:
        act = parse(values.WaiverBody, _body())
        if act.role is not me().role:
            raise InvalidInput([FieldFault(
                "role", "不是您本人的岗位", "is not the role that you act in",
                "请以本人岗位办理", "act in your own role",
            )])  # fmt: skip
        services.engine.waive_duty(duty, act.role.value, act.reason, me().actor)
        return _one(services, duty)


def _moving(routes: Blueprint, services: Services) -> None:
    @routes.post("/duties/<int:duty>/extension")
    def extended(duty: int) -> Response:
        act = parse(values.ExtensionBody, _body())
        services.engine.extend_duty(duty, act.longer(), me().actor)
        return _one(services, duty)

    @routes.post("/duties/<int:duty>/assignment")
    def assigned(duty: int) -> Response:
        act = parse(values.AssignmentBody, _body())
        hand_over(services, duty, act, me().actor)
        return _one(services, duty)


def hand_over(services: Services, duty: int, body: values.AssignmentBody, actor: str) -> None:
    """Hand a duty to a seat that can take it. InvalidInput, NotFound, Conflict."""
    house, role = services.engine.house, body.role.value
    unit_id = services.database.read(
        lambda c: duty_desk.seat(c, house, body.unit, role, body.person)
    )
    services.engine.reassign_duty(
        duty, unit_id=unit_id, role=role, person_id=body.person, reason=body.reason, actor=actor
    )


def _recording(routes: Blueprint, services: Services) -> None:
    @routes.get("/event-form")
    def offered() -> Response:
        return _fresh(**duty_desk.recordable(services.engine.house))

    @routes.post("/events")
    def recorded() -> Response:
        act = parse(values.EventBody, _body())
        number = services.engine.record_event(act.by_hand(), me().actor)
        born = services.database.read(lambda c: duty_desk.born_of(c, services.engine.house, number))
        return _fresh(event=number, duties=born)


def _one(services: Services, duty: int) -> Response:
    house = services.engine.house
    return _fresh(duty=services.database.read(lambda c: my_duties.one(c, house, duty, house.area)))


def _body() -> Any:
    return request.get_json()


def _fresh(**body: Any) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
