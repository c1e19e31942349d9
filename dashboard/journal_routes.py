"""Behind 审计日志: search the journal, check its chain. Nothing is changed."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from complaints.value import Moment, OptionalCode
from core.validation import Storable, empty_is_none
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from escalation.ids import incident_number
from escalation.journal_view import MOST, Wanted

Word = Annotated[
    Annotated[Storable, StringConstraints(max_length=80)] | None, BeforeValidator(empty_is_none)
]
When = Annotated[Moment | None, BeforeValidator(empty_is_none)]


class Search(BaseModel):
    """What is searched for, by field; an empty field is anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actor: Word = None
    verb: Word = None
    subject: Word = None
    incident: Word = None
    unit: OptionalCode = None
    since: When = None
    until: When = None
    before: Annotated[int, Field(ge=1, strict=True)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST, strict=True)] = 50

    def wanted(self) -> Wanted:
        """As the engine takes it. NotFound for no incident's number."""
        return Wanted(
            self.actor, self.verb, self.subject,
            incident_number(self.incident) if self.incident else None,
            self.unit, self.since, self.until, self.before, self.limit,
        )  # fmt: skip


class Stretch(BaseModel):
    """Where the check goes on: after which place, whose hash is this (hex)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: Annotated[int, Field(ge=0, strict=True)] = 0
    hash: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""


def register(server: Flask, services: Services) -> None:
    """Add ``/live/journal``. POSTs: what is searched for is nobody's business in an address."""
    routes = page_blueprint("journal_page", "/live/journal")

    @routes.post("/search")
    def search() -> Response:
        found = services.engine.audit.search(parse(Search, _body()).wanted())
        return _fresh(found)

    @routes.post("/verify")
    def verify() -> Response:
        at = parse(Stretch, _body())
        return _fresh(services.engine.audit.verify(at.place, bytes.fromhex(at.hash)))

    server.register_blueprint(routes)


def _body() -> Any:
    request.max_content_length = 4096
    return request.get_json()


def _fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
