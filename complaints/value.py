"""A complaint as callers give it (POST /api/v1/complaints), checked field by field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
    ValidationError,
)

from core.errors import FieldFault, InvalidInput
from core.validation import Storable, empty_is_none, field_faults, require_object
from core.words import Channel, Flag, Role

_NUMBER = re.compile(r"\s*[+-]?[\d.]+([eE][+-]?\d+)?\s*")


def _only_text_times(value: Any) -> Any:
    """Times come as ISO 8601 text; a bare number would be read as an epoch by accident."""
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("not a datetime text")
    return value


def _only_numbers(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


def _of_our_time(value: datetime) -> datetime:
    """Beyond these years a conversion to UTC or to the database's type may overflow."""
    if not 1970 <= value.year < 2200:
        raise ValueError("not a datetime of our time")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_only_text_times), AfterValidator(_of_our_time)]
_OptionalText = BeforeValidator(empty_is_none)
Reference = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[Storable, StringConstraints(min_length=1, max_length=64)]
OptionalCode = Annotated[
    Annotated[Storable, StringConstraints(max_length=64)] | None, _OptionalText
]
ShortText = Annotated[Annotated[Storable, StringConstraints(max_length=200)] | None, _OptionalText]
MiddleText = Annotated[Annotated[Storable, StringConstraints(max_length=500)] | None, _OptionalText]
LongText = Annotated[Annotated[Storable, StringConstraints(max_length=20000)] | None, _OptionalText]


class ClientValue(BaseModel):
    """A client as one complaint names it; everything may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ShortText = None
    phone: ShortText = None
    id_number: ShortText = None
    account: ShortText = None
    address: MiddleText = None
    role: Literal["principal", "proxy"] | None = None


class ComplaintValue(BaseModel):
    """One complaint. Times are aware; `unit` is the code of the unit complained of."""

    model_config = ConfigDict(
        frozen=True, extra="forbid",
        json_schema_extra={"oneOf": [{"required": ["client"]}, {"required": ["clients"]}]},
    )  # fmt: skip

    source: Code
    source_ref: Reference
    received_at: Moment
    channel: Channel
    unit: Code
    received_unit: OptionalCode = None
    home_unit: OptionalCode = None
    product: ShortText = None
    client: ClientValue | None = None
    clients: Annotated[tuple[ClientValue, ...], Field(min_length=1, max_length=200)] | None = None
    subject: MiddleText = None
    summary: LongText = None
    demand: LongText = None
    amount: Annotated[Decimal, BeforeValidator(_only_numbers), Field(ge=0, le=10**15)] | None = None
    face_to_face: Annotated[bool, Strict()] | None = None
    flags: tuple[Flag, ...] | None = None
    against: Annotated[Role | None, _OptionalText] = Field(
        default=None, description="the role at `unit` that is complained of; it never gets it"
    )

    @property
    def parties(self) -> tuple[ClientValue, ...]:
        return self.clients if self.clients else (self.client,) if self.client else ()

    @property
    def said_face_to_face(self) -> bool:
        """Whether it was said face to face: at a counter or on a visit, unless told otherwise."""
        if self.face_to_face is not None:
            return self.face_to_face
        return self.channel in (Channel.COUNTER, Channel.VISIT)

    def canonical(self) -> bytes:
        """The same bytes for the same content, whatever the spelling of the request."""
        plain = self.model_dump(mode="python", exclude_none=True)
        return json.dumps(plain, sort_keys=True, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)


def parse_complaint(body: Any) -> ComplaintValue:
    """Check one request body; raises InvalidInput that names every wrong field."""
    body = require_object(body)
    faults: list[FieldFault] = []
    value: ComplaintValue | None = None
    try:
        value = ComplaintValue.model_validate(body)
    except ValidationError as error:
        faults.extend(field_faults(error))
    given = [name for name in ("client", "clients") if body.get(name) is not None]
    if len(given) == 2:
        faults.append(
            FieldFault(
                "clients",
                "client 与 clients 只能填一个",
                "give client or clients, not both",
                "请删除其一",
                "remove one",
            )
        )
    elif not given:
        faults.append(
            FieldFault(
                "client",
                "缺少投诉客户",
                "the client is missing",
                "请填 client 或 clients",
                "give client or clients",
            )
        )
    elif value is not None and all(p.role == "proxy" for p in value.parties):
        faults.append(
            FieldFault(
                given[0],
                "只有代理人，没有投诉人",
                "only proxies, no principal",
                "请补充投诉人",
                "add the principal",
            )
        )
    if faults or value is None:
        raise InvalidInput(faults)
    return value
