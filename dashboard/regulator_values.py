"""What is sent about regulator cases, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from complaints.regulator_case import RegulatorLevel
from complaints.value import Code, Moment, OptionalCode, ShortText
from core.errors import NotFound
from core.validation import Storable, empty_is_none
from escalation.events import unknown_complaint
from escalation.ids import complaint_number, incident_number
from escalation.manual import ManualOpening
from escalation.regulator_acts import Consent, Contact, Receipt
from escalation.regulator_clocks import Basis, Deadline
from escalation.regulator_opening import Receiving, Via, Wanted

Needed = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[Storable, StringConstraints(min_length=1, max_length=2000)]
Text = Annotated[Storable, StringConstraints(min_length=1, max_length=20_000)]
_Blank = BeforeValidator(empty_is_none)
Version = Annotated[int, Field(ge=0, le=30_000, strict=True)]
Position = Annotated[int, Field(ge=1, le=30_000, strict=True)]
MOST_DEMANDS = 50


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RegulatorDeadlineBody(_Body):
    """What the deadline rests on: the plan, so many days, or a date that the regulator named."""

    basis: Basis = "plan"
    days: Annotated[int, Field(ge=1, le=999, strict=True)] | None = None
    at: Moment | None = None

    def value(self) -> Deadline:
        return Deadline(self.basis, self.days, self.at)


class RegulatorDemandBody(_Body):
    """One thing that is asked for, and until when."""

    text: Words
    due_at: Annotated[Moment | None, _Blank] = None

    def value(self) -> Wanted:
        return Wanted(self.text, self.due_at)


class RegulatorCaseBody(_Body):
    """A case as it came: which office, its number, when and how, what it asks for."""

    number: Annotated[Storable, StringConstraints(min_length=1, max_length=100)]
    unit: Code
    received_at: Moment
    via: Via
    regulator: ShortText = None
    level: RegulatorLevel | None = None
    about: Annotated[Words | None, _Blank] = None
    demands: Annotated[tuple[RegulatorDemandBody, ...], Field(max_length=MOST_DEMANDS)] = ()
    deadline: RegulatorDeadlineBody = RegulatorDeadlineBody()
    complaints: Annotated[tuple[Code, ...], Field(max_length=200)] = ()
    incident: OptionalCode = None
    action: bool = False

    def value(self) -> Receiving:
        """As the engine takes it. InvalidInput, NotFound for what is no complaint or incident."""
        return Receiving(
            number=self.number, unit=self.unit, received_at=self.received_at, via=self.via,
            regulator=self.regulator, level=self.level, about=self.about,
            demands=tuple(d.value() for d in self.demands), deadline=self.deadline.value(),
            complaints=tuple(_complaint(c) for c in self.complaints),
            incident=incident_number(self.incident) if self.incident else None,
            action=self.action,
        )  # fmt: skip


class RegulatorContactBody(_Body):
    """A contact with the regulator; without a name of ours, whoever enters it made it."""

    at: Moment
    via: Via
    to: Needed
    note: Words
    by: ShortText = None
    direction: Literal["out", "in"] = "out"

    def value(self, me: str) -> Contact:
        return Contact(self.at, self.via, self.by or me, self.to, self.note, self.direction)


class RegulatorNothingBody(_Body):
    """An act that needs no words."""


class RegulatorOutcomeBody(_Body):
    """Which demand has ended, and what came of it."""

    demand: Position
    outcome: Words


class RegulatorSupplementBody(_Body):
    """What the regulator asks for beside, since when, until when."""

    text: Words
    due_at: Annotated[Moment | None, _Blank] = None
    asked_at: Annotated[Moment | None, _Blank] = None


class RegulatorConsentBody(_Body):
    """The regulator's consent to a later deadline: who there, when, how, why."""

    deadline: RegulatorDeadlineBody
    by: Needed
    at: Moment
    via: Via
    reason: Annotated[Storable, StringConstraints(min_length=1, max_length=500)]
    number: ShortText = None

    def value(self) -> Consent:
        return Consent(self.deadline.value(), self.by, self.at, self.via, self.reason, self.number)


class RegulatorDraftBody(_Body):
    """The reply as it should read; `seen` is the version that it was written over."""

    text: Text
    seen: Version = 0


class RegulatorVersionBody(_Body):
    """The version that was read."""

    version: Version


class RegulatorReturnBody(_Body):
    """The version that was read, and why it is given back."""

    version: Version
    remark: Words


class RegulatorReceiptBody(_Body):
    """The regulator's receipt; `duties` are those of the incident that it proves as well."""

    at: Moment
    to: Needed
    number: Annotated[Storable, StringConstraints(min_length=1, max_length=100)]
    by: ShortText = None
    via: Via = "letter"
    regulator: ShortText = None
    level: RegulatorLevel | None = None
    duties: Annotated[
        tuple[Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)], ...], Field(max_length=50)
    ] = ()

    def value(self, me: str, file: bytes | None) -> Receipt:
        return Receipt(
            at=self.at, by=self.by or me, to=self.to, number=self.number, via=self.via,
            regulator=self.regulator, level=self.level, duties=self.duties, file=file,
        )  # fmt: skip


class RegulatorLinkBody(_Body):
    """A complaint that the case is about."""

    complaint: Code

    def value(self) -> int:
        return _complaint(self.complaint)


class RegulatorJoinBody(_Body):
    """The incident that the case belongs to."""

    incident: Code

    def value(self) -> int:
        return incident_number(self.incident)


class RegulatorIncidentBody(_Body):
    """An incident to be opened for the case."""

    unit: Code
    note: Annotated[Storable, StringConstraints(min_length=1, max_length=500)]
    product: ShortText = None

    def value(self) -> ManualOpening:
        return ManualOpening(self.unit, self.note, self.product)


def _complaint(public: str) -> int:
    try:
        return complaint_number(public)
    except NotFound:
        raise unknown_complaint(given=True) from None
