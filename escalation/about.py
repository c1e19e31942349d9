"""What a verb is about: whose area it lies in, and whose clients its words may not name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """An incident, a complaint, a duty, an offer of command, a task, a report, a row of a reception
    sheet, somebody of the bank, an answer to 95558, a regulator case, a media case, a contact or a
    feed of the media desk, or a unit by its code; several where a verb is about several.

    `touched`: an incident that is not the viewer's own, but has people of theirs, will do; so will
    a media case about a complaint or an incident of theirs.
    """

    incident_id: int | None = None
    complaint_id: int | None = None
    duty_id: int | None = None
    handover_id: int | None = None
    task_id: int | None = None
    report_id: int | None = None
    row_id: int | None = None
    person_id: int | None = None
    absence_id: int | None = None
    feedback_id: int | None = None
    regulator_case_id: int | None = None
    media_case_id: int | None = None
    media_contact_id: int | None = None
    media_feed_id: int | None = None
    unit: str | None = None
    touched: bool = False
