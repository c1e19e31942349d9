"""What 95558 sends about a work order, checked field by field (docs/hotline.md).

A new order becomes a complaint; the others say something more of one that is known.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from complaints.hotline_rules import Order
from complaints.value import (
    ClientValue,
    Code,
    ComplaintValue,
    LongText,
    MiddleText,
    Moment,
    OptionalCode,
    ShortText,
    parse_complaint,
)
from core.errors import Conflict, FenghuoError, FieldFault, InvalidInput
from core.validation import Storable, empty_is_none, field_faults, has_words, require_object
from core.words import Channel, Flag, Role

#: A telephone number is no name of a work order: it stands in addresses and in the journal.
_MOBILE = re.compile(r"(86)?1[3-9]\d{9}")
_NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
NAME = re.compile(_NAME)


def _no_phone(value: str) -> str:
    if _MOBILE.fullmatch(value):
        raise ValueError("names a person")
    return value


Number = Annotated[
    Storable, StringConstraints(pattern=_NAME), AfterValidator(_no_phone)
]  # fmt: skip
Kind = Literal["supplement", "urge", "withdraw", "accept", "return"]
#: Those whose words say why.
_WITH_WORDS = ("supplement", "withdraw", "return")
_WITH_FEEDBACK = ("accept", "return")


def _plain_number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return value


class WorkOrder(BaseModel):
    """A new work order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Literal["new"] = "new"
    number: Number
    source: OptionalCode = None
    at: Moment
    unit: Code
    home_unit: OptionalCode = None
    product: ShortText = None
    client: ClientValue | None = None
    clients: Annotated[tuple[ClientValue, ...], Field(min_length=1, max_length=200)] | None = None
    subject: MiddleText = None
    summary: LongText = None
    demand: LongText = None
    amount: Annotated[Decimal, BeforeValidator(_plain_number), Field(ge=0, le=10**15)] | None = None
    flags: tuple[Flag, ...] | None = None
    against: Annotated[Role | None, BeforeValidator(empty_is_none)] = None

    def complaint(self, source: str) -> ComplaintValue:
        """As the intake takes it: channel hotline, under the caller's source. InvalidInput."""
        said = self.model_dump(mode="json", exclude={"type", "number", "at", "source"},
                               exclude_none=True)  # fmt: skip
        body = {**said, "source": source, "source_ref": self.number,
                "received_at": self.at.isoformat(), "channel": Channel.HOTLINE.value}  # fmt: skip
        try:
            return parse_complaint(body)
        except InvalidInput as error:
            raise InvalidInput([_renamed(fault) for fault in error.faults]) from None


class OrderUpdate(BaseModel):
    """Something more about a known order; `update` is 95558's own name of it, once an order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: Kind
    number: Number
    source: OptionalCode = None
    update: Number
    at: Moment
    words: LongText = None
    feedback: Annotated[
        Annotated[Storable, StringConstraints(pattern="^F[0-9]{8,18}$")] | None,
        BeforeValidator(empty_is_none),
    ] = None

    def canonical(self) -> str:
        """The same text for the same content, whatever the spelling of the request."""
        plain = self.model_dump(mode="python", exclude_none=True, exclude={"source"})
        plain["at"] = self.at.astimezone(UTC).isoformat()
        return json.dumps(plain, sort_keys=True, ensure_ascii=False)


class Verdict(BaseModel):
    """One number of the daily list with the state in which 95558 has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: Number
    state: Order


class DayList(BaseModel):
    """95558's list of the orders that it received on one day (Asia/Shanghai)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    source: OptionalCode = None
    orders: Annotated[tuple[Verdict, ...], Field(max_length=100_000)]

    def by_number(self) -> dict[str, str]:
        return {order.number: order.state.value for order in self.orders}


def parse_order(body: Any) -> WorkOrder | OrderUpdate:
    """One entry of the feed; InvalidInput names every wrong field."""
    body = require_object(body)
    new = body.get("type", "new") == "new"
    model: type[WorkOrder] | type[OrderUpdate] = WorkOrder if new else OrderUpdate
    try:
        value = model.model_validate(body)
    except ValidationError as error:
        raise InvalidInput(field_faults(error)) from None
    if isinstance(value, OrderUpdate):
        _complete(value)
    else:
        value.complaint("any")  # who complains is checked there
    return value


def parse_list(body: Any) -> DayList:
    """A day's list; InvalidInput also for a number that stands twice, or a day to come."""
    try:
        value = DayList.model_validate(require_object(body))
    except ValidationError as error:
        raise InvalidInput(field_faults(error)) from None
    if len(value.by_number()) != len(value.orders):
        raise InvalidInput([FieldFault(
            "orders", "有工单编号重复", "a number stands twice", "每个编号只列一次",
            "list each number once",
        )])  # fmt: skip
    return value


def _complete(value: OrderUpdate) -> None:
    faults = []
    if value.type in _WITH_WORDS and not has_words(value.words):
        faults.append(FieldFault("words", "缺少说明", "is missing", "请填写", "say what or why"))
    if value.type in _WITH_FEEDBACK and value.feedback is None:
        faults.append(FieldFault(
            "feedback", "缺少反馈编号", "is missing", "请填写所认可或退回的反馈编号（F 开头）",
            "name the feedback (F…) that is accepted or returned",
        ))  # fmt: skip
    if value.type not in _WITH_FEEDBACK and value.feedback is not None:
        faults.append(FieldFault(
            "feedback", "此类更新没有反馈编号", "has no place here", "请删除", "remove it",
        ))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


#: The intake's names -> those of the feed.
_NAMES = {"source_ref": "number", "received_at": "at"}


def _renamed(fault: FieldFault) -> FieldFault:
    name = _NAMES.get(fault.field, fault.field)
    return FieldFault(name, fault.zh, fault.en, fault.remedy_zh, fault.remedy_en)


def renamed(error: FenghuoError) -> FenghuoError:
    """A refusal of the intake in the feed's own names of fields."""
    if isinstance(error, InvalidInput):
        return InvalidInput([_renamed(fault) for fault in error.faults])
    if isinstance(error, Conflict):
        return Conflict(
            "该工单编号已登记过不同内容；补充请用更新", "another order is stored under this number;"
            " what is new is sent as an update", field="number",
        )  # fmt: skip
    return error
