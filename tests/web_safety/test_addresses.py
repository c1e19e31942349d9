"""An address says where, never whom: addresses stand in histories, in proxies' logs, in Referer.

Every part of a path and every name of a query is in one of two lists here, of the server's routes
and of the scripts alike; one that is added fails until somebody has looked at it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from core.rights import Access
from tests.engine.scene import Scene
from tests.postgres import TestDatabase
from tests.signing_in import sign_in
from tests.web_safety.site import ROOT, address

#: Parts of paths: numbers and ids of ours, codes of units, days, kinds of files.
PARTS = {
    "public_id", "incident", "complaint", "duty", "report", "file", "row", "person", "absence",
    "account", "token", "session", "client", "lesson", "id",  # ids of ours, nobody's document
    "media", "contact", "feed", "copy", "statement", "case", "demand", "filing", "feedback",
    "view", "act", "verb", "period",
    "code", "unit", "kind", "day", "year", "state", "form",
    "package_name", "fingerprinted_path", "filename", "path", "rest",  # files, and no route at all
}  # fmt: skip
#: The virtual phones' numbers: nothing of the sandbox is in a production system. And an incident's.
NUMBERS = {
    "/sandbox/api/phones/<number>", "/sandbox/api/phones/<number>/reply",
    "/live/incidents/<int:number>/calls", "/api/v1/hotline/work-orders/<number>",
}  # fmt: skip
#: Looked at: (script, expression) -> what it is.
KNOWN = {
    ("duties.js", "query"): "the names that the test of queries sees",
    ("incident_list.js", "name"): "a state",
    ("media_daily.js", "query()"): "a day",
    ("regulator.js", "query"): "the names that the test of queries sees",
    ("statistics.js", "address"): "the filters of a figure: codes and days",
}
#: Names in queries: units, roles, codes, pages; `person` is an id of the staff's.
ASKED = {"unit", "role", "person", "state", "clause", "after", "limit", "incident", "year", "lang",
         "next", "out", "detail", "all", "overdue", "ended", "m", "complaints",
         "month", "day", "days", "period", "source", "number", "complaint"}  # fmt: skip
_READERS = (Access.HEAD_OFFICE, Access.AUDITOR, Access.ADMINISTRATOR)
#: Words of a client's own, in whatever an expression of a script is called.
_WHOM = re.compile(
    r"(?i)\b(?:phone|name|id_?number|account_?number|address|text|words?|query|search|needle|"
    r"summary|email|login|password|reason|note)\b"
)
_LITERAL = re.compile(r"`((?:[^`\\]|\\.)*)`|\"((?:[^\"\\]|\\.)*)\"")
SCRIPTS = sorted((ROOT / "assets").glob("*.js"))
MODULES = sorted((ROOT / "dashboard").rglob("*.py"))


def _parts(rule: str) -> set[str]:
    return set(re.findall(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", rule))


def test_no_path_has_a_part_for_personal_data(server: Flask) -> None:
    rules = {rule.rule for rule in server.url_map.iter_rules()}
    odd = {rule: _parts(rule) - PARTS for rule in rules - NUMBERS if _parts(rule) - PARTS}
    assert odd == {}
    assert rules >= NUMBERS and len(rules) > 100


def test_pages_addresses_hold_ids_only(server: Flask) -> None:
    pages = [page.path for page in server.extensions["fenghuo_pages"]]
    assert len(pages) > 15
    assert [path for path in pages if _parts(path) - PARTS] == []


def _asked_by_the_server(tree: ast.AST) -> Iterator[str]:
    """Names that a module reads out of a query: of `request.args`, or of `asked` that it became."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and "args" in ast.unparse(node.value):
            yield ast.unparse(node.slice).strip("'\"")
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = ast.unparse(node.func.value)
        if owner in ("request.args", "asked") and node.func.attr in ("get", "getlist"):
            name = node.args[0]
            yield name.value if isinstance(name, ast.Constant) else f"({ast.unparse(name)})"


def test_no_route_reads_personal_data_out_of_a_query() -> None:
    found = {}
    for module in MODULES:
        source = module.read_text()
        if "request.args" in source:
            found[module.name] = set(_asked_by_the_server(ast.parse(source)))
    assert {"duties_routes.py", "signin_routes.py", "api.py"} <= set(found)
    # `_number(name)` is called with the names of two numbers.
    allowed = ASKED | {"(name)"}
    assert {name: asked - allowed for name, asked in found.items() if asked - allowed} == {}


def _literals(source: str) -> Iterator[str]:
    for whole in _LITERAL.finditer(source):
        yield whole[1] if whole[1] is not None else whole[2]


def _queries(source: str) -> Iterator[str]:
    """Names that a script puts into an address."""
    for literal in _literals(source):
        yield from re.findall(r"[?&](\w+)(?:=|$|&)", literal)
    yield from re.findall(r"asked\.(?:set|append)\(\"(\w+)\"", source)
    for made in re.findall(r"new URLSearchParams\(\{(.*?)\}\)", source):
        yield from re.findall(r"(\w+):", made)


def _into_paths(source: str) -> Iterator[str]:
    """Expressions that a script puts into an address."""
    for literal in _literals(source):
        if re.match(r"/[a-z]|\$\{(?:API|ROOT|address)|\?", literal):
            yield from re.findall(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}", literal)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_puts_personal_data_into_an_address(script: Path) -> None:
    source = script.read_text()
    assert set(_queries(source)) - ASKED == set()
    if script.name == "sandbox.js":
        return  # virtual phones
    found = {(script.name, one) for one in _into_paths(source) if _WHOM.search(one)}
    assert found - set(KNOWN) == set()


def test_the_scan_of_the_scripts_sees_what_it_should() -> None:
    bad = 'fh.json(`/live/complaints?name=${encodeURIComponent(form.name)}`); asked.set("phone", 1)'
    assert set(_queries(bad)) - ASKED == {"name", "phone"}
    assert any(_WHOM.search(one) for one in _into_paths(bad))
    assert any(_WHOM.search(one) for one in _into_paths("`${ROOT}/search/${input.text}`"))
    everything = "".join(script.read_text() for script in SCRIPTS)
    assert {"unit", "state", "after", "next"} <= set(_queries(everything))
    assert len(list(_into_paths(everything))) > 30


def test_searches_for_people_travel_in_bodies(server: Flask) -> None:
    methods = {
        rule.rule: rule.methods or set() for rule in server.url_map.iter_rules()
        if rule.rule.endswith(("/search", "/export", "/list", "/similar"))
    }  # fmt: skip
    assert "/live/archive/list" in methods
    assert {rule for rule, m in methods.items() if "GET" in m} == set()


def test_no_answer_is_kept_and_no_other_site_learns_an_address(
    db: TestDatabase, server: Flask
) -> None:
    """Every read, as somebody who may and as nobody; only shipped files are kept anywhere."""
    Scene(db)
    askers = [server.test_client() for _ in range(4)]
    for asker, role in zip(askers[1:], _READERS, strict=True):
        asker.set_cookie("fenghuo_session", sign_in(db, unit="HO", roles=[role]).cookie)
    tried = 0
    for rule in server.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(("/assets", "/_")):
            continue
        for asker in askers:
            answer = asker.get(address(rule), buffered=True)
            assert answer.headers["Cache-Control"] == "no-store", rule.rule
            assert answer.headers["Referrer-Policy"] == "same-origin", rule.rule
            tried += 1
    assert tried > 160
