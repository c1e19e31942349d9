"""Compress what is sent; compress a shipped file once a process, not once a viewer."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_compress import Compress

_NOT_KEPT = "-"
_MOST_FILES = 200


class ShippedFiles:
    """Compressed files by address; answers that are no files are never kept."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._held.get(key)

    def set(self, key: str, value: bytes) -> None:
        if not key.endswith(f";{_NOT_KEPT}") and len(self._held) < _MOST_FILES:
            self._held[key] = value


def fingerprinted() -> bool:
    """Whether the address changes with the content, as Dash makes it for scripts and styles."""
    return "m" in request.args or "/_dash-component-suites/" in request.path


def _key(asked: Any) -> str:
    return str(asked.path) if fingerprinted() else _NOT_KEPT


def register(server: Flask) -> None:
    """Compress every answer of `server`; call this before other `after_request` functions."""
    server.config["COMPRESS_ALGORITHM"] = ["zstd", "br", "gzip"]
    server.config["COMPRESS_CACHE_BACKEND"] = ShippedFiles
    server.config["COMPRESS_CACHE_KEY"] = _key
    Compress(server)
    server.after_request(_read_file)


def _read_file(response: Response) -> Response:
    """Read a file and close it: compressing it as a stream would leave it open."""
    text = fingerprinted() or request.path.endswith((".css", ".js"))  # papers ask for them plainly
    if response.status_code == 200 and response.is_streamed and text:
        response.direct_passthrough = False
        response.set_data(response.get_data())
        response.close()
    return response
