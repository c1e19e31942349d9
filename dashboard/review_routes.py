"""Behind the review: read it, write lessons, sign it, print it."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import Field, StringConstraints

from core.validation import Storable
from dashboard.api_values import parse
from dashboard.i18n import lang
from dashboard.page_routes import page_blueprint
from dashboard.paper_answers import KINDS, paper_answer
from dashboard.review_paper import review_paper
from dashboard.services import Services
from dashboard.whoami import Acting
from escalation.ids import incident_number
from escalation.review import Lesson, Signing

LessonText = Annotated[Storable, StringConstraints(max_length=2000)]
Number = Annotated[Storable, StringConstraints(max_length=80)]


class LessonAct(Acting):
    """A lesson; with `version` the one that was read, to be put otherwise."""

    text: LessonText
    version: Annotated[int, Field(ge=1, strict=True)] | None = None


class SignAct(Acting):
    """I sign this review; it is filed under `number` and proves these duties (all without)."""

    number: Number
    duties: Annotated[tuple[int, ...], Field(max_length=100)] | None = None


def register(server: Flask, services: Services) -> None:
    """Add ``/live/incident/<id>/review``."""
    routes = page_blueprint("review_page", "/live/incident/<public_id>")
    _reads(routes, services)
    _writes(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("/review")
    def review(public_id: str) -> Response:
        return _fresh(services.engine.review.read(incident_number(public_id)))

    @routes.get(f"/review.<{KINDS}:kind>")
    def printed(public_id: str, kind: str) -> Response:
        read = services.engine.review.read(incident_number(public_id))
        paper = review_paper(read, lang())
        return paper_answer(services, paper, kind, f"review-{read['incident']}")


def _writes(routes: Blueprint, services: Services) -> None:
    @routes.post("/review/lessons")
    def write(public_id: str) -> Response:
        act = parse(LessonAct, _body())
        number = incident_number(public_id)
        services.engine.review.write_lesson(
            number, Lesson(act.text, act.me.name, act.me.role.value), act.me.actor
        )
        return _fresh(services.engine.review.read(number))

    @routes.post("/review/lessons/<int:lesson>")
    def edit(public_id: str, lesson: int) -> Response:
        act = parse(LessonAct, _body())
        number = incident_number(public_id)
        services.engine.review.edit_lesson(number, lesson, act.version or 0, act.text, act.me.actor)
        return _fresh(services.engine.review.read(number))

    @routes.post("/review/sign")
    def sign(public_id: str) -> Response:
        act = parse(SignAct, _body())
        number = incident_number(public_id)
        value = Signing(act.me.name, act.me.role.value, act.number, act.duties)
        proved = services.engine.review.sign(number, value, act.me.actor)
        return _fresh({"proved": proved, **services.engine.review.read(number)})


def _body() -> Any:
    return request.get_json(silent=True)


def _fresh(answer: dict[str, Any]) -> Response:
    response = jsonify(answer)
    response.cache_control.no_store = True
    return response
