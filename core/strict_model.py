"""Models that take nothing unknown, and whose every fault has a line and a remedy."""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from core.errors import SettingFault
from core.strict_yaml import Check, Document, Place


class Strict(BaseModel):
    """A frozen model: no unknown key, no quiet conversion of one type to another."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


ModelT = TypeVar("ModelT", bound=Strict)


def refused(what: str, remedy: str) -> PydanticCustomError:
    """The error that a validator raises: `what` is said of the value, `remedy` mends it."""
    return PydanticCustomError("refused", "{what}", {"what": what, "remedy": remedy})


def validate(
    document: Document, model: type[ModelT], checks: Sequence[Check] = ()
) -> tuple[ModelT | None, tuple[SettingFault, ...]]:
    """`document` as `model`, and every fault of form, shape and meaning in order of lines.

    The model is None as soon as there is one fault.
    """
    faults = list(document.faults)
    built: ModelT | None = None
    if document.lines:  # else it could not be read, and one fault has said so
        try:
            # By way of JSON: in strict mode that takes a list as a tuple and a text as an enum's
            # member, and still converts nothing else.
            built = model.model_validate_json(json.dumps(document.value))
        except ValidationError as error:
            faults += (
                _translate(document, model, detail)
                for detail in error.errors()
                if not _mere_echo(document, detail)
            )
        for check in checks:
            faults += check(document)
    ordered = tuple(sorted(set(faults), key=lambda f: (f.file, f.line, f.what)))
    return (None if ordered else built), ordered


def _mere_echo(document: Document, detail: ErrorDetails) -> bool:
    """Whether a list is only called too short because its entries were refused one by one."""
    value = document.get(*detail["loc"])
    least = detail.get("ctx", {}).get("min_length", 0)
    return detail["type"] == "too_short" and isinstance(value, list) and len(value) >= least


def _translate(document: Document, model: type[BaseModel], detail: ErrorDetails) -> SettingFault:
    """One of pydantic's errors in our words, at its line."""
    place: Place = detail["loc"]
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(document, model, place)
    if kind == "missing":
        return _missing_key(document, model, place)
    if kind == "refused":
        return document.fault(place, str(context["what"]), str(context["remedy"]))
    if kind in ("enum", "literal_error"):
        return _unknown_word(document, place, detail)
    value = document.get(*place)
    if kind in _WANTED:
        wanted, remedy = _WANTED[kind]
        return document.fault(place, f"must be {wanted}, not {_type_name(value)}", remedy)
    if kind in _BOUNDS:
        bound = _BOUNDS[kind].format(**context)
        return document.fault(place, f"must be {bound}", "put a value within these limits")
    return document.fault(place, detail["msg"], "see the shipped file for an example")


def _unknown_key(document: Document, model: type[BaseModel], place: Place) -> SettingFault:
    key, known = str(place[-1]), tuple(_fields(model, place[:-1]))
    return document.fault(place, "unknown key", _nearest(key, known) + _list("known here", known))


def _missing_key(document: Document, model: type[BaseModel], place: Place) -> SettingFault:
    meaning = _fields(model, place[:-1]).get(str(place[-1]), "")
    remedy = f"add `{place[-1]}: ...`" + (f" ({meaning})" if meaning else "")
    return document.fault(place, "the key is missing", remedy)


def _unknown_word(document: Document, place: Place, detail: ErrorDetails) -> SettingFault:
    value = document.get(*place)
    # pydantic lists the members as text: 'a', 'b' or 'c'
    known = tuple(str(detail.get("ctx", {}).get("expected", "")).split("'")[1::2])
    if not isinstance(value, str):
        what = f"must be one of the known words, not {_type_name(value)}"
        return document.fault(place, what, _list("known", known))
    what = f"unknown word {value[:40]!r}"
    return document.fault(place, what, _nearest(value, known) + _list("known", known))


#: What pydantic's type errors mean to whoever writes the file, and what to write instead.
_WANTED: dict[str, tuple[str, str]] = {
    "int_type": ("a whole number", "write digits without quotes, such as 10"),
    "int_from_float": ("a whole number", "write digits without a point, such as 10"),
    "float_type": ("a number", "write digits without quotes, such as 0.5"),
    "string_type": ("a text", "write a text; put it in quotes if it looks like a number"),
    "bool_type": ("true or false", "write true or false without quotes"),
    "tuple_type": ("a list", "write [one, two] or a line with `- ` for each entry"),
    "model_type": ("a group of keys", "write `key: value` lines below it"),
    "model_attributes_type": ("a group of keys", "write `key: value` lines below it"),
    "dataclass_type": ("a group of keys", "write `key: value` lines below it"),
}

_BOUNDS: dict[str, str] = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "a text of at least {min_length} characters",
    "string_too_long": "a text of at most {max_length} characters",
}


def _type_name(value: object) -> str:
    names: tuple[tuple[type, str], ...] = (
        (type(None), "empty"),
        (bool, "true or false"),
        (int, "a whole number"),
        (float, "a number with a point"),
        (str, "a text"),
        (list, "a list"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "a group of keys")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, or None."""
    close = difflib.get_close_matches(word, tuple(known), n=1, cutoff=0.6)
    return close[0] if close else None


def _nearest(word: str, known: Iterable[str]) -> str:
    close = nearest(word, known)
    return f"did you mean `{close}`? " if close else ""


def _list(label: str, known: Sequence[str]) -> str:
    return f"{label}: {', '.join(known)}" if known else "remove it"


def _fields(model: type[BaseModel], place: Place) -> dict[str, str]:
    """The keys that are known at `place`, each with what it means."""
    current: Any = model
    for step in place:
        current = _inner(current)
        if isinstance(step, str):
            current = _members(current).get(step, (None, ""))[0]
    return {name: meaning for name, (_, meaning) in _members(_inner(current)).items()}


def _members(model: Any) -> dict[str, tuple[Any, str]]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        fields = model.model_fields.items()
        return {f.alias or name: (f.annotation, f.description or "") for name, f in fields}
    if dataclasses.is_dataclass(model):
        hints = typing.get_type_hints(model)
        return {field.name: (hints[field.name], "") for field in dataclasses.fields(model)}
    return {}


def _inner(annotation: Any) -> Any:
    """The model inside ``tuple[M, ...]``, ``M | None`` and ``Annotated[M, ...]``."""
    origin = typing.get_origin(annotation)
    if origin in (tuple, typing.Annotated):
        return _inner(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _inner(typing.get_args(annotation)[0])
    return annotation
