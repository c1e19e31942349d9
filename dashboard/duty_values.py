"""What is sent about duties and events, checked field by field."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from complaints.value import Code, MiddleText, Moment, OptionalCode, ShortText
from core.errors import NotFound
from core.validation import Storable
from core.words import Role
from escalation.duty_changes import Longer
from escalation.events import ByHand, unknown_complaint
from escalation.ids import complaint_number
from escalation.vocabulary import Event, Evidence

Needed = Annotated[Storable, StringConstraints(min_length=1, max_length=500)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EvidenceBody(_Body):
    """What proves a duty: its kind, and the fields that this kind must state."""

    kind: Evidence | None = None
    at: Moment | None = None
    by: ShortText = None
    to: ShortText = None
    number: ShortText = None
    via: ShortText = None
    note: MiddleText = None

    def evidence(self) -> dict[str, Any]:
        """What is kept with the duty: the fields that were given."""
        given = self.model_dump(mode="json", exclude={"kind"}, exclude_none=True)
        return {name: value for name, value in given.items() if value != ""}


class ExtensionBody(_Body):
    """Why longer, that the client was told (when, how), who approved it in which role."""

    reason: Needed
    told_at: Moment | None = None
    told_via: ShortText = None
    approved_by: ShortText = None
    approval_role: Role | None = None

    def longer(self) -> Longer:
        """As the engine takes it."""
        return Longer(
            reason=self.reason, told_at=self.told_at.isoformat() if self.told_at else None,
            told_via=self.told_via, approved_by=self.approved_by,
            approval_role=self.approval_role.value if self.approval_role else None,
        )  # fmt: skip


class AssignmentBody(_Body):
    """Who owes it from now on: unit, role, maybe one person by name; and why."""

    unit: Code
    role: Role
    person: int | None = None
    reason: Needed


class WaiverBody(_Body):
    """Why it need not be done, and in which role that is said."""

    role: Role
    reason: Needed


class EventBody(_Body):
    """Something has happened: about a complaint or at a unit, known since when."""

    event: Event
    unit: OptionalCode = None
    complaint: OptionalCode = None
    class_id: OptionalCode = Field(default=None, alias="class")
    aware_at: Moment | None = None
    occurred_at: Moment | None = None
    ref: ShortText = None
    note: MiddleText = None

    def by_hand(self) -> ByHand:
        """As the engine takes it; InvalidInput where `complaint` is no complaint's id."""
        return ByHand(
            event=self.event, unit=self.unit, class_id=self.class_id, ref=self.ref,
            complaint_id=self._complaint_id(),
            aware_at=self.aware_at, occurred_at=self.occurred_at, note=self.note,
        )  # fmt: skip

    def _complaint_id(self) -> int | None:
        try:
            return complaint_number(self.complaint) if self.complaint else None
        except NotFound:
            raise unknown_complaint(given=True) from None
