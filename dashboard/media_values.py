"""What the media pages and the API send about media cases, checked field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from complaints.value import Code, MiddleText, Moment, ShortText
from core.errors import FieldFault, InvalidInput
from core.validation import Storable
from escalation import media_values as media
from escalation.media_rules import Answer, Outcome, ReachWord, Scope, StatementKind, Verdict
from escalation.media_view import USUAL, Show

Number = Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]
Version = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Figure = Annotated[int, Field(ge=0, le=10_000_000_000, strict=True)]
Short = Annotated[Storable, StringConstraints(min_length=1, max_length=80)]
Line = Annotated[Storable, StringConstraints(min_length=1, max_length=200)]
Said = Annotated[Storable, StringConstraints(min_length=1, max_length=4000)]
Link = Annotated[Storable, StringConstraints(max_length=2000)]
Via = Literal["phone", "in_person", "email", "text", "letter", "press"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReportFields(_Body):
    """One report: outlet, headline, how far it goes, where, when it was published and seen."""

    outlet: Short
    headline: Line
    word: ReachWord
    reach: Figure | None = None
    link: Link | None = None
    excerpt: Annotated[Storable, StringConstraints(max_length=4000)] | None = None
    published_at: Moment | None = None
    seen_at: Moment | None = None

    def report(self, now: datetime) -> media.Report:
        return media.Report(
            outlet=self.outlet, headline=self.headline, reach=media.Reach(self.word, self.reach),
            seen_at=self.seen_at or now, link=self.link or None, excerpt=self.excerpt or None,
            published_at=self.published_at,
        )  # fmt: skip


class MediaSearchBody(BaseModel):
    """Which cases, and what is looked for in them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Show = "open"
    text: Annotated[Storable, StringConstraints(max_length=80)] = ""
    limit: Annotated[int, Field(ge=1, le=5000)] = USUAL


class MediaFoundBody(ReportFields):
    """A report found, and whose case it is."""

    unit: Code
    scope: Scope

    def found(self, now: datetime) -> media.Found:
        return media.Found(self.unit, self.scope, self.report(now))


class MediaSightingBody(ReportFields):
    """Another report of the same story."""


class MediaReachBody(_Body):
    """A later reading of a report's reach."""

    sighting: Number
    word: ReachWord
    reach: Figure | None = None


class MediaCopyBody(_Body):
    """Which report the copy is of; of the whole case without one."""

    sighting: Number | None = None


class MediaFindingBody(_Body):
    """What the facts are, and what that rests on."""

    verdict: Verdict
    note: Said
    evidence: Said
    at: Moment | None = None

    def value(self, now: datetime) -> media.Finding:
        return media.Finding(self.verdict, self.at or now, self.note, self.evidence)


class MediaCorrectionBody(_Body):
    """What an outlet is asked to correct, with which evidence."""

    sighting: Number
    text: Said
    evidence: Said
    at: Moment | None = None

    def value(self, now: datetime) -> media.Correction:
        return media.Correction(self.sighting, self.at or now, self.text, self.evidence)


class MediaAnswerBody(_Body):
    """What the outlet answered; `correction` is the act that asked."""

    correction: Number
    answer: Answer
    note: Said
    at: Moment | None = None

    def value(self, now: datetime) -> media.OutletAnswer:
        return media.OutletAnswer(self.correction, self.at or now, self.answer, self.note)


class MediaTalkBody(_Body):
    """A talk with a journalist: of the media list (`contact`), or named here."""

    via: Via
    said: Said
    contact: Number | None = None
    outlet: ShortText = None
    journalist: ShortText = None
    at: Moment | None = None

    def value(self, now: datetime) -> media.Talk:
        return media.Talk(
            self.at or now, self.via, self.said, self.contact, self.outlet, self.journalist
        )


class MediaSpokespersonBody(_Body):
    """Who alone speaks for the bank."""

    name: Annotated[Storable, StringConstraints(min_length=1, max_length=40)]


class MediaDraftBody(_Body):
    """The next version of a statement; `version` is the one that was seen, 0 for none."""

    kind: StatementKind
    version: Version
    text: Said


class MediaVersionBody(_Body):
    """The version that was read."""

    kind: StatementKind
    version: Version


class MediaReturnBody(MediaVersionBody):
    """Why a version is sent back."""

    reason: Line


class MediaIssueBody(MediaVersionBody):
    """By which way the approved version leaves the house."""

    via: Line


class MediaComplaintBody(_Body):
    """A complaint by its number (C…)."""

    complaint: Short


class MediaUnlinkBody(MediaComplaintBody):
    """A complaint that was linked by mistake."""

    reason: Line


class MediaIncidentBody(_Body):
    """An incident by its number (I…)."""

    incident: Short


class MediaOpenBody(_Body):
    """Where an exposed incident is opened for the case, and about which product."""

    unit: Code
    product: ShortText = None


class MediaGiveBody(_Body):
    """Another unit works on it, and why."""

    unit: Code
    note: Line


class MediaJoinBody(_Body):
    """The case of the same story (M…), and why."""

    into: Short
    note: Line


class MediaSettleBody(_Body):
    """What became of it."""

    outcome: Outcome
    note: Said

    def value(self) -> media.Settling:
        return media.Settling(self.outcome, self.note)


class MediaReasonBody(_Body):
    """Why it is open again."""

    reason: Line


class MediaContactBody(_Body):
    """Somebody of the media list; `version` is the one that was seen, 0 for a new one."""

    unit: Code
    outlet: Short
    name: Short
    phone: Annotated[Storable, StringConstraints(max_length=40)] | None = None
    email: Annotated[Storable, StringConstraints(max_length=120)] | None = None
    beat: MiddleText = None
    active: bool = True
    version: Version = 0

    def value(self) -> media.Contact:
        return media.Contact(**self.model_dump())


class MediaFeedBody(_Body):
    """A feed to watch; `version` is the one that was seen, 0 for a new one."""

    unit: Code
    name: Short
    url: Annotated[Storable, StringConstraints(min_length=1, max_length=500)]
    keywords: Annotated[
        tuple[Annotated[Storable, StringConstraints(min_length=1, max_length=40)], ...],
        Field(min_length=1, max_length=40),
    ]
    scope: Scope
    active: bool = True
    every_minutes: Annotated[int, Field(ge=1, le=1440, strict=True)] = 10
    version: Version = 0

    def value(self) -> media.Feed:
        return media.Feed(**self.model_dump())


def needed_file(file: bytes | None) -> bytes:
    """The file; InvalidInput where none came."""
    if file is None:
        raise InvalidInput([FieldFault("file", "缺少文件", "is missing", "请选择文件",
                                       "choose a file")])  # fmt: skip
    return file
