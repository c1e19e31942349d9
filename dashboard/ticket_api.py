"""The REST API's part on tickets: a system sends what somebody did in it, by name and role."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict

from complaints.ticket_forms import DECISIONS, FORMS, fill
from core.errors import FieldFault, InvalidInput
from dashboard import ticket_values as values
from dashboard.api_callers import caller, read_body
from dashboard.api_values import parse
from dashboard.openapi_parts import (
    FILE_TYPES,
    Json,
    bytes_of,
    json_of,
    ok,
    operation,
    ref,
    with_file,
)  # fmt: skip
from dashboard.report_papers import file_answer
from escalation.ids import complaint_number
from escalation.ticket_store import Worker

if TYPE_CHECKING:
    from dashboard.bootstrap import Site


MODELS: tuple[type[BaseModel], ...] = (
    *dict.fromkeys(FORMS.values()), values.HandBody, values.PreviousBody, values.ReasonBody,
    values.ByBody,
)  # fmt: skip


def add(api: Blueprint, site: Site) -> None:
    """Add ``/tickets`` to the API."""
    _reading(api, site)
    _acting(api, site)
    _handing(api, site)


def _reading(api: Blueprint, site: Site) -> None:
    @api.get("/tickets/<public_id>")
    def ticket(public_id: str) -> Response:
        return jsonify(site.engine.tickets.one(complaint_number(public_id)))

    @api.get("/tickets/<public_id>/files/<int:file>")
    def ticket_file(public_id: str, file: int) -> Response:
        return file_answer(site.engine.tickets.file(complaint_number(public_id), file))


def _acting(api: Blueprint, site: Site) -> None:
    def act(public_id: str, act: str) -> tuple[Response, int]:
        body, files, version = values.act_parts(request)
        by = _worker(body.pop("by", None))
        done = site.engine.tickets.do(
            complaint_number(public_id), fill(act, body), by, files,
            version=version,
        )  # fmt: skip
        return jsonify(act=done.act_id, stage=done.stage, files=list(done.files)), 201

    for name in DECISIONS:
        api.add_url_rule(
            f"/tickets/<public_id>/acts/{name}",
            f"ticket_decided_{name}",
            partial(act, act=name),
            methods=["POST"],
        )
    api.add_url_rule(
        f"/tickets/<public_id>/acts/{values.ACT_PART}", "ticket_acted", act, methods=["POST"]
    )

    @api.post("/tickets/<public_id>/previous")
    def ticket_linked(public_id: str) -> Response:
        body, by = _split(read_body())
        given = parse(values.PreviousBody, body)
        site.engine.tickets.link_previous(
            complaint_number(public_id), complaint_number(given.previous), by
        )
        return jsonify(site.engine.tickets.one(complaint_number(public_id)))


def _handing(api: Blueprint, site: Site) -> None:
    @api.post("/tickets/<public_id>/hand-over")
    def ticket_offered(public_id: str) -> Response:
        body, by = _split(read_body())
        hand = parse(values.HandBody, body).hand()
        site.engine.tickets.hand_over(complaint_number(public_id), hand, by)
        return jsonify(site.engine.tickets.one(complaint_number(public_id)))

    @api.post("/tickets/<public_id>/hand-over/accept")
    def ticket_accepted(public_id: str) -> Response:
        _body, by = _split(read_body())
        site.engine.tickets.accept_handover(complaint_number(public_id), by)
        return jsonify(site.engine.tickets.one(complaint_number(public_id)))

    @api.post("/tickets/<public_id>/hand-over/decline")
    def ticket_declined(public_id: str) -> Response:
        body, by = _split(read_body())
        given = parse(values.ReasonBody, body)
        site.engine.tickets.decline_handover(complaint_number(public_id), given.reason, by)
        return jsonify(site.engine.tickets.one(complaint_number(public_id)))


def _split(body: Any) -> tuple[Any, Worker]:
    given = dict(body) if isinstance(body, dict) else {}
    by = given.pop("by", None)
    return given, _worker(by)


def _worker(by: Any) -> Worker:
    """Who did it in the calling system. InvalidInput where it does not say."""
    if not isinstance(by, dict):
        raise InvalidInput([FieldFault("by", "缺少办理人", "is missing", "请填写 by: {name, role}",
                                       "give by: {name, role}")])  # fmt: skip
    who = parse(values.ByBody, by)
    token = caller()
    return Worker(who.name, who.role.value, token.actor, token.unit_id)


def paths() -> Json:
    """The paths of this part, for the API's document."""
    one = {"200": ok("the ticket", {"type": "object"})}
    done = {"201": ok("done", {"type": "object", "required": ["act", "stage", "files"]})}

    def change(endpoint: str, summary: str, *models: type[BaseModel]) -> Json:
        return {"post": operation(
            endpoint, summary, one, content=json_of(_with_by(*models)), parts=("id",), also=(409,)
        )}  # fmt: skip

    def act(endpoint: str, summary: str, parts: tuple[str, ...], *models: type[BaseModel]) -> Json:
        return {"post": operation(
            endpoint, summary, done, content=with_file(_with_by(*models)), parts=parts, also=(409,)
        )}  # fmt: skip

    others = tuple(dict.fromkeys(f for a, f in FORMS.items() if a not in DECISIONS))
    return {
        "/tickets/{id}": {"get": operation(
            "ticket", "A ticket with its acts, clocks, files and hand-overs, masked", one,
            parts=("id",))},
        "/tickets/{id}/files/{file}": {"get": operation(
            "ticket_file", "A file of a ticket",
            {"200": bytes_of("as its content is", *FILE_TYPES)}, parts=("id", "file"))},
        "/tickets/{id}/acts/{act}": act(
            "ticket_acted", "One act, by its own form; 409 says what is missing", ("id", "act"),
            *others),
        **{f"/tickets/{{id}}/acts/{name}": act(
            f"ticket_decided_{name}", "Answer for another's work", ("id",), FORMS[name])
           for name in DECISIONS},
        "/tickets/{id}/previous": change(
            "ticket_linked", "It is about an earlier complaint again", values.PreviousBody),
        "/tickets/{id}/hand-over": change(
            "ticket_offered", "Offer it to somebody", values.HandBody),
        "/tickets/{id}/hand-over/accept": change("ticket_accepted", "Take what is offered"),
        "/tickets/{id}/hand-over/decline": change(
            "ticket_declined", "Refuse what is offered, with why", values.ReasonBody),
    }  # fmt: skip


def _with_by(*models: type[BaseModel]) -> Json:
    """One of these bodies, and beside it who did it in the calling system."""
    return {"anyOf": [_one_with_by(model) for model in models or (_Nothing,)]}


class _Nothing(BaseModel):
    """Nothing but who did it."""

    model_config = ConfigDict(extra="forbid")


def _one_with_by(model: type[BaseModel]) -> Json:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    properties = {**schema.get("properties", {}), "by": ref("ByBody")}
    return {**schema, "properties": properties, "required": [*schema.get("required", []), "by"]}
