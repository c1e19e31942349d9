"""What nobody foresaw is answered barely and logged without data; no door for programmers."""

from __future__ import annotations

import logging
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DataError

from dashboard import doors
from dashboard.web_safety.log_lines import QuietFormatter, chain, lines_of, quiet
from tests.postgres import TestDatabase
from tests.web_safety.site import OURS

SECRET = "王小明13812345678"


def _failing(db: TestDatabase) -> None:
    """PostgreSQL quotes the value that it cannot read."""
    db.app.run(lambda c: c.execute(
        sa.text("SELECT CAST(:name AS integer)"), {"name": SECRET},
    ))  # fmt: skip


@pytest.fixture
def broken(server: Flask, db: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Each of the three kinds of address fails as nobody foresaw."""
    for rule, methods in (
        ("/api/v1/broken/<name>", ["GET", "POST"]),
        ("/live/broken/<name>", ["GET", "POST"]),
        ("/broken/<name>", ["GET"]),
    ):
        monkeypatch.setitem(doors.PUBLIC, rule, "it fails")
        server.add_url_rule(rule, rule, lambda name: _failing(db), methods=methods)  # type: ignore[arg-type]
    return server


@pytest.mark.parametrize("path", ["/api/v1/broken/", "/live/broken/", "/broken/"])
def test_a_fault_has_a_number_and_nothing_else(
    broken: Flask, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = broken.test_client()
    answer = client.get(path + SECRET, query_string={"q": SECRET})
    body = answer.get_data(as_text=True)
    assert answer.status_code == 500
    (record,) = [r for r in caplog.records if r.levelno >= logging.ERROR]
    number = re.search(r"fault ([0-9a-f]{8})", record.getMessage())
    assert number is not None and number.group(1) in body
    assert path + "<name>" in record.getMessage()
    assert "DataError(22P02)" in record.getMessage()
    assert record.exc_info is None
    for text in (body, record.getMessage(), repr(answer.headers)):
        assert SECRET not in text and "13812345678" not in text
        assert "Traceback" not in text and "SELECT" not in text
    assert "integer" not in body and ".py" not in body


def test_what_our_script_asked_is_answered_in_words(broken: Flask) -> None:
    client = broken.test_client()
    answer = client.post("/live/broken/x", headers=OURS, json={"name": SECRET})
    assert answer.status_code == 500
    assert re.fullmatch(r"系统内部错误，故障号 [0-9a-f]{8}", answer.get_json()["error"])
    problem = client.get("/api/v1/broken/x")
    assert problem.mimetype == "application/problem+json"
    assert set(problem.get_json()) == {"type", "title", "status", "detail", "fault"}


def test_no_log_of_any_part_quotes_an_error(db: TestDatabase) -> None:
    stream: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            stream.append(self.format(record))

    logger = logging.Logger("part")
    logger.addHandler(Kept())
    quiet(logger)
    try:
        _failing(db)
    except DataError as error:
        assert SECRET in str(error)  # PostgreSQL said it
        logger.exception("clockwork failed")
        assert len(list(chain(error))) >= 2
        assert not any(SECRET in line for line in lines_of(error))
    (line,) = stream
    assert line.startswith("clockwork failed\nDataError(22P02) at ")
    assert SECRET not in line and isinstance(logger.handlers[0].formatter, QuietFormatter)


@pytest.mark.parametrize(
    "path",
    ["/_reload-hash", "/console", "/?__debugger__=yes&cmd=resource&f=debugger.js", "/_mcp", "/mcp",
     "/.well-known/mcp", "/_dash-layout?__debugger__=yes&cmd=printpin&s=x"],
)  # fmt: skip
def test_there_is_no_door_for_programmers(server: Flask, path: str) -> None:
    answer = server.test_client().get(path)
    text = answer.get_data(as_text=True)
    assert "EVALEX" not in text and "werkzeug" not in text.lower()
    if path == "/_reload-hash":
        assert answer.status_code == 404
    assert not server.debug and not server.testing


def test_dash_offers_what_pages_need_and_no_more(server: Flask) -> None:
    rules = {r.rule for r in server.url_map.iter_rules() if r.rule.startswith("/_")}
    assert rules == {
        "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
        "/_dash-dependencies", "/_dash-layout", "/_dash-update-component", "/_favicon.ico",
        "/_reload-hash",
    }  # fmt: skip
