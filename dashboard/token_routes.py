"""Behind `/tokens`: the API's tokens, for administrators (the gate sees to that)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.engine import Connection

from complaints.value import Moment
from core.clock import iso
from core.rights import TOKEN_SCOPES, Right
from dashboard import tokens, whoami
from dashboard.admin_area import admit_to_token, own_tokens, own_unit
from dashboard.api_values import parse
from dashboard.page_routes import page_blueprint
from dashboard.refusals import SHOWN_MINUTES, recent
from dashboard.services import Services

Word = Annotated[str, Field(max_length=60)]


class TokenBody(BaseModel):
    """A new token. `expires` is real time with an offset."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Word
    unit: Word
    scopes: Annotated[tuple[Right, ...], Field(max_length=len(TOKEN_SCOPES))]
    sources: Annotated[tuple[Word, ...], Field(max_length=20)]
    expires: Moment | None = None


def register(server: Flask, services: Services) -> None:
    """Add ``/live/tokens``; endpoints ``token_page.*``, right MANAGE_TOKENS."""
    routes = page_blueprint("token_page", "/live/tokens")
    _reads(routes, services)
    _acts(routes, services)
    server.register_blueprint(routes)


def _reads(routes: Blueprint, services: Services) -> None:
    @routes.get("")
    def listed() -> Response:
        """The area's tokens without their secrets, units, scopes, what was refused of late."""
        who = whoami.viewer()

        def read(connection: Connection) -> dict[str, Any]:
            units = connection.execute(_UNITS, {"area": who.area})
            mine = own_tokens(connection, who)
            return {
                "tokens": [_line(row) for row in tokens.listed(connection) if row["id"] in mine],
                "units": [{"code": unit.code, "name": unit.name} for unit in units],
                "scopes": [right.value for right in Right if right in TOKEN_SCOPES],
                "refused": recent(connection, who.area),
                "minutes": SHOWN_MINUTES,
            }

        return jsonify(services.whole.read(read))


def _acts(routes: Blueprint, services: Services) -> None:
    @routes.post("")
    def create() -> tuple[Response, int]:
        """A new token; its secret is in this answer and nowhere else."""
        body = parse(TokenBody, request.get_json())
        who = whoami.viewer()

        def work(connection: Connection) -> str:
            value = tokens.NewToken(
                body.label.strip(), frozenset(body.sources), frozenset(body.scopes),
                own_unit(connection, who, body.unit), body.expires,
            )  # fmt: skip
            return tokens.create(connection, value, actor=who.actor)

        return jsonify(token=services.whole.run(work)), 201

    @routes.post("/<int:token>/revoke")
    def revoke(token: int) -> Response:
        who = whoami.viewer()

        def work(connection: Connection) -> None:
            admit_to_token(connection, who, token)
            tokens.revoke_id(connection, token, actor=who.actor)

        services.whole.run(work)
        return jsonify(saved=True)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {key: iso(value) if isinstance(value, datetime) else value for key, value in row.items()}


_UNITS = sa.text(
    "SELECT code, name FROM units WHERE active AND starts_with(path, :area)"
    " ORDER BY array_length(string_to_array(path, '/'), 1), pinyin, code"
)
