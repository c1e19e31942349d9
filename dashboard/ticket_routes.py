"""Behind `/tickets`: my tickets, one ticket, acts on it, hand-overs, files."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from complaints.ticket_forms import DECISIONS, fill
from core.errors import FenghuoError
from dashboard import ticket_values as values
from dashboard import whoami
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint, refusal
from dashboard.report_papers import file_answer
from dashboard.services import Services
from dashboard.ticket_setup import setup_of
from escalation import duty_desk
from escalation.ids import complaint_number
from escalation.my_tickets import Mine
from escalation.similar_tickets import similar
from escalation.ticket_store import Worker


def register(server: Flask, services: Services) -> None:
    """Add ``/live/tickets``; endpoints ``ticket_page.*`` with a right each."""
    routes = page_blueprint("ticket_page", "/live/tickets")
    _reads(routes, services)
    _acts(routes, services)
    _hands(routes, services)
    server.register_blueprint(routes)


def worker() -> Worker:
    """Who acts: the signed-in person in their seat. NotAllowed without one."""
    me = whoami.me()
    return Worker(me.name, me.role.value, me.actor, whoami.viewer().unit_id, me.person_id)


def looker() -> Worker | None:
    """Who looks, where they hold a seat: what they may do is said then."""
    return worker() if whoami.viewer().seat is not None else None


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("/mine")
    def mine() -> Response:
        viewer = whoami.viewer()
        seats = tuple(seat.value for seat in viewer.seats)
        asked = Mine(viewer.person_id, seats, viewer.unit_id, viewer.area)
        return _fresh(services.engine.tickets.mine(asked))

    @routes.get("/setup")
    def setup() -> Response:
        """What forms offer: steps, classes, who approves, units and roles."""
        return _fresh(setup_of(services.engine.house))

    @routes.get("/takers/<unit>")
    def takers(unit: str) -> Response:
        """Each role of a unit with its people now: to whom a ticket can be handed."""
        found = services.database.read(lambda c: duty_desk.takers(c, services.engine.house, unit))
        return _fresh({"roles": found})

    @routes.get("/<complaint>")
    def one(complaint: str) -> Response:
        return _one(services, complaint)

    @routes.get("/<complaint>/files/<int:file>")
    def file(complaint: str, file: int) -> Response:
        return file_answer(services.engine.tickets.file(complaint_number(complaint), file))

    @routes.post("/similar")
    def alike() -> Response:
        """Earlier tickets of whoever is being typed in; a body, for an address is logged."""
        body = parse(values.SimilarBody, request.get_json())
        return _fresh({"tickets": similar(services.engine.house, **body.model_dump())})


def _acts(routes: Blueprint, services: Services) -> None:
    def act(complaint: str, act: str) -> Response:
        body, files, version = values.act_parts(request)
        done = services.engine.tickets.do(
            complaint_number(complaint), fill(act, body), worker(), files,
            version=version,
        )  # fmt: skip
        return _fresh({"act": done.act_id, "stage": done.stage, "files": done.files})

    for name in DECISIONS:
        routes.add_url_rule(
            f"/<complaint>/acts/{name}", f"decided_{name}", partial(act, act=name), methods=["POST"]
        )
    routes.add_url_rule(f"/<complaint>/acts/{values.ACT_PART}", "acted", act, methods=["POST"])

    @routes.post("/<complaint>/previous")
    def linked(complaint: str) -> Response:
        body = parse(values.PreviousBody, request.get_json())
        services.engine.tickets.link_previous(
            complaint_number(complaint), complaint_number(body.previous), worker()
        )
        return _one(services, complaint)

    @routes.post("/<complaint>/words")
    def revealed(complaint: str) -> Response:
        """The words of every act in the clear, journalled."""
        body = parse(values.ReasonBody, request.get_json())
        number = complaint_number(complaint)
        return _fresh({"acts": services.engine.tickets.reveal(number, body.reason,
                                                              whoami.actor())})  # fmt: skip


def _hands(routes: Blueprint, services: Services) -> None:
    @routes.post("/hand-over")
    def offered_many() -> Response:
        body = parse(values.HandsBody, request.get_json())
        numbers = [complaint_number(c) for c in body.complaints]
        results = services.engine.tickets.hand_over_many(numbers, body.hand(), worker())
        return _fresh({"results": [
            {"ok": error is None, "error": _said(error)} for error in results  # in their order
        ]})  # fmt: skip

    @routes.post("/<complaint>/hand-over")
    def offered(complaint: str) -> Response:
        body = parse(values.HandBody, request.get_json())
        services.engine.tickets.hand_over(complaint_number(complaint), body.hand(), worker())
        return _one(services, complaint)

    @routes.post("/<complaint>/hand-over/accept")
    def accepted(complaint: str) -> Response:
        services.engine.tickets.accept_handover(complaint_number(complaint), worker())
        return _one(services, complaint)

    @routes.post("/<complaint>/hand-over/decline")
    def declined(complaint: str) -> Response:
        body = parse(values.ReasonBody, request.get_json())
        services.engine.tickets.decline_handover(complaint_number(complaint), body.reason, worker())
        return _one(services, complaint)

    @routes.post("/<complaint>/hand-over/take-back")
    def taken_back(complaint: str) -> Response:
        services.engine.tickets.take_back(complaint_number(complaint), worker())
        return _one(services, complaint)


def _one(services: Services, complaint: str) -> Response:
    return _fresh(services.engine.tickets.one(complaint_number(complaint), looker()))


def _said(error: FenghuoError | None) -> Any:
    """A row's refusal as a whole request's would be."""
    return None if error is None else refusal(error).get_json()


def _fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.headers["Cache-Control"] = "no-store"
    return answer
