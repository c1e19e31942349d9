"""Behind `/complaints/<id>`: one complaint's record, masked; revealed for a reason; kept and
disposed of. The list of all is `dashboard/archive_routes.py`."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.rights import Right
from core.validation import Storable
from dashboard import whoami
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from escalation.ids import complaint_number

Word = Annotated[Storable, StringConstraints(max_length=80)]
Reason = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
_OFFERED = (Right.REVEAL_CLIENT, Right.SEE_ACCESS_LOG, Right.DISPOSE)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reveal(_Body):
    """Which fields, and why."""

    fields: Annotated[tuple[Word, ...], Field(min_length=1, max_length=8)]
    reason: Reason


class Disposal(_Body):
    """Which of the list, and why."""

    complaints: Annotated[tuple[Word, ...], Field(min_length=1, max_length=500)]
    reason: Reason


class Erasing(_Body):
    """Why a client is erased."""

    reason: Reason


def register(server: Flask, services: Services) -> None:
    """Add ``/live/complaint-files``; endpoints ``file_page.*`` with a right each."""
    routes = page_blueprint("file_page", "/live/complaint-files")
    _reads(routes, services)
    _acts(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("/<complaint>")
    def one(complaint: str) -> Response:
        return _fresh({
            **services.engine.files.complaint(complaint_number(complaint)), "may": _may(),
        })  # fmt: skip

    @routes.get("/<complaint>/looked")
    def looked(complaint: str) -> Response:
        """Who saw its clients in the clear, or took it out of the house."""
        return _fresh({"log": services.engine.files.access_log(complaint_number(complaint))})

    @routes.get("/disposal")
    def disposal() -> Response:
        return _fresh({"due": services.engine.files.disposal_list()})


def _acts(routes: Blueprint, services: Services) -> None:
    @routes.post("/<complaint>/reveal")
    def reveal(complaint: str) -> Response:
        body = parse(Reveal, _body())
        return _fresh(services.engine.files.reveal(
            complaint_number(complaint), body.fields, body.reason, whoami.actor()
        ))  # fmt: skip

    @routes.post("/disposal")
    def decide() -> Response:
        body = parse(Disposal, _body())
        numbers = [complaint_number(one) for one in body.complaints]
        gone = services.engine.files.decide_disposal(numbers, body.reason, whoami.actor())
        return _fresh({"disposed": len(numbers), "clients": gone})

    @routes.post("/clients/<int:client>/erase")
    def erase(client: int) -> Response:
        reason = parse(Erasing, _body()).reason
        return _fresh(services.engine.files.erase_client(client, reason, whoami.actor()))


def _may() -> list[str]:
    """What the page offers to whoever asks; each is refused at its own door all the same."""
    viewer = whoami.viewer()
    return [right.value for right in _OFFERED if viewer.may(right)]


def _body() -> Any:
    request.max_content_length = 16 * 1024
    return request.get_json()


def _fresh(body: dict[str, Any]) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
