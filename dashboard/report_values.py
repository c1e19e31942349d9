"""What the report pages and the API send, checked field by field; receipts with a file too."""

from __future__ import annotations

import json
from typing import Annotated, Any

from flask import Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from complaints.value import MiddleText, Moment
from core.errors import FieldFault, InvalidInput
from core.validation import Storable
from core.words import Role
from dashboard.incident_values import Name, Needed
from escalation.report_receipts import ReceiptValue, Via
from escalation.report_rules import Addressee, Kind
from escalation.report_times import TimeKind

#: Room for the multipart frame around the largest file.
Version = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Number = Annotated[Storable, StringConstraints(min_length=1, max_length=100)]
FieldText = Annotated[Storable, StringConstraints(max_length=4000)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportBody(_Body):
    """Which report to begin; for a duty the branch that owes it reports."""

    kind: Kind
    addressee: Addressee
    duty: Annotated[int, Field(ge=1, strict=True)] | None = None


class ReportEditBody(_Body):
    """Fields of a draft as they should read; `version` is the one that was seen."""

    version: Version
    fields: dict[str, FieldText]


class ReportVersionBody(_Body):
    """The version that was seen."""

    version: Version


class ReportSignBody(_Body):
    """Who signs, in which role; `version` is the one that was read."""

    version: Version
    by: Name
    role: Role


class ReportReceiptBody(_Body):
    """The receipt of a written report: who handed it to whom, when, how, its number."""

    at: Moment
    by: Name
    to: Needed
    number: Number
    via: Via = "written"
    note: MiddleText = None

    def value(self, file: bytes | None) -> ReceiptValue:
        return ReceiptValue(**self.model_dump(), file=file)


class ReportPhoneBody(_Body):
    """It was reported by telephone: who told whom, when."""

    at: Moment
    by: Name
    to: Needed
    note: MiddleText = None

    def value(self) -> ReceiptValue:
        return ReceiptValue(**self.model_dump(), via="phone")


class ReportReceivedBody(_Body):
    """The addressee confirmed that it arrived: when, who there, to whom of us."""

    at: Moment
    by: Name
    to: Needed
    number: Number | None = None
    via: Via = "written"
    note: MiddleText = None

    def value(self) -> ReceiptValue:
        return ReceiptValue(**self.model_dump())


class ReportTimeBody(_Body):
    """A time corrected: by a new entry, with its reason."""

    kind: TimeKind
    at: Moment
    reason: Needed


class ReportReasonBody(_Body):
    """Why a report is discarded."""

    reason: Needed


def receipt_parts(request: Request) -> tuple[Any, bytes | None]:
    """A receipt's body and its file: JSON alone, or a form with `data` (JSON) and `file`."""
    if request.mimetype != "multipart/form-data":
        return request.get_json(silent=True), None
    try:
        body = json.loads(request.form.get("data", ""))
    except ValueError:
        raise InvalidInput([FieldFault("data", "应为 JSON", "must be JSON", "请检查格式",
                                       "check the format")]) from None  # fmt: skip
    given = request.files.get("file")
    return body, given.read() if given is not None and given.filename else None
