"""Behind the contacts page: the unit tree, one unit's team, absences, files in and out."""

from __future__ import annotations

from typing import Any, cast, get_args

from flask import Blueprint, Flask, Response, jsonify, make_response, request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import Connection

from complaints.value import Code, Moment, ShortText
from contacts import desk
from contacts.faults import fault
from contacts.files import ImportResult, Kind
from contacts.people import AbsenceValue
from contacts.unit_search import search_rows
from contacts.units import load_tree
from core.errors import InvalidInput
from dashboard.api_values import parse
from dashboard.i18n import lang
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from dashboard.whoami import actor
from database.connection import business_now
from escalation.contact_desk import Layout

_MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AbsenceBody(BaseModel):
    """Somebody of the team will be away."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: int
    starts_at: Moment
    ends_at: Moment
    reason: ShortText = None


class ExportBody(BaseModel):
    """Which unit (with all below it), in which layout, as which kind of file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: Code
    layout: Layout
    kind: Kind


def register(server: Flask, services: Services) -> None:
    """Add ``/live/contacts``."""
    routes = page_blueprint("contacts_page", "/live/contacts")
    for add in (_reads, _people, _files):
        add(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("/tree")
    def tree() -> Response:
        """Every unit as a row of `search_rows`, with the number of its gaps now."""

        def read(connection: Connection) -> list[dict[str, Any]]:
            units = load_tree(connection)
            area = services.engine.house.area
            gaps = desk.gaps_by_unit(connection, business_now(connection), area)
            seen = {unit.code: unit.id for unit in units.all() if unit.path.startswith(area)}
            return [
                {**row, "gaps": gaps.get(seen[row["code"]], 0)}
                for row in search_rows(units)
                if row["code"] in seen
            ]

        return _fresh(units=services.database.read(read))

    @routes.get("/units/<code>")
    def one(code: str) -> Response:
        """One unit's team, absences and gaps; numbers masked."""
        return _fresh(**services.engine.contacts.unit(code))


def _people(routes: Blueprint, services: Services) -> None:
    @routes.post("/people/<int:person>/numbers")
    def numbers(person: int) -> Response:
        """A person's numbers in full; asked for with a click, and journalled."""
        return _fresh(**services.engine.contacts.reveal(person, actor()))

    @routes.post("/absences")
    def away() -> tuple[Response, int]:
        body = parse(AbsenceBody, request.get_json())
        value = AbsenceValue(body.person, body.starts_at, body.ends_at, body.reason)
        saved = services.engine.contacts.away(value, actor())
        return jsonify(absence=saved), 201

    @routes.post("/absences/<int:absence>/end")
    def back(absence: int) -> Response:
        services.engine.contacts.back(absence, actor())
        return jsonify(ended=True)


def _files(routes: Blueprint, services: Services) -> None:
    @routes.post("/import")
    def take() -> Response:
        """A file (form field `file`) in the layout of the form field `layout`."""
        layout, given = request.form.get("layout", ""), request.files.get("file")
        if layout not in get_args(Layout) or given is None or not given.filename:
            raise InvalidInput([fault("file", "blank")])
        result = services.engine.contacts.take_file(cast(Layout, layout), given.read(), actor())
        return jsonify(_result(result))

    @routes.post("/export")
    def give() -> Response:
        """The unit and all below it as a file, numbers in full; journalled."""
        body = parse(ExportBody, request.get_json())

        made = services.engine.contacts.export(body.unit, body.layout, body.kind, actor())
        answer = make_response(made)
        answer.headers["Content-Type"] = _MIME[body.kind]
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _result(result: ImportResult) -> dict[str, Any]:
    """Rows kept, seats ended, and every bad row in the viewer's language."""
    zh = lang() == "zh"
    return {
        "kept": result.kept,
        "ended": result.ended,
        "faults": [
            {"row": f.row, "column": f.column, "message": f.zh if zh else f.en,
             "remedy": f.remedy_zh if zh else f.remedy_en}
            for f in result.faults
        ],
    }  # fmt: skip


def _fresh(**body: Any) -> Response:
    answer = jsonify(body)
    answer.cache_control.no_store = True
    return answer
