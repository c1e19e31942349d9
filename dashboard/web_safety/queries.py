"""What an address may ask with: nothing that PostgreSQL cannot be asked for."""

from __future__ import annotations

from flask import Flask, request

from core.errors import FieldFault, InvalidInput, NotFound

_NUL = "\0"


def register(server: Flask) -> None:
    """Refuse NUL in a query (422) and in a path (404); call it after the gate, which answers
    first."""

    @server.before_request
    def storable() -> None:
        if _NUL in request.path:
            raise NotFound("path")
        wrong = [
            name for name, values in request.args.lists()
            if _NUL in name or any(_NUL in value for value in values)
        ]  # fmt: skip
        if wrong:
            raise InvalidInput([_fault(name.replace(_NUL, "")) for name in wrong])


def _fault(name: str) -> FieldFault:
    return FieldFault(
        name, "含有无法保存的字符", "holds characters that cannot be stored", "请删除这些字符",
        "remove them",
    )  # fmt: skip
