"""The yardstick: a Flask endpoint that inserts one row and commits, under our gunicorn settings.

`python -m bench.bare PORT` with FENGHUO_DATABASE_URL: the same server, worker kind, threads and
connection pool as `fenghuo serve`; what is missing is everything that Fenghuo does.
"""

from __future__ import annotations

import json
import os
import sys

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request

from core.secrets import NEED_SERVE, Variable
from core.settings import load_settings
from dashboard.web_process import _Gunicorn
from database.connection import Database
from tests.system.running import ROOT

INSERT = (
    "INSERT INTO bench_bare (source_ref, unit, received_at, body)"
    " VALUES (:source_ref, :unit, :received_at, CAST(:body AS jsonb)) RETURNING id"
)


def make(url: str) -> Flask:
    """The bare application."""
    database = Database(url, pool_size=20, name="bench-bare", role=None)
    server = Flask("bare")
    statement = sa.text(INSERT)

    @server.get("/")
    def alive() -> str:
        return "alive"

    @server.post("/rows")
    def insert() -> tuple[Response, int]:
        body = request.get_json()
        row = {name: body[name] for name in ("source_ref", "unit", "received_at")}
        with database.engine.begin() as connection:
            number = connection.execute(statement, {**row, "body": json.dumps(body)}).scalar_one()
        return jsonify(id=number), 201

    return server


def main() -> None:
    settings = load_settings(ROOT / "config.yaml", os.environ, need=NEED_SERVE)
    web = settings.web.model_copy(update={"port": int(sys.argv[1])})
    settings = settings.model_copy(update={"web": web})
    _Gunicorn(settings, lambda: make(settings.secrets.text(Variable.DATABASE_URL))).run()


if __name__ == "__main__":
    main()
