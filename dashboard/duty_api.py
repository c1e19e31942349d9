"""The REST API's part on duties and events: each view reads, makes one call, answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

from dashboard import duty_values as values
from dashboard.api_callers import actor, read_body
from dashboard.api_values import parse
from dashboard.duties_routes import hand_over, page_of
from dashboard.report_papers import file_answer
from dashboard.report_values import receipt_parts
from escalation import duty_desk, my_duties

if TYPE_CHECKING:
    from dashboard.bootstrap import Site


def add(api: Blueprint, site: Site) -> None:
    """Add ``/duties`` and ``/events`` to the API."""
    _reading(api, site)
    _acting(api, site)

    @api.post("/events")
    def recorded() -> tuple[Response, int]:
        value = parse(values.EventBody, read_body()).by_hand()
        number = site.engine.record_event(value, actor())
        born = site.database.read(lambda c: duty_desk.born_of(c, site.engine.house, number))
        return jsonify({"event": number, "duties": born}), 201


def _reading(api: Blueprint, site: Site) -> None:
    @api.get("/duties")
    def duties() -> Response:
        return jsonify(page_of(site))

    @api.get("/duties/<int:duty>")
    def duty(duty: int) -> Response:
        return _one(site, duty)


def _acting(api: Blueprint, site: Site) -> None:
    @api.post("/duties/<int:duty>/evidence")
    def proven(duty: int) -> Response:
        body, file = receipt_parts(request)
        given = parse(values.EvidenceBody, body)
        site.engine.prove_duty(duty, given.kind, given.evidence(), actor(), file=file)
        return _one(site, duty)

    @api.get("/duties/<int:duty>/file")
    def evidence_file(duty: int) -> Response:
        return file_answer(site.engine.duty_file(duty))

    @api.post("/duties/<int:duty>/extension")
    def extended(duty: int) -> Response:
        given = parse(values.ExtensionBody, read_body())
        site.engine.extend_duty(duty, given.longer(), actor())
        return _one(site, duty)

    @api.post("/duties/<int:duty>/assignment")
    def assigned(duty: int) -> Response:
        hand_over(site, duty, parse(values.AssignmentBody, read_body()), actor())
        return _one(site, duty)

    @api.post("/duties/<int:duty>/waiver")
    def waived(duty: int) -> Response:
        given = parse(values.WaiverBody, read_body())
        site.engine.waive_duty(duty, given.role.value, given.reason, actor())
        return _one(site, duty)


def _one(site: Site, duty: int) -> Response:
    house = site.engine.house
    return jsonify(site.database.read(lambda c: my_duties.one(c, house, duty, house.area)))
