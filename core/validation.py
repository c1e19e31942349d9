"""Turns pydantic's errors into field faults with a remedy, in Chinese and English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, StringConstraints, ValidationError

from core.errors import FieldFault, InvalidInput

_NOT_KEPT = re.compile("[\\0\\ud800-\\udfff]")


def _storable(value: str) -> str:
    """Refuse what PostgreSQL cannot keep: NUL and lone surrogates."""
    if _NOT_KEPT.search(value):
        raise ValueError("unstorable")
    return value


#: A stripped string that PostgreSQL can keep.
Storable = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_storable)]


#: Letters by their category that print nothing.
_FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def has_words(text: object) -> bool:
    """Whether there is anything to see in a text: blanks and zero-width characters are nothing."""
    return isinstance(text, str) and any(
        unicodedata.category(char)[0] not in "CZM" and char not in _FILLERS for char in text
    )


def no_zone(field: str) -> FieldFault:
    """A time that does not say where its clock stands."""
    example = "2026-11-23T10:00:00+08:00"
    return FieldFault(
        field,
        "时间无效或缺少时区",
        "is no time with its zone",
        f"例如 {example}",
        f"such as {example}",
    )


def empty_is_none(value: Any) -> Any:
    """An empty form field means that nothing is known."""
    return None if isinstance(value, str) and not value.strip() else value


_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "missing": ("缺少此项", "this field is missing", "请填写", "provide it"),
    "extra_forbidden": (
        "没有这个字段",
        "no such field",
        "请删除或改正名称",
        "remove it or correct its name",
    ),
    "string_type": ("应为文字", "must be a string", "请填写文字", "give a string"),
    "string_too_short": ("不能为空", "must not be empty", "请填写", "provide a value"),
    "string_too_long": (
        "超过{max_length}字",
        "longer than {max_length} characters",
        "请缩短",
        "shorten it",
    ),
    "enum": (
        "不在可选值之内",
        "not one of the allowed values",
        "可选：{expected}",
        "use one of {expected}",
    ),
    "literal_error": (
        "不在可选值之内",
        "not one of the allowed values",
        "可选：{expected}",
        "use one of {expected}",
    ),
    "bool_type": ("应为是或否", "must be true or false", "填 true 或 false", "give true or false"),
    "int_type": ("应为整数", "must be a whole number", "请填写整数", "give a whole number"),
    "int_from_float": ("应为整数", "must be a whole number", "请填写整数", "give a whole number"),
    "list_type": ("应为列表", "must be a list", "请用列表", "give a list"),
    "tuple_type": ("应为列表", "must be a list", "请用列表", "give a list"),
    "too_short": (
        "至少要有{min_length}项",
        "needs at least {min_length} item(s)",
        "请补充",
        "add to it",
    ),
    "too_long": ("最多{max_length}项", "at most {max_length} items", "请减少", "give fewer"),
    "greater_than_equal": ("不得小于{ge}", "must be at least {ge}", "请改正", "correct it"),
    "less_than_equal": ("不得大于{le}", "must be at most {le}", "请改正", "correct it"),
    "timezone_aware": (
        "时间缺少时区",
        "the time has no zone",
        "例如 2026-11-21T09:30:00+08:00",
        "such as 2026-11-21T09:30:00+08:00",
    ),
    "string_pattern_mismatch": (
        "格式不符",
        "does not have the form that it must have",
        "请按接口文档填写",
        "write it as the document says",
    ),
    "date_type": ("不是有效日期", "not a valid day", "例如 2026-11-21", "such as 2026-11-21"),
    "date_parsing": ("不是有效日期", "not a valid day", "例如 2026-11-21", "such as 2026-11-21"),
    "date_from_datetime_parsing": (
        "不是有效日期",
        "not a valid day",
        "例如 2026-11-21",
        "such as 2026-11-21",
    ),
    "model_type": ("应为对象", "must be an object", "请用对象", "give an object"),
    "dict_type": ("应为对象", "must be an object", "请用对象", "give an object"),
}
_NUMBER = ("应为数字", "must be a number", "请填写数字", "give a number")
_TIME = (
    "不是有效时间",
    "not a valid time",
    "例如 2026-11-21T09:30:00+08:00",
    "such as 2026-11-21T09:30:00+08:00",
)
_OTHER = ("无法接受", "cannot be taken", "请改正", "correct it")
_UNSTORABLE = (
    "含有无法保存的字符",
    "holds characters that cannot be stored",
    "请删除这些字符",
    "remove them",
)


def require_object(body: Any) -> dict[str, Any]:
    """The body of a request as an object; InvalidInput where it is none."""
    if isinstance(body, dict):
        return body
    raise InvalidInput(
        [
            FieldFault(
                "",
                "应为一个 JSON 对象",
                "must be a JSON object",
                "请检查格式",
                "check the format",
            )
        ]
    )


def field_faults(error: ValidationError) -> tuple[FieldFault, ...]:
    """One fault for each wrong field; the wrong value itself is never repeated."""
    return tuple(_fault(item) for item in error.errors(include_url=False, include_input=False))


def _fault(item: Mapping[str, Any]) -> FieldFault:
    kind = str(item["type"])
    if kind in ("too_long", "too_short") and (item.get("ctx") or {}).get("field_type") == "Value":
        kind = f"string_{kind}"
    texts = _TEXTS.get(kind)
    if texts is None:
        hint = f"{kind} {item.get('msg', '')}"
        texts = (
            _TIME
            if "datetime" in hint
            else _NUMBER
            if any(word in hint for word in ("decimal", "float", "int_", "number"))
            else _UNSTORABLE
            if any(word in hint for word in ("unstorable", "unicode"))
            else _OTHER
        )
    context = {key: str(value) for key, value in (item.get("ctx") or {}).items()}
    zh, en, remedy_zh, remedy_en = (_fill(text, context) for text in texts)
    field = ".".join(str(part) for part in item["loc"])
    return FieldFault(field, zh, en, remedy_zh, remedy_en)


def _fill(text: str, context: Mapping[str, str]) -> str:
    for key, value in context.items():
        text = text.replace("{" + key + "}", value)
    return text
