"""The acts on a media case as pages and API send them: one table of verbs for both.

Each verb reads its body, makes one call of `engine.media`, and is answered with the whole case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from core.viewer import Viewer
from dashboard import media_values as values
from dashboard import whoami
from escalation.engine import Engine
from escalation.ids import complaint_number, incident_number, media_number
from escalation.media_values import By, Reach, ident_of


@dataclass(frozen=True)
class Call:
    """What a verb gets: the engine, the case's number, its checked body, a file, who, and now."""

    engine: Engine
    case: int
    body: Any
    file: bytes | None
    by: By
    now: datetime


def by_person() -> By:
    """Whoever is signed in, in their seat. NotAllowed for who has none."""
    me = whoami.me()
    return By(me.name, me.role.value, me.actor, ident_of(whoami.viewer()))


def by_token(caller: Viewer) -> By:
    """A system: it drafts, and approves nothing."""
    return By(caller.name, None, caller.actor, ident_of(caller))


def _sighting(c: Call) -> None:
    c.engine.media.see_again(c.case, c.body.report(c.now), c.by)


def _reach(c: Call) -> None:
    reach = Reach(c.body.word, c.body.reach)
    c.engine.media.measure(c.case, c.body.sighting, reach, c.by)


def _copy(c: Call) -> None:
    c.engine.media.keep_copy(c.case, c.body.sighting, values.needed_file(c.file), c.by)


def _finding(c: Call) -> None:
    c.engine.media.record_finding(c.case, c.body.value(c.now), c.by, c.file)


def _correction(c: Call) -> None:
    c.engine.media.ask_correction(c.case, c.body.value(c.now), c.by, c.file)


def _answer(c: Call) -> None:
    c.engine.media.note_answer(c.case, c.body.value(c.now), c.by, c.file)


def _talk(c: Call) -> None:
    c.engine.media.log_talk(c.case, c.body.value(c.now), c.by)


def _spokesperson(c: Call) -> None:
    c.engine.media.name_spokesperson(c.case, c.body.name, c.by)


def _draft(c: Call) -> None:
    c.engine.media.draft_statement(c.case, c.body.kind, c.body.version, c.body.text, c.by)


def _approve(c: Call) -> None:
    c.engine.media.approve_statement(c.case, c.body.kind, c.body.version, c.by)


def _return(c: Call) -> None:
    body = c.body
    c.engine.media.return_statement(c.case, body.kind, body.version, body.reason, c.by)


def _issue(c: Call) -> None:
    c.engine.media.issue_statement(c.case, c.body.kind, c.body.version, c.body.via, c.by)


def _complaint(c: Call) -> None:
    c.engine.media.link_complaint(c.case, complaint_number(c.body.complaint), c.by)


def _unlink(c: Call) -> None:
    number = complaint_number(c.body.complaint)
    c.engine.media.unlink_complaint(c.case, number, c.body.reason, c.by)


def _incident(c: Call) -> None:
    c.engine.media.link_incident(c.case, incident_number(c.body.incident), c.by)


def _open_incident(c: Call) -> None:
    c.engine.media.open_exposed(c.case, c.body.unit, c.body.product, c.by)


def _give(c: Call) -> None:
    c.engine.media.give_to(c.case, c.body.unit, c.body.note, c.by)


def _join(c: Call) -> None:
    c.engine.media.join(c.case, media_number(c.body.into), c.body.note, c.by)


def _settle(c: Call) -> None:
    c.engine.media.settle(c.case, c.body.value(), c.by)


def _reopen(c: Call) -> None:
    c.engine.media.open_again(c.case, c.body.reason, c.by)


@dataclass(frozen=True)
class Verb:
    """A verb's body and what it does; `file`: it comes as a form too, with a file."""

    body: type[BaseModel]
    do: Callable[[Call], None]
    summary: str
    file: bool = False


VERBS: dict[str, Verb] = {
    "sighting": Verb(values.MediaSightingBody, _sighting, "Another report of the same story"),
    "reach": Verb(values.MediaReachBody, _reach, "A later reading of a report's reach"),
    "copy": Verb(values.MediaCopyBody, _copy, "Keep a copy of a report", file=True),
    "finding": Verb(values.MediaFindingBody, _finding, "Record what the facts are", file=True),
    "correction": Verb(
        values.MediaCorrectionBody, _correction, "Ask an outlet to correct", file=True
    ),
    "answer": Verb(values.MediaAnswerBody, _answer, "Note the outlet's answer", file=True),
    "talk": Verb(values.MediaTalkBody, _talk, "Log a talk with a journalist"),
    "spokesperson": Verb(
        values.MediaSpokespersonBody, _spokesperson, "Name who alone speaks for the bank"
    ),
    "draft": Verb(values.MediaDraftBody, _draft, "Write the next version of a statement"),
    "approve": Verb(values.MediaVersionBody, _approve, "Approve what somebody else drafted"),
    "return": Verb(values.MediaReturnBody, _return, "Send a version back"),
    "issue": Verb(values.MediaIssueBody, _issue, "Issue the approved version"),
    "complaint": Verb(values.MediaComplaintBody, _complaint, "Link a complaint"),
    "unlink": Verb(values.MediaUnlinkBody, _unlink, "Unlink a complaint"),
    "incident": Verb(
        values.MediaIncidentBody, _incident, "Link an incident, which is media-exposed then"
    ),
    "open-incident": Verb(values.MediaOpenBody, _open_incident, "Open an exposed incident for it"),
    "give": Verb(values.MediaGiveBody, _give, "Give it to another unit"),
    "join": Verb(values.MediaJoinBody, _join, "Join it to the case of the same story"),
    "settle": Verb(values.MediaSettleBody, _settle, "Settle it"),
    "reopen": Verb(values.MediaReasonBody, _reopen, "Open it again"),
}
