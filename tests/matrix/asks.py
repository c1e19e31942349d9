"""A valid request for every way in, from the things that it is about.

A route that changes something needs a row here, a route whose address names something a value.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from werkzeug.routing import Rule

from complaints.ticket_forms import DECISIONS
from dashboard.doors import MEDIA_TOKEN_VERBS
from tests.matrix.things import PDF, Noting

Body = dict[str, Any]
WHY = "已妥善处置"

#: A name in an address -> what stands there. `file` and `report` depend on the way in.
ADDRESS: dict[str, Callable[[Noting], Any]] = {
    "public_id": lambda t: t.incident,
    "case": lambda t: t.working_case,
    "filing": lambda t: t.filing,
    "number": lambda t: t.incident_number,
    "report": lambda t: t.draft,
    "duty": lambda t: t.duty,
    "row": lambda t: t.row,
    "lesson": lambda t: t.lesson,
    "person": lambda t: t.person,
    "absence": lambda t: t.absence,
    "account": lambda t: t.account,
    "session": lambda t: t.session,
    "token": lambda t: t.token,
    "complaint": lambda t: t.complaint,
    "client": lambda t: t.client,
    "code": lambda t: t.unit,
    "unit": lambda t: t.unit,
    "file": lambda t: t.file,
    "media": lambda t: t.media,
    "contact": lambda t: t.media_contact,
    "feed": lambda t: t.media_feed,
    "state": lambda _: "open",
    "kind": lambda _: "docx",
    "act": lambda _: "note",
    "form": lambda _: "own",
    "year": lambda _: 2026,
    "day": lambda _: "2026-12-05",
    "path": lambda _: "contacts",
}
#: The state that a case must be in for each verb.
_CASES: dict[str, Callable[[Noting], Any]] = {
    "start": lambda t: t.contacted_case,
    "draft": lambda t: t.working_case,
    "approve": lambda t: t.drafted_case,
    "return": lambda t: t.drafted_case,
    "file": lambda t: t.approved_case,
    "close": lambda t: t.filed_case,
    "extend": lambda t: t.received_case,
    "receipt_file": lambda t: t.filed_case,
}
_PAGE_ONLY = {"approve", "return", "extend"}
#: Where an address means another one of its kind: endpoint -> name -> value.
ELSEWHERE: dict[str, dict[str, Callable[[Noting], Any]]] = {
    **{
        endpoint: {"report": lambda t: t.signed}
        for endpoint in (
            "report_pages.export", "report_pages.paper", "report_pages.sent",
            "api.report_exported", "api.report_receipt",
        )
    },
    **{
        endpoint: {"report": lambda t: t.sent}
        for endpoint in ("report_pages.received", "api.report_received")
    },
    **{
        f"{way}{verb}": {"case": at}
        for way in ("regulator_page.", "api.regulator_")
        for verb, at in _CASES.items()
        if way == "regulator_page." or verb not in _PAGE_ONLY
    },
    "ticket_page.file": {"file": lambda t: t.ticket_file},
    "statistics_page.opened": {"report": lambda t: t.statistics},
    "statistics_page.report_paper": {"report": lambda t: t.statistics},
    **{f"api.ticket{verb}": {"public_id": lambda t: t.complaint}
       for verb in ("", "_acted", "_linked", "_offered")},
    "api.ticket_file": {"public_id": lambda t: t.complaint, "file": lambda t: t.ticket_file},
    **{f"{way}{act}": {at: lambda t: t.drafted}
       for way, at in (("ticket_page.decided_", "complaint"), ("api.ticket_decided_", "public_id"))
       for act in DECISIONS},
    **{f"{way}{verb}": {at: lambda t: t.offered}
       for way, at in (("ticket_page.", "complaint"), ("api.ticket_", "public_id"))
       for verb in ("accepted", "declined")},
    "ticket_page.taken_back": {"complaint": lambda t: t.offered},
    "incident_pages.receipt": {"duty": lambda t: t.reported},
    "api.receipt": {"duty": lambda t: t.reported},
    "api.correct": {"public_id": lambda t: t.complaint},
    "duties_page.file": {"duty": lambda t: t.proven},
    "api.evidence_file": {"duty": lambda t: t.proven},
    **{
        f"hotline_page.{verb}": {"complaint": lambda t: t.ordered}
        for verb in ("one", "answered", "said")
    },
    "hotline_page.again": {"feedback": lambda t: t.unsent},
    "api.hotline_order": {"number": lambda t: t.work_order},
    **{
        f"api.media_{verb}": {"public_id": lambda t: t.media}
        for verb in ("read", *MEDIA_TOKEN_VERBS)
    },
    "api.media_file": {"public_id": lambda t: t.media, "file": lambda t: t.media_file},
    "media_page.file": {"file": lambda t: t.media_file},
    "sandbox_api.received": {"number": lambda t: t.phone},
    "sandbox_api.reply": {"number": lambda t: t.phone},
}  # fmt: skip


def _report(t: Noting) -> Body:
    return {
        "outlet": "晨报",
        "headline": "标题",
        "word": "regional",
        "reach": 900,
        "seen_at": t.now,
    }


def _contact(t: Noting) -> Body:
    return {"unit": t.unit, "outlet": "晨报", "name": "记者", "phone": "021-55550000", "version": 1}


def _feed(t: Noting) -> Body:
    return {"unit": t.unit, "name": "晚报", "url": "https://other.example/rss",
            "keywords": ["银行"], "scope": "regional"}  # fmt: skip


#: What is done on a media case, by page and by token: verb -> body.
MEDIA: dict[str, Callable[[Noting], Body]] = {
    "sighting": _report,
    "reach": lambda t: {"sighting": t.sighting, "word": "viral", "reach": 90_000},
    "talk": lambda t: {"contact": t.media_contact, "via": "phone", "said": "说明", "at": t.now},
    "spokesperson": lambda _: {"name": "员工9"},
    "draft": lambda _: {"kind": "statement", "version": 1, "text": "回应"},
    "approve": lambda _: {"kind": "statement", "version": 1},
    "return": lambda _: {"kind": "statement", "version": 1, "reason": WHY},
    "issue": lambda _: {"kind": "holding", "version": 1, "via": "官网"},
    "complaint": lambda t: {"complaint": t.complaint},
    "unlink": lambda t: {"complaint": t.complaint, "reason": WHY},
    "incident": lambda t: {"incident": t.incident},
    "open-incident": lambda t: {"unit": t.quiet},
    "give": lambda t: {"unit": t.quiet, "note": WHY},
    "join": lambda t: {"into": t.media_into, "note": WHY},
    "settle": lambda _: {"outcome": "refused", "note": WHY},
    "reopen": lambda _: {"reason": WHY},
}
#: Those that come with a file.
MEDIA_FORMS: dict[str, Callable[[Noting], Body]] = {
    "copy": lambda t: {"sighting": t.sighting},
    "finding": lambda t: {"verdict": "wrong", "note": "事实", "evidence": "流水", "at": t.now},
    "correction": lambda t: {
        "sighting": t.sighting, "text": "不实", "evidence": "流水", "at": t.now},
    "answer": lambda t: {
        "correction": t.correction, "answer": "refused", "note": "不予更正", "at": t.now},
}  # fmt: skip

#: What is asked behind the address: endpoint -> several queries, each asked.
QUERIES: dict[str, Callable[[Noting], list[Body]]] = {
    "people_page.persons": lambda t: [{"unit": t.unit}],
    "duties_page.listed": lambda t: [{}, {"unit": t.unit}, {"person": t.person},
                                     {"state": "ended", "unit": t.unit}],
    "api.duties": lambda t: [{}, {"unit": t.unit}, {"person": t.person}],
    "archive_page.many": lambda t: [{"complaints": t.complaint}],
    "archive_page.month": lambda t: [{"unit": t.unit, "month": "2026-11"}],
    "hotline_page.listed": lambda t: [{}, {"unit": t.unit}, {"state": "all"}],
    "reception_page.sheet": lambda t: [{}, {"unit": t.unit}],
    "reception_page.printed": lambda t: [{}, {"unit": t.unit}],
    "sandbox_api.phones": lambda _: [{}, {"detail": "1"}],
    "regulator_page.listed": lambda t: [{}, {"unit": t.unit, "state": "all"}],
    "statistics_page.read": lambda t: [{}, {"unit": t.unit, "period": "2026-11"}],
    "statistics_page.paper": lambda t: [{}, {"unit": t.unit, "period": "2026-11"}],
    "regulator_page.due": lambda _: [{}, {"days": "31"}],
    "api.regulator_listed": lambda t: [{}, {"unit": t.unit, "state": "all"}],
    "sandbox_api.received": lambda _: [{}, {"detail": "1"}],
}  # fmt: skip


def _receipt(t: Noting) -> Body:
    return {"at": t.now, "by": "员工9", "to": "总行", "number": "7"}


def _receipt_by_phone(t: Noting) -> Body:
    return {"at": t.now, "by": "员工9", "to": "总行"}


def _complaint(t: Noting) -> Body:
    return {
        "source_ref": "matrix-1", "unit": t.unit, "channel": "counter", "received_at": t.now,
        "client": {"name": "客户甲", "phone": "13900000001"},
    }  # fmt: skip


def _reason(_: Noting) -> Body:
    return {"reason": WHY}


def _nothing(_: Noting) -> Body:
    return {}


def _task(t: Noting) -> Body:
    return {"task": t.task, "result": "已办", "reason": WHY}


def _answer(t: Noting) -> Body:
    return {"handover": t.handover, "reason": WHY}


def _hand(t: Noting) -> Body:
    return {"unit": t.unit, "role": "sub_deputy", "reason": WHY}


#: Acts on tickets, the same from a page and by the API.
_TICKET: dict[str, Callable[[Noting], Body]] = {
    "acted": lambda _: {"kind": "contact", "said": "已联系"},
    "decided_approve": lambda _: {"approved": True},
    "decided_decide": lambda _: {"allowed": True, "decision": "同意"},
    "decided_confirm_class": lambda _: {"agreed": True},
    "linked": lambda t: {"previous": t.drafted},
    "offered": _hand,
    "offered_many": lambda t: {**_hand(t), "complaints": [t.complaint]},
    "accepted": lambda _: {},
    "declined": lambda _: {"reason": WHY},
    "taken_back": lambda _: {},
    "revealed": lambda _: {"reason": WHY},
    "alike": lambda _: {"phone": "13900000009"},
}


def _by(body: Callable[[Noting], Body]) -> Callable[[Noting], Body]:
    """As a system sends it: with who did it there."""
    return lambda t: {**body(t), "by": {"name": "员工9", "role": "sub_head"}}


def _version(_: Noting) -> Body:
    return {"version": 1}


def _evidence(t: Noting) -> Body:
    return {"at": t.now, "by": "员工9", "to": "总行", "number": "7", "via": "phone", "note": "已办"}


def _longer(t: Noting) -> Body:
    return {"reason": WHY, "told_at": t.now, "told_via": "电话", "approved_by": "员工9",
            "approval_role": "branch_leader"}  # fmt: skip


def _assignment(t: Noting) -> Body:
    return {"unit": t.unit, "role": "sub_head", "person": t.person, "reason": WHY}


def _waiver(_: Noting) -> Body:
    return {"role": "branch_leader", "reason": WHY}


def _event(t: Noting) -> Body:
    return {"event": "emergency", "unit": t.unit, "aware_at": t.now, "note": "停电"}


def _gathering(t: Noting) -> Body:
    return {"unit": t.unit, "complainants": 3}


def _begin(_: Noting) -> Body:
    return {"kind": "first", "addressee": "head_office"}


def _time(t: Noting) -> Body:
    return {"kind": "aware", "at": t.now, "reason": WHY}


def _case(t: Noting) -> Body:
    return {
        "number": "沪金转〔2026〕99号", "unit": t.unit, "received_at": t.now, "via": "letter",
        "about": "投诉人反映亏损", "demands": [{"text": "书面答复"}],
        "complaints": [t.complaint_by_regulator], "incident": t.incident,
    }  # fmt: skip


#: What is sent with each verb on a regulator case, by page and by API alike.
CASE_VERBS: dict[str, Callable[[Noting], Body]] = {
    "contact": lambda t: {"at": t.now, "via": "phone", "to": "陈处长", "note": "已说明"},
    "start": _nothing,
    "settle": lambda _: {"demand": 1, "outcome": "已办结"},
    "withdraw": lambda _: {"demand": 1, "outcome": "电话撤回"},
    "supplement": lambda t: {"text": "另报录音", "asked_at": t.now},
    "draft": lambda _: {"text": "已核实并答复", "seen": 0},
    "close": _nothing,
    "link": lambda t: {"complaint": t.complaint},
    "join": lambda t: {"incident": t.incident},
    "incident": lambda t: {"unit": t.quiet, "note": "监管要求启动"},
}
_CASE_DECISIONS: dict[str, Callable[[Noting], Body]] = {
    "extend": lambda t: {
        "deadline": {"basis": "working_days", "days": 3}, "by": "陈处长", "at": t.now,
        "via": "phone", "reason": "监管同意",
    },
    "approve": lambda _: {"version": 1},
    "return": lambda _: {"version": 1, "remark": "补充依据"},
}  # fmt: skip


def _filed(t: Noting) -> Body:
    return {"at": t.now, "to": "收文岗", "number": "沪收9号", "by": "员工9"}


#: The bodies of the pages' own routes, by endpoint.
PAGES: dict[str, Callable[[Noting], Body]] = {
    "account_page.end": _nothing,
    "account_page.end_others": _nothing,
    "account_page.change": lambda _: {"old": "x" * 12, "password": "y" * 14},
    "account_page.begin": lambda _: {"password": "x" * 12},
    "account_page.prove": lambda _: {"code": "000000"},
    "account_page.renew": lambda _: {"password": "x" * 12},
    "people_page.create": lambda t: {
        "login": "neu1",
        "name": "新人",
        "unit": t.unit,
        "roles": ["sub_branch"],
        "person": t.person,
    },
    "people_page.change": lambda t: {"unit": t.unit, "roles": ["sub_branch"]},
    "people_page.reset": _nothing,
    "people_page.disable": _nothing,
    "people_page.enable": _nothing,
    "statistics_page.opened": _nothing,
    "calendar_page.set_one": lambda _: {"day": "2026-12-05", "working": True, "reason": WHY},
    "calendar_page.clear_one": _reason,
    "calendar_page.previewed": lambda _: {"day": "2026-12-05", "working": True, "reason": WHY},
    "call_tree_page.unit_numbers": _nothing,
    "call_tree_page.numbers": lambda t: {"unit": t.unit},
    "call_tree_page.result": lambda t: {
        "person": t.person,
        "role": "sub_deputy",
        "reached": True,
        "note": "已接",
    },
    "complaint_form.take": _complaint,
    "contacts_page.numbers": _nothing,
    "contacts_page.away": lambda t: {
        "person": t.person,
        "starts_at": t.now,
        "ends_at": "2030-01-01T00:00:00+08:00",
    },
    "contacts_page.back": _nothing,
    "contacts_page.give": lambda t: {"unit": t.unit, "layout": "team", "kind": "xlsx"},
    "duties_page.calls": _nothing,
    "duties_page.waived": _waiver,
    "duties_page.extended": _longer,
    "duties_page.assigned": _assignment,
    "duties_page.recorded": _event,
    "archive_page.send_up": lambda t: {"complaints": [t.complaint], "to": "branch"},
    "archive_page.listed": lambda t: {"text": t.client_name, "filters": {"unit": [t.unit]}},
    "archive_page.counted": lambda t: {"text": t.client_name, "filters": {"unit": [t.unit]}},
    "archive_page.export": lambda t: {"reason": WHY, "filters": {"unit": [t.unit]}},
    "archive_page.save": lambda _: {"name": "在办", "filters": {"stage": ["open"]}},
    "archive_page.remove": lambda _: {"name": "旧视图"},
    "file_page.reveal": lambda _: {"fields": ["name"], "reason": WHY},
    "file_page.decide": lambda t: {"complaints": [t.complaint], "reason": WHY},
    "file_page.erase": _reason,
    "hotline_page.answered": lambda _: {"result": "settled", "words": "已答复"},
    "hotline_page.said": lambda _: {"kind": "urge", "update": "desk-1"},
    "hotline_page.again": _nothing,
    "incident_pages.calls": _nothing,
    "incident_pages.acknowledge": _nothing,
    "incident_pages.on_behalf": lambda _: {"by": "员工9", "role": "branch_leader", "how": "phone"},
    "incident_pages.receipt": _receipt,
    "incident_pages.close": _reason,
    "incident_pages.opened": lambda t: {"unit": t.quiet, "note": "手工"},
    "incident_pages.gathered": _gathering,
    "incident_command.security": _nothing,
    "incident_command.command_take": _reason,
    "incident_command.command_offer": lambda _: {"role": "branch_deputy"},
    "incident_command.command_accept": lambda t: {
        "handover": t.handover,
        "stamp": "0" * 16,
        "read": {},
    },
    "incident_command.command_decline": _answer,
    "incident_command.command_withdraw": _answer,
    "incident_command.command_assign": lambda t: {
        "title": "任务",
        "unit": t.unit,
        "role": "sub_head",
        "minutes": 30,
    },
    "incident_command.command_task-accept": _task,
    "incident_command.command_task-done": _task,
    "incident_command.command_task-check": _task,
    "incident_command.command_task-cancel": _task,
    "incident_command.command_note": lambda _: {"text": "记录"},
    "incident_command.command_called": lambda _: {"whom": "110", "result": "已到场"},
    "incident_command.command_threat": _nothing,
    "incident_command.command_raise": _reason,
    "incident_command.command_lower": _reason,
    "incident_command.command_merge": lambda t: {"into": t.into, "reason": WHY},
    "incident_command.command_take-out": _reason,
    "incident_command.command_split": lambda t: {"keys": [t.key], "reason": WHY},
    "incident_command.command_close": _reason,
    "incident_command.command_reopen": _reason,
    "journal_page.search": lambda t: {"incident": t.incident, "unit": t.unit},
    "journal_page.verify": _nothing,
    "live.calls": _nothing,
    "media_page.searched": lambda _: {"state": "all", "text": "收益"},
    "media_page.found": lambda t: {**_report(t), "unit": t.unit, "scope": "regional"},
    **{f"media_page.do_{verb}": body for verb, body in MEDIA.items()},
    "media_page.contact_added": lambda t: {**_contact(t), "version": 0},
    "media_page.contact_changed": _contact,
    "media_page.feed_added": lambda t: {**_feed(t), "url": "https://new.example/rss"},
    "media_page.feed_changed": lambda t: {**_feed(t), "version": 1},
    "media_page.talked": lambda t: {"via": "phone", "said": "事前沟通", "at": t.now},
    "plan_page.tried": lambda t: {"event": "incident_opened", "unit": t.unit, "clients": 12},
    "reception_page.arrived": lambda t: {"batch": "matrix-01", "count": 1, "unit": t.unit},
    "reception_page.changed": lambda t: {"version": 1, "room": "二号", "unit": t.unit},
    "reception_page.arranged": lambda t: {"version": 1, "guide": "员工9", "unit": t.unit},
    "reception_page.counted": lambda t: {"onlookers": 4, "unit": t.unit},
    "regulator_page.receive": _case,
    **{f"regulator_page.{v}": b for v, b in {**CASE_VERBS, **_CASE_DECISIONS}.items()},
    **{f"ticket_page.{verb}": body for verb, body in _TICKET.items()},
    "report_pages.begin": _begin,
    "report_pages.edit": lambda _: {"version": 1, "fields": {"cause": "产品到期"}},
    "report_pages.freeze": _version,
    "report_pages.discard": _reason,
    "report_pages.sign": _version,
    "report_pages.phoned": _receipt_by_phone,
    "report_pages.received": _receipt,
    "report_pages.times": _time,
    "review_page.write": lambda _: {"text": "教训"},
    "review_page.edit": lambda _: {"text": "教训改", "version": 1},
    "review_page.sign": lambda _: {"number": "7"},
    "sandbox_api.reply": lambda _: {"text": "1"},
    "token_page.create": lambda t: {
        "label": "新系统",
        "unit": t.unit,
        "scopes": ["see_board"],
        "sources": ["crm"],
    },
    "token_page.revoke": _nothing,
}
#: The bodies of the API's routes.
API: dict[str, Callable[[Noting], Body]] = {
    **{
        f"api.ticket_{verb}": _by(body)
        for verb, body in _TICKET.items()
        if verb not in ("offered_many", "taken_back", "revealed", "alike")
    },
    "api.take": lambda t: {"source": "test", **_complaint(t)},
    "api.take_batch": lambda t: {"complaints": [{"source": "test", **_complaint(t)}]},
    "api.take_batch_short": lambda t: {"complaints": [{"source": "test", **_complaint(t)}]},
    "api.correct": lambda _: {"kind": "misfiled", "reason": WHY},
    "api.gather": _gathering,
    "api.hotline_fed": lambda t: {
        "type": "urge",
        "number": t.work_order,
        "update": "U-matrix",
        "at": t.now,
    },
    "api.hotline_compared": lambda t: {"day": t.now[:10], "orders": []},
    "api.hotline_fetched": lambda t: {"feedback": [t.feedback]},
    "api.media_found": lambda t: {**_report(t), "unit": t.unit, "scope": "regional"},
    **{f"api.media_{verb}": MEDIA[verb] for verb in MEDIA_TOKEN_VERBS if verb in MEDIA},
    "api.waived": _waiver,
    "api.extended": _longer,
    "api.assigned": _assignment,
    "api.recorded": _event,
    "api.opened": lambda t: {"unit": t.quiet, "note": "手工"},
    "api.acknowledge": lambda _: {
        "by": "员工9",
        "role": "branch_leader",
        "via": "desk",
        "how": "电话",
    },
    "api.stand-down_incident": _reason,
    "api.close_incident": _reason,
    "api.reopen_incident": _reason,
    "api.receipt": _receipt,
    "api.regulator_received": _case,
    **{f"api.regulator_{verb}": body for verb, body in CASE_VERBS.items()},
    "api.report_begun": _begin,
    "api.report_edited": lambda _: {"version": 1, "fields": {"cause": "产品到期"}},
    "api.report_freeze": _version,
    "api.report_discard": _reason,
    "api.report_sign": lambda _: {"version": 1, "by": "员工9", "role": "branch_leader"},
    "api.report_phoned": _receipt_by_phone,
    "api.report_received": _receipt,
    "api.report_times": _time,
}


def _form(body: Callable[[Noting], Body], t: Noting) -> Body:
    return _with_file(body(t))


#: Routes that take a form with a file: endpoint -> the form.
FORMS: dict[str, Callable[[Noting], Body]] = {
    "report_pages.sent": lambda t: _with_file(_receipt(t)),
    "api.report_receipt": lambda t: _with_file(_receipt(t)),
    "regulator_page.file": lambda t: _with_file(_filed(t)),
    "api.regulator_file": lambda t: _with_file(_filed(t)),
    "duties_page.proven": lambda t: _with_file(_evidence(t)),
    "api.proven": lambda t: _with_file(_evidence(t)),
    "contacts_page.take": lambda _: {
        "layout": "team", "file": (io.BytesIO(_TEAM.encode()), "team.csv")},
    "archive_print.revealed": _reason,
    "call_tree_print.incident": _nothing,
    "call_tree_print.unit": _nothing,
    **{
        f"{way}{verb}": partial(_form, body)
        for way in ("media_page.do_", "api.media_") for verb, body in MEDIA_FORMS.items()
    },
}  # fmt: skip
_TEAM = "分行,姓名,应急小组内职责,移动电话\n上海分行,李明,联系人,13900000077\n"


def _with_file(body: Body) -> Body:
    return {"data": json.dumps(body), "file": (io.BytesIO(PDF), "receipt.pdf")}


def arguments(endpoint: str, rule: Rule, things: Noting) -> dict[str, Any]:
    """The values of an address; KeyError for a name without a row."""
    own = ELSEWHERE.get(endpoint, {})
    return {name: (own.get(name) or ADDRESS[name])(things) for name in rule.arguments}


def given(endpoint: str, things: Noting) -> dict[str, Any]:
    """What the test client sends as body; KeyError for a way in without a row."""
    if endpoint in FORMS:
        kind = "multipart/form-data"
        if endpoint.startswith(("call_tree_print.", "archive_print.")):
            kind = "application/x-www-form-urlencoded"
        return {"data": FORMS[endpoint](things), "content_type": kind}
    return {"json": {**PAGES, **API}[endpoint](things)}
