"""What the plan's page asks when it tries an event out, checked field by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from complaints.value import Code, Moment, OptionalCode, ShortText
from core.words import Channel
from escalation.simulating import Occasion
from escalation.vocabulary import Event

Heads = Annotated[int, Field(ge=0, le=100_000, strict=True)]
_MOST_HOURS = 24 * 100


class TrialBody(BaseModel):
    """What would happen, where and when, and how many hours to look ahead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event: Event
    unit: Code
    at: Moment | None = None
    clients: Heads = 0
    headcount: Heads = 0
    product: ShortText = None
    channel: Channel = Channel.COUNTER
    class_id: OptionalCode = Field(default=None, alias="class")
    large: bool = False
    media: bool = False
    threat: bool = False
    face_to_face: bool = False
    acknowledged_minutes: Annotated[int, Field(ge=1, le=1440, strict=True)] | None = None
    hours: Annotated[int, Field(ge=1, le=_MOST_HOURS, strict=True)] = 24

    def occasion(self, now: datetime) -> Occasion:
        """As the simulation takes it; without a time it happens now."""
        after = self.acknowledged_minutes
        return Occasion(
            event=self.event, unit=self.unit, at=self.at or now, clients=self.clients,
            headcount=self.headcount, product=self.product, channel=self.channel,
            class_id=self.class_id, large=self.large, media=self.media, threat=self.threat,
            face_to_face=self.face_to_face,
            acknowledged_after=timedelta(minutes=after) if after else None,
        )  # fmt: skip
