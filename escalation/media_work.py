"""What is done on a media case: facts checked, correction asked, journalists spoken with, its end.

A finding and a talk end the duties that the case owes (WP-19): those of its own event, of the media
complaints linked to it, and of its incident since the media are in it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.clock import iso
from core.errors import Conflict, FieldFault, InvalidInput, NotFound
from core.validation import has_words
from escalation import duties, media_contacts
from escalation.house import House
from escalation.ids import media_id as public_media
from escalation.media_cases import (
    Case,
    act,
    close,
    lock,
    reopen,
    report_event,
    settled_again,
    sighting_of,
    store_file,
)
from escalation.media_rules import Known, Verdict, refuse_settling
from escalation.media_values import (
    By,
    Correction,
    Finding,
    OutletAnswer,
    Settling,
    Talk,
)

_AHEAD = timedelta(minutes=5)


def duties_of(case: str) -> str:
    """The duties `d` that the acts of a case end, as a condition; `case` is its id in the query.

    `rule` is the clause as it stood. Pure.
    """
    return (
        f"(d.event_id IN (SELECT e.event_id FROM media_events e WHERE e.case_id = {case})"  # noqa: S608
        " OR (d.complaint_id IN (SELECT l.complaint_id FROM media_complaints l"
        f"  WHERE l.case_id = {case} AND l.ended_at IS NULL)"
        "  AND d.rule->'where'->'channels' @> CAST('[\"media\"]' AS jsonb))"
        " OR (d.event = 'incident_exposed' AND d.incident_id ="
        f"  (SELECT i.incident_id FROM media_cases i WHERE i.id = {case})))"
    )


def record_finding(
    connection: Connection, house: House, case_id: int, value: Finding, file: bytes | None,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """The unit says what it found and on which evidence. InvalidInput, Conflict."""
    case = lock(connection, case_id)
    _check(now, value.at, note=value.note, evidence=value.evidence)
    kept = None if file is None else store_file(connection, house, case, file, by, now)
    connection.execute(
        sa.text("UPDATE media_cases SET verdict = :verdict,"
                " checked_at = coalesce(checked_at, :at) WHERE id = :id"),
        {"verdict": value.verdict, "at": value.at, "id": case.id},
    )  # fmt: skip
    act(connection, house, case, "finding", by, now, at=value.at, file_id=kept,
        facts={"verdict": value.verdict},
        words={"note": value.note, "evidence": value.evidence})  # fmt: skip
    _fulfil(connection, case, "finding", {"at": iso(value.at), "by": by.name}, now, by)


def ask_correction(
    connection: Connection, house: House, case_id: int, value: Correction, file: bytes | None,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """An outlet is told what is wrong, with evidence, and asked to correct it. Conflict while no
    finding says that something is wrong."""
    case = lock(connection, case_id)
    outlet = sighting_of(connection, case, value.sighting)
    _check(now, value.at, text=value.text, evidence=value.evidence)
    if case.verdict not in ("wrong", "partly"):
        raise Conflict("先核实并认定报道有误，才能要求更正",
                       "only what a finding calls wrong can be asked to be corrected")  # fmt: skip
    kept = None if file is None else store_file(connection, house, case, file, by, now)
    act(connection, house, case, "correction_asked", by, now, at=value.at, file_id=kept,
        facts={"sighting": value.sighting},
        words={"text": value.text, "evidence": value.evidence})  # fmt: skip
    told = {"at": iso(value.at), "by": by.name, "to": outlet}
    _fulfil(connection, case, "contact", told, now, by)


def note_answer(
    connection: Connection, house: House, case_id: int, value: OutletAnswer, file: bytes | None,
    by: By, now: datetime,
) -> None:  # fmt: skip
    """What the outlet answered to a correction of this case. NotFound, InvalidInput."""
    case = lock(connection, case_id)
    _check(now, value.at, note=value.note)
    asked = connection.execute(
        sa.text("SELECT facts, at FROM media_acts WHERE id = :id AND case_id = :case"
                " AND act = 'correction_asked'"),
        {"id": value.correction, "case": case.id},
    ).one_or_none()  # fmt: skip
    if asked is None:
        raise NotFound("correction")
    if value.at < asked.at.replace(second=0, microsecond=0):
        raise InvalidInput([FieldFault(
            "at", "早于要求更正的时间", "is before the correction was asked", "请核对时间",
            "check the time",
        )])  # fmt: skip
    kept = None if file is None else store_file(connection, house, case, file, by, now)
    act(connection, house, case, "outlet_answered", by, now, at=value.at, file_id=kept,
        facts={"correction": value.correction, "answer": value.answer,
               "sighting": asked.facts.get("sighting")},
        words={"note": value.note})  # fmt: skip


def log_talk(
    connection: Connection, house: House, case_id: int, value: Talk, by: By, now: datetime
) -> None:
    """A talk with a journalist about the case; it goes into the list's log too. NotFound."""
    case = lock(connection, case_id)
    _check(now, value.at, said=value.said)
    talk, outlet = media_contacts.store_talk(
        connection, house, value, by, now, case_id=case.id, case_unit=case.unit_id
    )
    act(connection, house, case, "contact", by, now, at=value.at, facts={"talk": talk})
    told = {"at": iso(value.at), "by": by.name, "to": outlet}
    _fulfil(connection, case, "contact", told, now, by)


def set_spokesperson(
    connection: Connection, house: House, case_id: int, name: str, by: By, now: datetime
) -> None:
    """Who alone speaks for the bank about it. InvalidInput without a name."""
    case = lock(connection, case_id)
    if not has_words(name):
        raise InvalidInput([_missing("name")])
    connection.execute(
        sa.text("UPDATE media_cases SET spokesperson = :name WHERE id = :id"),
        {"name": name.strip(), "id": case.id},
    )
    act(connection, house, case, "spokesperson", by, now, words={"name": name.strip()})


def settle(
    connection: Connection, house: House, case_id: int, value: Settling, by: By, now: datetime
) -> None:
    """It is over, and how. Conflict for what must come first; InvalidInput."""
    case = lock(connection, case_id)
    _check(now, None, note=value.note)
    pending = connection.scalars(
        sa.text("SELECT kind FROM media_statements WHERE case_id = :id AND state = 'approved'"),
        {"id": case.id},
    ).all()
    refuse_settling(known(connection, case), value.outcome, pending)
    close(connection, house, case, value.outcome, value.note, by, now)
    _fulfil(connection, case, "decision", {"at": iso(now), "by": by.name}, now, by)


def reopen_by_hand(
    connection: Connection, house: House, case_id: int, note: str, by: By, now: datetime
) -> None:
    """It is not over. Conflict when it is open; InvalidInput without a reason."""
    case = lock(connection, case_id, settled=True)
    settled_again(case)
    if case.state == "open":
        raise Conflict("该媒体事件尚未平息", "this media case is open")
    _check(now, None, note=note)
    opened = reopen(connection, house, case, by, now, "by_hand", note)
    report_event(connection, house, opened, None, now, by)


def known(connection: Connection, case: Case) -> Known:
    """What stands on the case since it was opened, or opened again."""
    rows = connection.execute(
        sa.text("SELECT act, facts FROM media_acts WHERE case_id = :id"
                " AND (facts->>'round')\\:\\:int = :round"),
        {"id": case.id, "round": case.reopened},
    ).all()  # fmt: skip
    verdict: Verdict | None = next((v for v in get_args(Verdict) if v == case.verdict), None)
    return Known(
        verdict,
        frozenset(r.facts["answer"] for r in rows if r.act == "outlet_answered"),
        issued=any(r.act == "issued" and r.facts["kind"] == "statement" for r in rows),
        talked=any(r.act == "contact" for r in rows),
    )


def _fulfil(
    connection: Connection, case: Case, kind: str, evidence: dict[str, Any], now: datetime, by: By
) -> None:
    owed = connection.scalars(
        sa.text(f"SELECT d.id FROM duties d WHERE d.state = 'open' AND {duties_of(':case')}"  # noqa: S608
                " AND :kind = ANY(d.fulfilled_by) ORDER BY d.id FOR UPDATE OF d"),
        {"case": case.id, "kind": kind},
    ).all()  # fmt: skip
    for number in owed:
        duties.fulfil(
            connection, duties.About(duty_id=number), kind,
            {**evidence, "note": public_media(case.id)}, now, by.actor,
        )  # fmt: skip


def _check(now: datetime, at: datetime | None, **texts: str) -> None:
    faults = [_missing(name) for name, text in texts.items() if not has_words(text)]
    if at is not None and at > now + _AHEAD:
        faults.append(FieldFault("at", "时间晚于当前时间", "is in the future", "请核对时间",
                                 "check the time"))  # fmt: skip
    if faults:
        raise InvalidInput(faults)


def _missing(name: str) -> FieldFault:
    return FieldFault(name, "缺少此项", "is missing", "请填写", "provide it")
