"""Behind `/complaints`: complaints' files, masked; revealed for a reason; kept and disposed of.

What is searched for is sent in a body: a client's name has no place in an address or its log.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from complaints.value import Moment, OptionalCode
from core.rights import Right
from core.validation import Storable, empty_is_none
from dashboard import whoami
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from escalation.client_desk import MOST_FOUND
from escalation.ids import complaint_number

Word = Annotated[Storable, StringConstraints(max_length=80)]
Reason = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
When = Annotated[Moment | None, BeforeValidator(empty_is_none)]
_OFFERED = (Right.REVEAL_CLIENT, Right.SEE_ACCESS_LOG, Right.DISPOSE, Right.EXPORT_COMPLAINTS)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Search(_Body):
    """Words, a name, or a whole number."""

    text: Word = ""


class Reveal(_Body):
    """Which fields, and why."""

    fields: Annotated[tuple[Word, ...], Field(min_length=1, max_length=8)]
    reason: Reason


class Export(_Body):
    """Which complaints, why, as what."""

    reason: Reason
    kind: Literal["csv", "xlsx"] = "xlsx"
    text: Word = ""
    unit: OptionalCode = None
    product: Word = ""
    since: When = None
    until: When = None


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
    @routes.post("/search")
    def search() -> Response:
        """Found complaints, masked; none where nothing was asked for yet."""
        text = parse(Search, _body()).text.strip()
        found = services.engine.files.search(text) if text else []
        more = len(found) >= MOST_FOUND
        return _fresh({"found": found, "more": more, "asked": bool(text), "may": _may()})

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

    @routes.post("/export")
    def export() -> Response:
        """The table as a download; who, when and why stand in its first lines."""
        body = parse(Export, _body())
        filters = {
            "text": body.text, "unit": body.unit, "product": body.product or None,
            "since": body.since, "until": body.until,
        }  # fmt: skip
        made = services.engine.files.export(
            {k: v for k, v in filters.items() if v}, body.reason, whoami.actor(), body.kind
        )
        answer = Response(made, mimetype=_TYPES[body.kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="complaints.{body.kind}"'
        answer.cache_control.no_store = True
        return answer

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


_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
