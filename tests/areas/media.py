"""A media case with something of everything on it, and another beside it, for a story's branch."""

from __future__ import annotations

from datetime import datetime

from escalation.engine import Engine
from escalation.media_values import (
    By,
    Contact,
    Correction,
    Feed,
    Finding,
    Found,
    OutletAnswer,
    Reach,
    Report,
    Talk,
)
from tests.engine.report_desk import PNG


def tell_media(engine: Engine, unit: str, mark: str, now: datetime) -> int:
    """Found, checked, kept, corrected, spoken about; a draft waits, a holding statement is
    approved. The case's number."""
    desk = engine.media
    drafter = By(f"{mark}公关", "pr_officer", "web:pr_officer", f"person:{mark}1")
    other = By(f"{mark}领导", "branch_leader", "web:branch_leader", f"person:{mark}2")
    report = Report(f"{mark}晚报", f"{mark}标题", Reach("regional", 900), now, None, f"{mark}摘要")
    case, _ = desk.find(Found(unit, "regional", report), drafter)
    desk.find(Found(unit, "regional", report), drafter)
    desk.see_again(case, report, drafter)
    sighting = desk.case(case)["sightings"][0]["id"]
    desk.keep_copy(case, sighting, PNG + mark.encode(), drafter)
    desk.record_finding(case, Finding("wrong", now, f"{mark}事实", f"{mark}依据"), other)
    desk.ask_correction(case, Correction(sighting, now, f"{mark}不实", f"{mark}依据"), drafter)
    asked = desk.case(case)["acts"][0]["id"]
    desk.note_answer(case, OutletAnswer(asked, now, "refused", f"{mark}答复"), drafter)
    desk.name_spokesperson(case, f"{mark}发言人", drafter)
    desk.draft_statement(case, "statement", 0, f"{mark}回应", drafter)
    desk.draft_statement(case, "holding", 0, f"{mark}口径", drafter)
    desk.approve_statement(case, "holding", 1, other)
    contact = desk.save_contact(None, Contact(unit, f"{mark}晚报", f"{mark}记者"), drafter)
    desk.log_talk(case, Talk(now, "phone", f"{mark}沟通", contact), drafter)
    desk.note_contact(contact, Talk(now, "phone", f"{mark}事前沟通"), drafter)
    url = f"https://{unit.lower()}.example/rss"
    desk.save_feed(None, Feed(unit, f"{mark}晚报", url, (f"{mark}银行",), "regional"), drafter)
    return case
