"""Models that take nothing they were not told about, and whose every fault has a line and a remedy."""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import SettingFault
from core.strict_yaml import Check, Document, Place, dotted


class Strict(BaseModel):
    """A frozen model: no unknown key, no quiet conversion of one type to another."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def refused(what: str, remedy: str) -> PydanticCustomError:
    """The error that a validator raises: `what` is said of the value, `remedy` mends it."""
    return PydanticCustomError("refused", "{what}", {"what": what, "remedy": remedy})


def validate[M: Strict](
    document: Document, model: type[M], checks: Sequence[Check] = ()
) -> tuple[M | None, tuple[SettingFault, ...]]:
    """`document` as `model`, and every fault of form, shape and meaning in order of lines.

    The model is None as soon as there is one fault.
    """
    faults = list(document.faults)
    built: M | None = None
    if document.lines:  # else it could not be read, and one fault has said so
        try:
            # By way of JSON: in strict mode that takes a list as a tuple and a text as an enum's
            # member, and still converts nothing else.
            built = model.model_validate_json(json.dumps(document.value))
        except ValidationError as error:
            faults += (_translate(document, model, detail) for detail in error.errors())
        for check in checks:
            faults += check(document)
    ordered = tuple(sorted(set(faults), key=lambda f: (f.file, f.line, f.what)))
    return (None if ordered else built), ordered
