"""The counter's form: what it offers, and where it sends a complaint."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request
from sqlalchemy.engine import Connection

from complaints.products import known_products
from complaints.value import parse_complaint
from contacts.people import role_fits
from contacts.unit_search import search_rows
from contacts.units import load_tree
from core.words import TEAM_ROLES, Level
from dashboard.page_routes import page_blueprint
from dashboard.services import Services
from dashboard.whoami import actor

#: The source under which the form's references are unique.
SOURCE = "counter-web"

#: level -> the seats there that a complaint may be about
_SEATS = {
    level.value: [role.value for role in TEAM_ROLES if role_fits(role, level)]
    for level in (Level.HEAD_OFFICE, Level.BRANCH, Level.SUB_BRANCH)
}


def register(server: Flask, services: Services) -> None:
    """Add ``/live/complaint-form`` and ``POST /live/complaints``."""
    routes = page_blueprint("complaint_form", "/live")

    @routes.get("/complaint-form")
    def offered() -> Response:
        """Units of one's area to choose from, and products that were named before."""
        area = services.engine.house.area

        def read(connection: Connection) -> tuple[list[dict[str, Any]], list[str]]:
            tree = load_tree(connection)
            mine = {unit.code for unit in tree.all() if unit.path.startswith(area)}
            rows = [row for row in search_rows(tree) if row["code"] in mine]
            return rows, known_products(connection)

        units, products = services.database.read(read)
        answer = jsonify(units=units, products=products, seats=_SEATS)
        answer.add_etag()
        answer.cache_control.no_cache = True
        answer.make_conditional(request)
        return answer

    @routes.post("/complaints")
    def take() -> tuple[Response, int]:
        """One complaint of the contract without `source`; sent twice it gets the first answer."""
        body: Any = request.get_json()
        value = parse_complaint({**body, "source": SOURCE} if isinstance(body, dict) else body)
        taken = services.engine.take_complaint(value, actor())
        return jsonify(taken.answer), 201 if taken.created else 200

    server.register_blueprint(routes)
