"""Bodies of requests about tickets, beside the acts' own forms (`complaints/ticket_forms.py`)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from flask import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from complaints.ticket_forms import DECISIONS, FORMS
from complaints.value import Code
from core.errors import FieldFault, InvalidInput
from core.validation import Storable, empty_is_none, require_object
from core.words import Role
from escalation.ticket_handing import Hand

Reason = Annotated[Storable, StringConstraints(min_length=1, max_length=500)]
PublicId = Annotated[str, StringConstraints(pattern=r"^C\d{1,18}$")]
Word = Annotated[
    Annotated[Storable, StringConstraints(max_length=200)] | None, BeforeValidator(empty_is_none)
]
#: Every other act, as a part of an address.
ACT_PART = f"<any({','.join(act for act in FORMS if act not in DECISIONS)}):act>"
#: Files that one act may bring.
MOST_FILES = 8


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HandBody(_Body):
    """To whom a ticket is handed, and why."""

    unit: Code
    role: Role
    reason: Reason
    person: int | None = Field(default=None, description="somebody of that unit")

    def hand(self) -> Hand:
        return Hand(self.unit, self.role, self.reason, self.person)


class HandsBody(HandBody):
    """The same for many."""

    complaints: Annotated[tuple[PublicId, ...], Field(min_length=1, max_length=500)]


class ReasonBody(_Body):
    """Why."""

    reason: Reason


class PreviousBody(_Body):
    """The earlier complaint."""

    previous: PublicId


class SimilarBody(_Body):
    """Whoever is being typed in."""

    name: Word = None
    phone: Word = None
    id_number: Word = None
    account: Word = None


class ByBody(_Body):
    """Who acts, where a system sends what somebody did in it."""

    name: Annotated[Storable, StringConstraints(min_length=1, max_length=60)]
    role: Role


def act_parts(request: Request) -> tuple[Any, list[bytes], int | None]:
    """An act's body, its files and the ticket's version: JSON alone, or a form with `data` (JSON)
    and `file` parts. InvalidInput."""
    files: list[bytes] = []
    if request.mimetype == "multipart/form-data":
        try:
            body = json.loads(request.form.get("data", ""))
        except ValueError:
            raise _no_json() from None
        files = [f.read() for f in request.files.getlist("file") if f.filename]
    else:
        body = request.get_json()
    if len(files) > MOST_FILES:
        raise InvalidInput([FieldFault(
            "file", f"一次最多上传{MOST_FILES}个文件", "are too many files", "请分次上传",
            f"at most {MOST_FILES} at once",
        )])  # fmt: skip
    given = dict(require_object(body))
    version = given.pop("version", None)
    return given, files, version if isinstance(version, int) else None


def _no_json() -> InvalidInput:
    return InvalidInput([FieldFault("data", "应为 JSON", "must be JSON", "请检查格式",
                                    "check the format")])  # fmt: skip
