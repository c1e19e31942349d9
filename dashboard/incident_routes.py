"""What the incident pages read and do: JSON under /live, verbs only from our own pages.

Who acts is whoever is signed in; the journal keeps ``web:ROLE:ACCOUNT``, never the name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from flask import Blueprint, Flask, Response, jsonify, request

from contacts.phones import mask_phone
from core.errors import FenghuoError, FieldFault, InvalidInput
from dashboard import incident_values as values
from dashboard.api_values import parse
from dashboard.live import refusal
from dashboard.services import Services
from dashboard.whoami import actor, viewer
from escalation.acknowledging import Acknowledgement
from escalation.engine import now_of
from escalation.gatherings import Gathering
from escalation.ids import incident_number
from escalation.manual import ManualOpening

#: Chinese words kept with the acknowledgement: how the person was reached.
_HOW = {"phone": "电话联系", "in_person": "当面联系", "chat": "即时通讯联系"}


def register(server: Flask, services: Services) -> None:
    """Add the routes to the Flask app."""
    routes = Blueprint("incident_pages", __name__, url_prefix="/live")
    routes.register_error_handler(FenghuoError, refusal)
    for add in (_reading, _answering, _ending, _starting):
        add(routes, services)
    server.register_blueprint(routes)


def page_view(services: Services, public_id: str) -> dict[str, Any]:
    """All that the page shows of one incident, with whom to call (numbers masked); NotFound."""
    number = incident_number(public_id)
    people = [
        {**person, "phone": mask_phone(str(person["phone"]))}
        for person in services.call_list(number)
    ]
    return {**services.incident(number), "calls": people}


def _reading(routes: Blueprint, services: Services) -> None:
    @routes.get("/incident/<public_id>")
    def read(public_id: str) -> Response:
        return _fresh(page_view(services, public_id))

    @routes.get("/incident-list/<any(open,stood_down,closed):state>")
    def listed(state: Literal["open", "stood_down", "closed"]) -> Response:
        return _fresh({"incidents": services.engine.incidents(state=state, most=200)})

    @routes.post("/incident/<public_id>/calls")
    def calls(public_id: str) -> Response:
        """Numbers in full for somebody who calls now; journalled."""
        number = incident_number(public_id)
        return _fresh({"people": services.engine.calls.reveal_people(number, actor())})


def _answering(routes: Blueprint, services: Services) -> None:
    @routes.post("/incident/<public_id>/acknowledge")
    def acknowledge(public_id: str) -> Response:
        act = parse(values.AcknowledgeAct, _body())
        me = act.me
        value = Acknowledgement(by=me.name, role=me.role.value, via="web", person_id=me.person_id)
        return _acknowledged(services, public_id, value)

    @routes.post("/incident/<public_id>/on-behalf")
    def on_behalf(public_id: str) -> Response:
        act = parse(values.OnBehalfAct, _body())
        value = Acknowledgement(
            by=act.by, role=act.role.value, via="desk", entered_by=act.me.name,
            note=_HOW[act.how] + (f"：{act.note}" if act.note else ""),
            at=now_of(services.engine) - timedelta(minutes=act.minutes_ago),
        )  # fmt: skip
        return _acknowledged(services, public_id, value)


def _ending(routes: Blueprint, services: Services) -> None:
    @routes.post("/incident/<public_id>/duties/<int:duty>/receipt")
    def receipt(public_id: str, duty: int) -> Response:
        act = parse(values.ReceiptAct, _body())
        evidence = act.model_dump(mode="json")
        services.engine.fulfil_duty(incident_number(public_id), duty, evidence, act.me.actor)
        return _fresh(page_view(services, public_id))

    @routes.post("/incident/<public_id>/close")
    def close(public_id: str) -> Response:
        act = parse(values.CloseAct, _body())
        services.engine.stand_down(incident_number(public_id), act.reason, act.me.actor)
        return _fresh(page_view(services, public_id))


def _starting(routes: Blueprint, services: Services) -> None:
    @routes.post("/incident-list")
    def opened() -> Response:
        act = parse(values.OpenAct, _body())
        value = ManualOpening(
            act.unit, act.note, act.product, large=act.large, media_exposed=act.media_exposed
        )
        return _fresh({"id": services.engine.open_incident(value, act.me.actor)["id"]})

    @routes.post("/gathering")
    def gathered() -> Response:
        act = parse(values.GatheringAct, _body())
        if act.complainants + act.onlookers == 0:
            raise InvalidInput([FieldFault(
                "complainants", "没有人数", "nobody is there", "请填写人数", "say how many people",
            )])  # fmt: skip
        since = now_of(services.engine) - timedelta(minutes=act.minutes_ago)
        who = viewer()  # whoever sees it says so: no seat in a team is asked for
        value = Gathering(act.unit, act.complainants, act.onlookers, since, who.name, act.note)
        return _fresh(services.engine.report_gathering(value, who.actor))


def _acknowledged(services: Services, public_id: str, value: Acknowledgement) -> Response:
    first = services.engine.acknowledge(incident_number(public_id), value)
    return _fresh({"first": first, **page_view(services, public_id)})


def _body() -> Any:
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
