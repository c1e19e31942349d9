"""Which right each way in needs: the one table over every route, page and socket (SG-07).

A route that is not here is refused to everybody, and a test fails. `PUBLIC` ways in need no
sign-in: they carry code and styles, answer a monitor, or know their caller by another proof.
"""

from __future__ import annotations

from complaints.ticket_forms import DECISIONS
from core.rights import Right
from dashboard import ids

#: endpoint -> why nobody need be signed in
PUBLIC: dict[str, str] = {
    "_dash_assets.static": "the pages' code, styles and fonts",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": "Dash's own code",
    "/_favicon.ico": "an icon",
    "healthz": "for a load balancer: alive or not, no figures",
    "api.document": "the API's description",
    "api.nothing": "there is nothing there",
    **{f"sign_in.{step}": "people without a session sign in there" for step in (
        "form", "enter", "step", "advance", "one_click", "out",
    )},
    "webhooks.status": "the provider's signature is checked",
    "webhooks.inbound": "the provider's signature is checked",
}  # fmt: skip

_SEE, _COMMAND = Right.SEE_INCIDENT, Right.COMMAND
_SEE_MEDIA, _WORK_MEDIA = Right.SEE_MEDIA, Right.WORK_MEDIA
#: What is done on a media case (`dashboard/media_acts.py`), by pages and by the API.
_MEDIA_VERBS: dict[str, Right] = {
    **dict.fromkeys(("sighting", "reach", "copy", "finding"), Right.CHECK_MEDIA),
    **dict.fromkeys((
        "correction", "answer", "talk", "spokesperson", "draft", "issue", "complaint", "unlink",
        "incident", "give", "join", "settle", "reopen",
    ), _WORK_MEDIA),
    "open-incident": Right.OPEN_INCIDENT,
    "approve": Right.APPROVE_STATEMENT,
    "return": Right.APPROVE_STATEMENT,
}  # fmt: skip
#: Of these a token may do: it finds, checks and drafts; people approve and issue.
MEDIA_TOKEN_VERBS = (
    "sighting", "reach", "copy", "finding", "correction", "answer", "talk", "draft", "complaint",
    "incident", "settle", "reopen",
)  # fmt: skip

#: The pages' own JSON (cookie), and Dash.
_PAGES: dict[str, Right] = {
    "/": Right.OWN_ACCOUNT,
    "/<path:path>": Right.OWN_ACCOUNT,  # which page is decided by `PAGE_RIGHTS`
    "/_dash-dependencies": Right.OWN_ACCOUNT,
    "/_dash-layout": Right.OWN_ACCOUNT,
    "/_dash-update-component": Right.OWN_ACCOUNT,
    "/_reload-hash": Right.OWN_ACCOUNT,
    **{f"account_page.{verb}": Right.OWN_ACCOUNT for verb in (
        "mine", "end", "end_others", "change", "begin", "prove", "renew",
    )},
    **{f"people_page.{verb}": Right.MANAGE_PEOPLE for verb in (
        "everybody", "persons", "create", "change", "reset", "disable", "enable",
    )},
    **{f"token_page.{verb}": Right.MANAGE_TOKENS for verb in ("listed", "create", "revoke")},
    "live.board": Right.SEE_BOARD,
    "live.units": Right.SEE_BOARD,
    "live.calls": Right.CALL,
    "calendar_page.this_year": Right.SEE_PLAN,
    "calendar_page.year": Right.SEE_PLAN,
    "calendar_page.set_one": Right.EDIT_CALENDAR,
    "calendar_page.clear_one": Right.EDIT_CALENDAR,
    "calendar_page.previewed": Right.EDIT_CALENDAR,
    "call_tree_page.unit_tree": Right.SEE_CONTACTS,
    "call_tree_page.unit_numbers": Right.CALL,
    "call_tree_print.unit": Right.CALL,
    "call_tree_page.tree": _SEE,
    "call_tree_page.numbers": Right.CALL,
    "call_tree_page.result": Right.CALL,
    "call_tree_print.incident": Right.CALL,
    "complaint_form.offered": Right.TAKE_COMPLAINT,
    "complaint_form.take": Right.TAKE_COMPLAINT,
    "contacts_page.away": Right.EDIT_CONTACTS,
    "contacts_page.back": Right.EDIT_CONTACTS,
    "contacts_page.give": Right.EXPORT_CONTACTS,
    "contacts_page.take": Right.EDIT_CONTACTS,
    "contacts_page.numbers": Right.REVEAL_CONTACT,
    "contacts_page.tree": Right.SEE_CONTACTS,
    "contacts_page.one": Right.SEE_CONTACTS,
    "duties_page.listed": Right.SEE_DUTIES,
    "duties_page.units": Right.SEE_DUTIES,
    "duties_page.seats": Right.SEE_DUTIES,
    "duties_page.takers": Right.MOVE_DUTY,
    "duties_page.calls": Right.CALL,
    "duties_page.proven": Right.PROVE_DUTY,
    "duties_page.file": Right.SEE_DUTIES,
    "duties_page.waived": Right.MOVE_DUTY,
    "duties_page.extended": Right.MOVE_DUTY,
    "duties_page.assigned": Right.MOVE_DUTY,
    "duties_page.offered": Right.RECORD_EVENT,
    "duties_page.recorded": Right.RECORD_EVENT,
    **{f"hotline_page.{verb}": Right.SEE_HOTLINE for verb in ("listed", "one", "lists")},
    "hotline_page.answered": Right.ANSWER_HOTLINE,
    "hotline_page.said": Right.FEED_HOTLINE,
    "hotline_page.again": Right.FEED_HOTLINE,
    "incident_pages.read": _SEE,
    "incident_pages.listed": _SEE,
    "incident_pages.calls": Right.CALL,
    "incident_pages.acknowledge": Right.ACKNOWLEDGE,
    "incident_pages.on_behalf": Right.ACKNOWLEDGE_FOR,
    "incident_pages.receipt": Right.PROVE_DUTY,
    "incident_pages.close": Right.END_INCIDENT,
    "incident_pages.opened": Right.OPEN_INCIDENT,
    "incident_pages.gathered": Right.REPORT_GATHERING,
    "incident_command.security": Right.CALL,
    **{f"incident_command.command_{verb}": right for verb, right in {
        "take": _COMMAND, "offer": _COMMAND, "accept": _COMMAND, "decline": _COMMAND,
        "withdraw": _COMMAND, "assign": _COMMAND, "called": _COMMAND, "threat": _COMMAND,
        "task-accept": Right.WORK_TASK, "task-done": Right.WORK_TASK,
        "task-check": _COMMAND, "task-cancel": _COMMAND, "note": Right.WRITE_NOTE,
        "raise": Right.REGROUP, "lower": Right.REGROUP, "merge": Right.REGROUP,
        "take-out": Right.REGROUP, "split": Right.REGROUP,
        "close": Right.END_INCIDENT, "reopen": Right.END_INCIDENT,
    }.items()},
    "reception_page.sheet": Right.SEE_RECEPTION,
    "reception_page.printed": Right.SEE_RECEPTION,
    "reception_page.arrived": Right.RECEIVE,
    "reception_page.changed": Right.RECEIVE,
    "reception_page.arranged": Right.RECEIVE,
    "reception_page.counted": Right.RECEIVE,
    **{f"regulator_page.{verb}": Right.SEE_REGULATOR for verb in (
        "listed", "due", "of_complaint", "one", "receipt_file",
    )},
    **{f"regulator_page.{verb}": Right.WORK_REGULATOR for verb in (
        "receive", "printed", "contact", "start", "settle", "withdraw", "supplement", "link",
        "join", "incident", "draft", "file", "close",
    )},
    **{f"regulator_page.{verb}": Right.APPROVE_REGULATOR for verb in (
        "extend", "approve", "return",
    )},
    "report_pages.listed": Right.SEE_REPORTS,
    "report_pages.one": Right.SEE_REPORTS,
    "report_pages.paper": Right.SEE_REPORTS,
    "report_pages.export": Right.SEE_REPORTS,
    "report_pages.file": Right.SEE_REPORTS,
    "report_pages.begin": Right.WRITE_REPORT,
    "report_pages.edit": Right.WRITE_REPORT,
    "report_pages.freeze": Right.WRITE_REPORT,
    "report_pages.discard": Right.WRITE_REPORT,
    "report_pages.phoned": Right.WRITE_REPORT,
    "report_pages.sent": Right.WRITE_REPORT,
    "report_pages.received": Right.WRITE_REPORT,
    "report_pages.times": Right.WRITE_REPORT,
    "report_pages.sign": Right.SIGN_REPORT,
    "review_page.review": Right.SEE_REVIEW,
    "review_page.printed": Right.SEE_REVIEW,
    "review_page.write": Right.WRITE_REVIEW,
    "review_page.edit": Right.WRITE_REVIEW,
    "review_page.sign": Right.SIGN_REVIEW,
    "media_page.listed": _SEE_MEDIA,
    "media_page.searched": _SEE_MEDIA,
    "media_page.one": _SEE_MEDIA,
    "media_page.file": _SEE_MEDIA,
    "media_page.contacts": _SEE_MEDIA,
    "media_page.found": Right.CHECK_MEDIA,
    **{f"media_page.do_{verb}": right for verb, right in _MEDIA_VERBS.items()},
    "media_page.contact_added": _WORK_MEDIA,
    "media_page.contact_changed": _WORK_MEDIA,
    "media_page.talked": _WORK_MEDIA,
    "media_page.feeds": _SEE_MEDIA,
    "media_page.daily": _SEE_MEDIA,
    "media_page.daily_paper": _SEE_MEDIA,
    "media_page.feed_added": _WORK_MEDIA,
    "media_page.feed_changed": _WORK_MEDIA,
    "plan_page.plan": Right.SEE_PLAN,
    "plan_page.offered": Right.SEE_PLAN,
    "plan_page.tried": Right.TRY_PLAN,
    **{f"ticket_page.{verb}": Right.SEE_TICKET for verb in ("mine", "setup", "one", "file")},
    **{f"ticket_page.{verb}": Right.WORK_TICKET for verb in (
        "acted", "linked", "offered_many", "offered", "accepted", "declined", "taken_back",
        "takers")},
    **{f"ticket_page.decided_{act}": Right.APPROVE_TICKET for act in DECISIONS},
    "ticket_page.revealed": Right.REVEAL_CLIENT,
    "ticket_page.alike": Right.TAKE_COMPLAINT,
    "file_page.one": Right.SEE_COMPLAINT,
    "file_page.looked": Right.SEE_ACCESS_LOG,
    "file_page.reveal": Right.REVEAL_CLIENT,
    "file_page.disposal": Right.DISPOSE,
    "file_page.decide": Right.DISPOSE,
    "file_page.erase": Right.DISPOSE,
    **{f"archive_page.{verb}": Right.SEE_COMPLAINT for verb in (
        "listed", "counted", "setup", "save", "remove", "paper", "many",
    )},
    "archive_page.export": Right.EXPORT_COMPLAINTS,
    "archive_page.month": Right.SEE_COMPLAINT,
    "archive_page.send_up": Right.SEND_UP_FILES,
    "archive_print.revealed": Right.REVEAL_CLIENT,
    "journal_page.search": Right.SEE_JOURNAL,
    "journal_page.verify": Right.SEE_JOURNAL,
    **{f"statistics_page.{verb}": Right.SEE_STATISTICS for verb in (
        "read", "reports", "opened", "paper", "report_paper",
    )},
    "sandbox_api.phones": Right.USE_SANDBOX,
    "sandbox_api.received": Right.USE_SANDBOX,
    "sandbox_api.reply": Right.USE_SANDBOX,
    "sandbox_api.wall": Right.USE_SANDBOX,
}  # fmt: skip

#: The REST API (bearer token).
API: dict[str, Right] = {
    "api.take": Right.TAKE_COMPLAINT,
    "api.take_batch": Right.TAKE_COMPLAINT,
    "api.take_batch_short": Right.TAKE_COMPLAINT,
    "api.correct": Right.CORRECT_COMPLAINT,
    "api.gather": Right.REPORT_GATHERING,
    "api.ticket": Right.SEE_TICKET,
    "api.ticket_file": Right.SEE_TICKET,
    **{
        f"api.ticket_{verb}": Right.WORK_TICKET
        for verb in ("acted", "linked", "offered", "accepted", "declined")
    },
    **{f"api.ticket_decided_{act}": Right.APPROVE_TICKET for act in DECISIONS},
    **{
        f"api.hotline_{verb}": Right.FEED_HOTLINE
        for verb in ("fed", "order", "polled", "fetched", "compared")
    },
    "api.duties": Right.SEE_DUTIES,
    "api.duty": Right.SEE_DUTIES,
    "api.evidence_file": Right.SEE_DUTIES,
    "api.proven": Right.PROVE_DUTY,
    "api.receipt": Right.PROVE_DUTY,
    "api.waived": Right.MOVE_DUTY,
    "api.extended": Right.MOVE_DUTY,
    "api.assigned": Right.MOVE_DUTY,
    "api.recorded": Right.RECORD_EVENT,
    "api.listed": _SEE,
    "api.one": _SEE,
    "api.opened": Right.OPEN_INCIDENT,
    "api.acknowledge": Right.ACKNOWLEDGE_FOR,
    "api.stand-down_incident": Right.END_INCIDENT,
    "api.close_incident": Right.END_INCIDENT,
    "api.reopen_incident": Right.END_INCIDENT,
    "api.reports_listed": Right.SEE_REPORTS,
    "api.report_read": Right.SEE_REPORTS,
    "api.report_exported": Right.SEE_REPORTS,
    "api.report_file": Right.SEE_REPORTS,
    "api.report_begun": Right.WRITE_REPORT,
    "api.report_edited": Right.WRITE_REPORT,
    "api.report_discard": Right.WRITE_REPORT,
    "api.report_freeze": Right.WRITE_REPORT,
    "api.report_phoned": Right.WRITE_REPORT,
    "api.report_receipt": Right.WRITE_REPORT,
    "api.report_received": Right.WRITE_REPORT,
    "api.report_times": Right.WRITE_REPORT,
    "api.report_sign": Right.SIGN_REPORT,
    **{
        f"api.regulator_{verb}": Right.SEE_REGULATOR
        for verb in (
            "listed",
            "due",
            "read",
            "receipt_file",
        )
    },
    **{
        f"api.regulator_{verb}": Right.WORK_REGULATOR
        for verb in (
            "received",
            "paper_taken",
            "contact",
            "start",
            "settle",
            "withdraw",
            "supplement",
            "link",
            "join",
            "incident",
            "draft",
            "file",
            "close",
        )
    },
    "api.media_listed": _SEE_MEDIA,
    "api.media_read": _SEE_MEDIA,
    "api.media_file": _SEE_MEDIA,
    "api.media_found": Right.CHECK_MEDIA,
    **{f"api.media_{verb}": _MEDIA_VERBS[verb] for verb in MEDIA_TOKEN_VERBS},
    "api.units": Right.SEE_CONTACTS,
    "metrics": Right.SEE_METRICS,
}

#: Ways in that are for people and for tokens alike; of the others, the pages' are for people only
#: and the API's for tokens only.
EITHER = frozenset({
    "metrics", "sandbox_api.phones", "sandbox_api.received", "sandbox_api.reply",
    "sandbox_api.wall",
})  # fmt: skip

#: Every way in that needs somebody: endpoint -> the right.
DOORS: dict[str, Right] = {**_PAGES, **API}

DASH_UPDATE = "/_dash-update-component"
#: Dash's callbacks that the server answers, by output -> the right; any other is refused.
CALLBACKS: dict[str, Right] = {
    f"{ids.PAGE}.children": Right.OWN_ACCOUNT,  # which page is decided by `PAGE_RIGHTS`
    f"{ids.BOARD_MAP}.children": Right.SEE_BOARD,
    f"{ids.MEDIA_CHART}.children": _SEE_MEDIA,
}

#: Events of the push's socket that somebody listens to -> the right of whoever sends it. The push
#: says that there is something new and no more, to whoever has signed in.
SOCKET_EVENTS: dict[str, Right] = {
    "connect": Right.OWN_ACCOUNT,
    "disconnect": Right.OWN_ACCOUNT,
}

#: A page's address (as in `app.pages`) -> who may open it.
PAGE_RIGHTS: dict[str, Right] = {
    "/": Right.SEE_BOARD,
    "/incidents": _SEE,
    "/incident/<incident>": _SEE,
    "/incidents/<incident>": _SEE,
    "/incidents/<incident>/reception": Right.SEE_RECEPTION,
    "/incidents/<incident>/reports": Right.SEE_REPORTS,
    "/incidents/<incident>/reports/<int:report>": Right.SEE_REPORTS,
    "/incidents/<incident>/call-tree": _SEE,
    "/incidents/<incident>/review": Right.SEE_REVIEW,
    "/archive": Right.SEE_COMPLAINT,
    "/tickets": Right.SEE_TICKET,
    "/tickets/<complaint>": Right.SEE_TICKET,
    "/duties": Right.SEE_DUTIES,
    "/gathering": Right.REPORT_GATHERING,
    "/complaint": Right.TAKE_COMPLAINT,
    "/complaints": Right.SEE_COMPLAINT,
    "/complaints/<complaint>": Right.SEE_COMPLAINT,
    "/media": _SEE_MEDIA,
    "/media/contacts": _SEE_MEDIA,
    "/media/daily": _SEE_MEDIA,
    "/media/<media>": _SEE_MEDIA,
    "/regulator": Right.SEE_REGULATOR,
    "/regulator/<case>": Right.SEE_REGULATOR,
    "/hotline": Right.SEE_HOTLINE,
    "/statistics": Right.SEE_STATISTICS,
    "/statistics/reports": Right.SEE_STATISTICS,
    "/statistics/reports/<int:report>": Right.SEE_STATISTICS,
    "/contacts": Right.SEE_CONTACTS,
    "/call-tree": Right.SEE_CONTACTS,
    "/plan": Right.SEE_PLAN,
    "/calendar": Right.SEE_PLAN,
    "/journal": Right.SEE_JOURNAL,
    "/sandbox": Right.USE_SANDBOX,
    "/people": Right.MANAGE_PEOPLE,
    "/tokens": Right.MANAGE_TOKENS,
    "/rights": Right.SEE_PLAN,
    "/account": Right.OWN_ACCOUNT,
}
