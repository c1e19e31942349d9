"""The API's routes on one hand, its document on the other, in the same terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from dashboard import openapi

PREFIX = "/api/v1"
_PART = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\(.*?\))?:)?(?P<name>\w+)>")
_KINDS = {"int": "integer", "any": "enum", None: "string"}
Json = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """One way in: method, path with its parts left blank, what each part is, the endpoint."""

    method: str
    path: str
    parts: tuple[str, ...]
    endpoint: str


def ways_of(server: Flask) -> set[Way]:
    """Every route of the API but the one that says that there is nothing."""
    rules = [r for r in server.url_map.iter_rules() if r.rule.startswith(PREFIX)]
    return {
        way for rule in rules if rule.endpoint != "api.nothing" for way in _of(rule)
    }  # fmt: skip


def ways_described() -> set[Way]:
    return {
        Way(
            method,
            re.sub(r"\{\w+\}", "{}", path),
            tuple(_kind(p["schema"]) for p in operation["parameters"] if p["in"] == "path"),
            operation["operationId"],
        )
        for path, method, operation in operations(openapi.document())
    }


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """(path, METHOD, operation) of each."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _of(rule: Rule) -> Iterator[Way]:
    path = _PART.sub("{}", rule.rule.removeprefix(PREFIX))
    parts = tuple(_KINDS[found["kind"]] for found in _PART.finditer(rule.rule))
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield Way(method, path, parts, rule.endpoint.removeprefix("api."))


def _kind(schema: Json) -> str:
    return "enum" if "enum" in schema else str(schema["type"])
