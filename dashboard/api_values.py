"""Request bodies of the API other than complaints, checked field by field."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from complaints.value import Code, MiddleText, Moment, ShortText
from core.errors import InvalidInput
from core.validation import Storable, empty_is_none, field_faults, require_object
from core.words import Role

B = TypeVar("B", bound=BaseModel)
Heads = Annotated[int, Field(ge=0, le=100_000, strict=True)]
Needed = Annotated[Storable, StringConstraints(min_length=1, max_length=2000)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GatheringBody(_Body):
    """People gathered at a unit: complainants and onlookers, since when, reported by whom."""

    unit: Code
    complainants: Heads
    onlookers: Heads | None = None
    since: Moment | None = None
    reported_by: ShortText = None
    note: Annotated[Storable | None, BeforeValidator(empty_is_none)] = None


class AcknowledgeBody(_Body):
    """Who acknowledges; for somebody reached by telephone `via` is desk and `how` says how."""

    by: ShortText = None
    role: Role | None = None
    via: Literal["web", "desk", "api"] | None = None
    how: MiddleText = None
    note: MiddleText = None
    at: Moment | None = None


class OpenBody(_Body):
    """An incident opened by hand."""

    unit: Code
    product: ShortText = None
    note: MiddleText = None
    severity: Literal["incident", "large"] | None = None
    origin: Literal["manual", "media", "regulator"] | None = None
    media_exposed: bool | None = None


class CloseBody(_Body):
    """Why an incident ends."""

    reason: Needed


class ReceiptBody(_Body):
    """Evidence of a report: who reported, when, to whom, under which number."""

    by: Needed
    at: Moment
    to: Needed
    number: Needed
    note: MiddleText = None


class CorrectionBody(_Body):
    """A complaint withdrawn by the client, or filed wrongly."""

    kind: Literal["withdrawn", "misfiled"]
    reason: Needed


def parse(model: type[B], body: Any) -> B:
    """The checked body; InvalidInput names every wrong field."""
    body = require_object(body)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise InvalidInput(field_faults(error)) from None
