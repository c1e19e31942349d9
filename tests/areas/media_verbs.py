"""The verbs of the media desk on something of another branch's: desk.verb -> the verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    Settling,
    Talk,
)
from tests.engine.report_desk import PNG

WHY = "已妥善处置"
PR = By("林公关", "pr_officer", "x", "person:1001")
LEADER = By("陈组长", "ho_leader", "x", "person:1002")


def _media(t: Any) -> Report:
    return Report("晚报", "标题", Reach("small"), t.now)


#: `t` names the things (`test_verbs.Theirs`).
MEDIA_VERBS: dict[str, Callable[[Engine, Any], object]] = {
    "media.find": lambda e, t: e.media.find(Found(t.unit, "regional", _media(t)), PR),
    "media.see_again": lambda e, t: e.media.see_again(t.media, _media(t), PR),
    "media.measure": lambda e, t: e.media.measure(t.media, t.sighting, Reach("viral"), PR),
    "media.keep_copy": lambda e, t: e.media.keep_copy(t.media, t.sighting, PNG, PR),
    "media.record_finding": lambda e, t: e.media.record_finding(
        t.media, Finding("wrong", t.now, WHY, WHY), PR),
    "media.ask_correction": lambda e, t: e.media.ask_correction(
        t.media, Correction(t.sighting, t.now, WHY, WHY), PR),
    "media.note_answer": lambda e, t: e.media.note_answer(
        t.media, OutletAnswer(t.correction, t.now, "refused", WHY), PR),
    "media.log_talk": lambda e, t: e.media.log_talk(
        t.media, Talk(t.now, "phone", WHY, t.contact), PR),
    "media.name_spokesperson": lambda e, t: e.media.name_spokesperson(t.media, "员工9", PR),
    "media.draft_statement": lambda e, t: e.media.draft_statement(
        t.media, "statement", 1, "回应", PR),
    "media.approve_statement": lambda e, t: e.media.approve_statement(
        t.media, "statement", 2, LEADER),
    "media.return_statement": lambda e, t: e.media.return_statement(
        t.media, "statement", 2, WHY, LEADER),
    "media.issue_statement": lambda e, t: e.media.issue_statement(
        t.media, "holding", 1, "官网", PR),
    "media.link_complaint": lambda e, t: e.media.link_complaint(t.media, t.complaint, PR),
    "media.unlink_complaint": lambda e, t: e.media.unlink_complaint(
        t.media, t.complaint, WHY, PR),
    "media.link_incident": lambda e, t: e.media.link_incident(t.media, t.incident, PR),
    "media.open_exposed": lambda e, t: e.media.open_exposed(t.media, t.unit, None, PR),
    "media.give_to": lambda e, t: e.media.give_to(t.media, t.unit, WHY, PR),
    "media.settle": lambda e, t: e.media.settle(t.media, Settling("refused", WHY), PR),
    "media.open_again": lambda e, t: e.media.open_again(t.media, WHY, PR),
    "media.join": lambda e, t: e.media.join(t.media, t.media + 1, WHY, PR),
    "media.save_contact": lambda e, t: e.media.save_contact(
        t.contact, Contact(t.unit, "晚报", "记者", version=1), PR),
    "media.note_contact": lambda e, t: e.media.note_contact(
        t.contact, Talk(t.now, "phone", WHY), PR),
    "media.save_feed": lambda e, t: e.media.save_feed(
        t.feed, Feed(t.unit, "晚报", "https://b.example/x", ("银行",), "regional", version=1), PR),
    "media.case": lambda e, t: e.media.case(t.media),
    "media.case_file": lambda e, t: e.media.case_file(t.media, 1),
}  # fmt: skip
