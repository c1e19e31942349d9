"""Requests with a file, and downloads, as another system would make them."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any

from tests.system.running import TOKEN, System


def form(data: dict[str, Any], file: bytes) -> tuple[bytes, str]:
    """A multipart body with `data` and `file`, and its content type."""
    mark = uuid.uuid4().hex
    parts = (
        f'--{mark}\r\nContent-Disposition: form-data; name="data"\r\n\r\n'.encode()
        + json.dumps(data).encode()
        + f'\r\n--{mark}\r\nContent-Disposition: form-data; name="file"; filename="x.html"\r\n'
        "Content-Type: text/html\r\n\r\n".encode()
        + file
        + f"\r\n--{mark}--\r\n".encode()
    )
    return parts, f"multipart/form-data; boundary={mark}"


def download(system: System, path: str) -> tuple[bytes, dict[str, str]]:
    request = urllib.request.Request(system.url + path)
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), {k.lower(): v for k, v in answer.headers.items()}
