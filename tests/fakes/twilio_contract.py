"""Checks requests and answers against Twilio's published API description, where it is present.

The description is not ours to ship: FENGHUO_SHARED names the folder that holds
data/twilio_messages_openapi.json; by default ``../shared`` beside the repository is looked at.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

HOST = "https://api.twilio.com"
_REPOSITORY = Path(__file__).resolve().parents[2]
_MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"


def description_file() -> Path | None:
    """The published description, or None on a machine without it."""
    folder = Path(os.environ.get("FENGHUO_SHARED") or _REPOSITORY.parent / "shared")
    file = folder / "data" / "twilio_messages_openapi.json"
    return file if file.is_file() else None


class Contract:
    """Finds what in a request or an answer does not agree with the description."""

    def __init__(self, file: Path) -> None:
        self._description: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self._api = OpenAPI.from_dict(self._description)

    def request_faults(
        self, method: str, path: str, query: str, headers: dict[str, str], body: bytes
    ) -> list[str]:
        """Faults of one request to us; empty when it agrees."""
        faults = [f"unknown parameter {name}" for name in self._unknown(method, query, body)]
        try:
            self._api.validate_request(_request(method, path, query, headers, body))
        except OpenAPIError as error:
            faults.append(f"{error} {error.__cause__ or ''}"[:500])
        return faults

    def answer_faults(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """Faults of one successful answer of ours; empty when it agrees."""
        answer = MockResponse(body, status_code=status, content_type="application/json")
        try:
            self._api.validate_response(_request(method, path, "", {}, b"To=x"), answer)
        except OpenAPIError as error:
            return [f"{error} {error.__cause__ or ''}"[:500]]
        return []

    def _unknown(self, method: str, query: str, body: bytes) -> set[str]:
        operation = self._description["paths"][_MESSAGES][method.lower()]
        if method == "GET":
            known = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
            return {name for name, _ in parse_qsl(query, keep_blank_values=True)} - known
        form = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
        sent = {name for name, _ in parse_qsl(body.decode(), keep_blank_values=True)}
        return sent - set(form["schema"]["properties"])


def _request(
    method: str, path: str, query: str, headers: dict[str, str], body: bytes
) -> MockRequest:
    return MockRequest(
        HOST,
        method.lower(),
        path,
        args=dict(parse_qsl(query)),
        headers=headers,
        data=body if method == "POST" else None,
        content_type=headers.get("Content-Type", "application/x-www-form-urlencoded"),
    )
